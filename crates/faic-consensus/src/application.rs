//! What a consensus asks of the ledger's owner: the upcall.
//!
//! The owner is the node's chain; tests put a recorder in its place. Every method speaks of the chain as it is at the
//! call: the next height is always one above [`Application::tip`].

use std::{error::Error, time::Duration};

use async_trait::async_trait;
use faic_core::{Block, Certificate, Hash, PublicKey, block::ValidatorSet, transaction::Height, vote::Equivocation};

/// The last final block, or the genesis at height 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tip {
    /// The height of the block.
    pub height: Height,
    /// The id of the block; of the genesis document at height 0.
    pub id: Hash,
    /// The time of the block, in milliseconds since 1970-01-01 UTC.
    pub time_ms: u64,
}

/// The owner of the ledger, as a consensus sees it.
///
/// Dropping the future of `propose` or `verify` has no effect on the ledger, so a consensus may give up waiting for
/// them. The future of `commit` is awaited to its end. A method that never returns stops the chain and nothing else.
#[async_trait]
pub trait Application: Send + Sync + 'static {
    /// The last block whose commit has returned.
    fn tip(&self) -> Tip;

    /// The validators of the next height.
    fn validators(&self) -> ValidatorSet;

    /// The final block of a height with its certificate; `None` above the tip, at height 0, and for a block that is no
    /// longer kept.
    ///
    /// # Errors
    /// [`ApplicationError::Failed`] when the ledger cannot be read.
    async fn decided_at(&self, height: Height) -> Result<Option<(Block, Certificate)>, ApplicationError>;

    /// Builds the block of the next height, once there is work or `hold` has passed, whichever is first.
    ///
    /// The block is valid; without work it is empty.
    ///
    /// # Errors
    /// [`ApplicationError::Failed`] when no block can be built.
    async fn propose(&self, proposer: PublicKey, hold: Duration) -> Result<Block, ApplicationError>;

    /// Checks that a block is a valid one of the next height.
    ///
    /// # Errors
    /// [`ApplicationError::Invalid`] when it is not; [`ApplicationError::Failed`] when that cannot be found out.
    async fn verify(&self, block: &Block) -> Result<(), ApplicationError>;

    /// Makes the block of the next height the tip; returns once that would survive a power cut. A block that is final
    /// already, because somebody else committed it meanwhile, is committed.
    ///
    /// # Errors
    /// [`ApplicationError::Invalid`] when block or certificate do not hold, and nothing has changed.
    /// [`ApplicationError::Failed`] when it is not known whether the block was kept: the application must be opened
    /// again before anything else is asked of it.
    async fn commit(&self, block: Block, certificate: Certificate) -> Result<(), ApplicationError>;

    /// Takes a certificate of the tip with more precommits than the one that it was committed with, for the next block
    /// to show; one of another block is too late and changes nothing.
    fn strengthen(&self, certificate: Certificate);

    /// Takes proofs that validators contradicted themselves, for a block to come.
    fn accuse(&self, evidence: Vec<Equivocation>);
}

/// Why an application did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum ApplicationError {
    /// The block or its certificate breaks a rule, and the ledger is as it was.
    #[error("the block is not valid")]
    Invalid {
        /// The broken rule.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The application cannot go on, for example because its disk is full.
    #[error("the ledger failed")]
    Failed {
        /// What happened.
        source: Box<dyn Error + Send + Sync>,
    },
}
