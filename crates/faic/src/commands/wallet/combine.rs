//! `faic wallet combine`: the signatures of several, each in its own file, in one; needs no node and no wallet.

use clap::Args;

use super::transaction_file::{self, FileOutput, Names};
use crate::{
    failure::{Context, Failure},
    output::Output,
};

/// The options of putting signatures together.
#[derive(Debug, Args)]
pub(crate) struct Combine {
    /// The files of one transaction, each with other signatures, or their texts (faic-tx:…).
    #[arg(value_name = "FILE", required = true, num_args = 2..)]
    files: Vec<String>,

    /// Where the transaction goes.
    #[command(flatten)]
    output: FileOutput,
}

/// Puts the signatures together.
///
/// # Errors
/// A failure that names the file which is of another transaction, or has a signature that does not hold.
pub(crate) fn run(command: &Combine, output: Output) -> Result<(), Failure> {
    let mut files = command.files.iter();
    let first = files.next().ok_or_else(|| Failure::usage("a file is missing"))?;
    let mut transaction = transaction_file::read(first)?;
    for file in files {
        let other = transaction_file::read(file)?;
        transaction.combine(&other).context(format!("{file:.80}"))?;
    }
    command.output.write(&transaction, &Names::default(), output)
}
