//! The rows from which a restart rebuilds the tree above the buckets.
//!
//! One row a bucket: the key is the smallest key that the bucket can hold, without its trailing zeros but at least one
//! byte; the value is a [`BucketRow`]. Buckets divide the keys among them, so each row begins where the one before it
//! ends. An empty store has no row and means one empty bucket.

use std::ops::ControlFlow;
use std::sync::Arc;

use borsh::{BorshDeserialize, BorshSerialize};
use faic_core::Hash;
use faic_core::state_proof::Half;

use super::TreeError;
use super::node::Node;
use super::prefix::Prefix;
use crate::store::{ALL_KEYS, Direction, Store, Table, WriteBatch};

/// What is kept of a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
struct BucketRow {
    /// The number of bits that the bucket's keys share.
    depth: u16,
    /// The number of its leaves.
    leaves: u64,
    /// Its hash.
    hash: Hash,
}

/// The number of bytes of a [`BucketRow`].
const ROW_BYTES: usize = 2 + 8 + 32;

/// The key of the row of the bucket at a prefix.
pub(super) fn key(prefix: &Prefix) -> &[u8] {
    let first = prefix.first().as_slice();
    let zeros = first.iter().rev().take_while(|byte| **byte == 0).count();
    let kept = first.len().saturating_sub(zeros).max(1);
    first.split_at(kept).0
}

/// Adds to a batch every row that differs between the trees before and after an update.
pub(super) fn stage(before: &Arc<Node>, after: &Arc<Node>, prefix: &Prefix, batch: &mut WriteBatch) {
    match (&**before, &**after) {
        _ if Arc::ptr_eq(before, after) => {}
        (Node::Inner { left, right, .. }, Node::Inner { left: new_left, right: new_right, .. }) => {
            stage(left, new_left, &prefix.half(Half::Left), batch);
            stage(right, new_right, &prefix.half(Half::Right), batch);
        }
        (Node::Bucket { .. } | Node::Inner { .. }, _) => {
            remove(before, prefix, batch);
            put(Table::StateBuckets, after, prefix, batch);
        }
    }
}

/// Removes the row of every bucket of a subtree.
fn remove(node: &Node, prefix: &Prefix, batch: &mut WriteBatch) {
    match node {
        Node::Bucket { .. } => batch.remove(Table::StateBuckets, key(prefix)),
        Node::Inner { left, right, .. } => {
            remove(left, &prefix.half(Half::Left), batch);
            remove(right, &prefix.half(Half::Right), batch);
        }
    }
}

/// Puts the row of every bucket of a subtree, also where a row with the same key was just removed.
pub(super) fn put(table: Table, node: &Node, prefix: &Prefix, batch: &mut WriteBatch) {
    match node {
        Node::Bucket { hash, leaves, .. } => {
            let depth = u16::try_from(prefix.depth()).expect("a prefix has at most 256 bits");
            let mut row = Vec::with_capacity(ROW_BYTES);
            BucketRow { depth, leaves: *leaves, hash: *hash }.serialize(&mut row).expect("memory takes every byte");
            batch.put(table, key(prefix), row);
        }
        Node::Inner { left, right, .. } => {
            put(table, left, &prefix.half(Half::Left), batch);
            put(table, right, &prefix.half(Half::Right), batch);
        }
    }
}

/// Reads the tree above the buckets.
pub(super) fn read(store: &dyn Store) -> Result<Arc<Node>, TreeError> {
    let mut rows = Vec::new();
    let mut misread = None;
    store.scan(
        Table::StateBuckets,
        ALL_KEYS,
        Direction::Ascending,
        &mut |key, value| match BucketRow::try_from_slice(value) {
            Ok(row) => {
                rows.push((key.to_vec(), row));
                ControlFlow::Continue(())
            }
            Err(error) => {
                misread = Some(format!("the row of a bucket is unreadable: {error}"));
                ControlFlow::Break(())
            }
        },
    )?;
    if let Some(detail) = misread {
        return Err(TreeError::Damaged { detail });
    }
    if rows.is_empty() {
        return Ok(Arc::new(Node::EMPTY));
    }
    let mut rows = rows.into_iter().peekable();
    let top = assemble(&mut rows, &Prefix::ROOT)?;
    match rows.next() {
        None => Ok(top),
        Some((key, _)) => Err(uncovered(&key)),
    }
}

/// Builds the subtree at a prefix from the rows that begin there.
fn assemble(
    rows: &mut std::iter::Peekable<impl Iterator<Item = (Vec<u8>, BucketRow)>>,
    prefix: &Prefix,
) -> Result<Arc<Node>, TreeError> {
    let begins_here = |(row_key, _): &(Vec<u8>, BucketRow)| *row_key == key(prefix);
    let Some((_, row)) = rows.peek().filter(|row| begins_here(row)) else {
        return Err(uncovered(prefix.first()));
    };
    let depth = usize::from(row.depth);
    if depth == prefix.depth() {
        let node = Node::Bucket { hash: row.hash, leaves: row.leaves, cached: None };
        rows.next();
        return Ok(Arc::new(node));
    }
    if depth < prefix.depth() || depth > Prefix::DEPTH_MAX {
        return Err(uncovered(prefix.first()));
    }
    let left = assemble(rows, &prefix.half(Half::Left))?;
    let right = assemble(rows, &prefix.half(Half::Right))?;
    Ok(Arc::new(Node::inner(left, right)))
}

/// The error for a place where the rows leave a gap or overlap.
fn uncovered(key: &[u8]) -> TreeError {
    let place: String = key.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    TreeError::Damaged { detail: format!("the buckets of the state tree leave a gap or overlap at {place}") }
}
