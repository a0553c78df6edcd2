//! Bonds: money goes to stake, and a key is named that votes with it.

use faic_core::{Address, Amount, Candidate, PublicKey, staking::CANDIDATES_MAX};

use super::{Context, ExecutionError};
use crate::state::Accounts;

/// Finds out what a bond makes of the operator's candidate.
///
/// The key may be another than before: the one before stays punishable for the heights at which it was a validator's,
/// because those sets are kept.
pub(super) fn draft(
    context: &Context,
    accounts: &mut Accounts<'_>,
    operator: &Address,
    key: &PublicKey,
    amount: Amount,
) -> Result<Candidate, ExecutionError> {
    let candidates = &mut accounts.candidates;
    let known = candidates.get(operator)?.cloned();
    let mut candidate = match known {
        Some(candidate) if candidate.is_tombstoned() => return Err(ExecutionError::Tombstoned),
        Some(candidate) if candidate.key == *key && amount.is_zero() => return Err(ExecutionError::NothingToBond),
        Some(candidate) => candidate,
        None if candidates.iter().count() >= CANDIDATES_MAX => return Err(ExecutionError::CandidatesFull),
        None => Candidate::new(*key),
    };
    if candidates.operator_of(key).is_some_and(|other| other != operator) {
        return Err(ExecutionError::KeyTaken);
    }
    candidate.key = *key;
    candidate.stake = candidate.stake.checked_add(amount).ok_or(ExecutionError::OverSupply)?;
    let least = context.parameters.bond_min;
    if candidate.stake < least { Err(ExecutionError::StakeTooLow { least }) } else { Ok(candidate) }
}
