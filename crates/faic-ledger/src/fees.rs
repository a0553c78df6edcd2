//! Fees: what a byte costs, and who receives it.
//!
//! The base fee follows congestion as in EIP-1559: it rises while blocks are more than half full and falls while they are
//! less, by at most an eighth a block. Unlike there, nothing is burnt: all fees go to the validators by stake.

use std::cmp::Ordering;

use faic_core::{Address, Amount, PublicKey, block::ValidatorSet};

use crate::genesis::Parameters;

/// A base fee changes by at most one part in this many, a block.
const CHANGE_DENOMINATOR: u64 = 8;
/// The highest base fee, in nano a byte: one FAIC for a thousand bytes.
pub const BASE_FEE_PER_BYTE_MAX: u64 = 1_000_000;

/// The base fee of the block after one whose transactions had `bytes` bytes.
///
/// It moves by an eighth at most, but by one nano at least unless the block was just half full or a bound is reached.
pub fn next_base_fee(base_fee: u64, bytes: u64, parameters: &Parameters) -> u64 {
    let target = (u64::from(parameters.block_bytes_max) / 2).max(1);
    let step = |distance: u64| {
        let share = u128::from(base_fee).checked_mul(u128::from(distance.min(target)));
        let share = share.and_then(|share| share.checked_div(u128::from(target)));
        let share =
            share.and_then(|share| u64::try_from(share).ok()).expect("a part of the base fee is no more than it");
        (share / CHANGE_DENOMINATOR).max(1)
    };
    let next = match bytes.cmp(&target) {
        Ordering::Less => base_fee.saturating_sub(step(target.abs_diff(bytes))),
        Ordering::Equal => base_fee,
        Ordering::Greater => base_fee.saturating_add(step(target.abs_diff(bytes))),
    };
    next.min(BASE_FEE_PER_BYTE_MAX).max(parameters.base_fee_per_byte_min)
}

/// Shares `fees` among the operators by stake; what rounding leaves goes to the proposer's operator.
///
/// The shares add up to `fees` exactly. `None` when the proposer is not in the set.
pub fn share(fees: Amount, validators: &ValidatorSet, proposer: &PublicKey) -> Option<Vec<(Address, Amount)>> {
    let total = validators.total_stake().nano();
    let proposer = validators.get(proposer)?.operator;
    let mut shares = Vec::new();
    let mut rest = fees;
    for validator in validators.iter() {
        let share = fees.checked_share(validator.stake.nano(), total)?;
        rest = rest.checked_sub(share)?;
        shares.push((validator.operator, share));
    }
    shares.push((proposer, rest));
    shares.retain(|(_, amount)| !amount.is_zero());
    Some(shares)
}

#[cfg(test)]
mod tests;
