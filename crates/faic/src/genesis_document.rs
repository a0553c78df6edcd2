//! Reading a genesis document that the user names.

use std::{fs::File, io::Read, path::Path};

use faic_node::genesis::{DOCUMENT_BYTES_MAX, Genesis};

use crate::failure::{Context, Failure};

/// Reads and checks a document.
///
/// # Errors
/// A failure that names the file and the field that is wrong.
pub(crate) fn read(path: &Path) -> Result<Genesis, Failure> {
    let limit = u64::try_from(DOCUMENT_BYTES_MAX).unwrap_or(u64::MAX);
    let mut text = String::new();
    File::open(path)
        .and_then(|file| file.take(limit.saturating_add(1)).read_to_string(&mut text))
        .context(format!("the genesis document {} cannot be read", path.display()))
        .advice("check its path and its permissions")?;
    Genesis::parse(&text)
        .context(format!("{} is not a good genesis document", path.display()))
        .advice("repair what it names, or make one with `faic genesis new`")
}
