//! That one command at a time pays a wallet's files.

use std::fs::File;

use super::{Holder, Outbox, OutboxError, create_private_folder, lock_within, open_lock};
use crate::patience::Patience;

/// The locked file.
const NAME: &str = ".batches.lock";

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
}
