//! Tests of how a block is named.

use faic_core::Hash;

use super::{Selector, parse_selector};

#[test]
fn a_block_is_named_by_height_id_or_latest() {
    let id = Hash::from_bytes([0xab; 32]);
    for (text, expected) in [
        ("0", Selector::Height(0)),
        ("18446744073709551615", Selector::Height(u64::MAX)),
        (&*id.to_string(), Selector::Id(id)),
        (&*id.to_string().to_uppercase(), Selector::Id(id)),
        (&*"1".repeat(64), Selector::Id(Hash::from_bytes([0x11; 32]))),
        ("latest", Selector::Latest),
    ] {
        assert_eq!(parse_selector(text).unwrap(), expected, "{text}");
    }
    for bad in
        ["", "01", "+1", "-1", "Latest", "18446744073709551616", &"a".repeat(63), &"1".repeat(65), &"g".repeat(64)]
    {
        assert!(parse_selector(bad).is_err(), "{bad}");
    }
}
