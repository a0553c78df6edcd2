//! The rule that nothing in the project names a folder of one person's machine: it would be true there only.
//!
//! Folders that every system has (`/tmp`, `/usr/bin/env`, `/dev/null`) are no such folders.

#[cfg(test)]
mod tests;

use super::finding::Finding;
use super::workspace::Workspace;

/// The beginnings of paths that exist on one machine. They are written in two parts so that this file does not hold
/// what it searches for.
const HOMES: &[&str] = &[concat!("/ho", "me/"), concat!("/Us", "ers/"), concat!("/ro", "ot/"), concat!("/wo", "rk/")];

/// Folders that lie outside of the project.
const OUTSIDE: &[&str] = &[concat!("../", "shared"), concat!("\\Us", "ers\\")];

/// Finds paths of one machine.
pub(crate) fn find(workspace: &Workspace) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in &workspace.files {
        for (number, line) in file.lines() {
            let home = HOMES.iter().find(|start| has_path(line, start));
            let outside = OUTSIDE.iter().find(|part| line.contains(**part));
            if let Some(found) = home.or(outside) {
                let problem = format!("`{found}` is a folder of one machine");
                findings.push(Finding::error(&file.path, number, problem, "use a path relative to the project"));
            }
        }
    }
    findings
}

/// Tells whether a path that begins so starts somewhere in the line, and is not the end of a longer one.
fn has_path(line: &str, start: &str) -> bool {
    let begins = |at: usize| match line[..at].chars().next_back() {
        Some(before) => before.is_whitespace() || "\"'`(=:,[<>".contains(before),
        None => true,
    };
    line.match_indices(start).any(|(at, _)| begins(at))
}
