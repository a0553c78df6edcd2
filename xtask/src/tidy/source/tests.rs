//! Tests of the split of a Rust file into code and comments.

use super::Source;

/// Splits one line.
fn split(line: &str) -> (String, String) {
    let source = Source::parse(line);
    (source.code[0].trim_end().to_owned(), source.comments[0].clone())
}

/// A comment leaves the code, in each of its forms.
#[test]
fn comments_are_no_code() {
    assert_eq!(split("a(); // why"), ("a();".to_owned(), "// why".to_owned()));
    assert_eq!(split("a(/* x /* y */ z */);"), ("a();".to_owned(), "/* x /* y */ z */".to_owned()));
}

/// A literal is neither code nor comment, and ends where it ends.
#[test]
fn literals_are_blanked() {
    assert_eq!(split(r#"a("// no"); b"#).0, r#"a("     "); b"#);
    assert_eq!(split(r#"a("\" // no"); b"#).0, r#"a("        "); b"#);
    assert_eq!(split(r##"a(r#"" // "#); b"##).0, r##"a("""     ""); b"##);
    assert_eq!(split(r#"a(br"\"); b"#).0, r#"a(b"" "); b"#);
    assert_eq!(split(r#"a('"'); b"#).0, "a(' '); b");
    assert_eq!(split(r"a('\''); b").0, "a('  '); b");
}

/// A lifetime and a name that ends in `r` start no literal.
#[test]
fn lifetimes_and_names_start_no_literal() {
    assert_eq!(split("fn a<'a>(b: &'a str) {}").0, "fn a<'a>(b: &'a str) {}");
    assert_eq!(split("matches_for(x)").0, "matches_for(x)");
}

/// Lines keep their numbers, through literals and comments of many lines.
#[test]
fn lines_keep_their_numbers() {
    let source = Source::parse("a(\"1\n2\");\n/* 3\n4 */ b();\n// 5");
    assert_eq!(source.code.len(), 5);
    assert_eq!(source.comments.len(), 5);
    assert_eq!(source.code[3].trim(), "b();");
    assert_eq!(source.comments[4], "// 5");
}

/// Text that breaks off inside a token is taken to its end.
#[test]
fn broken_text_is_taken_to_its_end() {
    for text in ["\"open", "r#\"open", "/* open", "'\\", "r", "\"\\", "/*/"] {
        assert_eq!(Source::parse(text).code.len(), 1, "{text}");
    }
}
