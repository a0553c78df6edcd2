//! Tests of Merkle roots and proofs.

use std::collections::BTreeMap;

use super::{Frontier, ListProof, ListProofError, SIBLINGS_MAX, root};
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

/// Every leaf of every small list is proved, under its own root, at its own place and with its own path only.
#[test]
fn proofs() {
    for length in 1..40 {
        let leaves: Vec<_> = (0..length).map(leaf).collect();
        let root = root(&leaves);
        for (index, own) in (0..).zip(&leaves) {
            let proof = ListProof::new(&leaves, index).unwrap();
            proof.verify(&root, own).unwrap();
            assert_eq!((proof.index(), proof.count()), (index, u64::from(length)));
            assert_eq!(proof.verify(&root, &leaf(200)), Err(ListProofError::RootMismatch));
            assert_eq!(proof.verify(&leaf(201), own), Err(ListProofError::RootMismatch));
            let again: ListProof = borsh::from_slice(&borsh::to_vec(&proof).unwrap()).unwrap();
            assert_eq!(again, proof);
        }
        assert_eq!(ListProof::new(&leaves, u64::from(length)), None);
    }
}

/// A proof that is bent is refused: another place, another length, a sibling more, less or changed.
#[test]
fn bent_proofs() {
    let leaves: Vec<_> = (0..11).map(leaf).collect();
    let (root, good) = (root(&leaves), ListProof::new(&leaves, 6).unwrap());
    let refused = |bend: &dyn Fn(&mut ListProof)| {
        let mut bent = good.clone();
        bend(&mut bent);
        bent.verify(&root, &leaves[6]).unwrap_err()
    };
    assert_eq!(refused(&|proof| proof.index = 7), ListProofError::RootMismatch);
    assert_eq!(refused(&|proof| proof.index = 11), ListProofError::Shape);
    assert_eq!(refused(&|proof| proof.count = 5), ListProofError::Shape);
    assert_eq!(refused(&|proof| proof.count = 0), ListProofError::Shape);
    assert_eq!(refused(&|proof| proof.siblings.push(Hash::ZERO)), ListProofError::Shape);
    assert_eq!(refused(&|proof| _ = proof.siblings.pop()), ListProofError::Shape);
    for at in 0..good.siblings.len() {
        assert_eq!(refused(&|proof| proof.siblings[at] = leaf(99)), ListProofError::RootMismatch);
    }
    let mut long = borsh::to_vec(&(0_u64, 1_u64, u32::try_from(SIBLINGS_MAX + 1).unwrap())).unwrap();
    long.resize(4096, 0);
    assert!(borsh::from_slice::<ListProof>(&long).is_err());
}

/// A list that grows leaf by leaf has the root of the whole list at every length, and of the subtrees that it completed
/// every leaf can be proved at every length.
#[test]
fn frontiers() {
    let leaves: Vec<_> = (0..70).map(leaf).collect();
    let (mut frontier, mut known) = (Frontier::default(), BTreeMap::new());
    assert_eq!(frontier.root(), Hash::ZERO);
    for (length, leaf) in (1..).zip(&leaves) {
        known.extend(frontier.push(*leaf));
        let so_far = &leaves[..usize::try_from(length).unwrap()];
        assert_eq!((frontier.count(), frontier.root()), (length, root(so_far)));
        let peaks: Vec<_> = Frontier::subtrees(length).map(|subtree| known[&subtree]).collect();
        assert_eq!(Frontier::new(length, peaks), Some(frontier.clone()));
        for index in 0..length {
            let proof = ListProof::of_subtrees(index, length, |subtree| known.get(&subtree).copied().ok_or(subtree));
            assert_eq!(proof.unwrap(), ListProof::new(so_far, index));
        }
    }
    assert_eq!(Frontier::new(3, vec![leaf(0)]), None);
}

/// Somebody who knows only the edge of a list as it was can prove every later leaf.
#[test]
fn a_list_continued() {
    let leaves: Vec<_> = (0..50).map(leaf).collect();
    for base in 0..20_usize {
        let mut frontier = Frontier::default();
        for leaf in &leaves[..base] {
            frontier.push(*leaf);
        }
        let count = frontier.count();
        let mut known: BTreeMap<_, _> = Frontier::subtrees(count).zip(frontier.peaks().iter().copied()).collect();
        for leaf in &leaves[base..] {
            known.extend(frontier.push(*leaf));
        }
        for index in count..50 {
            let proof = ListProof::of_subtrees(index, 50, |subtree| known.get(&subtree).copied().ok_or(subtree));
            assert_eq!(proof.unwrap(), ListProof::new(&leaves, index), "{base} {index}");
        }
    }
}
