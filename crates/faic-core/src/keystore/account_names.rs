//! The names of a wallet's accounts, which are sealed with its secrets: they tell what its owner keeps money for.
//!
//! They are ascending by the numbers of their accounts and distinct, and none could be taken for a number. Whether the
//! accounts exist is checked where the readable list of accounts is known.

use std::fmt;
use std::io;

use borsh::{BorshDeserialize, BorshSerialize};

use crate::bounded;

use super::entry::{ACCOUNTS_MAX, AccountEntry, is_number};
use super::name::{WALLET_NAME_CHARACTERS_MAX, WalletName};

/// The name of one account.
#[derive(Clone, PartialEq, Eq, BorshSerialize)]
struct AccountName {
    /// The account's number.
    number: u32,
    /// How its owner calls it.
    name: WalletName,
}

impl BorshDeserialize for AccountName {
    fn deserialize_reader<R: io::Read>(reader: &mut R) -> io::Result<Self> {
        let number = u32::deserialize_reader(reader)?;
        let name = bounded::read_text(reader, WALLET_NAME_CHARACTERS_MAX)?;
        let name = name.parse().map_err(|_| bounded::invalid("the name of an account is none"))?;
        Ok(Self { number, name })
    }
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
        (ascending && distinct && !texts.into_iter().any(is_number)).then_some(Self(names))
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
    pub(super) fn of(&self, number: u32) -> Option<&WalletName> {
        self.0.iter().find(|name| name.number == number).map(|name| &name.name)
    }

    /// The number of the account of that name.
    pub(super) fn number_of(&self, name: &WalletName) -> Option<u32> {
        self.0.iter().find(|known| known.name == *name).map(|known| known.number)
    }

    /// Gives the account of that number a name, which no other has, or takes its name away.
    pub(super) fn set(&mut self, number: u32, name: Option<WalletName>) {
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
