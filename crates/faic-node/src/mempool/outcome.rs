//! What becomes of transactions in the mempool: how they come in, why not, and how they leave.

use faic_core::{Amount, Hash};
use faic_ledger::VerifiedTransaction;

/// What an insertion did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Insertion {
    /// What became of the transaction.
    pub inserted: Inserted,
    /// Those that had to go for it.
    pub evicted: Vec<Departure>,
}

/// What became of a transaction that was not refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inserted {
    /// It is pooled now.
    New,
    /// It was pooled before.
    Known,
    /// It is pooled now, in the place of the one with this id.
    Replaced(Hash),
}

/// A transaction that left without being final.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Departure {
    /// Its id.
    pub id: Hash,
    /// Why it left.
    pub cause: Cause,
}

impl Departure {
    /// Makes departures of transactions for one cause.
    pub(super) fn because(cause: Cause) -> impl Fn(VerifiedTransaction) -> Self {
        move |gone| Self { id: gone.id(), cause }
    }
}

/// Why a transaction left without being final.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// Its `valid_until` has passed.
    Expired,
    /// It ranked lowest when the mempool was full.
    Evicted,
    /// Another transaction with its sequence is final.
    Superseded,
    /// The ledger refuses it.
    Refused,
    /// One before it in its lane left, so its turn cannot come.
    Orphaned,
}

/// Why a transaction is not pooled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MempoolError {
    /// The mempool is full of transactions that pay more.
    ///
    /// A transaction counts at most as much as each one before it in its lane.
    #[error("the mempool is full, {fee_per_byte_min} nano a byte are needed in the whole lane to get in now")]
    Full {
        /// The fee per byte with which there would be room, in nano.
        fee_per_byte_min: u64,
    },
    /// The sender has as much pooled as one sender may.
    #[error("the sender has too much waiting, at most {transactions_max} transactions of {bytes_max} bytes together")]
    SenderFull {
        /// Most transactions of one sender.
        transactions_max: usize,
        /// Most canonical bytes of one sender's transactions.
        bytes_max: usize,
    },
    /// The lane has as many transactions as a lane may.
    #[error("the lane has {transactions_max} transactions waiting, which is the most; use another or wait")]
    LaneFull {
        /// Most transactions in one lane.
        transactions_max: usize,
    },
    /// There are sequences between the lane's last and this one.
    #[error("the sequence leaves a gap, the lane's next is {expected}")]
    SequenceGap {
        /// The sequence after the lane's last.
        expected: u64,
    },
    /// The sequence is used by a final transaction.
    #[error("the sequence is used up, the lane goes on at {expected}")]
    StaleSequence {
        /// The lane's first sequence that is not used up.
        expected: u64,
    },
    /// The replacement pays less than a tenth more than the pooled transaction, in all or for each byte.
    #[error("another transaction with this sequence is waiting, replacing it needs a fee of {} nano", needed.nano())]
    ReplacementUnderpriced {
        /// The least fee of this replacement.
        needed: Amount,
    },
    /// The sender could not pay all that it has pooled.
    #[error(
        "the balance is {} nano, all waiting transactions and this one need {}", balance.nano(), needed.nano()
    )]
    SenderOverspent {
        /// What the sender has.
        balance: Amount,
        /// What all its pooled transactions and this one take from it.
        needed: Amount,
    },
    /// The fee payer could not pay all that it has pooled.
    #[error(
        "the fee payer's balance is {} nano, all waiting transactions and this one need {}",
        balance.nano(), needed.nano()
    )]
    PayerOverspent {
        /// What the fee payer has.
        balance: Amount,
        /// What all its pooled transactions and this one take from it.
        needed: Amount,
    },
}
