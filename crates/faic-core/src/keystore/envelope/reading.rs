//! A wallet's file from JSON, with every rule that needs no password.

use super::document::{AccountDocument, Cipher, CipherName, Document, Kdf, KdfName, LaterDocument, Path, VersionOnly};
use super::{Seal, VERSION, VERSION_OF_ACCOUNTS, VERSION_OF_PATH, VERSION_WITHOUT_PATH, WalletFile};
use crate::address::Address;
use crate::authority::document::AuthorityDocument;
use crate::derivation::{AccountPath, AccountPathError};
use crate::hexadecimal::Hex;
use crate::keystore::entry::AccountEntry;
use crate::keystore::kdf::KdfParams;
use crate::keystore::secret::SECRET_BYTES;
use crate::keystore::{WalletEntry, WalletFileError};
use crate::network::Network;

impl WalletFile {
    /// Reads and checks a document.
    ///
    /// # Errors
    /// [`WalletFileError`] says what is wrong with it.
    pub(in crate::keystore) fn from_json(json: &[u8]) -> Result<Self, WalletFileError> {
        let VersionOnly { version } = serde_json::from_slice(json).map_err(|error| malformed(&error))?;
        match version {
            VERSION_WITHOUT_PATH | VERSION_OF_PATH => {
                let document = serde_json::from_slice(json).map_err(|error| malformed(&error))?;
                Self::from_document(document)
            }
            VERSION_OF_ACCOUNTS | VERSION => {
                let document = serde_json::from_slice(json).map_err(|error| malformed(&error))?;
                Self::from_later_document(document)
            }
            found => Err(WalletFileError::UnsupportedVersion { found }),
        }
    }

    /// Reads a document of one of the first two versions.
    fn from_document(document: Document) -> Result<Self, WalletFileError> {
        let seal = Seal::from_documents(document.kdf, document.cipher)?;
        if seal.ciphertext.len() != SECRET_BYTES {
            return Err(WalletFileError::InvalidSecret);
        }
        let (network, address) = Address::parse_any(&document.address)?;
        let has_path = document.path.is_some();
        let path = document.path.map_or(Ok(AccountPath::default()), account_path)?;
        // The first key, named in the second version, would be a second spelling of the first version.
        let is_first = path == AccountPath::default();
        if has_path == is_first || has_path == (document.version == VERSION_WITHOUT_PATH) {
            return Err(WalletFileError::MisplacedPath);
        }
        let entry = WalletEntry::new(document.name, network, path, address);
        Ok(Self { version: document.version, entry, seal: Some(seal) })
    }

    /// Reads a document of the third or the fourth version.
    fn from_later_document(document: LaterDocument) -> Result<Self, WalletFileError> {
        let seal = match (document.kdf, document.cipher) {
            (Some(kdf), Some(cipher)) => Some(Seal::from_documents(kdf, cipher)?),
            (None, None) => None,
            (Some(_), None) | (None, Some(_)) => return Err(WalletFileError::BadAccounts),
        };
        let read: Vec<_> = document.accounts.into_iter().map(account).collect::<Result<_, _>>()?;
        let (network, first) = read.first().cloned().ok_or(WalletFileError::BadAccounts)?;
        if read.iter().any(|(other, _)| *other != network) {
            return Err(WalletFileError::BadAccounts);
        }
        let watch_only = seal.is_none();
        let plain = AccountEntry { path: None, address: first.address, secret: 0 };
        if watch_only && (read.len() != 1 || first != plain) {
            return Err(WalletFileError::BadAccounts);
        }
        let authority = document.authority.map(AuthorityDocument::authority::<WalletFileError>).transpose()?;
        // Only a watched account has an authority, and what has one is not of the third version.
        if authority.is_some() != (document.version == VERSION) || (authority.is_some() && !watch_only) {
            return Err(WalletFileError::BadAccounts);
        }
        let entry = WalletEntry::of_key(document.name, network, first.address);
        let entry = entry.with_accounts(read.into_iter().map(|(_, account)| account).collect())?;
        Ok(Self { version: document.version, entry: WalletEntry { watch_only, authority, ..entry }, seal })
    }
}

/// Reads an account, with its network.
fn account(document: AccountDocument) -> Result<(Network, AccountEntry), WalletFileError> {
    let (network, address) = Address::parse_any(&document.address)?;
    let path = document.path.map(account_path).transpose()?;
    Ok((network, AccountEntry { path, address, secret: document.secret }))
}

/// Reads a path.
fn account_path(path: Path) -> Result<AccountPath, AccountPathError> {
    AccountPath::new(path.account, path.index)
}

impl Seal {
    /// Reads what is sealed, and how.
    fn from_documents(kdf: Kdf, cipher: Cipher) -> Result<Self, WalletFileError> {
        let (KdfName::Argon2id, CipherName::XChaCha20Poly1305) = (kdf.name, cipher.name);
        let (Hex(salt), Hex(nonce), Hex(tag)) = (kdf.salt, cipher.nonce, cipher.tag);
        let kdf = KdfParams::new(kdf.memory_kib, kdf.iterations, kdf.parallelism)?;
        Ok(Self { kdf, salt, nonce, ciphertext: cipher.ciphertext.0, tag })
    }
}

/// Where a document stops being one; what stands there is not repeated.
fn malformed(error: &serde_json::Error) -> WalletFileError {
    WalletFileError::Malformed { line: error.line(), column: error.column() }
}
