//! The keys of a wallet, derived from its seed by SLIP-0010 for ed25519.
//!
//! Ed25519 has hardened derivation only, so a child key never betrays its parent, and a public key has no children.
//! FAIC's path is `m/44'/coin'/account'/0'/index'` (BIP-44); the coin type is [`Network::coin_type`], so a mnemonic gives
//! other keys on the main network than on a test network.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha512;
use zeroize::{Zeroize, Zeroizing};

use crate::keys::SecretKey;
use crate::mnemonic::Seed;
use crate::network::Network;

/// The key of the HMAC that makes a master key, which separates the curves (SLIP-0010, "Master key generation").
const CURVE: &[u8] = b"ed25519 seed";

/// The bit that marks a hardened index (BIP-32).
const HARDENED: u32 = 1 << 31;

/// The purpose of paths of this form (BIP-44).
const PURPOSE: u32 = 44;

/// BIP-44's branch of addresses for receiving; there is no other on an account ledger.
const EXTERNAL: u32 = 0;

/// Which of a wallet's keys: the account and the index within it, both below 2^31. The default is the first, 0 and 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct AccountPath {
    /// The account, below 2^31.
    account: u32,
    /// The index of the key within the account, below 2^31.
    index: u32,
}

impl AccountPath {
    /// The path of that account and index.
    ///
    /// # Errors
    /// [`AccountPathError`] when either is 2^31 or more.
    pub const fn new(account: u32, index: u32) -> Result<Self, AccountPathError> {
        if account < HARDENED && index < HARDENED { Ok(Self { account, index }) } else { Err(AccountPathError) }
    }

    /// The account.
    pub const fn account(self) -> u32 {
        self.account
    }

    /// The index of the key within the account.
    pub const fn index(self) -> u32 {
        self.index
    }

    /// The whole path on `network`; it displays as `m/44'/1010101010'/0'/0'/0'`.
    pub const fn on(self, network: Network) -> KeyPath {
        KeyPath([PURPOSE, network.coin_type(), self.account, EXTERNAL, self.index])
    }
}

/// An account or index of 2^31 or more, which no hardened path can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an account and an index are below 2147483648")]
pub struct AccountPathError;

/// A path from the master key to an account's key, all steps hardened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyPath([u32; 5]);

impl fmt::Display for KeyPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("m")?;
        self.0.iter().try_for_each(|index| write!(f, "/{index}'"))
    }
}

/// Derives the secret key at `path` of the wallet with that seed, on `network`.
pub fn derive_account_key(seed: &Seed, network: Network, path: AccountPath) -> SecretKey {
    SecretKey::from_seed(&ExtendedKey::at(seed.as_bytes(), &path.on(network).0).key)
}

/// A private key with the chain code from which its children are derived.
struct ExtendedKey {
    /// The ed25519 seed of the key.
    key: Zeroizing<[u8; 32]>,
    /// The entropy that enters the children beside the key.
    chain_code: Zeroizing<[u8; 32]>,
}

impl ExtendedKey {
    /// The key at the end of the path of hardened `indexes` from the master key of `seed`.
    fn at(seed: &[u8], indexes: &[u32]) -> Self {
        let master = Self::of_hmac(CURVE, &[seed]);
        indexes.iter().fold(master, |parent, index| parent.child(*index))
    }

    /// The hardened child at `index` (SLIP-0010, "Private parent key → private child key").
    fn child(&self, index: u32) -> Self {
        Self::of_hmac(&*self.chain_code, &[&[0], &*self.key, &(index | HARDENED).to_be_bytes()])
    }

    /// Splits the HMAC-SHA512 of the concatenated `parts` into key and chain code.
    fn of_hmac(hmac_key: &[u8], parts: &[&[u8]]) -> Self {
        let mut mac = Hmac::<Sha512>::new_from_slice(hmac_key).expect("HMAC takes keys of any length");
        for part in parts {
            mac.update(part);
        }
        let mut digest = mac.finalize().into_bytes();
        let mut halves = Self { key: Zeroizing::new([0; 32]), chain_code: Zeroizing::new([0; 32]) };
        let (left, right) = digest.split_at(32);
        halves.key.copy_from_slice(left);
        halves.chain_code.copy_from_slice(right);
        digest.as_mut_slice().zeroize();
        halves
    }
}

#[cfg(test)]
mod tests;
