//! The names of a wallet's accounts, which are sealed with its secrets: they tell what its owner keeps money for.
//!
//! They are ascending by the numbers of their accounts and distinct. Whether the accounts exist is checked where the
//! readable list of accounts is known.

use std::fmt;

use borsh::{BorshDeserialize, BorshSerialize};

use crate::bounded;

use super::entry::{ACCOUNTS_MAX, AccountEntry};
use super::label::Label;

/// The name of one account.
#[derive(Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
struct AccountName {
    /// The account's number.
    number: u32,
    /// How its owner calls it.
    name: Label,
}

/// The names of a wallet's accounts, by ascending number.
#[derive(Clone, PartialEq, Eq, Default, BorshSerialize)]
pub(super) struct AccountNames(Vec<AccountName>);

impl AccountNames {
    /// Reads names in their one form, as they are written.
    pub(super) fn read(bytes: &mut &[u8]) -> Option<Self> {
        let names: Vec<AccountName> = bounded::read_list(bytes, ACCOUNTS_MAX).ok()?;
        let ascending = names.is_sorted_by(|one, other| one.number < other.number);
        let mut texts: Vec<_> = names.iter().map(|name| &name.name).collect();
        texts.sort();
        let distinct = texts.is_sorted_by(|one, other| one < other);
        (ascending && distinct).then_some(Self(names))
    }

    /// Whether no account has a name.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether every name is that of one of these accounts.
    pub(super) fn belong_to(&self, accounts: &[AccountEntry]) -> bool {
        self.0.iter().all(|name| accounts.iter().any(|account| account.number() == name.number))
    }

    /// The name of the account of that number.
    pub(super) fn of(&self, number: u32) -> Option<&Label> {
        self.0.iter().find(|name| name.number == number).map(|name| &name.name)
    }

    /// The number of the account of that name.
    pub(super) fn number_of(&self, name: &Label) -> Option<u32> {
        self.0.iter().find(|known| known.name == *name).map(|known| known.number)
    }

    /// The name of another account than that of the number for which `name` could be taken.
    pub(super) fn look_alike(&self, name: &Label, number: u32) -> Option<&Label> {
        let others = self.0.iter().filter(|known| known.number != number);
        others.map(|known| &known.name).find(|known| name.looks_like(known.as_str()))
    }

    /// Gives the account of that number a name, which no other has, or takes its name away.
    pub(super) fn set(&mut self, number: u32, name: Option<Label>) {
        self.0.retain(|known| known.number != number);
        self.0.extend(name.map(|name| AccountName { number, name }));
        self.0.sort_by_key(|known| known.number);
    }
}

impl fmt::Debug for AccountNames {
    /// Shows no name.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AccountNames").field(&self.0.len()).finish()
    }
}
