//! Tests of state proofs against a tree built in the plainest way from the whole set.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{Half, PathEnd, SIBLINGS_MAX, StateProof, StateProofError, leaf_hash, node_hash, value_hash};
use crate::hash::Hash;

/// A set of keys and values.
type Entries = BTreeMap<Hash, Vec<u8>>;

/// A key and its leaf's hash, as the definition of the tree sees them.
type Leaf = (Hash, Hash);

/// The leaves of a set, in key order.
fn leaves(entries: &Entries) -> Vec<Leaf> {
    entries.iter().map(|(key, value)| (*key, value_hash(value))).collect()
}

/// The root of the leaves below `depth`, word for word as the module's header defines it.
fn root_of(leaves: &[Leaf], depth: usize) -> Hash {
    match leaves {
        [] => Hash::ZERO,
        [(key, value)] => leaf_hash(key, value),
        many => {
            let (left, right) = halves(many, depth);
            node_hash(&root_of(left, depth + 1), &root_of(right, depth + 1))
        }
    }
}

/// Divides sorted leaves by their bit at `depth`.
fn halves(leaves: &[Leaf], depth: usize) -> (&[Leaf], &[Leaf]) {
    leaves.split_at(leaves.partition_point(|(key, _)| Half::of(key, depth) == Half::Left))
}

/// The proof of `key` among the leaves.
fn prove(leaves: &[Leaf], key: &Hash) -> StateProof {
    let mut rest = leaves;
    let mut siblings = Vec::new();
    for depth in 0.. {
        let end = match rest {
            [] => PathEnd::Empty,
            [(only, _)] if only == key => PathEnd::Own,
            [(only, value_hash)] => PathEnd::Other { key: *only, value_hash: *value_hash },
            many => {
                let (left, right) = halves(many, depth);
                let (near, far) = if Half::of(key, depth) == Half::Left { (left, right) } else { (right, left) };
                siblings.push(root_of(far, depth + 1));
                rest = near;
                continue;
            }
        };
        return StateProof::new(end, siblings).unwrap();
    }
    unreachable!("keys differ in one of their 256 bits");
}

/// A key whose first byte is given and whose other bytes are zero.
fn key(first: u8) -> Hash {
    let mut bytes = [0; 32];
    bytes[0] = first;
    Hash::from_bytes(bytes)
}

/// Keys that often share prefixes of many lengths: random bytes, kept up to a random place.
fn any_key() -> impl Strategy<Value = Hash> {
    (any::<[u8; 32]>(), 0_usize..=32).prop_map(|(mut bytes, kept)| {
        bytes[kept..].fill(0);
        Hash::from_bytes(bytes)
    })
}

/// Sets of a few dozen entries.
fn any_entries() -> impl Strategy<Value = Entries> {
    prop::collection::btree_map(any_key(), prop::collection::vec(any::<u8>(), 0..80), 0..40)
}

/// Flips one bit of a hash.
fn flipped(hash: &Hash, bit: u8) -> Hash {
    let mut bytes = *hash.as_bytes();
    bytes[usize::from(bit / 8)] ^= 1 << (bit % 8);
    Hash::from_bytes(bytes)
}

proptest! {
    /// Every key of the set is proved with its value and with nothing else; every other key is proved absent.
    #[test]
    fn proofs_show_exactly_the_set(entries in any_entries(), others in prop::collection::vec(any_key(), 0..20)) {
        let leaves = leaves(&entries);
        let root = root_of(&leaves, 0);
        for key in entries.keys().chain(&others) {
            let value = entries.get(key).map(Vec::as_slice);
            let proof = prove(&leaves, key);
            prop_assert_eq!(proof.verify(&root, key, value), Ok(()));
            prop_assert!(proof.verify(&root, key, Some(b"forged")).is_err());
            if value.is_some() {
                prop_assert_eq!(proof.verify(&root, key, None), Err(StateProofError::ShowsPresence));
            }
            let bytes = borsh::to_vec(&proof).unwrap();
            prop_assert_eq!(borsh::from_slice::<StateProof>(&bytes).unwrap(), proof);
        }
    }

    /// A proof with any one bit changed, or for any one bit changed of what it is about, shows nothing.
    #[test]
    fn tampering_is_seen(
        mut entries in any_entries(), key in any_key(), present in any::<bool>(), bit in any::<u8>(), at in any::<prop::sample::Index>(),
    ) {
        if present {
            entries.insert(key, b"value".to_vec());
        }
        let leaves = leaves(&entries);
        let root = root_of(&leaves, 0);
        let value = entries.get(&key).map(Vec::as_slice);
        let proof = prove(&leaves, &key);
        prop_assert!(proof.verify(&flipped(&root, bit), &key, value).is_err());
        if present {
            prop_assert!(proof.verify(&root, &flipped(&key, bit), value).is_err());
        }
        if let PathEnd::Other { key: other, value_hash } = proof.end {
            for end in [
                PathEnd::Other { key: flipped(&other, bit), value_hash },
                PathEnd::Other { key: other, value_hash: flipped(&value_hash, bit) },
                PathEnd::Other { key, value_hash },
                PathEnd::Empty,
            ] {
                let forged = StateProof { end, siblings: proof.siblings.clone() };
                prop_assert!(forged.verify(&root, &key, None).is_err());
            }
        }
        let mut longer = proof.clone();
        longer.siblings.push(Hash::ZERO);
        prop_assert!(longer.verify(&root, &key, value).is_err());
        if !proof.siblings.is_empty() {
            let place = at.index(proof.siblings.len());
            let mut changed = proof.clone();
            changed.siblings[place] = flipped(&changed.siblings[place], bit);
            prop_assert!(changed.verify(&root, &key, value).is_err());
            let mut shorter = proof.clone();
            shorter.siblings.remove(place);
            prop_assert!(shorter.verify(&root, &key, value).is_err());
        }
    }

    /// Bytes from a stranger are refused or read back to themselves, and never break the reader.
    #[test]
    fn strange_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(proof) = borsh::from_slice::<StateProof>(&bytes) {
            prop_assert_eq!(borsh::to_vec(&proof).unwrap(), bytes);
        }
    }
}

/// The roots of a few small sets, also computed by a second implementation: another value here is another protocol.
#[test]
fn golden_roots() {
    let set = |firsts: &[u8]| firsts.iter().map(|first| (key(*first), vec![*first])).collect::<Entries>();
    for (firsts, root) in [
        (&[][..], "0000000000000000000000000000000000000000000000000000000000000000"),
        (&[0x80], "26d8fb50053e53cdef6222f116047faa3cf4c0b2fc318cca36e7fc31151b98bb"),
        (&[0x00, 0x80], "ee5d8e2af3939e416d528840d63348addffa70a5f14a0534ad6a7806e4f12904"),
        (&[0x00, 0x01], "07a255f5670e5a8fb6396569173f9aa405c2ecbfac6070b4e136fe17a22190fb"),
        (&[0x00, 0x01, 0x40, 0x80, 0xff], "8230de4826e86f1f4a814992c92ed43ab99c4881b4b9829884debc1a45a27cc0"),
    ] {
        assert_eq!(root_of(&leaves(&set(firsts)), 0).to_string(), root, "the set {firsts:x?}");
    }
}

/// Two keys that differ in their last bit only have the longest proof, and it holds; one sibling more is refused.
#[test]
fn longest_proof() {
    let mut last = [0; 32];
    last[31] = 1;
    let entries = Entries::from([(Hash::ZERO, b"a".to_vec()), (Hash::from_bytes(last), b"b".to_vec())]);
    let leaves = leaves(&entries);
    let proof = prove(&leaves, &Hash::ZERO);
    assert_eq!(proof.siblings().len(), SIBLINGS_MAX);
    assert_eq!(proof.verify(&root_of(&leaves, 0), &Hash::ZERO, Some(b"a")), Ok(()));
    let too_long = vec![Hash::ZERO; SIBLINGS_MAX + 1];
    assert_eq!(StateProof::new(PathEnd::Own, too_long.clone()), Err(StateProofError::TooLong { siblings: 257 }));
    let bytes = borsh::to_vec(&StateProof { end: PathEnd::Own, siblings: too_long }).unwrap();
    assert!(borsh::from_slice::<StateProof>(&bytes).is_err());
}

/// A value cannot be passed off for another key whose path begins the same way.
#[test]
fn leaf_of_another_key_proves_nothing_present() {
    let entries = Entries::from([(key(0x80), b"rich".to_vec())]);
    let leaves = leaves(&entries);
    let root = root_of(&leaves, 0);
    let own = prove(&leaves, &key(0x80));
    assert!(own.verify(&root, &key(0x81), Some(b"rich")).is_err());
    assert_eq!(prove(&leaves, &key(0x81)).verify(&root, &key(0x81), Some(b"rich")), Err(StateProofError::ShowsAbsence));
}
