//! The commands of the program, one module each.

use clap::Subcommand;

use crate::{failure::Failure, output::Output};

mod completions;
mod genesis;
mod wallet;

/// What the program can do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make wallets, see what they have, and pay.
    #[command(subcommand)]
    Wallet(wallet::Wallet),
    /// Make and check the document that a network begins with.
    #[command(subcommand)]
    Genesis(genesis::Command),
    /// Print a script that lets a shell complete this program's commands.
    Completions(completions::Completions),
}

/// Does what a command asks.
///
/// # Errors
/// A failure that says in one line what went wrong and what to do.
pub(crate) fn run(command: Command, output: Output) -> Result<(), Failure> {
    match command {
        Command::Wallet(command) => wallet::run(command, output),
        Command::Genesis(command) => genesis::run(command, output),
        Command::Completions(command) => completions::run(&command),
    }
}
