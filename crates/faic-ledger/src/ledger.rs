//! The ledger: the chain of final blocks and the state that they made.
//!
//! One block is one atomic, durable batch of the store: its header, certificate, transactions, receipts, index rows and
//! state rows are all there or none is. So after a crash the ledger stands at height h or h + 1, never between. Blocks
//! enter only as [`FinalBlock`]s; reads speak of the last of them.

use std::{collections::BTreeMap, mem, sync::Arc};

use borsh::{BorshDeserialize, BorshSerialize};
use faic_core::{
    Certificate, Equivocation, Hash, Header, Height, PublicKey, SignedTransaction, Transaction,
    account::History,
    block::{EVIDENCE_MAX, Receipt, ValidatorSet},
    merkle::Frontier,
    succession::history_after,
};

use crate::{
    execution::{Context, EvidenceError, Execution, ExecutionError, Rehearsal},
    genesis::Genesis,
    state::{Accounts, SystemState, candidates::Listed},
    store::{Store, StoreError, WriteBatch},
    tree::{StateTree, TreeError, TreeUpdate},
    validation::{
        BlockError, FinalBlock, Parts, VerifiedBlock, VerifiedCertificate, VerifiedTransaction, assemble, observe,
    },
};

use rows::Base;

mod audit;
mod opening;
mod proofs;
mod reads;
mod restore;
mod rows;
pub mod snapshot;

pub use audit::{Audit, AuditError};
pub use opening::OpenError;
pub use proofs::TransactionProver;
pub use restore::{Need, Restore, RestoreError};
pub use rows::HistoryCursor;
pub use snapshot::{Snapshot, SnapshotError};

/// The format of the rows; a ledger of another format is not opened.
pub const FORMAT: u32 = 3;

/// The end of the chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Tip {
    /// The height of the last final block; 0 is the genesis state.
    pub height: Height,
    /// Its id; the genesis id at height 0.
    pub id: Hash,
    /// Its time, in milliseconds since 1970-01-01 UTC.
    pub time_ms: u64,
    /// The root of the state after it.
    pub state_root: Hash,
}

impl Tip {
    /// The end of a chain whose last block has this header.
    fn of(header: &Header) -> Self {
        Self { height: header.height, id: header.id(), time_ms: header.time_ms, state_root: header.state_root }
    }

    /// The height of the next block.
    ///
    /// # Panics
    /// Never on a chain that was made block by block from height 0.
    pub const fn next_height(&self) -> Height {
        self.height.checked_add(1).expect("a chain that began at 0 does not reach the last height of 64 bits")
    }
}

/// How the block at the tip was decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The header of the block.
    pub header: Header,
    /// The proof, as this ledger has it; other nodes may have other signatures.
    pub certificate: Certificate,
    /// The validators who decided.
    pub validators: ValidatorSet,
}

/// A final block as it is kept, without its transactions.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct StoredHeader {
    /// The header.
    pub header: Header,
    /// The proof that the block is final.
    pub certificate: Certificate,
    /// The proof that its parent is, as the block carries it.
    pub last_certificate: Option<Certificate>,
    /// The evidence that the block carries.
    pub evidence: Vec<Equivocation>,
    /// How many transactions it has.
    pub transactions: u32,
}

/// A transaction in a final block, with what it did.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Inclusion {
    /// The transaction.
    pub signed: SignedTransaction,
    /// What it did.
    pub receipt: Receipt,
}

/// A transaction in an account's history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HistoryEntry {
    /// Where it is; the cursor of the page after it.
    pub place: HistoryCursor,
    /// The id of the transaction.
    pub transaction: Hash,
    /// The account's history before it.
    pub before: History,
}

/// The chain of final blocks and the state that they made.
pub struct Ledger {
    /// Where everything is kept.
    store: Arc<dyn Store>,
    /// The authenticated state tree of the tip.
    tree: StateTree,
    /// The end of the chain.
    tip: Tip,
    /// The list of the ids of all blocks, from the genesis to the tip.
    ancestors: Frontier,
    /// The facts about the chain at the tip.
    system: SystemState,
    /// The block at which the chain begins, where the ledger began at a snapshot.
    base: Option<Base>,
    /// How the tip was decided; `None` at height 0.
    decision: Option<Decision>,
    /// The hash over all validator sets up to that of the next block.
    validator_history: Hash,
    /// The validators of the next block.
    validators: ValidatorSet,
    /// The candidates that have money at stake or on its way back.
    listed: Listed,
    /// What the chain began with.
    genesis: Genesis,
}

impl Ledger {
    /// The end of the chain.
    pub const fn tip(&self) -> &Tip {
        &self.tip
    }

    /// What the chain began with.
    pub const fn genesis(&self) -> &Genesis {
        &self.genesis
    }

    /// The facts about the chain at the tip.
    pub const fn system(&self) -> SystemState {
        self.system
    }

    /// How the tip was decided; `None` at height 0.
    pub const fn decision(&self) -> Option<&Decision> {
        self.decision.as_ref()
    }

    /// The list of the ids of all blocks, from the genesis to the tip; its root is what the next header says.
    pub const fn ancestors(&self) -> &Frontier {
        &self.ancestors
    }

    /// The validators of the next block.
    pub const fn validators(&self) -> &ValidatorSet {
        &self.validators
    }

    /// The candidates that have money at stake or on its way back, by operator.
    pub const fn candidates(&self) -> &Listed {
        &self.listed
    }

    /// Most canonical bytes of the transactions of one block.
    pub fn block_bytes_max(&self) -> usize {
        usize::try_from(self.genesis.parameters.block_bytes_max).expect("an address space has at least 32 bits")
    }

    /// The height up to which this ledger has no blocks, because it began at a snapshot; 0 when it has all.
    ///
    /// The header of that very height is known while it is the tip, as a part of [`Ledger::decision`].
    pub fn base_height(&self) -> Height {
        self.base.as_ref().map_or(0, |base| base.header.height)
    }

    /// The hash over all validator sets if those are the validators after the next block.
    pub(crate) fn validator_history_after(&self, validators: &ValidatorSet) -> Hash {
        // The next block is the last of the old set.
        let from = self.tip.next_height().saturating_add(1);
        history_after(&self.validator_history, from, &validators.hash())
    }

    /// What transactions of the next block are checked against.
    pub fn context(&self) -> Context {
        Context {
            chain_id: self.genesis.chain_id.clone(),
            height: self.tip.next_height(),
            base_fee_per_byte: self.system.base_fee_per_byte,
            unbonded: self.system.clock.passed(self.tip.time_ms, self.genesis.parameters.unbonding_ms()),
            parameters: self.genesis.parameters,
        }
    }

    /// The accounts and candidates of the tip, for checks.
    pub fn accounts(&self) -> Accounts<'_> {
        Accounts::new(self.store.as_ref(), &self.listed)
    }

    /// Begins the execution of the next block.
    pub(crate) fn begin(&self) -> Execution<'_> {
        Execution::new(self.context(), self.store.as_ref(), &self.listed)
    }

    /// What a transaction would do in the next block after `before`, of which those are passed over that can't be in it.
    ///
    /// # Errors
    /// [`ExecutionError`] says why it could not be in the block.
    pub fn rehearse<'a>(
        &self,
        before: impl IntoIterator<Item = &'a VerifiedTransaction>,
        transaction: &Transaction,
    ) -> Result<Rehearsal, ExecutionError> {
        let mut execution = self.begin();
        for verified in before {
            // What is refused changes nothing, and what comes after it says so by itself.
            let _refused = execution.apply(verified);
        }
        execution.rehearse(transaction)
    }

    /// Computes the state tree after changes, without making it real.
    pub(crate) fn prepare(&self, changes: BTreeMap<Hash, Option<Vec<u8>>>) -> Result<TreeUpdate, TreeError> {
        self.tree.prepare(self.store.as_ref(), changes)
    }

    /// Builds the next block of that evidence and of those candidates that can be in it, in their order, with the
    /// certificate that this ledger has of its tip.
    ///
    /// What can't be in it is left out and named with its reason, so that the caller may forget it. The first candidate
    /// for which there is no room ends the block, so the cost is bounded by the block's bytes and the candidates that can't
    /// be in it; evidence beyond [`EVIDENCE_MAX`] is not looked at.
    ///
    /// # Errors
    /// [`BlockError`] when the store fails, the proposer is not a validator, or there is no time after the parent's.
    pub fn build(
        &self,
        proposer: PublicKey,
        time_ms: u64,
        evidence: impl IntoIterator<Item = Equivocation>,
        candidates: impl IntoIterator<Item = VerifiedTransaction>,
    ) -> Result<Built, BlockError> {
        let parent_ms = self.tip.time_ms;
        let after_parent = parent_ms.checked_add(1).ok_or(BlockError::Time { parent_ms, found_ms: parent_ms })?;
        let last_certificate = self.decision.as_ref().map(|decision| decision.certificate.clone());
        let mut execution = self.begin();
        observe(self, &mut execution, last_certificate.as_ref())?;
        let (evidence, refused_evidence) = self.build_evidence(&mut execution, evidence)?;
        let (mut included, mut refused) = (Vec::new(), Vec::new());
        for candidate in candidates {
            let bytes = execution.bytes().checked_add(candidate.bytes());
            if bytes.is_none_or(|bytes| bytes > self.block_bytes_max()) {
                break;
            }
            match execution.apply(&candidate) {
                Ok(()) => included.push(candidate),
                Err(ExecutionError::State(error)) => return Err(error.into()),
                Err(error) => refused.push((candidate, error)),
            }
        }
        let parts = Parts { last_certificate, evidence, transactions: &included };
        let verified = assemble(self, execution, parts, proposer, time_ms.max(after_parent))?;
        Ok(Built { verified, refused, refused_evidence })
    }

    /// Punishes by the evidence that holds, as much of it as a block may have, and tells it from what does not.
    fn build_evidence(
        &self,
        execution: &mut Execution<'_>,
        candidates: impl IntoIterator<Item = Equivocation>,
    ) -> Result<(Vec<Equivocation>, RefusedEvidence), StoreError> {
        let (mut included, mut refused) = (Vec::new(), Vec::new());
        for evidence in candidates {
            if included.len() == EVIDENCE_MAX {
                break;
            }
            let validators = self.validators_at(evidence.height())?;
            match execution.punish(&evidence, validators.as_ref()) {
                Ok(()) => included.push(evidence),
                Err(EvidenceError::State(error)) => return Err(error),
                Err(error) => refused.push((evidence, error)),
            }
        }
        Ok((included, refused))
    }

    /// Takes a certificate of the tip with more signatures than the one at hand, so that the next block that is built here
    /// shows them; does nothing with another. A restart forgets it.
    pub fn strengthen(&mut self, VerifiedCertificate(certificate): VerifiedCertificate) {
        if let Some(decision) = &mut self.decision {
            let is_same = decision.certificate.block == certificate.block;
            if is_same && decision.certificate.signatures.len() < certificate.signatures.len() {
                decision.certificate = certificate;
            }
        }
    }

    /// Makes a final block the tip; returns once it would survive a power cut.
    ///
    /// # Errors
    /// [`CommitError::NotNext`] for a block that was verified on another tip or by another ledger; [`CommitError::Store`]
    /// when the write failed: reads go on to speak of the tip as it was, and what the disk holds is known only after the
    /// ledger is opened again.
    pub fn commit(&mut self, block: FinalBlock) -> Result<(), CommitError> {
        let FinalBlock { verified, certificate } = block;
        let VerifiedBlock { block, id, receipts, histories, system, validators, listed, update } = verified;
        let header = &block.header;
        if header.parent != self.tip.id || !self.tree.prepared(&update) {
            return Err(CommitError::NotNext { height: header.height, tip: self.tip.height });
        }
        let tip = Tip { height: header.height, id, time_ms: header.time_ms, state_root: update.root() };
        let (count, header) = (block.transactions.len(), header.clone());
        let mut batch = WriteBatch::new();
        update.stage(&mut batch);
        if validators != self.validators {
            rows::stage_validators(&mut batch, tip.next_height(), &validators);
        }
        rows::stage_block(&mut batch, block, certificate.clone(), receipts, &histories);
        rows::stage_block_id(&mut batch, &tip.id, tip.height);
        rows::stage_tip(&mut batch, &tip);
        let mut ancestors = self.ancestors.clone();
        rows::stage_subtrees(&mut batch, ancestors.push(id));
        self.store.write(batch)?;
        self.ancestors = ancestors;
        self.tree.apply(update);
        if validators != self.validators {
            self.validator_history = self.validator_history_after(&validators);
        }
        self.tip = tip;
        self.system = system;
        self.decision =
            Some(Decision { header, certificate, validators: mem::replace(&mut self.validators, validators) });
        for (operator, candidate) in listed {
            match candidate {
                Some(candidate) => self.listed.insert(operator, candidate),
                None => self.listed.remove(&operator),
            };
        }
        tracing::debug!(height = tip.height, id = %tip.id.short(), transactions = count, "ledger.commit");
        Ok(())
    }
}

/// A block in the making, and what could not be in it.
#[derive(Debug)]
pub struct Built {
    /// The block.
    pub verified: VerifiedBlock,
    /// The candidates that were left out, with their reasons.
    pub refused: Vec<(VerifiedTransaction, ExecutionError)>,
    /// The evidence that was left out, with its reasons.
    pub refused_evidence: RefusedEvidence,
}

/// Evidence that was left out of a block, with its reasons.
pub type RefusedEvidence = Vec<(Equivocation, EvidenceError)>;

/// The error of a store whose rows contradict each other.
fn corrupt(detail: &str) -> StoreError {
    StoreError::Corrupt { detail: detail.to_owned() }
}

/// Why a block was not committed.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// The block was verified on another tip, or by another ledger.
    #[error("block {height} was not verified on this ledger's tip at height {tip}")]
    NotNext {
        /// The block's height.
        height: Height,
        /// The height of the tip.
        tip: Height,
    },
    /// The write failed; what the disk holds is known only after the ledger is opened again.
    #[error("block could not be kept")]
    Store(#[from] StoreError),
}

#[cfg(test)]
mod tests;
