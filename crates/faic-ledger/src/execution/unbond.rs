//! Unbonding: money leaves the stake at once, and can be withdrawn when the period has passed.

use faic_core::{
    Address, Amount, Candidate,
    staking::{UNBONDING_MAX, Unbonding},
};

use super::{Context, ExecutionError};
use crate::state::Accounts;

/// Finds out what an unbonding makes of the operator's candidate.
///
/// What stays at stake is nothing, or enough for a validator, so that no place of a candidate is held with a trifle.
pub(super) fn draft(
    context: &Context,
    accounts: &mut Accounts<'_>,
    operator: &Address,
    amount: Amount,
) -> Result<Candidate, ExecutionError> {
    let mut candidate = accounts.candidates.get(operator)?.cloned().ok_or(ExecutionError::NotACandidate)?;
    let stake = candidate.stake;
    let rest = stake.checked_sub(amount).ok_or(ExecutionError::InsufficientStake { stake, needed: amount })?;
    let least = context.parameters.bond_min;
    if !rest.is_zero() && rest < least {
        return Err(ExecutionError::StakeTooLow { least });
    }
    candidate.stake = rest;
    let is_full = candidate.unbonding.len() >= UNBONDING_MAX;
    let release = context.release(context.height);
    match candidate.unbonding.last_mut() {
        // Of one height there is one entry, which keeps their order strict.
        Some(last) if last.release == release => {
            last.amount = last.amount.checked_add(amount).ok_or(ExecutionError::OverSupply)?;
        }
        Some(_) | None if is_full => return Err(ExecutionError::UnbondingFull),
        Some(_) | None => candidate.unbonding.push(Unbonding { release, amount }),
    }
    Ok(candidate)
}
