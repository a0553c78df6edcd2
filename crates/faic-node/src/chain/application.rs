//! The chain as the consensus sees it: propose, verify, commit.
//!
//! Proposer and verifier run the ledger's one code. A block that this node built or verified last is kept until the tip
//! moves, so deciding it executes nothing again. The rule about a block's time against the clock lives here, because the
//! ledger has no clock; it binds votes only, and what others decided is followed.

use std::{
    sync::{Arc, MutexGuard},
    time::Duration,
};

use async_trait::async_trait;
use faic_consensus::{Application, ApplicationError};
use faic_core::{
    Address, Block, Certificate, Hash, Height, PublicKey, SignedTransaction, block::ValidatorSet, transaction::Nonce,
    vote::Equivocation,
};
use faic_ledger::{
    FinalBlock, Ledger, VerifiedBlock, VerifiedTransaction, ledger::CommitError, validation::BlockError,
};
use tokio::time::timeout;
use tracing::{debug, info};

use super::{CLOCK_DRIFT_MAX, Chain, Event, EvidencePool, Outcome, Reason, Terms, failed, run_blocking};
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
        self.0.terms().validators.clone()
    }

    async fn decided_at(&self, height: Height) -> Result<Option<(Block, Certificate)>, ApplicationError> {
        let chain = Arc::clone(&self.0);
        run_blocking(move || chain.ledger().block(height)).await.map_err(failed)
    }

    async fn propose(&self, proposer: PublicKey, hold: Duration) -> Result<Block, ApplicationError> {
        self.0.wait_for_work(hold).await;
        let chain = Arc::clone(&self.0);
        run_blocking(move || chain.build(proposer)).await.map_err(failed)
    }

    async fn verify(&self, block: &Block) -> Result<(), ApplicationError> {
        let (chain, block) = (Arc::clone(&self.0), block.clone());
        run_blocking(move || chain.verify(block)).await
    }

    async fn commit(&self, block: Block, certificate: Certificate) -> Result<(), ApplicationError> {
        let chain = Arc::clone(&self.0);
        run_blocking(move || chain.commit(block, certificate)).await
    }

    fn strengthen(&self, certificate: Certificate) {
        *self.0.stronger() = Some(certificate);
    }

    fn accuse(&self, evidence: Vec<Equivocation>) {
        let mut pool = self.0.evidence();
        for proof in evidence {
            pool.add(proof);
        }
    }
}

impl Chain {
    /// Waits until the mempool has something for the next block, at most for `hold`.
    pub(super) async fn wait_for_work(&self, hold: Duration) {
        let work = async {
            loop {
                // The wake-up is asked for before the look, so none between the two is lost.
                let woken = self.work.notified();
                if self.has_work() {
                    return;
                }
                woken.await;
            }
        };
        // Without work the block is empty.
        let _ = timeout(hold, work).await;
    }

    /// Whether a pooled transaction could be in the next block.
    fn has_work(&self) -> bool {
        let base_fee = self.terms().base_fee_per_byte;
        self.mempool().candidates(base_fee).next().is_some()
    }

    /// Builds the next block of the best transactions that wait.
    fn build(&self, proposer: PublicKey) -> Result<Block, BlockError> {
        self.strengthen();
        let ledger = self.ledger();
        let evidence = self.evidence().waiting();
        let built = ledger.build(proposer, (self.clock)(), evidence, self.candidates(&ledger))?;
        for (proof, error) in &built.refused_evidence {
            info!(validator = %proof.validator(), error = error as &dyn std::error::Error, "evidence.refused");
        }
        self.evidence().forget(built.refused_evidence.iter().map(|(proof, _)| proof));
        let block = built.verified.block().clone();
        debug!(height = block.header.height, transactions = block.transactions.len(), "block.built");
        self.keep(built.verified);
        let mut mempool = self.mempool();
        for (refused, error) in built.refused {
            let reason = Reason::refused(error);
            for Departure { id, cause } in mempool.remove(&refused.id()) {
                let outcome = if id == refused.id() { Outcome::Rejected(reason.clone()) } else { cause.into() };
                self.record(id, outcome);
            }
        }
        drop(mempool);
        drop(ledger);
        Ok(block)
    }

    /// The best transactions that wait, as many as one block has room for.
    fn candidates(&self, ledger: &Ledger) -> Vec<VerifiedTransaction> {
        let mut room = ledger.block_bytes_max();
        let fits = |candidate: &&VerifiedTransaction| {
            let rest = room.checked_sub(candidate.bytes());
            room = rest.unwrap_or_default();
            rest.is_some()
        };
        let mempool = self.mempool();
        let candidates: Vec<_> =
            mempool.candidates(ledger.system().base_fee_per_byte).take_while(fits).cloned().collect();
        *self.deciding() = candidates.iter().map(|candidate| place(candidate.signed())).collect();
        drop(mempool);
        candidates
    }

    /// Checks a proposed block by its time and by executing it, unless it is the one that was built or verified last.
    fn verify(&self, block: Block) -> Result<(), ApplicationError> {
        let ledger = self.ledger();
        if self.kept().as_ref().is_some_and(|kept| *kept.block() == block) {
            return Ok(());
        }
        let drift = u64::try_from(CLOCK_DRIFT_MAX.as_millis()).unwrap_or(u64::MAX);
        let latest_ms = (self.clock)().saturating_add(drift);
        if block.header.time_ms > latest_ms {
            return Err(invalid(TimeError { found_ms: block.header.time_ms, latest_ms }));
        }
        let verified = self.validation.block.check_with(&ledger, block, &|id| self.waiting(id)).map_err(refused)?;
        *self.deciding() = verified.block().transactions.iter().map(place).collect();
        self.keep(verified);
        drop(ledger);
        Ok(())
    }

    /// Finds out what a decided block does; the clock has no say in it.
    fn decide(&self, block: Block, certificate: Certificate) -> Result<FinalBlock, ApplicationError> {
        let ledger = self.ledger();
        let kept = self.kept().take_if(|kept| *kept.block() == block);
        let verified = if let Some(kept) = kept {
            kept
        } else {
            // Whoever sends a block without a certificate that holds does not get it executed.
            self.validation.finality.check_certificate(&ledger, &block.header, &certificate).map_err(invalid)?;
            self.validation.block.check_with(&ledger, block, &|id| self.waiting(id)).map_err(refused)?
        };
        self.validation.finality.check(&ledger, verified, certificate).map_err(invalid)
    }

    /// Makes a decided block the tip, then tells everybody; does nothing where it is final already.
    ///
    /// Agreement and synchronisation may come with the same block at the same time, and whoever is second has succeeded.
    fn commit(&self, block: Block, certificate: Certificate) -> Result<(), ApplicationError> {
        let (height, id) = (block.header.height, block.id());
        let committed = match self.is_final(height, id) {
            Ok(true) => return Ok(()),
            Ok(false) => self.commit_next(block, certificate),
            Err(error) => Err(error),
        };
        match committed {
            Err(ApplicationError::Invalid { .. }) if self.is_final(height, id)? => Ok(()),
            committed => committed,
        }
    }

    /// Whether that block is in the chain.
    fn is_final(&self, height: Height, id: Hash) -> Result<bool, ApplicationError> {
        let ledger = self.ledger();
        if height > ledger.tip().height {
            return Ok(false);
        }
        match ledger.header(height).map_err(failed)? {
            Some(stored) => Ok(stored.header.id() == id),
            // Before a snapshot everything is final, and whatever comes for there changes nothing.
            None => Ok(height > 0 && height <= ledger.base_height()),
        }
    }

    /// Makes the next block the tip, then tells everybody.
    fn commit_next(&self, block: Block, certificate: Certificate) -> Result<(), ApplicationError> {
        let decided = self.decide(block, certificate)?;
        let (transactions, receipts) = (&decided.verified().block().transactions, decided.verified().receipts());
        let committed: Vec<_> = transactions
            .iter()
            .zip(receipts)
            .map(|(signed, receipt)| Committed {
                id: receipt.transaction,
                sender: signed.transaction.sender,
                nonce: signed.transaction.nonce,
            })
            .collect();
        let carried_out = decided.verified().block().evidence.clone();
        let mut ledger = self.ledger.write().expect("a panic while the ledger was locked stops the node");
        ledger.commit(decided).map_err(|error| match error {
            CommitError::NotNext { .. } => invalid(error),
            CommitError::Store(_) => failed(error),
        })?;
        let tip = *ledger.tip();
        *self.terms() = Terms::of(&ledger);
        *self.kept() = None;
        let mut mempool = self.mempool();
        drop(ledger);
        self.evidence().forget(&carried_out);
        let (height, id) = (tip.height, tip.id.short());
        if committed.is_empty() {
            debug!(height, %id, "block.committed");
        } else {
            info!(height, %id, transactions = committed.len(), "block.committed");
        }
        for Committed { id, .. } in &committed {
            debug!(tx = %id, height = tip.height, "transaction.final");
        }
        self.deciding().clear();
        let departures = mempool.after_commit(tip.height, committed.iter().copied());
        self.tip.send_replace(tip);
        self.publish(Event::Block {
            height: tip.height,
            id: tip.id,
            transactions: committed.iter().map(|transaction| transaction.id).collect(),
        });
        self.drop_departed(departures);
        drop(mempool);
        Ok(())
    }

    /// Gives the ledger the certificate of its tip with more signatures, if there is one; one of another block is too late
    /// and changes nothing.
    fn strengthen(&self) {
        let Some(certificate) = self.stronger().take() else { return };
        let mut ledger = self.ledger.write().expect("a panic while the ledger was locked stops the node");
        match self.validation.finality.check_last(&ledger, certificate) {
            Ok(certificate) => ledger.strengthen(certificate),
            Err(error) => debug!(error = &error as &dyn std::error::Error, "certificate.not_stronger"),
        }
    }

    /// A certificate of the tip with more signatures than the ledger's.
    fn stronger(&self) -> MutexGuard<'_, Option<Certificate>> {
        self.stronger.lock().expect("nothing panics while it holds the certificate")
    }

    /// The proofs against validators that wait for a block.
    fn evidence(&self) -> MutexGuard<'_, EvidencePool> {
        self.evidence.lock().expect("nothing panics while it holds the evidence")
    }

    /// Keeps a verified block for its commit; the caller holds the ledger that it was verified on.
    fn keep(&self, block: VerifiedBlock) {
        *self.kept() = Some(block);
    }

    /// The block that was built or verified last on this tip.
    fn kept(&self) -> MutexGuard<'_, Option<VerifiedBlock>> {
        self.kept.lock().expect("a panic while the kept block was locked stops the node")
    }
}

/// Where a transaction is among those of its sender.
fn place(signed: &SignedTransaction) -> (Address, Nonce) {
    (signed.transaction.sender, signed.transaction.nonce)
}

/// What a block is refused for, or that this node could not find out.
fn refused(error: BlockError) -> ApplicationError {
    match error {
        BlockError::Tree(_) | BlockError::Store(_) => failed(error),
        BlockError::Height { .. }
        | BlockError::Time { .. }
        | BlockError::TooLarge { .. }
        | BlockError::UnknownProposer(_)
        | BlockError::Mismatch(_)
        | BlockError::LastCertificate(_)
        | BlockError::TooMuchEvidence(_)
        | BlockError::Evidence { .. }
        | BlockError::Signature { .. }
        | BlockError::Transaction { .. }
        | BlockError::Finish(_) => invalid(error),
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
