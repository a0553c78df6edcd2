//! Tests of a history's cells.

use super::{shortened, utc};

/// Times are UTC; one that has no date, which only a bad node tells of, is left out.
#[test]
fn times() {
    assert_eq!(utc(1_790_000_000_999), "2026-09-21T14:13:20Z");
    assert_eq!((utc(0).as_str(), utc(u64::MAX).as_str()), ("1970-01-01T00:00:00Z", ""));
}

/// Long texts keep both ends, short ones stay.
#[test]
fn long_texts() {
    assert_eq!(shortened("abcdefghij", 2, 3), "ab…hij");
    assert_eq!(shortened("abcdef", 2, 3), "abcdef");
    assert_eq!(shortened("发发发发发发发", 1, 1), "发…发");
}
