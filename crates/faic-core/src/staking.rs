//! Candidates: who has money at stake, as it stands in the state tree, and the proof that an operator holds a key.
//!
//! The canonical bytes of a [`Candidate`] are the value that a state proof proves. Which candidates are validators, and
//! what happens to their money, is for the ledger to decide; see `docs/adr/0007`.

use std::io::{self, Read};

use borsh::{BorshDeserialize, BorshSerialize};

use crate::{Address, Amount, ChainId, Domain, Hash, PublicKey, bounded, transaction::Height};

/// Most candidates that have money at stake or unbonding.
pub const CANDIDATES_MAX: usize = 1024;
/// Most entries of unbonding money of one candidate.
pub const UNBONDING_MAX: usize = 16;

/// What an operator has at stake; its place in the state is by the operator's address.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Candidate {
    /// The key that votes while the candidate is a validator.
    pub key: PublicKey,
    /// The money at stake, which is the weight of the vote.
    pub stake: Amount,
    /// The money on its way back, ascending by release; at most [`UNBONDING_MAX`] entries.
    #[borsh(deserialize_with = "read_unbonding")]
    pub unbonding: Vec<Unbonding>,
    /// Whether it may be a validator.
    pub status: CandidateStatus,
    /// How many blocks in a row lack its signature.
    pub absent_blocks: u32,
}

/// Money on its way back from stake to balance; it can still be slashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Unbonding {
    /// The first height at which it can be withdrawn.
    pub release: Height,
    /// How much it is.
    pub amount: Amount,
}

/// Whether a candidate may be a validator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum CandidateStatus {
    /// It may.
    Active,
    /// It was absent for too long, and may again after an `Unjail`.
    Jailed {
        /// The height of the block that jailed it.
        since: Height,
    },
    /// It signed what excludes each other, and never may again.
    Tombstoned {
        /// The height of the block with the evidence.
        since: Height,
    },
}

impl Candidate {
    /// A candidate of no stake yet, with this key.
    pub const fn new(key: PublicKey) -> Self {
        Self { key, stake: Amount::ZERO, unbonding: Vec::new(), status: CandidateStatus::Active, absent_blocks: 0 }
    }

    /// The place of the candidate of `operator` in the state tree.
    pub fn state_key(operator: &Address) -> Hash {
        Domain::CandidateKey.hash(&[operator.as_bytes()])
    }

    /// Whether it has money at stake or on its way back.
    pub const fn has_money(&self) -> bool {
        !self.stake.is_zero() || !self.unbonding.is_empty()
    }

    /// Whether it was removed for ever.
    pub const fn is_tombstoned(&self) -> bool {
        matches!(self.status, CandidateStatus::Tombstoned { .. })
    }

    /// The sum of the money on its way back; `None` beyond the supply.
    pub fn unbonding_total(&self) -> Option<Amount> {
        Amount::checked_sum(self.unbonding.iter().map(|entry| entry.amount))
    }
}

/// Reads the entries in their only spelling: more than nothing each, ascending by release.
fn read_unbonding<R: Read>(reader: &mut R) -> io::Result<Vec<Unbonding>> {
    let entries: Vec<Unbonding> = bounded::read_list(reader, UNBONDING_MAX)?;
    if entries.iter().any(|entry| entry.amount.is_zero()) {
        return Err(bounded::invalid("an entry of unbonding money is empty"));
    }
    if !entries.is_sorted_by(|left, right| left.release < right.release) {
        return Err(bounded::invalid("the entries of unbonding money are not in ascending order"));
    }
    Ok(entries)
}

/// What a validator key signs to let an operator bond with it, so that nobody bonds with a key of somebody else.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize)]
pub struct Possession {
    /// The only chain on which it holds.
    pub chain_id: ChainId,
    /// The account that may bond with the key.
    pub operator: Address,
    /// The key that signs.
    pub key: PublicKey,
}

impl Possession {
    /// What the signature is made over.
    pub(crate) fn signing_hash(&self) -> Hash {
        Domain::SignPossession.hash(&[&borsh::to_vec(self).expect("writing to memory does not fail")])
    }
}

#[cfg(test)]
mod tests;
