//! Small files that hold one secret: made once, whole or not at all, and readable by their owner alone.
//!
//! A file that others may read is refused, because its secret is none any more. Nothing here shows a secret in an error
//! or in a log.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use faic_core::{SecretKey, entropy::EntropyError};
use zeroize::Zeroizing;

/// Most bytes of such a file.
const BYTES_MAX: u64 = 1024;
/// What a key file begins with; the 64 hexadecimal digits of the seed follow.
const KEY_PREFIX: &str = "ed25519:";

/// Reads the secret of a file, without white space around it; `None` where there is no file.
///
/// # Errors
/// [`SecretFileError`] for a file that others may read, that is too large or no text, and for one that can't be read.
pub(crate) fn read(path: &Path) -> Result<Option<Zeroizing<String>>, SecretFileError> {
    let storage = |source| SecretFileError::Storage { path: path.to_owned(), source };
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(storage(error)),
    };
    check_private(path, &file.metadata().map_err(storage)?)?;
    let mut bytes = Zeroizing::new(Vec::with_capacity(BYTES_MAX as usize + 1));
    file.take(BYTES_MAX + 1).read_to_end(&mut bytes).map_err(storage)?;
    let text = std::str::from_utf8(&bytes).ok().filter(|_| bytes.len() as u64 <= BYTES_MAX);
    let text = text.ok_or_else(|| SecretFileError::Malformed { path: path.to_owned() })?;
    Ok(Some(Zeroizing::new(text.trim().to_owned())))
}

/// Writes a new file with a secret, which is on disk when this returns.
///
/// # Errors
/// [`SecretFileError::Storage`], with the kind `AlreadyExists` where there is a file.
pub(crate) fn create(path: &Path, secret: &str) -> Result<(), SecretFileError> {
    let write = || {
        let temporary = path.with_extension("tmp");
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&temporary)?;
        file.write_all(secret.as_bytes())?;
        file.write_all(b"\n")?;
        file.sync_all()?;
        // Linking fails where the name exists, so a secret is never overwritten.
        let linked = fs::hard_link(&temporary, path);
        fs::remove_file(&temporary)?;
        linked?;
        sync_parent(path)
    };
    write().map_err(|source| SecretFileError::Storage { path: path.to_owned(), source })
}

/// Reads the key of a file, or makes one where there is no file.
///
/// # Errors
/// [`SecretFileError`] says why there is no key.
pub(crate) fn read_or_create_key(path: &Path) -> Result<SecretKey, SecretFileError> {
    if let Some(key) = read_key(path)? {
        return Ok(key);
    }
    let key = SecretKey::generate()?;
    create_key(path, &key)?;
    Ok(key)
}

/// Reads the key of a file; `None` where there is no file.
///
/// # Errors
/// [`SecretFileError::Malformed`] when the file holds no key, and the errors of [`read`].
pub(crate) fn read_key(path: &Path) -> Result<Option<SecretKey>, SecretFileError> {
    let Some(text) = read(path)? else { return Ok(None) };
    let mut seed = Zeroizing::new([0; 32]);
    let digits = text.strip_prefix(KEY_PREFIX);
    match digits.map(|digits| hex::decode_to_slice(digits, seed.as_mut_slice())) {
        Some(Ok(())) => Ok(Some(SecretKey::from_seed(&seed))),
        Some(Err(_)) | None => Err(SecretFileError::Malformed { path: path.to_owned() }),
    }
}

/// Writes a new file with a key.
///
/// # Errors
/// Those of [`create`].
pub(crate) fn create_key(path: &Path, key: &SecretKey) -> Result<(), SecretFileError> {
    let digits = Zeroizing::new(hex::encode(key.seed().as_slice()));
    create(path, &Zeroizing::new(format!("{KEY_PREFIX}{}", *digits)))
}

/// Refuses a file that anybody but its owner may read.
#[cfg(unix)]
fn check_private(path: &Path, metadata: &fs::Metadata) -> Result<(), SecretFileError> {
    let mode = std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o777;
    if mode & 0o077 == 0 { Ok(()) } else { Err(SecretFileError::NotPrivate { path: path.to_owned(), mode }) }
}

/// Refuses nothing: this system keeps no permission bits.
#[cfg(not(unix))]
fn check_private(_: &Path, _: &fs::Metadata) -> Result<(), SecretFileError> {
    Ok(())
}

/// Forces the name of a file to disk.
#[cfg(unix)]
pub(crate) fn sync_parent(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), |parent| File::open(parent)?.sync_all())
}

/// Forces the name of a file to disk, which this system does by itself.
#[cfg(not(unix))]
pub(crate) fn sync_parent(_: &Path) -> io::Result<()> {
    Ok(())
}

/// Why a secret can't be read or made.
#[derive(Debug, thiserror::Error)]
pub enum SecretFileError {
    /// Others may read the file.
    #[error("{} may be read by others (mode {mode:o}); a secret needs mode 600", path.display())]
    NotPrivate {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The file holds something else.
    #[error("{} does not hold what its name says", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
    },
    /// The operating system failed.
    #[error("{} can't be used", path.display())]
    Storage {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// There is no randomness for a new secret.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
}

#[cfg(test)]
mod tests;
