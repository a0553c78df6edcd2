//! `faic wallet watch`: an address to look at, without keys.

use clap::Args;
use faic_core::{Address, keystore::WalletName};
use serde::Serialize;

use super::{KeystoreOption, bad_address};
use crate::{
    failure::Failure,
    output::{Answer, Output, fields},
};

/// The options of watching an address.
#[derive(Debug, Args)]
pub(crate) struct Watch {
    /// The address.
    #[arg(value_name = "ADDRESS")]
    address: String,

    /// The name under which it is listed; it can be read without a password, as the names of wallets.
    #[arg(long, value_name = "NAME")]
    label: WalletName,

    /// Where the wallets are.
    #[command(flatten)]
    keystore: KeystoreOption,
}

/// An address that is watched.
#[derive(Serialize)]
struct WatchAnswer {
    /// Its name.
    name: String,
    /// Its network.
    network: String,
    /// The address.
    address: String,
}

impl Answer for WatchAnswer {
    fn to_text(&self) -> String {
        fields(&[("watched", self.name.clone()), ("network", self.network.clone()), ("address", self.address.clone())])
    }
}

/// Keeps the address.
///
/// # Errors
/// A failure that says in one line what went wrong and what to do.
pub(crate) fn run(command: &Watch, output: Output) -> Result<(), Failure> {
    let (network, address) =
        Address::parse_any(&command.address).map_err(|error| bad_address(&command.address, error))?;
    command.keystore.open()?.watch(&command.label, network, address)?;
    output.show(&WatchAnswer {
        name: command.label.to_string(),
        network: network.to_string(),
        address: address.encode(network),
    })
}
