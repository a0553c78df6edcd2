//! Returns from jail, which absence led to.

use faic_core::{Address, Candidate, staking::CandidateStatus};

use super::{Context, ExecutionError};
use crate::state::Accounts;

/// Finds out what a return makes of the operator's candidate.
pub(super) fn draft(
    context: &Context,
    accounts: &mut Accounts<'_>,
    operator: &Address,
) -> Result<Candidate, ExecutionError> {
    let candidate = accounts.candidates.get(operator)?.ok_or(ExecutionError::NotACandidate)?;
    match candidate.status {
        CandidateStatus::Active => Err(ExecutionError::NotJailed),
        CandidateStatus::Tombstoned { .. } => Err(ExecutionError::Tombstoned),
        CandidateStatus::Jailed { since } => {
            let from = since.saturating_add(context.parameters.jail_blocks);
            if context.height < from {
                return Err(ExecutionError::StillJailed { from });
            }
            Ok(Candidate { status: CandidateStatus::Active, absent_blocks: 0, ..candidate.clone() })
        }
    }
}
