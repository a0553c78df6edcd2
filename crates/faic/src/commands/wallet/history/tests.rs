//! Tests of a history's cells.

use super::export::without_formula;
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

/// A memo that a spreadsheet would compute becomes text, and no other is changed.
#[test]
fn formulas_in_a_sheet() {
    for text in ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "\t=1", "\r1", "\n1"] {
        assert_eq!(without_formula(text), format!("'{text}"));
    }
    for text in ["", "rent", "a=1", "1-1", "'=1"] {
        assert_eq!(without_formula(text), text);
    }
}
