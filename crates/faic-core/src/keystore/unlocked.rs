//! A wallet whose password was right: its keys, the names of its accounts, its address book, and the changes that
//! [`super::Keystore::update`] keeps.

use std::fmt;

use crate::address::Address;
use crate::authority::Authority;
use crate::derivation::{AccountPath, AccountPathError};
use crate::keys::SecretKey;

use super::book::{BOOK_ENTRIES_MAX, Contact};
use super::content::{KeySource, SECRETS_MAX, WalletContent};
use super::entry::{ACCOUNTS_MAX, AccountEntry, AccountLabel, WalletEntry};
use super::label::Label;
use super::{KeystoreError, WalletFileError, WalletSecret};

/// A wallet whose password was right.
#[derive(Clone)]
pub struct UnlockedWallet {
    /// The public part, authenticated by the password.
    pub entry: WalletEntry,
    /// What the password protects.
    pub(super) content: WalletContent,
}

/// A key that may be that of an account.
pub struct Candidate {
    /// Which of the wallet's secrets it was made of.
    pub secret: u8,
    /// The key.
    pub key: SecretKey,
}

impl UnlockedWallet {
    /// A wallet with a mnemonic, yet to be kept.
    pub fn new(entry: WalletEntry, secret: WalletSecret) -> Self {
        Self { entry, content: WalletContent::new(KeySource::Mnemonic(secret)) }
    }

    /// A wallet of one key that has no mnemonic, yet to be kept.
    pub fn of_key(entry: WalletEntry, key: &SecretKey) -> Self {
        Self { entry, content: WalletContent::new(KeySource::Key(key.seed())) }
    }

    /// Finds an account by its number or its name; the first one where nothing is said.
    pub fn account(&self, label: Option<&AccountLabel>) -> Option<&AccountEntry> {
        match label {
            None => self.entry.account(None),
            Some(AccountLabel::Number(number)) => self.entry.account(Some(*number)),
            Some(AccountLabel::Name(name)) => self.entry.account(Some(self.content.names.number_of(name)?)),
        }
    }

    /// How its owner calls an account, beside its number.
    pub fn account_name(&self, account: &AccountEntry) -> Option<&Label> {
        self.content.names.of(account.number())
    }

    /// How an account is called: `wallet/name` where it has a name, and as [`WalletEntry::label`] says where it has none.
    pub fn label(&self, account: &AccountEntry) -> String {
        match self.account_name(account) {
            Some(name) => format!("{}/{name}", self.entry.name),
            None => self.entry.label(account),
        }
    }

    /// The secret key of the wallet's first account, as far as the wallet knows.
    pub fn account_key(&self) -> SecretKey {
        let first = self.entry.accounts.first().expect("a wallet has an account");
        self.key(first)
    }

    /// The secret key of an account of this wallet, as far as the wallet knows.
    pub fn key(&self, account: &AccountEntry) -> SecretKey {
        let source = self.content.secrets.get(usize::from(account.secret));
        self.key_of(source.expect("an account's secret is one of the wallet's"), account)
    }

    /// Every key that may be the account's, newest first: after a change of keys it is for the ledger to say which is.
    pub fn candidates(&self, account: &AccountEntry) -> Vec<Candidate> {
        let oldest_first = (0..=u8::MAX).zip(&self.content.secrets);
        let mut keys: Vec<_> =
            oldest_first.map(|(secret, source)| Candidate { secret, key: self.key_of(source, account) }).collect();
        keys.reverse();
        keys
    }

    /// The key that a secret has for an account.
    fn key_of(&self, source: &KeySource, account: &AccountEntry) -> SecretKey {
        source.key(self.entry.network, account.path.unwrap_or_default())
    }

    /// The mnemonic and passphrase of an account's key; nothing where it came without one.
    pub fn secret(&self, account: &AccountEntry) -> Option<&WalletSecret> {
        self.secret_at(account.secret)
    }

    /// The mnemonic and passphrase at a position among the wallet's secrets.
    pub fn secret_at(&self, secret: u8) -> Option<&WalletSecret> {
        match self.content.secrets.get(usize::from(secret))? {
            KeySource::Mnemonic(secret) => Some(secret),
            KeySource::Key(_) => None,
        }
    }

    /// The mnemonics that the wallet has or had, oldest first, each with its position among the wallet's secrets.
    pub fn mnemonics(&self) -> Vec<(u8, &WalletSecret)> {
        let secrets = (0..=u8::MAX).zip(&self.content.secrets);
        secrets.filter_map(|(position, _)| Some((position, self.secret_at(position)?))).collect()
    }

    /// Adds the account of that number, or of the next one, of the wallet's newest mnemonic.
    ///
    /// # Errors
    /// [`EditError`] says what stands in the way.
    pub fn add_account(&mut self, number: Option<u32>, name: Option<Label>) -> Result<AccountEntry, EditError> {
        let accounts = &self.entry.accounts;
        let next = accounts.last().map_or(0, |account| account.number().saturating_add(1));
        let newest = self.mnemonics().last().map(|(secret, _)| *secret).ok_or(EditError::NoMnemonic)?;
        self.add(newest, number.unwrap_or(next), name)
    }

    /// Adds the account of that number of the mnemonic at that position among the wallet's secrets.
    ///
    /// # Errors
    /// [`EditError`] says what stands in the way.
    pub fn add_account_of(&mut self, secret: u8, number: u32) -> Result<AccountEntry, EditError> {
        self.add(secret, number, None)
    }

    /// Adds an account.
    fn add(&mut self, secret: u8, number: u32, name: Option<Label>) -> Result<AccountEntry, EditError> {
        let accounts = &self.entry.accounts;
        if accounts.len() >= ACCOUNTS_MAX {
            return Err(EditError::TooManyAccounts);
        }
        let path = AccountPath::new(self.entry.path.account(), number)?;
        if let Some(taken) = accounts.iter().find(|account| account.number() == path.index()) {
            return Err(EditError::AccountExists { account: self.label(taken) });
        }
        name.as_ref().map_or(Ok(()), |name| self.check_account_name(name, path.index()))?;
        let key = self.secret_at(secret).ok_or(EditError::NoMnemonic)?.account_key(self.entry.network, path);
        let address = Authority::single(key.public_key()).address();
        let account = AccountEntry { path: Some(path), address, secret };
        let mut accounts = accounts.clone();
        accounts.push(account.clone());
        accounts.sort_by_key(AccountEntry::number);
        self.entry = self.entry.clone().with_accounts(accounts)?;
        self.content.names.set(account.number(), name);
        Ok(account)
    }

    /// Gives an account another name, or takes its name away.
    ///
    /// # Errors
    /// [`EditError::UnknownAccount`]; [`EditError::AccountExists`] and [`EditError::LooksLike`] for the name of another one,
    /// or one that looks like it; [`EditError::MixedScripts`].
    pub fn name_account(&mut self, label: &AccountLabel, name: Option<Label>) -> Result<(), EditError> {
        let unknown = || EditError::UnknownAccount { account: label.to_string() };
        let number = self.account(Some(label)).ok_or_else(unknown)?.number();
        name.as_ref().map_or(Ok(()), |name| self.check_account_name(name, number))?;
        self.content.names.set(number, name);
        Ok(())
    }

    /// Refuses for the account of that number a name that another one has, or that could be taken for that of another one.
    fn check_account_name(&self, name: &Label, number: u32) -> Result<(), EditError> {
        let full = |name: &Label| format!("{}/{name}", self.entry.name);
        match self.content.names.number_of(name) {
            Some(taken) if taken == number => return Ok(()),
            Some(_) => return Err(EditError::AccountExists { account: full(name) }),
            None => {}
        }
        check_scripts(name)?;
        match self.content.names.look_alike(name, number) {
            Some(other) => Err(EditError::LooksLike { name: full(name), other: full(other) }),
            None => Ok(()),
        }
    }

    /// The address book, ascending by name.
    pub fn book(&self) -> &[Contact] {
        &self.content.book
    }

    /// Finds a name in the address book.
    pub fn contact(&self, name: &str) -> Option<&Contact> {
        self.content.book.iter().find(|contact| contact.name.as_str() == name)
    }

    /// Writes a name into the address book; its address is of the wallet's network.
    ///
    /// # Errors
    /// [`EditError::ContactExists`], [`EditError::LooksLike`], [`EditError::MixedScripts`] and [`EditError::BookFull`].
    pub fn add_contact(&mut self, name: Label, address: Address) -> Result<(), EditError> {
        self.check_contact_name(&name, None)?;
        if self.content.book.len() >= BOOK_ENTRIES_MAX {
            return Err(EditError::BookFull);
        }
        self.content.book.push(Contact { name, address });
        self.content.book.sort();
        Ok(())
    }

    /// Refuses a new name of the book that stands in it, or could be taken for another one than `old`.
    fn check_contact_name(&self, name: &Label, old: Option<&Label>) -> Result<(), EditError> {
        if self.contact(name.as_str()).is_some() {
            return Err(EditError::ContactExists { name: name.clone() });
        }
        check_scripts(name)?;
        let mut others = self.content.book.iter().map(|contact| &contact.name).filter(|known| Some(*known) != old);
        match others.find(|known| name.looks_like(known.as_str())) {
            Some(other) => Err(EditError::LooksLike { name: name.to_string(), other: other.to_string() }),
            None => Ok(()),
        }
    }

    /// Takes a name out of the address book.
    ///
    /// # Errors
    /// [`EditError::UnknownContact`].
    pub fn remove_contact(&mut self, name: &Label) -> Result<Contact, EditError> {
        let position = self.content.book.iter().position(|contact| contact.name == *name);
        let position = position.ok_or_else(|| EditError::UnknownContact { name: name.clone() })?;
        Ok(self.content.book.remove(position))
    }

    /// Gives an address of the book another name.
    ///
    /// # Errors
    /// [`EditError::UnknownContact`]; [`EditError::ContactExists`] and [`EditError::LooksLike`] for one that stands in the
    /// book already, or looks like another one; [`EditError::MixedScripts`].
    pub fn rename_contact(&mut self, old: &Label, new: Label) -> Result<(), EditError> {
        self.check_contact_name(&new, Some(old))?;
        let Contact { name: _, address } = self.remove_contact(old)?;
        self.content.book.push(Contact { name: new, address });
        self.content.book.sort();
        Ok(())
    }

    /// Adds a secret from which an account may get its next key; gives its position.
    ///
    /// Nothing is taken for the account's key by this: the old one governs until the ledger says otherwise.
    ///
    /// # Errors
    /// [`EditError::TooManySecrets`].
    pub fn add_secret(&mut self, secret: WalletSecret) -> Result<u8, EditError> {
        let count = self.content.secrets.len();
        if count >= SECRETS_MAX {
            return Err(EditError::TooManySecrets);
        }
        self.content.secrets.push(KeySource::Mnemonic(secret));
        u8::try_from(count).map_err(|_| EditError::TooManySecrets)
    }

    /// Takes the key that a secret has for the account of that number as the account's, because the ledger says that it governs.
    ///
    /// # Errors
    /// [`EditError::UnknownAccount`] for an account or a secret that the wallet does not have.
    pub fn settle(&mut self, number: u32, secret: u8) -> Result<(), EditError> {
        let unknown = || EditError::UnknownAccount { account: number.to_string() };
        if usize::from(secret) >= self.content.secrets.len() {
            return Err(unknown());
        }
        let found = self.entry.accounts.iter_mut().find(|known| known.number() == number).ok_or_else(unknown)?;
        found.secret = secret;
        Ok(())
    }
}

/// Refuses a name that mixes scripts.
fn check_scripts(name: &Label) -> Result<(), EditError> {
    if name.mixes_scripts() { Err(EditError::MixedScripts { name: name.clone() }) } else { Ok(()) }
}

impl fmt::Debug for UnlockedWallet {
    /// Shows the public part only.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnlockedWallet").field("entry", &self.entry).finish_non_exhaustive()
    }
}

/// Why a wallet is not changed.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// The wallet has no such account.
    #[error("the wallet has no account {account}")]
    UnknownAccount {
        /// Its number or name.
        account: String,
    },
    /// There is an account of that number or name.
    #[error("there is an account {account} already")]
    AccountExists {
        /// How it is called.
        account: String,
    },
    /// Another name of the wallet could be taken for the new one.
    #[error("{name} looks like {other}, and is another name")]
    LooksLike {
        /// The new name.
        name: String,
        /// The name that is there.
        other: String,
    },
    /// A name in scripts that are not written together, whose letters may look alike.
    #[error("{name} mixes scripts whose letters may look alike")]
    MixedScripts {
        /// The name.
        name: Label,
    },
    /// The wallet is full.
    #[error("a wallet has at most {ACCOUNTS_MAX} accounts")]
    TooManyAccounts,
    /// The wallet's key came without a mnemonic, so it has no further ones.
    #[error("the wallet was made of a single key, which has one account only")]
    NoMnemonic,
    /// The number is beyond those of a path.
    #[error(transparent)]
    Path(#[from] AccountPathError),
    /// The keys were changed as often as one file remembers.
    #[error("a wallet remembers at most {SECRETS_MAX} mnemonics")]
    TooManySecrets,
    /// The address book is full.
    #[error("an address book has at most {BOOK_ENTRIES_MAX} names")]
    BookFull,
    /// The name stands in the book.
    #[error("{name} stands in the address book already")]
    ContactExists {
        /// The name.
        name: Label,
    },
    /// The name does not stand in the book.
    #[error("{name} does not stand in the address book")]
    UnknownContact {
        /// The name.
        name: Label,
    },
    /// The accounts would not belong together.
    #[error(transparent)]
    Accounts(#[from] WalletFileError),
    /// The wallet cannot be opened or kept.
    #[error(transparent)]
    Keystore(#[from] KeystoreError),
}
