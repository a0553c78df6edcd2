//! Where the ledger is kept: ordered tables of bytes, and one atomic, durable write.
//!
//! This is the seam between what the ledger means and how bytes reach a disk. It knows no account and no block. The
//! invariant that everything above relies on: a [`WriteBatch`] is kept whole or not at all, also through a crash or a
//! power cut, and a reader sees all of it or nothing. See `docs/adr/0001-store-and-state-tree.md`.

use std::collections::BTreeMap;
use std::io;
use std::ops::{Bound, ControlFlow};
use std::sync::Arc;

pub mod embedded;
pub mod faulty;
pub mod memory;

pub use embedded::EmbeddedStore;
pub use faulty::{FaultyStore, WriteFault};
pub use memory::MemoryStore;

/// An ordered collection of keys and values with one purpose.
///
/// The layers above define the bytes of keys and values; here they are opaque and ordered bytewise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Table {
    /// The leaves of the state tree: a 32-byte key and the value as it is now.
    State,
    /// The cached upper part of the state tree; see [`crate::tree`].
    StateBuckets,
    /// Blocks with their certificates by height.
    Blocks,
    /// Validator sets, by the first height that each decides.
    Validators,
    /// Transactions with their receipts, by height and position.
    Inclusions,
    /// Where a transaction is, by its id.
    Transactions,
    /// The transactions that touched an account, in order.
    History,
    /// Single facts about the ledger: the tip, the chain that it belongs to.
    Meta,
    /// The changes of the validator set before the first block of a ledger that began at a snapshot, by the first height
    /// that the new set decides.
    Handovers,
    /// The roots of the complete subtrees of the list of all block ids, by level and place.
    Ancestors,
    /// The heights of blocks, by their ids.
    BlockIds,
    /// What has come of a snapshot, in the form of [`Table::State`]; empty unless one is being restored.
    RestoredState,
    /// What has come of a snapshot, in the form of [`Table::StateBuckets`]; empty unless one is being restored.
    RestoredBuckets,
}

impl Table {
    /// Every table, in the order of declaration.
    pub const ALL: [Self; 13] = [
        Self::State,
        Self::StateBuckets,
        Self::Blocks,
        Self::Validators,
        Self::Inclusions,
        Self::Transactions,
        Self::History,
        Self::Meta,
        Self::Handovers,
        Self::Ancestors,
        Self::BlockIds,
        Self::RestoredState,
        Self::RestoredBuckets,
    ];

    /// The name under which the table is kept on disk, which never changes.
    pub const fn name(self) -> &'static str {
        match self {
            Self::State => "state",
            Self::StateBuckets => "state_buckets",
            Self::Blocks => "blocks",
            Self::Validators => "validators",
            Self::Inclusions => "inclusions",
            Self::Transactions => "transactions",
            Self::History => "history",
            Self::Meta => "meta",
            Self::Handovers => "handovers",
            Self::Ancestors => "ancestors",
            Self::BlockIds => "block_ids",
            Self::RestoredState => "restored_state",
            Self::RestoredBuckets => "restored_buckets",
        }
    }
}

/// The keys that a scan visits: a lower and an upper bound, compared bytewise.
pub type KeyRange<'a> = (Bound<&'a [u8]>, Bound<&'a [u8]>);

/// The most bytes of a key; a key has at least one.
pub const KEY_BYTES_MAX: usize = 1024;

/// Every key of a table.
pub const ALL_KEYS: KeyRange<'static> = (Bound::Unbounded, Bound::Unbounded);

/// The order in which a scan visits keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From the smallest key up.
    Ascending,
    /// From the largest key down.
    Descending,
}

/// What a scan calls for each key and value; [`ControlFlow::Break`] ends the scan.
pub type Visitor<'a> = &'a mut dyn FnMut(&[u8], &[u8]) -> ControlFlow<()>;

/// A key and its value, as [`Store::page`] returns them.
pub type Row = (Vec<u8>, Vec<u8>);

/// Ordered tables of bytes with atomic, durable writes.
///
/// A single call sees each batch whole or not at all. Two calls may see different batches: a caller that needs one view
/// over several reads keeps writers away meanwhile.
pub trait Store: Send + Sync {
    /// Reads the value of a key.
    ///
    /// # Errors
    /// A [`StoreError`] when the bytes cannot be read back as they were written.
    fn read(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError>;

    /// Visits the keys of a range in order until the visitor breaks off. An inverted range is empty.
    ///
    /// The visitor must not call the store.
    ///
    /// # Errors
    /// A [`StoreError`] when the bytes cannot be read back as they were written.
    fn scan(
        &self,
        table: Table,
        range: KeyRange<'_>,
        direction: Direction,
        visit: Visitor<'_>,
    ) -> Result<(), StoreError>;

    /// Keeps a whole batch, and returns only once it would survive a power cut.
    ///
    /// # Errors
    /// A [`StoreError`] after which it is not known whether the batch was kept: the store refuses every further write,
    /// reads go on to show what was there before the batch, and opening the store again tells.
    fn write(&self, batch: WriteBatch) -> Result<(), StoreError>;

    /// The store as it stands now, for reading only: writes go on beside it and do not show in it.
    ///
    /// While a view is held, the room that its rows take is not used again, so it should not be held for long.
    ///
    /// # Errors
    /// A [`StoreError`] when the store cannot be read.
    fn view(&self) -> Result<Arc<dyn Store>, StoreError>;

    /// Reads the first `limit` rows of a range.
    ///
    /// # Errors
    /// Those of [`Store::scan`].
    fn page(
        &self,
        table: Table,
        range: KeyRange<'_>,
        direction: Direction,
        limit: usize,
    ) -> Result<Vec<Row>, StoreError> {
        let mut rows = Vec::new();
        if limit == 0 {
            return Ok(rows);
        }
        self.scan(table, range, direction, &mut |key, value| {
            rows.push((key.to_vec(), value.to_vec()));
            if rows.len() < limit { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        Ok(rows)
    }
}

/// Changes that are kept together or not at all; the last change of a key counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WriteBatch {
    /// The tables that lose all of their rows first, with the table whose rows they get in their place.
    replaced: BTreeMap<Table, Option<Table>>,
    /// The new value of each changed key, or `None` where it is removed.
    changes: BTreeMap<(Table, Vec<u8>), Option<Vec<u8>>>,
}

impl WriteBatch {
    /// An empty batch.
    pub const fn new() -> Self {
        Self { replaced: BTreeMap::new(), changes: BTreeMap::new() }
    }

    /// Empties a table before anything else of the batch is done.
    pub fn empty(&mut self, table: Table) {
        self.replaced.insert(table, None);
    }

    /// Gives a table all rows of another in place of its own, before anything else of the batch is done; the other is
    /// empty then. It costs the same for any number of rows.
    ///
    /// # Panics
    /// For a table and itself.
    pub fn move_rows(&mut self, from: Table, to: Table) {
        assert_ne!(from, to, "rows are moved to another table");
        self.replaced.insert(to, Some(from));
    }

    /// Sets the value of a key.
    ///
    /// # Panics
    /// For a key that is empty or longer than [`KEY_BYTES_MAX`].
    pub fn put(&mut self, table: Table, key: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) {
        self.change(table, key.into(), Some(value.into()));
    }

    /// Removes a key; it need not exist.
    ///
    /// # Panics
    /// For a key that is empty or longer than [`KEY_BYTES_MAX`].
    pub fn remove(&mut self, table: Table, key: impl Into<Vec<u8>>) {
        self.change(table, key.into(), None);
    }

    /// Notes the last change of a key.
    fn change(&mut self, table: Table, key: Vec<u8>, value: Option<Vec<u8>>) {
        assert!(
            (1..=KEY_BYTES_MAX).contains(&key.len()),
            "the layers above make keys of 1 to {KEY_BYTES_MAX} bytes, not {}",
            key.len()
        );
        self.changes.insert((table, key), value);
    }

    /// The number of changed keys.
    pub fn len(&self) -> usize {
        self.changes.len()
    }

    /// Whether the batch changes nothing.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.replaced.is_empty()
    }

    /// The tables that lose all of their rows first, with the table whose rows they get in their place.
    pub const fn replaced(&self) -> &BTreeMap<Table, Option<Table>> {
        &self.replaced
    }

    /// The changes in the order of tables and keys: a value, or `None` for a removal.
    pub fn into_changes(self) -> impl Iterator<Item = (Table, Vec<u8>, Option<Vec<u8>>)> {
        self.changes.into_iter().map(|((table, key), value)| (table, key, value))
    }
}

/// Why a store could not be opened, read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file system, a quota or a limit of the process leaves no room for the write.
    #[error("there is no room for the data folder on its disk")]
    DiskFull {
        /// The operating system's own error.
        source: io::Error,
    },
    /// The data folder or its file system does not allow writing.
    #[error("the data folder cannot be written to")]
    ReadOnly {
        /// The operating system's own error.
        source: io::Error,
    },
    /// Another process has the data folder open.
    #[error("the data folder is in use by another process")]
    InUse,
    /// What was read is not what was written.
    #[error("the data folder is damaged: {detail}")]
    Corrupt {
        /// What is wrong, as exactly as the store can tell.
        detail: String,
    },
    /// The data folder was written by a newer version of this program.
    #[error("the data folder has format {found}, which is newer than format {supported} of this program")]
    NewerFormat {
        /// The format of the data folder.
        found: u32,
        /// The newest format that this program reads.
        supported: u32,
    },
    /// An earlier write failed, so that it is not known what the disk holds until the store is opened again.
    #[error("an earlier write failed; the store takes no more until it is opened again")]
    Halted,
    /// The operating system failed in another way.
    #[error("the data folder cannot be used")]
    Io {
        /// The operating system's own error.
        source: io::Error,
    },
}

impl StoreError {
    /// The error of who writes to a view.
    pub(crate) fn view() -> Self {
        let source = io::Error::new(io::ErrorKind::PermissionDenied, "a view of a store is for reading");
        Self::ReadOnly { source }
    }
}

impl From<io::Error> for StoreError {
    fn from(source: io::Error) -> Self {
        use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
        if matches!(source.kind(), StorageFull | QuotaExceeded | FileTooLarge) {
            Self::DiskFull { source }
        } else if matches!(source.kind(), io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied) {
            Self::ReadOnly { source }
        } else {
            Self::Io { source }
        }
    }
}

#[cfg(test)]
mod tests;
