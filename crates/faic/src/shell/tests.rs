//! Tests of the lines to paste.

use super::quote;

/// A path stays one word, whatever is in it.
#[test]
fn paths_are_one_word() {
    assert_eq!(quote("/tmp/faic-1/api.token"), "/tmp/faic-1/api.token");
    assert_eq!(quote("/tmp/my data/it's"), r"'/tmp/my data/it'\''s'");
    assert_eq!(quote(""), "''");
    assert_eq!(quote("$(rm)"), "'$(rm)'");
}
