//! `faic wallet import-web3`: a wallet of the 32 bytes in a file of Web3 Secret Storage.

use std::path::PathBuf;

use clap::Args;
use faic_core::{
    Authority, Network,
    keystore::{KeystoreError, UnlockedWallet, WEB3_FILE_BYTES_MAX, WalletEntry, WalletName, open_web3_file},
};
use serde::Serialize;

use super::{KeystoreOption, NodeOption, message::read_bounded};
use crate::{
    failure::{Context, Failure},
    interruption,
    output::{Answer, Output, fields},
    secrets::Secret,
};

/// The options of a wallet from a file of another program.
#[derive(Debug, Args)]
pub(crate) struct ImportWeb3 {
    /// The wallet's name: lower-case letters, digits, hyphens and underscores.
    #[arg(value_name = "NAME")]
    name: WalletName,

    /// The file, a JSON document of version 3.
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// The network that the wallet is for: main, test or dev [default: that of the node; needed with
    /// --json].
    #[arg(long, value_name = "NETWORK")]
    network: Option<Network>,

    /// A file with the password of the imported file; asked for on the terminal otherwise.
    #[arg(long, value_name = "FILE")]
    file_password_file: Option<PathBuf>,

    /// A file with the password that protects the wallet; asked for on the terminal otherwise.
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,

    /// Where the wallets are.
    #[command(flatten)]
    keystore: KeystoreOption,

    /// Which node is asked for its network.
    #[command(flatten)]
    node: NodeOption,
}

/// A wallet that was made.
#[derive(Serialize)]
struct ImportAnswer {
    /// The wallet's name.
    name: String,
    /// Its network.
    network: String,
    /// Its address.
    address: String,
}

impl Answer for ImportAnswer {
    fn to_text(&self) -> String {
        fields(&[
            ("wallet", self.name.clone()),
            ("network", self.network.clone()),
            ("address", self.address.clone()),
            ("key", "a single one, without a mnemonic".to_owned()),
        ])
    }
}

/// Makes the wallet.
///
/// # Errors
/// A failure that says in one line what went wrong and what to do.
pub(crate) fn run(command: &ImportWeb3, output: Output) -> Result<(), Failure> {
    let keystore = command.keystore.open()?;
    if keystore.has(&command.name)? {
        return Err(KeystoreError::NameTaken { name: command.name.clone() }.into());
    }
    let document = read_bounded(&command.file, WEB3_FILE_BYTES_MAX)?;
    let network = command.network.map_or_else(|| network_of_node(&command.node, output), Ok)?;
    let prompt = format!("password of {}", command.file.display());
    let file_password = Secret::FilePassword.read(command.file_password_file.as_deref(), &prompt)?;
    let key = open_web3_file(&document, &file_password).context(command.file.display()).advice("nothing was made")?;
    let prompt = format!("password for the wallet {}", command.name);
    let password = Secret::Password.read_new(command.password_file.as_deref(), &prompt)?;
    let address = Authority::single(key.public_key()).address();
    let entry = WalletEntry::of_key(command.name.clone(), network, address);
    interruption::hold_off();
    keystore.add(&UnlockedWallet::of_key(entry, &key), &password).advice("nothing was made")?;
    output.show(&ImportAnswer {
        name: command.name.to_string(),
        network: network.to_string(),
        address: address.encode(network),
    })
}

/// The network of the node that is asked, which a person is shown; its word alone does not decide for a program.
fn network_of_node(node: &NodeOption, output: Output) -> Result<Network, Failure> {
    if output == Output::Json {
        return Err(Failure::usage("with --json the network of the wallet is to be said: --network main, test or dev"));
    }
    let client = node.client();
    let status = client.status().advice("or say which network the wallet is for with --network main, test or dev")?;
    output.note(&format!(
        "note: the wallet is for the {} network, as {} says of its own; name another with --network",
        status.network,
        client.url()
    ));
    Ok(status.network)
}
