//! Private files that appear whole or not at all.

use std::{
    fs::{self, DirBuilder, File},
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use tempfile::NamedTempFile;

use super::{OutboxError, RecordError};

/// Makes a folder and its parents, for the owner only, where they are not there; refuses one that others may enter.
///
/// # Errors
/// [`OutboxError::NotPrivate`], or that it cannot be made.
pub(crate) fn create_private_folder(folder: &Path) -> Result<(), OutboxError> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(|source| file_error(folder, source))?;
    check_private(folder)
}

/// The names of the files in a folder that end so, without that, in their order; none where there is no folder.
///
/// # Errors
/// [`OutboxError::NotPrivate`], [`OutboxError::Full`] for more than `most`, or that it cannot be read.
pub(crate) fn names(folder: &Path, suffix: &str, most: usize) -> Result<Vec<String>, OutboxError> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(|source| file_error(folder, source))?,
    };
    check_private(folder)?;
    let mut names = Vec::new();
    for entry in entries {
        let name = entry.map_err(|source| file_error(folder, source))?.file_name().to_string_lossy().into_owned();
        names.extend(name.strip_suffix(suffix).map(str::to_owned));
        if names.len() > most {
            return Err(OutboxError::Full { most });
        }
    }
    names.sort_unstable();
    Ok(names)
}

/// Reads a file of at most `most` bytes; `None` where there is none.
///
/// # Errors
/// [`OutboxError::NotPrivate`], [`OutboxError::Damaged`] for one that is too large or no file, or that it cannot be read.
pub(crate) fn read_private(path: &Path, most: usize) -> Result<Option<Vec<u8>>, OutboxError> {
    let metadata = match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        metadata => metadata.map_err(|source| file_error(path, source))?,
    };
    let damaged = |source| OutboxError::Damaged { path: path.to_owned(), source };
    if !metadata.is_file() {
        return Err(damaged(RecordError::NotAFile));
    }
    check_private(path)?;
    let limit = u64::try_from(most).expect("a file's limit fits 64 bits").saturating_add(1);
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|source| file_error(path, source))?;
    file.take(limit).read_to_end(&mut bytes).map_err(|source| file_error(path, source))?;
    if bytes.len() > most { Err(damaged(RecordError::TooLarge(most))) } else { Ok(Some(bytes)) }
}

/// Puts a file in its place, in one step; it is on disk when this returns.
///
/// # Errors
/// That it cannot be written; what was there before is there then.
pub(crate) fn write_private(path: &Path, bytes: &[u8]) -> Result<(), OutboxError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    write_durably(folder, path, bytes).map_err(|source| file_error(path, source))
}

/// Writes a temporary file, for its owner only, and renames it.
fn write_durably(folder: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    sync_folder(folder)
}

/// Forces the names in a folder to disk.
#[cfg(unix)]
fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Forces the names in a folder to disk, which this system does by itself.
#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

/// Refuses a file or folder that others may use, where the system has such permissions.
#[cfg(unix)]
fn check_private(path: &Path) -> Result<(), OutboxError> {
    let metadata = fs::metadata(path).map_err(|source| file_error(path, source))?;
    let mode = std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o777;
    if mode & 0o077 == 0 { Ok(()) } else { Err(OutboxError::NotPrivate { path: path.to_owned(), mode }) }
}

/// Refuses nothing where the system has no such permissions.
#[cfg(not(unix))]
fn check_private(_: &Path) -> Result<(), OutboxError> {
    Ok(())
}

/// The error of a file or folder that the operating system refuses.
fn file_error(path: &Path, source: io::Error) -> OutboxError {
    OutboxError::File { path: PathBuf::from(path), source }
}
