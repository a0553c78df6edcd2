//! The fixed values that the golden files are made of.

use faic_core::{Address, Amount, Authority, BasicCrypto, ChainId, Hash, PublicKey, SecretKey};

/// The secret key of a small seed.
fn secret(seed: u8) -> SecretKey {
    SecretKey::from_seed(&[seed; 32])
}

/// The public key of a small seed.
pub(super) fn public(seed: u8) -> PublicKey {
    secret(seed).public_key()
}

/// A signer with the keys of the seeds 1 to 9.
pub(super) fn signer() -> BasicCrypto {
    BasicCrypto { key_manager: (1..=9).map(secret).collect() }
}

/// A signer with the key of the seed 1 alone.
pub(super) fn one_signer() -> BasicCrypto {
    BasicCrypto { key_manager: [secret(1)].into_iter().collect() }
}

/// The authority of one key.
pub(super) fn single(seed: u8) -> Authority {
    Authority::single(public(seed))
}

/// The authority of 2 of the keys of the seeds 1, 2 and 3.
pub(super) fn two_of_three() -> Authority {
    Authority::multi(2, [1, 2, 3].map(public)).unwrap()
}

/// The chain of all golden files.
pub(super) fn chain() -> ChainId {
    ChainId::new("faic-golden").unwrap()
}

/// The address of a byte.
pub(super) fn address(byte: u8) -> Address {
    Address::from_bytes([byte; 32])
}

/// The hash of a byte.
pub(super) fn hash(byte: u8) -> Hash {
    Hash::from_bytes([byte; 32])
}

/// So many nano.
pub(super) fn nano(nano: u64) -> Amount {
    Amount::from_nano(nano).unwrap()
}
