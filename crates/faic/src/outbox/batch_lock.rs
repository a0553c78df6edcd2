//! That one command at a time pays a wallet's files.

use std::{
    fs::{self, File, OpenOptions},
    thread,
    time::{Duration, Instant},
};

use super::{Outbox, OutboxError, TURN_POLL, create_private_folder};

/// The locked file.
const NAME: &str = ".batches.lock";

/// The right to pay files of a wallet, until this is dropped.
#[derive(Debug)]
pub(crate) struct BatchesLock {
    /// The locked file.
    _file: File,
}

impl Outbox {
    /// Waits for at most `wait` until no other command pays a file of the wallet.
    ///
    /// # Errors
    /// [`OutboxError::BatchesBusy`] where another command does.
    pub(crate) fn lock_batches(&self, wait: Duration) -> Result<BatchesLock, OutboxError> {
        create_private_folder(&self.folder)?;
        let path = self.folder.join(NAME);
        let failed = |source| OutboxError::File { path: path.clone(), source };
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path).map_err(failed)?;
        let deadline = Instant::now() + wait;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(BatchesLock { _file: file }),
                Err(fs::TryLockError::WouldBlock) if Instant::now() > deadline => return Err(OutboxError::BatchesBusy),
                Err(fs::TryLockError::WouldBlock) => thread::sleep(TURN_POLL),
                Err(fs::TryLockError::Error(source)) => return Err(failed(source)),
            }
        }
    }
}
