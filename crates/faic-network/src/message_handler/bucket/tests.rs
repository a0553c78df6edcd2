//! Tests of rates.

use std::time::Duration;

use tokio::time::Instant;

use super::Bucket;

/// Many events at once are allowed together or not at all.
#[test]
fn all_or_none() {
    let start = Instant::now();
    let mut bucket = Bucket::new(10, 3, start);
    assert!(!bucket.take_many(4, start) && bucket.is_full(start));
    assert!(bucket.take_many(0, start) && bucket.is_full(start));
    assert!(bucket.take_many(3, start) && !bucket.take(start));
    assert!(!bucket.take_many(u32::MAX, start + Duration::from_secs(60)));
}

/// A burst is allowed and not one event more; then one for each interval.
#[test]
fn burst_then_rate() {
    let start = Instant::now();
    let mut bucket = Bucket::new(10, 3, start);
    assert!(bucket.is_full(start));
    assert_eq!((0..5).map(|_| bucket.take(start)).collect::<Vec<_>>(), [true, true, true, false, false]);
    assert!(!bucket.is_full(start));
    let later = start + Duration::from_millis(100);
    assert_eq!([bucket.take(later), bucket.take(later)], [true, false]);
    let much_later = start + Duration::from_secs(60);
    assert!(bucket.is_full(much_later));
    assert_eq!((0..4).filter(|_| bucket.take(much_later)).count(), 3);
}
