//! What a data folder says about its validator, also while a node runs on it.
//!
//! Only reads, and only files that never change once they are there, so it needs no lock.

use std::path::{Path, PathBuf};

use faic_core::{
    Address, BasicCrypto, KeyManager, PublicKey, SecretKey, Signature, Signer, crypto::SignError, staking::Possession,
};
use faic_ledger::Genesis;

use super::{DataFolderError, GENESIS_FILE, VALIDATOR_KEY_FILE, check_format, read_genesis};
use crate::secret_file::{self, SecretFileError};

/// The validator key of a data folder, and its chain.
#[derive(Debug)]
pub struct Seat {
    /// The key that votes.
    key: SecretKey,
    /// What the chain began with.
    genesis: Genesis,
}

impl Seat {
    /// Reads the key and the chain of the folder at `path`.
    ///
    /// # Errors
    /// [`SeatError`] names what is missing.
    pub fn read(path: &Path) -> Result<Self, SeatError> {
        let missing = || DataFolderError::Missing { path: path.to_owned() };
        match check_format(path) {
            Ok(false) => {}
            Ok(true) => return Err(missing().into()),
            Err(DataFolderError::Storage { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {
                return Err(missing().into());
            }
            Err(error) => return Err(error.into()),
        }
        let no_key = || SeatError::NoKey { path: path.to_owned() };
        let key = secret_file::read_key(&path.join(VALIDATOR_KEY_FILE))?.ok_or_else(no_key)?;
        let no_chain = || SeatError::NoChain { path: path.to_owned() };
        let genesis = read_genesis(path.join(GENESIS_FILE))?.ok_or_else(no_chain)?;
        Ok(Self { key, genesis })
    }

    /// The key that votes.
    pub fn key(&self) -> PublicKey {
        self.key.public_key()
    }

    /// What the chain began with.
    pub const fn genesis(&self) -> &Genesis {
        &self.genesis
    }

    /// The key's signature that lets `operator` bond with it.
    ///
    /// # Errors
    /// [`SignError`], which a key that is at hand does not give.
    pub fn sign_possession(&self, operator: Address) -> Result<Signature, SignError> {
        let claim = Possession { chain_id: self.genesis.chain_id.clone(), operator, key: self.key() };
        BasicCrypto { key_manager: KeyManager::from_iter([self.key.clone()]) }.sign_possession(&claim)
    }
}

/// Why a data folder has no validator.
#[derive(Debug, thiserror::Error)]
pub enum SeatError {
    /// The folder can't be used.
    #[error(transparent)]
    DataFolder(#[from] DataFolderError),
    /// The key can't be read.
    #[error(transparent)]
    Key(#[from] SecretFileError),
    /// There is no key.
    #[error("the data folder {} has no validator.key", path.display())]
    NoKey {
        /// The folder.
        path: PathBuf,
    },
    /// There is no chain.
    #[error("the data folder {} belongs to no chain yet", path.display())]
    NoChain {
        /// The folder.
        path: PathBuf,
    },
}

#[cfg(test)]
mod tests;
