//! Developer errands: `cargo xtask check` runs every rule of the workspace, `cargo xtask tidy` the fast ones of ours.
//!
//! This program is the one truth about whether a change may land; continuous integration calls the same steps.
//! It depends on nothing of the workspace, starts `cargo` as a process, and stays quick to compile.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for developers talks on the terminal")]

mod check;
mod tidy;

use std::process::ExitCode;

use crate::check::Tests;

/// What a wrong or missing argument is answered with.
const USAGE: &str = "\
usage: cargo xtask <errand>

  check                every rule: tidy, format, clippy, tests, documentation, cargo-deny where it is installed
  check --skip-tests   the same without `cargo test --workspace`, for a caller that has run it
  tidy                 the rules of this workspace that no other tool keeps";

/// Runs the errand that the command line names.
fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        ["check"] => check::run(Tests::Run),
        ["check", "--skip-tests"] => check::run(Tests::Skip),
        ["tidy"] => tidy::run(),
        _ => Err(USAGE.to_owned()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            eprintln!("{sentence}");
            ExitCode::FAILURE
        }
    }
}
