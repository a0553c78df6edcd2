//! Tests of how long is waited in all.

use std::time::Duration;

use super::Patience;

/// A wait is told what is left, and takes of it; what is endless stays so.
#[test]
fn waits_add_up() {
    let patience = Patience::endless();
    assert_eq!(patience.spend(Duration::from_secs(20), |longest| longest), Duration::from_secs(20));
    assert_eq!(patience.left(), Duration::MAX);
    patience.renew(Duration::from_millis(30));
    assert_eq!(patience.spend(Duration::from_millis(20), |longest| longest), Duration::from_millis(20));
    patience.pause(Duration::from_secs(3600));
    assert_eq!(patience.left(), Duration::ZERO);
    assert_eq!(patience.spend(Duration::from_secs(20), |longest| longest), Duration::ZERO);
    patience.renew(Duration::from_secs(1));
    assert_eq!(patience.left(), Duration::from_secs(1));
}
