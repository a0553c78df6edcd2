//! The rules of this workspace that no other tool keeps, and the tables that they compare it with.
//!
//! A new arrow between crates or a new owner of a heavy library is a one-line change of a table here, with a decision
//! record beside it. Every rule is a pure function from a [`Workspace`] to its [`Finding`]s, so that each is tested
//! on a workspace that keeps it and on one that breaks it; the last test runs them all on this repository.

mod arrows;
mod documents;
mod files;
mod finding;
mod licences;
mod manifests;
mod owners;
mod paths;
mod purity;
mod references;
mod source;
#[cfg(test)]
mod tests;
mod words;
mod workspace;

use std::path::PathBuf;

use self::finding::{Finding, Severity};
use self::workspace::Workspace;

/// The arrows that are allowed between the workspace's crates, tests included. A row may name crates that do not exist
/// yet; a crate without a row is refused.
const ARROWS: &[(&str, &[&str])] = &[
    ("faic", &["faic-api", "faic-node", "faic-core"]),
    ("faic-api", &["faic-node", "faic-core"]),
    ("faic-node", &["faic-consensus", "faic-ledger", "faic-network", "faic-compute", "faic-proofs", "faic-core"]),
    ("faic-consensus", &["faic-network", "faic-core"]),
    ("faic-ledger", &["faic-core"]),
    ("faic-network", &["faic-core"]),
    ("faic-compute", &["faic-core"]),
    ("faic-proofs", &["faic-core"]),
    ("faic-core", &[]),
    ("xtask", &[]),
];

/// Crates that exist to test the others: they may depend on any crate but `xtask`, and nobody may depend on them.
const TEST_CRATES: &[&str] = &["faic-e2e"];

/// Who, besides its owner, may use a library in tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TestUse {
    /// Knowledge of the library stays with its owner, also in tests.
    OwnerOnly,
    /// Any crate may name it in `[dev-dependencies]`, because a test is a user, a client or a reader of logs.
    AnyCrate,
}

/// A heavy library and the crates that alone may depend on it.
#[derive(Debug)]
struct Owned {
    /// The library's name; a `*` at the end stands for any rest.
    library: &'static str,
    /// The crates that may depend on it.
    owners: &'static [&'static str],
    /// Who else may use it in tests.
    tests: TestUse,
}

/// Writes a row of [`OWNERS`] for a library that stays with its owner in tests too.
const fn owned(library: &'static str, owners: &'static [&'static str]) -> Owned {
    Owned { library, owners, tests: TestUse::OwnerOnly }
}

/// Writes a row of [`OWNERS`] for a library that any crate may use in its tests.
const fn owned_but_in_tests(library: &'static str, owners: &'static [&'static str]) -> Owned {
    Owned { library, owners, tests: TestUse::AnyCrate }
}

/// The sole owners of heavy libraries.
const OWNERS: &[Owned] = &[
    // Cryptography: everybody else hashes, signs and encrypts through faic-core.
    owned("aes", &["faic-core"]),
    owned("argon2", &["faic-core"]),
    owned("bech32", &["faic-core"]),
    owned("bip39", &["faic-core"]),
    owned("blake3", &["faic-core"]),
    owned("chacha20poly1305", &["faic-core"]),
    owned("ctr", &["faic-core"]),
    owned("curve25519-dalek", &["faic-core"]),
    owned("ed25519*", &["faic-core"]),
    owned("hmac", &["faic-core"]),
    owned("pbkdf2", &["faic-core"]),
    owned("scrypt", &["faic-core"]),
    owned("sha2", &["faic-core"]),
    owned("sha3", &["faic-core"]),
    // Storage.
    owned("fjall", &["faic-ledger"]),
    owned("jmt", &["faic-ledger"]),
    owned("nomt", &["faic-ledger"]),
    owned("redb", &["faic-ledger"]),
    // Peers and agreement.
    owned("libp2p*", &["faic-network"]),
    owned("arc-malachitebft-*", &["faic-consensus"]),
    // AI work and proofs.
    owned("candle*", &["faic-compute"]),
    owned_but_in_tests("reqwest", &["faic-compute"]),
    owned("sysinfo", &["faic-compute"]),
    owned("fhe", &["faic-proofs"]),
    owned("p3-*", &["faic-proofs"]),
    // Telemetry.
    owned("opentelemetry*", &["faic-node"]),
    owned("prometheus-client", &["faic-node"]),
    owned_but_in_tests("tracing-subscriber", &["faic-node"]),
    // HTTP.
    owned("axum*", &["faic-api"]),
    owned("hyper*", &["faic-api"]),
    owned("tower*", &["faic-api"]),
    owned("utoipa*", &["faic-api"]),
    // Drawing.
    owned("qrcode", &["faic-api", "faic"]),
    // The command line, and errors without a type.
    owned_but_in_tests("anyhow", &["faic", "xtask"]),
    owned("clap*", &["faic"]),
    owned("comfy-table", &["faic"]),
    owned("indicatif", &["faic"]),
    owned("rpassword", &["faic"]),
];

/// The crates whose result is a function of their arguments: they carry their own `clippy.toml` and the lints below.
const PURE_CRATES: &[&str] = &["faic-core", "faic-ledger"];

/// The lints that a pure crate switches on in its `lib.rs`.
const PURE_LINTS: &[&str] =
    &["clippy::indexing_slicing", "clippy::arithmetic_side_effects", "clippy::float_arithmetic"];

/// How far a ban of [`PURE_BANS`] reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    /// The crate may not name the library, in tests either.
    Direct,
    /// Nothing that the crate is built from may name the library.
    Transitive,
}

/// A crate, a library that it must not see (a `*` at the end stands for any rest), and how far the ban reaches.
const PURE_BANS: &[(&str, &str, Reach)] = &[
    ("faic-core", "tokio*", Reach::Transitive),
    ("faic-core", "chrono", Reach::Direct),
    ("faic-core", "time", Reach::Direct),
    ("faic-ledger", "tokio*", Reach::Transitive),
    ("faic-ledger", "chrono", Reach::Direct),
    ("faic-ledger", "time", Reach::Direct),
    ("faic-ledger", "getrandom", Reach::Direct),
    ("faic-ledger", "rand*", Reach::Direct),
    ("faic-ledger", "fastrand", Reach::Direct),
];

/// One rule: its name in the output, and what finds its violations.
struct Rule {
    /// What the rule is called.
    name: &'static str,
    /// Finds every place that breaks the rule.
    find: fn(&Workspace) -> Vec<Finding>,
}

/// Every rule, in the order in which they are reported.
const RULES: &[Rule] = &[
    Rule { name: "arrows between crates", find: arrows::find },
    Rule { name: "owners of libraries", find: owners::find },
    Rule { name: "bans in pure crates", find: purity::find_banned_libraries },
    Rule { name: "settings of pure crates", find: purity::find_missing_settings },
    Rule { name: "licences", find: licences::find },
    Rule { name: "inherited lints and versions", find: manifests::find },
    Rule { name: "file length", find: files::find_long },
    Rule { name: "module headers", find: files::find_headless },
    Rule { name: "module names", find: files::find_badly_named },
    Rule { name: "places of tests", find: files::find_misplaced_tests },
    Rule { name: "unfinished work", find: words::find_unfinished },
    Rule { name: "ignored tests", find: words::find_ignored },
    Rule { name: "sleeping tests", find: words::find_sleeps },
    Rule { name: "paths of one machine", find: paths::find },
    Rule { name: "decision records", find: documents::find_records },
    Rule { name: "translated documents", find: documents::find_translations },
    Rule { name: "links in documents", find: references::find_broken_links },
    Rule { name: "tests of invariants", find: references::find_missing_tests },
];

/// Runs every rule on this workspace and prints what it finds.
///
/// # Errors
/// A sentence with the number of errors, or why the workspace could not be read.
pub(crate) fn run() -> Result<(), String> {
    let workspace = Workspace::load(&workspace_root())?;
    let findings = find_all(&workspace);
    for (rule, finding) in &findings {
        println!("{finding} [{rule}]");
    }
    let (rules, files) = (RULES.len(), workspace.files.len());
    let errors = findings.iter().filter(|(_, finding)| finding.severity == Severity::Error).count();
    let warnings = findings.len() - errors;
    println!("tidy: {rules} rules on {files} files: {errors} errors, {warnings} warnings");
    if errors > 0 {
        return Err(format!("tidy found {errors} errors: repair them, then run `cargo xtask tidy`"));
    }
    Ok(())
}

/// Applies every rule and names the rule beside each finding.
fn find_all(workspace: &Workspace) -> Vec<(&'static str, Finding)> {
    let each = RULES.iter().map(|rule| (rule.name, (rule.find)(workspace)));
    each.flat_map(|(name, findings)| findings.into_iter().map(move |finding| (name, finding))).collect()
}

/// Finds the root of the workspace that this program is run in.
pub(crate) fn workspace_root() -> PathBuf {
    let manifest = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    PathBuf::from(manifest).parent().expect("xtask lies in a folder of the workspace's root").to_owned()
}

/// Tells whether a library's name fits a pattern, in which a `*` at the end stands for any rest.
fn is_match(pattern: &str, library: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => library.starts_with(start),
        None => library == pattern,
    }
}
