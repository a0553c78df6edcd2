//! That one command at a time pays a wallet's files, and that one of a keystore begins to.

use std::fs::File;

use super::{Holder, Outbox, OutboxError, create_private_folder, lock_within, open_lock};
use crate::patience::Patience;

/// The file that is locked to pay files of a wallet, in the wallet's folder.
const NAME: &str = ".batches.lock";
/// The file that is locked to begin to pay one, beside the folders of the wallets.
const BEGINNING: &str = ".beginning.lock";

/// The right to write down that a file is begun to be paid by a wallet of a keystore, until this is dropped.
#[derive(Debug)]
pub(crate) struct BeginningLock {
    /// The locked file.
    _file: File,
}

/// The right to pay files of a wallet, until this is dropped.
#[derive(Debug)]
pub(crate) struct BatchesLock {
    /// The locked file.
    _file: File,
    /// Keeps the wallet in its place.
    _maker: File,
}

impl Outbox {
    /// Waits until no other command pays a file of the wallet.
    ///
    /// # Errors
    /// [`OutboxError::BatchesBusy`] where another command does, [`OutboxError::WalletsMoving`] where a wallet is moved or
    /// removed for as long as that.
    pub(crate) fn lock_batches(&self, patience: &Patience) -> Result<BatchesLock, OutboxError> {
        let maker = self.keep_in_place(patience)?;
        create_private_folder(&self.folder)?;
        let path = self.folder.join(NAME);
        let file = open_lock(&path)?;
        if !lock_within(&path, &file, patience)? {
            return Err(OutboxError::BatchesBusy { holder: Holder::of(&path) });
        }
        Holder::note(&file);
        Ok(BatchesLock { _file: file, _maker: maker })
    }

    /// Waits until no other command writes down that a wallet of the keystore begins to pay a file, so that
    /// two wallets do not begin the same one at the same moment.
    ///
    /// # Errors
    /// [`OutboxError::BeginningBusy`] where another command does.
    pub(crate) fn lock_beginning(&self, patience: &Patience) -> Result<BeginningLock, OutboxError> {
        let path = self.place().join(BEGINNING);
        let file = open_lock(&path)?;
        if !lock_within(&path, &file, patience)? {
            return Err(OutboxError::BeginningBusy { holder: Holder::of(&path) });
        }
        Holder::note(&file);
        Ok(BeginningLock { _file: file })
    }
}
