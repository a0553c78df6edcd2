//! Tests of what is written: alignment, and texts that would steer the terminal.

use super::{clean_lines, fields, one_line, table};

/// Escape sequences, line breaks and reversed text lose their power.
#[test]
fn nothing_steers_the_terminal() {
    assert_eq!(one_line("a\u{1b}[2Jb\r\nc\u{202e}d\u{2028}e\u{0}"), "a [2Jb  c d e ");
    assert_eq!(clean_lines("pay\n  a\u{202e}b\u{200b}\u{1b}c\n"), "pay\n  a b  c\n");
    assert_eq!(one_line("发票 17 — naïve"), "发票 17 — naïve");
}

/// Names are padded to the longest, and values are cleaned.
#[test]
fn fields_are_aligned() {
    assert_eq!(fields(&[("a", "1".to_owned()), ("bcd", "2\n3".to_owned())]), "a    1\nbcd  2 3\n");
}

/// Numbers stand to the right, and cells are cleaned.
#[test]
fn tables_are_aligned() {
    let text =
        table(["name", "FAIC"], &[1], [["x\ny".to_owned(), "1".to_owned()], ["z".to_owned(), "1000".to_owned()]]);
    assert!(text.contains("x y       1 ") && text.contains("z      1000 "), "{text}");
}
