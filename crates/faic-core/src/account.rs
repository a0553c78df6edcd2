//! Accounts as they stand in the state tree.
//!
//! The canonical bytes of an [`Account`] are the value that a state proof proves, so a phone can decode them. An account
//! that was used stays for ever, because its sequences are what makes a replay impossible.

use std::{
    collections::BTreeMap,
    io::{self, Read},
};

use borsh::{BorshDeserialize, BorshSerialize};

use crate::{
    Address, Amount, Authority, Domain, Hash,
    block::Receipt,
    bounded,
    transaction::{Height, LANES},
};

/// What the ledger knows of one address.
#[derive(Debug, Clone, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Account {
    /// Money that can be spent.
    pub balance: Amount,
    /// The id of the authority that was set in place of the first; `None` while the first one, of which the address is
    /// the hash, governs.
    pub authority: Option<Hash>,
    /// Whether every transfer to this account must carry a memo.
    pub memo_required: bool,
    /// The next sequence of each lane that was used; lanes are below [`LANES`].
    #[borsh(deserialize_with = "read_lanes")]
    pub lanes: BTreeMap<u8, u64>,
    /// All transactions that it took part in.
    pub history: History,
}

/// A commitment to all transactions that an account took part in, in their order.
///
/// Whoever trusts it can check a list of them from the newest back: nothing can be left out, added or moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct History {
    /// How many there are.
    pub count: u64,
    /// The hash over the history before the last one and that one; [`Hash::ZERO`] where there is none.
    pub hash: Hash,
}

impl Default for History {
    fn default() -> Self {
        Self { count: 0, hash: Hash::ZERO }
    }
}

impl History {
    /// The history after one more transaction: the one of the receipt, at that height and position in its block.
    #[must_use]
    pub fn after(&self, height: Height, index: u32, receipt: &Receipt) -> Self {
        let receipt = borsh::to_vec(receipt).expect("writing to memory does not fail");
        let (height, index) = (height.to_be_bytes(), index.to_be_bytes());
        let hash = Domain::AccountHistory.hash(&[self.hash.as_bytes(), &height, &index, &receipt]);
        Self { count: self.count.saturating_add(1), hash }
    }
}

impl Account {
    /// The place of the account of `address` in the state tree.
    pub fn key(address: &Address) -> Hash {
        Domain::AccountKey.hash(&[address.as_bytes()])
    }

    /// The next sequence of `lane`; 0 for one that was never used.
    pub fn next_sequence(&self, lane: u8) -> u64 {
        self.lanes.get(&lane).copied().unwrap_or_default()
    }

    /// Whether `authority` governs this account, whose address is `address`.
    pub fn is_governed_by(&self, address: &Address, authority: &Authority) -> bool {
        match self.authority {
            Some(id) => authority.id() == id,
            None => authority.address() == *address,
        }
    }
}

/// Reads the lanes in their only spelling: existing ones, each once, in ascending order.
fn read_lanes<R: Read>(reader: &mut R) -> io::Result<BTreeMap<u8, u64>> {
    let lanes: Vec<(u8, u64)> = bounded::read_list(reader, usize::from(LANES))?;
    if lanes.iter().any(|(lane, _)| *lane >= LANES) {
        return Err(bounded::invalid("a lane beyond the last"));
    }
    if !lanes.is_sorted_by(|(left, _), (right, _)| left < right) {
        return Err(bounded::invalid("the lanes are not in ascending order"));
    }
    Ok(lanes.into_iter().collect())
}

#[cfg(test)]
mod tests;
