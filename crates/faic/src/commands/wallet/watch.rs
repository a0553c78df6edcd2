//! `faic wallet watch`: an address to look at, without keys.

use clap::Args;
use faic_core::{
    Address, Authority, Network, PublicKey,
    keystore::{Keystore, WalletName},
};
use serde::Serialize;

use super::{
    KeystoreOption, bad_address, governance,
    look_alike::{Caution, KnownAddresses},
    stake::parse_key,
    transaction_file::of_keys,
};
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

    /// The name under which it is listed, which is that of a file and no secret; whom you keep secret belongs in a book.
    #[arg(long, value_name = "NAME")]
    name: WalletName,

    /// A public key that governs the account, so that transactions of it can be built; repeated where there are several.
    ///
    /// With the name of an account that is watched already, the keys take the place of those that were kept.
    #[arg(long = "key", value_name = "HEX", value_parser = parse_key)]
    keys: Vec<PublicKey>,

    /// How many of the keys must sign.
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u8).range(1..=16), requires = "keys")]
    threshold: Option<u8>,

    /// What is allowed of the address.
    #[command(flatten)]
    caution: Caution,

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
    /// How many of its keys must sign, where they are known.
    #[serde(skip_serializing_if = "Option::is_none")]
    threshold: Option<u8>,
    /// How many of how many keys must sign, for people.
    #[serde(skip)]
    of: Option<String>,
}

impl Answer for WatchAnswer {
    fn to_text(&self) -> String {
        let mut facts =
            vec![("watched", self.name.clone()), ("network", self.network.clone()), ("address", self.address.clone())];
        facts.extend(self.of.iter().map(|of| ("signs", of.clone())));
        fields(&facts)
    }
}

/// Keeps the address.
///
/// # Errors
/// A failure that says in one line what went wrong and what to do.
pub(crate) fn run(command: &Watch, output: Output) -> Result<(), Failure> {
    let (network, address) =
        Address::parse_any(&command.address).map_err(|error| bad_address(&command.address, error))?;
    let authority = governance::named(&command.keys, command.threshold, "--threshold")?;
    if authority.as_ref().is_some_and(|authority| authority.address() != address) {
        output.note(
            "note: the account did not begin with these keys; whether they govern it is found out when a transaction is built",
        );
    }
    let keystore = command.keystore.open()?;
    command.caution.check_new(&KnownAddresses::of_wallets(&keystore, network)?, network, &address, output)?;
    keep(&keystore, &command.name, network, address, authority.as_ref())?;
    output.show(&WatchAnswer {
        name: command.name.to_string(),
        network: network.to_string(),
        address: address.encode(network),
        threshold: authority.as_ref().map(Authority::threshold),
        of: authority.as_ref().map(of_keys),
    })
}

/// Keeps the account, or its keys where it is watched under this name already.
fn keep(
    keystore: &Keystore,
    name: &WalletName,
    network: Network,
    address: Address,
    authority: Option<&Authority>,
) -> Result<(), Failure> {
    if let Some(authority) = authority
        && keystore.has(name)?
        && keystore
            .find(name)
            .is_ok_and(|entry| entry.watch_only && (entry.network, entry.address) == (network, address))
    {
        return Ok(keystore.set_authority(name, authority.clone())?);
    }
    Ok(keystore.watch(name, network, address, authority.cloned())?)
}
