//! Tests of pace and estimate.

use std::time::Duration;

use tokio::time::Instant;

use super::Pace;

/// The estimate is what is left at the pace so far; without a pace there is none.
#[test]
fn estimate() {
    let now = Instant::now();
    let pace = Pace::begin(100, now);
    let begun = pace.at(100, 500, now);
    assert_eq!((begun.blocks_per_second, begun.eta, begun.is_done()), (0.0, None, false));
    let later = pace.at(300, 500, now + Duration::from_secs(10));
    assert_eq!((later.blocks_per_second, later.eta), (20.0, Some(Duration::from_secs(10))));
    assert!(pace.at(500, 500, now + Duration::from_secs(20)).is_done());
}
