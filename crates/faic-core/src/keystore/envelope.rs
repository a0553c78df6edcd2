//! The document of one wallet: a readable header and the sealed secret.
//!
//! The header is authenticated with the secret, by its canonical bytes and not by its JSON, so that nothing but its
//! meaning counts. A version that is not ours is refused before anything else of the document is looked at. The version
//! follows from the wallet: the first is that of a wallet with its mnemonic's first key, the second that of any other,
//! whose path it names. So one wallet has one spelling, and a program that knows the first version only still opens what
//! it understands.

use chacha20poly1305::aead::AeadInOut;
use chacha20poly1305::{KeyInit, XChaCha20Poly1305};
use zeroize::Zeroizing;

use crate::address::Address;
use crate::derivation::AccountPath;
use crate::entropy;
use crate::hexadecimal::Hex;

mod document;

use document::{Cipher, CipherName, Document, Kdf, KdfName, NONCE_BYTES, Path, TAG_BYTES, VersionOnly};

use super::kdf::{KdfParams, SALT_BYTES};
use super::secret::{SECRET_BYTES, WalletSecret};
use super::{KeystoreError, WalletEntry, WalletFileError};

/// The newest version of the document that this program writes and reads.
pub(super) const VERSION: u32 = 2;

/// The version that has no path, for a wallet with its mnemonic's first key.
const VERSION_WITHOUT_PATH: u32 = 1;

/// What the authenticated bytes of a header begin with.
const CONTEXT: &str = "faic v1 wallet file";

/// A wallet's document, checked but not yet opened.
#[derive(Debug, Clone)]
pub(super) struct WalletFile {
    /// Name, network, path and address.
    entry: WalletEntry,
    /// The work for the password.
    kdf: KdfParams,
    /// The salt of the password.
    salt: [u8; SALT_BYTES],
    /// The nonce of the seal.
    nonce: [u8; NONCE_BYTES],
    /// The encrypted secret.
    ciphertext: [u8; SECRET_BYTES],
    /// What authenticates header and secret.
    tag: [u8; TAG_BYTES],
}

impl WalletFile {
    /// Seals a secret under a password with fresh salt and nonce.
    ///
    /// # Errors
    /// [`KeystoreError::NoEntropy`] and [`KeystoreError::OutOfMemory`].
    pub(super) fn seal(
        entry: &WalletEntry,
        password: &str,
        secret: &WalletSecret,
        kdf: KdfParams,
    ) -> Result<Self, KeystoreError> {
        let mut file = Self {
            entry: entry.clone(),
            kdf,
            salt: [0; SALT_BYTES],
            nonce: [0; NONCE_BYTES],
            ciphertext: [0; SECRET_BYTES],
            tag: [0; TAG_BYTES],
        };
        entropy::fill(&mut file.salt)?;
        entropy::fill(&mut file.nonce)?;
        let mut secret = secret.to_bytes();
        let tag = file
            .cipher(password)?
            .encrypt_inout_detached(&file.nonce.into(), &file.authenticated_header(), secret.as_mut_slice().into())
            .expect("a short message can be sealed");
        file.ciphertext = *secret;
        file.tag = tag.into();
        Ok(file)
    }

    /// Opens the seal.
    ///
    /// # Errors
    /// [`KeystoreError::WrongPassword`], [`KeystoreError::OutOfMemory`], and [`KeystoreError::UnusableFile`] when what
    /// was sealed is no secret.
    pub(super) fn open(&self, password: &str) -> Result<WalletSecret, KeystoreError> {
        let mut secret = Zeroizing::new(self.ciphertext);
        self.cipher(password)?
            .decrypt_inout_detached(
                &self.nonce.into(),
                &self.authenticated_header(),
                secret.as_mut_slice().into(),
                &self.tag.into(),
            )
            .map_err(|_| KeystoreError::WrongPassword)?;
        WalletSecret::from_bytes(&secret).ok_or_else(|| KeystoreError::UnusableFile {
            name: self.entry.name.clone(),
            source: WalletFileError::InvalidSecret,
        })
    }

    /// What is readable without the password.
    pub(super) fn entry(&self) -> &WalletEntry {
        &self.entry
    }

    /// The document as JSON.
    pub(super) fn to_json(&self) -> Vec<u8> {
        let path = self.entry.path;
        let named = Path { account: path.account(), index: path.index() };
        let document = Document {
            version: self.version(),
            name: self.entry.name.clone(),
            address: self.entry.address.encode(self.entry.network),
            path: (self.version() != VERSION_WITHOUT_PATH).then_some(named),
            kdf: Kdf {
                name: KdfName::Argon2id,
                memory_kib: self.kdf.memory_kib(),
                iterations: self.kdf.iterations(),
                parallelism: self.kdf.parallelism(),
                salt: Hex(self.salt),
            },
            cipher: Cipher {
                name: CipherName::XChaCha20Poly1305,
                nonce: Hex(self.nonce),
                tag: Hex(self.tag),
                ciphertext: Hex(self.ciphertext),
            },
        };
        let mut json = serde_json::to_vec_pretty(&document).expect("a document of texts and numbers is JSON");
        json.push(b'\n');
        json
    }

    /// Reads and checks a document.
    ///
    /// # Errors
    /// [`WalletFileError`] says what is wrong with it.
    pub(super) fn from_json(json: &[u8]) -> Result<Self, WalletFileError> {
        let VersionOnly { version } = serde_json::from_slice(json).map_err(|error| malformed(&error))?;
        if !(VERSION_WITHOUT_PATH..=VERSION).contains(&version) {
            return Err(WalletFileError::UnsupportedVersion { found: version });
        }
        let document: Document = serde_json::from_slice(json).map_err(|error| malformed(&error))?;
        let (KdfName::Argon2id, CipherName::XChaCha20Poly1305) = (document.kdf.name, document.cipher.name);
        let (network, address) = Address::parse_any(&document.address)?;
        let has_path = document.path.is_some();
        let path =
            document.path.map_or(Ok(AccountPath::default()), |path| AccountPath::new(path.account, path.index))?;
        let file = Self {
            entry: WalletEntry { name: document.name, network, path, address },
            kdf: KdfParams::new(document.kdf.memory_kib, document.kdf.iterations, document.kdf.parallelism)?,
            salt: document.kdf.salt.0,
            nonce: document.cipher.nonce.0,
            ciphertext: document.cipher.ciphertext.0,
            tag: document.cipher.tag.0,
        };
        // The first key, named in the second version, would be a second spelling of the first version.
        if file.version() == version && has_path == (version != VERSION_WITHOUT_PATH) {
            Ok(file)
        } else {
            Err(WalletFileError::MisplacedPath)
        }
    }

    /// The version of the document that says all of this.
    fn version(&self) -> u32 {
        if self.entry.path == AccountPath::default() { VERSION_WITHOUT_PATH } else { VERSION }
    }

    /// The cipher under the key of `password`.
    fn cipher(&self, password: &str) -> Result<XChaCha20Poly1305, KeystoreError> {
        let key = self.kdf.derive_key(password, &self.salt)?;
        Ok(XChaCha20Poly1305::new((&*key).into()))
    }

    /// The canonical bytes of everything that can be read without the password.
    fn authenticated_header(&self) -> Vec<u8> {
        let WalletEntry { name, network, path, address } = &self.entry;
        let version = self.version();
        let mut header = borsh::to_vec(&(CONTEXT, version, name, network, address, self.kdf, self.salt, self.nonce))
            .expect("writing to memory does not fail");
        if version != VERSION_WITHOUT_PATH {
            borsh::to_writer(&mut header, &(path.account(), path.index())).expect("writing to memory does not fail");
        }
        header
    }
}

/// Where a document stops being one; what stands there is not repeated.
fn malformed(error: &serde_json::Error) -> WalletFileError {
    WalletFileError::Malformed { line: error.line(), column: error.column() }
}
