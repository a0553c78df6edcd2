//! Tests of the check's steps and of how a failing step is reported.

use std::process::Stdio;

use super::{CLIPPY, DOCS, Step, TESTS, Tests, cargo, steps, timed};

/// `--skip-tests` leaves out the tests and nothing else.
#[test]
fn skipping_tests_leaves_out_only_the_tests() {
    let all: Vec<&str> = steps(Tests::Run).iter().map(|step| step.name).collect();
    let rest: Vec<&str> = steps(Tests::Skip).iter().map(|step| step.name).collect();
    assert!(all.contains(&TESTS.name));
    assert_eq!(rest, all.into_iter().filter(|name| *name != TESTS.name).collect::<Vec<_>>());
}

/// A printed command can be pasted into a shell, environment included.
#[test]
fn commands_are_printed_as_they_are_typed() {
    assert_eq!(CLIPPY.command_line(), "cargo clippy --workspace --all-targets --locked -- -D warnings");
    assert_eq!(DOCS.command_line(), "RUSTDOCFLAGS='-D warnings' cargo doc --workspace --no-deps --locked");
}

/// A command that fails says which command it was and what to do.
#[test]
fn a_failing_step_says_what_to_run() {
    let step = Step {
        name: "broken",
        environment: None,
        arguments: &["no-such-command-of-cargo"],
        remedy: "run something else",
    };
    let sentence = step.run_as(cargo().stderr(Stdio::null())).expect_err("cargo has no such command");
    assert!(sentence.contains("broken: FAILED"), "{sentence}");
    assert!(sentence.contains("`cargo no-such-command-of-cargo`"), "{sentence}");
    assert!(sentence.contains("run something else"), "{sentence}");
}

/// A step's success stays a success.
#[test]
fn a_passing_step_passes() {
    assert_eq!(timed("fine", "nothing", || Ok(())), Ok(()));
}
