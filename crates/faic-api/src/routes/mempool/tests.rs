//! Tests of the cursor of a page.

use faic_node::mempool::Rank;

use super::{parse_cursor, write_cursor};

#[test]
fn cursors_are_read_back_in_their_only_spelling() {
    for parts in [[0, 0, 0], [15, 7, 1], [u64::MAX, u64::MAX, u64::MAX]] {
        let text = write_cursor(Rank::from_parts(parts));
        assert_eq!(text.len(), 48);
        assert_eq!(parse_cursor(&text).unwrap().to_parts(), parts);
    }
    let good = write_cursor(Rank::from_parts([10, 20, 30]));
    let (longer, signed) = (format!("{good}0"), format!("+{}", &good[1..]));
    for bad in ["", &good[1..], &longer, &signed, &good.replace('a', "A"), &"é".repeat(24), &"g".repeat(48)] {
        assert!(parse_cursor(bad).is_err(), "{bad}");
    }
}
