//! Tests of the drawing.

use super::*;

/// The corners have the finder patterns, behind the quiet border.
#[test]
fn a_code_has_its_finders_and_its_border() {
    let svg = svg("dfaic19sjftv0cg943ed7p0ngwpgk4fyy4clma7rfuzrlp3p30ncxcs2xqvt3tjw").expect("it is short");
    assert!(svg.contains("viewBox=\"0 0 45 45\""), "{svg}");
    for corner in ["M4 4h1", "M40 4h1", "M4 40h1"] {
        assert!(svg.contains(corner), "{corner}");
    }
    assert!(!svg.contains("M5 5h1") && !svg.contains("M3 4h1"), "{svg}");
}

/// The longest text is drawn, the next longer one and none are refused.
#[test]
fn the_text_is_bounded() {
    assert!(svg(&"x".repeat(TEXT_BYTES_MAX)).is_ok());
    for text in [String::new(), "x".repeat(TEXT_BYTES_MAX + 1)] {
        assert_eq!(svg(&text).err().map(|problem| problem.code()), Some(ErrorCode::InvalidQuery));
    }
}

/// What is in the text never gets into the markup.
#[test]
fn the_text_is_not_markup() {
    assert!(!svg("<script>alert(1)</script>").expect("it is short").contains("script"));
}
