//! Tests of a history's cells.

use serde_json::json;

use super::export::{descending, rows, without_formula};
use super::utc;
use crate::client::HistoryItem;

/// Times are UTC; one that has no date, which only a bad node tells of, is left out.
#[test]
fn times() {
    assert_eq!(utc(1_790_000_000_999), "2026-09-21T14:13:20Z");
    assert_eq!((utc(0).as_str(), utc(u64::MAX).as_str()), ("1970-01-01T00:00:00Z", ""));
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

/// No text of a node's word is a formula in a sheet, whichever column it stands in.
#[test]
fn formulas_in_any_column() {
    let said = json!({
        "id": "00".repeat(32), "height": 1, "index": 0, "time_ms": 0,
        "transaction": { "sender": "=sender", "memo": "", "action": {
            "kind": "=kind", "outputs": [{ "to": "me", "amount": "1", "memo": "=memo" }] } },
        "receipt": { "payer": "=sender", "fee": "1", "sender_balance": "0" },
    });
    let item: HistoryItem = serde_json::from_value(said).expect("an item");
    for row in [rows(&item, "me"), rows(&item, "=sender")].concat() {
        assert!(row.iter().all(|cell| !cell.starts_with('=')), "{row:?}");
        assert!(row.contains(&"'=kind".to_owned()) && row.contains(&"'=memo".to_owned()), "{row:?}");
    }
    assert_eq!(rows(&item, "me")[0][7], "'=sender");
}

/// A node that shows a page again, or a newer one after it, is not believed.
#[test]
fn pages_in_their_order() {
    let last = descending([(9, 1), (9, 0), (4, 7)], None).expect("newest first");
    assert_eq!(last, Some((4, 7)));
    assert_eq!(descending([], last).expect("nothing more"), last);
    assert_eq!(descending([(4, 6)], last).expect("older"), Some((4, 6)));
    for places in [vec![(4, 7)], vec![(9, 1), (9, 0)], vec![(3, 0), (3, 0)]] {
        let failure = descending(places, last).expect_err("not older");
        assert!(failure.message().contains("again or out of their order"), "{}", failure.message());
    }
}
