//! The record of a wallet as a whole: it goes along when the wallet gets another name, and is forgotten with the wallet.
//!
//! Whoever makes a transaction, or writes down what became of one, holds a lock of the keystore together with all others who
//! do; whoever moves or removes a wallet holds it alone, so that nothing is written down for a wallet that is gone.

use std::{
    ffi::OsString,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use faic_core::keystore::{WALLET_NAME_CHARACTERS_MAX, WalletName};

use super::{
    Holder, Outbox, OutboxError, RECORDS_READ_MAX, SUFFIX, create_private_folder,
    files::{remove, sync_folder},
    lock_within, names, open_lock, read_private, within, write_private,
};
use crate::patience::Patience;

/// The locked file, beside the folders of the wallets.
const LOCK: &str = ".wallets.lock";

/// How the file ends, beside the folders of the wallets, that names what a wallet is about to be called.
const RENAMING: &str = ".renaming";

/// Most folders of wallets that are looked through: far more than wallets that a keystore holds.
const FOLDERS_READ_MAX: usize = 100_000;

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
    pub(super) fn place(&self) -> &Path {
        self.folder.parent().expect("the folder of a wallet is in another one")
    }

    /// What all wallets of the keystore signed, by their names, this one's too: also of those that were removed and left it.
    ///
    /// # Errors
    /// That the folder cannot be read.
    pub(crate) fn of_all_wallets(&self) -> Result<Vec<(WalletName, Self)>, OutboxError> {
        let names = names(self.place(), "", FOLDERS_READ_MAX)?;
        let wallets = names.into_iter().filter_map(|name| name.parse::<WalletName>().ok());
        Ok(wallets.map(|wallet| (wallet.clone(), Self { folder: self.place().join(wallet.as_str()) })).collect())
    }

    /// Writes down that the wallet is about to get another name: where this is found later, it was interrupted.
    ///
    /// # Errors
    /// That it cannot be written.
    pub(crate) fn begin_renaming(&self, new: &WalletName) -> Result<(), OutboxError> {
        create_private_folder(self.place())?;
        write_private(&self.renaming_path(), new.as_str().as_bytes())
    }

    /// Writes down that the wallet is not about to get another name any more.
    ///
    /// # Errors
    /// That it cannot be written.
    pub(crate) fn end_renaming(&self) -> Result<(), OutboxError> {
        remove(&self.renaming_path())
    }

    /// Writes down that no renaming is under way any more that began with this wallet, or was to end with its name.
    ///
    /// # Errors
    /// That it cannot be written.
    pub(crate) fn end_renamings(&self) -> Result<(), OutboxError> {
        for old in names(self.place(), RENAMING, FOLDERS_READ_MAX)? {
            let path = self.place().join(old + RENAMING);
            let named = read_private(&path, WALLET_NAME_CHARACTERS_MAX)?;
            if named.is_some_and(|name| self.is_named(&name)) {
                remove(&path)?;
            }
        }
        self.end_renaming()
    }

    /// Whether a renaming between two wallets was interrupted, whichever of the two was the new name.
    ///
    /// # Errors
    /// That it cannot be read.
    pub(crate) fn is_half_renamed(&self, other: &Self) -> Result<bool, OutboxError> {
        let was_begun = |old: &Self, new: &Self| {
            let named = read_private(&old.renaming_path(), WALLET_NAME_CHARACTERS_MAX)?;
            Ok(named.is_some_and(|name| new.is_named(&name)))
        };
        Ok(was_begun(self, other)? || was_begun(other, self)?)
    }

    /// Whether the wallet has that name.
    fn is_named(&self, name: &[u8]) -> bool {
        self.folder.file_name().is_some_and(|own| own.as_encoded_bytes() == name)
    }

    /// Where it is written down that the wallet is about to get another name.
    fn renaming_path(&self) -> PathBuf {
        let mut name = OsString::from(".");
        name.push(self.folder.file_name().expect("the folder of a wallet has its name"));
        name.push(RENAMING);
        self.place().join(name)
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
