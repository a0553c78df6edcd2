//! Tests of failures: one line with everything that a person needs, nothing twice.

use std::{collections::BTreeSet, io};

use faic_api::TlsError;
use faic_core::{keystore::KeystoreError, mnemonic::Mnemonic};
use faic_node::{ErrorCode, FaicError, dev::PrepareError, node::StartError, secret_file::SecretFileError};

use super::{Code, Context, Failure, sentence};
use crate::running::RunError;

/// An error on top of another.
#[derive(Debug, thiserror::Error)]
#[error("the upper part")]
struct Upper(#[source] io::Error);

/// An error that only passes on another.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
struct Transparent(Upper);

/// The whole chain is told, each part once.
#[test]
fn chain_in_one_line() {
    let error = Transparent(Upper(io::Error::other("the lower part")));
    assert_eq!(sentence(&error), "the upper part: the lower part");
}

/// Context comes before, advice after.
#[test]
fn context_and_advice() {
    let result: Result<(), io::Error> = Err(io::Error::other("the disk is full."));
    let failure = result.context("the wallet was not made").advice("make room").expect_err("it failed");
    assert_eq!(failure.message, "the wallet was not made: the disk is full; make room");
}

/// A misuse keeps its message and changes the exit code.
#[test]
fn exit_codes() {
    let failure = Failure::new(Code::NotFinal, "no");
    assert_eq!((failure.exit, failure.code.as_ref()), (1, "not_final"));
    let usage = failure.into_usage();
    assert_eq!((usage.exit, usage.code.as_ref(), usage.message.as_str()), (2, "usage", "no"));
}

/// An error has the code of the uppermost error that has one, and says what to do about that.
#[test]
fn codes_of_errors() {
    let wallet = "ann".parse().expect("a good name");
    let private = || SecretFileError::NotPrivate { path: "node.key".into(), mode: 0o644 };
    for (failure, code, advice) in [
        (Failure::from(KeystoreError::UnknownWallet { name: wallet }), "wallet_unknown", "faic wallet list"),
        (Failure::from(Mnemonic::parse("legal winner").expect_err("two words")), "invalid_mnemonic", "the paper"),
        (Failure::from(RunError::Start(StartError::Secret(private()))), "secret_not_private", "chmod 600"),
        (Failure::from(RunError::Prepare(PrepareError::Key(private()))), "secret_not_private", "chmod 600"),
        (
            Failure::from(RunError::Tls(TlsError::KeyNotPrivate { key: "key.pem".into(), mode: 0o644 })),
            "secret_not_private",
            "chmod 640",
        ),
        (Failure::from(StartError::Wallets(KeystoreError::OutOfMemory)), "out_of_memory", "not enough memory"),
        (Failure::from(FaicError::new(ErrorCode::Overloaded, "too much")), "overloaded", "too much"),
        (Failure::from(Upper(io::Error::other("the lower part"))), "io", "the lower part"),
    ] {
        assert_eq!(failure.code.as_ref(), code, "{}", failure.message);
        assert!(failure.message.contains(advice), "{}", failure.message);
    }
}

/// The document of the command line lists every code once, with what it means.
#[test]
fn codes_are_listed() {
    let document = include_str!("../../../../docs/cli.md");
    let names: BTreeSet<&str> = Code::ALL.iter().map(|code| code.name()).collect();
    assert_eq!(names.len(), Code::ALL.len());
    for code in Code::ALL {
        let row = format!("| `{}` | {} |", code.name(), code.meaning());
        assert_eq!(document.matches(&row).count(), 1, "docs/cli.md should have the row {row} once");
    }
}
