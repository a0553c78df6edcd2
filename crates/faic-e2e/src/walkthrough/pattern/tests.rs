//! Tests of the comparison of what was printed with what should be.

use super::compare;

/// JSON fits whatever its layout and the order of its fields, with `…` for what varies.
#[test]
fn json_fits() {
    let printed = r#"{"id":"3fa","list":[1,2,3],"inner":{"a":null,"b":true},"height":7}"#;
    for expected in [
        "{\n  \"height\": 7,\n  \"id\": \"3fa\",\n  \"list\": [1, 2, 3],\n  \"inner\": {\"b\": true, \"a\": null}\n}",
        r#"{"id": "3…", "list": […], "inner": {…}, "height": …}"#,
        r#"{"id": "…", "list": [1, …], "inner": {"a": null, …}, "height": 7}"#,
        r#"{"list": [1, …, 3], …}"#,
        "{…}",
    ] {
        assert_eq!(compare(expected, printed), Ok(()), "{expected}");
    }
}

/// The first difference of JSON is named by its place.
#[test]
fn json_that_differs_is_named() {
    let printed = r#"{"id":"3fa","list":[1,2],"height":7}"#;
    for (expected, difference) in [
        (r#"{"id": "4…", …}"#, r#".id should be "4…", and is "3fa""#),
        (r#"{"id": "…", "list": […]}"#, ".height should not be there"),
        (r#"{"fee": …, …}"#, ".fee is missing"),
        (r#"{"list": [1], …}"#, ".list should be a list of 1, and is [1,2]"),
        (r#"{"list": [1, 2, 3, …], …}"#, ".list should be a list of 3, and is [1,2]"),
        (r#"{"list": [1, 3], …}"#, ".list[1] should be 3, and is 2"),
        (r#"{"height": "7", …}"#, r#".height should be "7", and is 7"#),
    ] {
        assert_eq!(compare(expected, printed), Err(difference.to_owned()), "{expected}");
    }
    assert!(compare("{…}", "no JSON").unwrap_err().starts_with("it should be JSON"));
}

/// Other text fits line by line.
#[test]
fn text_fits() {
    for (expected, printed) in [
        ("", ""),
        ("201", "201"),
        ("HTTP/1.1 200 OK\nfaic-height: …\n…", "HTTP/1.1 200 OK\nfaic-height: 12\ndate: today\n\n"),
        ("…\nlast", "first\nlast"),
        ("a … b … c", "a 1 b 2 c"),
    ] {
        assert_eq!(compare(expected, printed), Ok(()), "{expected}");
    }
}

/// A difference of other text is shown.
#[test]
fn text_that_differs_is_named() {
    for (expected, printed, difference) in [
        ("201", "200", "the line `201` is `200`"),
        ("a\nb", "a", "the line `b` is missing"),
        ("", "noise", "the line `noise` should not be there"),
        ("a…c", "ab", "the line `a…c` is `ab`"),
        ("…\nlast", "first", "after `…` nothing fits the line `last`"),
    ] {
        assert_eq!(compare(expected, printed), Err(difference.to_owned()));
    }
}
