//! Tests of the rules about pure crates.

use super::super::tests::{built, dev, package, workspace_of};
use super::super::workspace::{TextFile, Workspace};
use super::{BANNED_PATHS, PURE_LINTS, find_banned_libraries, find_missing_settings};

/// A ledger with the given lines in `lib.rs` and `clippy.toml`.
fn ledger(library: &str, settings: &str) -> Workspace {
    let mut workspace = workspace_of(vec![package("faic-ledger", vec![])]);
    workspace.files.push(TextFile::new("clippy.toml", "# A comment.\ntoo-many-lines-threshold = 70\n"));
    workspace.files.push(TextFile::new("crates/faic-ledger/src/lib.rs", library));
    workspace.files.push(TextFile::new("crates/faic-ledger/clippy.toml", settings));
    workspace
}

/// Every lint of a pure crate, as its `lib.rs` writes them.
fn all_lints() -> String {
    format!("#![warn({})]", PURE_LINTS.join(", "))
}

/// Every ban of a pure crate and the root's setting.
fn all_settings() -> String {
    let bans: Vec<String> = BANNED_PATHS.iter().map(|path| format!("{{ path = \"{path}\" }},\n")).collect();
    format!("too-many-lines-threshold = 70\n{}", bans.concat())
}

/// The async runtime is refused: named in code, named in tests, or pulled in by somebody else.
#[test]
fn the_runtime_is_refused_at_any_depth() {
    let mut deep = package("faic-core", vec![built("serde")]);
    deep.built_from.insert("tokio-util".to_owned());
    for package in [deep, package("faic-core", vec![built("tokio")]), package("faic-ledger", vec![dev("tokio")])] {
        let findings = find_banned_libraries(&workspace_of(vec![package]));
        assert_eq!(findings.len(), 1);
        assert!(findings[0].problem.contains("tokio"));
    }
}

/// Only the ledger is forbidden randomness, and other crates may use the runtime.
#[test]
fn bans_hold_for_their_crate_only() {
    assert_eq!(find_banned_libraries(&workspace_of(vec![package("faic-core", vec![built("getrandom")])])), []);
    assert_eq!(find_banned_libraries(&workspace_of(vec![package("faic-node", vec![built("tokio")])])), []);
    assert_eq!(find_banned_libraries(&workspace_of(vec![package("faic-ledger", vec![built("rand_core")])])).len(), 1);
}

/// A pure crate with its lints, its bans and the root's settings passes.
#[test]
fn complete_settings_pass() {
    assert_eq!(find_missing_settings(&ledger(&all_lints(), &all_settings())), []);
}

/// Each lint and each ban that is missing is named; one in a comment or one that is switched off is missing.
#[test]
fn each_missing_setting_is_named() {
    for library in [format!("// {}", all_lints()), all_lints().replace("warn", "allow")] {
        let findings = find_missing_settings(&ledger(&library, "too-many-lines-threshold = 70\n"));
        assert_eq!(findings.len(), PURE_LINTS.len() + BANNED_PATHS.len());
    }
}

/// A crate's settings that drop or change one of the root's are refused.
#[test]
fn a_lost_setting_is_refused() {
    let findings = find_missing_settings(&ledger(&all_lints(), &all_settings().replace("70", "90")));
    assert_eq!(findings.len(), 1);
    assert!(findings[0].problem.contains("too-many-lines-threshold = 70"));
}
