//! `faic genesis check`: whether a document can begin a network.

use std::path::Path;

use super::Summary;
use crate::{
    failure::Failure,
    genesis_document,
    output::{Answer, Output},
};

impl Answer for Summary {
    fn to_text(&self) -> String {
        format!("The genesis document is good.\n\n{}", self.text())
    }
}

/// Checks the document and prints its summary.
///
/// # Errors
/// A failure that names what is wrong with it.
pub(super) fn run(file: &Path, output: Output) -> Result<(), Failure> {
    output.show(&Summary::of(&genesis_document::read(file)?)?)
}
