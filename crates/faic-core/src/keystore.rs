//! The keystore: a folder with one encrypted file a wallet.
//!
//! A wallet's mnemonic and passphrase are sealed under a password (argon2id, XChaCha20-Poly1305); its name and address
//! stay readable, and everything readable is authenticated. A file appears whole and on disk or not at all, never
//! replaces another, and is readable by its owner only. Nothing here limits how often a password is tried: the service
//! above does. Wallet names are no secret, so an unknown one is answered at once, without the work of a password.

use std::io;
use std::path::Path;

use crate::address::{Address, AddressError};
use crate::derivation::{AccountPath, AccountPathError};
use crate::entropy::EntropyError;
use crate::keys::SecretKey;
use crate::network::Network;

mod envelope;
mod folder;
mod kdf;
mod name;
mod secret;

pub use kdf::{KdfParams, KdfParamsError};
pub use name::{WALLET_NAME_CHARACTERS_MAX, WalletName, WalletNameError};
pub use secret::{PASSPHRASE_BYTES_MAX, PassphraseTooLong, WalletSecret};

use envelope::WalletFile;
use folder::Folder;

/// Most wallets in one keystore.
pub const WALLETS_MAX: usize = 10_000;

/// Most bytes in a wallet file; what [`Keystore::create`] writes is well below.
pub const WALLET_FILE_BYTES_MAX: usize = 64 * 1024;

/// Fewest characters in the password of a new wallet (NIST SP 800-63B, §5.1.1.1).
pub const PASSWORD_CHARACTERS_MIN: usize = 8;

/// Most bytes in a password.
pub const PASSWORD_BYTES_MAX: usize = 1024;

/// What may be known of a wallet without its password.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct WalletEntry {
    /// The name, unique in the keystore.
    pub name: WalletName,
    /// The network that the wallet was made for.
    pub network: Network,
    /// Which of the keys of its mnemonic is the wallet's.
    pub path: AccountPath,
    /// The address of the wallet's account.
    pub address: Address,
}

/// A wallet whose password was right.
#[derive(Debug, Clone)]
pub struct UnlockedWallet {
    /// The public part, authenticated by the password.
    pub entry: WalletEntry,
    /// The secret part.
    pub secret: WalletSecret,
}

impl UnlockedWallet {
    /// Derives the secret key of the wallet's account.
    pub fn account_key(&self) -> SecretKey {
        self.secret.account_key(self.entry.network, self.entry.path)
    }
}

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
    /// The cost of the passwords of new wallets.
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

    /// Opens the keystore with another cost for new wallets; existing wallets keep theirs.
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
        if password.chars().count() < PASSWORD_CHARACTERS_MIN {
            return Err(KeystoreError::PasswordTooShort);
        }
        check_password_length(password)?;
        if self.folder.contains(&entry.name)? {
            return Err(KeystoreError::NameTaken { name: entry.name.clone() });
        }
        if self.folder.wallet_files()?.len() >= WALLETS_MAX {
            return Err(KeystoreError::TooManyWallets);
        }
        let file = WalletFile::seal(entry, password, secret, self.kdf)?;
        self.folder.create(&entry.name, &file.to_json()).map_err(|source| {
            if source.kind() == io::ErrorKind::AlreadyExists {
                KeystoreError::NameTaken { name: entry.name.clone() }
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
        let file = self.read(name).map_err(|error| error.of(name))?;
        let secret = file.open(password)?;
        Ok(UnlockedWallet { entry: file.entry().clone(), secret })
    }

    /// Reads what is known of a wallet without its password; not authenticated.
    ///
    /// # Errors
    /// [`KeystoreError::UnknownWallet`], [`KeystoreError::UnusableFile`], [`KeystoreError::Storage`].
    pub fn find(&self, name: &WalletName) -> Result<WalletEntry, KeystoreError> {
        self.read(name).map(|file| file.entry().clone()).map_err(|error| error.of(name))
    }

    /// Deletes a wallet's file for ever; without its mnemonic the wallet's money is lost.
    ///
    /// # Errors
    /// [`KeystoreError::UnknownWallet`] when there is none of that name; [`KeystoreError::Storage`].
    pub fn delete(&self, name: &WalletName) -> Result<(), KeystoreError> {
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

/// Refuses a password beyond the limit.
fn check_password_length(password: &str) -> Result<(), KeystoreError> {
    if password.len() > PASSWORD_BYTES_MAX { Err(KeystoreError::PasswordTooLong) } else { Ok(()) }
}

/// Why a wallet's file could not be reached.
#[derive(Debug)]
enum ReadError {
    /// There is no such file.
    Missing,
    /// The file is there but is no wallet of this version.
    Unusable(WalletFileError),
    /// The operating system did not let us.
    Storage(io::Error),
}

impl ReadError {
    /// The error of an operation on the wallet of that name.
    fn of(self, name: &WalletName) -> KeystoreError {
        match self {
            Self::Missing => KeystoreError::UnknownWallet { name: name.clone() },
            Self::Unusable(source) => KeystoreError::UnusableFile { name: name.clone(), source },
            Self::Storage(source) => KeystoreError::Storage { source },
        }
    }
}

/// Why an operation on the keystore failed.
#[derive(Debug, thiserror::Error)]
pub enum KeystoreError {
    /// The folder existed and others than its owner may enter it.
    #[error("the keystore's folder is open to others (mode {mode:03o}): run chmod 700 on it")]
    FolderNotPrivate {
        /// The folder's permission bits.
        mode: u32,
    },
    /// The operating system refused to read or write.
    #[error("the keystore's folder cannot be read or written")]
    Storage {
        /// What the operating system said.
        source: io::Error,
    },
    /// A wallet of that name exists.
    #[error("there is a wallet named {name} already")]
    NameTaken {
        /// The name.
        name: WalletName,
    },
    /// There is no wallet of that name.
    #[error("there is no wallet named {name}")]
    UnknownWallet {
        /// The name.
        name: WalletName,
    },
    /// The keystore is full.
    #[error("a keystore holds at most {WALLETS_MAX} wallets")]
    TooManyWallets,
    /// The password of a new wallet is too short.
    #[error("a password has at least {PASSWORD_CHARACTERS_MIN} characters")]
    PasswordTooShort,
    /// The password is beyond the limit.
    #[error("a password has at most {PASSWORD_BYTES_MAX} bytes")]
    PasswordTooLong,
    /// The password does not open the file, or the file was altered.
    #[error("the password is wrong, or the wallet's file was altered")]
    WrongPassword,
    /// The file is not a wallet that this program can read.
    #[error("the file of the wallet {name} cannot be used")]
    UnusableFile {
        /// The wallet's name.
        name: WalletName,
        /// What is wrong with the file.
        source: WalletFileError,
    },
    /// The memory that the password's work needs is not there.
    #[error("there is not enough memory to check a password")]
    OutOfMemory,
    /// No salt could be made.
    #[error("no salt can be made")]
    NoEntropy {
        /// What is missing.
        #[from]
        source: EntropyError,
    },
}

/// Why a file is not a wallet of this version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WalletFileError {
    /// The file's own name is not a wallet's.
    #[error("the file's name is not that of a wallet")]
    BadFileName {
        /// What is wrong with the name.
        #[from]
        source: WalletNameError,
    },
    /// A folder, a link or a device.
    #[error("it is not a regular file")]
    NotAFile,
    /// More bytes than any wallet.
    #[error("it is larger than {WALLET_FILE_BYTES_MAX} bytes")]
    TooLarge,
    /// Written by another version of the program.
    #[error("it has version {found}, this program reads versions up to {known}", known = envelope::VERSION)]
    UnsupportedVersion {
        /// The file's version.
        found: u32,
    },
    /// Not the JSON document of a wallet.
    #[error("it is not a wallet's document (line {line}, column {column})")]
    Malformed {
        /// The line of the first error, from 1.
        line: usize,
        /// The column of the first error.
        column: usize,
    },
    /// The work asked for is too little to protect the wallet, or too much to be meant.
    #[error("its key derivation cannot be accepted")]
    UnacceptableKdf {
        /// What is wrong with the parameters.
        #[from]
        source: KdfParamsError,
    },
    /// The address cannot be read.
    #[error("its address is wrong")]
    BadAddress {
        /// What is wrong with the address.
        #[from]
        source: AddressError,
    },
    /// The path of its key cannot be one.
    #[error("the path of its key is wrong")]
    BadPath {
        /// What is wrong with the path.
        #[from]
        source: AccountPathError,
    },
    /// The path of its key is missing in a version that has one, or stands in one that has none.
    #[error("its version and the path of its key do not belong together")]
    MisplacedPath,
    /// The file is of another wallet.
    #[error("it is the file of the wallet {found}")]
    OtherName {
        /// The name inside.
        found: WalletName,
    },
    /// The password was right but what it sealed is no secret of this version.
    #[error("what the password protects is not a wallet's secret")]
    InvalidSecret,
}

#[cfg(test)]
mod tests;
