//! Tests of the rule about arrows between crates.

use super::super::tests::{built, dev, package, workspace_of};
use super::find;

/// An arrow of the table passes, and libraries of others are no arrows.
#[test]
fn allowed_arrows_pass() {
    let api = package("faic-api", vec![built("faic-node"), dev("faic-core"), built("axum")]);
    let workspace =
        workspace_of(vec![api, package("faic-node", vec![built("faic-core")]), package("faic-core", vec![])]);
    assert_eq!(find(&workspace), []);
}

/// An arrow that the table does not have is refused, in tests too, and found in the manifest.
#[test]
fn other_arrows_are_refused() {
    for dependency in [built("faic-ledger"), dev("faic-ledger")] {
        let api = package("faic-api", vec![dependency]);
        let mut workspace = workspace_of(vec![api, package("faic-ledger", vec![])]);
        let manifest = "[package]\n\n[dependencies]\nfaic-ledger.workspace = true\n";
        workspace.files.push(super::super::workspace::TextFile::new("crates/faic-api/Cargo.toml", manifest));
        let findings = find(&workspace);
        assert_eq!(findings.len(), 1);
        assert_eq!((findings[0].path.as_str(), findings[0].line), ("crates/faic-api/Cargo.toml", 4));
        assert!(findings[0].problem.contains("faic-api must not depend on faic-ledger"));
    }
}

/// A crate must be in the table before it can land.
#[test]
fn a_crate_without_a_row_is_refused() {
    let findings = find(&workspace_of(vec![package("faic-extra", vec![])]));
    assert!(findings[0].problem.contains("faic-extra has no row"));
}

/// The end-to-end tests may use every crate but the errands, and nobody may use them.
#[test]
fn test_crates_reach_everywhere_and_are_reached_from_nowhere() {
    let e2e = |name| package("faic-e2e", vec![dev(name)]);
    assert_eq!(find(&workspace_of(vec![e2e("faic-ledger"), package("faic-ledger", vec![])])), []);
    assert_eq!(find(&workspace_of(vec![e2e("xtask"), package("xtask", vec![])])).len(), 1);
    assert_eq!(find(&workspace_of(vec![e2e("x"), package("faic-api", vec![dev("faic-e2e")])])).len(), 1);
}
