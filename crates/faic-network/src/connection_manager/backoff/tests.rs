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

/// However many targets fail, only so many are remembered.
#[test]
fn memory_is_bounded() {
    let now = Instant::now();
    let mut backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(10));
    for target in 0..=TARGETS_MAX {
        backoff.failed(&target, now);
    }
    assert_eq!(backoff.failures.len(), TARGETS_MAX);
    assert_eq!(backoff.failures(&TARGETS_MAX), 1);
}
