//! The tree after a set of changes, computed beside the tree before them.

use std::collections::BTreeMap;
use std::sync::Arc;

use faic_core::Hash;
use faic_core::state_proof::Half;

use super::bucket::{Leaf, halves, read_leaves, subtree_hash};
use super::node::{Node, Shape};
use super::prefix::Prefix;
use super::rows::{self, Changes};
use super::{TreeError, VALUE_BYTES_MAX};
use crate::store::Store;

/// A key with its new value, or `None` for a removal.
type Change<'a> = (&'a Hash, Option<&'a [u8]>);

/// A subtree's changes are divided between two threads while there are more of them than this.
const CHANGES_PER_THREAD_MIN: usize = 256;

/// No more threads are started below this depth, so there are at most 2^2 of them.
const THREADS_DEPTH: usize = 2;

/// Computes the top of the changed tree and the changed rows of its buckets.
pub(super) fn update(
    top: &Arc<Node>,
    store: &dyn Store,
    shape: Shape,
    changes: &BTreeMap<Hash, Option<Vec<u8>>>,
) -> Result<(Arc<Node>, Changes), TreeError> {
    let changes: Vec<Change<'_>> = changes.iter().map(|(key, value)| (key, value.as_deref())).collect();
    for (key, value) in &changes {
        if let Some(value) = value.filter(|value| value.len() > VALUE_BYTES_MAX) {
            return Err(TreeError::ValueTooLong { key: **key, bytes: value.len() });
        }
    }
    let mut rows = Changes::new();
    let top = Updater { store, shape }.node(top, &Prefix::ROOT, &changes, &mut rows)?;
    Ok((top, rows))
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
    fn node(
        self,
        node: &Arc<Node>,
        prefix: &Prefix,
        changes: &[Change<'_>],
        rows: &mut Changes,
    ) -> Result<Arc<Node>, TreeError> {
        if changes.is_empty() {
            return Ok(Arc::clone(node));
        }
        match &**node {
            Node::Bucket { leaves, .. } => {
                let before = read_leaves(self.store, prefix, *leaves)?;
                Ok(self.build(prefix, &changed_leaves(&before, changes), rows))
            }
            Node::Inner { left, right, .. } => {
                let middle = changes.partition_point(|(key, _)| Half::of(key, prefix.depth()) == Half::Left);
                let (left_changes, right_changes) = changes.split_at(middle);
                let (left_prefix, right_prefix) = (prefix.half(Half::Left), prefix.half(Half::Right));
                let (new_left, new_right);
                if prefix.depth() < THREADS_DEPTH && changes.len() > CHANGES_PER_THREAD_MIN {
                    let mut right_rows = Changes::new();
                    (new_left, new_right) = std::thread::scope(|scope| {
                        let beside = scope.spawn(|| self.node(right, &right_prefix, right_changes, &mut right_rows));
                        let here = self.node(left, &left_prefix, left_changes, rows);
                        let beside = beside.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
                        (here, beside)
                    });
                    rows.append(&mut right_rows);
                } else {
                    new_left = self.node(left, &left_prefix, left_changes, rows);
                    new_right = self.node(right, &right_prefix, right_changes, rows);
                }
                Ok(self.join(prefix, new_left?, new_right?, rows))
            }
        }
    }

    /// Builds the subtree at a prefix from all of its leaves: a bucket, or halves where there are too many leaves.
    fn build(self, prefix: &Prefix, leaves: &[Leaf], rows: &mut Changes) -> Arc<Node> {
        if leaves.len() <= self.shape.split_above {
            let count = u64::try_from(leaves.len()).expect("a length fits 64 bits");
            return record(prefix, Node::Bucket { hash: subtree_hash(leaves, prefix.depth()), leaves: count }, rows);
        }
        let (left, right) = halves(leaves, prefix.depth());
        let left = self.build(&prefix.half(Half::Left), left, rows);
        let right = self.build(&prefix.half(Half::Right), right, rows);
        Arc::new(Node::inner(left, right))
    }

    /// Joins changed halves: to one bucket where both are small buckets, to an inner node otherwise.
    fn join(self, prefix: &Prefix, left: Arc<Node>, right: Arc<Node>, rows: &mut Changes) -> Arc<Node> {
        let together = left.bucket_leaves().zip(right.bucket_leaves()).map(|(left, right)| left.saturating_add(right));
        if together.is_some_and(|leaves| leaves <= self.shape.merge_up_to) {
            rows.insert(rows::key(&prefix.half(Half::Right)), None);
            return record(prefix, Node::merged(&left, &right), rows);
        }
        Arc::new(Node::inner(left, right))
    }
}

/// Notes the row of a new bucket.
fn record(prefix: &Prefix, bucket: Node, rows: &mut Changes) -> Arc<Node> {
    rows.insert(rows::key(prefix), Some(rows::value(prefix, bucket.hash(), bucket.leaves())));
    Arc::new(bucket)
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
