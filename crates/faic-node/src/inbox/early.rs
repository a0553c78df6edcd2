//! Transactions that came before the one that precedes them in their lane.
//!
//! The mempool parks nothing; the verdict about an early transaction waits here instead, for a moment and a bounded number
//! of them.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use faic_core::Address;
use tokio::sync::watch;

/// How long a transaction waits for the one before it.
pub(super) const EARLY_WAIT_MAX: Duration = Duration::from_secs(1);
/// The most lanes with transactions that wait.
const LANES_MAX: usize = 256;
/// The most transactions of one lane that wait.
const WAITING_MAX: usize = 64;

/// A sender and one of its lanes.
pub(super) type Lane = (Address, u8);

/// The lanes with transactions that wait.
#[derive(Default)]
pub(super) struct Early {
    /// Wakes those that wait in a lane.
    lanes: Mutex<BTreeMap<Lane, watch::Sender<()>>>,
}

impl Early {
    /// Waits in a lane from now on: the receiver changes when the lane moves. `None` where too many wait already.
    pub(super) fn wait(&self, lane: Lane) -> Option<watch::Receiver<()>> {
        let mut lanes = self.lanes();
        lanes.retain(|_, moved| moved.receiver_count() > 0);
        if lanes.len() >= LANES_MAX && !lanes.contains_key(&lane) {
            return None;
        }
        let moved = lanes.entry(lane).or_default();
        (moved.receiver_count() < WAITING_MAX).then(|| moved.subscribe())
    }

    /// Says that a lane has moved.
    pub(super) fn wake(&self, lane: &Lane) {
        if let Some(moved) = self.lanes().get(lane) {
            moved.send_replace(());
        }
    }

    /// The lanes.
    fn lanes(&self) -> MutexGuard<'_, BTreeMap<Lane, watch::Sender<()>>> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
