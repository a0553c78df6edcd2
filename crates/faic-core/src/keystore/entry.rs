//! What may be known of a wallet without its password: its name, its network and its accounts, which have numbers here
//! and names only under the seal.

use std::fmt;
use std::str::FromStr;

use crate::address::Address;
use crate::authority::Authority;
use crate::derivation::AccountPath;
use crate::network::Network;

use super::label::{Label, LabelError, normal};
use super::{WalletFileError, WalletName};

/// Most accounts in one wallet.
pub const ACCOUNTS_MAX: usize = 256;

/// What may be known of a wallet without its password.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct WalletEntry {
    /// The name, unique in the keystore.
    pub name: WalletName,
    /// The network that the wallet was made for.
    pub network: Network,
    /// Which of the keys of its mnemonic is that of its first account.
    pub path: AccountPath,
    /// The address of its first account.
    pub address: Address,
    /// Its accounts, by ascending number; those of [`WalletEntry::path`] and [`WalletEntry::address`] are the first of
    /// them.
    pub accounts: Vec<AccountEntry>,
    /// Whether it only watches its account and has no keys.
    pub watch_only: bool,
    /// The authority of an account that is only watched, as far as its owner said: transactions are built with it.
    pub authority: Option<Authority>,
}

/// An account of a wallet.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct AccountEntry {
    /// Where its key is among those of a mnemonic; nothing for a key that came without one.
    pub path: Option<AccountPath>,
    /// Its address, which stays when its key changes.
    pub address: Address,
    /// Which of the wallet's secrets its key was made of, as far as the wallet knows.
    pub secret: u8,
}

impl AccountEntry {
    /// The number by which it is named: the last one of its path.
    pub fn number(&self) -> u32 {
        self.path.unwrap_or_default().index()
    }
}

impl WalletEntry {
    /// A wallet with one account, whose key is that of a mnemonic at `path`.
    pub fn new(name: WalletName, network: Network, path: AccountPath, address: Address) -> Self {
        let account = AccountEntry { path: Some(path), address, secret: 0 };
        Self { name, network, path, address, accounts: vec![account], watch_only: false, authority: None }
    }

    /// A wallet with one account, whose key came without a mnemonic.
    pub fn of_key(name: WalletName, network: Network, address: Address) -> Self {
        let path = AccountPath::default();
        let account = AccountEntry { path: None, address, secret: 0 };
        Self { name, network, path, address, accounts: vec![account], watch_only: false, authority: None }
    }

    /// Finds an account by its number; the first one where none is said.
    pub fn account(&self, number: Option<u32>) -> Option<&AccountEntry> {
        match number {
            None => self.accounts.first(),
            Some(number) => self.accounts.iter().find(|account| account.number() == number),
        }
    }

    /// How an account is called without the password: the wallet's name for its first, `wallet/number` for another.
    pub fn label(&self, account: &AccountEntry) -> String {
        if self.accounts.first() == Some(account) {
            self.name.to_string()
        } else {
            format!("{}/{}", self.name, account.number())
        }
    }

    /// Checks the accounts and their order and takes over the first one's path and address.
    pub(super) fn with_accounts(mut self, accounts: Vec<AccountEntry>) -> Result<Self, WalletFileError> {
        let first = accounts.first().ok_or(WalletFileError::BadAccounts)?;
        let ascending = accounts.is_sorted_by(|one, other| one.number() < other.number());
        if accounts.len() > ACCOUNTS_MAX || !ascending {
            return Err(WalletFileError::BadAccounts);
        }
        (self.path, self.address) = (first.path.unwrap_or_default(), first.address);
        self.accounts = accounts;
        Ok(self)
    }
}

/// How an account of a wallet is named: by its number, or by its name, which only an opened wallet knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccountLabel {
    /// The last number of its path.
    Number(u32),
    /// The name that its owner gave it.
    Name(Label),
}

impl FromStr for AccountLabel {
    type Err = AccountLabelError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.parse() {
            Ok(name) => Ok(Self::Name(name)),
            Err(LabelError::Number) => {
                let number = normal(text).and_then(|digits| digits.parse().ok());
                number.map(Self::Number).ok_or(AccountLabelError::Number)
            }
            Err(error) => Err(error.into()),
        }
    }
}

impl fmt::Display for AccountLabel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Name(name) => name.fmt(f),
        }
    }
}

/// The text is neither the number nor the name of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AccountLabelError {
    /// A number that no account has.
    #[error("an account's number is at most {}, in the digits 0 to 9", u32::MAX)]
    Number,
    /// A name that no account has.
    #[error(transparent)]
    Name(#[from] LabelError),
}
