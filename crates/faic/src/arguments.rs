//! The command line as it is read: its commands, and what becomes of one that is not well formed.
//!
//! Every command's own options stand beside its code, in [`crate::commands`]. A misuse is one line that never repeats a secret.

use std::{error::Error, ffi::OsString};

use clap::{CommandFactory, Parser, error::ErrorKind};

use crate::{commands::Command, failure::Failure, output::Output};

/// The Free AI Chain: a wallet that you control, and nodes that keep the ledger.
///
/// Begin with `faic tour`, which shows everything on a network of its own, or with `faic dev`, which keeps a development
/// network running.
#[derive(Debug, Parser)]
#[command(name = "faic", version, arg_required_else_help = true, subcommand_required = true)]
struct Program {
    /// Answer with one JSON document, for programs; errors are JSON on standard error.
    #[arg(long, global = true)]
    json: bool,

    /// What to do.
    #[command(subcommand)]
    command: Command,
}

/// What the command line asks for.
pub(crate) enum Invocation {
    /// A command, and who reads its answer.
    Command(Output, Command),
    /// A text of help or the version.
    Help(String),
    /// A command that is not well formed.
    Misused(Output, Failure),
}

/// Reads the arguments, the program's name first.
pub(crate) fn read(arguments: impl IntoIterator<Item = OsString>) -> Invocation {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let json = arguments.iter().skip(1).take_while(|argument| *argument != "--").any(|argument| argument == "--json");
    let output = if json { Output::Json } else { Output::People };
    match Program::try_parse_from(&arguments) {
        Ok(Program { json: _, command }) => Invocation::Command(output, command),
        Err(error) if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) => {
            Invocation::Help(error.to_string())
        }
        Err(error) => Invocation::Misused(output, misuse(&error)),
    }
}

/// The parser's model of the whole command line.
pub(crate) fn model() -> clap::Command {
    Program::command()
}

/// The failure of a command line that is not well formed, in one line.
fn misuse(error: &clap::Error) -> Failure {
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        return Failure::usage("a command is missing").advice("--help lists them, and `faic tour` shows what they do");
    }
    let text = error.to_string();
    let words = |part: &str| part.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut paragraphs = text.split("\n\n").filter(|part| !part.starts_with("Usage:") && !part.starts_with("For more"));
    let problem = words(paragraphs.next().unwrap_or_default());
    let problem = problem.strip_prefix("error: ").unwrap_or(&problem).to_owned();
    let problem = in_words(&problem);
    let tips: Vec<String> = paragraphs.map(words).collect();
    let message = std::iter::once(problem).chain(tips).collect::<Vec<_>>().join("; ");
    Failure::argument(message, error.source()).advice("see --help")
}

/// The text with a range of numbers at its end written for people: `0..16` is from 0 to 15.
fn in_words(text: &str) -> String {
    let range = || {
        let (before, range) = text.rsplit_once(" is not in ")?;
        let (first, last) = range.split_once("..")?;
        let last = match last.strip_prefix('=') {
            Some(last) => last.parse::<u64>().ok()?,
            None => last.parse::<u64>().ok()?.checked_sub(1)?,
        };
        Some(format!("{before} is not a number from {first} to {last}"))
    };
    range().unwrap_or_else(|| text.to_owned())
}

/// The amount is nothing, where something is to be paid.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the amount must be more than zero")]
pub(crate) struct ZeroAmount;

#[cfg(test)]
mod tests;
