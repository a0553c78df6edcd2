//! The keystore: a folder with one encrypted file a wallet.
//!
//! A wallet's secrets, the names of its accounts and its address book are sealed under a password (argon2id,
//! XChaCha20-Poly1305); its own name and the numbers and addresses of its accounts stay readable, and everything readable
//! is authenticated. A file appears whole and on disk or not at all, replaces none but its own older state, and is readable
//! by its owner only. Nothing here limits how often a password is tried: the service above does. Wallet names are no
//! secret, so an unknown one is answered at once, without the work of a password.

use std::io;
use std::path::Path;

use crate::address::Address;
use crate::authority::Authority;
use crate::network::Network;

mod account_names;
mod book;
mod content;
mod entry;
mod envelope;
mod error;
mod folder;
mod kdf;
mod label;
mod name;
mod renaming;
mod secret;
mod unlocked;
mod web3_file;

pub use book::{BOOK_ENTRIES_MAX, Contact};
pub use content::SECRETS_MAX;
pub use entry::{ACCOUNTS_MAX, AccountEntry, AccountLabel, AccountLabelError, WalletEntry};
pub use error::{KeystoreError, RestoreError, WalletFileError};
pub use kdf::{KdfParams, KdfParamsError};
pub use label::{LABEL_BYTES_MAX, LABEL_CHARACTERS_MAX, Label, LabelError};
pub use name::{WALLET_NAME_CHARACTERS_MAX, WalletName, WalletNameError};
pub use renaming::RenameError;
pub use secret::{PASSPHRASE_BYTES_MAX, PassphraseTooLong, WalletSecret};
pub use unlocked::{Candidate, EditError, UnlockedWallet};
pub use web3_file::{WEB3_FILE_BYTES_MAX, Web3FileError, open_web3_file};

use envelope::WalletFile;
use error::ReadError;
use folder::Folder;

/// Most wallets in one keystore.
pub const WALLETS_MAX: usize = 10_000;

/// Most bytes in a wallet file; the fullest wallet is well below.
pub const WALLET_FILE_BYTES_MAX: usize = 512 * 1024;

/// Fewest characters in the password of a new wallet (NIST SP 800-63B, §5.1.1.1).
pub const PASSWORD_CHARACTERS_MIN: usize = 8;

/// Most bytes in a password.
pub const PASSWORD_BYTES_MAX: usize = 1024;

/// What is in a keystore.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WalletList {
    /// The wallets, by name.
    pub wallets: Vec<WalletEntry>,
    /// The files that look like wallets and are not, by file name; they hide no other wallet.
    pub unusable: Vec<UnusableFile>,
}

/// A file of the keystore that is not a wallet this program can read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnusableFile {
    /// The file's name.
    pub file_name: String,
    /// What is wrong with it.
    pub error: WalletFileError,
}

/// A folder of encrypted wallets.
#[derive(Debug)]
pub struct Keystore {
    /// The folder.
    folder: Folder,
    /// The cost of the passwords of files that are written.
    kdf: KdfParams,
}

impl Keystore {
    /// Opens the keystore in that folder, which is made, for its owner only, if it is not there.
    ///
    /// # Errors
    /// [`KeystoreError::FolderNotPrivate`] when others may enter an existing folder; [`KeystoreError::Storage`] when it
    /// cannot be made or read.
    pub fn open(folder: &Path) -> Result<Self, KeystoreError> {
        Self::open_with(folder, KdfParams::INTERACTIVE)
    }

    /// Opens the keystore with another cost for every file that is written from now on, also of a wallet that is changed
    /// or restored.
    ///
    /// # Errors
    /// Those of [`Keystore::open`].
    pub fn open_with(folder: &Path, kdf: KdfParams) -> Result<Self, KeystoreError> {
        Ok(Self { folder: Folder::open(folder)?, kdf })
    }

    /// Lists the wallets by name, and the files that are not what their name says.
    ///
    /// # Errors
    /// [`KeystoreError::TooManyWallets`] beyond [`WALLETS_MAX`]; [`KeystoreError::Storage`] when the folder or a file
    /// cannot be read.
    pub fn list(&self) -> Result<WalletList, KeystoreError> {
        let mut list = WalletList::default();
        for (file_name, name) in self.folder.wallet_files()? {
            let file = name.map_err(|source| ReadError::Unusable(source.into())).and_then(|name| self.read(&name));
            match file {
                Ok(file) => list.wallets.push(file.entry().clone()),
                Err(ReadError::Unusable(error)) => list.unusable.push(UnusableFile { file_name, error }),
                // Deleted since the folder was read.
                Err(ReadError::Missing) => {}
                Err(ReadError::Storage(source)) => return Err(KeystoreError::Storage { source }),
            }
        }
        Ok(list)
    }

    /// Seals `secret` under `password` in a new file, which is on disk when this returns.
    ///
    /// This costs the work of [`KdfParams`]: call it off the async threads.
    ///
    /// # Errors
    /// [`KeystoreError::NameTaken`] when a wallet of that name exists, also when another process makes it meanwhile;
    /// [`KeystoreError`] names the other reasons.
    pub fn create(&self, entry: &WalletEntry, password: &str, secret: &WalletSecret) -> Result<(), KeystoreError> {
        self.add(&UnlockedWallet::new(entry.clone(), secret.clone()), password)
    }

    /// Seals a whole wallet under `password` in a new file, as [`Keystore::create`] does.
    ///
    /// # Errors
    /// Those of [`Keystore::create`].
    pub fn add(&self, wallet: &UnlockedWallet, password: &str) -> Result<(), KeystoreError> {
        check_new_password(password)?;
        self.check_room(&wallet.entry.name)?;
        self.write_new(&WalletFile::seal(&wallet.entry, password, &wallet.content, self.kdf)?)
    }

    /// Keeps an account of somebody, or of one's own on another machine, to look at: without keys, without a password.
    ///
    /// Its name, its address and its authority, where that is known, can be read by who can read the folder, as the names
    /// and addresses of every wallet.
    ///
    /// # Errors
    /// [`KeystoreError::NameTaken`], [`KeystoreError::TooManyWallets`], [`KeystoreError::Storage`].
    pub fn watch(
        &self,
        name: &WalletName,
        network: Network,
        address: Address,
        authority: Option<Authority>,
    ) -> Result<(), KeystoreError> {
        self.check_room(name)?;
        self.write_new(&WalletFile::watching(name, network, address, authority))
    }

    /// Takes note of the authority that governs a watched account from now on.
    ///
    /// # Errors
    /// [`KeystoreError::HasKeys`] for a wallet that is more than watched; those of [`Keystore::find`].
    pub fn set_authority(&self, name: &WalletName, authority: Authority) -> Result<(), KeystoreError> {
        let _alone = self.folder.lock().map_err(storage)?;
        let entry = self.find(name)?;
        if !entry.watch_only {
            return Err(KeystoreError::HasKeys { name: name.clone() });
        }
        let file = WalletFile::watching(name, entry.network, entry.address, Some(authority));
        self.folder.replace(name, &file.to_json()).map_err(storage)
    }

    /// Refuses a name that is taken, and a wallet more than there may be.
    fn check_room(&self, name: &WalletName) -> Result<(), KeystoreError> {
        if self.folder.contains(name)? {
            return Err(KeystoreError::NameTaken { name: name.clone() });
        }
        if self.folder.wallet_files()?.len() >= WALLETS_MAX {
            return Err(KeystoreError::TooManyWallets);
        }
        Ok(())
    }

    /// Writes the file of a wallet that did not exist.
    fn write_new(&self, file: &WalletFile) -> Result<(), KeystoreError> {
        let name = &file.entry().name;
        self.folder.create(name, &file.to_json()).map_err(|source| {
            if source.kind() == io::ErrorKind::AlreadyExists {
                KeystoreError::NameTaken { name: name.clone() }
            } else {
                KeystoreError::Storage { source }
            }
        })
    }

    /// Opens a wallet with its password.
    ///
    /// This costs the work that the file asks for, the same for a wrong password: call it off the async threads.
    ///
    /// # Errors
    /// [`KeystoreError::WrongPassword`] also when the file was altered, which cannot be told apart;
    /// [`KeystoreError`] names the other reasons.
    pub fn unlock(&self, name: &WalletName, password: &str) -> Result<UnlockedWallet, KeystoreError> {
        check_password_length(password)?;
        self.read(name).map_err(|error| error.of(name))?.open(password)
    }

    /// Opens a wallet, changes it and puts it in the place of the old file, under the same password.
    ///
    /// The new file is whole and on disk before it takes the place of the old one, in one step: at any moment a crash
    /// leaves either. Of two programs that change a wallet at the same time, one waits for the other.
    ///
    /// # Errors
    /// Those of `change`, after which the file is as before; those of [`Keystore::unlock`] otherwise.
    pub fn update<T, E: From<KeystoreError>>(
        &self,
        name: &WalletName,
        password: &str,
        change: impl FnOnce(&mut UnlockedWallet) -> Result<T, E>,
    ) -> Result<T, E> {
        let _alone = self.folder.lock().map_err(storage)?;
        let mut wallet = self.unlock(name, password)?;
        let changed = change(&mut wallet)?;
        self.put(name, &wallet, password)?;
        Ok(changed)
    }

    /// Seals a wallet under another password; at any moment a crash leaves the file of the old one or of the new one.
    ///
    /// # Errors
    /// [`KeystoreError::PasswordTooShort`] and [`KeystoreError::PasswordTooLong`] of the new one; those of
    /// [`Keystore::unlock`].
    pub fn change_password(&self, name: &WalletName, old: &str, new: &str) -> Result<(), KeystoreError> {
        check_new_password(new)?;
        let _alone = self.folder.lock().map_err(storage)?;
        let wallet = self.unlock(name, old)?;
        self.put(name, &wallet, new)
    }

    /// Puts a wallet in the place of its file.
    fn put(&self, name: &WalletName, wallet: &UnlockedWallet, password: &str) -> Result<(), KeystoreError> {
        let file = WalletFile::seal(&wallet.entry, password, &wallet.content, self.kdf)?;
        self.folder.replace(name, &file.to_json()).map_err(storage)
    }

    /// The bytes of a wallet's file, which is encrypted already, after making sure that the password opens it.
    ///
    /// # Errors
    /// Those of [`Keystore::unlock`].
    pub fn backup(&self, name: &WalletName, password: &str) -> Result<Vec<u8>, KeystoreError> {
        check_password_length(password)?;
        let file = self.read(name).map_err(|error| error.of(name))?;
        file.open(password)?;
        Ok(file.to_json())
    }

    /// Makes a wallet of a backup, under its own name or another; what it has is told.
    ///
    /// # Errors
    /// [`RestoreError::Backup`] for bytes that are no wallet's file; [`RestoreError::Keystore`] as of [`Keystore::unlock`]
    /// and [`Keystore::create`].
    pub fn restore(&self, bytes: &[u8], password: &str, name: Option<WalletName>) -> Result<WalletEntry, RestoreError> {
        check_password_length(password)?;
        if bytes.len() > WALLET_FILE_BYTES_MAX {
            return Err(RestoreError::Backup { source: WalletFileError::TooLarge });
        }
        let file = WalletFile::from_json(bytes)?;
        self.check_room(name.as_ref().unwrap_or(&file.entry().name))?;
        let mut wallet = file.open(password)?;
        if let Some(name) = name {
            wallet.entry.name = name;
        }
        self.write_new(&WalletFile::seal(&wallet.entry, password, &wallet.content, self.kdf)?)?;
        Ok(wallet.entry)
    }

    /// Reads what is known of a wallet without its password; not authenticated.
    ///
    /// # Errors
    /// [`KeystoreError::UnknownWallet`], [`KeystoreError::UnusableFile`], [`KeystoreError::Storage`].
    pub fn find(&self, name: &WalletName) -> Result<WalletEntry, KeystoreError> {
        self.read(name).map(|file| file.entry().clone()).map_err(|error| error.of(name))
    }

    /// Whether a wallet has that name, readable or not.
    ///
    /// # Errors
    /// [`KeystoreError::Storage`].
    pub fn has(&self, name: &WalletName) -> Result<bool, KeystoreError> {
        self.folder.contains(name)
    }

    /// Deletes a wallet's file for ever; without its mnemonic the wallet's money is lost.
    ///
    /// # Errors
    /// [`KeystoreError::UnknownWallet`] when there is none of that name; [`KeystoreError::Storage`].
    pub fn delete(&self, name: &WalletName) -> Result<(), KeystoreError> {
        // A change that another program makes at this moment would write the file once more.
        let _alone = self.folder.lock().map_err(storage)?;
        self.folder.remove(name).map_err(|error| ReadError::from(error).of(name))
    }

    /// Reads and checks the file of a wallet.
    fn read(&self, name: &WalletName) -> Result<WalletFile, ReadError> {
        let file = WalletFile::from_json(&self.folder.read(name)?).map_err(ReadError::Unusable)?;
        if file.entry().name == *name {
            Ok(file)
        } else {
            Err(ReadError::Unusable(WalletFileError::OtherName { found: file.entry().name.clone() }))
        }
    }
}

/// Refuses a new password that protects too little, or is beyond the limit.
fn check_new_password(password: &str) -> Result<(), KeystoreError> {
    if password.chars().count() < PASSWORD_CHARACTERS_MIN {
        return Err(KeystoreError::PasswordTooShort);
    }
    check_password_length(password)
}

/// The error of a folder that cannot be read or written.
fn storage(source: io::Error) -> KeystoreError {
    KeystoreError::Storage { source }
}

/// Refuses a password beyond the limit.
fn check_password_length(password: &str) -> Result<(), KeystoreError> {
    if password.len() > PASSWORD_BYTES_MAX { Err(KeystoreError::PasswordTooLong) } else { Ok(()) }
}

#[cfg(test)]
mod tests;
