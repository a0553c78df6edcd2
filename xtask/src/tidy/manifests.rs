//! The rule that a crate inherits from the workspace: its lints, its package fields and the versions of its libraries.
//!
//! So a lint cannot be forgotten in a new crate, and a library has one version in the whole workspace.

#[cfg(test)]
mod tests;

use super::finding::Finding;
use super::workspace::{TextFile, Workspace};

/// The package fields that every crate inherits.
const INHERITED: &[&str] = &["version", "edition", "rust-version", "license", "publish"];

/// Finds crates that do not inherit what they should.
pub(crate) fn find(workspace: &Workspace) -> Vec<Finding> {
    let manifests = workspace.crates.iter().filter_map(|package| workspace.file(&package.manifest));
    manifests.flat_map(find_in).collect()
}

/// Finds what one manifest does not inherit.
fn find_in(manifest: &TextFile) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut section = "";
    let mut has_lints = false;
    let mut missing: Vec<&str> = INHERITED.to_vec();
    for (number, line) in manifest.lines() {
        let line = line.trim();
        if let Some(header) = line.strip_prefix('[') {
            section = header.trim_end_matches(']');
        } else if section == "package" {
            missing.retain(|field| line != format!("{field}.workspace = true"));
        } else if section == "lints" {
            has_lints |= line == "workspace = true";
        } else if section.ends_with("dependencies") && starts_entry(line) && !line.contains("workspace = true") {
            let remedy = "name it in the root's [workspace.dependencies] and write `<name>.workspace = true` here";
            findings.push(Finding::error(&manifest.path, number, "a library's version is stated here", remedy));
        }
    }
    for field in missing {
        let problem = format!("the package does not inherit `{field}`");
        let remedy = format!("write `{field}.workspace = true` under [package]");
        findings.push(Finding::error(&manifest.path, manifest.line_starting_with("[package]"), problem, remedy));
    }
    if !has_lints {
        let remedy = "add `[lints]` with `workspace = true`";
        findings.push(Finding::error(&manifest.path, 1, "the crate does not inherit the workspace's lints", remedy));
    }
    findings
}

/// Tells whether a line of a dependency section names a library, rather than going on with the line before.
fn starts_entry(line: &str) -> bool {
    line.contains('=') && line.starts_with(|first: char| first.is_ascii_alphabetic())
}
