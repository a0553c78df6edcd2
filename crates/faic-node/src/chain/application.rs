//! The chain as the consensus sees it: propose, verify, commit.
//!
//! Proposer and verifier run the ledger's one code. A block that this node built or verified last is kept, so deciding it
//! executes nothing again. The rule about a block's time against the clock lives here, because the ledger has no clock.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use faic_consensus::{Application, ApplicationError};
use faic_core::{Block, Certificate, Hash, Height, PublicKey, block::ValidatorSet};
use faic_ledger::{
    VerifiedBlock,
    ledger::CommitError,
    validation::{BlockError, FinalityError},
};
use tokio::time::{Instant, timeout_at};
use tracing::{debug, info};

use super::{CLOCK_DRIFT_MAX, Chain, Event, Outcome, Reason, failed, run_blocking};
use crate::mempool::{Committed, Departure};

/// The consensus holds the chain through this handle, because its work outlives a call.
pub struct ChainApplication(pub Arc<Chain>);

#[async_trait]
impl Application for ChainApplication {
    fn tip(&self) -> faic_consensus::Tip {
        let tip = self.0.tip();
        faic_consensus::Tip { height: tip.height, id: tip.id, time_ms: tip.time_ms }
    }

    fn validators(&self) -> ValidatorSet {
        self.0.ledger().validators().clone()
    }

    async fn decided_at(&self, height: Height) -> Result<Option<(Block, Certificate)>, ApplicationError> {
        self.0.read(move |ledger| ledger.block(height)).await.map_err(failed)
    }

    async fn propose(&self, proposer: PublicKey, hold: Duration) -> Result<Block, ApplicationError> {
        self.0.wait_for_work(hold).await;
        let chain = Arc::clone(&self.0);
        run_blocking(move || chain.build(proposer)).await.map_err(failed)
    }

    async fn verify(&self, block: &Block) -> Result<(), ApplicationError> {
        let (chain, block) = (Arc::clone(&self.0), block.clone());
        run_blocking(move || chain.verify(block).map(drop)).await
    }

    async fn commit(&self, block: Block, certificate: Certificate) -> Result<(), ApplicationError> {
        let chain = Arc::clone(&self.0);
        run_blocking(move || chain.commit(block, certificate)).await
    }
}

impl Chain {
    /// Waits until the mempool has something for the next block, at most for `hold`.
    async fn wait_for_work(&self, hold: Duration) {
        let deadline = Instant::now() + hold;
        loop {
            // The wake-up is asked for before the look, so none between the two is lost.
            let woken = self.work.notified();
            if self.has_work() || timeout_at(deadline, woken).await.is_err() {
                return;
            }
        }
    }

    /// Whether a pooled transaction could be in the next block.
    fn has_work(&self) -> bool {
        let base_fee = self.ledger().system().base_fee_per_byte;
        self.mempool().candidates(base_fee).next().is_some()
    }

    /// Builds the next block of the best transactions that wait.
    fn build(&self, proposer: PublicKey) -> Result<Block, BlockError> {
        let ledger = self.ledger();
        let mut room = ledger.block_bytes_max();
        let candidates: Vec<_> = self
            .mempool()
            .candidates(ledger.system().base_fee_per_byte)
            .take_while(|candidate| match room.checked_sub(candidate.bytes()) {
                Some(rest) => {
                    room = rest;
                    true
                }
                None => false,
            })
            .cloned()
            .collect();
        let built = ledger.build(proposer, (self.clock)(), candidates)?;
        drop(ledger);
        for (refused, error) in built.refused {
            let departures = self.mempool().remove(&refused.id());
            let (this, behind): (Vec<_>, Vec<_>) =
                departures.into_iter().partition(|departure| departure.id == refused.id());
            for Departure { id, .. } in this {
                self.record(id, Outcome::Rejected(Reason::Refused(error.to_string())));
            }
            self.drop_departed(behind);
        }
        let block = built.verified.block().clone();
        debug!(height = block.header.height, transactions = block.transactions.len(), "block.built");
        self.keep(built.verified);
        Ok(block)
    }

    /// Executes a block, unless it is the one that was built or verified last.
    fn verify(&self, block: Block) -> Result<VerifiedBlock, ApplicationError> {
        if let Some(kept) = self.kept(&block.id(), &block) {
            return Ok(kept);
        }
        let drift = u64::try_from(CLOCK_DRIFT_MAX.as_millis()).unwrap_or(u64::MAX);
        let latest_ms = (self.clock)().saturating_add(drift);
        if block.header.time_ms > latest_ms {
            return Err(invalid(TimeError { found_ms: block.header.time_ms, latest_ms }));
        }
        let verified = self.validation.block.check(&self.ledger(), block).map_err(|error| match error {
            BlockError::Tree(_) | BlockError::Store(_) => failed(error),
            BlockError::Height { .. }
            | BlockError::Time { .. }
            | BlockError::TooLarge { .. }
            | BlockError::UnknownProposer(_)
            | BlockError::Mismatch(_)
            | BlockError::Signature { .. }
            | BlockError::Transaction { .. }
            | BlockError::Finish(_) => invalid(error),
        })?;
        self.keep(verified.clone());
        Ok(verified)
    }

    /// Makes a decided block the tip, then tells everybody.
    fn commit(&self, block: Block, certificate: Certificate) -> Result<(), ApplicationError> {
        let verified = self.verify(block)?;
        let committed: Vec<_> = verified
            .block()
            .transactions
            .iter()
            .map(|signed| Committed {
                id: signed.id(),
                sender: signed.transaction.sender,
                nonce: signed.transaction.nonce,
            })
            .collect();
        let mut ledger = self.ledger.write().expect("a panic while the ledger was locked stops the node");
        let decided = self
            .validation
            .finality
            .check(&ledger, verified, certificate)
            .map_err(|error: FinalityError| invalid(error))?;
        ledger.commit(decided).map_err(|error| match error {
            CommitError::NotNext { .. } => invalid(error),
            CommitError::Store(_) => failed(error),
        })?;
        let tip = *ledger.tip();
        drop(ledger);
        self.forget_kept();
        let departures = self.mempool().after_commit(tip.height, committed.iter().copied());
        self.drop_departed(departures);
        info!(height = tip.height, id = %tip.id.short(), transactions = committed.len(), "block.committed");
        for Committed { id, .. } in &committed {
            debug!(tx = %id, height = tip.height, "transaction.final");
        }
        self.publish(Event::Block {
            height: tip.height,
            id: tip.id,
            transactions: committed.iter().map(|transaction| transaction.id).collect(),
        });
        self.tip.send_replace(tip);
        Ok(())
    }

    /// Keeps a verified block for its commit.
    fn keep(&self, block: VerifiedBlock) {
        *self.kept_slot() = Some(block);
    }

    /// The kept block, when it is exactly this one.
    fn kept(&self, id: &Hash, block: &Block) -> Option<VerifiedBlock> {
        self.kept_slot().as_ref().filter(|kept| kept.id() == *id && kept.block() == block).cloned()
    }

    /// Forgets the kept block.
    fn forget_kept(&self) {
        *self.kept_slot() = None;
    }

    /// Where the block that was built or verified last is kept.
    fn kept_slot(&self) -> std::sync::MutexGuard<'_, Option<VerifiedBlock>> {
        self.verified.lock().expect("a panic while the verified block was locked stops the node")
    }
}

/// A block or a certificate that breaks a rule.
fn invalid(source: impl std::error::Error + Send + Sync + 'static) -> ApplicationError {
    ApplicationError::Invalid { source: Box::new(source) }
}

/// A block's time is too far ahead.
#[derive(Debug, thiserror::Error)]
#[error("the block's time {found_ms} ms is after {latest_ms} ms, which is the latest that this node's clock allows")]
struct TimeError {
    /// The block's time.
    found_ms: u64,
    /// The latest time that would be accepted now.
    latest_ms: u64,
}
