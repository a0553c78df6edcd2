//! The second gate: may this block be voted for?
//!
//! A proposed block is executed, and must say of itself exactly what the execution found: roots, receipts, sets. The
//! proposer builds with the same [`assemble`], so the two can't differ.

use std::sync::Arc;

use faic_core::{
    Block, Certificate, Equivocation, Hash, Header, PublicKey, SignedTransaction, Verifier,
    block::{self, BLOCK_VERSION, EVIDENCE_MAX, Receipt, ValidatorSet},
    crypto::{CertificateError, VerifyError},
};

use super::VerifiedTransaction;
use crate::{
    execution::{EvidenceError, Execution, ExecutionError, Histories},
    ledger::Ledger,
    state::{SystemState, candidates::ListedChanges, leaf_bytes, validator_history_key},
    store::StoreError,
    tree::{TreeError, TreeUpdate},
};

/// A block that was executed and found to be what it says; only this module makes it.
#[derive(Debug, Clone)]
pub struct VerifiedBlock {
    /// The block.
    pub(crate) block: Block,
    /// The id of the block.
    pub(crate) id: Hash,
    /// A receipt for each transaction.
    pub(crate) receipts: Vec<Receipt>,
    /// For each transaction, the histories before it of those who took part.
    pub(crate) histories: Vec<Histories>,
    /// The facts about the chain after the block.
    pub(crate) system: SystemState,
    /// The validators of the next height.
    pub(crate) validators: ValidatorSet,
    /// The changes of the list of candidates.
    pub(crate) listed: ListedChanges,
    /// The state tree after the block.
    pub(crate) update: TreeUpdate,
}

impl VerifiedBlock {
    /// The block.
    pub const fn block(&self) -> &Block {
        &self.block
    }

    /// The id of the block.
    pub const fn id(&self) -> Hash {
        self.id
    }

    /// What each transaction does, in their order.
    pub fn receipts(&self) -> &[Receipt] {
        &self.receipts
    }
}

/// The gate before a vote.
#[derive(Clone)]
pub struct BlockValidator {
    /// Checks signatures.
    verifier: Arc<dyn Verifier>,
}

impl BlockValidator {
    /// A gate over `verifier`.
    pub(super) fn new(verifier: Arc<dyn Verifier>) -> Self {
        Self { verifier }
    }

    /// Executes a proposed block on the ledger's state and compares what it says of itself.
    ///
    /// # Errors
    /// [`BlockError`] names the first thing that is wrong.
    pub fn check(&self, ledger: &Ledger, block: Block) -> Result<VerifiedBlock, BlockError> {
        self.check_with(ledger, block, &|_| None)
    }

    /// [`BlockValidator::check`] where some of the transactions may have been verified before: `known` finds one by its id,
    /// and counts where it has the same signatures, which the id does not cover.
    ///
    /// # Errors
    /// Those of [`BlockValidator::check`].
    pub fn check_with(
        &self,
        ledger: &Ledger,
        block: Block,
        known: &dyn Fn(&Hash) -> Option<VerifiedTransaction>,
    ) -> Result<VerifiedBlock, BlockError> {
        check_header(ledger, &block.header)?;
        check_size(ledger, &block.transactions)?;
        check_roots(&block)?;
        self.check_last_certificate(ledger, block.last_certificate.as_ref())?;
        let Block { header, last_certificate, evidence, transactions } = block;
        let transactions = self.verify_signatures(transactions, known)?;
        let mut execution = ledger.begin();
        observe(ledger, &mut execution, last_certificate.as_ref())?;
        for (index, evidence) in evidence.iter().enumerate() {
            let validators = ledger.validators_at(evidence.height())?;
            let punished = execution.punish(evidence, validators.as_ref());
            punished.map_err(|error| BlockError::in_evidence(index, error))?;
        }
        let mut included = Vec::with_capacity(transactions.len());
        for (index, transaction) in transactions.into_iter().enumerate() {
            execution.apply(&transaction).map_err(|error| BlockError::in_transaction(index, error))?;
            included.push(transaction);
        }
        let parts = Parts { last_certificate, evidence, transactions: &included };
        let expected = assemble(ledger, execution, parts, header.proposer, header.time_ms)?;
        match difference(&header, &expected.block.header) {
            Some(field) => Err(BlockError::Mismatch(field)),
            None => Ok(expected),
        }
    }

    /// Verifies the signatures of those transactions that are not known already.
    fn verify_signatures(
        &self,
        transactions: Vec<SignedTransaction>,
        known: &dyn Fn(&Hash) -> Option<VerifiedTransaction>,
    ) -> Result<Vec<VerifiedTransaction>, BlockError> {
        let find = |signed: &SignedTransaction| known(&signed.id()).filter(|known| known.signed() == signed);
        let found: Vec<Option<VerifiedTransaction>> = transactions.iter().map(find).collect();
        let unknown = transactions.into_iter().enumerate().zip(&found).filter(|(_, found)| found.is_none());
        let (positions, unknown): (Vec<usize>, Vec<SignedTransaction>) = unknown.map(|(placed, _)| placed).unzip();
        self.verifier.verify_transactions(&unknown).map_err(|(index, source)| {
            let index = positions.get(index).copied().unwrap_or(index);
            BlockError::Signature { index, source }
        })?;
        let mut verified = unknown.into_iter().map(VerifiedTransaction::new);
        Ok(found.into_iter().filter_map(|found| found.or_else(|| verified.next())).collect())
    }

    /// Checks that the block carries the certificate of its parent: of it alone, and by more than two thirds of its stake.
    ///
    /// The one that this ledger has of its tip was verified when the tip was committed. Another is as good, and may hold
    /// other signatures.
    fn check_last_certificate(&self, ledger: &Ledger, found: Option<&Certificate>) -> Result<(), BlockError> {
        let (decision, found) = match (ledger.decision(), found) {
            (None, None) => return Ok(()),
            (Some(decision), Some(found)) if decision.certificate == *found => return Ok(()),
            (Some(decision), Some(found)) => (decision, found),
            (Some(_), None) | (None, Some(_)) => return Err(BlockError::Mismatch("last_certificate")),
        };
        let tip = ledger.tip();
        if (found.height, found.block) != (tip.height, tip.id) {
            return Err(BlockError::Mismatch("last_certificate"));
        }
        let chain_id = &ledger.genesis().chain_id;
        self.verifier.verify_certificate(chain_id, found, &decision.validators).map_err(BlockError::LastCertificate)
    }
}

/// Counts absence by the certificate that the next block carries, which was checked.
pub(crate) fn observe(
    ledger: &Ledger,
    execution: &mut Execution<'_>,
    last_certificate: Option<&Certificate>,
) -> Result<(), StoreError> {
    match (ledger.decision(), last_certificate) {
        (Some(decision), Some(certificate)) => execution.observe(certificate, &decision.validators),
        (Some(_), None) | (None, _) => Ok(()),
    }
}

/// Checks what a header says before anything is executed.
fn check_header(ledger: &Ledger, header: &Header) -> Result<(), BlockError> {
    let tip = ledger.tip();
    if header.version != BLOCK_VERSION {
        return Err(BlockError::Mismatch("version"));
    }
    if header.chain_id != ledger.genesis().chain_id {
        return Err(BlockError::Mismatch("chain_id"));
    }
    if header.height != tip.next_height() {
        return Err(BlockError::Height { expected: tip.next_height(), found: header.height });
    }
    if header.parent != tip.id {
        return Err(BlockError::Mismatch("parent"));
    }
    if header.ancestors != ledger.ancestors().root() {
        return Err(BlockError::Mismatch("ancestors"));
    }
    if header.time_ms <= tip.time_ms {
        return Err(BlockError::Time { parent_ms: tip.time_ms, found_ms: header.time_ms });
    }
    if ledger.validators().get(&header.proposer).is_none() {
        return Err(BlockError::UnknownProposer(header.proposer));
    }
    if header.validators != ledger.validators().hash() {
        return Err(BlockError::Mismatch("validators"));
    }
    Ok(())
}

/// Refuses more bytes than a block may have.
fn check_size(ledger: &Ledger, transactions: &[SignedTransaction]) -> Result<(), BlockError> {
    let most = ledger.block_bytes_max();
    let mut bytes = 0_usize;
    for signed in transactions {
        bytes = bytes.saturating_add(signed.transaction.signed_bytes());
        if bytes > most {
            return Err(BlockError::TooLarge { most });
        }
    }
    Ok(())
}

/// Checks that a header commits to what its block carries, and that this is not too much.
fn check_roots(block: &Block) -> Result<(), BlockError> {
    let header = &block.header;
    if block.evidence.len() > EVIDENCE_MAX {
        return Err(BlockError::TooMuchEvidence(block.evidence.len()));
    }
    if block::last_certificate_hash(block.last_certificate.as_ref()) != header.last_certificate {
        return Err(BlockError::Mismatch("last_certificate"));
    }
    if block::evidence_root(&block.evidence) != header.evidence_root {
        return Err(BlockError::Mismatch("evidence_root"));
    }
    if block::transactions_root(&block.transactions) != header.transactions_root {
        return Err(BlockError::Mismatch("transactions_root"));
    }
    Ok(())
}

/// The first field in which two headers differ.
fn difference(found: &Header, expected: &Header) -> Option<&'static str> {
    [
        ("receipts_root", found.receipts_root != expected.receipts_root),
        ("state_root", found.state_root != expected.state_root),
        ("next_validators", found.next_validators != expected.next_validators),
        ("header", found != expected),
    ]
    .into_iter()
    .find_map(|(field, differs)| differs.then_some(field))
}

/// What a block carries.
pub(crate) struct Parts<'a> {
    /// The certificate of its parent.
    pub(crate) last_certificate: Option<Certificate>,
    /// The evidence that was punished.
    pub(crate) evidence: Vec<Equivocation>,
    /// The transactions that were executed.
    pub(crate) transactions: &'a [VerifiedTransaction],
}

/// Finishes an execution into the block that it is.
pub(crate) fn assemble(
    ledger: &Ledger,
    execution: Execution<'_>,
    parts: Parts<'_>,
    proposer: PublicKey,
    time_ms: u64,
) -> Result<VerifiedBlock, BlockError> {
    let validators = ledger.validators();
    let mut effects =
        execution.finish(ledger.system(), validators, &proposer, time_ms).map_err(BlockError::in_finish)?;
    if effects.validators != *validators {
        let history = ledger.validator_history_after(&effects.validators);
        effects.changes.insert(validator_history_key(), Some(leaf_bytes(&history)));
    }
    let update = ledger.prepare(effects.changes)?;
    let Parts { last_certificate, evidence, transactions } = parts;
    let transactions: Vec<SignedTransaction> = transactions.iter().map(|verified| verified.signed().clone()).collect();
    let header = Header {
        version: BLOCK_VERSION,
        chain_id: ledger.genesis().chain_id.clone(),
        height: ledger.tip().next_height(),
        time_ms,
        proposer,
        parent: ledger.tip().id,
        ancestors: ledger.ancestors().root(),
        last_certificate: block::last_certificate_hash(last_certificate.as_ref()),
        evidence_root: block::evidence_root(&evidence),
        transactions_root: block::transactions_root(&transactions),
        receipts_root: block::receipts_root(&effects.receipts),
        state_root: update.root(),
        validators: validators.hash(),
        next_validators: effects.validators.hash(),
    };
    let id = header.id();
    Ok(VerifiedBlock {
        block: Block { header, last_certificate, evidence, transactions },
        id,
        receipts: effects.receipts,
        histories: effects.histories,
        system: effects.system,
        validators: effects.validators,
        listed: effects.listed,
        update,
    })
}

/// Why a block is not voted for, or can't be built.
#[derive(Debug, thiserror::Error)]
pub enum BlockError {
    /// Not the next height.
    #[error("the block has height {found}, the next is {expected}")]
    Height {
        /// The next height.
        expected: u64,
        /// The block's height.
        found: u64,
    },
    /// Not after its parent.
    #[error("the block's time {found_ms} ms is not after its parent's {parent_ms} ms")]
    Time {
        /// The parent's time.
        parent_ms: u64,
        /// The block's time.
        found_ms: u64,
    },
    /// More bytes than a block may have.
    #[error("the block has more bytes of transactions than the {most} that are allowed")]
    TooLarge {
        /// How many are allowed.
        most: usize,
    },
    /// The proposer is not a validator of this height.
    #[error("the proposer {0} is not a validator")]
    UnknownProposer(PublicKey),
    /// A field is not what execution found.
    #[error("the block's {0} is not what it should be")]
    Mismatch(&'static str),
    /// The certificate of the parent does not hold.
    #[error("the certificate of the block's parent does not hold")]
    LastCertificate(#[source] CertificateError),
    /// More evidence than a block may have.
    #[error("{0} pieces of evidence are too many, at most {EVIDENCE_MAX} are allowed in one block")]
    TooMuchEvidence(usize),
    /// Evidence that punishes nobody.
    #[error("evidence {index} of the block")]
    Evidence {
        /// The position of the evidence, from 0.
        index: usize,
        /// What is wrong with it.
        source: EvidenceError,
    },
    /// A transaction's rules or signatures do not hold.
    #[error("transaction {index} of the block")]
    Signature {
        /// The position of the transaction, from 0.
        index: usize,
        /// What is wrong with it.
        source: VerifyError,
    },
    /// A transaction can't be executed at its place.
    #[error("transaction {index} of the block")]
    Transaction {
        /// The position of the transaction, from 0.
        index: usize,
        /// What is wrong with it.
        source: ExecutionError,
    },
    /// The block can't be finished.
    #[error("the block can't be finished")]
    Finish(#[source] ExecutionError),
    /// The state tree failed.
    #[error("the state tree can't be read")]
    Tree(#[from] TreeError),
    /// The store failed.
    #[error("the store can't be read")]
    Store(#[from] StoreError),
}

impl BlockError {
    /// The error of a transaction that can't be executed; a store that fails is this node's fault, not the block's.
    fn in_transaction(index: usize, error: ExecutionError) -> Self {
        if let ExecutionError::State(error) = error {
            Self::Store(error)
        } else {
            Self::Transaction { index, source: error }
        }
    }

    /// The error of evidence that punishes nobody; a store that fails is this node's fault, not the block's.
    fn in_evidence(index: usize, error: EvidenceError) -> Self {
        if let EvidenceError::State(error) = error {
            Self::Store(error)
        } else {
            Self::Evidence { index, source: error }
        }
    }

    /// The error of a block that can't be finished; a store that fails is this node's fault, not the block's.
    fn in_finish(error: ExecutionError) -> Self {
        if let ExecutionError::State(error) = error { Self::Store(error) } else { Self::Finish(error) }
    }
}

#[cfg(test)]
mod tests;
