//! Tests of the state tree against the definition of its root.

use std::collections::BTreeMap;

use faic_core::Hash;
use faic_core::state_proof::{Half, leaf_hash, node_hash, value_hash};
use proptest::prelude::*;

use super::node::{Node, Shape};
use super::{StateTree, TreeError, VALUE_BYTES_MAX};
use crate::store::{ALL_KEYS, Direction, MemoryStore, Store, Table, WriteBatch};

/// A whole state.
type Entries = BTreeMap<Hash, Vec<u8>>;

/// Changes of a state.
type Changes = BTreeMap<Hash, Option<Vec<u8>>>;

/// The shapes under test: every leaf its own bucket and none in memory, a few leaves a bucket, and the real one.
const SHAPES: [Shape; 4] = [
    Shape { split_above: 1, merge_up_to: 1, cached_leaves_max: 0 },
    Shape { split_above: 4, merge_up_to: 2, cached_leaves_max: 50 },
    Shape { split_above: 5, merge_up_to: 5, cached_leaves_max: u64::MAX },
    Shape::DEFAULT,
];

/// The root of sorted entries below `depth`, word for word as `faic_core::state_proof` defines it.
fn root_of(entries: &[(&Hash, &Vec<u8>)], depth: usize) -> Hash {
    match entries {
        [] => Hash::ZERO,
        [(key, value)] => leaf_hash(key, &value_hash(value)),
        many => {
            let (left, right) = many.split_at(many.partition_point(|(key, _)| Half::of(key, depth) == Half::Left));
            node_hash(&root_of(left, depth + 1), &root_of(right, depth + 1))
        }
    }
}

/// The root of a whole state.
fn root(entries: &Entries) -> Hash {
    root_of(&entries.iter().collect::<Vec<_>>(), 0)
}

/// What must survive a restart: each node's hash and its number of leaves, from the top down and the left to the right.
fn outline(node: &Node) -> Vec<(Hash, u64)> {
    let mut nodes = vec![(node.hash(), node.leaves())];
    if let Node::Inner { left, right, .. } = node {
        nodes.extend(outline(left));
        nodes.extend(outline(right));
    }
    nodes
}

/// Makes changes durable and applies them, as the ledger does.
fn commit(tree: &mut StateTree, store: &dyn Store, changes: Changes) {
    let update = tree.prepare(store, changes).unwrap();
    let mut batch = WriteBatch::new();
    update.stage(&mut batch);
    store.write(batch).unwrap();
    tree.apply(update);
}

/// Changes that make a whole state out of nothing.
fn creation(entries: &Entries) -> Changes {
    entries.iter().map(|(key, value)| (*key, Some(value.clone()))).collect()
}

/// A key that begins with `bits` random bits and goes on with zeros, so that keys share prefixes of every length.
fn any_key() -> impl Strategy<Value = Hash> {
    (any::<[u8; 32]>(), 0_usize..=256).prop_map(|(mut bytes, bits)| {
        for (place, byte) in bytes.iter_mut().enumerate() {
            let kept = bits.saturating_sub(place * 8).min(8) as u32;
            *byte &= !u8::MAX.checked_shr(kept).unwrap_or(0);
        }
        Hash::from_bytes(bytes)
    })
}

/// Keys of a crowded corner beside keys from everywhere.
fn key_in_a_small_world() -> impl Strategy<Value = Hash> {
    prop_oneof![
        any_key(),
        any::<[u8; 2]>().prop_map(|[high, low]| {
            let mut bytes = [0xAA; 32];
            bytes[9] = high & 0x0F;
            bytes[31] = low & 0x1F;
            Hash::from_bytes(bytes)
        }),
        any::<[u8; 32]>().prop_map(Hash::from_bytes),
    ]
}

/// A few rounds of changes; a removal is as likely as a value.
fn any_rounds() -> impl Strategy<Value = Vec<Changes>> {
    let value = prop::option::of(prop::collection::vec(any::<u8>(), 0..40));
    prop::collection::vec(prop::collection::btree_map(key_in_a_small_world(), value, 0..120), 1..6)
}

/// Does a round of changes to a plain map, removing what is there already every other time.
fn change(entries: &mut Entries, changes: &Changes) {
    for (key, value) in changes {
        match value {
            Some(value) => entries.insert(*key, value.clone()),
            None => entries.remove(key),
        };
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// After every round the root is that of the set, for every shape, also after a restart with another shape.
    #[test]
    fn root_is_that_of_the_set(rounds in any_rounds(), shape in 0..SHAPES.len(), next_shape in 0..SHAPES.len()) {
        let store = MemoryStore::new();
        let mut tree = StateTree::open_with(&store, SHAPES[shape]).unwrap();
        let mut entries = Entries::new();
        for (place, mut changes) in rounds.into_iter().enumerate() {
            // Every third key of the state goes, so that buckets shrink and merge as well.
            changes.extend(entries.keys().skip(place % 3).step_by(3).map(|key| (*key, None)));
            change(&mut entries, &changes);
            commit(&mut tree, &store, changes);
            prop_assert_eq!(tree.root(), root(&entries));
            prop_assert_eq!(tree.len(), entries.len() as u64);
            let reopened = StateTree::open_with(&store, SHAPES[next_shape]).unwrap();
            prop_assert!(outline(&reopened.top) == outline(&tree.top));
            if place % 2 == 1 {
                tree = reopened;
            }
        }
        let gone: Changes = entries.keys().map(|key| (*key, None)).collect();
        commit(&mut tree, &store, gone);
        prop_assert_eq!(tree.root(), Hash::ZERO);
        prop_assert!(tree.is_empty());
    }

    /// Every key of the state and any other key has a proof that holds for exactly what the state says.
    #[test]
    fn proofs_hold(rounds in any_rounds(), others in prop::collection::vec(key_in_a_small_world(), 1..20), shape in 0..SHAPES.len()) {
        let store = MemoryStore::new();
        let mut tree = StateTree::open_with(&store, SHAPES[shape]).unwrap();
        let mut entries = Entries::new();
        for changes in rounds {
            change(&mut entries, &changes);
            commit(&mut tree, &store, changes);
        }
        for key in entries.keys().chain(&others) {
            let proof = tree.prove(&store, key).unwrap();
            let value = entries.get(key).map(Vec::as_slice);
            prop_assert_eq!(proof.verify(&tree.root(), key, value), Ok(()));
            prop_assert!(proof.verify(&tree.root(), key, Some(b"what nobody stored")).is_err());
        }
    }

    /// An update that is dropped leaves no trace, and the same changes give the same update again.
    #[test]
    fn dropped_update_has_no_effect(first in any_rounds(), second in any_rounds()) {
        let store = MemoryStore::new();
        let mut tree = StateTree::open(&store).unwrap();
        for changes in first {
            commit(&mut tree, &store, changes);
        }
        let before = tree.clone();
        for changes in second {
            let once = tree.prepare(&store, changes.clone()).unwrap();
            let again = tree.prepare(&store, changes).unwrap();
            prop_assert_eq!(once.root(), again.root());
            let (mut batch, mut same) = (WriteBatch::new(), WriteBatch::new());
            once.stage(&mut batch);
            again.stage(&mut same);
            prop_assert!(batch == same);
        }
        prop_assert!(tree.top == before.top);
        prop_assert!(outline(&StateTree::open(&store).unwrap().top) == outline(&before.top));
    }
}

/// The key that ends in this number.
fn numbered(number: u64) -> Hash {
    let mut bytes = [0; 32];
    bytes[24..].copy_from_slice(&number.to_be_bytes());
    Hash::from_bytes(bytes)
}

/// Enough random keys to use threads give the same root one by one, all at once and in any shape.
#[test]
fn many_keys_at_once_or_in_parts() {
    let entries: Entries = (0..5_000_u64)
        .map(|n| (faic_core::Domain::Address.hash(&[&n.to_be_bytes()]), n.to_be_bytes().to_vec()))
        .collect();
    for shape in SHAPES {
        let store = MemoryStore::new();
        let mut tree = StateTree::open_with(&store, shape).unwrap();
        let all: Vec<_> = creation(&entries).into_iter().collect();
        for part in all.chunks(1_300) {
            commit(&mut tree, &store, part.iter().cloned().collect());
        }
        assert_eq!(tree.root(), root(&entries));
    }
}

/// Keys ground to share 240 bits cost long paths and not large buckets: each bucket keeps to its size.
#[test]
fn ground_keys_do_not_crowd_a_bucket() {
    let store = MemoryStore::new();
    let mut tree = StateTree::open(&store).unwrap();
    let entries: Entries = (0..2_000).map(|n| (numbered(n), vec![1])).collect();
    commit(&mut tree, &store, creation(&entries));
    assert_eq!(tree.root(), root(&entries));
    let rows = store.page(Table::StateBuckets, ALL_KEYS, Direction::Ascending, usize::MAX).unwrap();
    assert!(rows.len() < 1_000, "{} rows", rows.len());
    let proof = tree.prove(&store, &numbered(77)).unwrap();
    assert_eq!(proof.verify(&tree.root(), &numbered(77), Some(&[1])), Ok(()));
    let longest: Vec<u64> = vec![2_000, u64::MAX];
    for absent in longest {
        let proof = tree.prove(&store, &numbered(absent)).unwrap();
        assert_eq!(proof.verify(&tree.root(), &numbered(absent), None), Ok(()));
    }
}

/// The longest value is taken and the next one refused.
#[test]
fn value_length_is_limited() {
    let store = MemoryStore::new();
    let tree = StateTree::open(&store).unwrap();
    let with_bytes = |bytes| Changes::from([(numbered(1), Some(vec![0; bytes]))]);
    assert!(tree.prepare(&store, with_bytes(VALUE_BYTES_MAX)).is_ok());
    let refused = tree.prepare(&store, with_bytes(VALUE_BYTES_MAX + 1));
    assert!(matches!(refused, Err(TreeError::ValueTooLong { bytes, .. }) if bytes == VALUE_BYTES_MAX + 1));
}

/// A store with a state of 100 keys.
fn store_with_state() -> (MemoryStore, StateTree) {
    let store = MemoryStore::new();
    let mut tree = StateTree::open(&store).unwrap();
    let entries: Entries = (0..100).map(|n| (numbered(n), vec![1])).collect();
    commit(&mut tree, &store, creation(&entries));
    (store, tree)
}

/// Writes one row behind the tree's back.
fn tamper(store: &dyn Store, table: Table, key: &[u8], value: Option<&[u8]>) {
    let mut batch = WriteBatch::new();
    match value {
        Some(value) => batch.put(table, key, value),
        None => batch.remove(table, key),
    }
    store.write(batch).unwrap();
}

/// A missing, foreign or unreadable bucket row is reported when the tree is opened.
#[test]
fn damaged_bucket_rows_are_reported() {
    let first_row =
        |store: &dyn Store| store.page(Table::StateBuckets, ALL_KEYS, Direction::Descending, 1).unwrap().remove(0);
    for damage in 0..3 {
        let (store, _) = store_with_state();
        let (key, mut value) = first_row(&store);
        match damage {
            0 => tamper(&store, Table::StateBuckets, &key, None),
            1 => tamper(&store, Table::StateBuckets, &[0xFF, 0x01], Some(&value)),
            _ => {
                value.pop();
                tamper(&store, Table::StateBuckets, &key, Some(&value));
            }
        }
        assert!(matches!(StateTree::open(&store), Err(TreeError::Damaged { .. })), "damage {damage}");
    }
}

/// A leaf that was lost, changed or misnamed behind the tree's back is reported and never proved.
#[test]
fn damaged_leaves_are_reported() {
    let (store, tree) = store_with_state();
    tamper(&store, Table::State, numbered(5).as_bytes(), Some(&[2]));
    assert!(matches!(tree.prove(&store, &numbered(5)), Err(TreeError::Damaged { .. })));
    let (store, tree) = store_with_state();
    tamper(&store, Table::State, numbered(5).as_bytes(), None);
    assert!(matches!(tree.prove(&store, &numbered(6)), Err(TreeError::Damaged { .. })));
    let reopened = StateTree::open(&store).unwrap();
    let one = Changes::from([(numbered(6), None)]);
    assert!(matches!(reopened.prepare(&store, one), Err(TreeError::Damaged { .. })));
    let (store, tree) = store_with_state();
    tamper(&store, Table::State, &[0; 33], Some(&[2]));
    assert!(matches!(tree.prove(&store, &numbered(0)), Err(TreeError::Damaged { .. })));
}

/// Applying an update to another tree than the one that prepared it stops the program.
#[test]
#[should_panic(expected = "an update is applied to the tree that prepared it")]
fn update_of_another_tree_is_refused() {
    let (store, tree) = store_with_state();
    let update = tree.prepare(&store, Changes::from([(numbered(6), None)])).unwrap();
    StateTree::open(&store).unwrap().apply(update);
}
