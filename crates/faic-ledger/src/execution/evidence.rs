//! Evidence: whoever signed what excludes each other loses a part of the money and is removed for ever.
//!
//! Who it was is answered by the set of the height in question, so a key is punished for what it signed as a validator's,
//! also after its operator took another one or left, and never for what it signed before or after.

use faic_core::{
    Amount, Candidate, Equivocation, Height, block::ValidatorSet, staking::CandidateStatus, vote::EquivocationError,
};

use super::Context;
use crate::{state::candidates::Candidates, store::StoreError};

/// Checks evidence and drafts the punishment; returns what was taken. Cheap checks come first.
///
/// `validators` is the set of the height that the evidence is about, as far as there was one.
pub(super) fn punish(
    context: &Context,
    candidates: &mut Candidates<'_>,
    evidence: &Equivocation,
    validators: Option<&ValidatorSet>,
) -> Result<Amount, EvidenceError> {
    let height = evidence.height();
    if height >= context.height {
        return Err(EvidenceError::NotFinal { height });
    }
    if context.release(height) < context.height && height <= context.unbonded {
        return Err(EvidenceError::TooOld { height });
    }
    let validator = validators.and_then(|set| set.get(evidence.validator())).ok_or(EvidenceError::NotAValidator)?;
    let candidate = candidates.get(&validator.operator)?.ok_or(EvidenceError::NothingAtStake)?;
    if candidate.is_tombstoned() {
        return Err(EvidenceError::AlreadyPunished);
    }
    evidence.check(&context.chain_id)?;
    let (candidate, taken) = slash(candidate, context).ok_or(EvidenceError::OverSupply)?;
    candidates.put(validator.operator, candidate);
    Ok(taken)
}

/// The candidate after it was punished, and what was taken from it; `None` beyond the supply.
fn slash(candidate: &Candidate, context: &Context) -> Option<(Candidate, Amount)> {
    let percent = u64::from(context.parameters.slash_percent);
    let mut taken = Amount::ZERO;
    let mut take = |amount: &mut Amount| {
        let part = amount.checked_share(percent, 100)?;
        *amount = amount.checked_sub(part)?;
        taken = taken.checked_add(part)?;
        Some(())
    };
    let mut candidate = candidate.clone();
    take(&mut candidate.stake)?;
    for entry in &mut candidate.unbonding {
        take(&mut entry.amount)?;
    }
    candidate.unbonding.retain(|entry| !entry.amount.is_zero());
    candidate.status = CandidateStatus::Tombstoned { since: context.height };
    candidate.absent_blocks = 0;
    Some((candidate, taken))
}

/// Why evidence punishes nobody.
#[derive(Debug, thiserror::Error)]
pub enum EvidenceError {
    /// It is about a height that is not final yet.
    #[error("the evidence is about height {height}, which is not final yet")]
    NotFinal {
        /// The height that it is about.
        height: Height,
    },
    /// The unbonding period of that height has passed, so the money may be gone.
    #[error("the evidence is about height {height}, whose unbonding period has passed")]
    TooOld {
        /// The height that it is about.
        height: Height,
    },
    /// The key was not a validator's at that height.
    #[error("the key was not a validator's at the height of the evidence")]
    NotAValidator,
    /// The operator has nothing at stake or unbonding.
    #[error("the operator has nothing left at stake")]
    NothingAtStake,
    /// The operator was punished before.
    #[error("the operator was punished already")]
    AlreadyPunished,
    /// The two signed things prove nothing.
    #[error(transparent)]
    Equivocation(#[from] EquivocationError),
    /// A sum is over the supply.
    #[error("a sum is over the supply")]
    OverSupply,
    /// The store failed; nothing is known about the evidence.
    #[error("the state can't be read")]
    State(#[from] StoreError),
}
