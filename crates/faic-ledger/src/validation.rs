//! Validation: the three gates that anything must pass, each with the type that only it can make.
//!
//! `fast` lets a transaction into the mempool ([`VerifiedTransaction`]), `block` lets a proposal be voted for
//! ([`VerifiedBlock`]), `finality` lets a decided block change the ledger ([`FinalBlock`]). Cheap checks come first.

use std::sync::Arc;

use faic_core::Verifier;

mod block;
mod fast;
mod finality;

pub use block::{BlockError, BlockValidator, VerifiedBlock};
pub(crate) use block::{Parts, assemble, observe};
pub use fast::{FastError, FastValidator, VerifiedTransaction};
pub use finality::{FinalBlock, FinalityError, FinalityValidator, VerifiedCertificate};

/// The gates of the ledger, over one verifier of signatures.
#[derive(Clone)]
pub struct ValidationManager {
    /// Checks transactions before they are pooled or relayed.
    pub fast: FastValidator,
    /// Checks proposed blocks by executing them.
    pub block: BlockValidator,
    /// Checks that a block was decided.
    pub finality: FinalityValidator,
}

impl ValidationManager {
    /// The gates over `verifier`.
    pub fn new(verifier: &Arc<dyn Verifier>) -> Self {
        Self {
            fast: FastValidator::new(Arc::clone(verifier)),
            block: BlockValidator::new(Arc::clone(verifier)),
            finality: FinalityValidator::new(Arc::clone(verifier)),
        }
    }
}
