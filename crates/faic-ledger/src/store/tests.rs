//! Tests of what every store promises.

use std::io;
use std::ops::{Bound, ControlFlow};

use super::{ALL_KEYS, Direction, KEY_BYTES_MAX, KeyRange, MemoryStore, Row, Store, StoreError, Table, WriteBatch};

/// A row from short texts.
fn row(key: &str, value: &str) -> Row {
    (key.into(), value.into())
}

/// A store with the keys `a`, `c` and `e` in one table and `b` in another.
fn filled(store: &dyn Store) {
    let mut batch = WriteBatch::new();
    for (key, value) in [("a", "1"), ("c", "2"), ("e", "3")] {
        batch.put(Table::State, key, value);
    }
    batch.put(Table::Meta, "b", "4");
    store.write(batch).unwrap();
}

/// Values are read back from their own table only, replaced and removed.
pub(super) fn reads_what_was_written(store: &dyn Store) {
    filled(store);
    assert_eq!(store.read(Table::State, b"a").unwrap(), Some(b"1".to_vec()));
    assert_eq!(store.read(Table::State, b"b").unwrap(), None);
    assert_eq!(store.read(Table::Meta, b"b").unwrap(), Some(b"4".to_vec()));
    let mut batch = WriteBatch::new();
    batch.remove(Table::State, "a");
    batch.remove(Table::State, "never there");
    batch.put(Table::State, "c", "");
    batch.remove(Table::State, "e");
    batch.put(Table::State, "e", "last change counts");
    store.write(batch).unwrap();
    assert_eq!(store.read(Table::State, b"a").unwrap(), None);
    assert_eq!(store.read(Table::State, b"c").unwrap(), Some(Vec::new()));
    assert_eq!(store.read(Table::State, b"e").unwrap(), Some(b"last change counts".to_vec()));
    store.write(WriteBatch::new()).unwrap();
}

/// Rows move to another table in place of its own, and a table is emptied, before the changes of the same batch.
pub(super) fn moves_tables(store: &dyn Store) {
    filled(store);
    let mut batch = WriteBatch::new();
    batch.move_rows(Table::State, Table::Meta);
    batch.put(Table::Meta, "d", "5");
    assert!(!batch.is_empty());
    store.write(batch).unwrap();
    let all = |table| store.page(table, ALL_KEYS, Direction::Ascending, 9).unwrap();
    assert_eq!(all(Table::Meta), [row("a", "1"), row("c", "2"), row("d", "5"), row("e", "3")]);
    assert_eq!(all(Table::State), []);
    let mut batch = WriteBatch::new();
    batch.empty(Table::Meta);
    batch.put(Table::State, "z", "6");
    store.write(batch).unwrap();
    assert_eq!((all(Table::Meta), all(Table::State)), (vec![], vec![row("z", "6")]));
}

/// A view shows what there was when it was opened, whatever is written after, and is not written to.
pub(super) fn views_stand_still(store: &dyn Store) {
    filled(store);
    let view = store.view().unwrap();
    let mut batch = WriteBatch::new();
    batch.remove(Table::State, "a");
    batch.put(Table::State, "c", "new");
    batch.empty(Table::Meta);
    store.write(batch.clone()).unwrap();
    let page = |store: &dyn Store| store.page(Table::State, ALL_KEYS, Direction::Ascending, 9).unwrap();
    assert_eq!(page(view.as_ref()), [row("a", "1"), row("c", "2"), row("e", "3")]);
    assert_eq!(view.read(Table::Meta, b"b").unwrap(), Some(b"4".to_vec()));
    assert_eq!(page(store), [row("c", "new"), row("e", "3")]);
    assert!(matches!(view.write(batch), Err(StoreError::ReadOnly { .. })));
}

/// Scans go in order, both ways, within their bounds, and end when told to.
pub(super) fn scans_in_order(store: &dyn Store) {
    filled(store);
    let all = [row("a", "1"), row("c", "2"), row("e", "3")];
    let page = |range: KeyRange<'_>, direction, limit| store.page(Table::State, range, direction, limit).unwrap();
    assert_eq!(page(ALL_KEYS, Direction::Ascending, 10), all);
    assert_eq!(page(ALL_KEYS, Direction::Descending, 2), [row("e", "3"), row("c", "2")]);
    assert_eq!(page(ALL_KEYS, Direction::Ascending, 0), []);
    let (a, b, c) = (b"a".as_slice(), b"b".as_slice(), b"c".as_slice());
    assert_eq!(page((Bound::Excluded(a), Bound::Unbounded), Direction::Ascending, 1), [row("c", "2")]);
    assert_eq!(page((Bound::Unbounded, Bound::Excluded(c)), Direction::Descending, 9), [row("a", "1")]);
    assert_eq!(page((Bound::Included(b), Bound::Included(c)), Direction::Ascending, 9), [row("c", "2")]);
    for empty in [
        (Bound::Included(c), Bound::Included(b)),
        (Bound::Excluded(c), Bound::Included(c)),
        (Bound::Included(c), Bound::Excluded(c)),
        (Bound::Excluded(c), Bound::Excluded(c)),
    ] {
        assert_eq!(page(empty, Direction::Ascending, 9), [], "{empty:?}");
    }
    let mut visited = 0;
    store
        .scan(Table::State, ALL_KEYS, Direction::Ascending, &mut |_, _| {
            visited += 1;
            ControlFlow::Break(())
        })
        .unwrap();
    assert_eq!(visited, 1);
    assert_eq!(store.page(Table::History, ALL_KEYS, Direction::Ascending, 9).unwrap(), []);
}

/// The memory store keeps the promises.
#[test]
fn memory_store() {
    reads_what_was_written(&MemoryStore::new());
    scans_in_order(&MemoryStore::new());
    moves_tables(&MemoryStore::new());
    views_stand_still(&MemoryStore::new());
}

/// An operator reads what is wrong with the disk, not an error number.
#[test]
fn disk_errors_are_told_apart() {
    for kind in [io::ErrorKind::StorageFull, io::ErrorKind::QuotaExceeded, io::ErrorKind::FileTooLarge] {
        assert!(matches!(StoreError::from(io::Error::from(kind)), StoreError::DiskFull { .. }));
    }
    for kind in [io::ErrorKind::ReadOnlyFilesystem, io::ErrorKind::PermissionDenied] {
        assert!(matches!(StoreError::from(io::Error::from(kind)), StoreError::ReadOnly { .. }));
    }
    assert!(matches!(StoreError::from(io::Error::other("x")), StoreError::Io { .. }));
}

/// Table names are distinct and listed in order, so no two tables share a place on disk.
#[test]
fn tables_are_distinct() {
    for (place, table) in Table::ALL.into_iter().enumerate() {
        assert_eq!(table as usize, place);
        assert!(Table::ALL.iter().take(place).all(|other| other.name() != table.name()));
    }
}

/// The shortest and the longest key are taken.
#[test]
fn keys_up_to_the_limits() {
    let mut batch = WriteBatch::new();
    batch.put(Table::Meta, [0], "");
    batch.remove(Table::Meta, [0; KEY_BYTES_MAX]);
    assert_eq!(batch.len(), 2);
}

/// The next longer key is refused at once, not by the disk.
#[test]
#[should_panic(expected = "keys of 1 to 1024 bytes, not 1025")]
fn longer_key_is_refused() {
    WriteBatch::new().put(Table::Meta, [0; KEY_BYTES_MAX + 1], "");
}

/// An empty key is refused at once, not by the disk.
#[test]
#[should_panic(expected = "keys of 1 to 1024 bytes, not 0")]
fn empty_key_is_refused() {
    WriteBatch::new().remove(Table::Meta, []);
}
