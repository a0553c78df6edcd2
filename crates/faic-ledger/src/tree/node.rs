//! The nodes above and at the buckets.
//!
//! Nodes never change: an update builds new ones along the changed paths and shares the rest, so an update can be
//! dropped, and a copy of the tree costs nothing.

use std::sync::Arc;

use faic_core::Hash;
use faic_core::state_proof::node_hash;

use super::bucket::{Leaf, subtree_hash};

/// How large buckets are, and how many leaves are kept in memory.
///
/// No part of the root's definition: trees of different shapes over the same leaves have the same root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shape {
    /// A bucket with more leaves splits.
    pub(super) split_above: usize,
    /// Two neighbouring buckets with together this many leaves, or fewer, merge; at most `split_above`.
    pub(super) merge_up_to: u64,
    /// Leaves of touched buckets stay in memory up to this many; beyond it all of them are forgotten.
    pub(super) cached_leaves_max: u64,
}

impl Shape {
    /// The shape that measured best; see `docs/adr/0001-store-and-state-tree.md`.
    pub(super) const DEFAULT: Self = Self { split_above: 16, merge_up_to: 8, cached_leaves_max: 1 << 23 };
}

/// A subtree: its hash, the number of its leaves, and its halves unless it is a bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Node {
    /// A subtree whose inside is computed from its leaves when it is needed.
    Bucket {
        /// The subtree's hash.
        hash: Hash,
        /// The number of its leaves.
        leaves: u64,
        /// The leaves themselves, if they are known without reading the store.
        cached: Option<Box<[Leaf]>>,
    },
    /// A subtree whose halves are kept.
    Inner {
        /// The subtree's hash.
        hash: Hash,
        /// The number of its leaves.
        leaves: u64,
        /// The number of leaves that are kept in memory below.
        cached_leaves: u64,
        /// The half whose next bit is 0.
        left: Arc<Node>,
        /// The half whose next bit is 1.
        right: Arc<Node>,
    },
}

impl Node {
    /// The bucket of a tree without leaves.
    pub(super) const EMPTY: Self = Self::Bucket { hash: Hash::ZERO, leaves: 0, cached: None };

    /// The subtree's hash.
    pub(super) const fn hash(&self) -> Hash {
        match self {
            Self::Bucket { hash, .. } | Self::Inner { hash, .. } => *hash,
        }
    }

    /// The number of the subtree's leaves.
    pub(super) const fn leaves(&self) -> u64 {
        match self {
            Self::Bucket { leaves, .. } | Self::Inner { leaves, .. } => *leaves,
        }
    }

    /// The number of leaves that are kept in memory in the subtree.
    const fn cached_leaves(&self) -> u64 {
        match self {
            Self::Bucket { leaves, cached: Some(_), .. } => *leaves,
            Self::Bucket { cached: None, .. } => 0,
            Self::Inner { cached_leaves, .. } => *cached_leaves,
        }
    }

    /// The bucket at `depth` with these leaves.
    pub(super) fn bucket(leaves: &[Leaf], depth: usize) -> Self {
        let count = u64::try_from(leaves.len()).expect("a length fits 64 bits");
        Self::Bucket { hash: subtree_hash(leaves, depth), leaves: count, cached: Some(leaves.into()) }
    }

    /// The subtree with these halves.
    pub(super) fn inner(left: Arc<Self>, right: Arc<Self>) -> Self {
        let hash = halves_hash(&left, &right);
        let leaves = sum(left.leaves(), right.leaves());
        let cached_leaves = sum(left.cached_leaves(), right.cached_leaves());
        Self::Inner { hash, leaves, cached_leaves, left, right }
    }

    /// The bucket that two neighbours become, if both are buckets and have together at most `leaves_max` leaves.
    pub(super) fn merged(left: &Self, right: &Self, leaves_max: u64) -> Option<Self> {
        let leaves = sum(left.leaves(), right.leaves());
        match (left, right) {
            (Self::Bucket { cached: left_leaves, .. }, Self::Bucket { cached: right_leaves, .. })
                if leaves <= leaves_max =>
            {
                let both = left_leaves.as_ref().zip(right_leaves.as_ref());
                let cached = both.map(|(left, right)| left.iter().chain(right).copied().collect());
                Some(Self::Bucket { hash: halves_hash(left, right), leaves, cached })
            }
            (Self::Bucket { .. } | Self::Inner { .. }, _) => None,
        }
    }

    /// The same subtree with no leaf kept in memory, if more than `cached_leaves_max` are.
    pub(super) fn forget_beyond(self: &Arc<Self>, cached_leaves_max: u64) -> Arc<Self> {
        if self.cached_leaves() > cached_leaves_max { self.forget() } else { Arc::clone(self) }
    }

    /// The same subtree with no leaf kept in memory.
    fn forget(self: &Arc<Self>) -> Arc<Self> {
        match &**self {
            Self::Bucket { hash, leaves, cached: Some(_) } => {
                Arc::new(Self::Bucket { hash: *hash, leaves: *leaves, cached: None })
            }
            Self::Inner { hash, leaves, cached_leaves: 1.., left, right } => Arc::new(Self::Inner {
                hash: *hash,
                leaves: *leaves,
                cached_leaves: 0,
                left: left.forget(),
                right: right.forget(),
            }),
            Self::Bucket { cached: None, .. } | Self::Inner { cached_leaves: 0, .. } => Arc::clone(self),
        }
    }
}

/// Two numbers of leaves together.
fn sum(left: u64, right: u64) -> u64 {
    left.checked_add(right).expect("fewer than 2^64 leaves fit on any disk")
}

/// The hash of a subtree from its halves; a single leaf stands for every subtree around it.
fn halves_hash(left: &Node, right: &Node) -> Hash {
    match (left.leaves(), right.leaves()) {
        (0, 0 | 1) => right.hash(),
        (1, 0) => left.hash(),
        _ => node_hash(&left.hash(), &right.hash()),
    }
}
