//! Authorities: which keys, and how many of them, govern an account.
//!
//! An ordinary wallet is 1-of-1. An account's address is the hash of its first authority; a later `SetAccount` may put
//! another authority in its place, and the address stays. An authority has one spelling: keys ascend and are distinct.

use borsh::{BorshDeserialize, BorshSerialize};

use crate::{Address, Domain, Hash, PublicKey};

pub(crate) mod document;

/// A key that may govern an account; further kinds of curve become further variants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub enum AuthorityKey {
    /// An ed25519 key, verified under ZIP-215.
    Ed25519(PublicKey),
}

/// m-of-n keys.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub struct Authority {
    /// How many of the keys must sign; from 1 to the number of keys.
    threshold: u8,
    /// The keys, ascending and distinct; from 1 to [`Authority::KEYS_MAX`].
    keys: Vec<AuthorityKey>,
}

impl Authority {
    /// Most keys in an authority.
    pub const KEYS_MAX: usize = 16;

    /// The authority of an ordinary wallet: this one key.
    pub fn single(key: PublicKey) -> Self {
        Self { threshold: 1, keys: vec![AuthorityKey::Ed25519(key)] }
    }

    /// An authority in which `threshold` of `keys` must sign; sorts the keys.
    ///
    /// # Errors
    /// [`AuthorityError`] names the rule that the keys or the threshold break.
    pub fn multi(threshold: u8, keys: impl IntoIterator<Item = PublicKey>) -> Result<Self, AuthorityError> {
        let mut keys: Vec<_> = keys.into_iter().map(AuthorityKey::Ed25519).collect();
        keys.sort();
        let authority = Self { threshold, keys };
        authority.check()?;
        Ok(authority)
    }

    /// The authority of keys that are in their order already, as a document must have them.
    ///
    /// # Errors
    /// [`AuthorityError`] names the rule that the keys or the threshold break.
    pub(crate) fn in_order(threshold: u8, keys: Vec<PublicKey>) -> Result<Self, AuthorityError> {
        let authority = Self { threshold, keys: keys.into_iter().map(AuthorityKey::Ed25519).collect() };
        authority.check()?;
        Ok(authority)
    }

    /// Checks the rules, which decoded bytes may break.
    ///
    /// # Errors
    /// [`AuthorityError`] names the broken rule.
    pub fn check(&self) -> Result<(), AuthorityError> {
        if self.keys.is_empty() {
            return Err(AuthorityError::NoKeys);
        }
        if self.keys.len() > Self::KEYS_MAX {
            return Err(AuthorityError::TooManyKeys);
        }
        if !self.keys.is_sorted_by(|left, right| left < right) {
            return Err(AuthorityError::KeysNotAscending);
        }
        if self.threshold == 0 || usize::from(self.threshold) > self.keys.len() {
            return Err(AuthorityError::Threshold);
        }
        Ok(())
    }

    /// How many keys must sign.
    pub const fn threshold(&self) -> u8 {
        self.threshold
    }

    /// The keys, ascending.
    pub fn keys(&self) -> &[AuthorityKey] {
        &self.keys
    }

    /// The address of the account that begins with this authority.
    pub fn address(&self) -> Address {
        Address::from_bytes(*Domain::Address.hash(&[&self.canonical_bytes()]).as_bytes())
    }

    /// The id that an account keeps once its authority was replaced.
    pub fn id(&self) -> Hash {
        Domain::Authority.hash(&[&self.canonical_bytes()])
    }

    /// The bytes that address and id are hashes of.
    fn canonical_bytes(&self) -> Vec<u8> {
        borsh::to_vec(self).expect("writing to memory does not fail")
    }
}

/// Why keys and a threshold are no authority.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AuthorityError {
    /// An empty list of keys.
    #[error("an authority needs at least one key")]
    NoKeys,
    /// More keys than allowed.
    #[error("an authority has at most {} keys", Authority::KEYS_MAX)]
    TooManyKeys,
    /// A duplicate, or keys in another order.
    #[error("the keys of an authority must be distinct and in ascending order")]
    KeysNotAscending,
    /// Zero, or more than there are keys.
    #[error("the threshold must be from 1 to the number of keys")]
    Threshold,
}

#[cfg(test)]
mod tests;
