//! Absence: who of the parent's validators did not sign, and for how many blocks in a row.
//!
//! A block that follows another carries the certificate that its proposer had of it. One may lack the signature of a
//! validator that was only slow, so what counts is absence in a row, which one signature ends.

use faic_core::{Address, Certificate, block::ValidatorSet, staking::CandidateStatus};

use super::Context;
use crate::{election::is_eligible, state::candidates::Candidates, store::StoreError};

/// Counts the absence of each validator of the parent, and jails those that were absent for too long.
///
/// A candidate changes only where its count does, so a block that everybody signed writes nothing. The votes of the
/// certificate are in ascending order.
pub(super) fn observe(
    context: &Context,
    candidates: &mut Candidates<'_>,
    certificate: &Certificate,
    validators: &ValidatorSet,
) -> Result<(), StoreError> {
    for validator in validators.iter() {
        let votes = &certificate.signatures;
        let is_present = votes.binary_search_by_key(&validator.key, |vote| vote.validator).is_ok();
        observe_one(context, candidates, &validator.operator, is_present)?;
    }
    Ok(())
}

/// Counts the absence of one validator. One that is jailed or tombstoned already may still be in the parent's set.
fn observe_one(
    context: &Context,
    candidates: &mut Candidates<'_>,
    operator: &Address,
    is_present: bool,
) -> Result<(), StoreError> {
    let Some(candidate) = candidates.get(operator)?.filter(|known| known.status == CandidateStatus::Active) else {
        return Ok(());
    };
    let mut candidate = candidate.clone();
    let most = context.parameters.absent_blocks_max;
    // Beyond the limit nothing more is counted, so the last validator that can't be jailed does not change every block.
    let count = if is_present { 0 } else { candidate.absent_blocks.saturating_add(1).min(most.saturating_add(1)) };
    let is_jailed = count > most && has_other(context, candidates, operator);
    if !is_jailed && count == candidate.absent_blocks {
        return Ok(());
    }
    candidate.absent_blocks = count;
    if is_jailed {
        candidate.status = CandidateStatus::Jailed { since: context.height };
    }
    candidates.put(*operator, candidate);
    Ok(())
}

/// Whether somebody else may be a validator, without whom nobody is jailed.
fn has_other(context: &Context, candidates: &Candidates<'_>, operator: &Address) -> bool {
    let mut others = candidates.iter().filter(|(other, _)| *other != operator);
    others.any(|(_, candidate)| is_eligible(candidate, context.parameters.bond_min))
}
