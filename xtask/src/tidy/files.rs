//! The rules about the shape of a Rust file: its length, its header, its name and where its tests stand.
//!
//! The length of functions is clippy's business (`too_many_lines`).

#[cfg(test)]
mod tests;

use super::finding::Finding;
use super::workspace::{TextFile, Workspace};

/// The most lines that a Rust file may have.
const LINES_MAX: usize = 500;

/// The names that say nothing about what a module holds.
const EMPTY_NAMES: &[&str] = &["util", "utils", "common", "helper", "helpers", "misc"];

/// Lists the Rust files.
fn rust_files(workspace: &Workspace) -> impl Iterator<Item = &TextFile> {
    workspace.files.iter().filter(|file| file.source.is_some())
}

/// Finds Rust files that are too long; for a test file that is a warning.
pub(crate) fn find_long(workspace: &Workspace) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in rust_files(workspace) {
        let lines = file.text.lines().count();
        if lines <= LINES_MAX {
            continue;
        }
        let describe = if file.is_test() { Finding::warning } else { Finding::error };
        let problem = format!("{lines} lines, and a file may have {LINES_MAX}");
        findings.push(describe(&file.path, LINES_MAX + 1, problem, "move a part with a name of its own to a module"));
    }
    findings
}

/// Finds Rust files that do not open with `//!`.
pub(crate) fn find_headless(workspace: &Workspace) -> Vec<Finding> {
    let is_headless = |file: &&TextFile| !file.text.starts_with("//! ");
    let remedy = "begin with `//! ` and say what the module is, what it is not, and its invariant";
    let describe = |file: &TextFile| Finding::error(&file.path, 1, "the file has no module header", remedy);
    rust_files(workspace).filter(is_headless).map(describe).collect()
}

/// Finds modules whose name says nothing, and files called `mod.rs`.
pub(crate) fn find_badly_named(workspace: &Workspace) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in rust_files(workspace) {
        let path = file.path.trim_end_matches(".rs");
        if path == "mod" || path.ends_with("/mod") {
            let problem = "a module's file is not called mod.rs";
            findings.push(Finding::error(&file.path, 1, problem, "name it after the module, beside its folder"));
        }
        if let Some(name) = path.split('/').find(|part| EMPTY_NAMES.contains(part)) {
            let problem = format!("the module name `{name}` says nothing");
            findings.push(Finding::error(&file.path, 1, problem, "name it after what it holds"));
        }
        for (line, name) in inline_modules(file).filter(|(_, name)| EMPTY_NAMES.contains(name)) {
            let problem = format!("the module name `{name}` says nothing");
            findings.push(Finding::error(&file.path, line, problem, "name it after what it holds"));
        }
    }
    findings
}

/// Finds tests that stand in the file that they test, and integration tests that would be a binary of their own.
pub(crate) fn find_misplaced_tests(workspace: &Workspace) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in rust_files(workspace) {
        if let ["crates", package, "tests", name] = file.path.split('/').collect::<Vec<_>>().as_slice() {
            let problem = format!("{name} would be linked as one more test binary");
            let remedy = format!("make it a module of crates/{package}/tests/it/main.rs");
            findings.push(Finding::error(&file.path, 1, problem, remedy));
        }
        for (line, name) in inline_modules(file).filter(|(_, name)| matches!(*name, "test" | "tests")) {
            let problem = format!("the module `{name}` stands inside the file that it tests");
            let remedy = "move it to `<module>/tests.rs` and write `#[cfg(test)] mod tests;`";
            findings.push(Finding::error(&file.path, line, problem, remedy));
        }
    }
    findings
}

/// Lists the modules that have their body in the file, with the line of each.
fn inline_modules(file: &TextFile) -> impl Iterator<Item = (usize, &str)> {
    let code = file.source.iter().flat_map(|source| source.code.iter().enumerate());
    code.filter_map(|(index, line)| {
        let words: Vec<&str> = line.split([' ', '{']).filter(|word| !word.is_empty()).collect();
        let at = words.iter().position(|word| *word == "mod")?;
        let name = words.get(at + 1)?;
        line.contains('{').then_some((index + 1, *name))
    })
}
