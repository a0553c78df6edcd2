//! The inside of a bucket: its leaves, and the hashes that are computed from them.

use std::ops::{Bound, ControlFlow};

use faic_core::Hash;
use faic_core::state_proof::{Half, PathEnd, StateProof, leaf_hash, node_hash, value_hash};

use super::TreeError;
use super::node::Node;
use super::prefix::Prefix;
use crate::store::{Direction, Store, Table};

/// A leaf: a key and the hash that stands for it and its value in the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Leaf {
    /// The key.
    pub(super) key: Hash,
    /// The leaf's hash.
    pub(super) hash: Hash,
}

impl Leaf {
    /// The leaf of a key and its value.
    pub(super) fn new(key: Hash, value: &[u8]) -> Self {
        Self { key, hash: leaf_hash(&key, &value_hash(value)) }
    }
}

/// Reads the leaves below a prefix in key order; `expected` is the number of them that the tree knows of.
pub(super) fn read_leaves(store: &dyn Store, prefix: &Prefix, expected: u64) -> Result<Vec<Leaf>, TreeError> {
    let mut leaves = Vec::new();
    let mut misfit = None;
    let last = prefix.last();
    let range = (Bound::Included(prefix.first().as_slice()), Bound::Included(last.as_slice()));
    store.scan(Table::State, range, Direction::Ascending, &mut |key, value| match <[u8; 32]>::try_from(key) {
        Ok(key) => {
            leaves.push(Leaf::new(Hash::from_bytes(key), value));
            ControlFlow::Continue(())
        }
        Err(_) => {
            misfit = Some(key.len());
            ControlFlow::Break(())
        }
    })?;
    if let Some(bytes) = misfit {
        return Err(TreeError::Damaged { detail: format!("a key of the state has {bytes} bytes instead of 32") });
    }
    if u64::try_from(leaves.len()) != Ok(expected) {
        let detail = format!("a bucket has {} leaves where {expected} are recorded", leaves.len());
        return Err(TreeError::Damaged { detail });
    }
    Ok(leaves)
}

/// The hash of the subtree at `depth` with these leaves, which are sorted and distinct.
pub(super) fn subtree_hash(leaves: &[Leaf], depth: usize) -> Hash {
    match leaves {
        [] => Hash::ZERO,
        [leaf] => leaf.hash,
        _ => {
            let (left, right) = halves(leaves, depth);
            let below = depth.saturating_add(1);
            node_hash(&subtree_hash(left, below), &subtree_hash(right, below))
        }
    }
}

/// Divides sorted leaves by their bit at `depth`.
pub(super) fn halves(leaves: &[Leaf], depth: usize) -> (&[Leaf], &[Leaf]) {
    leaves.split_at(leaves.partition_point(|leaf| Half::of(&leaf.key, depth) == Half::Left))
}

/// Proves what the key's value is, or that it has none, in the tree with this top.
pub(super) fn prove(top: &Node, store: &dyn Store, key: &Hash) -> Result<StateProof, TreeError> {
    let mut siblings = Vec::new();
    let mut prefix = Prefix::ROOT;
    let mut node = top;
    while let Node::Inner { left, right, .. } = node {
        let half = Half::of(key, prefix.depth());
        let (near, far) = match half {
            Half::Left => (left, right),
            Half::Right => (right, left),
        };
        siblings.push(far.hash());
        prefix = prefix.half(half);
        node = near;
    }
    let leaves = read_leaves(store, &prefix, node.leaves())?;
    if subtree_hash(&leaves, prefix.depth()) != node.hash() {
        return Err(TreeError::Damaged { detail: "the values of a bucket do not have its hash".to_owned() });
    }
    let end = match descend(&leaves, prefix.depth(), key, &mut siblings) {
        None => PathEnd::Empty,
        Some(own) if own == *key => PathEnd::Own,
        Some(other) => PathEnd::Other { key: other, value_hash: stored_value_hash(store, &other)? },
    };
    Ok(StateProof::new(end, siblings).expect("a path has no more siblings than a key has bits"))
}

/// Follows the key's path through a bucket's leaves to the key of the leaf at its end, and collects the siblings.
fn descend(leaves: &[Leaf], depth: usize, key: &Hash, siblings: &mut Vec<Hash>) -> Option<Hash> {
    let mut rest = leaves;
    let mut depth = depth;
    loop {
        match rest {
            [] => return None,
            [leaf] => return Some(leaf.key),
            _ => {
                let (left, right) = halves(rest, depth);
                let (near, far) = match Half::of(key, depth) {
                    Half::Left => (left, right),
                    Half::Right => (right, left),
                };
                depth = depth.saturating_add(1);
                siblings.push(subtree_hash(far, depth));
                rest = near;
            }
        }
    }
}

/// The hash of the value of a key that was just seen among the leaves.
fn stored_value_hash(store: &dyn Store, key: &Hash) -> Result<Hash, TreeError> {
    match store.read(Table::State, key.as_bytes())? {
        Some(value) => Ok(value_hash(&value)),
        None => Err(TreeError::Damaged { detail: format!("the value of {key} is seen and not found") }),
    }
}
