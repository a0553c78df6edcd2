//! The rules about words that must not land: unfinished work, tests that are switched off without a reason, tests
//! that wait for a clock instead of a condition.
//!
//! In a Rust file a word counts in code and comments, never inside a string; in any other text it counts everywhere.

#[cfg(test)]
mod tests;

use super::finding::Finding;
use super::workspace::{TextFile, Workspace};

/// The words that mark unfinished work in comments and documents.
const MARKS: &[&str] = &["TODO", "FIXME", "XXX"];

/// The macros that mark unfinished work in code.
const MACROS: &[&str] = &["todo!", "unimplemented!", "dbg!"];

/// Files that others wrote or a machine writes.
const FOREIGN: &[&str] = &["Cargo.lock", "LICENSE-APACHE", "LICENSE-MIT"];

/// Finds marks of unfinished work.
pub(crate) fn find_unfinished(workspace: &Workspace) -> Vec<Finding> {
    let mut findings = Vec::new();
    let remedy = "finish it, or file an issue and leave no mark";
    for file in workspace.files.iter().filter(|file| !FOREIGN.contains(&file.path.as_str())) {
        for (line, text) in prose(file) {
            for mark in MARKS.iter().filter(|mark| has_word(text, mark)) {
                findings.push(Finding::error(&file.path, line, format!("`{mark}` marks unfinished work"), remedy));
            }
        }
        for (line, code) in code(file) {
            for name in MACROS.iter().filter(|name| has_word(code, name)) {
                findings.push(Finding::error(&file.path, line, format!("`{name}` is not for landed code"), remedy));
            }
        }
    }
    findings
}

/// Finds tests that are ignored without a reason.
pub(crate) fn find_ignored(workspace: &Workspace) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in &workspace.files {
        for (line, code) in code(file) {
            let compact: String = code.split_whitespace().collect();
            let has_no_reason = compact.contains("#[ignore]") || compact.contains(",ignore)]");
            let has_empty_reason = code.contains("ignore = \"\"");
            if has_no_reason || has_empty_reason {
                let remedy = "repair or delete the test, or write `#[ignore = \"why, and how it is run\"]`";
                findings.push(Finding::error(&file.path, line, "a test is ignored without a reason", remedy));
            }
        }
    }
    findings
}

/// Finds tests that sleep without saying why. Where every test runs in tokio's paused time, its sleeps take no time.
pub(crate) fn find_sleeps(workspace: &Workspace) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in workspace.files.iter().filter(|file| file.is_test()) {
        let is_paused = runs_in_paused_time(file);
        for (line, code) in code(file).filter(|(_, code)| has_word(code, "sleep(") || has_word(code, "sleep_until(")) {
            let takes_no_time = is_paused && !code.contains("thread::sleep(");
            if !takes_no_time && !is_sleep_explained(file, line) {
                let remedy = "wait for a condition with a deadline, or explain with `// sleep: why` on the line above";
                findings.push(Finding::error(&file.path, line, "a test sleeps", remedy));
            }
        }
    }
    findings
}

/// Tells whether the file has asynchronous tests and all of them start with the clock paused.
fn runs_in_paused_time(file: &TextFile) -> bool {
    let mut tests = code(file).filter(|(_, code)| code.contains("#[tokio::test")).peekable();
    tests.peek().is_some() && tests.all(|(_, code)| code.contains("start_paused = true"))
}

/// Tells whether the line or the one above it says why the test sleeps.
fn is_sleep_explained(file: &TextFile, line: usize) -> bool {
    let Some(source) = &file.source else { return false };
    let start = line.saturating_sub(2);
    let near = source.comments.iter().skip(start).take(line - start);
    near.map(|comment| comment.trim())
        .any(|comment| comment.strip_prefix("// sleep: ").is_some_and(|why| !why.is_empty()))
}

/// Lists the lines of a Rust file's code; other files have none.
fn code(file: &TextFile) -> impl Iterator<Item = (usize, &str)> {
    let lines = file.source.iter().flat_map(|source| source.code.iter().enumerate());
    lines.map(|(index, line)| (index + 1, line.as_str()))
}

/// Lists the lines that people read: the comments of a Rust file, all of any other.
fn prose(file: &TextFile) -> Vec<(usize, &str)> {
    match &file.source {
        Some(source) => source.comments.iter().enumerate().map(|(index, line)| (index + 1, line.as_str())).collect(),
        None => file.lines().collect(),
    }
}

/// Tells whether the word stands alone in the text; one in backquotes is spoken about, not used.
fn has_word(text: &str, word: &str) -> bool {
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + word.len()..].chars().next();
        let ends_open = word.ends_with(|last| !is_name(last));
        !before.is_some_and(|c| is_name(c) || c == '`') && (ends_open || !after.is_some_and(is_name))
    })
}
