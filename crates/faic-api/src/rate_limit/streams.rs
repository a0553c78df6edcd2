//! How many streams of events each client has open.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::Client;

/// The open streams of all clients; a node has a bounded number of them, so the table is bounded too.
pub(super) struct Streams {
    /// Most of one client.
    client_max: u32,
    /// How many each client has; none is zero.
    open: Mutex<HashMap<Client, u32>>,
}

impl Streams {
    /// No streams, of which a client may have that many.
    pub(super) fn new(client_max: u32) -> Self {
        Self { client_max, open: Mutex::default() }
    }

    /// Counts a stream; `None` when the client has as many as it may.
    pub(super) fn open(this: &Arc<Self>, client: Client) -> Option<StreamPermit> {
        let mut open = this.lock();
        let count = open.get(&client).copied().unwrap_or_default();
        if count >= this.client_max {
            return None;
        }
        open.insert(client, count.saturating_add(1));
        Some(StreamPermit { client, streams: Arc::clone(this) })
    }

    /// The table; a panic elsewhere leaves it whole.
    fn lock(&self) -> MutexGuard<'_, HashMap<Client, u32>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One stream of a client, counted until this is dropped.
pub(crate) struct StreamPermit {
    /// The client.
    client: Client,
    /// Where it is counted.
    streams: Arc<Streams>,
}

impl Drop for StreamPermit {
    fn drop(&mut self) {
        let mut open = self.streams.lock();
        match open.get_mut(&self.client) {
            Some(count) if *count > 1 => *count -= 1,
            Some(_) | None => {
                open.remove(&self.client);
            }
        }
    }
}
