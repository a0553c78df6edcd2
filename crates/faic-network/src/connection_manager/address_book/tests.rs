//! Tests of the address book.

use faic_core::SecretKey;

use super::{AddressBook, NODES_MAX};
use crate::{
    NodeId, NodeInfo, NodeState,
    node_info::ADDRESSES_MAX,
    samples::{address, node, state},
};

/// Hearsay fills the entry and stops there; where the node was really reached comes first.
#[test]
fn hearsay_does_not_displace() {
    let mut book = AddressBook::default();
    let told: Vec<_> = (1..=20).map(address).collect();
    book.learn(node(1), &told);
    assert_eq!(book.addresses(&node(1)), &told[..ADDRESSES_MAX]);
    book.confirm(node(1), &address(99).with_node(&node(1)));
    assert_eq!(book.addresses(&node(1))[0], address(99));
    book.learn(node(1), &told);
    assert_eq!(book.addresses(&node(1)).len(), ADDRESSES_MAX);
    assert_eq!(book.addresses(&node(1))[0], address(99));
}

/// What a node said itself is not overwritten by what others say of it.
#[test]
fn own_word_counts_more() {
    let mut book = AddressBook::default();
    book.set_state(node(1), state());
    let told = NodeState { height: 1_000, ..state() };
    for id in [node(1), node(2)] {
        book.hear(NodeInfo { id, addresses: vec![address(1)], state: Some(told.clone()) });
    }
    assert_eq!(book.state(&node(1)), Some(&state()));
    assert_eq!(book.state(&node(2)), Some(&told));
    assert_eq!(book.nodes().len(), 2);
}

/// The first ones come first, then those that were peers most lately; nodes and addresses that are not told do not count.
#[test]
fn most_important_nodes_are_selected() {
    let mut book = AddressBook::default();
    for seed in 1..=5 {
        book.learn(node(seed), &[address(u16::from(seed)), address(9)]);
        book.see(node(seed), u64::from(seed));
    }
    book.learn(node(6), &[address(9)]);
    let ids = |count: usize| -> Vec<NodeId> {
        let told = book.select(count, |id| *id == node(2), |id, at| *id != node(5) && *at != address(9));
        assert!(told.iter().all(|info| info.addresses.len() == 1 && info.addresses[0] != address(9)));
        told.into_iter().map(|info| info.id).collect()
    };
    assert_eq!(ids(3), [node(2), node(4), node(3)]);
    assert_eq!(ids(9), [node(2), node(4), node(3), node(1)]);
    assert_eq!(ids(0), []);
}

/// One node more than are known drops one that was never reached, and keeps one that was.
#[test]
fn memory_is_bounded() {
    let mut book = AddressBook::default();
    book.learn(node(1), &[address(1)]);
    book.see(node(1), 5);
    for number in 0..=u32::try_from(NODES_MAX).unwrap() {
        let mut seed = [9; 32];
        seed[..4].copy_from_slice(&number.to_le_bytes());
        book.learn(NodeId::new(SecretKey::from_seed(&seed).public_key()), &[address(2)]);
    }
    assert_eq!(book.nodes().len(), NODES_MAX);
    assert_eq!(book.seen(), [(node(1), 5, [address(1)].as_slice())]);
    assert_eq!(book.nodes()[0].id, node(1));
}
