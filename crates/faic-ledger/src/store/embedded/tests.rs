//! Tests of the store on disk.

use std::fs;
use std::path::Path;

use tempfile::tempdir;

use super::EmbeddedStore;
use crate::store::tests::{moves_tables, reads_what_was_written, scans_in_order, views_stand_still};
use crate::store::{Store, StoreError, Table, WriteBatch};

/// Writes one row.
fn put(store: &dyn Store, key: &str, value: &str) {
    let mut batch = WriteBatch::new();
    batch.put(Table::Meta, key, value);
    store.write(batch).unwrap();
}

/// Reads one row as text.
fn get(store: &dyn Store, key: &str) -> Option<String> {
    store.read(Table::Meta, key.as_bytes()).unwrap().map(|value| String::from_utf8(value).unwrap())
}

/// Opens a store that must refuse.
fn refused(folder: &Path) -> StoreError {
    EmbeddedStore::open(folder).expect_err("the store opened")
}

/// The embedded store keeps the promises of every store.
#[test]
fn keeps_the_promises() {
    reads_what_was_written(&EmbeddedStore::open(tempdir().unwrap().path()).unwrap());
    scans_in_order(&EmbeddedStore::open(tempdir().unwrap().path()).unwrap());
    moves_tables(&EmbeddedStore::open(tempdir().unwrap().path()).unwrap());
    views_stand_still(&EmbeddedStore::open(tempdir().unwrap().path()).unwrap());
}

/// A store of a program that knew fewer tables gets the others when it is opened.
#[test]
fn tables_are_added() {
    let folder = tempdir().unwrap();
    let store = EmbeddedStore::open(folder.path()).unwrap();
    put(&store, "a", "1");
    let transaction = store.database.begin_write().unwrap();
    transaction.delete_table(super::definition(Table::Handovers)).unwrap();
    transaction.commit().unwrap();
    drop(store);
    let store = EmbeddedStore::open(folder.path()).unwrap();
    assert_eq!(store.read(Table::Handovers, b"a").unwrap(), None);
    assert_eq!(get(&store, "a").as_deref(), Some("1"));
}

/// What was written is there after the store was closed, and the store may be moved to another folder.
#[test]
fn survives_closing_and_moving() {
    let (first, second) = (tempdir().unwrap(), tempdir().unwrap());
    put(&EmbeddedStore::open(first.path()).unwrap(), "a", "1");
    let store = EmbeddedStore::open(first.path()).unwrap();
    assert_eq!(get(&store, "a").as_deref(), Some("1"));
    put(&store, "b", "2");
    drop(store);
    let moved = second.path().join("here");
    fs::rename(first.path(), &moved).unwrap();
    let store = EmbeddedStore::open(&moved).unwrap();
    assert_eq!((get(&store, "a").as_deref(), get(&store, "b").as_deref()), (Some("1"), Some("2")));
}

/// A folder is open once at a time.
#[test]
fn second_opener_is_refused() {
    let folder = tempdir().unwrap();
    let _store = EmbeddedStore::open(folder.path()).unwrap();
    assert!(matches!(refused(folder.path()), StoreError::InUse));
}

/// A folder of a newer version is refused by name, and left as it is.
#[test]
fn newer_format_is_refused() {
    let folder = tempdir().unwrap();
    put(&EmbeddedStore::open(folder.path()).unwrap(), "a", "1");
    fs::write(folder.path().join("format"), "faic-store 2\n").unwrap();
    assert!(matches!(refused(folder.path()), StoreError::NewerFormat { found: 2, supported: 1 }));
    fs::write(folder.path().join("format"), "faic-store 1\n").unwrap();
    assert_eq!(get(&EmbeddedStore::open(folder.path()).unwrap(), "a").as_deref(), Some("1"));
}

/// A folder that is not ours is refused rather than cleaned.
#[test]
fn foreign_folders_are_refused() {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("format"), "a poem\n").unwrap();
    assert!(matches!(refused(folder.path()), StoreError::Corrupt { .. }));
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("tables.redb"), "do not delete").unwrap();
    assert!(matches!(refused(folder.path()), StoreError::Corrupt { .. }));
    assert_eq!(fs::read(folder.path().join("tables.redb")).unwrap(), b"do not delete");
    fs::write(folder.path().join("format"), "faic-store 1\n").unwrap();
    assert!(matches!(refused(folder.path()), StoreError::Corrupt { .. }));
    let file = tempdir().unwrap().path().join("a-file");
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(&file, "").unwrap();
    assert!(matches!(refused(&file), StoreError::Io { .. }));
}

/// A crash in the middle of creating the store is made good by the next start.
#[test]
fn interrupted_creation_is_repeated() {
    let folder = tempdir().unwrap();
    put(&EmbeddedStore::open(folder.path()).unwrap(), "a", "1");
    fs::rename(folder.path().join("format"), folder.path().join("format.new")).unwrap();
    fs::write(folder.path().join("tables.redb"), "half a file").unwrap();
    let store = EmbeddedStore::open(folder.path()).unwrap();
    assert_eq!(get(&store, "a"), None);
    put(&store, "a", "2");
    drop(store);
    assert_eq!(get(&EmbeddedStore::open(folder.path()).unwrap(), "a").as_deref(), Some("2"));
}
