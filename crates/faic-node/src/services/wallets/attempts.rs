//! How often a password may be tried.
//!
//! The tries of one wallet come one after the other, so that their number is exact. A try counts as wrong from its
//! beginning until it is found right, so that a client which hangs up early gains nothing.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use faic_core::keystore::WalletName;
use tokio::{sync::OwnedMutexGuard, time::Instant};

use crate::{ErrorCode, FaicError, services::turns::Turns};

/// Most wrong passwords of one wallet in [`WINDOW`].
pub(super) const WRONG_MAX: usize = 5;

/// How long a wrong password counts.
const WINDOW: Duration = Duration::from_secs(60);

/// The times of a wallet's tries that were not found right, oldest first.
type Times = VecDeque<Instant>;

/// The wrong tries of all wallets.
pub(super) struct Attempts {
    /// Whose turn it is to try, for each wallet.
    turns: Turns<WalletName>,
    /// The tries of the last [`WINDOW`]; as many wallets as the keystore holds, at most.
    wrong: Mutex<BTreeMap<WalletName, Times>>,
}

/// A try in progress.
#[must_use]
pub(super) struct Turn<'a> {
    /// Where it counts.
    attempts: &'a Attempts,
    /// The wallet.
    name: WalletName,
    /// When it began.
    begin: Instant,
    /// Keeps the wallet's other tries waiting.
    _guard: OwnedMutexGuard<()>,
}

impl Attempts {
    /// No tries yet.
    pub(super) const fn new() -> Self {
        Self { turns: Turns::new(), wrong: Mutex::new(BTreeMap::new()) }
    }

    /// Waits for the wallet's turn and counts a try.
    ///
    /// # Errors
    /// [`ErrorCode::TooManyAttempts`], with the time after which the next try is possible.
    pub(super) async fn turn(&self, name: WalletName) -> Result<Turn<'_>, FaicError> {
        let guard = self.turns.take(name.clone()).await;
        let begin = Instant::now();
        let mut wrong = self.wrong();
        wrong.retain(|_, times| {
            times.retain(|time| begin.duration_since(*time) < WINDOW);
            !times.is_empty()
        });
        let times = wrong.entry(name.clone()).or_default();
        if let Some(oldest) = times.front().filter(|_| times.len() >= WRONG_MAX) {
            let message = format!("{WRONG_MAX} wrong passwords within {} seconds", WINDOW.as_secs());
            let wait = WINDOW.saturating_sub(begin.duration_since(*oldest));
            return Err(FaicError::new(ErrorCode::TooManyAttempts, message).wait(wait));
        }
        times.push_back(begin);
        Ok(Turn { attempts: self, name, begin, _guard: guard })
    }

    /// The tries of all wallets.
    fn wrong(&self) -> MutexGuard<'_, BTreeMap<WalletName, Times>> {
        self.wrong.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Turn<'_> {
    /// Ends a try that does not count as wrong.
    pub(super) fn right(self) {
        let mut wrong = self.attempts.wrong();
        if let Some(times) = wrong.get_mut(&self.name) {
            times.retain(|time| *time != self.begin);
        }
    }
}

#[cfg(test)]
mod tests;
