//! Merkle roots over ordered lists: a block's transactions, its receipts and its evidence.
//!
//! The shape is that of RFC 6962, §2.1: a list is split at the largest power of two below its length, so no leaf is ever
//! duplicated. Leaves are hashes under their own domain and can't be mistaken for inner nodes.

use crate::{Domain, Hash};

/// The root over `leaves`; [`Hash::ZERO`] for an empty list.
pub fn root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => Hash::ZERO,
        [leaf] => *leaf,
        several => {
            let half = several.len().next_power_of_two().checked_div(2).unwrap_or(1);
            let (left, right) = several.split_at(half);
            Domain::MerkleNode.hash(&[root(left).as_bytes(), root(right).as_bytes()])
        }
    }
}

#[cfg(test)]
mod tests;
