//! Tests of the mempool: every limit with the first transaction beyond it, replacement, eviction, expiry and order.

use faic_core::{Amount, Hash, transaction::TRANSACTION_BYTES_MAX};
use faic_ledger::VerifiedTransaction;

use super::{Cause, Committed, Config, Departure, Inserted, Mempool, MempoolError, Rank};

mod drafts;
mod properties;

use drafts::{Draft, World};

/// A mempool with these limits.
fn mempool(config: Config) -> Mempool {
    Mempool::new(config).expect("limits that let something in")
}

/// Inserts what must be accepted without an eviction.
fn insert(pool: &mut Mempool, transaction: &VerifiedTransaction) -> Inserted {
    let insertion = pool.insert(transaction.clone(), &World::standing()).expect("a good transaction");
    assert_eq!(insertion.evicted, []);
    insertion.inserted
}

/// Inserts what must be refused, and checks that nothing changes by it.
fn refuse(pool: &mut Mempool, transaction: &VerifiedTransaction) -> MempoolError {
    let before = (ids(pool), pool.bytes(), pool.reserved(&World::address(1)));
    let error = pool.insert(transaction.clone(), &World::standing()).expect_err("a bad transaction");
    assert_eq!((ids(pool), pool.bytes(), pool.reserved(&World::address(1))), before);
    properties::check(pool);
    error
}

/// The pooled transactions, best first.
fn ids(pool: &Mempool) -> Vec<Hash> {
    pool.candidates(0).map(VerifiedTransaction::id).collect()
}

/// An amount of that many nano.
fn nano(nano: u64) -> Amount {
    Amount::from_nano(nano).expect("below the supply")
}

/// A transaction is new once and known afterwards, and found by its id.
#[test]
fn new_then_known() {
    let (world, mut pool) = (World::new(), mempool(Config::default()));
    let transaction = world.verify(Draft::default());
    assert!(pool.is_empty());
    assert_eq!(insert(&mut pool, &transaction), Inserted::New);
    assert_eq!(insert(&mut pool, &transaction), Inserted::Known);
    assert_eq!((pool.len(), pool.bytes()), (1, transaction.bytes()));
    assert_eq!(pool.get(&transaction.id()), Some(&transaction));
    assert_eq!(pool.get(&Hash::ZERO), None);
}

/// A lane begins at the account's next sequence and goes on without gaps; other lanes do not matter to it.
#[test]
fn sequences_have_no_gaps() {
    let (world, mut pool) = (World::new(), mempool(Config::default()));
    let at = |sequence| world.verify(Draft { sequence, ..Draft::default() });
    assert_eq!(refuse(&mut pool, &at(1)), MempoolError::SequenceGap { expected: 0 });
    insert(&mut pool, &at(0));
    assert_eq!(refuse(&mut pool, &at(2)), MempoolError::SequenceGap { expected: 1 });
    insert(&mut pool, &at(1));
    assert_eq!(pool.next_sequence(&World::address(1), 0), Some(2));
    assert_eq!(pool.next_sequence(&World::address(1), 1), None);
    insert(&mut pool, &world.verify(Draft { lane: 1, ..Draft::default() }));
}

/// A sequence that a final transaction used is refused, with and without a pooled lane.
#[test]
fn stale_sequences_are_refused() {
    let (world, mut pool) = (World::new(), mempool(Config::default()));
    let at = |sequence| world.verify(Draft { sequence, ..Draft::default() });
    let standing = super::Standing { next_sequence: 5, ..World::standing() };
    assert_eq!(pool.insert(at(4), &standing), Err(MempoolError::StaleSequence { expected: 5 }));
    pool.insert(at(5), &standing).expect("the next sequence");
    assert_eq!(refuse(&mut pool, &at(4)), MempoolError::StaleSequence { expected: 5 });
}

/// A lane takes its limit of transactions and no more.
#[test]
fn lane_limit() {
    let world = World::new();
    let mut pool = mempool(Config { lane_transactions_max: 2, ..Config::default() });
    for sequence in 0..2 {
        insert(&mut pool, &world.verify(Draft { sequence, ..Draft::default() }));
    }
    let next = world.verify(Draft { sequence: 2, ..Draft::default() });
    assert_eq!(refuse(&mut pool, &next), MempoolError::LaneFull { transactions_max: 2 });
    insert(&mut pool, &world.verify(Draft { lane: 1, ..Draft::default() }));
}

/// A sender takes its limit of transactions over all lanes and no more; another sender is free.
#[test]
fn sender_limit_by_count() {
    let world = World::new();
    let config = Config { sender_transactions_max: 2, ..Config::default() };
    let mut pool = mempool(config);
    for lane in 0..2 {
        insert(&mut pool, &world.verify(Draft { lane, ..Draft::default() }));
    }
    let full = MempoolError::SenderFull { transactions_max: 2, bytes_max: config.sender_bytes_max };
    assert_eq!(refuse(&mut pool, &world.verify(Draft { lane: 2, ..Draft::default() })), full);
    insert(&mut pool, &world.verify(Draft { sender: 2, ..Draft::default() }));
}

/// A sender takes its limit of bytes and no more, also by replacing a small transaction with a large one.
#[test]
fn sender_limit_by_bytes() {
    let world = World::new();
    let large = world.verify(Draft { outputs: 256, ..Draft::default() });
    let small = world.verify(Draft { lane: 1, ..Draft::default() });
    let mut pool = mempool(Config { sender_bytes_max: TRANSACTION_BYTES_MAX, ..Config::default() });
    let mut lane = 0;
    while pool.bytes() + large.bytes() <= TRANSACTION_BYTES_MAX {
        insert(&mut pool, &world.verify(Draft { lane, outputs: 256, ..Draft::default() }));
        lane += 1;
    }
    let one_more = world.verify(Draft { lane, outputs: 256, ..Draft::default() });
    assert!(matches!(refuse(&mut pool, &one_more), MempoolError::SenderFull { .. }));
    let room = TRANSACTION_BYTES_MAX - pool.bytes();
    assert!(room > small.bytes(), "there is room for a small one");
    insert(&mut pool, &world.verify(Draft { lane, ..Draft::default() }));
    let grown = world.verify(Draft { lane, outputs: 256, fee_per_byte: 99, ..Draft::default() });
    assert!(matches!(refuse(&mut pool, &grown), MempoolError::SenderFull { .. }));
}

/// All that a sender has pooled together may take its balance to the last nano, and not one beyond.
#[test]
fn sender_must_afford_the_whole_run() {
    let (world, mut pool) = (World::new(), mempool(Config::default()));
    let first = world.verify(Draft { amount: 700, ..Draft::default() });
    let second = |amount| world.verify(Draft { lane: 1, amount, ..Draft::default() });
    let fees = first.signed().transaction.fee.nano() + second(300).signed().transaction.fee.nano();
    let standing = super::Standing { balance: nano(1000 + fees), ..World::standing() };
    pool.insert(first, &standing).expect("affordable");
    let over = pool.insert(second(301), &standing);
    let needed = nano(1001 + fees);
    assert_eq!(over, Err(MempoolError::SenderOverspent { balance: nano(1000 + fees), needed }));
    pool.insert(second(300), &standing).expect("just affordable");
    assert_eq!(pool.reserved(&World::address(1)), nano(1000 + fees));
}

/// A fee payer must afford the fees of all that it sponsors; the sender then owes no fee.
#[test]
fn payer_must_afford_every_fee() {
    let (world, mut pool) = (World::new(), mempool(Config::default()));
    let sponsored = |sender| world.verify(Draft { sender, amount: 10, payer: Some(9), ..Draft::default() });
    let fee = sponsored(1).signed().transaction.fee.nano();
    let standing = super::Standing { next_sequence: 0, balance: nano(10), payer_balance: nano(2 * fee - 1) };
    pool.insert(sponsored(1), &standing).expect("the first fee is affordable");
    let error = MempoolError::PayerOverspent { balance: standing.payer_balance, needed: nano(2 * fee) };
    assert_eq!(pool.insert(sponsored(2), &standing), Err(error));
    let richer = super::Standing { payer_balance: nano(2 * fee), ..standing };
    pool.insert(sponsored(2), &richer).expect("both fees are affordable");
    assert_eq!(pool.reserved(&World::address(9)), nano(2 * fee));
    properties::check(&pool);
}

/// A replacement needs a tenth more in all and for each byte; the error names the least fee, which is then accepted.
#[test]
fn replacement_pays_a_tenth_more() {
    let world = World::new();
    for (old_outputs, new_outputs) in [(1, 1), (1, 8), (8, 1)] {
        let mut pool = mempool(Config::default());
        let old = world.verify(Draft { outputs: old_outputs, ..Draft::default() });
        insert(&mut pool, &old);
        let new = |fee| world.verify(Draft { outputs: new_outputs, fee: Some(fee), ..Draft::default() });
        let least = new(1).bytes() as u64;
        let MempoolError::ReplacementUnderpriced { needed } = refuse(&mut pool, &new(least)) else {
            panic!("a low fee is refused for being low")
        };
        let old_fee = old.signed().transaction.fee.nano();
        assert!(needed.nano() * 10 >= old_fee * 11);
        assert_eq!(refuse(&mut pool, &new(needed.nano() - 1)), MempoolError::ReplacementUnderpriced { needed });
        assert_eq!(insert(&mut pool, &new(needed.nano())), Inserted::Replaced(old.id()));
        assert_eq!((pool.len(), pool.get(&old.id())), (1, None));
        properties::check(&pool);
    }
}

/// At the limit of transactions a better one evicts the worst, and an equal or worse one is refused with the price.
#[test]
fn eviction_by_count() {
    let world = World::new();
    let mut pool = mempool(Config { transactions_max: 2, ..Config::default() });
    let of = |sender, fee_per_byte| world.verify(Draft { sender, fee_per_byte, ..Draft::default() });
    assert_eq!(pool.fee_per_byte_min(), 0);
    insert(&mut pool, &of(1, 20));
    insert(&mut pool, &of(2, 30));
    assert_eq!(pool.fee_per_byte_min(), 21);
    for low in [19, 20] {
        assert_eq!(refuse(&mut pool, &of(3, low)), MempoolError::Full { fee_per_byte_min: 21 });
    }
    let insertion = pool.insert(of(3, 21), &World::standing()).expect("it pays more than the worst");
    assert_eq!(insertion.evicted, [Departure { id: of(1, 20).id(), cause: Cause::Evicted }]);
    assert_eq!(ids(&pool), [of(2, 30).id(), of(3, 21).id()]);
    properties::check(&pool);
}

/// At the limit of bytes a large transaction evicts as many as it needs, or none and is refused.
#[test]
fn eviction_by_bytes() {
    let world = World::new();
    let large = |fee_per_byte| world.verify(Draft { sender: 9, outputs: 20, fee_per_byte, ..Draft::default() });
    let mut pool = mempool(Config { bytes_max: TRANSACTION_BYTES_MAX, ..Config::default() });
    let mut sender = 10;
    let small =
        |sender: u8| world.verify(Draft { sender, outputs: 4, fee_per_byte: u64::from(sender), ..Draft::default() });
    while pool.bytes() + small(sender).bytes() <= TRANSACTION_BYTES_MAX {
        insert(&mut pool, &small(sender));
        sender += 1;
    }
    let excess = pool.bytes() + large(1).bytes() - TRANSACTION_BYTES_MAX;
    let gone = u8::try_from(excess.div_ceil(small(10).bytes())).expect("a few");
    assert!(gone > 1, "one large needs the room of several small ones");
    let worst_that_must_go = u64::from(10 + gone - 1);
    let error = MempoolError::Full { fee_per_byte_min: worst_that_must_go + 1 };
    assert_eq!(refuse(&mut pool, &large(worst_that_must_go)), error);
    let insertion = pool.insert(large(worst_that_must_go + 1), &World::standing()).expect("it pays more");
    let evicted: Vec<_> = insertion.evicted.iter().map(|departure| departure.id).collect();
    assert_eq!(evicted, (10..10 + gone).map(|sender| small(sender).id()).collect::<Vec<_>>());
    properties::check(&pool);
}

/// An expensive transaction behind a cheap one counts as cheap and goes first, so no gap appears.
#[test]
fn eviction_takes_tails() {
    let world = World::new();
    let mut pool = mempool(Config { transactions_max: 3, ..Config::default() });
    let cheap = world.verify(Draft { fee_per_byte: 11, ..Draft::default() });
    let behind = world.verify(Draft { sequence: 1, fee_per_byte: 99, ..Draft::default() });
    insert(&mut pool, &cheap);
    insert(&mut pool, &behind);
    insert(&mut pool, &world.verify(Draft { sender: 2, fee_per_byte: 50, ..Draft::default() }));
    let better = world.verify(Draft { sender: 3, fee_per_byte: 12, ..Draft::default() });
    let insertion = pool.insert(better, &World::standing()).expect("it pays more than the cheap lane");
    assert_eq!(insertion.evicted, [Departure { id: behind.id(), cause: Cause::Evicted }]);
    assert!(pool.get(&cheap.id()).is_some());
    let behind_again = refuse(&mut pool, &behind);
    assert_eq!(behind_again, MempoolError::Full { fee_per_byte_min: 12 });
}

/// A replacement that would need more room than it is worth leaves the old transaction in place.
#[test]
fn replacement_without_room() {
    let world = World::new();
    let mut pool = mempool(Config { bytes_max: TRANSACTION_BYTES_MAX, ..Config::default() });
    let old = world.verify(Draft { fee_per_byte: 11, ..Draft::default() });
    insert(&mut pool, &old);
    let mut sender = 2;
    let rich = |sender| world.verify(Draft { sender, outputs: 100, fee_per_byte: 99, ..Draft::default() });
    while pool.bytes() + rich(sender).bytes() <= TRANSACTION_BYTES_MAX {
        insert(&mut pool, &rich(sender));
        sender += 1;
    }
    let grown = world.verify(Draft { outputs: 256, fee_per_byte: 13, ..Draft::default() });
    assert_eq!(refuse(&mut pool, &grown), MempoolError::Full { fee_per_byte_min: 100 });
    assert!(pool.get(&old.id()).is_some());
}

/// Candidates come best first with each lane in its order, down to the base fee.
#[test]
fn candidates_in_order() {
    let (world, mut pool) = (World::new(), mempool(Config::default()));
    let of =
        |sender, sequence, fee_per_byte| world.verify(Draft { sender, sequence, fee_per_byte, ..Draft::default() });
    let all = [of(1, 0, 20), of(1, 1, 90), of(2, 0, 50), of(2, 1, 20), of(3, 0, 20), of(4, 0, 70)];
    for transaction in &all {
        insert(&mut pool, transaction);
    }
    let order = [5, 2, 0, 1, 3, 4].map(|index: usize| all[index].id());
    assert_eq!(ids(&pool), order);
    let above = |base_fee| pool.candidates(base_fee).count();
    assert_eq!([20, 21, 50, 51, 71].map(above), [6, 2, 2, 1, 0]);
}

/// Pages of all transactions have each once, best first, also by a rank that was written down.
#[test]
fn pages_by_rank() {
    let (world, mut pool) = (World::new(), mempool(Config::default()));
    for (sender, fee_per_byte) in [(1, 20), (2, 50), (3, 20), (4, 70), (5, 20)] {
        insert(&mut pool, &world.verify(Draft { sender, fee_per_byte, ..Draft::default() }));
    }
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page: Vec<_> = pool.ranked_after(after).take(2).collect();
        let Some((last, _)) = page.last() else { break };
        after = Some(Rank::from_parts(last.to_parts()));
        found.extend(page.iter().map(|(_, transaction)| transaction.id()));
    }
    assert_eq!(found, ids(&pool));
    assert_eq!(found.len(), 5);
}

/// After a block, what it held is gone silently and what it made impossible is named; later ones stay.
#[test]
fn commits_clear_the_lane() {
    let (world, mut pool) = (World::new(), mempool(Config::default()));
    let run: Vec<_> = (0..4).map(|sequence| world.verify(Draft { sequence, ..Draft::default() })).collect();
    for transaction in &run {
        insert(&mut pool, transaction);
    }
    let foreign = world.verify(Draft { sequence: 1, amount: 77, ..Draft::default() });
    let departures = pool.after_commit(1, [&run[0], &foreign].map(Committed::from));
    assert_eq!(departures, [Departure { id: run[1].id(), cause: Cause::Superseded }]);
    assert_eq!(ids(&pool), [run[2].id(), run[3].id()]);
    properties::check(&pool);
    assert_eq!(refuse(&mut pool, &run[1]), MempoolError::StaleSequence { expected: 2 });
}

/// A transaction expires once no block can hold it, and takes along those behind it.
#[test]
fn expiry() {
    let (world, mut pool) = (World::new(), mempool(Config::default()));
    let of = |sequence, valid_until| world.verify(Draft { sequence, valid_until, ..Draft::default() });
    let run = [of(0, 9), of(1, 7), of(2, 9)];
    for transaction in &run {
        insert(&mut pool, transaction);
    }
    assert_eq!(pool.after_commit(6, []), []);
    let departures = pool.after_commit(7, []);
    let expected = [(1, Cause::Expired), (2, Cause::Orphaned)];
    assert_eq!(departures, expected.map(|(index, cause): (usize, _)| Departure { id: run[index].id(), cause }));
    assert_eq!(ids(&pool), [run[0].id()]);
    properties::check(&pool);
}

/// A transaction that the ledger refuses goes with those behind it; an unknown one changes nothing.
#[test]
fn removal() {
    let (world, mut pool) = (World::new(), mempool(Config::default()));
    let run = [0, 1, 2].map(|sequence| world.verify(Draft { sequence, ..Draft::default() }));
    for transaction in &run {
        insert(&mut pool, transaction);
    }
    assert_eq!(pool.remove(&Hash::ZERO), []);
    let causes = [(1, Cause::Refused), (2, Cause::Orphaned)];
    let expected = causes.map(|(index, cause): (usize, _)| Departure { id: run[index].id(), cause });
    assert_eq!(pool.remove(&run[1].id()), expected);
    assert_eq!(ids(&pool), [run[0].id()]);
    insert(&mut pool, &run[1]);
    properties::check(&pool);
}

/// Limits that would let in nothing are refused.
#[test]
fn limits_of_the_limits() {
    let default = Config::default();
    let bad = [
        Config { transactions_max: 0, ..default },
        Config { bytes_max: TRANSACTION_BYTES_MAX - 1, ..default },
        Config { sender_transactions_max: 0, ..default },
        Config { sender_bytes_max: TRANSACTION_BYTES_MAX - 1, ..default },
        Config { lane_transactions_max: 0, ..default },
    ];
    for config in bad {
        assert!(config.check().is_err());
        assert!(Mempool::new(config).is_err());
    }
    assert_eq!(default.check(), Ok(()));
}
