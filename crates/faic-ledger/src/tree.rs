//! The authenticated state tree: one hash that commits to every account.
//!
//! The root is a function of the set of keys and values alone (defined in [`faic_core::state_proof`]). The leaves are the
//! rows of [`Table::State`]; nothing below a *bucket* of about a dozen leaves is kept, its hashes are computed again
//! from those leaves when one of them changes. The hashes above the buckets live in memory, and one row a bucket in
//! [`Table::StateBuckets`] lets a restart rebuild them without reading the leaves. Buckets split and merge as they fill,
//! so keys that an adversary ground to share a prefix cost a longer path, never a longer scan. The leaves of buckets
//! that were touched stay in memory too, up to a limit, so that a busy state is not read from the store again.
//!
//! Invariant: what [`StateTree`] holds belongs to one batch of the store. The owner writes an update to the store and
//! then applies it here, and lets nobody use the pair in between.

use std::collections::BTreeMap;
use std::sync::Arc;

use faic_core::Hash;
use faic_core::state_proof::StateProof;

use crate::store::{Store, StoreError, Table, WriteBatch};

mod bucket;
mod node;
mod parts;
mod prefix;
mod rows;
mod update;

use node::{Node, Shape};
pub use parts::{PART_BYTES_MAX, PART_LEAVES_MAX, PARTS_MAX, Part, PartError, Parts, Rows};
use prefix::Prefix;

/// The most bytes of a value; every leaf of a touched bucket is hashed again, so a value must stay small.
pub const VALUE_BYTES_MAX: usize = 64 * 1024;

/// The upper part of the state tree as of one batch of the store.
///
/// A copy is cheap and stays as it is: nodes are shared and never change.
#[derive(Debug, Clone)]
pub struct StateTree {
    /// The top of the tree.
    top: Arc<Node>,
    /// How large buckets grow and shrink.
    shape: Shape,
}

impl StateTree {
    /// Reads the tree of a store, which is the empty tree for an empty store.
    ///
    /// # Errors
    /// [`TreeError::Damaged`] when the bucket rows do not cover the keys exactly once; [`TreeError::Store`].
    pub fn open(store: &dyn Store) -> Result<Self, TreeError> {
        Self::open_with(store, Shape::DEFAULT)
    }

    /// Reads the tree of a store whose buckets shall have the given shape from now on.
    fn open_with(store: &dyn Store, shape: Shape) -> Result<Self, TreeError> {
        Ok(Self { top: rows::read(store)?, shape })
    }

    /// The hash that commits to every key and value; [`Hash::ZERO`] when there is none.
    pub fn root(&self) -> Hash {
        self.top.hash()
    }

    /// The number of keys that have a value.
    pub fn len(&self) -> u64 {
        self.top.leaves()
    }

    /// Whether no key has a value.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Computes the tree after `changes` (a new value, or `None` for a removal) without changing anything.
    ///
    /// # Errors
    /// [`TreeError::ValueTooLong`]; [`TreeError::Damaged`] when the leaves in the store are not those of this tree;
    /// [`TreeError::Store`].
    pub fn prepare(
        &self,
        store: &dyn Store,
        changes: BTreeMap<Hash, Option<Vec<u8>>>,
    ) -> Result<TreeUpdate, TreeError> {
        let after = update::update(&self.top, store, self.shape, &changes)?;
        Ok(TreeUpdate { before: Arc::clone(&self.top), after, changes })
    }

    /// Makes the tree the one that the update computed, after the store has kept what [`TreeUpdate::stage`] gave it.
    ///
    /// # Panics
    /// When another tree prepared the update: the owner applies updates one by one, each to what it was made of.
    pub fn apply(&mut self, update: TreeUpdate) {
        assert!(self.prepared(&update), "an update is applied to the tree that prepared it");
        self.top = update.after.forget_beyond(self.shape.cached_leaves_max);
    }

    /// Whether the update was prepared by this tree as it is now, so that it can be written and applied.
    pub fn prepared(&self, update: &TreeUpdate) -> bool {
        Arc::ptr_eq(&self.top, &update.before)
    }

    /// Proves what a key's value is, or that it has none.
    ///
    /// # Errors
    /// [`TreeError::Damaged`] when the leaves in the store are not those of this tree; [`TreeError::Store`].
    pub fn prove(&self, store: &dyn Store, key: &Hash) -> Result<StateProof, TreeError> {
        bucket::prove(&self.top, store, key)
    }
}

/// A state that was computed and not yet made real; dropping it has no effect.
#[derive(Debug, Clone)]
pub struct TreeUpdate {
    /// The top of the tree that prepared the update.
    before: Arc<Node>,
    /// The top of the new tree.
    after: Arc<Node>,
    /// The changed rows of [`Table::State`]; `None` for a removal.
    changes: BTreeMap<Hash, Option<Vec<u8>>>,
}

impl TreeUpdate {
    /// The root after the update.
    pub fn root(&self) -> Hash {
        self.after.hash()
    }

    /// The changed keys with their new values, or `None` where the key is removed.
    pub const fn changes(&self) -> &BTreeMap<Hash, Option<Vec<u8>>> {
        &self.changes
    }

    /// Adds to a batch every row that the update changes: leaves and buckets.
    pub fn stage(&self, batch: &mut WriteBatch) {
        for (key, value) in &self.changes {
            match value {
                Some(value) => batch.put(Table::State, *key.as_bytes(), value.as_slice()),
                None => batch.remove(Table::State, *key.as_bytes()),
            }
        }
        rows::stage(&self.before, &self.after, &Prefix::ROOT, batch);
    }
}

/// Why the state tree could not be read, updated or asked for a proof.
#[derive(Debug, thiserror::Error)]
pub enum TreeError {
    /// The store failed.
    #[error("the state tree cannot read its store")]
    Store(#[from] StoreError),
    /// The store's rows contradict each other.
    #[error("the state in the data folder is damaged: {detail}")]
    Damaged {
        /// What contradicts what.
        detail: String,
    },
    /// A value is longer than [`VALUE_BYTES_MAX`].
    #[error("the value of {key} has {bytes} bytes, and at most {VALUE_BYTES_MAX} are allowed")]
    ValueTooLong {
        /// The key of the value.
        key: Hash,
        /// The value's length.
        bytes: usize,
    },
}

#[cfg(test)]
mod tests;
