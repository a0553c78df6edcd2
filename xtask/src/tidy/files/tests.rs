//! Tests of the rules about the shape of files.

use super::super::finding::Severity;
use super::super::tests::workspace_with;
use super::{LINES_MAX, find_badly_named, find_headless, find_long, find_misplaced_tests};

/// The longest file passes, the next line is refused, and a test file is only warned about.
#[test]
fn length_has_a_limit() {
    let longest = "\n".repeat(LINES_MAX);
    let too_long = format!("{longest}\n");
    assert_eq!(find_long(&workspace_with("crates/a/src/b.rs", &longest)), []);
    let findings = find_long(&workspace_with("crates/a/src/b.rs", &too_long));
    assert_eq!((findings[0].severity, findings[0].line), (Severity::Error, 501));
    assert_eq!(find_long(&workspace_with("crates/a/src/b/tests.rs", &too_long))[0].severity, Severity::Warning);
    assert_eq!(find_long(&workspace_with("crates/a/tests/it/c.rs", &too_long))[0].severity, Severity::Warning);
    assert_eq!(find_long(&workspace_with("Cargo.lock", &too_long)), []);
}

/// A Rust file opens with its header; an attribute or a plain comment is none.
#[test]
fn headers_are_needed() {
    assert_eq!(find_headless(&workspace_with("a.rs", "//! What it is.\nmod b;\n")), []);
    assert_eq!(find_headless(&workspace_with("a.md", "no header")), []);
    for bad in ["", "mod b;", "// What it is.\n", "#![allow(x)]\n//! Late.\n", "\n//! Late.\n"] {
        assert_eq!(find_headless(&workspace_with("a.rs", bad)).len(), 1, "{bad:?}");
    }
}

/// A name that says nothing is refused: as a file, a folder or a module inside a file.
#[test]
fn empty_names_are_refused() {
    for bad in ["a/src/utils.rs", "a/src/common/b.rs", "a/src/misc.rs", "a/tests/it/helpers.rs", "a/src/b/mod.rs"] {
        assert_eq!(find_badly_named(&workspace_with(bad, "")).len(), 1, "{bad}");
    }
    assert_eq!(find_badly_named(&workspace_with("a/src/b.rs", "pub(crate) mod helpers {\n}"))[0].line, 1);
    for good in ["a/src/utilisation.rs", "a/src/model.rs", "a/src/common_prefix.rs"] {
        assert_eq!(find_badly_named(&workspace_with(good, "mod helpers;\n// mod utils {\n")), [], "{good}");
    }
}

/// Tests stand in a file of their own.
#[test]
fn inline_tests_are_refused() {
    assert_eq!(find_misplaced_tests(&workspace_with("a.rs", "#[cfg(test)]\nmod tests;\n")), []);
    assert_eq!(find_misplaced_tests(&workspace_with("a.rs", "#[cfg(test)]\nmod tests {\n}\n"))[0].line, 2);
    assert_eq!(find_misplaced_tests(&workspace_with("a.rs", "#[cfg(test)] mod tests{ }\n"))[0].line, 1);
}

/// A crate's integration tests are one binary.
#[test]
fn loose_test_binaries_are_refused() {
    assert_eq!(find_misplaced_tests(&workspace_with("crates/a/tests/it/b.rs", "")), []);
    assert_eq!(find_misplaced_tests(&workspace_with("crates/a/tests/vectors/b.json", "")), []);
    let findings = find_misplaced_tests(&workspace_with("crates/a/tests/b.rs", ""));
    assert_eq!(findings[0].remedy, "make it a module of crates/a/tests/it/main.rs");
}
