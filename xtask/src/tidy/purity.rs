//! The rules about the crates that must compute the same on every machine: what they must not see, and which lints
//! and settings keep clocks, randomness and unordered containers out of them.
//!
//! Clippy enforces the bans inside the code; the rules here see to it that clippy is told.

#[cfg(test)]
mod tests;

use super::finding::Finding;
use super::workspace::Workspace;
use super::{PURE_BANS, PURE_CRATES, PURE_LINTS, Reach, is_match};

/// What the settings of a pure crate must ban.
const BANNED_PATHS: &[&str] = &[
    "std::collections::HashMap",
    "std::collections::HashSet",
    "std::collections::hash_map::RandomState",
    "std::time::Instant",
    "std::time::SystemTime",
];

/// Finds libraries that a pure crate must not name, or must not be built from.
pub(crate) fn find_banned_libraries(workspace: &Workspace) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, pattern, reach) in PURE_BANS {
        let Some(package) = workspace.crates.iter().find(|package| package.name == *name) else { continue };
        for dependency in package.dependencies.iter().filter(|dependency| is_match(pattern, &dependency.name)) {
            let line = workspace.line_of_dependency(package, &dependency.name);
            let problem = format!("{name} must not depend on {}", dependency.name);
            findings.push(Finding::error(&package.manifest, line, problem, "move that work to a crate above"));
        }
        if *reach == Reach::Direct {
            continue;
        }
        for library in package.built_from.iter().filter(|library| is_match(pattern, library)) {
            let problem = format!("{name} is built from {library}, which it must not be");
            let remedy = format!("find who pulls it in with `cargo tree -p {name} -e normal,build -i {library}`");
            findings.push(Finding::error(&package.manifest, 1, problem, remedy));
        }
    }
    findings
}

/// Finds pure crates that lack a lint or a ban, and crate-local settings that lose one of the root's.
pub(crate) fn find_missing_settings(workspace: &Workspace) -> Vec<Finding> {
    let mut findings = Vec::new();
    for name in PURE_CRATES.iter().filter(|name| workspace.crates.iter().any(|package| package.name == **name)) {
        let library = format!("crates/{name}/src/lib.rs");
        let code = workspace.file(&library).and_then(|file| file.source.as_ref()).map(|source| source.code.join("\n"));
        let switched_on = switched_on_lints(&code.unwrap_or_default());
        for lint in PURE_LINTS.iter().filter(|lint| !switched_on.contains(**lint)) {
            let problem = format!("{name} does not switch on the lint {lint}");
            findings.push(Finding::error(&library, 1, problem, format!("add it to `#![warn(…)]` in {library}")));
        }
        let settings = format!("crates/{name}/clippy.toml");
        let text = workspace.file(&settings).map_or("", |file| file.text.as_str());
        for path in BANNED_PATHS.iter().filter(|path| !text.contains(&format!("path = \"{path}\""))) {
            let problem = format!("{settings} does not ban {path}");
            findings.push(Finding::error(&settings, 1, problem, "add it to disallowed-types"));
        }
    }
    findings.extend(find_lost_settings(workspace));
    findings
}

/// Joins what the `warn` and `deny` attributes of a crate list.
fn switched_on_lints(code: &str) -> String {
    let attributes = code.split("#![").skip(1);
    let switching_on = attributes.filter(|text| text.starts_with("warn(") || text.starts_with("deny("));
    switching_on.filter_map(|text| text.split_once(')')).map(|(list, _)| list).collect()
}

/// Finds settings of the root's `clippy.toml` that a crate's own file does not repeat; clippy reads only one of them.
fn find_lost_settings(workspace: &Workspace) -> Vec<Finding> {
    let Some(root) = workspace.file("clippy.toml") else { return Vec::new() };
    let is_local = |path: &str| path.starts_with("crates/") && path.ends_with("/clippy.toml");
    let mut findings = Vec::new();
    for local in workspace.files.iter().filter(|file| is_local(&file.path)) {
        for (_, setting) in root.lines().filter(|(_, line)| line.contains(" = ")) {
            if !local.lines().any(|(_, line)| line == setting) {
                let problem = format!("the setting `{setting}` of the root's clippy.toml is lost here");
                findings.push(Finding::error(&local.path, 1, problem, "repeat it: this file replaces the root's"));
            }
        }
    }
    findings
}
