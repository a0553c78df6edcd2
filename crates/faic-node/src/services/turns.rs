//! Turns: one piece of work at a time for each key, all keys side by side.
//!
//! Who waits is served in the order of asking. Only keys with somebody at work or waiting take up memory.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};

/// The turns of all keys.
pub(super) struct Turns<K> {
    /// The locks of the keys that are in use.
    locks: Mutex<BTreeMap<K, Weak<AsyncMutex<()>>>>,
}

impl<K: Ord> Turns<K> {
    /// Turns of which none is taken.
    pub(super) const fn new() -> Self {
        Self { locks: Mutex::new(BTreeMap::new()) }
    }

    /// Waits for the key's turn, which lasts until the guard is dropped.
    pub(super) async fn take(&self, key: K) -> OwnedMutexGuard<()> {
        let lock = {
            let mut locks = self.locks.lock().unwrap_or_else(PoisonError::into_inner);
            locks.retain(|_, lock| lock.strong_count() > 0);
            let lock = locks.get(&key).and_then(Weak::upgrade).unwrap_or_default();
            locks.insert(key, Arc::downgrade(&lock));
            lock
        };
        lock.lock_owned().await
    }
}

#[cfg(test)]
mod tests;
