//! Tests of waits between dials.

use std::time::Duration;

use tokio::time::Instant;

use super::{Backoff, TARGETS_MAX};

/// Waits double up to the longest, each less a quarter at most; a success begins anew.
#[test]
fn waits_double() {
    let second = Duration::from_secs(1);
    let now = Instant::now();
    let mut backoff = Backoff::new(second, 10 * second);
    assert!(backoff.is_due(&1, now));
    for whole in [1, 2, 4, 8, 10, 10] {
        let wait = backoff.failed(&1, now);
        assert!(wait <= whole * second && wait >= whole * second * 3 / 4, "{wait:?} for {whole} s");
        assert!(!backoff.is_due(&1, now) && backoff.is_due(&1, now + wait) && backoff.is_due(&2, now));
    }
    assert_eq!(backoff.failures(&1), 6);
    backoff.reached(&1);
    assert!(backoff.is_due(&1, now));
    assert!(backoff.failed(&1, now) <= second);
    backoff.refused(&1, now);
    assert!(!backoff.is_due(&1, now + 7 * second));
}

/// However many targets fail or refuse, only so many are remembered: the next one takes the place of the one that is due
/// first, and a target that fails again or is reached takes no further place.
#[test]
fn memory_is_bounded() {
    let now = Instant::now();
    let second = Duration::from_secs(1);
    let mut backoff = Backoff::new(second, 10 * second);
    backoff.failed(&0, now);
    for target in 1..TARGETS_MAX {
        backoff.refused(&target, now);
    }
    backoff.failed(&1, now);
    assert_eq!((backoff.failures.len(), backoff.failures(&0)), (TARGETS_MAX, 1));
    backoff.refused(&TARGETS_MAX, now);
    assert_eq!((backoff.failures.len(), backoff.failures(&0)), (TARGETS_MAX, 0));
    let next = TARGETS_MAX + 1;
    backoff.failed(&next, now + 20 * second);
    assert_eq!((backoff.failures.len(), backoff.failures(&next)), (TARGETS_MAX, 1));
    backoff.reached(&next);
    assert_eq!((backoff.failures.len(), backoff.order.len()), (TARGETS_MAX - 1, TARGETS_MAX - 1));
}
