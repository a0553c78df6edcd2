//! One bucket of requests for each client, in a table of bounded size.
//!
//! A bucket is the time at which it will be full again (the generic cell rate algorithm of ITU-T I.371). A full bucket is
//! not kept. Who finds no room in the table shares one bucket with all others who found none, so that nobody gets a fresh
//! bucket by making the node forget the old one.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use super::{Client, RateLimit};

/// Most clients whose buckets are kept.
const CLIENTS_MAX: usize = 65_536;

/// How long to wait between two searches for buckets that are full again.
const SWEEP_INTERVAL: Duration = Duration::from_secs(1);

/// The buckets of all clients.
pub(super) struct Buckets {
    /// Requests a second.
    rate: u32,
    /// Requests in a full bucket.
    burst: u32,
    /// The buckets that are not full.
    table: Mutex<Table>,
}

/// The buckets that are not full.
struct Table {
    /// When each is full again, counted from the start of the node.
    full_at: HashMap<Client, Duration>,
    /// When those that are full were last taken out.
    swept_at: Duration,
    /// Most clients; beyond, they share one more.
    clients_max: usize,
}

/// How full a bucket is.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fill {
    /// The requests that are left.
    pub(super) left: u128,
    /// When it will be full.
    pub(super) full_in: Duration,
}

impl Buckets {
    /// Full buckets; `None` when requests are not limited.
    pub(super) fn new(config: RateLimit) -> Option<Self> {
        Self::of(config, CLIENTS_MAX)
    }

    /// Full buckets for that many clients.
    pub(super) fn of(config: RateLimit, clients_max: usize) -> Option<Self> {
        let RateLimit { requests_per_second: rate, burst, .. } = config;
        let table = Table { full_at: HashMap::new(), swept_at: Duration::ZERO, clients_max };
        (rate > 0).then(|| Self { rate, burst: burst.get(), table: Mutex::new(table) })
    }

    /// The limit in the long run, for people.
    pub(super) fn rate(&self) -> String {
        format!("{} requests a second", self.rate)
    }

    /// The requests in a full bucket.
    pub(super) const fn burst(&self) -> u32 {
        self.burst
    }

    /// How long an empty bucket takes to be full.
    pub(super) fn window(&self) -> Duration {
        self.time_of(self.burst)
    }

    /// Takes requests out of a client's bucket at a time since the start; how long to wait when there are too few.
    pub(super) fn take(&self, client: Client, requests: u32, now: Duration) -> Result<(), Duration> {
        let mut table = self.lock();
        let client = table.place(client, now);
        let full_at = table.full_at.get(&client).map_or(now, |full_at| now.max(*full_at));
        let full_at = full_at.saturating_add(self.time_of(requests));
        let over = full_at.saturating_sub(now.saturating_add(self.window()));
        if over > Duration::ZERO {
            return Err(over);
        }
        table.full_at.insert(client, full_at);
        Ok(())
    }

    /// How full a client's bucket is.
    pub(super) fn fill(&self, client: Client, now: Duration) -> Fill {
        let table = self.lock();
        let known = table.full_at.get(&client).or_else(|| {
            let full = table.full_at.len() >= table.clients_max;
            table.full_at.get(&Client::Others).filter(|_| full)
        });
        let full_in = known.map_or(Duration::ZERO, |full_at| full_at.saturating_sub(now));
        let left = self.window().saturating_sub(full_in).as_nanos() * u128::from(self.rate) / 1_000_000_000;
        Fill { left, full_in }
    }

    /// How long it takes until that many requests have come into a bucket.
    fn time_of(&self, requests: u32) -> Duration {
        Duration::from_secs(u64::from(requests)) / self.rate
    }

    /// The table; a panic elsewhere leaves it whole.
    fn lock(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    /// The client whose bucket counts: its own, or the shared one when there is no room.
    fn place(&mut self, client: Client, now: Duration) -> Client {
        let room = |table: &Self| table.full_at.len() < table.clients_max || table.full_at.contains_key(&client);
        if !room(self) && now >= self.swept_at.saturating_add(SWEEP_INTERVAL) {
            self.full_at.retain(|_, full_at| *full_at > now);
            self.swept_at = now;
        }
        if room(self) { client } else { Client::Others }
    }
}
