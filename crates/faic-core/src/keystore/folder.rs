//! The keystore's folder and the files in it: bounded reads, and writes that appear whole or not at all.
//!
//! A new file is written under a temporary name, forced to disk, and then linked to its real name: linking fails where
//! the name exists, so of two writers one is refused. A changed wallet is renamed over its old file instead, under a lock
//! of the folder, so that none of two changes is lost. On Unix the folder has mode 0700 and its files 0600 from the
//! moment they exist. A crash can leave a temporary file, which is encrypted and which nothing reads.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use crate::entropy;

use super::error::ReadError;
use super::name::{WalletName, WalletNameError};
use super::{KeystoreError, WALLET_FILE_BYTES_MAX, WALLETS_MAX, WalletFileError, storage};

/// How the names of wallet files end.
const SUFFIX: &str = ".wallet.json";

/// The file that is locked while a wallet is changed; it stays empty.
const LOCK: &str = ".lock";

/// A file that looks like a wallet's: its name, and the wallet's name or why it has none.
pub(super) type Candidate = (String, Result<WalletName, WalletNameError>);

/// A folder of wallet files.
#[derive(Debug)]
pub(super) struct Folder(PathBuf);

impl Folder {
    /// Makes the folder if it is not there, and refuses one that others may enter.
    pub(super) fn open(path: &Path) -> Result<Self, KeystoreError> {
        create_private_folder(path).map_err(storage)?;
        match permission_bits(&fs::metadata(path).map_err(storage)?) {
            Some(mode) if mode & 0o077 != 0 => Err(KeystoreError::FolderNotPrivate { mode }),
            Some(_) | None => Ok(Self(path.to_owned())),
        }
    }

    /// The files that look like a wallet's, in the order of their names.
    pub(super) fn wallet_files(&self) -> Result<Vec<Candidate>, KeystoreError> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.0).map_err(storage)? {
            let file_name = entry.map_err(storage)?.file_name().to_string_lossy().into_owned();
            if let Some(name) = file_name.strip_suffix(SUFFIX).map(str::parse) {
                files.push((file_name, name));
            }
            if files.len() > WALLETS_MAX {
                return Err(KeystoreError::TooManyWallets);
            }
        }
        files.sort_by(|(one, _), (other, _)| one.cmp(other));
        Ok(files)
    }

    /// Whether there is a file, of whatever kind, for that wallet.
    pub(super) fn contains(&self, name: &WalletName) -> Result<bool, KeystoreError> {
        match fs::symlink_metadata(self.path(name)) {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(storage(error)),
        }
    }

    /// Reads a wallet's file, of at most [`WALLET_FILE_BYTES_MAX`] bytes.
    pub(super) fn read(&self, name: &WalletName) -> Result<Vec<u8>, ReadError> {
        let path = self.path(name);
        if !fs::symlink_metadata(&path)?.is_file() {
            return Err(ReadError::Unusable(WalletFileError::NotAFile));
        }
        let limit = u64::try_from(WALLET_FILE_BYTES_MAX).expect("a file's limit fits 64 bits");
        let mut bytes = Vec::new();
        File::open(&path)?.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
        if bytes.len() > WALLET_FILE_BYTES_MAX {
            return Err(ReadError::Unusable(WalletFileError::TooLarge));
        }
        Ok(bytes)
    }

    /// Writes a new wallet's file; it is on disk when this returns.
    ///
    /// # Errors
    /// `AlreadyExists` when there is a file for that wallet; otherwise what the operating system says.
    pub(super) fn create(&self, name: &WalletName, bytes: &[u8]) -> io::Result<()> {
        let temporary = self.temporary(name)?;
        let linked = write_private_file(&temporary, bytes).and_then(|()| fs::hard_link(&temporary, self.path(name)));
        // A temporary file that stays behind is no reason to deny that the wallet was made.
        let _stays_behind = fs::remove_file(&temporary);
        linked?;
        sync_folder(&self.0)
    }

    /// Puts other bytes in the place of a wallet's file, in one step; they are on disk when this returns.
    ///
    /// # Errors
    /// What the operating system says; the old file is there then.
    pub(super) fn replace(&self, name: &WalletName, bytes: &[u8]) -> io::Result<()> {
        let temporary = self.temporary(name)?;
        let moved = write_private_file(&temporary, bytes).and_then(|()| fs::rename(&temporary, self.path(name)));
        if moved.is_err() {
            // What is told is why the file could not be replaced.
            let _stays_behind = fs::remove_file(&temporary);
        }
        moved?;
        sync_folder(&self.0)
    }

    /// Waits until no other program changes a file here; the lock ends with what is returned.
    ///
    /// # Errors
    /// What the operating system says.
    pub(super) fn lock(&self) -> io::Result<File> {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(self.0.join(LOCK))?;
        file.lock()?;
        Ok(file)
    }

    /// A new name for a file that is being written.
    fn temporary(&self, name: &WalletName) -> io::Result<PathBuf> {
        let mut unique = [0; 8];
        entropy::fill(&mut unique).map_err(io::Error::other)?;
        Ok(self.0.join(format!(".{name}.{}.tmp", hex::encode(unique))))
    }

    /// Removes a wallet's file; it is gone from disk when this returns.
    ///
    /// # Errors
    /// `NotFound` when there is none; otherwise what the operating system says.
    pub(super) fn remove(&self, name: &WalletName) -> io::Result<()> {
        fs::remove_file(self.path(name))?;
        sync_folder(&self.0)
    }

    /// Where the file of that wallet is; the name's alphabet keeps it inside the folder.
    fn path(&self, name: &WalletName) -> PathBuf {
        self.0.join(format!("{name}{SUFFIX}"))
    }
}

impl From<io::Error> for ReadError {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::NotFound { Self::Missing } else { Self::Storage(error) }
    }
}

/// Writes a file that did not exist and forces it to disk.
fn write_private_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Makes a folder and its parents, for the owner only, where they are not there.
fn create_private_folder(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// The permission bits of a file or folder, where the system has them.
#[cfg(unix)]
fn permission_bits(metadata: &fs::Metadata) -> Option<u32> {
    Some(std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o777)
}

/// The permission bits of a file or folder, where the system has them.
#[cfg(not(unix))]
fn permission_bits(_: &fs::Metadata) -> Option<u32> {
    None
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
