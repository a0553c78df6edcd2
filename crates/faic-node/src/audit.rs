//! The audit of a stopped node: everything in its ledger is read back and checked.
//!
//! It takes the data folder's lock, so it never looks at a ledger that changes meanwhile, and it changes nothing.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use faic_core::BasicCrypto;
use faic_ledger::{
    Ledger,
    ledger::{self, OpenError},
    store::{EmbeddedStore, StoreError},
};

pub use faic_ledger::ledger::Audit;

use crate::data_folder::{DataFolder, DataFolderError};

/// Checks everything in the ledger of the data folder at `path`, whose node is stopped.
///
/// # Errors
/// [`AuditError`] names the first thing that does not fit, or why it can't be looked at.
pub fn audit(path: &Path) -> Result<Audit, AuditError> {
    let folder = DataFolder::open_existing(path)?;
    let genesis = folder.genesis()?.ok_or_else(|| AuditError::NoChain { path: path.to_owned() })?;
    let store = EmbeddedStore::open(&folder.ledger_path())?;
    let ledger = Ledger::open(Arc::new(store), genesis)?;
    Ok(ledger.audit(&BasicCrypto::default())?)
}

/// Why an audit did not come to a good end.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// The folder belongs to no chain, so there is nothing to audit.
    #[error("the data folder {} belongs to no chain yet", path.display())]
    NoChain {
        /// The folder.
        path: PathBuf,
    },
    /// The folder can't be used, most often because its node is running.
    #[error(transparent)]
    DataFolder(#[from] DataFolderError),
    /// The store can't be opened.
    #[error("the store of the ledger can't be opened")]
    Store(#[from] StoreError),
    /// The ledger can't be opened.
    #[error("the ledger can't be opened")]
    Open(#[from] OpenError),
    /// The ledger holds something that does not fit.
    #[error("the ledger is damaged")]
    Ledger(#[from] ledger::AuditError),
}

#[cfg(test)]
mod tests;
