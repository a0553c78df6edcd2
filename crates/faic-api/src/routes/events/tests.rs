//! Tests of the ids of events.

use faic_node::services::{EventPosition, HistoryCursor};

use super::{parse_position, write_position};

#[test]
fn ids_are_read_back_in_their_only_spelling() {
    for (text, position) in [
        ("0", EventPosition::Block(0)),
        ("42", EventPosition::Block(42)),
        ("42.3", EventPosition::Transaction(HistoryCursor { height: 42, index: 3 })),
        ("18446744073709551615", EventPosition::Block(u64::MAX)),
    ] {
        assert_eq!(parse_position(text).unwrap(), position);
        assert_eq!(write_position(position), text);
    }
    for bad in ["", "042", "+42", "-1", "42.", ".3", "42.03", "42.3.1", "42.4294967296", "18446744073709551616", "x"] {
        assert!(parse_position(bad).is_err(), "{bad}");
    }
}
