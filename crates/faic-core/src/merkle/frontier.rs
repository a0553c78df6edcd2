//! A list that only grows, of which only the right edge is kept: the roots of its complete subtrees.
//!
//! The length of the list in binary names those subtrees: one for each bit that is set, the largest first. They are enough
//! to append to the list and to know its root, which is the same that [`root`](super::root) finds. This is a Merkle
//! mountain range, bagged from the right.

use std::ops::Range;

use super::node;
use crate::Hash;

/// A complete subtree of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Subtree {
    /// How many levels are below its root; 2 to the power of it is the number of its leaves.
    pub level: u32,
    /// Its place among the subtrees of that level, from 0.
    pub index: u64,
}

impl Subtree {
    /// The subtree of that level that begins at a leaf.
    pub(super) const fn at(start: u64, level: u32) -> Self {
        Self { level, index: start >> level }
    }

    /// The places of its leaves.
    pub(super) fn leaves(self) -> Range<u64> {
        let start = self.index << self.level;
        start..start.saturating_add(1 << self.level)
    }
}

/// The right edge of a growing list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Frontier {
    /// How many leaves the list has.
    count: u64,
    /// The roots of its complete subtrees, the largest first.
    peaks: Vec<Hash>,
}

impl Frontier {
    /// The edge of a list of `count` leaves with those complete subtrees; `None` where their number is another.
    pub fn new(count: u64, peaks: Vec<Hash>) -> Option<Self> {
        (u32::try_from(peaks.len()) == Ok(count.count_ones())).then_some(Self { count, peaks })
    }

    /// The complete subtrees that make a list of `count` leaves, the largest first.
    pub fn subtrees(count: u64) -> impl Iterator<Item = Subtree> {
        let levels = (0..u64::BITS).rev().filter(move |level| (count >> level) & 1 == 1);
        levels.map(move |level| Subtree { level, index: ((count >> level) & !1) })
    }

    /// How many leaves the list has.
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// The roots of the complete subtrees, the largest first.
    pub fn peaks(&self) -> &[Hash] {
        &self.peaks
    }

    /// The root over the list; [`Hash::ZERO`] for an empty one.
    pub fn root(&self) -> Hash {
        let mut peaks = self.peaks.iter().rev();
        let Some(last) = peaks.next() else { return Hash::ZERO };
        peaks.fold(*last, |right, peak| node(peak, &right))
    }

    /// Appends a leaf, and gives the subtrees that it completes, from itself up.
    pub fn push(&mut self, leaf: Hash) -> Vec<(Subtree, Hash)> {
        let mut subtree = Subtree { level: 0, index: self.count };
        let mut hash = leaf;
        let mut completed = vec![(subtree, hash)];
        while subtree.index & 1 == 1 {
            let Some(left) = self.peaks.pop() else { break };
            hash = node(&left, &hash);
            subtree = Subtree { level: subtree.level.saturating_add(1), index: subtree.index >> 1 };
            completed.push((subtree, hash));
        }
        self.peaks.push(hash);
        self.count = self.count.saturating_add(1);
        completed
    }
}
