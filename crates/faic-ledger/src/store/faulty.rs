//! A store that fails when it is told to, as disks do when nobody expects it.
//!
//! For tests of faults. It keeps the promises of [`Store`] also while it fails: after a failed write nothing more is
//! written and reads go on to show what was there before, until [`FaultyStore::reopen`] tells what the disk holds.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard};

use super::{Direction, KeyRange, Store, StoreError, Table, Visitor, WriteBatch};

/// What becomes of a batch whose write fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WriteFault {
    /// It never reached the disk.
    Lost,
    /// It did, and only the answer was lost.
    Kept,
}

/// Another store, with faults.
pub struct FaultyStore {
    /// The store that works.
    inner: Arc<dyn Store>,
    /// What fails, and what has failed.
    faults: Mutex<Faults>,
}

/// What fails, and what has failed.
#[derive(Debug, Default)]
struct Faults {
    /// How many reads succeed before one fails; `None` when all do.
    good_reads: Option<u64>,
    /// How the next write fails; `None` when it succeeds.
    write: Option<WriteFault>,
    /// Whether a write has failed.
    halted: bool,
    /// What is on the disk and not shown to readers yet.
    unseen: Option<WriteBatch>,
}

impl FaultyStore {
    /// A store over `inner` that has no fault yet.
    pub fn new(inner: Arc<dyn Store>) -> Self {
        Self { inner, faults: Mutex::default() }
    }

    /// Lets one read fail, after `good` that succeed.
    pub fn fail_read_after(&self, good: u64) {
        self.faults().good_reads = Some(good);
    }

    /// Lets the next write fail, as a full disk would.
    pub fn fail_write(&self, fault: WriteFault) {
        self.faults().write = Some(fault);
    }

    /// Does what opening the store again does: shows what is on the disk, and works.
    ///
    /// # Errors
    /// Those of the store below.
    pub fn reopen(&self) -> Result<(), StoreError> {
        let unseen = std::mem::take(&mut *self.faults()).unseen;
        unseen.map_or(Ok(()), |batch| self.inner.write(batch))
    }

    /// Counts a read, and fails when it is that one's turn.
    fn count_read(&self) -> Result<(), StoreError> {
        let mut faults = self.faults();
        match faults.good_reads {
            None => Ok(()),
            Some(0) => {
                faults.good_reads = None;
                Err(StoreError::Io { source: io::Error::other("this read was to fail") })
            }
            Some(good) => {
                faults.good_reads = good.checked_sub(1);
                Ok(())
            }
        }
    }

    /// What fails, and what has failed.
    fn faults(&self) -> MutexGuard<'_, Faults> {
        self.faults.lock().expect("nothing panics while it holds this lock")
    }
}

impl Store for FaultyStore {
    fn read(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.count_read()?;
        self.inner.read(table, key)
    }

    fn scan(
        &self,
        table: Table,
        range: KeyRange<'_>,
        direction: Direction,
        visit: Visitor<'_>,
    ) -> Result<(), StoreError> {
        self.count_read()?;
        self.inner.scan(table, range, direction, visit)
    }

    fn write(&self, batch: WriteBatch) -> Result<(), StoreError> {
        let mut faults = self.faults();
        if faults.halted {
            return Err(StoreError::Halted);
        }
        let Some(fault) = faults.write.take() else {
            drop(faults);
            return self.inner.write(batch);
        };
        faults.halted = true;
        faults.unseen = match fault {
            WriteFault::Lost => None,
            WriteFault::Kept => Some(batch),
        };
        Err(StoreError::DiskFull { source: io::Error::from(io::ErrorKind::StorageFull) })
    }

    fn view(&self) -> Result<Arc<dyn Store>, StoreError> {
        self.inner.view()
    }
}

#[cfg(test)]
mod tests;
