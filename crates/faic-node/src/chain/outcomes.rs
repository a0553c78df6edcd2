//! What became of transactions that left the mempool without becoming final.
//!
//! A transaction has a definite end; this remembers the last of them, so that who asks is told "rejected" or "expired"
//! and not "unknown". The memory is bounded and lost with the process: then the transaction is unknown, which its owner
//! may resubmit or let expire.

use std::{
    collections::{BTreeMap, VecDeque},
    fmt,
};

use faic_core::Hash;
use faic_ledger::execution::ExecutionError;

use crate::{ErrorCode, FaicError, mempool::Cause};

/// How many ends are remembered.
const OUTCOMES_MAX: usize = 65_536;

/// The end of a transaction that is not final.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Its last height passed before it was in a block.
    Expired,
    /// It will not be in a block of this node, though one that another proposes may still have it while it is valid.
    Rejected(Reason),
}

/// Why a transaction was rejected after it was pooled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// Transactions that pay more took its room.
    Evicted,
    /// Another transaction with its sequence is final.
    Superseded,
    /// Its sender put this one in its place.
    Replaced(Hash),
    /// The ledger refused it when its block was built.
    Refused {
        /// The code of the rule that it breaks.
        code: ErrorCode,
        /// What the ledger said.
        said: String,
    },
    /// One before it in its lane left, so its turn can't come.
    Orphaned,
    /// The node took over a later state of the chain, against which what waited was never checked.
    Restored,
}

impl Reason {
    /// What the ledger's refusal comes to.
    pub(super) fn refused(error: ExecutionError) -> Self {
        let said = error.to_string();
        Self::Refused { code: FaicError::from(error).code(), said }
    }

    /// The same, for programs: a code of the table of errors.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Evicted => ErrorCode::MempoolFull,
            Self::Superseded => ErrorCode::SequenceUsed,
            Self::Replaced(_) => ErrorCode::TransactionReplaced,
            Self::Refused { code, said: _ } => *code,
            Self::Orphaned => ErrorCode::SequenceTooFar,
            Self::Restored => ErrorCode::NodeRestored,
        }
    }
}

impl From<Cause> for Outcome {
    fn from(cause: Cause) -> Self {
        match cause {
            Cause::Expired => Self::Expired,
            Cause::Evicted => Self::Rejected(Reason::Evicted),
            Cause::Superseded => Self::Rejected(Reason::Superseded),
            Cause::Refused => Self::Rejected(Reason::Refused {
                code: ErrorCode::InvalidTransaction,
                said: "the ledger refused it".to_owned(),
            }),
            Cause::Orphaned => Self::Rejected(Reason::Orphaned),
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Expired => f.write_str("expired"),
            Self::Rejected(reason) => write!(f, "rejected: {reason}"),
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Evicted => f.write_str("transactions that pay more took its room"),
            Self::Superseded => f.write_str("another transaction with its sequence is final"),
            Self::Replaced(by) => write!(f, "its sender replaced it by {by}"),
            Self::Refused { code: _, said } => f.write_str(said),
            Self::Orphaned => f.write_str("one before it in its lane left, so its turn can't come"),
            Self::Restored => f.write_str("the node took over a later state; submit it again"),
        }
    }
}

/// The last ends, oldest forgotten first.
#[derive(Default)]
pub(super) struct Outcomes {
    /// The end of each transaction.
    ends: BTreeMap<Hash, Outcome>,
    /// The transactions in the order of their ends.
    order: VecDeque<Hash>,
}

impl Outcomes {
    /// Remembers an end; a later one of the same transaction takes its place.
    pub(super) fn insert(&mut self, id: Hash, outcome: Outcome) {
        if self.ends.insert(id, outcome).is_none() {
            self.order.push_back(id);
        }
        while self.order.len() > OUTCOMES_MAX {
            if let Some(oldest) = self.order.pop_front() {
                self.ends.remove(&oldest);
            }
        }
    }

    /// How a transaction ended, if that is remembered.
    pub(super) fn get(&self, id: &Hash) -> Option<Outcome> {
        self.ends.get(id).cloned()
    }
}

#[cfg(test)]
mod tests;
