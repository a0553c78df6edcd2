//! The rule that a heavy library has one owner: knowledge of it stops at the crate in the table.
//!
//! Everybody else goes through the owner's own types, so that a library can be replaced in one place.

#[cfg(test)]
mod tests;

use super::finding::Finding;
use super::workspace::{Kind, Workspace};
use super::{OWNERS, TEST_CRATES, TestUse, is_match};

/// Finds crates that depend on a library that belongs to another crate.
pub(crate) fn find(workspace: &Workspace) -> Vec<Finding> {
    let mut findings = Vec::new();
    for package in &workspace.crates {
        for dependency in &package.dependencies {
            let Some(owned) = OWNERS.iter().find(|owned| is_match(owned.library, &dependency.name)) else { continue };
            let in_tests = dependency.kind == Kind::Dev || TEST_CRATES.contains(&package.name.as_str());
            let is_allowed = match owned.tests {
                TestUse::AnyCrate if in_tests => true,
                TestUse::AnyCrate | TestUse::OwnerOnly => owned.owners.contains(&package.name.as_str()),
            };
            if is_allowed {
                continue;
            }
            let line = workspace.line_of_dependency(package, &dependency.name);
            let problem = format!(
                "{} depends on {}, which belongs to {}",
                package.name,
                dependency.name,
                owned.owners.join(" and ")
            );
            let remedy = "use what the owner offers, or change OWNERS in xtask/src/tidy.rs with an ADR";
            findings.push(Finding::error(&package.manifest, line, problem, remedy));
        }
    }
    findings
}
