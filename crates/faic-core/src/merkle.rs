//! Merkle roots over ordered lists: a block's transactions, its receipts and its evidence, and all blocks before it.
//!
//! The shape is that of RFC 6962, §2.1: a list is split at the largest power of two below its length, so no leaf is ever
//! duplicated. Leaves are hashes under their own domain and can't be mistaken for inner nodes.

use std::{
    convert::Infallible,
    io::{self, Read},
};

use borsh::{BorshDeserialize, BorshSerialize};

use crate::{Domain, Hash, bounded};

mod frontier;

pub use frontier::{Frontier, Subtree};

/// The most siblings that a proof can have: one for each bit of an index.
pub const SIBLINGS_MAX: usize = 64;

/// The root over `leaves`; [`Hash::ZERO`] for an empty list.
pub fn root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => Hash::ZERO,
        [leaf] => *leaf,
        several => {
            let (left, right) = several.split_at(1 << half_level(length(several)));
            node(&root(left), &root(right))
        }
    }
}

/// How many leaves there are.
fn length(leaves: &[Hash]) -> u64 {
    u64::try_from(leaves.len()).expect("no address space has more than 64 bits")
}

/// The levels of the perfect left half of a list of at least 2 leaves: 2 to the power of it is the largest power of two
/// below their number.
const fn half_level(length: u64) -> u32 {
    length.saturating_sub(1).ilog2()
}

/// The hash of two halves.
fn node(left: &Hash, right: &Hash) -> Hash {
    Domain::MerkleNode.hash(&[left.as_bytes(), right.as_bytes()])
}

/// The proof that a leaf is in a list: the audit path of RFC 6962, §2.1.1.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ListProof {
    /// The place of the leaf, from 0.
    index: u64,
    /// How many leaves there are.
    count: u64,
    /// The hashes beside the path, from the leaf up; at most [`SIBLINGS_MAX`].
    #[borsh(deserialize_with = "read_siblings")]
    siblings: Vec<Hash>,
}

/// Reads the siblings of a proof, no more than one may have.
fn read_siblings<R: Read>(reader: &mut R) -> io::Result<Vec<Hash>> {
    bounded::read_list(reader, SIBLINGS_MAX)
}

/// One step from a list down to one of its leaves.
struct Step {
    /// Whether the leaf is in the left half.
    is_left: bool,
    /// The first leaf of the other half.
    start: u64,
    /// How many leaves the other half has.
    length: u64,
}

/// The steps from a list of `count` leaves down to the leaf at `index`, which is one of them.
fn steps(index: u64, count: u64) -> Vec<Step> {
    let (mut steps, mut start, mut length) = (Vec::new(), 0_u64, count);
    while length > 1 {
        let half = 1_u64 << half_level(length);
        let (middle, rest) = (start.saturating_add(half), length.saturating_sub(half));
        if index < middle {
            steps.push(Step { is_left: true, start: middle, length: rest });
            length = half;
        } else {
            steps.push(Step { is_left: false, start, length: half });
            (start, length) = (middle, rest);
        }
    }
    steps
}

impl ListProof {
    /// Proves the leaf at `index`; `None` where there is none.
    pub fn new(leaves: &[Hash], index: u64) -> Option<Self> {
        let read = |subtree: Subtree| {
            let leaves = subtree.leaves().map(|at| usize::try_from(at).ok().and_then(|at| leaves.get(at)).copied());
            Ok::<_, Infallible>(root(&leaves.map(|leaf| leaf.expect("a list has its leaves")).collect::<Vec<_>>()))
        };
        let Ok(proof) = Self::of_subtrees(index, length(leaves), read);
        proof
    }

    /// Proves the leaf at `index` of a list of `count`, of which the roots of complete subtrees can be read; `None` where
    /// there is no such leaf.
    ///
    /// # Errors
    /// Those of `read`.
    pub fn of_subtrees<E>(
        index: u64,
        count: u64,
        mut read: impl FnMut(Subtree) -> Result<Hash, E>,
    ) -> Result<Option<Self>, E> {
        if index >= count {
            return Ok(None);
        }
        let beside = steps(index, count).into_iter().rev();
        let siblings = beside.map(|step| range_root(step.start, step.length, &mut read)).collect::<Result<_, E>>()?;
        Ok(Some(Self { index, count, siblings }))
    }

    /// The place that the proof is about.
    pub const fn index(&self) -> u64 {
        self.index
    }

    /// How many leaves the list has, as the proof tells.
    pub const fn count(&self) -> u64 {
        self.count
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
        let steps = steps(self.index, self.count);
        if steps.len() != self.siblings.len() {
            return Err(ListProofError::Shape);
        }
        let computed = steps.iter().rev().zip(&self.siblings).fold(*leaf, |hash, (step, sibling)| {
            if step.is_left { node(&hash, sibling) } else { node(sibling, &hash) }
        });
        if computed == *expected { Ok(()) } else { Err(ListProofError::RootMismatch) }
    }
}

/// The root over `length` leaves from `start` on, as they lie in a list: a complete subtree, or one with others beside it.
fn range_root<E>(start: u64, length: u64, read: &mut impl FnMut(Subtree) -> Result<Hash, E>) -> Result<Hash, E> {
    if length.is_power_of_two() {
        return read(Subtree::at(start, length.ilog2()));
    }
    let level = half_level(length);
    let half = 1_u64 << level;
    let left = read(Subtree::at(start, level))?;
    Ok(node(&left, &range_root(start.saturating_add(half), length.saturating_sub(half), read)?))
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
