//! Tests of parts: they make up the state, and nothing else passes for one.

use std::collections::BTreeMap;

use faic_core::{Domain, Hash};

use super::{PART_BYTES_MAX, PART_LEAVES_MAX, PARTS_MAX, Part, PartError, Parts, Rows};
use crate::{
    StateTree,
    store::{ALL_KEYS, Direction, MemoryStore, Store, Table, WriteBatch},
};

/// A state of so many leaves, of which a few share many bits.
fn state(leaves: u32) -> (MemoryStore, StateTree) {
    let store = MemoryStore::new();
    let mut tree = StateTree::open(&store).unwrap();
    let key = |number: u32| Domain::AccountKey.hash(&[&number.to_be_bytes()]);
    let mut changes: BTreeMap<_, _> = (0..leaves).map(|number| (key(number), Some(vec![1; 20]))).collect();
    changes.extend((0..3).map(|last| {
        let mut ground = [7; 32];
        ground[31] = last;
        (Hash::from_bytes(ground), Some(vec![last]))
    }));
    let update = tree.prepare(&store, changes).unwrap();
    let mut batch = WriteBatch::new();
    update.stage(&mut batch);
    store.write(batch).unwrap();
    tree.apply(update);
    (store, tree)
}

/// The parts lead to the root, and what is taken of them, in any order, is the state and its tree.
#[test]
fn parts_make_the_state() {
    for leaves in [0, 100, 10_000] {
        let (store, tree) = state(leaves);
        let told: Vec<Part> = tree.parts().unwrap().iter().copied().collect();
        assert_eq!(told.len() > 1, leaves > 2_000);
        let parts = Parts::assemble(&told).unwrap();
        assert_eq!(parts.root(), tree.root());
        let other = MemoryStore::new();
        for index in (0..parts.len()).rev() {
            assert!(!parts.is_taken(&other, index).unwrap());
            let rows = parts.read(&store, index).unwrap().unwrap();
            assert!(borsh::object_length(&rows).unwrap() <= PART_BYTES_MAX);
            let mut batch = WriteBatch::new();
            parts.take(index, &rows, &mut batch).unwrap();
            other.write(batch).unwrap();
            assert!(parts.is_taken(&other, index).unwrap());
        }
        assert_eq!(parts.read(&store, parts.len()).unwrap(), None);
        let mut batch = WriteBatch::new();
        batch.move_rows(Table::RestoredState, Table::State);
        batch.move_rows(Table::RestoredBuckets, Table::StateBuckets);
        other.write(batch).unwrap();
        let all = |store: &dyn Store| store.page(Table::State, ALL_KEYS, Direction::Ascending, usize::MAX).unwrap();
        assert_eq!(all(&other), all(&store));
        let mut restored = StateTree::open(&other).unwrap();
        assert_eq!((restored.root(), restored.len()), (tree.root(), tree.len()));
        let changes = BTreeMap::from([(Hash::from_bytes([9; 32]), Some(vec![9]))]);
        let (update, expected) = (restored.prepare(&other, changes.clone()), tree.prepare(&store, changes));
        let update = update.unwrap();
        assert_eq!(update.root(), expected.unwrap().root());
        restored.apply(update);
    }
}

/// Rows that are swapped, left out, added, changed, out of order or those of another part are refused.
#[test]
fn other_rows_are_refused() {
    let (store, tree) = state(5_000);
    let parts = tree.parts().unwrap();
    let read = |index: usize| parts.read(&store, index).unwrap().unwrap();
    let take = |index: usize, rows: &Rows| {
        let mut batch = WriteBatch::new();
        let taken = parts.take(index, rows, &mut batch);
        assert_eq!(taken.is_ok(), !batch.is_empty());
        taken
    };
    assert_eq!(take(0, &read(0)), Ok(()));
    let changed = |change: fn(&mut Vec<(Hash, Vec<u8>)>)| {
        let Rows(mut rows) = read(0);
        change(&mut rows);
        take(0, &Rows(rows))
    };
    assert_eq!(take(0, &read(1)), Err(PartError::Rows(0)), "another part");
    assert_eq!(changed(|rows| drop(rows.pop())), Err(PartError::Rows(0)), "truncated");
    assert_eq!(changed(|rows| rows.push((Hash::from_bytes([0; 32]), vec![]))), Err(PartError::Rows(0)), "extra");
    assert_eq!(changed(|rows| rows.swap(0, 1)), Err(PartError::Rows(0)), "out of order");
    assert_eq!(changed(|rows| rows[0].1 = vec![2; 20]), Err(PartError::Hash(0)), "another value");
    assert_eq!(changed(|rows| rows[0].0 = Hash::ZERO), Err(PartError::Hash(0)), "another key");
    assert_eq!(take(parts.len(), &read(0)), Err(PartError::Index(parts.len())));
}

/// A list of parts that leaves a gap, goes on after the end, or is longer than a state may have is no tree.
#[test]
fn bad_lists_are_refused() {
    let (_, tree) = state(5_000);
    let told: Vec<Part> = tree.parts().unwrap().iter().copied().collect();
    let refused = |change: fn(&mut Vec<Part>)| {
        let mut told = told.clone();
        change(&mut told);
        Parts::assemble(&told).map(|parts| parts.root() == tree.root())
    };
    assert_eq!(refused(|_| {}), Ok(true));
    assert_eq!(refused(|told| told[0].hash = Hash::from_bytes([1; 32])), Ok(false));
    let changes: [fn(&mut Vec<Part>); 6] = [
        |told| told.truncate(1),
        |told| told.push(told[0]),
        |told| told[0].depth = 300,
        |told| told[0].depth = 0,
        |told| told[0].leaves = 0,
        |told| told[0].leaves = u16::try_from(PART_LEAVES_MAX).unwrap() + 1,
    ];
    for change in changes {
        assert_eq!(refused(change), Err(PartError::NoTree));
    }
    assert_eq!(refused(|told| *told = vec![told[0]; PARTS_MAX + 1]), Err(PartError::TooMany));
    assert_eq!(refused(|told| told.clear()), Err(PartError::NoTree));
}
