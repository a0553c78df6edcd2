//! Tests of the rules about what documents point at.

use super::super::workspace::{TextFile, Workspace};
use super::{find_broken_links, find_missing_tests};

/// A workspace of the given files.
fn documents(files: &[(&str, &str)]) -> Workspace {
    Workspace { files: files.iter().map(|(path, text)| TextFile::new(path, text)).collect(), ..Workspace::default() }
}

/// Links to files, to folders, up and down, to other places and within the page pass; code blocks are not read.
#[test]
fn good_links_pass() {
    let text = "[a](../src/lib.rs) [b](../src#top) [c](./b.md) ![d](b.md) [e](https://example.org/x) [f](#here) [g](..) ![i](i.png)\n\
                ```\n[h](nowhere)\n```\n";
    let files = [("docs/a.md", text), ("docs/b.md", ""), ("src/lib.rs", "//! A.")];
    assert_eq!(find_broken_links(&documents(&files)), []);
}

/// A link to a missing file is refused with its line, also when a longer name begins the same way.
#[test]
fn broken_links_are_refused() {
    let files = [("a.md", "\n[a](docs/b)\n[b](../a.md)"), ("docs/b.md", "")];
    let findings = find_broken_links(&documents(&files));
    let lines: Vec<_> = findings.iter().map(|finding| (finding.line, finding.problem.as_str())).collect();
    assert_eq!(lines, [(2, "the link to docs/b leads nowhere"), (3, "the link to ../a.md leads nowhere")]);
}

/// Tests that the table of the invariants names must exist; other columns and other tables are not read.
#[test]
fn named_tests_must_exist() {
    let map = "| `other` |\n## Invariants\n\n| | `rule` | tests |\n|---|---|---|\n| 1 | `kept_by` | `here`, `gone` |\n\
               ## Else\n| `too` |\n";
    let source = "//! T.\n#[test]\nfn here() {}\n";
    let findings = find_missing_tests(&documents(&[("ARCHITECTURE.md", map), ("src/tests.rs", source)]));
    assert_eq!(findings.len(), 1, "{findings:?}");
    assert_eq!((findings[0].line, findings[0].problem.as_str()), (6, "there is no test called gone"));
    assert_eq!(find_missing_tests(&documents(&[])), []);
}
