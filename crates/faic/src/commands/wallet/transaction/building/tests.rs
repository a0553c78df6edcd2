//! Tests of the advice about fees.

use faic_core::Amount;

use super::with_headroom;

/// The limit is above the fee where that can be, and easy to type.
#[test]
fn limits_have_headroom() {
    let limit = |nano| with_headroom(Amount::from_nano(nano).expect("it can exist")).nano();
    for (fee, expected) in [(0, 0), (1, 1), (10, 11), (95, 110), (123_456, 140_000), (10_372_000, 12_000_000)] {
        assert_eq!(limit(fee), expected, "{fee}");
    }
}
