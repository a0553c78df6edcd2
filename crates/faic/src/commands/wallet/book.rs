//! `faic wallet book`: the names of those whom a wallet pays, sealed with the wallet because they tell whom one knows.

use clap::{Args, Subcommand};
use faic_core::{
    Address, Network,
    keystore::{Contact, EditError, Keystore, Label, WalletName},
};
use serde::Serialize;

use super::{
    bad_address,
    look_alike::{Caution, KnownAddresses},
    selection::{new_name, parse_wallet},
    unlock::UnlockOptions,
};
use crate::{
    failure::{Code, Failure},
    interruption,
    output::{Answer, Column, Output, table},
};

/// What can be done with an address book.
#[derive(Debug, Subcommand)]
pub(crate) enum Book {
    /// Write a name and its address into the book.
    Add(Add),
    /// List the names.
    List(List),
    /// Change a name; its address stays.
    Rename(Rename),
    /// Take a name out of the book.
    Remove(Remove),
}

/// The options of a new name.
#[derive(Debug, Args)]
pub(crate) struct Add {
    /// The wallet whose book it is.
    #[arg(value_name = "WALLET", value_parser = parse_wallet)]
    wallet: WalletName,

    /// The name, in any script: letters, digits, hyphens, underscores, and single spaces.
    #[arg(value_name = "NAME", value_parser = new_name)]
    name: Label,

    /// The address, of the wallet's network.
    #[arg(value_name = "ADDRESS")]
    address: String,

    /// What is allowed of the address.
    #[command(flatten)]
    caution: Caution,

    /// How the wallet is opened.
    #[command(flatten)]
    unlock: UnlockOptions,
}

/// The options of the list.
#[derive(Debug, Args)]
pub(crate) struct List {
    /// The wallet whose book it is.
    #[arg(value_name = "WALLET", value_parser = parse_wallet)]
    wallet: WalletName,

    /// How the wallet is opened.
    #[command(flatten)]
    unlock: UnlockOptions,
}

/// The options of another name.
#[derive(Debug, Args)]
pub(crate) struct Rename {
    /// The wallet whose book it is.
    #[arg(value_name = "WALLET", value_parser = parse_wallet)]
    wallet: WalletName,

    /// The name.
    #[arg(value_name = "OLD")]
    old: Label,

    /// The name in its place.
    #[arg(value_name = "NEW", value_parser = new_name)]
    new: Label,

    /// How the wallet is opened.
    #[command(flatten)]
    unlock: UnlockOptions,
}

/// The options of taking out a name.
#[derive(Debug, Args)]
pub(crate) struct Remove {
    /// The wallet whose book it is.
    #[arg(value_name = "WALLET", value_parser = parse_wallet)]
    wallet: WalletName,

    /// The name.
    #[arg(value_name = "NAME")]
    name: Label,

    /// How the wallet is opened.
    #[command(flatten)]
    unlock: UnlockOptions,
}

/// The address book of a wallet.
#[derive(Serialize)]
struct BookAnswer {
    /// The wallet.
    wallet: String,
    /// The names.
    contacts: Vec<ContactItem>,
}

/// A name of an address book.
#[derive(Serialize)]
struct ContactItem {
    /// The name.
    name: String,
    /// The address.
    address: String,
}

impl BookAnswer {
    /// The book of that wallet.
    fn new(wallet: &WalletName, network: Network, book: &[Contact]) -> Self {
        let item = |contact: &Contact| ContactItem {
            name: contact.name.to_string(),
            address: contact.address.encode(network),
        };
        Self { wallet: wallet.to_string(), contacts: book.iter().map(item).collect() }
    }
}

impl Answer for BookAnswer {
    fn to_text(&self) -> String {
        if self.contacts.is_empty() {
            return format!("The address book of {} is empty.\n", self.wallet);
        }
        table(
            ["name", "address"],
            [Column::Words, Column::Copied],
            self.contacts.iter().map(|item| [item.name.clone(), item.address.clone()]),
        )
    }
}

/// Does what a command about an address book asks.
///
/// # Errors
/// A failure that says in one line what went wrong and what to do.
pub(crate) fn run(command: &Book, output: Output) -> Result<(), Failure> {
    let answer = match command {
        Book::Add(command) => add(command, output)?,
        Book::List(List { wallet, unlock }) => {
            let opened = unlock.unlock(wallet)?;
            BookAnswer::new(wallet, opened.entry.network, opened.book())
        }
        Book::Rename(Rename { wallet, old, new, unlock }) => {
            check_free(&unlock.keystore.open()?, new)?;
            unlock.update(wallet, |opened| {
                opened.rename_contact(old, new.clone())?;
                Ok(BookAnswer::new(wallet, opened.entry.network, opened.book()))
            })?
        }
        Book::Remove(Remove { wallet, name, unlock }) => unlock.update(wallet, |opened| {
            opened.remove_contact(name)?;
            Ok(BookAnswer::new(wallet, opened.entry.network, opened.book()))
        })?,
    };
    output.show(&answer)
}

/// Refuses the name of a wallet, and one that looks like it.
fn check_free(keystore: &Keystore, name: &Label) -> Result<(), Failure> {
    let namesake = name.as_str().parse::<WalletName>().ok();
    if namesake.map_or(Ok(false), |wallet| keystore.has(&wallet))? {
        let message = format!("a wallet is called {name}, and a payment to {name} would mean that");
        return Err(Failure::new(Code::ContactExists, message).advice("choose another name"));
    }
    match keystore.list()?.wallets.iter().find(|wallet| name.looks_like(wallet.name.as_str())) {
        Some(wallet) => {
            let other = format!("the wallet {}", wallet.name);
            Err(EditError::LooksLike { name: name.to_string(), other }.into())
        }
        None => Ok(()),
    }
}

/// Writes a name into the book; a wallet's name would be ambiguous.
fn add(command: &Add, output: Output) -> Result<BookAnswer, Failure> {
    let Add { wallet, name, address, caution, unlock } = command;
    let keystore = unlock.keystore.open()?;
    let network = keystore.find(wallet)?.network;
    let address = Address::parse(address, network).map_err(|error| bad_address(address, error))?;
    check_free(&keystore, name)?;
    let (keystore, password) = unlock.password(wallet)?;
    interruption::hold_off();
    keystore.update(wallet, &password, |opened| {
        caution.check_new(&KnownAddresses::of_user(&keystore, opened)?, network, &address, output)?;
        opened.add_contact(name.clone(), address)?;
        Ok(BookAnswer::new(wallet, network, opened.book()))
    })
}
