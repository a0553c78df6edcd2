//! Tests of what transactions and times look like as text.

use std::time::Duration;

use faic_core::{Hash, Network};
use faic_node::{ErrorCode, services::TransactionView};
use serde_json::json;

use super::{TransactionAnswer, decode, parse_timeout};

#[test]
fn both_encodings_of_the_same_bytes_are_read() {
    let bytes = [1, 8, 0, 0, 0, b'f', b'a', b'i', b'c', 0xff];
    assert_eq!(decode("010800000066616963ff").unwrap().as_ref(), bytes);
    assert_eq!(decode("010800000066616963FF").unwrap().as_ref(), bytes);
    assert_eq!(decode("AQgAAABmYWlj/w==").unwrap().as_ref(), bytes);
    for bad in ["", "0", "AQgAAABmYWlj/w", "AQgAAABmYWlj_w==", "01 08", "é"] {
        assert!(decode(bad).is_err(), "{bad}");
    }
}

#[test]
fn a_timeout_has_a_unit_and_a_limit() {
    for (text, ms) in [("10s", 10_000), ("0s", 0), ("30s", 30_000), ("500ms", 500), ("30000ms", 30_000)] {
        assert_eq!(parse_timeout(text).unwrap(), Duration::from_millis(ms), "{text}");
    }
    for bad in ["", "10", "s", "31s", "30001ms", "1m", "-1s", "+1s", "1.5s", "100000ms", "007s", " 1s"] {
        assert!(parse_timeout(bad).is_err(), "{bad}");
    }
}

/// Who asks for a rejected transaction is told why, in a code of those of problems and in words.
#[test]
fn a_rejection_has_a_code() {
    let id = Hash::from_bytes([7; 32]);
    let view = TransactionView::Rejected { code: ErrorCode::SequenceUsed, reason: "it is used".to_owned() };
    let answer = serde_json::to_value(TransactionAnswer::new(&id, view, Network::Dev)).unwrap();
    let expected = json!({"state": "rejected", "id": id.to_string(), "code": "sequence_used", "reason": "it is used"});
    assert_eq!(answer, expected);
}
