//! Tests of pace and estimate.

use std::time::Duration;

use tokio::time::Instant;

use super::{Pace, SnapshotStatus};

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

/// The rest of a snapshot is estimated by the parts that came since it went on, and not before one has.
#[test]
fn snapshots_are_estimated() {
    let snapshot = SnapshotStatus { height: 9, parts: 30, parts_total: 100 };
    let took = Duration::from_secs(10);
    assert_eq!(snapshot.eta(10, took), Some(Duration::from_secs(35)));
    assert_eq!(snapshot.eta(30, took), None);
    let done = SnapshotStatus { parts: 100, ..snapshot };
    assert_eq!(done.eta(0, took), Some(Duration::ZERO));
}
