//! `faic wallet show`: what a transaction says that is to be signed, and who has signed it; needs no node and no wallet.

use clap::Args;

use super::transaction_file::{self, FileAnswer, Names};
use crate::{failure::Failure, output::Output};

/// The options of looking at a transaction.
#[derive(Debug, Args)]
pub(crate) struct Show {
    /// The file of the transaction, - for standard input, or its text (faic-tx:…).
    #[arg(value_name = "FILE")]
    file: String,
}

/// Shows the transaction.
///
/// # Errors
/// A failure that says in one line what is wrong with it.
pub(crate) fn run(command: &Show, output: Output) -> Result<(), Failure> {
    output.show(&FileAnswer::new(&transaction_file::read(&command.file)?, &Names::default()))
}
