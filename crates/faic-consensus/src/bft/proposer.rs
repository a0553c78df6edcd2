//! Whose turn it is to propose: in proportion to stake, spread evenly, computed from height and round alone.
//!
//! The turns are a Weyl sequence: the multiples of the golden ratio modulo one, of all such sequences the most evenly
//! spread (three-distance theorem). Each turn is a point on the line of all stakes laid end to end. So a validator with a
//! tenth of the stake proposes about every tenth block, and its turns never bunch; every node finds the same proposer
//! without a history.

use faic_core::Height;

use super::context::{Validator, Validators};

/// The golden ratio's fraction of 2^64.
const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

/// The proposer of a round of a height.
///
/// # Panics
/// For an empty set, which [`faic_core::block::ValidatorSet`] excludes.
pub(super) fn select(validators: &Validators, height: Height, round: u32) -> &Validator {
    let turn = height.wrapping_add(u64::from(round)).wrapping_mul(STEP);
    let scaled = u128::from(turn).saturating_mul(u128::from(validators.total)) >> 64;
    let mut passed: u128 = 0;
    let chosen = validators.list.iter().find(|validator| {
        passed = passed.saturating_add(u128::from(validator.stake));
        scaled < passed
    });
    chosen.or_else(|| validators.list.last()).expect("a validator set is never empty")
}

#[cfg(test)]
mod tests;
