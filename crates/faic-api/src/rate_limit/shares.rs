//! How much of something each client has: connections, streams of events, bytes of answers.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::Client;

/// What all clients have; a node has a bounded number of connections, so the table is bounded too.
#[derive(Default)]
pub(crate) struct Shares {
    /// How much each client has; none is zero.
    held: Mutex<HashMap<Client, u32>>,
}

impl Shares {
    /// Counts that much for a client; `None` when it would have more than `most`.
    pub(crate) fn take(this: &Arc<Self>, client: Client, amount: u32, most: u32) -> Option<Share> {
        let mut held = this.lock();
        let after =
            held.get(&client).copied().unwrap_or_default().checked_add(amount).filter(|after| *after <= most)?;
        held.insert(client, after);
        Some(Share { client, amount, shares: Arc::clone(this) })
    }

    /// The table; a panic elsewhere leaves it whole.
    fn lock(&self) -> MutexGuard<'_, HashMap<Client, u32>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a client has, counted until this is dropped.
pub(crate) struct Share {
    /// The client.
    client: Client,
    /// How much it is.
    amount: u32,
    /// Where it is counted.
    shares: Arc<Shares>,
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut held = self.shares.lock();
        match held.get_mut(&self.client) {
            Some(count) if *count > self.amount => *count -= self.amount,
            Some(_) | None => {
                held.remove(&self.client);
            }
        }
    }
}
