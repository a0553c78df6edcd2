//! Tests of the rule about paths of one machine.

use super::super::tests::workspace_with;
use super::find;

/// A folder of one machine is found in code, strings and documents.
#[test]
fn paths_of_one_machine_are_found() {
    for (before, path) in [
        ("let a = \"", concat!("/ho", "me/anna/faic\"")),
        ("", concat!("/ro", "ot/faic")),
        ("PATH=", concat!("/Us", "ers/anna")),
        ("see `", concat!("/wo", "rk/main`")),
        ("see ", concat!("../", "shared/x.md")),
        ("C:", concat!("\\Us", "ers\\anna")),
    ] {
        let findings = find(&workspace_with("docs/a.md", &format!("fine\n{before}{path}")));
        assert_eq!(findings.len(), 1, "{path}");
        assert_eq!(findings[0].line, 2, "{path}");
    }
}

/// Folders of every system, routes and relative paths pass.
#[test]
fn other_paths_pass() {
    for good in ["#!/usr/bin/env bash", "/tmp/faic", "GET /v1/work/3", concat!("docs/ho", "me/x"), "../faic-core"] {
        assert_eq!(find(&workspace_with("docs/a.md", good)), [], "{good}");
    }
}
