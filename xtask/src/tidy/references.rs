//! The rules about what documents point at: a link within the project leads to a file or a folder, and a test that
//! keeps an invariant exists.
//!
//! Links to other places are not followed; whether what a document says is true is for people to check.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use super::finding::Finding;
use super::workspace::{TextFile, Workspace};

/// The tables whose last column names tests: the document and the heading above the table.
const TABLES: &[(&str, &str)] =
    &[("ARCHITECTURE.md", "## Invariants"), ("docs/faults.md", "## Bad input"), ("docs/faults.md", "## Faults")];

/// How the names of files end that are no text, which the workspace does not list.
const BINARY: &[&str] = &[".gif", ".jpg", ".png", ".webp"];

/// Finds links in documents to files that do not exist.
pub(crate) fn find_broken_links(workspace: &Workspace) -> Vec<Finding> {
    let mut findings = Vec::new();
    for document in workspace.files.iter().filter(|file| file.path.ends_with(".md")) {
        for (line, target) in links(document) {
            if !leads_somewhere(workspace, &resolve(&document.path, target)) {
                let problem = format!("the link to {target} leads nowhere");
                findings.push(Finding::error(&document.path, line, problem, "correct the path or remove the link"));
            }
        }
    }
    findings
}

/// Finds tests that a table names and nobody wrote.
pub(crate) fn find_missing_tests(workspace: &Workspace) -> Vec<Finding> {
    let functions = functions(workspace);
    let mut findings = Vec::new();
    for (path, heading) in TABLES {
        let Some(document) = workspace.file(path) else { continue };
        let table = document.lines().skip_while(|(_, line)| line != heading).skip(1);
        for (number, row) in table.take_while(|(_, line)| !line.starts_with("## ")) {
            let last_cell = row.trim_end().strip_suffix('|').and_then(|row| row.rsplit('|').next()).unwrap_or_default();
            for name in last_cell.split('`').skip(1).step_by(2).filter(|name| !functions.contains(name)) {
                let remedy = "name the test that keeps it so";
                findings.push(Finding::error(path, number, format!("there is no test called {name}"), remedy));
            }
        }
    }
    findings
}

/// Lists the links of a Markdown file that stay within the project: line and path. Code blocks have none.
fn links(document: &TextFile) -> Vec<(usize, &str)> {
    let mut in_code = false;
    let mut found = Vec::new();
    for (number, line) in document.lines() {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
        } else if !in_code {
            let ends = line.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
            let paths = ends.map(|(target, _)| target.split('#').next().unwrap_or_default());
            let stays = |path: &&str| !path.is_empty() && !path.contains(':');
            let is_text = |path: &&str| !BINARY.iter().any(|ending| path.ends_with(ending));
            found.extend(paths.filter(stays).filter(is_text).map(|path| (number, path)));
        }
    }
    found
}

/// Writes the path that a document's link names, relative to the workspace's root.
fn resolve(document: &str, target: &str) -> String {
    let mut parts: Vec<&str> = document.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            // Above the root there is nothing: such a link is kept as it is and leads nowhere.
            ".." if parts.last().is_some_and(|last| *last != "..") => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// Tells whether the path is that of a file, or of a folder with files; the root is one.
fn leads_somewhere(workspace: &Workspace, path: &str) -> bool {
    let is_there =
        |file: &TextFile| file.path.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    path.is_empty() || workspace.files.iter().any(is_there)
}

/// Lists the names of all functions.
fn functions(workspace: &Workspace) -> BTreeSet<&str> {
    let lines = workspace.files.iter().filter_map(|file| file.source.as_ref()).flat_map(|source| &source.code);
    let names = lines.filter_map(|line| line.split_once("fn ").map(|(_, rest)| rest));
    names.filter_map(|rest| rest.split(['(', '<']).next()).collect()
}
