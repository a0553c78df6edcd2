//! The nodes above and at the buckets.
//!
//! Nodes never change: an update builds new ones along the changed paths and shares the rest, so an update can be
//! dropped, and a copy of the tree costs nothing.

use std::sync::Arc;

use faic_core::Hash;
use faic_core::state_proof::node_hash;

/// How many leaves a bucket may have before it splits, and how few two neighbours have when they merge.
///
/// No part of the root's definition: trees of different shapes over the same leaves have the same root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shape {
    /// A bucket with more leaves splits.
    pub(super) split_above: usize,
    /// Two neighbouring buckets with together this many leaves, or fewer, merge; at most `split_above`.
    pub(super) merge_up_to: u64,
}

impl Shape {
    /// The shape that measured best; see `docs/adr/0001-store-and-state-tree.md`.
    pub(super) const DEFAULT: Self = Self { split_above: 32, merge_up_to: 16 };
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
    },
    /// A subtree whose halves are kept.
    Inner {
        /// The subtree's hash.
        hash: Hash,
        /// The number of its leaves.
        leaves: u64,
        /// The half whose next bit is 0.
        left: Arc<Node>,
        /// The half whose next bit is 1.
        right: Arc<Node>,
    },
}

impl Node {
    /// The bucket of a tree without leaves.
    pub(super) const EMPTY: Self = Self::Bucket { hash: Hash::ZERO, leaves: 0 };

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

    /// The number of leaves, if this is a bucket.
    pub(super) const fn bucket_leaves(&self) -> Option<u64> {
        match self {
            Self::Bucket { leaves, .. } => Some(*leaves),
            Self::Inner { .. } => None,
        }
    }

    /// The subtree with these halves.
    pub(super) fn inner(left: Arc<Self>, right: Arc<Self>) -> Self {
        let hash = halves_hash(&left, &right);
        let leaves = leaves_sum(&left, &right);
        Self::Inner { hash, leaves, left, right }
    }

    /// The bucket that two neighbouring buckets become.
    pub(super) fn merged(left: &Self, right: &Self) -> Self {
        Self::Bucket { hash: halves_hash(left, right), leaves: leaves_sum(left, right) }
    }
}

/// The leaves of two halves together.
fn leaves_sum(left: &Node, right: &Node) -> u64 {
    left.leaves().checked_add(right.leaves()).expect("fewer than 2^64 leaves fit on any disk")
}

/// The hash of a subtree from its halves; a single leaf stands for every subtree around it.
fn halves_hash(left: &Node, right: &Node) -> Hash {
    match (left.leaves(), right.leaves()) {
        (0, 0 | 1) => right.hash(),
        (1, 0) => left.hash(),
        _ => node_hash(&left.hash(), &right.hash()),
    }
}
