//! What can go wrong with a keystore and its files.

use std::io;

use super::{KdfParamsError, WalletNameError};
use super::{PASSWORD_BYTES_MAX, PASSWORD_CHARACTERS_MIN, WALLET_FILE_BYTES_MAX, WALLETS_MAX, WalletName, envelope};
use crate::address::AddressError;
use crate::derivation::AccountPathError;
use crate::entropy::EntropyError;

/// Why a wallet's file could not be reached.
#[derive(Debug)]
pub(super) enum ReadError {
    /// There is no such file.
    Missing,
    /// The file is there but is no wallet of this version.
    Unusable(WalletFileError),
    /// The operating system did not let us.
    Storage(io::Error),
}

impl ReadError {
    /// The error of an operation on the wallet of that name.
    pub(super) fn of(self, name: &WalletName) -> KeystoreError {
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
    /// The wallet only watches an account, so it has no keys and no password.
    #[error("{name} only watches its account: it has no keys, so it can neither sign nor be opened")]
    WatchOnly {
        /// The wallet's name.
        name: WalletName,
    },
    /// The wallet has keys of its own, so it is not told from outside who governs its account.
    #[error("{name} has keys of its own, so it keeps no other authority")]
    HasKeys {
        /// The wallet's name.
        name: WalletName,
    },
    /// The memory that the password's work needs is not there.
    #[error("there is not enough memory to check a password")]
    OutOfMemory,
    /// No salt could be made.
    #[error("the operating system gives no random bytes for a salt; try again")]
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
    /// The accounts are not in their order, too many, or share a number or nothing of their network.
    #[error("its accounts do not belong together")]
    BadAccounts,
    /// A key of the authority of a watched account cannot be one.
    #[error("a key of its authority is wrong")]
    BadKey {
        /// What is wrong with the key.
        #[from]
        source: crate::keys::KeyError,
    },
    /// The keys and the threshold of a watched account are no authority.
    #[error("its authority is wrong")]
    BadAuthority {
        /// What is wrong with the authority.
        #[from]
        source: crate::authority::AuthorityError,
    },
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

/// Why a backup is not restored.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// The bytes are not the file of a wallet that this program can read.
    #[error("the backup cannot be used")]
    Backup {
        /// What is wrong with it.
        #[from]
        source: WalletFileError,
    },
    /// The wallet cannot be opened or made.
    #[error(transparent)]
    Keystore(#[from] KeystoreError),
}
