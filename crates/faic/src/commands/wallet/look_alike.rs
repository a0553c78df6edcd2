//! Receivers that look like an address the user knows and are another one.
//!
//! People compare the first and the last characters of an address. Whoever makes an address with the same ones, and gets it
//! into a history by a small payment, hopes that it is copied from there, perhaps into the book. An account of the user's
//! own keys is never doubted. One that was paid before is doubted only where it looks like one of the book or of the wallets
//! and is none of them; and one of those that was not paid yet, where it looks like another of them or like one that was.

use std::collections::{BTreeMap, BTreeSet};

use clap::Args;
use faic_core::{
    Address, Network,
    keystore::{Contact, Keystore, UnlockedWallet},
};

use super::{
    Account,
    payment::Payment,
    receivers::{Reach, Strangers},
    transaction::Moment,
};
use crate::{
    client::HistoryItem,
    failure::{Code, Context, Failure},
    output::Output,
};

/// How many characters at each end of an address people are taken to compare.
const END_CHARACTERS: usize = 3;
/// How many transactions of the history are looked at.
const HISTORY_ITEMS: u16 = 100;

/// What the user allows.
#[derive(Debug, Args)]
pub(super) struct Caution {
    /// Where nobody is asked, take also an address that looks like one you know and is another.
    #[arg(long)]
    allow_look_alike: bool,
}

impl Caution {
    /// Points out receivers that look like others; where nobody is asked, they are refused. Gives those whom the wallet does
    /// not know.
    ///
    /// # Errors
    /// A failure with the code `look_alike_address`.
    pub(super) fn check(
        &self,
        moment: &Moment<'_>,
        payments: &[Payment],
        output: Output,
    ) -> Result<Strangers, Failure> {
        check_names(&moment.sender.open()?.wallet, payments.iter().map(|payment| &payment.to))?;
        let mut known = KnownAddresses::of_user(&moment.sender.keystore, &moment.sender.open()?.wallet)?;
        let is_keyed = |payment: &Payment| known.keyed.contains(&payment.to.address);
        let reach = if payments.iter().all(is_keyed) { Reach::Whole } else { known.add_history(moment)? };
        let index = known.index(moment.sender.account.network);
        let receivers = payments.iter().map(|payment| &payment.to);
        let findings = receivers.clone().filter_map(|to| index.finding(&to.address));
        for finding in findings.chain(among_themselves(receivers.clone())) {
            if !moment.asks() && !self.allow_look_alike {
                return Err(refusal(&format!("{finding}; nothing was sent")));
            }
            warn(&finding, output);
        }
        let own: BTreeSet<&Address> = known.own.iter().map(|known| &known.address).collect();
        let is_known = |address: &Address| own.contains(address) || known.paid.contains(address);
        let strangers = receivers.filter(|to| !is_known(&to.address));
        Ok(Strangers::new(strangers, reach))
    }

    /// Refuses an address that is to be written down and looks like one that the user knows, unless that is allowed.
    ///
    /// # Errors
    /// A failure with the code `look_alike_address`.
    pub(super) fn check_new(
        &self,
        known: &KnownAddresses,
        network: Network,
        address: &Address,
        output: Output,
    ) -> Result<(), Failure> {
        let Some(finding) = known.index(network).finding(address) else { return Ok(()) };
        if !self.allow_look_alike {
            return Err(refusal(&format!("{finding}; nothing was written")));
        }
        warn(&finding, output);
        Ok(())
    }

    /// The same for the receivers of a transaction that others built, by the book of the wallet that is to sign it and the
    /// accounts of all wallets; `asks` tells whether somebody is asked before it is signed.
    ///
    /// # Errors
    /// A failure with the code `look_alike_address`.
    pub(super) fn check_signed(
        &self,
        keystore: &Keystore,
        wallet: &UnlockedWallet,
        receivers: impl IntoIterator<Item = Address>,
        asks: bool,
        output: Output,
    ) -> Result<(), Failure> {
        let known = KnownAddresses::of_user(keystore, wallet)?;
        let index = known.index(wallet.entry.network);
        for finding in receivers.into_iter().filter_map(|address| index.finding(&address)) {
            if !asks && !self.allow_look_alike {
                return Err(refusal(&format!("{finding}; nothing was signed")));
            }
            warn(&finding, output);
        }
        Ok(())
    }
}

/// What is to be said of two receivers of one payment that look alike.
fn among_themselves<'a>(receivers: impl Iterator<Item = &'a Account>) -> Option<String> {
    let mut by_ends: BTreeMap<Ends, &Account> = BTreeMap::new();
    for to in receivers {
        let first = by_ends.entry(ends(&to.text(), to.network)).or_insert(to);
        if first.address != to.address {
            return Some(format!(
                "{} and {}, which are both to be paid, look alike and are not the same",
                first.text(),
                to.text()
            ));
        }
    }
    None
}

/// The failure of a receiver that looks like another address.
fn refusal(message: &str) -> Failure {
    Failure::new(Code::LookAlikeAddress, message)
        .advice("compare every character with what the receiver gave you, and add --allow-look-alike if it is right")
}

/// Points out a receiver that looks like another address.
fn warn(finding: &str, output: Output) {
    output.note(&format!("warning: {finding}; compare every character"));
}

/// Points out receivers that look like a wallet of the user and are none, where nobody is asked and nothing is sent yet.
///
/// # Errors
/// A failure where the wallets cannot be listed.
pub(super) fn point_out(
    keystore: &Keystore,
    network: Network,
    receivers: impl IntoIterator<Item = Address>,
    output: Output,
) -> Result<(), Failure> {
    let known = KnownAddresses::of_wallets(keystore, network)?;
    let index = known.index(network);
    for finding in receivers.into_iter().filter_map(|address| index.finding(&address)) {
        output.note(&format!("warning: {finding}"));
    }
    Ok(())
}

/// Refuses a name that is a wallet's, or that of a watched address, and another address in the book: who may write into the
/// folder of the wallets must not be able to redirect what the book says.
///
/// # Errors
/// [`Code::ContactExists`].
pub(super) fn check_names<'a>(
    wallet: &UnlockedWallet,
    receivers: impl IntoIterator<Item = &'a Account>,
) -> Result<(), Failure> {
    let book = wallet.book();
    for to in receivers {
        let namesake = |contact: &&Contact| to.name.as_deref() == Some(contact.name.as_str());
        if let Some(contact) = book.iter().find(namesake).filter(|contact| contact.address != to.address) {
            let name = &contact.name;
            let message =
                format!("{name} is one of your wallets, and another address in the address book; nothing was sent");
            return Err(Failure::new(Code::ContactExists, message).advice(format!(
                "name the address itself, or take {name} out of the book with `faic wallet book remove`"
            )));
        }
    }
    Ok(())
}

/// An address that the user knows.
#[derive(Debug)]
struct Known {
    /// The address.
    address: Address,
    /// What it is to the user.
    what: String,
}

/// The addresses that the user knows.
#[derive(Debug, Default)]
pub(super) struct KnownAddresses {
    /// Those of the book and of the user's own wallets.
    own: Vec<Known>,
    /// Those of them that are accounts of the user's keys.
    keyed: BTreeSet<Address>,
    /// Those of recent transactions.
    recent: Vec<Known>,
    /// Those that the account paid before.
    paid: BTreeSet<Address>,
}

impl KnownAddresses {
    /// The address book of a wallet that was opened, and the accounts of all wallets.
    pub(super) fn of_user(keystore: &Keystore, wallet: &UnlockedWallet) -> Result<Self, Failure> {
        let book = wallet.book().iter();
        let contacts = book
            .map(|contact| Known { address: contact.address, what: format!("{} of the address book", contact.name) });
        let mut known = Self::of_wallets(keystore, wallet.entry.network)?;
        known.own.splice(0..0, contacts);
        Ok(known)
    }

    /// The accounts of all wallets.
    pub(super) fn of_wallets(keystore: &Keystore, network: Network) -> Result<Self, Failure> {
        let mut known = Self::default();
        for wallet in keystore.list()?.wallets.iter().filter(|wallet| wallet.network == network) {
            let accounts = Account::all(wallet);
            if !wallet.watch_only {
                known.keyed.extend(accounts.iter().map(|account| account.address));
            }
            known.own.extend(accounts.into_iter().map(|account| Known {
                address: account.address,
                what: format!("the wallet {}", account.name.unwrap_or_default()),
            }));
        }
        Ok(known)
    }

    /// Adds whom the account paid lately, and who paid it, as far as the node shows it; gives how much of the history
    /// that is.
    fn add_history(&mut self, moment: &Moment<'_>) -> Result<Reach, Failure> {
        let (items, reach) = moment.recent(HISTORY_ITEMS).advice("nothing was sent")?;
        items.iter().for_each(|item| self.add_transaction(item, &moment.sender.account));
        Ok(reach)
    }

    /// Adds the other side of a transaction.
    fn add_transaction(&mut self, item: &HistoryItem, account: &Account) {
        let read = |text: &str| Address::parse(text, account.network).ok();
        let recent = |address, what: &str| Known { address, what: what.to_owned() };
        let Some(from) = read(&item.transaction.sender) else { return };
        if from != account.address {
            self.recent.push(recent(from, "one that paid you"));
            return;
        }
        for to in item.transaction.action.outputs.iter().filter_map(|payment| read(&payment.to)) {
            self.recent.push(recent(to, "one that you paid"));
            self.paid.insert(to);
        }
    }

    /// The addresses by their ends, on that network.
    fn index(&self, network: Network) -> Index<'_> {
        let by_ends = |addresses: &'_ [Known]| {
            let mut index: BTreeMap<Ends, BTreeMap<Address, usize>> = BTreeMap::new();
            for (number, known) in addresses.iter().enumerate() {
                let ends = ends(&known.address.encode(network), network);
                index.entry(ends).or_default().entry(known.address).or_insert(number);
            }
            index
        };
        Index { known: self, network, own: by_ends(&self.own), recent: by_ends(&self.recent) }
    }
}

/// What people compare of an address.
type Ends = (String, String);

/// The addresses that the user knows, by their ends.
struct Index<'a> {
    /// The addresses.
    known: &'a KnownAddresses,
    /// Their network.
    network: Network,
    /// Where those of the book and of the user's own wallets are.
    own: BTreeMap<Ends, BTreeMap<Address, usize>>,
    /// Where those of recent transactions are.
    recent: BTreeMap<Ends, BTreeMap<Address, usize>>,
}

impl<'a> Index<'a> {
    /// What is to be said of an address that looks like another one.
    fn finding(&self, address: &Address) -> Option<String> {
        let other = self.look_alike(address)?;
        let (address, known) = (address.encode(self.network), other.address.encode(self.network));
        Some(format!("{address} is another address than {known}, which is {}, and looks like it", other.what))
    }

    /// An address that `address` looks like without being it.
    fn look_alike(&self, address: &Address) -> Option<&'a Known> {
        let KnownAddresses { own, keyed, recent, paid } = self.known;
        let ends = ends(&address.encode(self.network), self.network);
        let is_own = self.own.get(&ends).is_some_and(|own| own.contains_key(address));
        let is_paid = paid.contains(address);
        if keyed.contains(address) || is_own && is_paid {
            return None;
        }
        let mut others = self.own.get(&ends).into_iter().flatten().filter(|(other, _)| *other != address);
        if let Some((_, number)) = others.next() {
            return own.get(*number);
        }
        if is_paid {
            return None;
        }
        // Who only paid the user casts no doubt on the book.
        let counts = |other: &Address| other != address && (!is_own || paid.contains(other));
        let mut others = self.recent.get(&ends).into_iter().flatten().filter(|(other, _)| counts(other));
        others.next().and_then(|(_, number)| recent.get(*number))
    }
}

/// The first characters of an address, after what all addresses of the network begin with, and the last.
fn ends(text: &str, network: Network) -> Ends {
    let own: Vec<char> = text.chars().skip(network.address_prefix().len() + 1).collect();
    let last = own.len().saturating_sub(END_CHARACTERS);
    (own.iter().take(END_CHARACTERS).collect(), own.iter().skip(last).collect())
}

#[cfg(test)]
mod tests;
