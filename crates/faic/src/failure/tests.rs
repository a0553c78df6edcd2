//! Tests of failures: one line with everything that a person needs, nothing twice.

use std::io;

use super::{Context, Failure, sentence};

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
    let failure = Failure::new("no");
    assert_eq!((failure.exit, failure.code.as_ref()), (1, "failed"));
    let usage = failure.into_usage();
    assert_eq!((usage.exit, usage.code.as_ref(), usage.message.as_str()), (2, "usage", "no"));
}
