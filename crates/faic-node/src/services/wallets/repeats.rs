//! Orders that a client sends again because it does not know whether the first one arrived.
//!
//! The client names an order by a key of its own (draft-ietf-httpapi-idempotency-key-header). Orders of the same key come
//! one after the other, and the first that was carried out answers all of them. One that failed sent nothing, so its key
//! is free again. The table lives as long as the process: who asks after a restart has to look at the account's history.

use std::{
    collections::{BTreeMap, VecDeque},
    hash::{BuildHasher, RandomState},
    str::FromStr,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use faic_core::keystore::WalletName;
use tokio::{sync::OwnedMutexGuard, time::Instant};

use crate::{
    ErrorCode, FaicError,
    services::{
        spending::{Order, Sent},
        turns::Turns,
    },
};

/// Most keys that are remembered. The work of passwords allows a few orders a second, so that a key is remembered for an
/// hour at least.
const KEYS_MAX: usize = 16_384;

/// How long a key is remembered.
const LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

/// The name that a client gives to an order: 1 to 128 visible ASCII characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// Most characters of a key.
    pub const CHARACTERS_MAX: usize = 128;
}

impl FromStr for IdempotencyKey {
    type Err = FaicError;

    fn from_str(text: &str) -> Result<Self, FaicError> {
        let visible = text.bytes().all(|byte| byte.is_ascii_graphic());
        if visible && (1..=Self::CHARACTERS_MAX).contains(&text.len()) {
            Ok(Self(text.to_owned()))
        } else {
            let message =
                format!("the key is not 1 to {} visible ASCII characters without spaces", Self::CHARACTERS_MAX);
            Err(FaicError::new(ErrorCode::InvalidIdempotencyKey, message))
        }
    }
}

/// The orders that were carried out.
pub(super) struct Repeats {
    /// Whose turn it is, for each key.
    turns: Turns<IdempotencyKey>,
    /// What makes fingerprints, of which nobody can guess equal ones.
    hasher: RandomState,
    /// Most keys that are remembered.
    keys_max: usize,
    /// The keys that are remembered.
    table: Mutex<Table>,
}

/// The keys that are remembered.
#[derive(Default)]
struct Table {
    /// What was done for each.
    done: BTreeMap<IdempotencyKey, Done>,
    /// The keys and when each was used, oldest first.
    times: VecDeque<(Instant, IdempotencyKey)>,
}

/// An order that was carried out.
struct Done {
    /// The fingerprint of the order.
    fingerprint: u64,
    /// What came of it.
    sent: Sent,
}

/// The turn of a key: no other order of it is at work.
#[must_use]
pub(super) struct Turn<'a> {
    /// Where it is remembered.
    repeats: &'a Repeats,
    /// The key.
    key: IdempotencyKey,
    /// Keeps other orders of the key waiting.
    _guard: OwnedMutexGuard<()>,
}

impl Repeats {
    /// Nothing was carried out yet.
    pub(super) fn new() -> Self {
        Self::of(KEYS_MAX)
    }

    /// As [`Repeats::new`], with room for that many keys.
    fn of(keys_max: usize) -> Self {
        Self { turns: Turns::new(), hasher: RandomState::new(), keys_max, table: Mutex::default() }
    }

    /// Waits for the key's turn.
    pub(super) async fn turn(&self, key: IdempotencyKey) -> Turn<'_> {
        let guard = self.turns.take(key.clone()).await;
        Turn { repeats: self, key, _guard: guard }
    }

    /// The fingerprint of an order. The password is not in it: it says who may order, not what.
    pub(super) fn fingerprint(&self, wallet: &WalletName, order: &Order) -> u64 {
        // Without a wildcard, so that a new part of an order is not forgotten here.
        let Order { action, valid_for, lane, memo, fee_payer } = order;
        let bytes =
            borsh::to_vec(&(action, valid_for, lane, memo, fee_payer)).expect("writing to memory does not fail");
        self.hasher.hash_one((wallet.to_string(), bytes))
    }

    /// The table, without what is too old; a panic elsewhere leaves it whole.
    fn table(&self) -> MutexGuard<'_, Table> {
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        while table.times.front().is_some_and(|(time, _)| time.elapsed() >= LIFETIME) {
            table.forget_oldest();
        }
        table
    }
}

impl Turn<'_> {
    /// What came of the key's order; `None` when none was carried out.
    ///
    /// # Errors
    /// [`ErrorCode::IdempotencyKeyReused`] when that was another order.
    pub(super) fn answer(&self, fingerprint: u64) -> Result<Option<Sent>, FaicError> {
        match self.repeats.table().done.get(&self.key) {
            None => Ok(None),
            Some(done) if done.fingerprint == fingerprint => Ok(Some(done.sent.clone())),
            Some(_) => {
                let message = "another transfer was made with this key";
                Err(FaicError::new(ErrorCode::IdempotencyKeyReused, message))
            }
        }
    }

    /// Remembers what came of the key's order.
    pub(super) fn remember(self, fingerprint: u64, sent: Sent) {
        let mut table = self.repeats.table();
        while table.times.len() >= self.repeats.keys_max {
            table.forget_oldest();
        }
        table.times.push_back((Instant::now(), self.key.clone()));
        table.done.insert(self.key.clone(), Done { fingerprint, sent });
    }
}

impl Table {
    /// Forgets the key that was used first.
    fn forget_oldest(&mut self) {
        if let Some((_, key)) = self.times.pop_front() {
            self.done.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests;
