//! `faic completions`: scripts by which a shell completes the program's commands.

use clap::Args;
use clap_complete::Shell;

use crate::{arguments, failure::Failure, output};

/// The shell to complete in.
#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// The shell; for bash, write the script to ~/.local/share/bash-completion/completions/faic.
    shell: Shell,
}

/// Prints the script.
///
/// # Errors
/// A failure when standard output can't be written.
pub(crate) fn run(command: &Completions) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(command.shell, &mut arguments::model(), "faic", &mut script);
    output::print(&String::from_utf8_lossy(&script))
}
