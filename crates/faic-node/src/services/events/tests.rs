//! Tests of what subscribers are told, also when they come back, are slow or are too many.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use faic_core::Height;
use faic_ledger::{ledger::HistoryCursor, store::MemoryStore};
use tokio::{sync::watch, time::timeout};
use tokio_util::sync::CancellationToken;

use super::{
    EndReason, EventKind, EventPosition, EventService, Interests, Notice, PeersView, ResetReason, Subscription, Told,
};
use crate::{
    Chain, ErrorCode,
    services::TransactionView,
    sync::Heads,
    testing::{PATIENCE, address, chain, grow, node, payment, restored},
};

/// A service, and what a test changes beside it.
struct Bench {
    /// The chain.
    chain: Arc<Chain>,
    /// The peers.
    heads: watch::Sender<Heads>,
    /// Ends the streams.
    shutdown: CancellationToken,
    /// The service.
    service: EventService,
}

/// A service over that chain.
fn bench(chain: Arc<Chain>) -> Bench {
    let (heads, shutdown) = (watch::Sender::new(Heads::new()), CancellationToken::new());
    let service = EventService::new(Arc::clone(&chain), heads.subscribe(), shutdown.clone());
    Bench { chain, heads, shutdown, service }
}

/// An interest in that kind.
fn kind(kind: EventKind) -> Interests {
    Interests { kinds: BTreeSet::from([kind]), accounts: BTreeSet::new() }
}

/// An interest in an account and in nothing else.
fn account(seed: u8) -> Interests {
    Interests { kinds: BTreeSet::new(), accounts: BTreeSet::from([address(seed)]) }
}

/// The next that is told and is more than a sign of life.
async fn next(subscription: &mut Subscription) -> Told {
    loop {
        let told = timeout(PATIENCE, subscription.next()).await.unwrap().unwrap();
        if told.notice != Notice::Alive {
            return told;
        }
    }
}

/// The heights of the next blocks that are told.
async fn heights(subscription: &mut Subscription, count: usize) -> Vec<Height> {
    let mut heights = Vec::new();
    for _ in 0..count {
        match next(subscription).await {
            Told { position: EventPosition::Block(height), notice: Notice::Block(view) } => {
                assert_eq!(view.header.height, height);
                heights.push(height);
            }
            other => panic!("{other:?}"),
        }
    }
    heights
}

#[tokio::test]
async fn blocks_are_told_and_told_again_after_a_position() {
    let Bench { chain, service, .. } = bench(chain());
    let mut live = service.subscribe(kind(EventKind::Blocks), None).unwrap();
    grow(&chain, 3).await;
    assert_eq!(heights(&mut live, 3).await, [1, 2, 3]);
    let mut back = service.subscribe(kind(EventKind::Blocks), Some(EventPosition::Block(1))).unwrap();
    assert_eq!(heights(&mut back, 2).await, [2, 3]);
    grow(&chain, 1).await;
    assert_eq!(heights(&mut live, 1).await, [4]);
    assert_eq!(heights(&mut back, 1).await, [4]);
}

#[tokio::test]
async fn a_payment_waits_and_becomes_final_and_is_told_again_after_a_position() {
    let Bench { chain, service, .. } = bench(chain());
    let mut receiver = service.subscribe(account(9), None).unwrap();
    let mut nobody = service.subscribe(account(77), None).unwrap();
    assert_eq!(timeout(PATIENCE, receiver.next()).await.unwrap().unwrap().notice, Notice::Alive);
    let signed = payment(1, 0);
    chain.admit(signed.clone()).await.unwrap();
    let pooled = next(&mut receiver).await;
    let waiting = TransactionView::Pooled { signed: signed.clone() };
    assert_eq!(pooled.notice, Notice::Transaction { id: signed.id(), view: Box::new(waiting) });
    grow(&chain, 1).await;
    let place = HistoryCursor { height: 1, index: 0 };
    for after in [None, Some(EventPosition::Block(0))] {
        let mut again = after.map(|after| service.subscribe(account(9), Some(after)).unwrap());
        let Told { position, notice } = next(again.as_mut().unwrap_or(&mut receiver)).await;
        assert_eq!(position, EventPosition::Transaction(place));
        let Notice::Transaction { id, view } = notice else { panic!("{notice:?}") };
        assert!(id == signed.id() && matches!(*view, TransactionView::Final { height: 1, index: 0, .. }));
    }
    chain.admit(payment(1, 1)).await.unwrap();
    grow(&chain, 1).await;
    let mut done = service.subscribe(account(9), Some(EventPosition::Transaction(place))).unwrap();
    let told = next(&mut done).await;
    assert_eq!(told.position, EventPosition::Transaction(HistoryCursor { height: 2, index: 0 }));
    assert_eq!(timeout(PATIENCE, nobody.next()).await.unwrap().unwrap().notice, Notice::Alive);
}

#[tokio::test]
async fn transactions_come_before_their_block_and_in_its_order_over_many_pages() {
    let Bench { chain, service, .. } = bench(chain());
    for round in 0..3 {
        for sequence in 0..50 {
            chain.admit(payment(1, round * 50 + sequence)).await.unwrap();
        }
        grow(&chain, 1).await;
    }
    let accounts = BTreeSet::from([address(1), address(9)]);
    let both = Interests { accounts, kinds: BTreeSet::from([EventKind::Blocks]) };
    let mut subscription = service.subscribe(both, Some(EventPosition::Block(0))).unwrap();
    let mut expected = Vec::new();
    for height in 1..=3 {
        expected.extend((0..50).map(|index| EventPosition::Transaction(HistoryCursor { height, index })));
        expected.push(EventPosition::Block(height));
    }
    for position in expected {
        assert_eq!(next(&mut subscription).await.position, position);
    }
}

#[tokio::test]
async fn what_leaves_the_mempool_is_told() {
    let Bench { chain, service, .. } = bench(chain());
    let mut sender = service.subscribe(account(1), None).unwrap();
    assert_eq!(timeout(PATIENCE, sender.next()).await.unwrap().unwrap().notice, Notice::Alive);
    let first = payment(1, 0);
    chain.admit(first.clone()).await.unwrap();
    next(&mut sender).await;
    let mut better = first.transaction.clone();
    better.fee = faic_core::Amount::from_nano(better.fee.nano() * 2).unwrap();
    let crypto = faic_core::BasicCrypto { key_manager: [crate::testing::secret(1)].into_iter().collect() };
    chain.admit(faic_core::crypto::sign_transaction(&crypto, better).unwrap()).await.unwrap();
    let Notice::Transaction { id, view } = next(&mut sender).await.notice else { panic!("no transaction") };
    assert!(id == first.id() && matches!(*view, TransactionView::Rejected { .. }), "{view:?}");
}

#[tokio::test]
async fn peers_and_the_mempool_are_told_when_they_change() {
    let Bench { chain, heads, service, .. } = bench(chain());
    let mut peers = service.subscribe(kind(EventKind::Peers), None).unwrap();
    heads.send_modify(|heads| heads.extend([(node(1), 4)]));
    let joined = PeersView { count: 1, joined: vec![node(1)], left: Vec::new() };
    assert_eq!(next(&mut peers).await.notice, Notice::Peers(joined));
    heads.send_modify(|heads| heads.extend([(node(1), 5)]));
    heads.send_modify(Heads::clear);
    let left = PeersView { count: 0, joined: Vec::new(), left: vec![node(1)] };
    assert_eq!(next(&mut peers).await.notice, Notice::Peers(left));
    let mut mempool = service.subscribe(kind(EventKind::Mempool), None).unwrap();
    let Notice::Mempool(status) = next(&mut mempool).await.notice else { panic!("no mempool") };
    assert_eq!(status.transactions, 0);
    chain.admit(payment(1, 0)).await.unwrap();
    let Notice::Mempool(status) = next(&mut mempool).await.notice else { panic!("no mempool") };
    assert_eq!(status.transactions, 1);
}

#[tokio::test]
async fn a_position_that_cannot_be_told_from_is_reset() {
    let source = chain();
    grow(&source, 5).await;
    let chain = restored(&source, Arc::new(MemoryStore::new())).await;
    let Bench { chain, service, .. } = bench(chain);
    let reset =
        |reason, from, to| Told { position: EventPosition::Block(to), notice: Notice::Reset { reason, from, to } };
    let mut behind = service.subscribe(kind(EventKind::Blocks), Some(EventPosition::Block(2))).unwrap();
    assert_eq!(next(&mut behind).await, reset(ResetReason::Pruned, 3, 5));
    let ahead = EventPosition::Block(5_000);
    let mut ahead = service.subscribe(kind(EventKind::Blocks), Some(ahead)).unwrap();
    assert_eq!(next(&mut ahead).await, reset(ResetReason::Ahead, 5, 5));
    grow(&chain, 1).await;
    assert_eq!(heights(&mut behind, 1).await, [6]);
    assert_eq!(heights(&mut ahead, 1).await, [6]);
}

#[tokio::test]
async fn blocks_beyond_the_bound_are_not_told_again() {
    let Bench { chain, service, .. } = bench(chain());
    let most = EventService::REPLAY_BLOCKS_MAX;
    grow(&chain, usize::try_from(most).unwrap() + 1).await;
    let mut far = service.subscribe(kind(EventKind::Blocks), Some(EventPosition::Block(0))).unwrap();
    let notice = Notice::Reset { reason: ResetReason::TooFarBehind, from: 1, to: most + 1 };
    assert_eq!(next(&mut far).await, Told { position: EventPosition::Block(most + 1), notice });
    let mut near = service.subscribe(kind(EventKind::Blocks), Some(EventPosition::Block(1))).unwrap();
    assert_eq!(heights(&mut near, 3).await, [2, 3, 4]);
}

#[tokio::test(start_paused = true)]
async fn a_subscriber_that_takes_nothing_is_cut_off_and_told_so() {
    let Bench { chain, service, .. } = bench(chain());
    let mut slow = service.subscribe(kind(EventKind::Blocks), None).unwrap();
    let seats = service.seats.available_permits();
    grow(&chain, 200).await;
    let freed = async {
        while service.seats.available_permits() == seats {
            // sleep: the paused clock moves on only while everybody waits.
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    timeout(PATIENCE, freed).await.unwrap();
    let mut last = EventPosition::Block(0);
    let end = loop {
        let told = slow.next().await.unwrap();
        if matches!(told.notice, Notice::End(_)) {
            break told;
        }
        last = told.position;
    };
    assert_eq!(end, Told { position: last, notice: Notice::End(EndReason::Slow) });
    assert!(slow.next().await.is_none());
    let EventPosition::Block(height) = last else { panic!("{last:?}") };
    let mut back = service.subscribe(kind(EventKind::Blocks), Some(last)).unwrap();
    assert_eq!(heights(&mut back, 1).await, [height + 1]);
}

#[tokio::test]
async fn one_subscriber_or_account_too_many_is_refused() {
    let Bench { service, shutdown, .. } = bench(chain());
    let mut seats = Vec::new();
    for _ in 0..EventService::SUBSCRIBERS_MAX {
        seats.push(service.subscribe(kind(EventKind::Blocks), None).unwrap());
    }
    let refused = service.subscribe(kind(EventKind::Blocks), None).err().unwrap();
    assert!(refused.code() == ErrorCode::Overloaded && refused.retry_after().is_some());
    let accounts = (0..=u8::try_from(EventService::ACCOUNTS_MAX).unwrap()).map(address).collect();
    let refused = service.subscribe(Interests { kinds: BTreeSet::new(), accounts }, None).err().unwrap();
    assert_eq!(refused.code(), ErrorCode::InvalidQuery);
    assert_eq!(service.subscribe(Interests::default(), None).err().unwrap().code(), ErrorCode::InvalidQuery);
    shutdown.cancel();
    let last = seats.last_mut().unwrap();
    assert_eq!(next(last).await.notice, Notice::End(EndReason::ShuttingDown));
}
