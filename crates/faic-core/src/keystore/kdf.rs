//! The work that turns a password into a key: argon2id (RFC 9106).
//!
//! Parameters are bounded on both sides: a file cannot ask for so little that guessing is cheap, nor for so much that
//! opening it exhausts the machine.

use argon2::{Algorithm, Argon2, Block, Params, Version};
use borsh::BorshSerialize;
use zeroize::Zeroizing;

use crate::nfkd::nfkd;

use super::KeystoreError;

/// Bytes of salt (RFC 9106, §3.1, recommends 16).
pub(super) const SALT_BYTES: usize = 16;

/// The cost of one guess of a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize)]
pub struct KdfParams {
    /// Memory, in KiB.
    memory_kib: u32,
    /// Passes over the memory.
    iterations: u32,
    /// Lanes of the memory.
    parallelism: u32,
}

impl KdfParams {
    /// For a person who waits: 64 MiB, 3 passes, 1 lane (RFC 9106, §4, second choice, in one lane).
    pub const INTERACTIVE: Self = Self { memory_kib: 64 * 1024, iterations: 3, parallelism: 1 };

    /// The least that is accepted: 8 MiB, 1 pass, 1 lane; for tests and the smallest devices.
    pub const LEAST: Self = Self { memory_kib: 8 * 1024, iterations: 1, parallelism: 1 };

    /// The most that is accepted: 1 GiB, 10 passes, 16 lanes.
    pub const MOST: Self = Self { memory_kib: 1024 * 1024, iterations: 10, parallelism: 16 };

    /// Checks the parameters against the accepted bounds.
    ///
    /// # Errors
    /// [`KdfParamsError`] names the side on which they are out of bounds.
    pub const fn new(memory_kib: u32, iterations: u32, parallelism: u32) -> Result<Self, KdfParamsError> {
        let (least, most) = (Self::LEAST, Self::MOST);
        if memory_kib < least.memory_kib || iterations < least.iterations || parallelism < least.parallelism {
            return Err(KdfParamsError::TooWeak);
        }
        if memory_kib > most.memory_kib || iterations > most.iterations || parallelism > most.parallelism {
            return Err(KdfParamsError::TooCostly);
        }
        Ok(Self { memory_kib, iterations, parallelism })
    }

    /// Memory, in KiB.
    pub const fn memory_kib(self) -> u32 {
        self.memory_kib
    }

    /// Passes over the memory.
    pub const fn iterations(self) -> u32 {
        self.iterations
    }

    /// Lanes of the memory.
    pub const fn parallelism(self) -> u32 {
        self.parallelism
    }

    /// Derives the key of a password, in NFKD so that every keyboard gives the same key; all memory is wiped after.
    ///
    /// # Errors
    /// [`KeystoreError::OutOfMemory`] when the memory cannot be had.
    pub(super) fn derive_key(
        self,
        password: &str,
        salt: &[u8; SALT_BYTES],
    ) -> Result<Zeroizing<[u8; 32]>, KeystoreError> {
        let params = Params::new(self.memory_kib, self.iterations, self.parallelism, Some(32))
            .expect("accepted parameters are within the bounds of argon2");
        let mut blocks = Zeroizing::new(Vec::new());
        blocks.try_reserve_exact(params.block_count()).map_err(|_| KeystoreError::OutOfMemory)?;
        blocks.resize(params.block_count(), Block::default());
        let mut key = Zeroizing::new([0; 32]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into_with_memory(nfkd(password).as_bytes(), salt, &mut *key, blocks.as_mut_slice())
            .expect("the lengths of password, salt, key and memory are within the bounds of argon2");
        Ok(key)
    }
}

/// Why parameters are refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KdfParamsError {
    /// Guessing a password would be too cheap.
    #[error("the work is below the least that protects a password")]
    TooWeak,
    /// Checking a password would exhaust the machine.
    #[error("the work is above the most that a machine is asked for")]
    TooCostly,
}
