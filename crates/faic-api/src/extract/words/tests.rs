//! Tests of sentences about requests.

use super::{of_body, of_query};

/// Types of Rust become words, and the place stays.
#[test]
fn bodies() {
    for (rust, words) in [
        (
            "invalid type: sequence, expected struct CreateWallet at line 1 column 1",
            "invalid type: a list, expected an object with named fields at line 1 column 1",
        ),
        (
            "invalid value: integer `256`, expected u8 at line 1 column 9",
            "invalid value: the number `256`, expected a whole number from 0 to 255 at line 1 column 9",
        ),
        (
            "invalid type: null, expected a boolean at line 2 column 3",
            "invalid type: null, expected a boolean at line 2 column 3",
        ),
        (
            "unknown field `a`, expected `b` or `c` at line 1 column 4",
            "unknown field `a`, expected `b` or `c` at line 1 column 4",
        ),
        ("missing field `password`", "missing field `password`"),
    ] {
        assert_eq!(of_body(rust), words);
    }
}

/// A query has parameters, and a text that is no number is said to be none.
#[test]
fn queries() {
    for (rust, words) in [
        (
            "Failed to deserialize query string: limit: invalid digit found in string",
            "limit: this is not a whole number",
        ),
        (
            "Failed to deserialize query string: unknown field `verbose`, there are no fields",
            "unknown parameter `verbose`, there are none",
        ),
        ("Failed to deserialize query string: duplicate field `limit`", "given twice: the parameter `limit`"),
    ] {
        assert_eq!(of_query(rust), words);
    }
}
