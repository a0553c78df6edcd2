//! Tests of the rule about inheritance.

use super::super::workspace::TextFile;
use super::find_in;

/// A manifest that inherits everything.
const GOOD: &str = "[package]
name = \"x\"
version.workspace = true
edition.workspace = true
rust-version.workspace = true
license.workspace = true
publish.workspace = true

[dependencies]
serde.workspace = true
tokio = { workspace = true, features = [
    \"rt\",
] }

[lints]
workspace = true
";

/// Checks a manifest's text.
fn problems(text: &str) -> Vec<String> {
    find_in(&TextFile::new("Cargo.toml", text)).iter().map(ToString::to_string).collect()
}

/// What inherits everything passes.
#[test]
fn inheritance_passes() {
    assert_eq!(problems(GOOD), [] as [&str; 0]);
}

/// Own lints, or none, are refused.
#[test]
fn own_lints_are_refused() {
    for bad in
        [GOOD.replace("[lints]\nworkspace = true", ""), GOOD.replace("[lints]\nworkspace", "[lints.rust]\nworkspace")]
    {
        assert!(problems(&bad)[0].contains("does not inherit the workspace's lints"));
    }
}

/// A package field of its own is refused.
#[test]
fn own_fields_are_refused() {
    let problems = problems(&GOOD.replace("license.workspace = true", "license = \"MIT\""));
    assert!(problems[0].starts_with("Cargo.toml:1:") && problems[0].contains("`license`"), "{problems:?}");
}

/// A version beside the library's name is refused, in every kind of section.
#[test]
fn own_versions_are_refused() {
    for section in ["[dependencies]", "[dev-dependencies]", "[build-dependencies]", "[target.'cfg(unix)'.dependencies]"]
    {
        let problems = problems(&format!("{GOOD}\n{section}\nhex = \"0.4\"\n"));
        assert!(problems[0].starts_with("Cargo.toml:19:"), "{section} {problems:?}");
    }
}
