//! Tests of fees: bounds of the base fee, and shares that lose nothing.

use faic_core::{
    Amount,
    block::{Validator, ValidatorSet},
};
use proptest::prelude::*;

use super::{BASE_FEE_PER_BYTE_MAX, next_base_fee, share};
use crate::{
    genesis::Parameters,
    testing::{address, secret},
};

/// Half-full blocks keep the fee, fuller ones raise it, emptier ones lower it to the least.
#[test]
fn follows_congestion() {
    let parameters = Parameters::default();
    let half = u64::from(parameters.block_bytes_max) / 2;
    assert_eq!(next_base_fee(800, half, &parameters), 800);
    assert_eq!(next_base_fee(800, half * 2, &parameters), 900);
    assert_eq!(next_base_fee(800, 0, &parameters), 700);
    assert_eq!(next_base_fee(10, half * 2, &parameters), 11);
    assert_eq!(next_base_fee(10, 0, &parameters), 10);
}

proptest! {
    /// The base fee stays within its bounds and moves by at most an eighth.
    #[test]
    fn bounded(base in 10..=BASE_FEE_PER_BYTE_MAX, bytes in any::<u64>()) {
        let parameters = Parameters::default();
        let next = next_base_fee(base, bytes, &parameters);
        prop_assert!((parameters.base_fee_per_byte_min..=BASE_FEE_PER_BYTE_MAX).contains(&next));
        prop_assert!(next.abs_diff(base) <= (base / 8).max(1));
    }

    /// Shares add up to the fees exactly, whatever the stakes.
    #[test]
    fn shares_lose_nothing(fees in 0..=Amount::SUPPLY_MAX.nano(), stakes in prop::collection::vec(1..=10_u64.pow(16), 1..20)) {
        let validators = stakes.iter().zip(1_u8..).map(|(stake, seed)| Validator {
            key: secret(seed).public_key(),
            operator: address(seed),
            stake: Amount::from_nano(*stake).unwrap(),
        });
        let set = ValidatorSet::new(validators.collect()).unwrap();
        let fees = Amount::from_nano(fees).unwrap();
        let shares = share(fees, &set, &secret(1).public_key()).unwrap();
        prop_assert_eq!(Amount::checked_sum(shares.into_iter().map(|(_, amount)| amount)), Some(fees));
        prop_assert_eq!(share(fees, &set, &secret(100).public_key()), None);
    }
}
