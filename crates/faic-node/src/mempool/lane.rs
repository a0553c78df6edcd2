//! One lane of one sender: a run of transactions without gaps, with their ranks.

use std::{cmp::Reverse, collections::VecDeque};

use faic_core::Address;
use faic_ledger::VerifiedTransaction;

/// Which lane of which sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct LaneKey {
    /// The sender.
    pub(super) sender: Address,
    /// The number of the lane.
    pub(super) lane: u8,
}

impl LaneKey {
    /// The lane that a transaction belongs to.
    pub(super) fn of(transaction: &VerifiedTransaction) -> Self {
        let body = &transaction.signed().transaction;
        Self { sender: body.sender, lane: body.nonce.lane }
    }
}

/// How good a transaction is for a block; the greatest goes first.
///
/// Ranks are distinct: no two lanes share an arrival, and within a lane the sequence decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rank {
    /// The lowest fee per byte in the lane up to here, in nano.
    fee_per_byte: u64,
    /// When the transaction with that fee arrived; earlier is better.
    arrival: Reverse<u64>,
    /// The place in the lane; earlier is better.
    sequence: Reverse<u64>,
}

impl Rank {
    /// The lowest fee per byte in the lane up to the ranked transaction, in nano.
    pub const fn fee_per_byte(&self) -> u64 {
        self.fee_per_byte
    }

    /// The rank as three numbers, to be kept as a place in the order.
    pub const fn to_parts(self) -> [u64; 3] {
        [self.fee_per_byte, self.arrival.0, self.sequence.0]
    }

    /// The rank that those numbers came of.
    pub const fn from_parts([fee_per_byte, arrival, sequence]: [u64; 3]) -> Self {
        Self { fee_per_byte, arrival: Reverse(arrival), sequence: Reverse(sequence) }
    }
}

/// A transaction in its lane.
#[derive(Debug)]
struct Entry {
    /// The transaction.
    transaction: VerifiedTransaction,
    /// When its place in the lane was first taken.
    arrival: u64,
    /// Its rank among all.
    rank: Rank,
}

/// A run of transactions without gaps.
#[derive(Debug)]
pub(super) struct Lane {
    /// The sequence of the first transaction.
    first: u64,
    /// The transactions by their sequences.
    entries: VecDeque<Entry>,
}

impl Lane {
    /// An empty run that begins at `first`.
    pub(super) const fn new(first: u64) -> Self {
        Self { first, entries: VecDeque::new() }
    }

    /// How many transactions there are.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// The sequence of the first transaction.
    pub(super) const fn first(&self) -> u64 {
        self.first
    }

    /// The sequence after the last transaction.
    pub(super) fn end(&self) -> u64 {
        self.first.saturating_add(self.entries.len() as u64)
    }

    /// The transaction of that sequence.
    pub(super) fn get(&self, sequence: u64) -> Option<&VerifiedTransaction> {
        self.entries.get(self.index(sequence)?).map(|entry| &entry.transaction)
    }

    /// The rank of the transaction of that sequence.
    pub(super) fn rank(&self, sequence: u64) -> Option<Rank> {
        self.entries.get(self.index(sequence)?).map(|entry| entry.rank)
    }

    /// The transactions from `sequence` on, with their ranks.
    pub(super) fn ranked_from(&self, sequence: u64) -> impl Iterator<Item = (Rank, &VerifiedTransaction)> {
        let skipped = self.index(sequence).unwrap_or_default();
        self.entries.iter().skip(skipped).map(|entry| (entry.rank, &entry.transaction))
    }

    /// Puts a transaction in its place: at the end, or instead of another, which is returned and whose arrival it keeps.
    ///
    /// The caller has checked that the place is in the run or at its end.
    pub(super) fn put(&mut self, transaction: VerifiedTransaction, arrival: u64) -> Option<VerifiedTransaction> {
        let sequence = transaction.signed().transaction.nonce.sequence;
        let index = self.index(sequence).unwrap_or_default();
        let old = if let Some(entry) = self.entries.get_mut(index) {
            Some(std::mem::replace(&mut entry.transaction, transaction))
        } else {
            let rank = Rank { fee_per_byte: 0, arrival: Reverse(arrival), sequence: Reverse(sequence) };
            self.entries.push_back(Entry { transaction, arrival, rank });
            None
        };
        self.rank_from(index);
        old
    }

    /// Takes the last transaction; the ranks of the others do not depend on it.
    pub(super) fn pop_tail(&mut self) -> Option<VerifiedTransaction> {
        self.entries.pop_back().map(|entry| entry.transaction)
    }

    /// Takes the first transaction and ranks the others anew.
    pub(super) fn pop_front(&mut self) -> Option<VerifiedTransaction> {
        let gone = self.entries.pop_front()?;
        self.first = self.first.saturating_add(1);
        self.rank_from(0);
        Some(gone.transaction)
    }

    /// The index of a sequence, `None` for one before the run.
    fn index(&self, sequence: u64) -> Option<usize> {
        sequence.checked_sub(self.first).and_then(|index| usize::try_from(index).ok())
    }

    /// Computes the ranks from `index` on: each is at most as good as the one before.
    fn rank_from(&mut self, index: usize) {
        let before = index.checked_sub(1).and_then(|before| self.entries.get(before));
        let mut worst = before.map(|entry| (entry.rank.fee_per_byte, entry.rank.arrival));
        for entry in self.entries.iter_mut().skip(index) {
            let own = (entry.transaction.fee_per_byte(), Reverse(entry.arrival));
            let (fee_per_byte, arrival) = worst.map_or(own, |worst| worst.min(own));
            entry.rank = Rank { fee_per_byte, arrival, ..entry.rank };
            worst = Some((fee_per_byte, arrival));
        }
    }
}
