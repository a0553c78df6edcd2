//! Tests of the rule about the owners of libraries.

use super::super::tests::{built, dev, package, workspace_of};
use super::super::{ARROWS, OWNERS};
use super::find;

/// The owner may use its library, and free libraries are free.
#[test]
fn owners_may_use_their_libraries() {
    let core = package("faic-core", vec![built("blake3"), built("ed25519-zebra"), built("serde")]);
    let api = package("faic-api", vec![built("utoipa-axum"), built("axum"), dev("axum-test")]);
    assert_eq!(find(&workspace_of(vec![core, api])), []);
}

/// Anybody else is refused, by exact name and by the start of a name.
#[test]
fn others_are_refused() {
    for (name, library) in [("faic-ledger", "blake3"), ("faic-node", "libp2p-swarm"), ("faic-core", "fjall")] {
        let findings = find(&workspace_of(vec![package(name, vec![built(library)])]));
        assert_eq!(findings.len(), 1, "{name} {library}");
        assert!(findings[0].problem.contains(library));
    }
}

/// In tests a library stays with its owner, unless the table frees it there.
#[test]
fn tests_are_free_where_the_table_says_so() {
    assert_eq!(find(&workspace_of(vec![package("faic-api", vec![dev("reqwest")])])), []);
    assert_eq!(find(&workspace_of(vec![package("faic-e2e", vec![built("reqwest")])])), []);
    assert_eq!(find(&workspace_of(vec![package("faic-api", vec![built("reqwest")])])).len(), 1);
    assert_eq!(find(&workspace_of(vec![package("faic-api", vec![dev("blake3")])])).len(), 1);
}

/// Every owner in the table is a crate in the table of arrows.
#[test]
fn owners_are_crates() {
    for owner in OWNERS.iter().flat_map(|owned| owned.owners) {
        assert!(ARROWS.iter().any(|(name, _)| name == owner), "{owner}");
    }
}
