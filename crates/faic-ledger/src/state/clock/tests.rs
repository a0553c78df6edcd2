//! Tests of the clock against the times of all blocks.

use proptest::{collection::vec, prelude::*};

use super::{PARTS, UnbondingClock};

proptest! {
    /// No height passes before its time, none passes later than a part and the step that made it longer, and
    /// what passed stays so.
    #[test]
    fn heights_pass_in_their_time(
        steps in vec(prop_oneof![9 => 1_u64..40, 1 => 1_u64..9_000], 1..400),
        unbonding_ms in 0_u64..2_000,
    ) {
        let (mut clock, mut now, mut before) = (UnbondingClock::begin(5), 5, 0);
        let longest = steps.iter().copied().max().unwrap_or_default();
        let mut times = vec![now];
        for step in steps {
            now += step;
            times.push(now);
            let height = u64::try_from(times.len()).unwrap() - 1;
            clock = clock.after(height, now, unbonding_ms);
            let passed = clock.passed(now, unbonding_ms);
            let age = |height: u64| now - times[usize::try_from(height).unwrap()];
            prop_assert!(passed == 0 || age(passed) >= unbonding_ms);
            prop_assert!(passed >= before);
            prop_assert!(passed == height || age(passed + 1) <= unbonding_ms + unbonding_ms.div_ceil(PARTS) + longest);
            before = passed;
        }
    }
}

/// A time of zero passes at once.
#[test]
fn no_time_passes_at_once() {
    let clock = UnbondingClock::begin(1).after(1, 2, 0).after(2, 3, 0);
    assert_eq!(clock.passed(3, 0), 2);
}
