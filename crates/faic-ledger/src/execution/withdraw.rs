//! Withdrawals: unbonding money whose period has passed goes to the operator's balance.

use faic_core::{Address, Amount, Candidate, staking::Unbonding};

use super::{Context, ExecutionError};
use crate::state::Accounts;

/// Finds out what a withdrawal makes of the operator's candidate, and how much it pays.
pub(super) fn draft(
    context: &Context,
    accounts: &mut Accounts<'_>,
    operator: &Address,
) -> Result<(Candidate, Amount), ExecutionError> {
    let mut candidate = accounts.candidates.get(operator)?.cloned().ok_or(ExecutionError::NotACandidate)?;
    let (released, waiting): (Vec<Unbonding>, Vec<Unbonding>) = candidate
        .unbonding
        .iter()
        .copied()
        .partition(|entry| entry.release <= context.height && context.is_timely(entry.release));
    if released.is_empty() {
        let seconds = context.parameters.unbonding_seconds;
        return Err(match waiting.first().map(|entry| entry.release) {
            Some(release) if release <= context.height => ExecutionError::StillUnbonding { release, seconds },
            next => ExecutionError::NothingToWithdraw { next },
        });
    }
    let amount = Amount::checked_sum(released.iter().map(|entry| entry.amount)).ok_or(ExecutionError::OverSupply)?;
    candidate.unbonding = waiting;
    Ok((candidate, amount))
}
