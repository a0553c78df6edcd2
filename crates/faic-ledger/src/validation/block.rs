//! The second gate: may this block be voted for?
//!
//! A proposed block is executed, and must say of itself exactly what the execution found: roots, receipts, sets. The
//! proposer builds with the same [`assemble`], so the two can't differ.

use std::sync::Arc;

use faic_core::{
    Block, Hash, Header, SignedTransaction, Verifier,
    block::{self, BLOCK_VERSION, Receipt},
    crypto::VerifyError,
};

use super::VerifiedTransaction;
use crate::{
    execution::{Execution, ExecutionError},
    ledger::Ledger,
    state::SystemState,
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
    /// The facts about the chain after the block.
    pub(crate) system: SystemState,
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
        check_header(ledger, &block.header)?;
        let bytes: usize = block.transactions.iter().map(|signed| signed.transaction.signed_bytes()).sum();
        if bytes > ledger.block_bytes_max() {
            return Err(BlockError::TooLarge { found: bytes, most: ledger.block_bytes_max() });
        }
        if block::transactions_root(&block.transactions) != block.header.transactions_root {
            return Err(BlockError::Mismatch("transactions_root"));
        }
        self.verifier
            .verify_transactions(&block.transactions)
            .map_err(|(index, source)| BlockError::Signature { index, source })?;
        let header = block.header;
        let transactions = block.transactions.into_iter().map(VerifiedTransaction::new);
        let mut execution = ledger.begin();
        let mut included = Vec::with_capacity(transactions.len());
        for (index, transaction) in transactions.enumerate() {
            execution.apply(&transaction).map_err(|source| BlockError::Transaction { index, source })?;
            included.push(transaction);
        }
        let expected = assemble(ledger, execution, &included, &header)?;
        match difference(&header, &expected.block.header) {
            Some(field) => Err(BlockError::Mismatch(field)),
            None => Ok(expected),
        }
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
    if header.height != tip.height.saturating_add(1) {
        return Err(BlockError::Height { expected: tip.height.saturating_add(1), found: header.height });
    }
    if header.parent != tip.id {
        return Err(BlockError::Mismatch("parent"));
    }
    if header.time_ms <= tip.time_ms {
        return Err(BlockError::Time { parent_ms: tip.time_ms, found_ms: header.time_ms });
    }
    Ok(())
}

/// The first field in which two headers differ.
fn difference(found: &Header, expected: &Header) -> Option<&'static str> {
    [
        ("receipts_root", found.receipts_root != expected.receipts_root),
        ("state_root", found.state_root != expected.state_root),
        ("validators", found.validators != expected.validators),
        ("next_validators", found.next_validators != expected.next_validators),
        ("header", found != expected),
    ]
    .into_iter()
    .find_map(|(field, differs)| differs.then_some(field))
}

/// Finishes an execution into the block that it is; `claimed` gives time and proposer.
pub(crate) fn assemble(
    ledger: &Ledger,
    execution: Execution<'_>,
    included: &[VerifiedTransaction],
    claimed: &Header,
) -> Result<VerifiedBlock, BlockError> {
    let validators = ledger.validators();
    let effects = execution
        .finish(ledger.system(), &ledger.genesis().parameters, validators, &claimed.proposer)
        .map_err(BlockError::Finish)?;
    let update = ledger.prepare(effects.changes)?;
    let transactions: Vec<SignedTransaction> = included.iter().map(|verified| verified.signed().clone()).collect();
    let header = Header {
        version: BLOCK_VERSION,
        chain_id: ledger.genesis().chain_id.clone(),
        height: ledger.tip().height.saturating_add(1),
        time_ms: claimed.time_ms,
        proposer: claimed.proposer,
        parent: ledger.tip().id,
        transactions_root: block::transactions_root(&transactions),
        receipts_root: block::receipts_root(&effects.receipts),
        state_root: update.root(),
        validators: validators.hash(),
        next_validators: validators.hash(),
    };
    let id = header.id();
    Ok(VerifiedBlock {
        block: Block { header, transactions },
        id,
        receipts: effects.receipts,
        system: effects.system,
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
    #[error("the block has {found} bytes of transactions, at most {most} are allowed")]
    TooLarge {
        /// How many there are.
        found: usize,
        /// How many are allowed.
        most: usize,
    },
    /// A field is not what execution found.
    #[error("the block's {0} is not what it should be")]
    Mismatch(&'static str),
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

#[cfg(test)]
mod tests;
