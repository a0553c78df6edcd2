//! How far the synchronisation is, and how long it may take.

use std::time::Duration;

use faic_core::Height;
use tokio::time::Instant;

/// How far this node is behind its peers.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct SyncStatus {
    /// The height of this node's last block.
    pub height: Height,
    /// The highest block that a peer tells of; this node's own where none tells of a higher one.
    pub target: Height,
    /// How many blocks a second were taken over since this node began to catch up; 0 when it does not.
    pub blocks_per_second: f64,
    /// How long it may take to reach the target at that pace, where there is one.
    pub eta: Option<Duration>,
    /// How far the snapshot is that this node takes over first; `None` when it takes over none.
    pub snapshot: Option<SnapshotStatus>,
}

/// How far a snapshot is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SnapshotStatus {
    /// The height of its state.
    pub height: Height,
    /// How many parts have come.
    pub parts: usize,
    /// How many there are.
    pub parts_total: usize,
}

impl SnapshotStatus {
    /// How long the rest may take, where all parts but the first `had` took that long; `None` while there is no pace.
    pub(super) fn eta(&self, had: usize, took: Duration) -> Option<Duration> {
        let count = |parts: usize| u32::try_from(parts).unwrap_or(u32::MAX);
        let (came, left) = (self.parts.saturating_sub(had), self.parts_total.saturating_sub(self.parts));
        took.checked_mul(count(left))?.checked_div(count(came))
    }
}

impl SyncStatus {
    /// Whether this node has what its peers tell of.
    pub const fn is_done(&self) -> bool {
        self.height >= self.target
    }
}

/// A time of catching up.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    /// When it began.
    began: Instant,
    /// At which height.
    from: Height,
}

impl Pace {
    /// Begins to catch up from a height.
    pub(super) const fn begin(from: Height, now: Instant) -> Self {
        Self { began: now, from }
    }

    /// How far it is at a height.
    pub(super) fn at(&self, height: Height, target: Height, now: Instant) -> SyncStatus {
        let blocks = u32::try_from(height.saturating_sub(self.from)).unwrap_or(u32::MAX);
        let seconds = now.duration_since(self.began).as_secs_f64();
        let blocks_per_second = if seconds > 0.0 { f64::from(blocks) / seconds } else { 0.0 };
        let left = u32::try_from(target.saturating_sub(height)).unwrap_or(u32::MAX);
        let eta = Duration::try_from_secs_f64(f64::from(left) / blocks_per_second).ok();
        SyncStatus { height, target, blocks_per_second, eta, snapshot: None }
    }
}

#[cfg(test)]
mod tests;
