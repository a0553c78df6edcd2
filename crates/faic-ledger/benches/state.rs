//! Account updates a second on a state of a million accounts, each batch durable before the next begins.
//!
//! `cargo bench -p faic-ledger --bench state [-- ACCOUNTS BATCHES CHANGES]` (a million, 50 and 10,000 when not given).
//! The store lies under the target folder, so it is the disk of that folder that is measured. What the figures were,
//! also for other engines and trees, stands in `docs/adr/0001-store-and-state-tree.md`. Not run by tests.

#![expect(clippy::disallowed_methods, clippy::disallowed_types, reason = "a benchmark measures time")]
#![expect(clippy::print_stdout, reason = "a benchmark reports to the terminal")]

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use faic_core::{Domain, Hash};
use faic_ledger::store::{EmbeddedStore, Store, WriteBatch};
use faic_ledger::tree::StateTree;

/// The fewest updates a second that a node must sustain on a million accounts.
const REQUIRED_PER_SECOND: u64 = 20_000;

/// How many accounts one batch of the preparation makes.
const LOADED_AT_ONCE: u64 = 100_000;

/// How many accounts are proved.
const PROOFS: u64 = 2_000;

/// A store with its tree, and where the time went.
struct State {
    /// The store.
    store: EmbeddedStore,
    /// The state tree.
    tree: StateTree,
    /// Time spent on hashes and rows.
    preparing: Duration,
    /// Time spent on durable writes.
    writing: Duration,
}

impl State {
    /// Opens the store in a folder.
    fn open(folder: &Path) -> Self {
        let store = EmbeddedStore::open(folder).expect("the store opens");
        let tree = StateTree::open(&store).expect("the tree opens");
        Self { store, tree, preparing: Duration::ZERO, writing: Duration::ZERO }
    }

    /// Makes one batch of changes durable, and returns how long that took.
    fn commit(&mut self, changes: BTreeMap<Hash, Option<Vec<u8>>>) -> Duration {
        let begin = Instant::now();
        let update = self.tree.prepare(&self.store, changes).expect("the changes are prepared");
        let mut batch = WriteBatch::new();
        update.stage(&mut batch);
        let prepared = begin.elapsed();
        self.store.write(batch).expect("the batch is written");
        self.tree.apply(update);
        let done = begin.elapsed();
        self.preparing += prepared;
        self.writing += done.saturating_sub(prepared);
        done
    }
}

/// The key of an account.
fn key(account: u64) -> Hash {
    Domain::Address.hash(&[&account.to_le_bytes()])
}

/// What an account is after a round: as many bytes as an account with one lane has.
fn value(account: u64, round: u64) -> Vec<u8> {
    [account.to_le_bytes(), round.to_le_bytes(), [0; 8], [1; 8]].concat()
}

/// Random accounts, the same in every run.
fn random_accounts(accounts: u64) -> impl Iterator<Item = u64> {
    let step = |seed: &u64| Some(seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407));
    std::iter::successors(Some(42_u64), step).map(move |seed| (seed >> 20) % accounts)
}

/// The events a second.
fn per_second(events: u64, time: Duration) -> u64 {
    let nanos = time.as_nanos().max(1);
    u64::try_from(u128::from(events) * 1_000_000_000 / nanos).unwrap_or(u64::MAX)
}

/// Measures and reports.
fn main() {
    let given: Vec<u64> = std::env::args().skip(1).filter_map(|argument| argument.parse().ok()).collect();
    let argument = |place: usize, otherwise: u64| given.get(place).copied().unwrap_or(otherwise);
    let (accounts, batches, changes) = (argument(0, 1_000_000), argument(1, 50), argument(2, 10_000));
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("the target folder can be written to");

    let mut state = State::open(folder.path());
    let begin = Instant::now();
    for first in (0..accounts).step_by(usize::try_from(LOADED_AT_ONCE).expect("a small number")) {
        let end = accounts.min(first + LOADED_AT_ONCE);
        state.commit((first..end).map(|account| (key(account), Some(value(account, 0)))).collect());
    }
    println!("{accounts} accounts made in {:.1?}", begin.elapsed());

    (state.preparing, state.writing) = (Duration::ZERO, Duration::ZERO);
    let mut random = random_accounts(accounts);
    let (mut times, mut updates) = (Vec::new(), 0_u64);
    for round in 1..=batches {
        let changes: BTreeMap<_, _> = (0..changes)
            .filter_map(|_| random.next())
            .map(|account| (key(account), Some(value(account, round))))
            .collect();
        updates += u64::try_from(changes.len()).expect("a length fits 64 bits");
        times.push(state.commit(changes));
    }
    let total: Duration = times.iter().sum();
    times.sort();
    let rate = per_second(updates, total);
    println!("{updates} updates in {batches} durable batches: {rate} a second (required: {REQUIRED_PER_SECOND})");
    println!("a batch: median {:.1?}, longest {:.1?}", times[times.len() / 2], times[times.len() - 1]);
    println!("hashing {:.1?}, writing {:.1?}", state.preparing, state.writing);

    let begin = Instant::now();
    let mut bytes = 0;
    for account in random.take(usize::try_from(PROOFS).expect("a small number")) {
        let proof = state.tree.prove(&state.store, &key(account)).expect("the account is proved");
        bytes += u64::try_from(borsh::to_vec(&proof).expect("a proof has bytes").len()).expect("a length fits 64 bits");
    }
    println!("proofs: {} bytes on average, {} a second", bytes / PROOFS, per_second(PROOFS, begin.elapsed()));

    let root = state.tree.root();
    drop(state);
    let begin = Instant::now();
    let state = State::open(folder.path());
    assert_eq!(state.tree.root(), root, "a restart finds the same state");
    println!("restart: {:.1?}", begin.elapsed());
}
