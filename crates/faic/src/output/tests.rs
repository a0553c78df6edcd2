//! Tests of what is written: fields, and texts that would steer the terminal.

use super::{clean_lines, fields, one_line};

/// Escape sequences, line breaks and reversed text lose their power.
#[test]
fn nothing_steers_the_terminal() {
    assert_eq!(one_line("a\u{1b}[2Jb\r\nc\u{202e}d\u{2028}e\u{0}"), "a [2Jb  c d e ");
    assert_eq!(clean_lines("pay\n  a\u{202e}b\u{200b}\u{1b}c\n"), "pay\n  a b  c\n");
    assert_eq!(one_line("发票 17 — naïve"), "发票 17 — naïve");
}

/// No character that shows nothing is left, at either end of each range of them; what stands beside the ranges is.
#[test]
fn nothing_is_invisible() {
    let invisible = [
        0xad, 0x34f, 0x61c, 0x115f, 0x1160, 0x17b4, 0x17b5, 0x180b, 0x180e, 0x180f, 0x200b, 0x200c, 0x200d, 0x200f,
        0x202a, 0x202e, 0x2060, 0x2066, 0x206a, 0x206f, 0x3164, 0xfe00, 0xfe0f, 0xfeff, 0xffa0, 0xfff0, 0xfffb,
        0x1bca0, 0x1bca3, 0x1d173, 0x1d17a, 0xe0000, 0xe0001, 0xe0020, 0xe007f, 0xe0100, 0xe01ef, 0xe0fff,
    ];
    for code in invisible {
        let hidden = format!("b{}ob", char::from_u32(code).expect("a character"));
        assert_eq!(one_line(&hidden), "b ob", "U+{code:04X}");
    }
    for code in [0xac, 0xae, 0x350, 0x1161, 0x17b3, 0x180a, 0x1810, 0x2010, 0x2070, 0x3163, 0xfdff, 0xfe10, 0xfffd] {
        let shown = char::from_u32(code).expect("a character").to_string();
        assert_eq!(one_line(&shown), shown, "U+{code:04X}");
    }
}

/// Names are padded to the longest, and values are cleaned.
#[test]
fn fields_are_aligned() {
    assert_eq!(fields(&[("a", "1".to_owned()), ("bcd", "2\n3".to_owned())]), "a    1\nbcd  2 3\n");
}
