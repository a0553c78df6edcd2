//! The mempool: verified transactions that wait for a block.
//!
//! A lane holds a run without gaps from its account's next sequence. A transaction ranks by the lowest fee per byte in
//! its lane up to and including itself, because none can be final before those in front of it; so within a lane ranks
//! only fall, the best-ranked transactions can be taken in order for a block, and the worst-ranked one is always the tail
//! of its lane, which can be dropped without a gap. What an account owes through all its pooled transactions never
//! exceeds the balance that was shown at the last insertion.
//!
//! Pure and deterministic: no clock, no randomness, no input or output. With n transactions pooled, every operation costs
//! O(log n) for each transaction that it moves, and moves at most one lane ([`Config::lane_transactions_max`]).

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Bound,
};

use faic_core::{
    Address, Amount, Hash,
    transaction::{Height, LANES, Nonce},
};
use faic_ledger::VerifiedTransaction;

mod config;
mod lane;
mod outcome;
mod usage;

pub use config::{Config, ConfigError};
pub use lane::Rank;
pub use outcome::{Cause, Departure, Inserted, Insertion, MempoolError};

use lane::{Lane, LaneKey};
use usage::Usage;

/// What the ledger says of a transaction's accounts, as of the last final block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// The next sequence of the transaction's lane.
    pub next_sequence: u64,
    /// What the sender has.
    pub balance: Amount,
    /// What the fee payer has; not looked at when the sender pays.
    pub payer_balance: Amount,
}

/// A transaction of a final block, as the mempool needs to know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Committed {
    /// The transaction's id.
    pub id: Hash,
    /// Its sender.
    pub sender: Address,
    /// Its place among those of its sender.
    pub nonce: Nonce,
}

impl From<&VerifiedTransaction> for Committed {
    fn from(transaction: &VerifiedTransaction) -> Self {
        let body = &transaction.signed().transaction;
        Self { id: transaction.id(), sender: body.sender, nonce: body.nonce }
    }
}

/// Verified transactions that wait for a block.
#[derive(Debug)]
pub struct Mempool {
    /// The limits.
    config: Config,
    /// The runs that are not empty.
    lanes: BTreeMap<LaneKey, Lane>,
    /// Where each pooled transaction is.
    places: BTreeMap<Hash, (LaneKey, u64)>,
    /// All transactions from the worst to the best rank.
    order: BTreeMap<Rank, VerifiedTransaction>,
    /// All transactions by the last height at which they may be in a block.
    expiries: BTreeSet<(Height, Hash)>,
    /// What each sender and each fee payer takes up.
    usage: BTreeMap<Address, Usage>,
    /// The canonical bytes of all transactions.
    bytes: usize,
    /// How many transactions ever came to the end of a lane; earlier ones rank higher at the same fee.
    arrivals: u64,
}

impl Mempool {
    /// An empty mempool.
    ///
    /// # Errors
    /// [`ConfigError`] names the limit that makes no sense.
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        config.check()?;
        Ok(Self {
            config,
            lanes: BTreeMap::new(),
            places: BTreeMap::new(),
            order: BTreeMap::new(),
            expiries: BTreeSet::new(),
            usage: BTreeMap::new(),
            bytes: 0,
            arrivals: 0,
        })
    }

    /// How many transactions there are.
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// The canonical bytes of all transactions.
    pub const fn bytes(&self) -> usize {
        self.bytes
    }

    /// How full it is, from 0 to 100 percent of the limit that it is nearest to.
    pub fn load_percent(&self) -> u8 {
        let percent = |used: usize, most: usize| used.saturating_mul(100).checked_div(most).unwrap_or(100);
        let fullest = percent(self.len(), self.config.transactions_max).max(percent(self.bytes, self.config.bytes_max));
        u8::try_from(fullest.min(100)).unwrap_or(100)
    }

    /// The pooled transaction of that id.
    pub fn get(&self, id: &Hash) -> Option<&VerifiedTransaction> {
        let (key, sequence) = self.places.get(id)?;
        self.lanes.get(key)?.get(*sequence)
    }

    /// The sequence after a lane's last pooled transaction; `None` for a lane without any.
    pub fn next_sequence(&self, sender: &Address, lane: u8) -> Option<u64> {
        self.lanes.get(&LaneKey { sender: *sender, lane }).map(Lane::end)
    }

    /// The pooled transactions of a sender, lane by lane, each lane in its order.
    pub fn of_sender(&self, sender: &Address) -> impl Iterator<Item = &VerifiedTransaction> {
        let sender = *sender;
        let lanes = (0..LANES).filter_map(move |lane| self.lanes.get(&LaneKey { sender, lane }));
        lanes.flat_map(|lane| lane.ranked_from(lane.first()).map(|(_, transaction)| transaction))
    }

    /// What the pooled transactions take from an account: the payments that it sends and the fees that it pays.
    pub fn reserved(&self, account: &Address) -> Amount {
        self.usage.get(account).map_or(Amount::ZERO, |usage| amount(usage.reserved))
    }

    /// The least fee per byte, in nano, with which a transaction of average size gets in now; 0 while there is room.
    pub fn fee_per_byte_min(&self) -> u64 {
        let full = self.len() >= self.config.transactions_max || self.bytes >= self.config.bytes_max;
        let lowest = self.order.keys().next().filter(|_| full);
        lowest.map_or(0, |rank| rank.fee_per_byte().saturating_add(1))
    }

    /// The transactions that pay at least `base_fee_per_byte`, best first and each lane in its order.
    ///
    /// Taking any number from the front and executing them in order leaves no gap.
    pub fn candidates(&self, base_fee_per_byte: u64) -> impl Iterator<Item = &VerifiedTransaction> {
        let pays = move |rank: &Rank| rank.fee_per_byte() >= base_fee_per_byte;
        self.order.iter().rev().take_while(move |(rank, _)| pays(rank)).map(|(_, transaction)| transaction)
    }

    /// All transactions with their ranks, best first and each lane in its order, from behind a rank.
    pub fn ranked_after(&self, rank: Option<Rank>) -> impl Iterator<Item = (Rank, &VerifiedTransaction)> {
        let end = rank.map_or(Bound::Unbounded, Bound::Excluded);
        self.order.range((Bound::Unbounded, end)).rev().map(|(rank, transaction)| (*rank, transaction))
    }

    /// Takes in a transaction whose accounts stand as `standing` says.
    ///
    /// `standing` must be as of the block of the last [`Mempool::after_commit`]; an older one may let in a transaction
    /// that no block can take, which [`Mempool::remove`] is for. On an error nothing has changed.
    ///
    /// # Errors
    /// [`MempoolError`] names the limit or the rule, and what would be accepted.
    pub fn insert(&mut self, transaction: VerifiedTransaction, standing: &Standing) -> Result<Insertion, MempoolError> {
        if self.places.contains_key(&transaction.id()) {
            return Ok(Insertion { inserted: Inserted::Known, evicted: Vec::new() });
        }
        let key = LaneKey::of(&transaction);
        let replaced = self.find_slot(&key, &transaction, standing.next_sequence)?.cloned();
        if let Some(old) = &replaced {
            check_replacement(old, &transaction)?;
        }
        self.check_usage(&transaction, replaced.as_ref(), standing)?;
        let rank = self.put(key, transaction);
        let victims = match self.find_victims(&rank) {
            Ok(victims) => victims,
            Err(error) => {
                match replaced {
                    Some(old) => drop(self.put(key, old)),
                    None => drop(self.pop_tail(&key)),
                }
                return Err(error);
            }
        };
        let evicted = victims.iter().filter_map(|lane| self.pop_tail(lane)).map(Departure::because(Cause::Evicted));
        let inserted = replaced.map_or(Inserted::New, |old| Inserted::Replaced(old.id()));
        Ok(Insertion { inserted, evicted: evicted.collect() })
    }

    /// Forgets what is final, what can no longer become final, and what has expired, after the block of `height`.
    ///
    /// Returns those that left without being in the block.
    pub fn after_commit(&mut self, height: Height, committed: impl IntoIterator<Item = Committed>) -> Vec<Departure> {
        let mut departures = Vec::new();
        for Committed { id, sender, nonce } in committed {
            let key = LaneKey { sender, lane: nonce.lane };
            while self.lanes.get(&key).is_some_and(|lane| lane.first() <= nonce.sequence) {
                let Some(gone) = self.pop_front(&key) else { break };
                if gone.id() != id {
                    departures.push(Departure { id: gone.id(), cause: Cause::Superseded });
                }
            }
        }
        while let Some(expired) = self.expiries.first().copied().filter(|(last, _)| *last <= height) {
            self.expiries.remove(&expired);
            departures.extend(self.cut(&expired.1, Cause::Expired));
        }
        departures
    }

    /// Forgets a transaction that the ledger refuses, and those behind it in its lane.
    pub fn remove(&mut self, id: &Hash) -> Vec<Departure> {
        self.cut(id, Cause::Refused)
    }

    /// Finds the place of a new transaction: the end of its lane, or a pooled transaction to replace.
    fn find_slot(
        &self,
        key: &LaneKey,
        transaction: &VerifiedTransaction,
        next_sequence: u64,
    ) -> Result<Option<&VerifiedTransaction>, MempoolError> {
        let sequence = transaction.signed().transaction.nonce.sequence;
        let lane = self.lanes.get(key);
        let (first, end) = lane.map_or((next_sequence, next_sequence), |lane| (lane.first(), lane.end()));
        if sequence < first {
            return Err(MempoolError::StaleSequence { expected: first });
        }
        if sequence > end {
            return Err(MempoolError::SequenceGap { expected: end });
        }
        let pooled = lane.and_then(|lane| lane.get(sequence));
        let most = self.config.lane_transactions_max;
        if pooled.is_none() && lane.map_or(0, Lane::len) >= most {
            return Err(MempoolError::LaneFull { transactions_max: most });
        }
        Ok(pooled)
    }

    /// Checks the limits of the sender, and that sender and fee payer can afford all that they have pooled.
    fn check_usage(
        &self,
        transaction: &VerifiedTransaction,
        replaced: Option<&VerifiedTransaction>,
        standing: &Standing,
    ) -> Result<(), MempoolError> {
        let after = |account: &Address| {
            let mut usage = self.usage.get(account).copied().unwrap_or_default();
            if let Some(old) = replaced {
                usage.release(account, old);
            }
            usage.take(account, transaction);
            usage
        };
        let body = &transaction.signed().transaction;
        let sender = after(&body.sender);
        let (transactions_max, bytes_max) = (self.config.sender_transactions_max, self.config.sender_bytes_max);
        if sender.transactions > transactions_max || sender.bytes > bytes_max {
            return Err(MempoolError::SenderFull { transactions_max, bytes_max });
        }
        if sender.reserved > u128::from(standing.balance.nano()) {
            let needed = amount(sender.reserved);
            return Err(MempoolError::SenderOverspent { balance: standing.balance, needed });
        }
        if let Some(payer) = &body.fee_payer {
            let (payer, balance) = (after(&payer.address), standing.payer_balance);
            if payer.reserved > u128::from(balance.nano()) {
                return Err(MempoolError::PayerOverspent { balance, needed: amount(payer.reserved) });
            }
        }
        Ok(())
    }

    /// The lanes whose tails must go, in that order, to make room after `newcomer` was put in its place.
    ///
    /// Costs as many steps as there must go; at most as many as fit into the bytes of one transaction.
    fn find_victims(&self, newcomer: &Rank) -> Result<Vec<LaneKey>, MempoolError> {
        let (mut transactions, mut bytes) = (self.len(), self.bytes);
        let mut victims = Vec::new();
        let mut outbid = None;
        for (rank, transaction) in &self.order {
            if transactions <= self.config.transactions_max && bytes <= self.config.bytes_max {
                break;
            }
            if rank >= newcomer {
                outbid = Some(rank.fee_per_byte());
            }
            if rank != newcomer {
                transactions = transactions.saturating_sub(1);
                bytes = bytes.saturating_sub(transaction.bytes());
                victims.push(LaneKey::of(transaction));
            }
        }
        match outbid {
            None => Ok(victims),
            Some(fee_per_byte) => Err(MempoolError::Full { fee_per_byte_min: fee_per_byte.saturating_add(1) }),
        }
    }

    /// Puts a transaction at the end of its lane or in the place of another, and returns its rank.
    fn put(&mut self, key: LaneKey, transaction: VerifiedTransaction) -> Rank {
        let sequence = transaction.signed().transaction.nonce.sequence;
        self.track(key, &transaction);
        let mut lane = self.lanes.remove(&key).unwrap_or_else(|| Lane::new(sequence));
        self.unorder(&lane, sequence);
        if let Some(old) = lane.put(transaction, self.arrivals) {
            self.untrack(&old);
        }
        self.arrivals = self.arrivals.saturating_add(1);
        self.reorder(&lane, sequence);
        let rank = lane.rank(sequence).expect("the transaction was just put there");
        self.lanes.insert(key, lane);
        rank
    }

    /// Takes the last transaction of a lane.
    fn pop_tail(&mut self, key: &LaneKey) -> Option<VerifiedTransaction> {
        let mut lane = self.lanes.remove(key)?;
        self.unorder(&lane, lane.end().saturating_sub(1));
        let gone = lane.pop_tail();
        self.keep(*key, lane);
        gone.inspect(|gone| self.untrack(gone))
    }

    /// Takes the first transaction of a lane, which may lift the ranks of the others.
    fn pop_front(&mut self, key: &LaneKey) -> Option<VerifiedTransaction> {
        let mut lane = self.lanes.remove(key)?;
        self.unorder(&lane, lane.first());
        let gone = lane.pop_front();
        self.reorder(&lane, lane.first());
        self.keep(*key, lane);
        gone.inspect(|gone| self.untrack(gone))
    }

    /// Takes a transaction for `cause`, and those behind it in its lane, which are orphaned by that.
    fn cut(&mut self, id: &Hash, cause: Cause) -> Vec<Departure> {
        let Some((key, _)) = self.places.get(id).copied() else { return Vec::new() };
        let mut departures = Vec::new();
        while self.places.contains_key(id) {
            let Some(gone) = self.pop_tail(&key) else { break };
            let cause = if gone.id() == *id { cause } else { Cause::Orphaned };
            departures.push(Departure { id: gone.id(), cause });
        }
        departures.reverse();
        departures
    }

    /// Puts a lane back unless it is empty.
    fn keep(&mut self, key: LaneKey, lane: Lane) {
        if lane.len() > 0 {
            self.lanes.insert(key, lane);
        }
    }

    /// Takes a lane's transactions from `sequence` on out of the order, before their ranks change.
    fn unorder(&mut self, lane: &Lane, sequence: u64) {
        for (rank, _) in lane.ranked_from(sequence) {
            self.order.remove(&rank);
        }
    }

    /// Puts a lane's transactions from `sequence` on into the order, by their ranks as they are now.
    fn reorder(&mut self, lane: &Lane, sequence: u64) {
        self.order.extend(lane.ranked_from(sequence).map(|(rank, transaction)| (rank, transaction.clone())));
    }

    /// Takes account of a transaction that comes in.
    fn track(&mut self, key: LaneKey, transaction: &VerifiedTransaction) {
        let body = &transaction.signed().transaction;
        self.bytes = self.bytes.saturating_add(transaction.bytes());
        self.places.insert(transaction.id(), (key, body.nonce.sequence));
        self.expiries.insert((body.valid_until, transaction.id()));
        for account in BTreeSet::from([&body.sender, body.payer()]) {
            self.usage.entry(*account).or_default().take(account, transaction);
        }
    }

    /// Takes account of a transaction that goes.
    fn untrack(&mut self, transaction: &VerifiedTransaction) {
        let body = &transaction.signed().transaction;
        self.bytes = self.bytes.saturating_sub(transaction.bytes());
        self.places.remove(&transaction.id());
        self.expiries.remove(&(body.valid_until, transaction.id()));
        for account in BTreeSet::from([&body.sender, body.payer()]) {
            let Some(usage) = self.usage.get_mut(account) else { continue };
            usage.release(account, transaction);
            if *usage == Usage::default() {
                self.usage.remove(account);
            }
        }
    }
}

/// Checks that a replacement pays a tenth more than the old transaction, in all and for each byte.
fn check_replacement(old: &VerifiedTransaction, new: &VerifiedTransaction) -> Result<(), MempoolError> {
    let fee = |verified: &VerifiedTransaction| verified.signed().transaction.fee;
    let size = |verified: &VerifiedTransaction| verified.bytes() as u128;
    let raised = u128::from(fee(old).nano()).saturating_mul(11);
    let in_all = raised.div_ceil(10);
    let by_size = raised.saturating_mul(size(new)).div_ceil(size(old).saturating_mul(10).max(1));
    let needed = in_all.max(by_size);
    if u128::from(fee(new).nano()) >= needed {
        return Ok(());
    }
    Err(MempoolError::ReplacementUnderpriced { needed: amount(needed) })
}

/// An amount of that many nano, or the supply where it is more.
fn amount(nano: u128) -> Amount {
    u64::try_from(nano).ok().and_then(|nano| Amount::from_nano(nano).ok()).unwrap_or(Amount::SUPPLY_MAX)
}

#[cfg(test)]
mod tests;
