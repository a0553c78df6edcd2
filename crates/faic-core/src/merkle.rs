//! Merkle roots over ordered lists: a block's transactions, its receipts and its evidence.
//!
//! The shape is that of RFC 6962, §2.1: a list is split at the largest power of two below its length, so no leaf is ever
//! duplicated. Leaves are hashes under their own domain and can't be mistaken for inner nodes.

use std::io::{self, Read};

use borsh::{BorshDeserialize, BorshSerialize};

use crate::{Domain, Hash, bounded};

/// The most siblings that a proof can have: one for each bit of an index.
pub const SIBLINGS_MAX: usize = 32;

/// The root over `leaves`; [`Hash::ZERO`] for an empty list.
pub fn root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => Hash::ZERO,
        [leaf] => *leaf,
        several => {
            let (left, right) = several.split_at(half_of(several.len()));
            node(&root(left), &root(right))
        }
    }
}

/// The largest power of two below a length of at least 2.
const fn half_of(length: usize) -> usize {
    // The shift is by one place, which every length has.
    length.next_power_of_two() >> 1
}

/// The hash of two halves.
fn node(left: &Hash, right: &Hash) -> Hash {
    Domain::MerkleNode.hash(&[left.as_bytes(), right.as_bytes()])
}

/// The proof that a leaf is in a list: the audit path of RFC 6962, §2.1.1.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ListProof {
    /// The place of the leaf, from 0.
    index: u32,
    /// How many leaves there are.
    count: u32,
    /// The hashes beside the path, from the leaf up; at most [`SIBLINGS_MAX`].
    #[borsh(deserialize_with = "read_siblings")]
    siblings: Vec<Hash>,
}

/// Reads the siblings of a proof, no more than one may have.
fn read_siblings<R: Read>(reader: &mut R) -> io::Result<Vec<Hash>> {
    bounded::read_list(reader, SIBLINGS_MAX)
}

impl ListProof {
    /// Proves the leaf at `index`; `None` where there is none, or there are more leaves than a proof can count.
    pub fn new(leaves: &[Hash], index: usize) -> Option<Self> {
        let (count, place) = (u32::try_from(leaves.len()).ok()?, u32::try_from(index).ok()?);
        if place >= count {
            return None;
        }
        let (mut siblings, mut rest, mut index) = (Vec::new(), leaves, index);
        while rest.len() > 1 {
            let half = half_of(rest.len());
            let (left, right) = rest.split_at(half);
            if index < half {
                siblings.push(root(right));
                rest = left;
            } else {
                siblings.push(root(left));
                (rest, index) = (right, index.saturating_sub(half));
            }
        }
        siblings.reverse();
        Some(Self { index: place, count, siblings })
    }

    /// The place that the proof is about.
    pub const fn index(&self) -> u32 {
        self.index
    }

    /// Checks that the list with this root has the leaf at the proof's place.
    ///
    /// The root does not commit to the length of the list, so the place is only as good as the length that the proof
    /// tells; that the leaf is in the list is certain.
    ///
    /// # Errors
    /// [`ListProofError`] names what is wrong.
    pub fn verify(&self, expected: &Hash, leaf: &Hash) -> Result<(), ListProofError> {
        if self.index >= self.count {
            return Err(ListProofError::Shape);
        }
        // The ways from the root down to the leaf: on which side it lies in each subtree.
        let (mut sides, mut index, mut length) = (Vec::new(), self.index as usize, self.count as usize);
        while length > 1 {
            let half = half_of(length);
            let is_left = index < half;
            sides.push(is_left);
            (index, length) =
                if is_left { (index, half) } else { (index.saturating_sub(half), length.saturating_sub(half)) };
        }
        if sides.len() != self.siblings.len() {
            return Err(ListProofError::Shape);
        }
        let ways = sides.iter().rev().zip(&self.siblings);
        let computed = ways.fold(
            *leaf,
            |hash, (is_left, sibling)| {
                if *is_left { node(&hash, sibling) } else { node(sibling, &hash) }
            },
        );
        if computed == *expected { Ok(()) } else { Err(ListProofError::RootMismatch) }
    }
}

/// Why a proof does not show that a leaf is in a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ListProofError {
    /// A list of that length has no such place, or a path of another length leads to it.
    #[error("the proof does not have the shape of one for its place")]
    Shape,
    /// The path leads to another root.
    #[error("the proof leads to another root")]
    RootMismatch,
}

#[cfg(test)]
mod tests;
