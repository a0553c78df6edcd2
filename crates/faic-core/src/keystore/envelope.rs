//! The document of one wallet: a readable header and what is sealed under the password.
//!
//! The header is authenticated with what is sealed, by its canonical bytes and not by its JSON, so that nothing but its
//! meaning counts. A version that is not ours is refused before anything else of the document is looked at. The version
//! follows from the wallet: the first is that of a wallet with its mnemonic's first key and nothing else, the second that
//! of any other single key of a mnemonic, whose path it names, the third that of all others: several accounts, names of
//! accounts, an address book, changed keys, a key without a mnemonic, an account that is only watched; the fourth that of a
//! watched account whose authority is known. So a program that knows the first versions only still opens what it
//! understands.

use chacha20poly1305::aead::AeadInOut;
use chacha20poly1305::{KeyInit, XChaCha20Poly1305};
use zeroize::Zeroizing;

use crate::address::Address;
use crate::authority::Authority;
use crate::entropy;
use crate::network::Network;

mod document;
mod reading;
mod writing;

use document::{NONCE_BYTES, TAG_BYTES};

use super::content::{KeySource, WalletContent};
use super::entry::AccountEntry;
use super::kdf::{KdfParams, SALT_BYTES};
use super::secret::WalletSecret;
use super::{KeystoreError, UnlockedWallet, WalletEntry, WalletFileError, WalletName};

/// The newest version of the document that this program writes and reads: that of a watched account with its authority.
pub(super) const VERSION: u32 = 4;

/// The version that has a list of accounts, for every wallet that the others cannot say all of.
const VERSION_OF_ACCOUNTS: u32 = 3;

/// The version that has a path, for a wallet with one key of its mnemonic, not the first.
const VERSION_OF_PATH: u32 = 2;

/// The version that has no path, for a wallet with its mnemonic's first key.
const VERSION_WITHOUT_PATH: u32 = 1;

/// What the authenticated bytes of a header begin with.
const CONTEXT: &str = "faic v1 wallet file";

/// A wallet's document, checked but not yet opened.
#[derive(Debug, Clone)]
pub(super) struct WalletFile {
    /// The version of the document.
    version: u32,
    /// Name, network and accounts.
    entry: WalletEntry,
    /// What is sealed; nothing where an account is only watched.
    seal: Option<Seal>,
}

/// What is sealed under a password.
#[derive(Debug, Clone)]
struct Seal {
    /// The work for the password.
    kdf: KdfParams,
    /// The salt of the password.
    salt: [u8; SALT_BYTES],
    /// The nonce of the seal.
    nonce: [u8; NONCE_BYTES],
    /// The encrypted content.
    ciphertext: Vec<u8>,
    /// What authenticates header and content.
    tag: [u8; TAG_BYTES],
}

impl WalletFile {
    /// Seals a content under a password with fresh salt and nonce.
    ///
    /// # Errors
    /// [`KeystoreError::NoEntropy`] and [`KeystoreError::OutOfMemory`].
    pub(super) fn seal(
        entry: &WalletEntry,
        password: &str,
        content: &WalletContent,
        kdf: KdfParams,
    ) -> Result<Self, KeystoreError> {
        let version = version_of(entry, content);
        let (mut salt, mut nonce) = ([0; SALT_BYTES], [0; NONCE_BYTES]);
        entropy::fill(&mut salt)?;
        entropy::fill(&mut nonce)?;
        let mut bytes = match content.secrets.as_slice() {
            [KeySource::Mnemonic(secret)] if version != VERSION_OF_ACCOUNTS => {
                Zeroizing::new(secret.to_bytes().to_vec())
            }
            _ => content.to_bytes(),
        };
        let mut seal = Seal { kdf, salt, nonce, ciphertext: Vec::new(), tag: [0; TAG_BYTES] };
        let header = authenticated_header(version, entry, &seal);
        let tag = seal
            .cipher(password)?
            .encrypt_inout_detached(&nonce.into(), &header, bytes.as_mut_slice().into())
            .expect("a short message can be sealed");
        (seal.ciphertext, seal.tag) = (bytes.to_vec(), tag.into());
        Ok(Self { version, entry: entry.clone(), seal: Some(seal) })
    }

    /// The file of an account that is only watched, with its authority where that is known.
    pub(super) fn watching(
        name: &WalletName,
        network: Network,
        address: Address,
        authority: Option<Authority>,
    ) -> Self {
        let version = if authority.is_some() { VERSION } else { VERSION_OF_ACCOUNTS };
        let entry = WalletEntry::of_key(name.clone(), network, address);
        Self { version, entry: WalletEntry { watch_only: true, authority, ..entry }, seal: None }
    }

    /// Opens the seal.
    ///
    /// # Errors
    /// [`KeystoreError::WrongPassword`], [`KeystoreError::OutOfMemory`], [`KeystoreError::WatchOnly`], and
    /// [`KeystoreError::UnusableFile`] when what was sealed is no content.
    pub(super) fn open(&self, password: &str) -> Result<UnlockedWallet, KeystoreError> {
        let name = || self.entry.name.clone();
        let seal = self.seal.as_ref().ok_or_else(|| KeystoreError::WatchOnly { name: name() })?;
        let mut bytes = Zeroizing::new(seal.ciphertext.clone());
        let header = authenticated_header(self.version, &self.entry, seal);
        seal.cipher(password)?
            .decrypt_inout_detached(&seal.nonce.into(), &header, bytes.as_mut_slice().into(), &seal.tag.into())
            .map_err(|_| KeystoreError::WrongPassword)?;
        let content = self
            .content(&bytes)
            .ok_or_else(|| KeystoreError::UnusableFile { name: name(), source: WalletFileError::InvalidSecret })?;
        Ok(UnlockedWallet { entry: self.entry.clone(), content })
    }

    /// Reads what was sealed; nothing when it is no content, lacks the secret of an account, or names one that is not there.
    fn content(&self, bytes: &[u8]) -> Option<WalletContent> {
        let content = if self.version == VERSION_OF_ACCOUNTS {
            WalletContent::from_bytes(bytes)?
        } else {
            WalletContent::new(KeySource::Mnemonic(WalletSecret::from_bytes(bytes.try_into().ok()?)?))
        };
        let has_secret = |account: &AccountEntry| usize::from(account.secret) < content.secrets.len();
        let accounts = &self.entry.accounts;
        (accounts.iter().all(has_secret) && content.names.belong_to(accounts)).then_some(content)
    }

    /// What is readable without the password.
    pub(super) fn entry(&self) -> &WalletEntry {
        &self.entry
    }
}

/// The version of the document that says all of a wallet.
fn version_of(entry: &WalletEntry, content: &WalletContent) -> u32 {
    let one_mnemonic = matches!(content.secrets.as_slice(), [KeySource::Mnemonic(_)])
        && content.names.is_empty()
        && content.book.is_empty();
    match entry.accounts.as_slice() {
        [AccountEntry { path: Some(path), secret: 0, .. }] if one_mnemonic => {
            if *path == crate::derivation::AccountPath::default() { VERSION_WITHOUT_PATH } else { VERSION_OF_PATH }
        }
        _ => VERSION_OF_ACCOUNTS,
    }
}

impl Seal {
    /// The cipher under the key of `password`.
    fn cipher(&self, password: &str) -> Result<XChaCha20Poly1305, KeystoreError> {
        let key = self.kdf.derive_key(password, &self.salt)?;
        Ok(XChaCha20Poly1305::new((&*key).into()))
    }
}

/// The canonical bytes of everything that can be read without the password.
fn authenticated_header(version: u32, entry: &WalletEntry, seal: &Seal) -> Vec<u8> {
    let WalletEntry { name, network, path, address, accounts, watch_only: _, authority: _ } = entry;
    let Seal { kdf, salt, nonce, .. } = seal;
    let expect = "writing to memory does not fail";
    if version == VERSION_OF_ACCOUNTS {
        let account = |account: &AccountEntry| {
            let path = account.path.map(|path| (path.account(), path.index()));
            (path, account.address, account.secret)
        };
        let accounts: Vec<_> = accounts.iter().map(account).collect();
        return borsh::to_vec(&(CONTEXT, version, name, network, accounts, kdf, salt, nonce)).expect(expect);
    }
    let mut header = borsh::to_vec(&(CONTEXT, version, name, network, address, kdf, salt, nonce)).expect(expect);
    if version == VERSION_OF_PATH {
        borsh::to_writer(&mut header, &(path.account(), path.index())).expect(expect);
    }
    header
}
