//! Tests of Merkle roots.

use super::root;
use crate::{Domain, Hash};

/// A leaf of a number.
fn leaf(number: u8) -> Hash {
    Domain::TransactionLeaf.hash(&[&[number]])
}

/// An inner node.
fn node(left: Hash, right: Hash) -> Hash {
    Domain::MerkleNode.hash(&[left.as_bytes(), right.as_bytes()])
}

/// The shape is that of RFC 6962 for every small length.
#[test]
fn shape() {
    let leaves: Vec<_> = (0..5).map(leaf).collect();
    let [a, b, c, d, e] = leaves.as_slice().try_into().unwrap();
    assert_eq!(root(&[]), Hash::ZERO);
    assert_eq!(root(&leaves[..1]), a);
    assert_eq!(root(&leaves[..2]), node(a, b));
    assert_eq!(root(&leaves[..3]), node(node(a, b), c));
    assert_eq!(root(&leaves[..4]), node(node(a, b), node(c, d)));
    assert_eq!(root(&leaves), node(node(node(a, b), node(c, d)), e));
}

/// Order, repetition and length change the root.
#[test]
fn lists_differ() {
    let lists: [&[u8]; 6] = [&[1], &[1, 1], &[1, 2], &[2, 1], &[1, 2, 2], &[1, 2, 2, 2]];
    let roots: Vec<_> = lists.iter().map(|list| root(&list.iter().map(|n| leaf(*n)).collect::<Vec<_>>())).collect();
    for (index, one) in roots.iter().enumerate() {
        assert!(!roots[index + 1..].contains(one));
    }
}
