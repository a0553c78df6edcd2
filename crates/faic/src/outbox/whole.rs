//! The record of a wallet as a whole: it goes along when the wallet gets another name, and is forgotten with the wallet.
//!
//! Whoever makes a transaction, or writes down what became of one, holds a lock of the keystore together with all others who
//! do; whoever moves or removes a wallet holds it alone, so that nothing is written down for a wallet that is gone.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use super::{
    Holder, Outbox, OutboxError, RECORDS_READ_MAX, SUFFIX, create_private_folder, files::sync_folder, lock_within,
    names, open_lock, within,
};
use crate::patience::Patience;

/// The locked file, beside the folders of the wallets.
const LOCK: &str = ".wallets.lock";

/// The right to move or remove wallets of a keystore, until this is dropped.
#[derive(Debug)]
pub(crate) struct WalletsLock {
    /// The locked file.
    _file: File,
}

impl Outbox {
    /// Waits until no command makes a transaction of a wallet of this keystore, and keeps others from it.
    ///
    /// # Errors
    /// [`OutboxError::WalletsBusy`] where a command does.
    pub(crate) fn lock_wallets(&self, patience: &Patience) -> Result<WalletsLock, OutboxError> {
        let (path, file) = self.open_wallets_lock()?;
        if !lock_within(&path, &file, patience)? {
            return Err(OutboxError::WalletsBusy { holder: Holder::in_folders_of(self.place()) });
        }
        Holder::note(&file);
        Ok(WalletsLock { _file: file })
    }

    /// Keeps the wallets in their places, together with all others who make transactions or write about them.
    ///
    /// # Errors
    /// [`OutboxError::WalletsMoving`] where one is moved or removed for longer than the patience.
    pub(super) fn keep_in_place(&self, patience: &Patience) -> Result<File, OutboxError> {
        let (path, file) = self.open_wallets_lock()?;
        if within(&path, patience, || file.try_lock_shared())? {
            Ok(file)
        } else {
            Err(OutboxError::WalletsMoving { holder: Holder::of(&path) })
        }
    }

    /// Opens the file that is locked, and makes it where it is not there.
    fn open_wallets_lock(&self) -> Result<(PathBuf, File), OutboxError> {
        let folder = self.place();
        create_private_folder(folder)?;
        let path = folder.join(LOCK);
        let file = open_lock(&path)?;
        Ok((path, file))
    }

    /// The folder in which the folders of all wallets are.
    fn place(&self) -> &Path {
        self.folder.parent().expect("the folder of a wallet is in another one")
    }

    /// Whether nothing is written down.
    ///
    /// # Errors
    /// That the folder cannot be read.
    pub(crate) fn is_empty(&self) -> Result<bool, OutboxError> {
        let has_none = |folder: &Path| names(folder, SUFFIX, RECORDS_READ_MAX).map(|names| names.is_empty());
        Ok(has_none(&self.folder)? && has_none(&self.batches_folder())?)
    }

    /// Refuses a place at which something is written down, as of a wallet that was removed.
    ///
    /// # Errors
    /// [`OutboxError::Occupied`].
    pub(crate) fn check_vacant(&self) -> Result<(), OutboxError> {
        if self.is_empty()? { Ok(()) } else { Err(OutboxError::Occupied { folder: self.folder.clone() }) }
    }

    /// Moves everything to the place of another wallet, in one step; nothing is left to do where that was done before.
    ///
    /// # Errors
    /// [`OutboxError::Occupied`] where something is written down there; that the folder cannot be moved.
    pub(crate) fn move_to(&self, other: &Self) -> Result<(), OutboxError> {
        if self.is_empty()? {
            return self.forget_all();
        }
        other.check_vacant()?;
        other.forget_all()?;
        let failed = |source| OutboxError::File { path: self.folder.clone(), source };
        fs::rename(&self.folder, &other.folder).and_then(|()| sync_folder(self.place())).map_err(failed)
    }

    /// Forgets everything that the wallet sent, and which files it paid.
    ///
    /// # Errors
    /// That the folder cannot be removed.
    pub(crate) fn forget_all(&self) -> Result<(), OutboxError> {
        let removed = match fs::remove_dir_all(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            removed => removed.and_then(|()| sync_folder(self.place())),
        };
        removed.map_err(|source| OutboxError::File { path: self.folder.clone(), source })
    }
}

#[cfg(test)]
mod tests;
