//! Where the work of passwords is done: off the async threads, so much at a time and no more.
//!
//! One check takes 64 MiB and tenths of a second on purpose; without a bound, clients could exhaust the machine.

use std::{sync::Arc, time::Duration};

use tokio::sync::Semaphore;

use crate::{ErrorCode, FaicError, chain::run_blocking};

/// How many passwords are worked on at a time.
const AT_WORK_MAX: usize = 2;

/// How many may be worked on or wait for it.
const ASKED_MAX: usize = 64;

/// How long to wait when too many are waiting.
const RETRY_AFTER: Duration = Duration::from_secs(2);

/// The bound on the work of passwords.
pub(super) struct Work {
    /// One permit for each that is worked on or waits.
    asked: Arc<Semaphore>,
    /// One permit for each that is worked on.
    at_work: Arc<Semaphore>,
}

impl Work {
    /// The bound, with nobody at work.
    pub(super) fn new() -> Self {
        Self { asked: Arc::new(Semaphore::new(ASKED_MAX)), at_work: Arc::new(Semaphore::new(AT_WORK_MAX)) }
    }

    /// Does the work when its turn comes.
    ///
    /// # Errors
    /// [`ErrorCode::Overloaded`] when too many are waiting.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, FaicError> {
        let asked = Arc::clone(&self.asked).try_acquire_owned().map_err(|_| {
            FaicError::new(ErrorCode::Overloaded, "too many passwords are being checked").wait(RETRY_AFTER)
        })?;
        let at_work = Arc::clone(&self.at_work).acquire_owned().await.expect("the semaphore is never closed");
        // The permits go with the work, which goes on when the client hangs up.
        Ok(run_blocking(move || {
            let value = work();
            drop((asked, at_work));
            value
        })
        .await)
    }
}

#[cfg(test)]
mod tests;
