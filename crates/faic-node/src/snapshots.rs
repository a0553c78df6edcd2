//! The snapshot that this node gives to others: one at a time, opened when somebody asks.
//!
//! While one is open the disk can't use the room of rows that changed since. So it is let go of when it is old and nobody
//! asks for it, and in the end whoever asks: the next one is of a newer height then.

use std::{
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use faic_ledger::ledger::{Snapshot, SnapshotError};
use tokio::time::Instant;
use tracing::info;

use crate::Chain;

/// For how long a snapshot is offered to whoever asks for one.
const OFFERED: Duration = Duration::from_secs(5 * 60);
/// For how long an older one is kept after somebody asked for a piece of it.
const ASKED_FOR: Duration = Duration::from_secs(30);
/// For how long one is kept at most.
const HELD_MAX: Duration = Duration::from_secs(60 * 60);

/// A snapshot that is open.
struct Held {
    /// The snapshot.
    snapshot: Arc<Snapshot>,
    /// When it was opened.
    opened: Instant,
    /// When a piece of it was asked for last.
    asked: Instant,
}

impl Held {
    /// Whether it is kept.
    fn is_kept(&self, now: Instant) -> bool {
        let (age, idle) = (now.duration_since(self.opened), now.duration_since(self.asked));
        age < OFFERED || (idle < ASKED_FOR && age < HELD_MAX)
    }
}

/// The snapshot that this node gives, if one is open.
#[derive(Default)]
pub(crate) struct Snapshots {
    /// It.
    held: Mutex<Option<Held>>,
}

impl Snapshots {
    /// The snapshot to offer, which is opened if none is; `None` at height 0.
    ///
    /// # Errors
    /// [`SnapshotError`] when there can be none.
    pub(crate) async fn offer(&self, chain: &Arc<Chain>) -> Result<Option<Arc<Snapshot>>, SnapshotError> {
        self.expire(Instant::now());
        if let Some(held) = self.held().as_ref() {
            return Ok(Some(Arc::clone(&held.snapshot)));
        }
        let Some(opened) = chain.read(faic_ledger::Ledger::snapshot).await? else { return Ok(None) };
        let (now, mut held) = (Instant::now(), self.held());
        // Somebody else may have been faster.
        let held = held.get_or_insert_with(|| {
            info!(height = opened.height(), "snapshot.opened");
            Held { snapshot: Arc::new(opened), opened: now, asked: now }
        });
        Ok(Some(Arc::clone(&held.snapshot)))
    }

    /// The snapshot of that height, if it is the open one.
    pub(crate) fn get(&self, height: u64) -> Option<Arc<Snapshot>> {
        let now = Instant::now();
        self.expire(now);
        let mut held = self.held();
        let held = held.as_mut().filter(|held| held.snapshot.height() == height)?;
        held.asked = now;
        Some(Arc::clone(&held.snapshot))
    }

    /// Lets go of a snapshot that is not kept any longer; quick, and to be called often.
    pub(crate) fn expire(&self, now: Instant) {
        if let Some(expired) = self.held().take_if(|held| !held.is_kept(now)) {
            info!(height = expired.snapshot.height(), "snapshot.closed");
        }
    }

    /// The open snapshot.
    fn held(&self) -> MutexGuard<'_, Option<Held>> {
        self.held.lock().expect("nothing panics while it holds this lock")
    }
}

#[cfg(test)]
mod tests;
