//! `faic wallet multisig`: an account that several keys govern, of which some must sign.
//!
//! Nobody has such an account's key: it is kept as a watched account with its authority, and what it does is built, signed
//! by some of those who share it, and submitted.

use clap::Args;
use faic_core::{Network, PublicKey, keystore::WalletName};
use serde::Serialize;

use super::{KeystoreOption, NodeOption, governance, stake::parse_key, transaction_file::of_keys};
use crate::{
    failure::{Context, Failure},
    output::{Answer, Output, fields},
};

/// The options of an account of several keys.
#[derive(Debug, Args)]
pub(crate) struct Multisig {
    /// The name under which it is listed; it can be read without a password, as the names of wallets.
    #[arg(value_name = "NAME")]
    name: WalletName,

    /// How many of the keys must sign.
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u8).range(1..=16))]
    threshold: u8,

    /// A public key of somebody who shares the account, as `faic wallet public-key` shows it; repeated for each.
    #[arg(long = "key", value_name = "HEX", value_parser = parse_key, required = true)]
    keys: Vec<PublicKey>,

    /// The network of the account: main, test or dev [default: that of the node].
    #[arg(long, value_name = "NETWORK")]
    network: Option<Network>,

    /// Which node is asked for its network.
    #[command(flatten)]
    node: NodeOption,

    /// Where the wallets are.
    #[command(flatten)]
    keystore: KeystoreOption,
}

/// An account of several keys.
#[derive(Serialize)]
struct MultisigAnswer {
    /// Its name.
    name: String,
    /// Its network.
    network: String,
    /// Its address.
    address: String,
    /// How many of the keys must sign.
    threshold: u8,
    /// The keys, ascending.
    keys: Vec<String>,
    /// How many of how many must sign, for people.
    #[serde(skip)]
    of: String,
}

impl Answer for MultisigAnswer {
    fn to_text(&self) -> String {
        let mut facts = vec![
            ("account", self.name.clone()),
            ("network", self.network.clone()),
            ("address", self.address.clone()),
            ("signs", self.of.clone()),
        ];
        facts.extend(self.keys.iter().map(|key| ("key", key.clone())));
        fields(&facts)
    }
}

/// Keeps the account.
///
/// # Errors
/// A failure that says in one line what went wrong and what to do.
pub(crate) fn run(command: &Multisig, output: Output) -> Result<(), Failure> {
    let authority = governance::named(&command.keys, Some(command.threshold), "--threshold")?
        .ok_or_else(|| Failure::usage("a key is missing"))?;
    let network = match command.network {
        Some(network) => network,
        None => {
            let status = command.node.client().status();
            status.advice("or say which network the account is for with --network main, test or dev")?.network
        }
    };
    let address = authority.address();
    command.keystore.open()?.watch(&command.name, network, address, Some(authority.clone()))?;
    let keys = authority.keys().iter().map(|faic_core::authority::AuthorityKey::Ed25519(key)| key.to_string());
    output.show(&MultisigAnswer {
        name: command.name.to_string(),
        network: network.to_string(),
        address: address.encode(network),
        threshold: authority.threshold(),
        keys: keys.collect(),
        of: of_keys(&authority),
    })
}
