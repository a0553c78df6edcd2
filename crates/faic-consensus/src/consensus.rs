//! What every way of agreement can do, and how it ends.

use std::{io, sync::Arc};

use async_trait::async_trait;
use faic_core::{PublicKey, crypto::SignError, transaction::Height};
use tokio_util::sync::CancellationToken;

use crate::{
    Application, ApplicationError,
    bft::{JournalError, replica::ReplicaError},
};

/// A way to agree on one block per height.
#[async_trait]
pub trait Consensus: Send + Sync {
    /// The name for logs and the status of a node.
    fn name(&self) -> &'static str;

    /// Decides height after height until `shutdown` is cancelled, which ends it with success.
    ///
    /// A commit that has begun is awaited before the return, so the caller may close the ledger afterwards. A second run
    /// on the same application goes on where the first ended; two runs at once are a mistake of the caller.
    ///
    /// # Errors
    /// [`ConsensusError`] when it cannot go on; the node must stop then, because no further block becomes final.
    async fn run(&self, application: Arc<dyn Application>, shutdown: CancellationToken) -> Result<(), ConsensusError>;
}

/// Why a consensus cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum ConsensusError {
    /// The application could not build a block.
    #[error("no block could be proposed at height {height}")]
    Propose {
        /// The height that was to be decided.
        height: Height,
        /// What the application says.
        source: ApplicationError,
    },
    /// The application refuses the block that it built itself, or could not check it.
    #[error("the node's own proposal at height {height} was not accepted")]
    Verify {
        /// The height that was to be decided.
        height: Height,
        /// What the application says.
        source: ApplicationError,
    },
    /// The vote could not be signed.
    #[error("the vote at height {height} could not be signed")]
    Sign {
        /// The height that was to be decided.
        height: Height,
        /// Why not.
        source: SignError,
    },
    /// A decided block could not be made durable.
    #[error("the block of height {height} could not be committed")]
    Commit {
        /// The height that was decided.
        height: Height,
        /// What the application says.
        source: ApplicationError,
    },
    /// What this validator said before cannot be recalled.
    #[error("the journal of votes can't be used")]
    Journal(#[from] JournalError),
    /// What this validator would say could not be written down first.
    #[error("the journal of votes could not be written at height {height}")]
    Write {
        /// The height that was to be decided.
        height: Height,
        /// What the operating system says.
        source: io::Error,
    },
    /// The validator's part in the agreement cannot go on.
    #[error("this validator can't vote at height {height}")]
    Replica {
        /// The height that was to be decided.
        height: Height,
        /// Why not.
        source: ReplicaError,
    },
    /// The ledger names validators that this consensus cannot decide with.
    #[error("the validators of height {height} are not {validator} alone")]
    Validators {
        /// The height that was to be decided.
        height: Height,
        /// The only validator that there may be.
        validator: PublicKey,
    },
}
