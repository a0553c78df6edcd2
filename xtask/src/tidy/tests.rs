//! Tests of the rules as a whole, and the parts from which the rules' own tests build a workspace.

use std::collections::BTreeSet;

use super::finding::{Finding, Severity};
use super::workspace::{Crate, Dependency, Kind, Library, TextFile, Workspace};
use super::{RULES, find_all, is_match, workspace_root};

/// A dependency of a crate's code.
pub(crate) fn built(name: &str) -> Dependency {
    Dependency { name: name.to_owned(), kind: Kind::Built }
}

/// A dependency of a crate's tests.
pub(crate) fn dev(name: &str) -> Dependency {
    Dependency { name: name.to_owned(), kind: Kind::Dev }
}

/// A crate with the given dependencies.
pub(crate) fn package(name: &str, dependencies: Vec<Dependency>) -> Crate {
    let manifest = format!("crates/{name}/Cargo.toml");
    Crate { name: name.to_owned(), manifest, dependencies, built_from: BTreeSet::new() }
}

/// A workspace of crates without files.
pub(crate) fn workspace_of(crates: Vec<Crate>) -> Workspace {
    Workspace { crates, ..Workspace::default() }
}

/// A workspace of one file.
pub(crate) fn workspace_with(path: &str, text: &str) -> Workspace {
    Workspace { files: vec![TextFile::new(path, text)], ..Workspace::default() }
}

/// This repository keeps every rule.
#[test]
fn the_workspace_is_tidy() {
    let workspace = Workspace::load(&workspace_root()).expect("the workspace can be read");
    let findings = find_all(&workspace);
    let errors = findings.iter().filter(|(_, finding)| finding.severity == Severity::Error);
    let report: Vec<String> = errors.map(|(rule, finding)| format!("{finding} [{rule}]")).collect();
    assert!(report.is_empty(), "\n{}\n", report.join("\n"));
}

/// What is read from this repository is not empty, so that no rule passes for lack of something to look at.
#[test]
fn the_workspace_is_really_read() {
    let workspace = Workspace::load(&workspace_root()).expect("the workspace can be read");
    let core = workspace.crates.iter().find(|package| package.name == "faic-core").expect("faic-core is a crate");
    assert!(core.built_from.contains("blake3"), "{:?}", core.built_from);
    assert!(core.dependencies.contains(&built("blake3")));
    assert!(workspace.crates.iter().any(|package| package.manifest == "xtask/Cargo.toml"));
    assert!(workspace.libraries.iter().any(|library| library.name == "blake3" && library.licence.is_some()));
    assert!(workspace.file("xtask/src/tidy/tests.rs").is_some_and(TextFile::is_test));
    assert!(workspace.file("xtask/src/tidy.rs").is_some_and(|file| !file.is_test() && file.source.is_some()));
    assert!(workspace.file("Cargo.lock").is_some());
}

/// A workspace that does everything wrong: every rule has something to say about it.
#[test]
fn every_rule_can_fail() {
    let bad_source = format!("mod utils {{\n}}\nmod tests {{\n}}\n// TODO\n#[ignore]\n{}", "\n".repeat(500));
    let mut workspace =
        workspace_of(vec![package("faic-core", vec![built("faic-node"), built("tokio"), built("axum")])]);
    workspace.crates.push(package("faic-node", vec![]));
    workspace.libraries.push(Library { name: "a".to_owned(), version: "1.0.0".to_owned(), licence: None });
    for (path, text) in [
        ("crates/faic-core/src/bad.rs", bad_source.as_str()),
        ("crates/faic-core/src/bad/tests.rs", "sleep(one);"),
        ("crates/faic-core/Cargo.toml", "[package]\n"),
        ("README.md", concat!("see /ho", "me/anna")),
        ("ARCHITECTURE.md", "[gone](gone.md)\n## Invariants\n| 1 | `gone` |"),
        ("docs/adr/store.md", "# A"),
        ("deny.toml", ""),
    ] {
        workspace.files.push(TextFile::new(path, text));
    }
    let findings = find_all(&workspace);
    for rule in RULES {
        let fires = findings.iter().any(|(name, finding)| *name == rule.name && finding.severity == Severity::Error);
        assert!(fires, "{} says nothing", rule.name);
    }
}

/// A finding reads as `file:line: severity: problem; remedy`.
#[test]
fn findings_say_where_what_and_what_to_do() {
    let finding = Finding::error("a.rs", 3, "it is wrong", "repair it");
    assert_eq!(finding.to_string(), "a.rs:3: error: it is wrong; repair it");
    assert_eq!(Finding::warning("a.rs", 3, "odd", "look").to_string(), "a.rs:3: warning: odd; look");
}

/// A pattern fits a name exactly, or by its beginning when it ends in `*`.
#[test]
fn patterns_match_names() {
    assert!(is_match("axum*", "axum") && is_match("axum*", "axum-extra") && is_match("redb", "redb"));
    assert!(!is_match("redb", "redb-derive") && !is_match("p3-*", "p3"));
}
