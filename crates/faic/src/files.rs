//! Files that a command makes for its user: whole, on disk, and never in the place of another.

use std::{
    fs::{self, File, OpenOptions},
    io::Write,
    path::Path,
};

use crate::failure::{Context, Failure};

/// Writes a new file, for its owner only; one that was begun and could not be finished is taken away again.
///
/// # Errors
/// A failure also when there is a file of that name.
pub(crate) fn create(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).context(path.display()).advice("name a new file in a folder of yours")?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let written = file.write_all(bytes).and_then(|()| file.sync_all()).and_then(|()| File::open(folder)?.sync_all());
    written.context(path.display()).inspect_err(|_| {
        // What was told is that it could not be written.
        let _stays_behind = fs::remove_file(path);
    })
}
