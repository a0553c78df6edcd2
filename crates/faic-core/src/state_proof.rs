//! Proofs that a key of the state tree has a value, or that it has none.
//!
//! The state tree is a binary Merkle trie over 32-byte keys, read from the most significant bit. Its root is a function
//! of the set of keys and values alone: an empty subtree is [`Hash::ZERO`], a subtree with one key is that key's leaf,
//! any other is the hash of its two halves. This module defines those hashes and checks proofs against a root that the
//! caller already trusts (from a header with its certificate); it keeps no tree.

use std::io::{self, Read};

use borsh::{BorshDeserialize, BorshSerialize};

use crate::bounded;
use crate::hash::{Domain, Hash};

/// The most siblings that a proof can have: one for each bit of a key.
pub const SIBLINGS_MAX: usize = 256;

/// Which half of a subtree a key lies in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Half {
    /// The keys whose next bit is 0.
    Left,
    /// The keys whose next bit is 1.
    Right,
}

impl Half {
    /// The half of the subtree at `depth` that holds `key`; a depth beyond the key's last bit counts as left.
    pub fn of(key: &Hash, depth: usize) -> Self {
        let byte = key.as_bytes().get(depth / 8).copied().unwrap_or(0);
        let shifted = byte << (depth % 8);
        if shifted & 0x80 == 0 { Self::Left } else { Self::Right }
    }
}

/// The hash of a value, which its leaf commits to.
pub fn value_hash(value: &[u8]) -> Hash {
    Domain::StateValue.hash(&[value])
}

/// The hash of a leaf: a key and the hash of its value.
pub fn leaf_hash(key: &Hash, value_hash: &Hash) -> Hash {
    Domain::StateLeaf.hash(&[key.as_bytes(), value_hash.as_bytes()])
}

/// The hash of a subtree that holds at least two keys, from the hashes of its halves.
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Domain::StateNode.hash(&[left.as_bytes(), right.as_bytes()])
}

/// What the path of the key ends in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum PathEnd {
    /// The key's own leaf: the key has a value.
    Own,
    /// Nothing: the key has no value.
    Empty,
    /// The leaf of another key that shares the path: the key has no value.
    Other {
        /// The other leaf's key.
        key: Hash,
        /// The hash of the other leaf's value.
        value_hash: Hash,
    },
}

/// The way from the root to where a key is, or would be.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct StateProof {
    /// What the path ends in.
    end: PathEnd,
    /// The hash beside the path at each depth, from the root down; at most [`SIBLINGS_MAX`].
    #[borsh(deserialize_with = "read_siblings")]
    siblings: Vec<Hash>,
}

impl StateProof {
    /// Assembles a proof from its end and the siblings from the root down.
    ///
    /// # Errors
    /// [`StateProofError::TooLong`] for more than [`SIBLINGS_MAX`] siblings.
    pub fn new(end: PathEnd, siblings: Vec<Hash>) -> Result<Self, StateProofError> {
        if siblings.len() > SIBLINGS_MAX {
            return Err(StateProofError::TooLong { siblings: siblings.len() });
        }
        Ok(Self { end, siblings })
    }

    /// What the path ends in.
    pub const fn end(&self) -> &PathEnd {
        &self.end
    }

    /// The hash beside the path at each depth, from the root down.
    pub fn siblings(&self) -> &[Hash] {
        &self.siblings
    }

    /// Checks that under `root` the key has exactly this value, or none.
    ///
    /// # Errors
    /// A [`StateProofError`] that says why the proof does not show it.
    pub fn verify(&self, root: &Hash, key: &Hash, value: Option<&[u8]>) -> Result<(), StateProofError> {
        let end = self.end_hash(key, value)?;
        let folded =
            self.siblings.iter().enumerate().rev().fold(end, |hash, (depth, sibling)| match Half::of(key, depth) {
                Half::Left => node_hash(&hash, sibling),
                Half::Right => node_hash(sibling, &hash),
            });
        if folded == *root { Ok(()) } else { Err(StateProofError::RootMismatch { computed: folded }) }
    }

    /// The hash of the path's end, once it is known to support the claim about `key`.
    fn end_hash(&self, key: &Hash, value: Option<&[u8]>) -> Result<Hash, StateProofError> {
        match (&self.end, value) {
            (PathEnd::Own, Some(value)) => Ok(leaf_hash(key, &value_hash(value))),
            (PathEnd::Empty, None) => Ok(Hash::ZERO),
            (PathEnd::Other { key: other, value_hash }, None) => {
                let shares_path =
                    || (0..self.siblings.len()).all(|depth| Half::of(key, depth) == Half::of(other, depth));
                if other == key || !shares_path() {
                    return Err(StateProofError::ForeignLeaf);
                }
                Ok(leaf_hash(other, value_hash))
            }
            (PathEnd::Own, None) => Err(StateProofError::ShowsPresence),
            (PathEnd::Empty | PathEnd::Other { .. }, Some(_)) => Err(StateProofError::ShowsAbsence),
        }
    }
}

/// Reads the siblings of a proof, refusing more than a path can have before anything is allocated for them.
fn read_siblings<R: Read>(reader: &mut R) -> io::Result<Vec<Hash>> {
    bounded::read_list(reader, SIBLINGS_MAX)
}

/// Why a proof does not show what it was said to show.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StateProofError {
    /// The proof has more siblings than a key has bits.
    #[error("a state proof has at most 256 siblings, this one has {siblings}")]
    TooLong {
        /// The number of siblings.
        siblings: usize,
    },
    /// The proof shows that the key has a value, and the claim is that it has none.
    #[error("the proof shows that the key has a value, not that it has none")]
    ShowsPresence,
    /// The proof shows that the key has no value, and the claim is that it has one.
    #[error("the proof shows that the key has no value, not that it has this one")]
    ShowsAbsence,
    /// The leaf at the path's end is the key's own, or does not lie on the key's path.
    #[error("the leaf at the end of the path says nothing about the key")]
    ForeignLeaf,
    /// The path leads to another root: the value, the key, the proof or the root is not the right one.
    #[error("the proof leads to the root {computed}, which is not the trusted one")]
    RootMismatch {
        /// The root that the proof leads to.
        computed: Hash,
    },
}

#[cfg(test)]
mod tests;
