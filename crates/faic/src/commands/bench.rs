//! `faic bench`: figures that anybody can measure again.

use clap::Subcommand;

use crate::{failure::Failure, output::Output};

mod catch_up;
mod finality;
mod payer;
mod processor_time;

/// What can be measured.
#[derive(Debug, Subcommand)]
pub(crate) enum Bench {
    /// How long a payment takes to become final on a network of several validators, idle and under load.
    Finality(finality::Finality),
    /// How long a new node takes to follow a chain with a history.
    CatchUp(catch_up::CatchUp),
}

/// Measures.
///
/// # Errors
/// A failure that says in one line what went wrong.
pub(crate) fn run(command: &Bench, output: Output) -> Result<(), Failure> {
    match command {
        Bench::Finality(command) => finality::run(command, output),
        Bench::CatchUp(command) => catch_up::run(command, output),
    }
}
