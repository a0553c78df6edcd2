//! The rule that crates of the workspace depend on each other only as the table of arrows allows.
//!
//! Tests follow the same arrows as code; only the crates that exist to test the others may reach everywhere.

#[cfg(test)]
mod tests;

use super::finding::Finding;
use super::workspace::Workspace;
use super::{ARROWS, TEST_CRATES};

/// Finds crates without a row in the table, and dependencies that the table does not allow.
pub(crate) fn find(workspace: &Workspace) -> Vec<Finding> {
    let mut findings = Vec::new();
    for package in &workspace.crates {
        let is_test_crate = TEST_CRATES.contains(&package.name.as_str());
        let row = ARROWS.iter().find(|(name, _)| *name == package.name);
        if row.is_none() && !is_test_crate {
            let problem = format!("the crate {} has no row in ARROWS", package.name);
            findings.push(Finding::error(&package.manifest, 1, problem, "add it to xtask/src/tidy.rs with an ADR"));
        }
        let allowed = row.map_or(&[] as &[&str], |(_, allowed)| allowed);
        for dependency in &package.dependencies {
            if !workspace.crates.iter().any(|other| other.name == dependency.name) {
                continue;
            }
            let is_allowed =
                if is_test_crate { dependency.name != "xtask" } else { allowed.contains(&dependency.name.as_str()) };
            if !is_allowed {
                let line = workspace.line_of_dependency(package, &dependency.name);
                let problem = format!("{} must not depend on {}", package.name, dependency.name);
                let remedy = "remove it, or add the arrow to ARROWS in xtask/src/tidy.rs with an ADR";
                findings.push(Finding::error(&package.manifest, line, problem, remedy));
            }
        }
    }
    findings
}
