//! Fees: what a byte costs, and who receives it.
//!
//! The base fee follows congestion as in EIP-1559: it rises while blocks are more than half full and falls while they are
//! less, by at most an eighth a block. Unlike there, nothing is burnt: all fees go to the validators by stake.

use faic_core::{Address, Amount, PublicKey, block::ValidatorSet};

use crate::genesis::Parameters;

/// A base fee changes by at most one part in this many, a block.
const CHANGE_DENOMINATOR: u64 = 8;
/// The highest base fee, in nano a byte: one FAIC for a thousand bytes.
pub const BASE_FEE_PER_BYTE_MAX: u64 = 1_000_000;

/// The base fee of the block after one whose transactions had `bytes` bytes.
pub fn next_base_fee(base_fee: u64, bytes: u64, parameters: &Parameters) -> u64 {
    let target = u64::from(parameters.block_bytes_max).checked_div(2).unwrap_or_default().max(1);
    let step = |excess: u64| {
        let share = u128::from(base_fee).saturating_mul(u128::from(excess.min(target)));
        let share = share.checked_div(u128::from(target)).unwrap_or_default();
        u64::try_from(share).unwrap_or(u64::MAX).checked_div(CHANGE_DENOMINATOR).unwrap_or_default().max(1)
    };
    let next = match bytes.checked_sub(target) {
        Some(0) => base_fee,
        Some(excess) => base_fee.saturating_add(step(excess)),
        None => base_fee.saturating_sub(step(target.saturating_sub(bytes))),
    };
    next.clamp(parameters.base_fee_per_byte_min, BASE_FEE_PER_BYTE_MAX.max(parameters.base_fee_per_byte_min))
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
