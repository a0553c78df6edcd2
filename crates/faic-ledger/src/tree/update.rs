//! The tree after a set of changes, computed beside the tree before them.

use std::collections::BTreeMap;
use std::sync::Arc;

use faic_core::Hash;
use faic_core::state_proof::Half;

use super::bucket::{Leaf, halves, read_leaves};
use super::node::{Node, Shape};
use super::prefix::Prefix;
use super::{TreeError, VALUE_BYTES_MAX};
use crate::store::Store;

/// A key with its new value, or `None` for a removal.
type Change<'a> = (&'a Hash, Option<&'a [u8]>);

/// A subtree's changes are divided between two threads while there are more of them than this.
const CHANGES_PER_THREAD_MIN: usize = 256;

/// No more threads are started below this depth, so there are at most 2^2 of them.
const THREADS_DEPTH: usize = 2;

/// Computes the top of the changed tree.
pub(super) fn update(
    top: &Arc<Node>,
    store: &dyn Store,
    shape: Shape,
    changes: &BTreeMap<Hash, Option<Vec<u8>>>,
) -> Result<Arc<Node>, TreeError> {
    let changes: Vec<Change<'_>> = changes.iter().map(|(key, value)| (key, value.as_deref())).collect();
    for (key, value) in &changes {
        if let Some(value) = value.filter(|value| value.len() > VALUE_BYTES_MAX) {
            return Err(TreeError::ValueTooLong { key: **key, bytes: value.len() });
        }
    }
    Updater { store, shape }.node(top, &Prefix::ROOT, &changes)
}

/// What every step of an update needs.
#[derive(Clone, Copy)]
struct Updater<'a> {
    /// The store with the leaves before the changes.
    store: &'a dyn Store,
    /// How large buckets grow and shrink.
    shape: Shape,
}

impl Updater<'_> {
    /// Computes the subtree at a prefix after the changes, which all lie in it and are sorted.
    fn node(self, node: &Arc<Node>, prefix: &Prefix, changes: &[Change<'_>]) -> Result<Arc<Node>, TreeError> {
        if changes.is_empty() {
            return Ok(Arc::clone(node));
        }
        match &**node {
            Node::Bucket { cached: Some(before), .. } => {
                Ok(build(self.shape, prefix, &changed_leaves(before, changes)))
            }
            Node::Bucket { cached: None, leaves, .. } => {
                let before = read_leaves(self.store, prefix, *leaves)?;
                Ok(build(self.shape, prefix, &changed_leaves(&before, changes)))
            }
            Node::Inner { left, right, .. } => {
                let middle = changes.partition_point(|(key, _)| Half::of(key, prefix.depth()) == Half::Left);
                let (left_changes, right_changes) = changes.split_at(middle);
                let update_left = || self.node(left, &prefix.half(Half::Left), left_changes);
                let update_right = || self.node(right, &prefix.half(Half::Right), right_changes);
                let (new_left, new_right) = if prefix.depth() < THREADS_DEPTH && changes.len() > CHANGES_PER_THREAD_MIN
                {
                    side_by_side(update_left, update_right)
                } else {
                    (update_left(), update_right())
                };
                Ok(self.join(new_left?, new_right?))
            }
        }
    }

    /// Joins changed halves: to one bucket where both are small buckets, to an inner node otherwise.
    fn join(self, left: Arc<Node>, right: Arc<Node>) -> Arc<Node> {
        let merged = Node::merged(&left, &right, self.shape.merge_up_to);
        Arc::new(merged.unwrap_or_else(|| Node::inner(left, right)))
    }
}

/// Builds the subtree at a prefix from all of its leaves: a bucket, or halves where there are too many leaves.
pub(super) fn build(shape: Shape, prefix: &Prefix, leaves: &[Leaf]) -> Arc<Node> {
    if leaves.len() <= shape.split_above {
        return Arc::new(Node::bucket(leaves, prefix.depth()));
    }
    let (left, right) = halves(leaves, prefix.depth());
    let left = build(shape, &prefix.half(Half::Left), left);
    let right = build(shape, &prefix.half(Half::Right), right);
    Arc::new(Node::inner(left, right))
}

/// Computes two results on two threads.
fn side_by_side<T: Send>(here: impl FnOnce() -> T, beside: impl FnOnce() -> T + Send) -> (T, T) {
    std::thread::scope(|scope| {
        let beside = scope.spawn(beside);
        let here = here();
        (here, beside.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    })
}

/// The leaves after the changes; both inputs are sorted by key, and so is the result.
fn changed_leaves(before: &[Leaf], changes: &[Change<'_>]) -> Vec<Leaf> {
    let mut after = Vec::with_capacity(before.len().saturating_add(changes.len()));
    let mut before = before.iter().copied().peekable();
    for (key, value) in changes {
        while let Some(leaf) = before.next_if(|leaf| leaf.key < **key) {
            after.push(leaf);
        }
        before.next_if(|leaf| leaf.key == **key);
        after.extend(value.map(|value| Leaf::new(**key, value)));
    }
    after.extend(before);
    after
}
