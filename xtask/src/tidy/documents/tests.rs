//! Tests of the rules about documents.

use super::super::workspace::{TextFile, Workspace};
use super::{find_records, find_translations};

/// The paths and the texts of some files, a part of the problem that they have, and its line.
type Case = (&'static [(&'static str, &'static str)], &'static str, usize);

/// A workspace of the given files.
fn documents(files: &[(&str, &str)]) -> Workspace {
    Workspace { files: files.iter().map(|(path, text)| TextFile::new(path, text)).collect(), ..Workspace::default() }
}

/// Numbered and listed records pass.
#[test]
fn listed_records_pass() {
    let list = "| [0001](0001-store.md) | a |\n| [0002](./0002-tree.md) | b |\nCall it `docs/adr/NNNN-short-title.md`.";
    let files = [("docs/adr/README.md", list), ("docs/adr/0001-store.md", "# A"), ("docs/adr/0002-tree.md", "# B")];
    assert_eq!(find_records(&documents(&files)), []);
}

/// A record is refused without a number, with a number of another, not listed, or listed and missing.
#[test]
fn records_are_numbered_once_and_listed() {
    const LIST: &str = "[1](0001-store.md) [1](0001-other.md)";
    let cases: [Case; 4] = [
        (&[("docs/adr/README.md", ""), ("docs/adr/store.md", "")], "no number", 1),
        (
            &[("docs/adr/README.md", LIST), ("docs/adr/0001-store.md", ""), ("docs/adr/0001-other.md", "")],
            "belongs to",
            1,
        ),
        (&[("docs/adr/0001-store.md", "")], "not listed", 1),
        (&[("docs/adr/README.md", "\n[1](0001-store.md)")], "does not exist", 2),
    ];
    for (files, problem, line) in cases {
        let findings = find_records(&documents(files));
        assert_eq!(findings.len(), 1, "{files:?} {findings:?}");
        assert_eq!(findings[0].line, line, "{findings:?}");
        assert!(findings[0].problem.contains(problem), "{findings:?}");
    }
}

/// A translation with the same headings passes, whatever stands in code blocks.
#[test]
fn translations_of_the_same_shape_pass() {
    let english = "# A\n```sh\n# run\n```\n## B\ntext #1\n";
    let chinese = "# 甲\n## 乙\n```sh\n# 一\n# 二\n```\n";
    assert_eq!(find_translations(&documents(&[("README.md", english), ("README.zh-CN.md", chinese)])), []);
    assert_eq!(find_translations(&documents(&[])), []);
}

/// A README needs its translation, a translation its original, and both the same headings.
#[test]
fn translations_of_another_shape_are_refused() {
    let cases: [Case; 4] = [
        (&[("README.md", "# A")], "no Chinese translation", 1),
        (&[("docs/a.zh-CN.md", "# A")], "does not exist", 1),
        (&[("README.md", "# A\n## B"), ("README.zh-CN.md", "# A\n")], "1 headings here, 2 in README.md", 1),
        (&[("README.md", "# A\n## B"), ("README.zh-CN.md", "# A\n\n# B")], "other levels", 3),
    ];
    for (files, problem, line) in cases {
        let findings = find_translations(&documents(files));
        assert_eq!(findings.len(), 1, "{findings:?}");
        assert!(findings[0].problem.contains(problem), "{findings:?}");
        assert_eq!(findings[0].line, line, "{findings:?}");
    }
}
