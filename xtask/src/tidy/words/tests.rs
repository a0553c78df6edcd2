//! Tests of the rules about words that must not land.

use super::super::tests::workspace_with;
use super::{find_ignored, find_sleeps, find_unfinished};

/// A mark is found in comments and in documents.
#[test]
fn marks_are_found() {
    for (path, text) in [
        ("a.rs", "//! A.\n// TODO: later"),
        ("a.rs", "\n/* FIXME */ fn a() {}"),
        ("a.rs", "\nfn a() { todo!() }"),
        ("a.rs", "\nlet b = dbg!(c);"),
        ("a.rs", "\nunimplemented!(\"x\")"),
        ("docs/a.md", "# A\nXXX: unclear"),
        (".ci/run", "#\n# TODO run more"),
    ] {
        let findings = find_unfinished(&workspace_with(path, text));
        assert_eq!(findings.len(), 1, "{text:?}");
        assert_eq!(findings[0].line, 2, "{text:?}");
    }
}

/// Strings, longer words, words that are spoken about and foreign files are left alone.
#[test]
fn other_words_pass() {
    for (path, text) in [
        ("a.rs", "let a = \"TODO\"; // Mentions `TODO` in backquotes.\nlet todo = 1; // MASTODON, XXXL"),
        ("a.rs", "my_dbg!(x); // dbg! is spoken about here"),
        ("Cargo.lock", "checksum = \"XXX\""),
    ] {
        assert_eq!(find_unfinished(&workspace_with(path, text)), [], "{text:?}");
    }
}

/// A test is ignored with a reason or not at all.
#[test]
fn ignoring_needs_a_reason() {
    for bad in ["#[ignore]", "#[ ignore ]", "#[cfg_attr(windows, ignore)]", "#[ignore = \"\"]"] {
        assert_eq!(find_ignored(&workspace_with("a.rs", bad)).len(), 1, "{bad}");
    }
    for good in ["#[ignore = \"takes an hour: run by hand\"]", "// #[ignore]", "a(\"#[ignore]\")"] {
        assert_eq!(find_ignored(&workspace_with("a.rs", good)), [], "{good}");
    }
}

/// A sleep in a test is refused however it is called.
#[test]
fn sleeping_is_refused() {
    for bad in ["std::thread::sleep(one);", "tokio::time::sleep(one).await;", "sleep(one)", "sleep_until(then)"] {
        for path in ["a/src/b/tests.rs", "a/tests/it/c.rs", "crates/faic-e2e/src/d.rs"] {
            assert_eq!(find_sleeps(&workspace_with(path, bad)).len(), 1, "{path} {bad}");
        }
    }
}

/// A sleep outside of tests, one with a reason and a word like it pass.
#[test]
fn explained_sleeps_pass() {
    assert_eq!(find_sleeps(&workspace_with("a/src/b.rs", "std::thread::sleep(one);")), []);
    let explained = "// sleep: the kernel frees the port after a second\nsleep(one); sleep(two);";
    assert_eq!(find_sleeps(&workspace_with("a/tests/it/b.rs", explained)), []);
    assert_eq!(find_sleeps(&workspace_with("a/tests/it/b.rs", "sleep(one); // sleep: why\noversleep(two);")), []);
    assert_eq!(find_sleeps(&workspace_with("a/tests/it/b.rs", "// sleep: \nsleep(one);")).len(), 1);
}

/// A sleep in paused time takes none, but one clock that runs makes a sleep real, and a thread's clock always runs.
#[test]
fn sleeps_in_paused_time_pass() {
    let paused = "#[tokio::test(start_paused = true)]\n";
    for (text, findings) in [
        (format!("{paused}sleep(one).await;"), 0),
        (format!("{paused}std::thread::sleep(one);"), 1),
        (format!("{paused}#[tokio::test]\nsleep(one).await;"), 1),
        ("// start_paused = true\nsleep(one).await;".to_owned(), 1),
    ] {
        assert_eq!(find_sleeps(&workspace_with("a/src/b/tests.rs", &text)).len(), findings, "{text}");
    }
}
