//! Transactions that came before the one that precedes them in their lane.
//!
//! The mempool parks nothing; the verdict about an early transaction waits here instead, for a moment and a bounded number
//! of them, so that what one sender or one peer sends early leaves room for the others.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use faic_core::Address;
use faic_network::NodeId;
use tokio::sync::watch;

/// How long a transaction waits for the one before it.
pub(super) const EARLY_WAIT_MAX: Duration = Duration::from_secs(1);
/// The most transactions that wait; fewer than the network lets be judged at once.
const WAITING_MAX: usize = 512;
/// The most of one peer.
const OF_PEER_MAX: usize = 256;
/// The most of one sender.
const OF_SENDER_MAX: usize = 64;

/// A sender and one of its lanes.
pub(super) type Lane = (Address, u8);

/// The transactions that wait.
#[derive(Default)]
pub(super) struct Early {
    /// Who waits.
    waiting: Mutex<Waiting>,
}

/// Who waits, counted.
#[derive(Default)]
struct Waiting {
    /// Wakes those that wait in a lane.
    lanes: BTreeMap<Lane, watch::Sender<()>>,
    /// How many wait of each peer.
    of_peer: BTreeMap<NodeId, usize>,
    /// How many wait of each sender.
    of_sender: BTreeMap<Address, usize>,
    /// How many wait.
    count: usize,
}

/// The place of a transaction that waits; given back when this is dropped.
pub(super) struct Place<'a> {
    /// Changes when the lane moves.
    pub(super) moved: watch::Receiver<()>,
    /// Where it waits.
    early: &'a Early,
    /// Its lane.
    lane: Lane,
    /// Who passed it on.
    peer: NodeId,
}

impl Early {
    /// Waits in a lane from now on; `None` where too many wait already.
    pub(super) fn wait(&self, lane: Lane, peer: NodeId) -> Option<Place<'_>> {
        let mut waiting = self.waiting();
        let of = |count: Option<&usize>| count.copied().unwrap_or_default();
        let is_full = waiting.count >= WAITING_MAX
            || of(waiting.of_peer.get(&peer)) >= OF_PEER_MAX
            || of(waiting.of_sender.get(&lane.0)) >= OF_SENDER_MAX;
        if is_full {
            return None;
        }
        waiting.count += 1;
        *waiting.of_peer.entry(peer).or_default() += 1;
        *waiting.of_sender.entry(lane.0).or_default() += 1;
        let moved = waiting.lanes.entry(lane).or_default().subscribe();
        Some(Place { moved, early: self, lane, peer })
    }

    /// Says that a lane has moved.
    pub(super) fn wake(&self, lane: &Lane) {
        if let Some(moved) = self.waiting().lanes.get(lane) {
            moved.send_replace(());
        }
    }

    /// Who waits.
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut waiting = self.early.waiting();
        waiting.count -= 1;
        count_down(waiting.of_peer.entry(self.peer));
        count_down(waiting.of_sender.entry(self.lane.0));
        // This place's own receiver is still there.
        if waiting.lanes.get(&self.lane).is_some_and(|moved| moved.receiver_count() <= 1) {
            waiting.lanes.remove(&self.lane);
        }
    }
}

/// Takes one from a count, and forgets it at zero.
fn count_down<K: Ord>(entry: Entry<'_, K, usize>) {
    if let Entry::Occupied(mut count) = entry {
        *count.get_mut() -= 1;
        if *count.get() == 0 {
            count.remove();
        }
    }
}

#[cfg(test)]
mod tests;
