//! Tests of the rule about licences.

use std::collections::BTreeSet;

use super::super::finding::Severity;
use super::super::workspace::{Library, TextFile, Workspace};
use super::{allowed_licences, find, is_accepted};

/// A list of allowed licences as `deny.toml` writes it.
const LIST: &str = "[bans]\nallow = [\"Bad\"]\n\n[licenses]\n# Why.\nallow = [\n    \"MIT\",\n    \"Zlib\",\n]\n";

/// A workspace with one library under the licence, and one under each allowed licence.
fn workspace_under(licence: Option<&str>) -> Workspace {
    let library = |name: &str, licence: Option<&str>| Library {
        name: name.to_owned(),
        version: "1.0.0".to_owned(),
        licence: licence.map(str::to_owned),
    };
    let lock = "[[package]]\nname = \"thing\"\n";
    Workspace {
        files: vec![TextFile::new("deny.toml", LIST), TextFile::new("Cargo.lock", lock)],
        libraries: vec![library("thing", licence), library("a", Some("MIT")), library("b", Some("Zlib"))],
        ..Workspace::default()
    }
}

/// The list is read from its own section.
#[test]
fn the_list_is_read() {
    assert_eq!(allowed_licences(LIST), BTreeSet::from(["MIT".to_owned(), "Zlib".to_owned()]));
}

/// Expressions that allowed licences satisfy are accepted, others are not, broken ones are errors.
#[test]
fn expressions_are_evaluated() {
    let allowed = BTreeSet::from(["MIT", "Zlib", "Apache-2.0 WITH LLVM-exception"].map(str::to_owned));
    let evaluate = |expression| is_accepted(expression, &allowed, &mut BTreeSet::new());
    for good in ["MIT", "MIT OR GPL-3.0", "GPL-3.0/MIT", "(GPL-3.0 OR MIT) AND Zlib", "Apache-2.0 WITH LLVM-exception"]
    {
        assert_eq!(evaluate(good), Ok(true), "{good}");
    }
    for bad in ["GPL-3.0", "MIT AND GPL-3.0", "GPL-3.0 OR MIT AND BSL-1.0", "Apache-2.0", "MITX"] {
        assert_eq!(evaluate(bad), Ok(false), "{bad}");
    }
    for broken in ["", "MIT OR", "(MIT", "MIT)", "MIT Zlib", "AND MIT", "Apache-2.0 WITH"] {
        assert!(evaluate(broken).is_err(), "{broken}");
    }
}

/// A library under an allowed licence passes.
#[test]
fn allowed_licences_pass() {
    assert_eq!(find(&workspace_under(Some("MIT OR Apache-2.0"))), []);
}

/// A library under another licence or none is refused at its line in the lock file.
#[test]
fn other_licences_are_refused() {
    for licence in [Some("AGPL-3.0-only"), Some("MIT AND"), None] {
        let findings = find(&workspace_under(licence));
        assert_eq!(findings.len(), 1, "{licence:?}");
        assert_eq!((findings[0].path.as_str(), findings[0].line), ("Cargo.lock", 2));
        assert_eq!(findings[0].severity, Severity::Error);
    }
}

/// A licence that nothing needs is pointed out, and a missing list is an error.
#[test]
fn the_list_is_kept_accurate() {
    let mut workspace = workspace_under(Some("MIT"));
    workspace.libraries.pop();
    let findings = find(&workspace);
    assert_eq!((findings[0].severity, findings[0].line), (Severity::Warning, 8));
    assert_eq!(find(&Workspace::default())[0].severity, Severity::Error);
}
