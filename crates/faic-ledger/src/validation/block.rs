//! The second gate: may this block be voted for?
//!
//! A proposed block is executed, and must say of itself exactly what the execution found: roots, receipts, sets. The
//! proposer builds with the same [`assemble`], so the two can't differ.

use std::sync::Arc;

use faic_core::{
    Block, Hash, Header, PublicKey, SignedTransaction, Verifier,
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
        check_header(ledger, &block.header)?;
        check_size(ledger, &block.transactions)?;
        if block::transactions_root(&block.transactions) != block.header.transactions_root {
            return Err(BlockError::Mismatch("transactions_root"));
        }
        self.verifier
            .verify_transactions(&block.transactions)
            .map_err(|(index, source)| BlockError::Signature { index, source })?;
        let Block { header, transactions } = block;
        let mut execution = ledger.begin();
        let mut included = Vec::with_capacity(transactions.len());
        for (index, transaction) in transactions.into_iter().map(VerifiedTransaction::new).enumerate() {
            execution.apply(&transaction).map_err(|error| BlockError::in_transaction(index, error))?;
            included.push(transaction);
        }
        let expected = assemble(ledger, execution, &included, header.proposer, header.time_ms)?;
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
    if header.height != tip.next_height() {
        return Err(BlockError::Height { expected: tip.next_height(), found: header.height });
    }
    if header.parent != tip.id {
        return Err(BlockError::Mismatch("parent"));
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

/// Finishes an execution into the block that it is.
pub(crate) fn assemble(
    ledger: &Ledger,
    execution: Execution<'_>,
    included: &[VerifiedTransaction],
    proposer: PublicKey,
    time_ms: u64,
) -> Result<VerifiedBlock, BlockError> {
    let validators = ledger.validators();
    let effects = execution
        .finish(ledger.system(), &ledger.genesis().parameters, validators, &proposer)
        .map_err(BlockError::in_finish)?;
    let update = ledger.prepare(effects.changes)?;
    let transactions: Vec<SignedTransaction> = included.iter().map(|verified| verified.signed().clone()).collect();
    let header = Header {
        version: BLOCK_VERSION,
        chain_id: ledger.genesis().chain_id.clone(),
        height: ledger.tip().next_height(),
        time_ms,
        proposer,
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

    /// The error of a block that can't be finished; a store that fails is this node's fault, not the block's.
    fn in_finish(error: ExecutionError) -> Self {
        if let ExecutionError::State(error) = error { Self::Store(error) } else { Self::Finish(error) }
    }
}

#[cfg(test)]
mod tests;
