//! The election: which candidates are the validators of the next height.
//!
//! A function of the state after a block and of nothing else, so every node computes the set that the header announces.

use std::cmp::Reverse;

use faic_core::{
    Address, Amount, Candidate,
    block::{VALIDATORS_MAX, Validator, ValidatorSet},
    staking::CandidateStatus,
};

/// Whether a candidate may be a validator: in good standing, with the least stake or more.
pub fn is_eligible(candidate: &Candidate, bond_min: Amount) -> bool {
    match candidate.status {
        CandidateStatus::Active => candidate.stake >= bond_min,
        CandidateStatus::Jailed { .. } | CandidateStatus::Tombstoned { .. } => false,
    }
}

/// The [`VALIDATORS_MAX`] eligible candidates with the most stake; of equal ones, those with the smaller keys.
///
/// `None` when nobody is eligible: the set that there is then stays, because a chain without validators could never
/// elect one again. Its stakes are then weights only, and may no longer be at stake.
pub fn elect<'a>(
    candidates: impl Iterator<Item = (&'a Address, &'a Candidate)>,
    bond_min: Amount,
) -> Option<ValidatorSet> {
    let mut eligible: Vec<Validator> = candidates
        .filter(|(_, candidate)| is_eligible(candidate, bond_min))
        .map(|(operator, candidate)| Validator { key: candidate.key, operator: *operator, stake: candidate.stake })
        .collect();
    eligible.sort_by_key(|validator| (Reverse(validator.stake), validator.key));
    eligible.truncate(VALIDATORS_MAX);
    if eligible.is_empty() {
        return None;
    }
    Some(ValidatorSet::new(eligible).expect("candidates have distinct keys and stakes within the supply"))
}

#[cfg(test)]
mod tests;
