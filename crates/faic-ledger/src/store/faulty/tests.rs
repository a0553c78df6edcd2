//! Tests of the store that fails.

use std::sync::Arc;

use super::{FaultyStore, WriteFault};
use crate::store::tests::{reads_what_was_written, scans_in_order};
use crate::store::{MemoryStore, Store, StoreError, Table, WriteBatch};

/// A faulty store over memory.
fn faulty() -> FaultyStore {
    FaultyStore::new(Arc::new(MemoryStore::new()))
}

/// A batch of one row.
fn batch(value: &str) -> WriteBatch {
    let mut batch = WriteBatch::new();
    batch.put(Table::Meta, "key", value);
    batch
}

/// Without faults it keeps the promises of every store.
#[test]
fn keeps_the_promises() {
    reads_what_was_written(&faulty());
    scans_in_order(&faulty());
}

/// After a failed write readers see what was there before, writers are refused, and opening again tells what was kept.
#[test]
fn failed_writes() {
    for (fault, kept) in [(WriteFault::Lost, "old"), (WriteFault::Kept, "new")] {
        let store = faulty();
        store.write(batch("old")).unwrap();
        store.fail_write(fault);
        assert!(matches!(store.write(batch("new")), Err(StoreError::DiskFull { .. })));
        assert!(matches!(store.write(batch("newer")), Err(StoreError::Halted)));
        assert_eq!(store.read(Table::Meta, b"key").unwrap(), Some(b"old".to_vec()));
        store.reopen().unwrap();
        assert_eq!(store.read(Table::Meta, b"key").unwrap(), Some(kept.into()));
        store.write(batch("newest")).unwrap();
    }
}

/// One read fails, after as many as were said.
#[test]
fn failed_read() {
    let store = faulty();
    store.fail_read_after(1);
    let results = [0; 3].map(|_| store.read(Table::Meta, b"key").is_ok());
    assert_eq!(results, [true, false, true]);
}
