//! Proofs of what a chain holds, for somebody who trusts a [`Head`] of it and nobody's word.
//!
//! The head commits to the state after its block and to all blocks before it. The state commits to every account, and the
//! account to all transactions that it took part in; a block commits to its transactions and their receipts. Everything
//! here comes from somebody who may lie, and is worth nothing before its `verify` says so.

use borsh::{BorshDeserialize, BorshSerialize};

use crate::{
    Account, Address, Hash, Header, SignedTransaction,
    account::History,
    block::{Receipt, receipt_leaf, transaction_leaf},
    light_client::Head,
    merkle::{ListProof, ListProofError},
    state_proof::{StateProof, StateProofError},
};

/// An account as of a head, or that it was never used.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct AccountProof {
    /// The account; `None` for an address that was never used.
    pub account: Option<Account>,
    /// The way to it in the state tree.
    pub path: StateProof,
}

/// A block of the chain that a head ends.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct BlockProof {
    /// The header.
    pub header: Header,
    /// Its place among the blocks before the head; `None` where it is the head's own.
    pub path: Option<ListProof>,
}

/// A final transaction with what it did.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct TransactionProof {
    /// Its block.
    pub block: BlockProof,
    /// The transaction.
    pub signed: SignedTransaction,
    /// What it did.
    pub receipt: Receipt,
    /// Its place among the transactions of the block.
    pub transaction_path: ListProof,
    /// The receipt's place among those of the block.
    pub receipt_path: ListProof,
}

/// A transaction that an account took part in; the account's [`History`] commits to its place and its receipt.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct HistoryProof {
    /// Its block, of which the time is of interest.
    pub block: BlockProof,
    /// Its position in the block.
    pub index: u32,
    /// The transaction; its body is shown, its signatures are not, because its id does not cover them.
    pub signed: SignedTransaction,
    /// What it did.
    pub receipt: Receipt,
    /// The history before it.
    pub before: History,
}

impl AccountProof {
    /// Checks that the account at `address` is this one; an address that was never used has an empty one.
    ///
    /// # Errors
    /// [`ProofError`] names what does not match.
    pub fn verify(&self, head: &Head, address: &Address) -> Result<Account, ProofError> {
        let root = head.state_root.ok_or(ProofError::Genesis)?;
        let value =
            self.account.as_ref().map(|account| borsh::to_vec(account).expect("writing to memory does not fail"));
        self.path.verify(&root, &Account::key(address), value.as_deref()).map_err(ProofError::Account)?;
        Ok(self.account.clone().unwrap_or_default())
    }
}

impl BlockProof {
    /// Checks that the header is that of the head, or of a block before it.
    ///
    /// # Errors
    /// [`ProofError`] names what does not match.
    pub fn verify(&self, head: &Head) -> Result<(), ProofError> {
        let (height, id) = (self.header.height, self.header.id());
        match &self.path {
            None if (height, id) == (head.height, head.id) => Ok(()),
            // The root does not commit to the number of blocks, but the head's height does.
            Some(path) if (path.index(), path.count()) == (height, head.height) => {
                path.verify(&head.ancestors, &id).map_err(|source| ProofError::Block { height, source })
            }
            None | Some(_) => Err(ProofError::Block { height, source: ListProofError::Shape }),
        }
    }
}

impl TransactionProof {
    /// Checks that the transaction is final and did what the receipt says.
    ///
    /// # Errors
    /// [`ProofError`] names what does not match.
    pub fn verify(&self, head: &Head) -> Result<(), ProofError> {
        self.block.verify(head)?;
        let Self { block: BlockProof { header, .. }, signed, receipt, transaction_path, receipt_path } = self;
        let id = check_receipt(signed, receipt)?;
        transaction_path
            .verify(&header.transactions_root, &transaction_leaf(signed))
            .map_err(|source| ProofError::Transaction { id, source })?;
        receipt_path
            .verify(&header.receipts_root, &receipt_leaf(receipt))
            .map_err(|source| ProofError::Receipt { id, source })
    }
}

impl HistoryProof {
    /// Checks that the transaction is the last of a trusted history, and gives the history before it.
    ///
    /// # Errors
    /// [`ProofError`] names what does not match.
    pub fn verify(&self, head: &Head, history: &History) -> Result<History, ProofError> {
        let Self { block, index, signed, receipt, before } = self;
        block.verify(head)?;
        let id = check_receipt(signed, receipt)?;
        if before.after(block.header.height, *index, receipt) != *history {
            return Err(ProofError::History { id });
        }
        Ok(*before)
    }
}

/// Checks that a receipt is that of a transaction, and gives its id.
fn check_receipt(signed: &SignedTransaction, receipt: &Receipt) -> Result<Hash, ProofError> {
    let id = signed.id();
    if receipt.transaction == id { Ok(id) } else { Err(ProofError::OtherReceipt { id }) }
}

/// Why a proof does not show what it was said to show.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The genesis commits to nothing that could be proved.
    #[error("nothing can be proved before the first block")]
    Genesis,
    /// The account is not what the state holds.
    #[error("the account is not the one that the trusted block commits to")]
    Account(#[source] StateProofError),
    /// The block is not one of the chain.
    #[error("the block of height {height} is not one of the chain of the trusted block")]
    Block {
        /// Its height.
        height: u64,
        /// What is wrong with its place.
        source: ListProofError,
    },
    /// The transaction is not in the block.
    #[error("the transaction {id} is not in its block")]
    Transaction {
        /// Its id.
        id: Hash,
        /// What is wrong with its place.
        source: ListProofError,
    },
    /// The receipt is not in the block.
    #[error("the receipt of the transaction {id} is not in its block")]
    Receipt {
        /// The transaction's id.
        id: Hash,
        /// What is wrong with its place.
        source: ListProofError,
    },
    /// The receipt is that of another transaction.
    #[error("the receipt is not that of the transaction {id}")]
    OtherReceipt {
        /// The transaction's id.
        id: Hash,
    },
    /// The transaction is not the next of the history.
    #[error("the account's history has another transaction in the place of {id}, or it did something else")]
    History {
        /// The transaction's id.
        id: Hash,
    },
}

#[cfg(test)]
mod tests;
