//! `faic wallet account`: the accounts of a wallet, each of one of the mnemonics that the wallet has or had.

use std::collections::BTreeMap;

use clap::{Args, Subcommand};
use faic_core::{
    Authority,
    keystore::{AccountEntry, AccountLabel, Candidate, EditError, Label, UnlockedWallet, WalletEntry, WalletName},
};
use serde::Serialize;

use super::{
    Account, NodeOption, discovery,
    selection::{new_name, parse_wallet},
    unlock::UnlockOptions,
};
use crate::{
    client::Client,
    failure::{Code, Failure},
    interruption,
    output::{Answer, Column, Output, table},
    trust::{Trust, TrustOption},
};

/// What can be done with the accounts of a wallet.
#[derive(Debug, Subcommand)]
pub(crate) enum AccountCommand {
    /// Add the next account, or that of a number.
    Add(Add),
    /// List the accounts of a wallet; needs no password without their names.
    List(List),
    /// Give an account a name, or take its name away.
    Name(Name),
    /// Ask a node which accounts of the mnemonic were used, and add them.
    Discover(Discover),
}

/// The options of a new account.
#[derive(Debug, Args)]
pub(crate) struct Add {
    /// The wallet.
    #[arg(value_name = "WALLET", value_parser = parse_wallet)]
    wallet: WalletName,

    /// A name for the account, in any script, which is sealed with the wallet.
    #[arg(long, value_name = "NAME", value_parser = new_name)]
    name: Option<Label>,

    /// Its number, the last one of its path [default: the next].
    #[arg(long, value_name = "NUMBER")]
    number: Option<u32>,

    /// How the wallet is opened.
    #[command(flatten)]
    unlock: UnlockOptions,
}

/// The options of a name.
#[derive(Debug, Args)]
pub(crate) struct Name {
    /// The wallet.
    #[arg(value_name = "WALLET", value_parser = parse_wallet)]
    wallet: WalletName,

    /// The account: its number, or the name that it has.
    #[arg(value_name = "ACCOUNT")]
    account: AccountLabel,

    /// Its new name, in any script; left out, it has none any more.
    #[arg(value_name = "NAME", value_parser = new_name)]
    name: Option<Label>,

    /// How the wallet is opened.
    #[command(flatten)]
    unlock: UnlockOptions,
}

/// The options of the list.
#[derive(Debug, Args)]
pub(crate) struct List {
    /// The wallet.
    #[arg(value_name = "WALLET", value_parser = parse_wallet)]
    wallet: WalletName,

    /// Show the names of the accounts too, for which the password is needed; a file of it alone asks for them as well.
    #[arg(long)]
    names: bool,

    /// How the wallet is opened.
    #[command(flatten)]
    unlock: UnlockOptions,
}

/// The options of a search.
#[derive(Debug, Args)]
pub(crate) struct Discover {
    /// The wallet.
    #[arg(value_name = "WALLET", value_parser = parse_wallet)]
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
    /// The numbers of those that were found to be governed by other keys, because their keys were changed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    governed_by_other_keys: Vec<u32>,
}

/// An account of a wallet.
#[derive(Serialize)]
pub(super) struct AccountItem {
    /// How commands name it where they expect an account.
    pub(super) label: String,
    /// Its number.
    number: u32,
    /// Its name, where it has one and the wallet was opened.
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
    /// The accounts of a wallet that is not opened.
    pub(super) fn all(entry: &WalletEntry) -> Vec<Self> {
        let item = |account: &AccountEntry| Self {
            label: entry.label(account),
            number: account.number(),
            name: None,
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

    /// The accounts of a wallet that was opened, with their names.
    fn all_opened(wallet: &UnlockedWallet) -> Vec<Self> {
        let named = wallet.entry.accounts.iter().zip(Self::all(&wallet.entry));
        let item = |(account, item): (&AccountEntry, Self)| {
            let name = wallet.account_name(account).map(ToString::to_string);
            Self { label: wallet.label(account), name, ..item }
        };
        named.map(item).collect()
    }

    /// The derivation path of an account's key.
    pub(super) fn path(entry: &WalletEntry, account: Option<&AccountEntry>) -> Option<String> {
        account.and_then(|account| account.path).map(|path| path.on(entry.network).to_string())
    }
}

impl AccountsAnswer {
    /// The accounts of that wallet.
    fn new(entry: &WalletEntry, accounts: Vec<AccountItem>) -> Self {
        let (wallet, network) = (entry.name.to_string(), entry.network.to_string());
        Self { wallet, network, accounts, governed_by_other_keys: Vec::new() }
    }
}

impl From<&UnlockedWallet> for AccountsAnswer {
    fn from(wallet: &UnlockedWallet) -> Self {
        Self::new(&wallet.entry, AccountItem::all_opened(wallet))
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
            let answer = command.unlock.update(&command.wallet, |wallet| {
                wallet.add_account(command.number, command.name.clone())?;
                Ok(AccountsAnswer::from(&*wallet))
            })?;
            output.show(&answer)
        }
        AccountCommand::Name(Name { wallet, account, name, unlock }) => {
            let answer = unlock.update(wallet, |opened| {
                opened.name_account(account, name.clone())?;
                Ok(AccountsAnswer::from(&*opened))
            })?;
            output.show(&answer)
        }
        AccountCommand::List(List { wallet, names, unlock }) if *names || unlock.names_a_password() => {
            output.show(&AccountsAnswer::from(&unlock.unlock(wallet)?))
        }
        AccountCommand::List(List { wallet, unlock, .. }) => {
            let entry = unlock.keystore.open()?.find(wallet)?;
            output.show(&AccountsAnswer::new(&entry, AccountItem::all(&entry)))
        }
        AccountCommand::Discover(command) => discover(command, output),
    }
}

/// Adds the accounts that were used, of every mnemonic that the wallet has or had, and tells which other keys govern.
fn discover(command: &Discover, output: Output) -> Result<(), Failure> {
    let (keystore, password) = command.unlock.password(&command.wallet)?;
    let wallet = keystore.unlock(&command.wallet, &password)?;
    let network = wallet.entry.network;
    let client = command.node.client();
    let status = client.status()?;
    Account::from(wallet.entry.clone()).check_network(&status, client.url())?;
    let trust = command.trust.begin(&command.unlock.keystore.folder()?, &client, &status, output)?;
    let mut lost = lost(&wallet, &client, trust.as_ref())?;
    let mnemonics = wallet.mnemonics();
    if mnemonics.is_empty() && lost.is_empty() {
        let message = "its key governs its account, and no mnemonic tells of others";
        return Err(Failure::new(Code::NothingToDo, message));
    }
    let mut new = BTreeMap::new();
    for (secret, mnemonic) in mnemonics {
        for used in discovery::used(&client, trust.as_ref(), mnemonic, network, output)? {
            if wallet.entry.accounts.iter().all(|account| account.number() != used.number) {
                new.entry(used.number).or_insert((secret, used.has_its_key));
            }
        }
    }
    if new.is_empty() && lost.is_empty() {
        return Err(Failure::new(Code::NothingToDo, "every account that was used is in the wallet already"));
    }
    lost.extend(new.iter().filter(|(_, (_, has_its_key))| !has_its_key).map(|(number, _)| *number));
    lost.sort_unstable();
    let known = if new.is_empty() {
        AccountsAnswer::from(&wallet)
    } else {
        interruption::hold_off();
        keystore.update(&command.wallet, &password, |wallet| {
            new.iter().try_for_each(|(number, (secret, _))| wallet.add_account_of(*secret, *number).map(drop))?;
            Ok::<_, EditError>(AccountsAnswer::from(&*wallet))
        })?
    };
    let answer = AccountsAnswer { governed_by_other_keys: lost, ..known };
    for item in answer.accounts.iter().filter(|item| answer.governed_by_other_keys.contains(&item.number)) {
        output.note(&discovery::lost_account(&item.address));
    }
    output.show(&answer)
}

/// The numbers of the wallet's accounts that none of its keys governs any more, because their keys were changed elsewhere.
fn lost(wallet: &UnlockedWallet, client: &Client, trust: Option<&Trust>) -> Result<Vec<u32>, Failure> {
    let mut lost = Vec::new();
    for entry in &wallet.entry.accounts {
        let found = Account::of_opened(wallet, entry).read(client, trust)?;
        client.patience().renew();
        let governs = |candidate: &Candidate| {
            found.is_governed_by(&entry.address, &Authority::single(candidate.key.public_key()))
        };
        if !wallet.candidates(entry).iter().any(governs) {
            lost.push(entry.number());
        }
    }
    Ok(lost)
}
