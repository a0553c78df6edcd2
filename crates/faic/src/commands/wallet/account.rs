//! `faic wallet account`: the accounts of a wallet, all of one mnemonic.

use std::collections::BTreeMap;

use clap::{Args, Subcommand};
use faic_core::keystore::{AccountEntry, EditError, WalletEntry, WalletName};
use serde::Serialize;

use super::{Account, KeystoreOption, NodeOption, discovery, unlock::UnlockOptions};
use crate::{
    failure::{Code, Failure},
    interruption,
    output::{Answer, Column, Output, table},
    trust::TrustOption,
};

/// What can be done with the accounts of a wallet.
#[derive(Debug, Subcommand)]
pub(crate) enum AccountCommand {
    /// Add the next account, or that of a number.
    Add(Add),
    /// List the accounts of a wallet; needs no password.
    List(List),
    /// Ask a node which accounts of the mnemonic were used, and add them.
    Discover(Discover),
}

/// The options of a new account.
#[derive(Debug, Args)]
pub(crate) struct Add {
    /// The wallet.
    #[arg(value_name = "WALLET")]
    wallet: WalletName,

    /// A name for the account; it can be read without the password, as the wallet's name.
    #[arg(long, value_name = "NAME")]
    name: Option<WalletName>,

    /// Its number, the last one of its path [default: the next].
    #[arg(long, value_name = "NUMBER")]
    number: Option<u32>,

    /// How the wallet is opened.
    #[command(flatten)]
    unlock: UnlockOptions,
}

/// The options of the list.
#[derive(Debug, Args)]
pub(crate) struct List {
    /// The wallet.
    #[arg(value_name = "WALLET")]
    wallet: WalletName,

    /// Where the wallets are.
    #[command(flatten)]
    keystore: KeystoreOption,
}

/// The options of a search.
#[derive(Debug, Args)]
pub(crate) struct Discover {
    /// The wallet.
    #[arg(value_name = "WALLET")]
    wallet: WalletName,

    /// How the wallet is opened.
    #[command(flatten)]
    unlock: UnlockOptions,

    /// Which node is asked.
    #[command(flatten)]
    node: NodeOption,

    /// What is believed of its answers.
    #[command(flatten)]
    trust: TrustOption,
}

/// The accounts of a wallet.
#[derive(Serialize)]
struct AccountsAnswer {
    /// The wallet.
    wallet: String,
    /// Its network.
    network: String,
    /// Its accounts, by number.
    accounts: Vec<AccountItem>,
}

/// An account of a wallet.
#[derive(Serialize)]
pub(super) struct AccountItem {
    /// How commands name it where they expect an account.
    pub(super) label: String,
    /// Its number.
    number: u32,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// Its address.
    pub(super) address: String,
    /// The derivation path of its key; nothing where it has none.
    pub(super) path: Option<String>,
    /// Which of the wallet's mnemonics its key is made of, from 1 in the order in which the wallet had them; nothing where it
    /// has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    mnemonic: Option<u16>,
}

impl AccountItem {
    /// The accounts of a wallet.
    pub(super) fn all(entry: &WalletEntry) -> Vec<Self> {
        let item = |account: &AccountEntry| Self {
            label: entry.label(account),
            number: account.number(),
            name: account.name.as_ref().map(ToString::to_string),
            address: account.address.encode(entry.network),
            path: Self::path(entry, Some(account)),
            mnemonic: account.path.map(|_| u16::from(account.secret).saturating_add(1)),
        };
        entry.accounts.iter().map(item).collect()
    }

    /// The path for people, with the mnemonic where that is not the wallet's first; nothing where the key has none.
    pub(super) fn place(&self) -> Option<String> {
        let path = self.path.as_ref()?;
        Some(match self.mnemonic {
            None | Some(1) => path.clone(),
            Some(number) => format!("{path} of mnemonic {number}"),
        })
    }

    /// The derivation path of an account's key.
    pub(super) fn path(entry: &WalletEntry, account: Option<&AccountEntry>) -> Option<String> {
        account.and_then(|account| account.path).map(|path| path.on(entry.network).to_string())
    }
}

impl From<&WalletEntry> for AccountsAnswer {
    fn from(entry: &WalletEntry) -> Self {
        let (wallet, network) = (entry.name.to_string(), entry.network.to_string());
        Self { wallet, network, accounts: AccountItem::all(entry) }
    }
}

impl Answer for AccountsAnswer {
    fn to_text(&self) -> String {
        let rows = self.accounts.iter().map(|item| {
            [item.label.clone(), item.number.to_string(), item.address.clone(), item.place().unwrap_or_default()]
        });
        table(
            ["account", "number", "address", "path"],
            [Column::Words, Column::Number, Column::Copied, Column::Words],
            rows,
        )
    }
}

/// Does what a command about accounts asks.
///
/// # Errors
/// A failure that says in one line what went wrong and what to do.
pub(crate) fn run(command: &AccountCommand, output: Output) -> Result<(), Failure> {
    match command {
        AccountCommand::Add(command) => {
            let entry = command.unlock.update(&command.wallet, |wallet| {
                wallet.add_account(command.number, command.name.clone()).map(|_| wallet.entry.clone())
            })?;
            output.show(&AccountsAnswer::from(&entry))
        }
        AccountCommand::List(command) => {
            output.show(&AccountsAnswer::from(&command.keystore.open()?.find(&command.wallet)?))
        }
        AccountCommand::Discover(command) => discover(command, output),
    }
}

/// Adds the accounts that were used, of every mnemonic that the wallet has or had.
fn discover(command: &Discover, output: Output) -> Result<(), Failure> {
    let (keystore, password) = command.unlock.password(&command.wallet)?;
    let wallet = keystore.unlock(&command.wallet, &password)?;
    let network = wallet.entry.network;
    let client = command.node.client();
    let status = client.status()?;
    Account::from(wallet.entry.clone()).check_network(&status, client.url())?;
    let trust = command.trust.begin(&command.unlock.keystore.folder()?, &client, &status, output)?;
    let mnemonics = wallet.mnemonics();
    if mnemonics.is_empty() {
        return Err(EditError::NoMnemonic.into());
    }
    let mut new = BTreeMap::new();
    for (secret, mnemonic) in mnemonics {
        for number in discovery::used(&client, trust.as_ref(), mnemonic, network, output)? {
            if wallet.entry.accounts.iter().all(|account| account.number() != number) {
                new.entry(number).or_insert(secret);
            }
        }
    }
    if new.is_empty() {
        return Err(Failure::new(Code::NothingToDo, "every account that was used is in the wallet already"));
    }
    interruption::hold_off();
    let entry = keystore.update(&command.wallet, &password, |wallet| {
        new.iter().try_for_each(|(number, secret)| wallet.add_account_of(*secret, *number).map(drop))?;
        Ok::<_, EditError>(wallet.entry.clone())
    })?;
    output.show(&AccountsAnswer::from(&entry))
}
