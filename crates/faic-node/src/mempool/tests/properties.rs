//! What always holds in a mempool, checked after every one of many random operations.

use std::{collections::BTreeMap, sync::LazyLock};

use faic_core::{
    Address, Amount, Hash,
    transaction::{Nonce, TRANSACTION_BYTES_MAX},
};
use faic_ledger::VerifiedTransaction;
use proptest::prelude::*;

use super::{Draft, World};
use crate::mempool::{Committed, Config, Inserted, Mempool, Standing, lane::LaneKey, usage::Usage};

/// Limits that a few transactions reach.
const TIGHT: Config = Config {
    transactions_max: 12,
    bytes_max: TRANSACTION_BYTES_MAX,
    sender_transactions_max: 6,
    sender_bytes_max: TRANSACTION_BYTES_MAX,
    lane_transactions_max: 4,
};

/// The ledger that all cases share.
static WORLD: LazyLock<World> = LazyLock::new(World::new);

/// One random operation.
#[derive(Debug, Clone)]
enum Operation {
    /// Inserts the draft, at this distance from the end of its lane.
    Insert(Draft, i64),
    /// Commits so many of the best candidates in a block.
    Commit(usize),
    /// Commits a transaction that is not pooled, at the first place of a lane.
    CommitForeign(u8, u8),
    /// Removes the candidate at this position.
    Remove(usize),
}

/// Any draft of few senders, lanes, sizes and fees.
fn draft() -> impl Strategy<Value = Draft> {
    let payer = prop::option::weighted(0.2, 5_u8..7);
    let outputs = prop_oneof![4 => 1_usize..4, 1 => 200_usize..257];
    (1_u8..5, 0_u8..3, outputs, 1_u64..4, 10_u64..30, payer, 1_u64..30).prop_map(
        |(sender, lane, outputs, amount, fee_per_byte, payer, valid_until)| {
            let sequence = 0;
            Draft { sender, lane, sequence, outputs, amount, fee_per_byte, fee: None, payer, valid_until }
        },
    )
}

/// Any operation; most insert.
fn operation() -> impl Strategy<Value = Operation> {
    let distance = prop_oneof![6 => Just(0), 1 => -4_i64..3];
    prop_oneof![
        12 => (draft(), distance).prop_map(|(draft, distance)| Operation::Insert(draft, distance)),
        2 => (0_usize..5).prop_map(Operation::Commit),
        1 => (1_u8..5, 0_u8..3).prop_map(|(sender, lane)| Operation::CommitForeign(sender, lane)),
        1 => (0_usize..12).prop_map(Operation::Remove),
    ]
}

/// The ledger's side of a run: what is final.
#[derive(Default)]
struct Final {
    /// The last height.
    height: u64,
    /// The next sequence of each lane that was used.
    next: BTreeMap<LaneKey, u64>,
}

impl Final {
    /// The next sequence of a lane.
    fn next_sequence(&self, key: &LaneKey) -> u64 {
        self.next.get(key).copied().unwrap_or_default()
    }

    /// Makes a block of transactions.
    fn commit(&mut self, pool: &mut Mempool, block: &[Committed]) {
        self.height += 1;
        for Committed { sender, nonce, .. } in block {
            let next = self.next.entry(LaneKey { sender: *sender, lane: nonce.lane }).or_default();
            assert_eq!(*next, nonce.sequence, "a block goes on where the lane ended");
            *next += 1;
        }
        pool.after_commit(self.height, block.iter().copied());
        assert!(block.iter().all(|gone| pool.get(&gone.id).is_none()));
    }
}

/// Does one operation and checks what it promises.
fn run(pool: &mut Mempool, chain: &mut Final, operation: Operation) {
    match operation {
        Operation::Insert(draft, distance) => insert(pool, chain, draft, distance),
        Operation::Commit(count) => {
            let block: Vec<_> = pool.candidates(0).take(count).map(Committed::from).collect();
            chain.commit(pool, &block);
        }
        Operation::CommitForeign(sender, lane) => {
            let sender = World::address(sender);
            let nonce = Nonce { lane, sequence: chain.next_sequence(&LaneKey { sender, lane }) };
            chain.commit(pool, &[Committed { id: Hash::ZERO, sender, nonce }]);
        }
        Operation::Remove(position) => {
            let id = pool.candidates(0).nth(position).map_or(Hash::ZERO, VerifiedTransaction::id);
            let gone = pool.remove(&id);
            assert!(gone.iter().all(|departure| pool.get(&departure.id).is_none()));
        }
    }
    for (key, lane) in &pool.lanes {
        assert_eq!(lane.first(), chain.next_sequence(key));
    }
    assert!(pool.expiries.first().is_none_or(|(last, _)| *last > chain.height));
}

/// Inserts a draft and checks that it is there, or that nothing has changed.
fn insert(pool: &mut Mempool, chain: &Final, draft: Draft, distance: i64) {
    let key = LaneKey { sender: World::address(draft.sender), lane: draft.lane };
    let next_sequence = chain.next_sequence(&key);
    let end = pool.next_sequence(&key.sender, key.lane).unwrap_or(next_sequence);
    let sequence = end.saturating_add_signed(distance);
    let transaction = WORLD.verify(Draft { sequence, valid_until: draft.valid_until + chain.height, ..draft });
    let balance = Amount::from_nano(500_000).expect("below the supply");
    let before = super::ids(pool);
    match pool.insert(transaction.clone(), &Standing { next_sequence, balance, payer_balance: balance }) {
        Ok(insertion) => {
            assert_eq!(pool.get(&transaction.id()), Some(&transaction));
            let grown = usize::from(insertion.inserted == Inserted::New);
            assert_eq!(pool.len() + insertion.evicted.len(), before.len() + grown);
            assert!(pool.reserved(&key.sender) <= balance);
        }
        Err(_) => assert_eq!(super::ids(pool), before),
    }
}

/// Checks all that holds between any two operations, computing it anew from the pooled transactions.
pub(super) fn check(pool: &Mempool) {
    let mut usage: BTreeMap<Address, Usage> = BTreeMap::new();
    let mut lanes: BTreeMap<LaneKey, (u64, u64)> = BTreeMap::new();
    let (mut bytes, mut last) = (0, u64::MAX);
    for (rank, transaction) in pool.order.iter().rev() {
        let body = &transaction.signed().transaction;
        assert_eq!(pool.get(&transaction.id()), Some(transaction));
        assert!(pool.expiries.contains(&(body.valid_until, transaction.id())));
        let key = LaneKey::of(transaction);
        let (next, worst) = lanes.entry(key).or_insert_with(|| (pool.lanes[&key].first(), u64::MAX));
        assert_eq!(body.nonce.sequence, *next, "each lane comes in its order, without a gap");
        *next += 1;
        *worst = transaction.fee_per_byte().min(*worst);
        assert_eq!(rank.fee_per_byte(), *worst, "a rank is by the worst fee in front");
        assert!(last >= *worst, "the best come first");
        last = *worst;
        bytes += transaction.bytes();
        usage.entry(body.sender).or_default().take(&body.sender, transaction);
        if body.payer() != &body.sender {
            usage.entry(*body.payer()).or_default().take(body.payer(), transaction);
        }
    }
    assert_eq!((pool.bytes, &pool.usage), (bytes, &usage));
    assert_eq!((pool.places.len(), pool.expiries.len()), (pool.len(), pool.len()));
    let ends: BTreeMap<_, _> = pool.lanes.iter().map(|(key, lane)| (*key, lane.end())).collect();
    assert_eq!(ends, lanes.iter().map(|(key, (next, _))| (*key, *next)).collect());
    let config = &pool.config;
    assert!(pool.len() <= config.transactions_max && bytes <= config.bytes_max);
    assert!(pool.lanes.values().all(|lane| (1..=config.lane_transactions_max).contains(&lane.len())));
    let within =
        |usage: &Usage| usage.transactions <= config.sender_transactions_max && usage.bytes <= config.sender_bytes_max;
    assert!(usage.values().all(within));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    /// Whatever happens, the limits hold, the lanes have no gaps, the order is right and nothing is counted wrongly.
    #[test]
    fn invariants(operations in prop::collection::vec(operation(), 1..80)) {
        let mut pool = Mempool::new(TIGHT).expect("limits that let something in");
        let mut chain = Final::default();
        for operation in operations {
            run(&mut pool, &mut chain, operation);
            check(&pool);
        }
    }
}
