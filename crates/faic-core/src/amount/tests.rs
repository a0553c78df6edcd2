//! Tests of amounts: limits, text forms, and arithmetic that never wraps.

use proptest::prelude::*;

use super::{Amount, AmountError};

/// The supply is the last amount that is accepted, by every door.
#[test]
fn supply_is_the_limit() {
    let most = Amount::SUPPLY_MAX.nano();
    assert!(Amount::from_nano(most).is_ok());
    assert_eq!(Amount::from_nano(most + 1), Err(AmountError::OverSupply));
    assert_eq!(Amount::SUPPLY_MAX.checked_add(Amount::from_nano(1).unwrap()), None);
    assert!(borsh::from_slice::<Amount>(&(most + 1).to_le_bytes()).is_err());
    assert_eq!(Amount::parse_nano("99999999999999999999999"), Err(AmountError::OverSupply));
    assert_eq!(Amount::parse_faic("1000000000.000000001"), Err(AmountError::OverSupply));
}

/// Bad texts are refused with the error that names what is wrong.
#[test]
fn bad_texts() {
    for text in ["", "1e3", "+1", "0x10", " 1", "1_000", "01", "1.0", "١"] {
        assert_eq!(Amount::parse_nano(text), Err(AmountError::NotANumber), "{text}");
    }
    for text in ["", ".", "1.", ".5", "1,5", "1.2.3", "NaN", "+1"] {
        assert_eq!(Amount::parse_faic(text), Err(AmountError::NotANumber), "{text}");
    }
    assert_eq!(Amount::parse_nano("-1"), Err(AmountError::Negative));
    assert_eq!(Amount::parse_faic("-0.5"), Err(AmountError::Negative));
    assert_eq!(Amount::parse_faic("0.0000000001"), Err(AmountError::TooManyDecimals));
}

/// A share is rounded down and does not overflow on the way.
#[test]
fn shares() {
    assert_eq!(Amount::SUPPLY_MAX.checked_share(u64::MAX, u64::MAX), Some(Amount::SUPPLY_MAX));
    assert_eq!(Amount::from_nano(10).unwrap().checked_share(1, 3), Amount::from_nano(3).ok());
    assert_eq!(Amount::ZERO.checked_share(1, 0), None);
}

proptest! {
    /// Text and bytes round-trip for every amount.
    #[test]
    fn round_trips(nano in 0..=Amount::SUPPLY_MAX.nano()) {
        let amount = Amount::from_nano(nano).unwrap();
        prop_assert_eq!(Amount::parse_faic(&amount.to_string()), Ok(amount));
        prop_assert_eq!(Amount::parse_nano(&nano.to_string()), Ok(amount));
        prop_assert_eq!(borsh::from_slice::<Amount>(&borsh::to_vec(&amount).unwrap()).unwrap(), amount);
    }
}
