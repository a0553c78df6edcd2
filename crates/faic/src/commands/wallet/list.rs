//! `faic wallet list`: the wallets of the keystore; needs no node and no password.

use clap::Args;
use faic_core::{Authority, authority::AuthorityKey};
use serde::Serialize;

use super::{KeystoreOption, account::AccountItem, transaction_file::of_keys};
use crate::{
    failure::{self, Failure},
    output::{Answer, Column, Output, table},
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
    /// The derivation path of its key; nothing where it has none.
    path: Option<String>,
    /// Whether it only watches its account and has no keys.
    watch_only: bool,
    /// How many of which keys must sign, where it is watched and they are known.
    #[serde(skip_serializing_if = "Option::is_none")]
    authority: Option<AuthorityItem>,
    /// Its accounts, by number.
    accounts: Vec<AccountItem>,
}

/// Who signs for a watched account.
#[derive(Serialize)]
struct AuthorityItem {
    /// How many of the keys must sign.
    threshold: u8,
    /// The keys, ascending.
    keys: Vec<String>,
    /// How many of how many keys, for people.
    #[serde(skip)]
    of: String,
}

impl From<&Authority> for AuthorityItem {
    fn from(authority: &Authority) -> Self {
        let keys = authority.keys().iter().map(|AuthorityKey::Ed25519(key)| key.to_string()).collect();
        Self { threshold: authority.threshold(), keys, of: of_keys(authority) }
    }
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
        let rows = self.wallets.iter().flat_map(|wallet| {
            let key = |item: &AccountItem| match (item.place(), wallet.watch_only) {
                (Some(place), _) => place,
                (None, true) => match &wallet.authority {
                    Some(authority) => format!("watched, signed by {}", authority.of),
                    None => "watched, without a key".to_owned(),
                },
                (None, false) => "a single key".to_owned(),
            };
            let row =
                move |item: &AccountItem| [item.label.clone(), wallet.network.clone(), item.address.clone(), key(item)];
            wallet.accounts.iter().map(row)
        });
        table(
            ["wallet", "network", "address", "path"],
            [Column::Words, Column::Words, Column::Copied, Column::Words],
            rows,
        )
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
        path: AccountItem::path(&wallet, wallet.account(None)),
        watch_only: wallet.watch_only,
        authority: wallet.authority.as_ref().map(AuthorityItem::from),
        accounts: AccountItem::all(&wallet),
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
