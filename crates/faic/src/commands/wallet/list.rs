//! `faic wallet list`: the wallets of the keystore; needs no node and no password.

use clap::Args;
use serde::Serialize;

use super::KeystoreOption;
use crate::{
    failure::{self, Failure},
    output::{Answer, Output, table},
};

/// The options of the list.
#[derive(Debug, Args)]
pub(crate) struct List {
    /// Where the wallets are.
    #[command(flatten)]
    keystore: KeystoreOption,
}

/// The wallets of a keystore.
#[derive(Serialize)]
struct ListAnswer {
    /// The wallets, by name.
    wallets: Vec<WalletItem>,
    /// The files that cannot be used.
    unusable: Vec<UnusableItem>,
}

/// One wallet.
#[derive(Serialize)]
struct WalletItem {
    /// Its name.
    name: String,
    /// Its network.
    network: String,
    /// Its address.
    address: String,
    /// The derivation path of its key.
    path: String,
}

/// A file that looks like a wallet's and is not.
#[derive(Serialize)]
struct UnusableItem {
    /// The file's name.
    file: String,
    /// What is wrong with it.
    error: String,
}

impl Answer for ListAnswer {
    fn to_text(&self) -> String {
        if self.wallets.is_empty() {
            return "There are no wallets here yet; make one with `faic wallet new NAME`.\n".to_owned();
        }
        let rows = self
            .wallets
            .iter()
            .map(|wallet| [wallet.name.clone(), wallet.network.clone(), wallet.address.clone(), wallet.path.clone()]);
        table(["wallet", "network", "address", "path"], &[], rows)
    }
}

/// Lists the wallets.
///
/// # Errors
/// A failure that says in one line what went wrong and what to do.
pub(crate) fn run(command: &List, output: Output) -> Result<(), Failure> {
    let list = command.keystore.open()?.list()?;
    let wallets = list.wallets.into_iter().map(|wallet| WalletItem {
        name: wallet.name.to_string(),
        network: wallet.network.to_string(),
        address: wallet.address.encode(wallet.network),
        path: wallet.path.on(wallet.network).to_string(),
    });
    let unusable = list
        .unusable
        .into_iter()
        .map(|file| UnusableItem { file: file.file_name, error: failure::sentence(&file.error) });
    let answer = ListAnswer { wallets: wallets.collect(), unusable: unusable.collect() };
    for item in &answer.unusable {
        output.note(&format!("warning: {} cannot be used: {}", item.file, item.error));
    }
    output.show(&answer)
}
