//! Private files that appear whole or not at all.

use std::{
    fs::{self, DirBuilder, File},
    io::{self, Read, Write},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use tempfile::NamedTempFile;

use super::{OutboxError, RecordError};

/// How the names of files begin that are not in their place yet.
const TEMPORARY: &str = ".tmp";
/// How old such a file is when whoever wrote it has certainly ended; writing takes a moment.
const TEMPORARY_AGE_MAX: Duration = Duration::from_secs(60 * 60);

/// Makes a folder and its parents, for the owner only, where they are not there; refuses one that others may enter.
///
/// The names of those that it made are on disk when this returns, as without them what is in them would be lost.
///
/// # Errors
/// [`OutboxError::NotPrivate`], or that it cannot be made.
pub(crate) fn create_private_folder(folder: &Path) -> Result<(), OutboxError> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    let holders = holders_of_missing(folder);
    builder.create(folder).map_err(|source| file_error(folder, source))?;
    holders.into_iter().try_for_each(|holder| sync_folder(holder).map_err(|source| file_error(holder, source)))?;
    check_private(folder)
}

/// The folders that get a new name when `folder` is made with its parents, innermost first.
pub(super) fn holders_of_missing(folder: &Path) -> Vec<&Path> {
    let missing = folder.ancestors().take_while(|folder| !folder.as_os_str().is_empty() && !folder.exists());
    missing
        .map(|folder| match folder.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            Some(_) | None => Path::new("."),
        })
        .collect()
}

/// Takes away what killed commands left of files that never came to their place.
///
/// # Errors
/// That the folder cannot be read or written.
pub(super) fn clear_temporary(folder: &Path) -> Result<(), OutboxError> {
    for name in names(folder, "", usize::MAX)?.iter().filter(|name| name.starts_with(TEMPORARY)) {
        let path = folder.join(name);
        let Ok(modified) = fs::symlink_metadata(&path).and_then(|metadata| metadata.modified()) else { continue };
        if SystemTime::now().duration_since(modified).is_ok_and(|age| age > TEMPORARY_AGE_MAX) {
            remove(&path)?;
        }
    }
    Ok(())
}

/// Removes a file, which need not be there.
///
/// # Errors
/// That it cannot be removed.
pub(super) fn remove(path: &Path) -> Result<(), OutboxError> {
    match fs::remove_file(path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => Err(file_error(path, source)),
        Ok(()) | Err(_) => Ok(()),
    }
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
    let mut file = NamedTempFile::with_prefix_in(TEMPORARY, folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    sync_folder(folder)
}

/// Forces the names in a folder to disk.
#[cfg(unix)]
pub(super) fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Forces the names in a folder to disk, which this system does by itself.
#[cfg(not(unix))]
pub(super) fn sync_folder(_: &Path) -> io::Result<()> {
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
