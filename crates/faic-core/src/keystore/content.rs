//! What is under the seal of a wallet's file: its secrets, the names of its accounts and its address book.
//!
//! The bytes are padded to whole blocks, so that the length of a file tells little of how many names it has.

use std::fmt;

use zeroize::Zeroizing;

use crate::bounded;
use crate::derivation::AccountPath;
use crate::keys::SecretKey;
use crate::network::Network;

use super::account_names::AccountNames;
use super::book::{BOOK_ENTRIES_MAX, Contact};
use super::secret::{SECRET_BYTES, WalletSecret};

/// Most secrets in one wallet.
pub const SECRETS_MAX: usize = 16;

/// The bytes under the seal come in multiples of this.
const BLOCK_BYTES: usize = 1024;

/// The bytes of a single key (RFC 8032, §5.1.5).
const KEY_BYTES: usize = 32;

/// The tag of a mnemonic.
const TAG_MNEMONIC: u8 = 0;
/// The tag of a single key.
const TAG_KEY: u8 = 1;

/// What keys are made of.
#[derive(Clone)]
pub(super) enum KeySource {
    /// A mnemonic, which has a key for every path.
    Mnemonic(WalletSecret),
    /// The seed of one key.
    Key(Zeroizing<[u8; KEY_BYTES]>),
}

impl KeySource {
    /// The key at `path`; a single key is the same at every path.
    pub(super) fn key(&self, network: Network, path: AccountPath) -> SecretKey {
        match self {
            Self::Mnemonic(secret) => secret.account_key(network, path),
            Self::Key(seed) => SecretKey::from_seed(seed),
        }
    }
}

/// The secrets of a wallet, oldest first, the names of its accounts, by number, and its address book, by name.
#[derive(Clone)]
pub(super) struct WalletContent {
    /// The secrets; from 1 to [`SECRETS_MAX`].
    pub(super) secrets: Vec<KeySource>,
    /// The names of the accounts that have one.
    pub(super) names: AccountNames,
    /// The address book, ascending by name.
    pub(super) book: Vec<Contact>,
}

impl WalletContent {
    /// The content of a wallet that has one secret and nothing else.
    pub(super) fn new(secret: KeySource) -> Self {
        Self { secrets: vec![secret], names: AccountNames::default(), book: Vec::new() }
    }

    /// The bytes that are sealed, of whole blocks.
    pub(super) fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let names_and_book = borsh::to_vec(&(&self.names, &self.book)).expect("writing to memory does not fail");
        let lengths = self.secrets.iter().map(|secret| match secret {
            KeySource::Mnemonic(_) => SECRET_BYTES.saturating_add(1),
            KeySource::Key(_) => KEY_BYTES.saturating_add(1),
        });
        let used = lengths.fold(names_and_book.len().saturating_add(1), usize::saturating_add);
        let length = used.next_multiple_of(BLOCK_BYTES);
        // Never moved to a larger place, so that no copy of a secret stays behind.
        let mut bytes = Zeroizing::new(Vec::with_capacity(length));
        bytes.push(u8::try_from(self.secrets.len()).expect("there are few secrets"));
        for secret in &self.secrets {
            match secret {
                KeySource::Mnemonic(secret) => {
                    bytes.push(TAG_MNEMONIC);
                    bytes.extend_from_slice(secret.to_bytes().as_slice());
                }
                KeySource::Key(seed) => {
                    bytes.push(TAG_KEY);
                    bytes.extend_from_slice(seed.as_slice());
                }
            }
        }
        bytes.extend_from_slice(&names_and_book);
        bytes.resize(length, 0);
        bytes
    }

    /// Reads what [`WalletContent::to_bytes`] wrote, or nothing when it is anything else.
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (count, mut rest) = bytes.split_first()?;
        if !(1..=SECRETS_MAX).contains(&usize::from(*count)) {
            return None;
        }
        let mut secrets = Vec::with_capacity(usize::from(*count));
        for _ in 0..*count {
            let (secret, after) = read_secret(rest)?;
            secrets.push(secret);
            rest = after;
        }
        let names = AccountNames::read(&mut rest)?;
        let book: Vec<Contact> = bounded::read_list(&mut rest, BOOK_ENTRIES_MAX).ok()?;
        let ascending = book.is_sorted_by(|one, other| one.name < other.name);
        let padded = rest.len() < BLOCK_BYTES && rest.iter().all(|byte| *byte == 0);
        (ascending && padded && bytes.len().is_multiple_of(BLOCK_BYTES)).then_some(Self { secrets, names, book })
    }
}

/// Reads one secret; gives what comes after it.
fn read_secret(bytes: &[u8]) -> Option<(KeySource, &[u8])> {
    let (tag, rest) = bytes.split_first()?;
    match *tag {
        TAG_MNEMONIC => {
            let (secret, rest) = rest.split_first_chunk::<SECRET_BYTES>()?;
            Some((KeySource::Mnemonic(WalletSecret::from_bytes(secret)?), rest))
        }
        TAG_KEY => rest.split_first_chunk().map(|(seed, rest)| (KeySource::Key(Zeroizing::new(*seed)), rest)),
        _ => None,
    }
}

impl fmt::Debug for WalletContent {
    /// Shows no secret and no name.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WalletContent").field("secrets", &self.secrets.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
