//! Randomness from the operating system, for new keys, mnemonics, salts, nonces and tokens.
//!
//! This is the only door through which randomness enters the secrets of every crate; nothing that two nodes must agree
//! on uses it.

/// The operating system gave no random bytes, so no key can be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the operating system gave no random bytes")]
pub struct EntropyError;

/// Fills `bytes` with cryptographic randomness.
///
/// # Errors
/// [`EntropyError`] when the operating system's generator cannot be read.
pub fn fill(bytes: &mut [u8]) -> Result<(), EntropyError> {
    getrandom::fill(bytes).map_err(|_| EntropyError)
}
