//! `faic`: the program.
//!
//! The command line and nothing else: it reads arguments, asks for secrets, shows answers. Rules live in the crates below.
//! Whatever goes wrong ends as one line on standard error and an exit code; see [`failure`].

mod arguments;
mod failure;
mod output;

mod files;
mod folders;
mod genesis_document;
mod interruption;
mod patience;
mod secrets;
mod shell;

mod client;
mod cluster;
mod commands;
mod outbox;

mod running;
mod settings;
mod trust;

use std::process::ExitCode;

use arguments::Invocation;

/// Reads the command line, does what it asks and says how it went.
fn main() -> ExitCode {
    match arguments::read(std::env::args_os()) {
        Invocation::Command(output, command) => match commands::run(*command, output) {
            Ok(()) => ExitCode::SUCCESS,
            Err(failure) => failure.report(output),
        },
        Invocation::Help(text) => output::show_help(&text),
        Invocation::Misused(output, failure) => failure.report(output),
    }
}
