//! When to dial again what could not be reached.

use std::{
    collections::{BTreeMap, HashMap},
    hash::Hash,
    time::Duration,
};

use faic_core::entropy;
use tokio::time::Instant;

/// The most targets whose failures are remembered; the one that is due first is forgotten.
const TARGETS_MAX: usize = 2048;

/// The failures of one target.
#[derive(Debug, Clone, Copy)]
struct Failures {
    /// How many in a row.
    count: u32,
    /// When it may be dialled again.
    due: Instant,
    /// How many failures of all targets there were before the last one.
    number: u64,
}

/// Waits between dials of one target: doubled with each failure in a row, up to a longest, with a random quarter less.
#[derive(Debug)]
pub(crate) struct Backoff<T> {
    /// The wait after the first failure.
    wait_min: Duration,
    /// The longest wait.
    wait_max: Duration,
    /// Failures by target.
    failures: HashMap<T, Failures>,
    /// The same targets, by when they are due and the number of their last failure.
    order: BTreeMap<(Instant, u64), T>,
    /// How many failures there were.
    number: u64,
}

impl<T: Eq + Hash + Clone> Backoff<T> {
    /// No failures yet.
    pub(crate) fn new(wait_min: Duration, wait_max: Duration) -> Self {
        Self { wait_min, wait_max, failures: HashMap::new(), order: BTreeMap::new(), number: 0 }
    }

    /// Whether the target may be dialled now.
    pub(crate) fn is_due(&self, target: &T, now: Instant) -> bool {
        self.failures.get(target).is_none_or(|failures| failures.due <= now)
    }

    /// How often in a row the target could not be reached.
    pub(crate) fn failures(&self, target: &T) -> u32 {
        self.failures.get(target).map_or(0, |failures| failures.count)
    }

    /// Takes note of a failure, and returns how long to wait.
    pub(crate) fn failed(&mut self, target: &T, now: Instant) -> Duration {
        let count = self.failures(target).saturating_add(1);
        let doubled = self.wait_min.saturating_mul(1_u32 << count.saturating_sub(1).min(20));
        let wait = jittered(doubled.min(self.wait_max));
        self.wait(target, count, now + wait);
        wait
    }

    /// Waits as long as it ever does, because dialling again soon would be of no use.
    pub(crate) fn refused(&mut self, target: &T, now: Instant) {
        let count = self.failures(target).saturating_add(1);
        self.wait(target, count, now + jittered(self.wait_max));
    }

    /// Forgets the failures of a target that was reached.
    pub(crate) fn reached(&mut self, target: &T) {
        if let Some(Failures { due, number, .. }) = self.failures.remove(target) {
            self.order.remove(&(due, number));
        }
    }

    /// Has a target wait after so many failures in a row; the one that is due first gives way when there are too many.
    fn wait(&mut self, target: &T, count: u32, due: Instant) {
        self.reached(target);
        if self.failures.len() >= TARGETS_MAX
            && let Some((_, first)) = self.order.pop_first()
        {
            self.failures.remove(&first);
        }
        let number = self.number;
        self.number = self.number.saturating_add(1);
        self.failures.insert(target.clone(), Failures { count, due, number });
        self.order.insert((due, number), target.clone());
    }
}

/// From three quarters of the duration to all of it, at random, so that nodes that lost a peer together do not return
/// together.
fn jittered(duration: Duration) -> Duration {
    let mut byte = [0];
    // Without randomness the wait is the longest, which is no harm.
    let _ = entropy::fill(&mut byte);
    let [byte] = byte;
    duration.saturating_sub(duration / 4 * u32::from(byte) / 255)
}

#[cfg(test)]
mod tests;
