//! Tests of telling of one's own transactions.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use faic_core::{Domain, Hash, SignedTransaction};
use faic_network::{
    NetworkError, NetworkMessage, ResponseMessage,
    message::{TRANSFERS_BYTES_MAX, TRANSFERS_MAX},
};
use tokio::{
    sync::watch,
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;

use super::{Gossiper, HANDED_MAX, HANDOVERS_MAX, REPEAT_INTERVAL, REPEAT_PEERS};
use crate::{
    Chain,
    chain::Origin,
    sync::Heads,
    testing::{FakeNetwork, PATIENCE, chain, grow, node, payment},
};

/// A gossiper at work, its chain, its network and its peers; it ends with the guard.
fn running() -> (Arc<Chain>, Arc<FakeNetwork>, watch::Sender<Heads>, tokio_util::sync::DropGuard) {
    let (chain, network, heads) = (chain(), Arc::new(FakeNetwork::default()), watch::Sender::new(Heads::new()));
    let shutdown = CancellationToken::new();
    let gossiper = Gossiper::new(Arc::clone(&chain), Arc::clone(&network) as _, heads.subscribe());
    tokio::spawn(gossiper.run(shutdown.clone()));
    (chain, network, heads, shutdown.drop_guard())
}

/// The ids of the transactions that were told, once there are so many.
async fn told(network: &FakeNetwork, count: usize) -> Vec<Hash> {
    let mut ids = Vec::new();
    let enough = async {
        while ids.len() < count {
            ids.extend(network.gossiped().into_iter().flat_map(|message| {
                let NetworkMessage::Transfers(transfers) = message else { panic!("{message:?}") };
                transfers.into_iter().map(|signed| signed.id()).collect::<Vec<_>>()
            }));
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, enough).await.unwrap();
    ids
}

/// What came to this node is told once; what was gossiped to it, or is known, is not.
#[tokio::test]
async fn own_is_told_once() {
    let (chain, network, _heads, _running) = running();
    tokio::task::yield_now().await;
    chain.admit_from(Origin::Gossip, payment(2, 0)).await.unwrap();
    chain.admit(payment(1, 0)).await.unwrap();
    chain.admit(payment(1, 0)).await.unwrap();
    chain.admit(payment(1, 1)).await.unwrap();
    assert_eq!(told(&network, 2).await, [payment(1, 0).id(), payment(1, 1).id()]);
}

/// The first after a pause is told at once, and what comes soon after it goes together, in its order.
#[tokio::test(start_paused = true)]
async fn a_stream_goes_in_few_messages() {
    let (chain, network, _heads, _running) = running();
    tokio::task::yield_now().await;
    for sequence in 0..20 {
        chain.admit(payment(1, sequence)).await.unwrap();
    }
    let mut messages = Vec::new();
    let carried = |messages: &[NetworkMessage]| -> Vec<Hash> {
        let ids = messages.iter().flat_map(|message| {
            let NetworkMessage::Transfers(transfers) = message else { panic!("{message:?}") };
            transfers.iter().map(SignedTransaction::id)
        });
        ids.collect()
    };
    let all: Vec<_> = (0..20).map(|sequence| payment(1, sequence).id()).collect();
    timeout(PATIENCE, async {
        while carried(&messages).len() < all.len() {
            messages.extend(network.gossiped());
            // sleep: the clock is paused, and goes on by this alone.
            sleep(Duration::from_millis(1)).await;
        }
    })
    .await
    .unwrap();
    assert_eq!(carried(&messages), all);
    assert!(messages.len() < all.len(), "{} messages", messages.len());
}

/// No message carries more than it may, by number or by bytes, and none is left out.
#[tokio::test]
async fn batches_are_bounded() {
    let chain = chain();
    let mut waiting = Vec::new();
    for (sender, sequence) in (1..=2).flat_map(|sender| (0..40).map(move |sequence| (sender, sequence))) {
        let id = chain.admit(payment(sender, sequence)).await.unwrap().id;
        waiting.push(chain.waiting(&id).unwrap());
    }
    let many = || waiting.iter().cycle().take(1_000).cloned();
    let batches = super::batches(many());
    for (ids, message) in &batches {
        let NetworkMessage::Transfers(transfers) = message else { panic!("{message:?}") };
        assert!(ids.len() <= TRANSFERS_MAX && message.to_bytes().len() <= TRANSFERS_BYTES_MAX);
        assert_eq!(*ids, transfers.iter().map(SignedTransaction::id).collect::<Vec<_>>());
    }
    let told: Vec<_> = batches.into_iter().flat_map(|(ids, _)| ids).collect();
    assert_eq!(told, many().map(|one| one.id()).collect::<Vec<_>>());
}

/// A peer that notes what it is handed, and the notes.
fn peer(network: &FakeNetwork, seed: u8) -> Arc<Mutex<Vec<Hash>>> {
    let handed = Arc::new(Mutex::new(Vec::new()));
    let notes = Arc::clone(&handed);
    network.add(node(seed), move |message| {
        let NetworkMessage::Transfer(signed) = message else { panic!("{message:?}") };
        notes.lock().unwrap().push(signed.id());
        Ok(NetworkMessage::Response(ResponseMessage::Done))
    });
    handed
}

/// Waits until something is so.
async fn until(mut is_so: impl FnMut() -> bool) {
    timeout(PATIENCE, async {
        while !is_so() {
            tokio::task::yield_now().await;
        }
    })
    .await
    .unwrap();
}

/// A peer that connects is handed what still waits and nothing that is final.
#[tokio::test]
async fn newcomers_are_told() {
    let (chain, network, heads, _running) = running();
    tokio::task::yield_now().await;
    chain.admit(payment(1, 0)).await.unwrap();
    told(&network, 1).await;
    grow(&chain, 1).await;
    chain.admit(payment(1, 1)).await.unwrap();
    assert_eq!(told(&network, 1).await, [payment(1, 1).id()]);
    let handed = peer(&network, 1);
    heads.send_modify(|heads| _ = heads.insert(node(1), 0));
    until(|| *handed.lock().unwrap() == [payment(1, 1).id()]).await;
}

/// What gossip has no room for is handed to a peer, because gossip does not say it again; a peer that does not answer
/// keeps nobody from hearing what is new.
#[tokio::test]
async fn full_and_silent() {
    let (chain, network, heads, _running) = running();
    tokio::task::yield_now().await;
    network.add(node(2), |_| Err(NetworkError::Timeout));
    let handed = peer(&network, 1);
    heads.send_modify(|heads| heads.extend([(node(1), 0), (node(2), 0)]));
    network.fill(1);
    chain.admit(payment(1, 0)).await.unwrap();
    until(|| *handed.lock().unwrap() == [payment(1, 0).id()]).await;
    assert!(network.gossiped().is_empty());
    chain.admit(payment(1, 1)).await.unwrap();
    assert_eq!(told(&network, 1).await, [payment(1, 1).id()]);
}

/// What is handed over at once is bounded, and the next time begins where the last one ended.
#[tokio::test]
async fn handovers_take_turns() {
    let (chain, network) = (chain(), Arc::new(FakeNetwork::default()));
    let mut gossiper = Gossiper::new(chain, network, watch::Sender::new(Heads::new()).subscribe());
    gossiper.own = (0..2 * HANDED_MAX + 1).map(|number| Domain::GossipId.hash(&[&number.to_be_bytes()])).collect();
    let all: Vec<_> = gossiper.own.iter().copied().collect();
    assert_eq!(gossiper.some_of_own(), all[..HANDED_MAX]);
    assert_eq!(gossiper.some_of_own(), all[HANDED_MAX..2 * HANDED_MAX]);
    assert_eq!(gossiper.some_of_own(), [&all[2 * HANDED_MAX..], &all[..HANDED_MAX - 1]].concat());
    for peer in 1..=20 {
        gossiper.hand(node(peer), vec![all[0]]);
        gossiper.hand(node(peer), vec![all[0]]);
    }
    assert_eq!(gossiper.handovers.len(), HANDOVERS_MAX);
}

/// What waits for long is handed again to some of the peers, others each time.
#[tokio::test(start_paused = true)]
async fn what_waits_is_repeated() {
    let (chain, network, heads, _running) = running();
    tokio::task::yield_now().await;
    let peers: Vec<_> = (1..=5).map(|seed| peer(&network, seed)).collect();
    heads.send_modify(|heads| heads.extend((1..=5).map(|seed| (node(seed), 0))));
    chain.admit(payment(1, 0)).await.unwrap();
    let handed = || peers.iter().filter(|notes| !notes.lock().unwrap().is_empty()).count();
    let longest = 3 * REPEAT_INTERVAL;
    timeout(longest, async {
        while handed() < 5 {
            // sleep: the clock is paused, and goes on by this alone.
            sleep(Duration::from_secs(1)).await;
        }
    })
    .await
    .unwrap();
    assert!(peers.iter().map(|notes| notes.lock().unwrap().len()).sum::<usize>() <= 3 * REPEAT_PEERS);
}

/// Where it missed what happened, it forgets what waits no more, finds what does, and tells it soon.
#[tokio::test]
async fn what_was_missed_is_found() {
    let (chain, network) = (chain(), Arc::new(FakeNetwork::default()));
    let heads = watch::Sender::new(Heads::new());
    let mut gossiper = Gossiper::new(Arc::clone(&chain), network, heads.subscribe());
    gossiper.own.insert(payment(1, 7).id());
    chain.admit(payment(1, 0)).await.unwrap();
    gossiper.catch_up();
    assert_eq!(gossiper.own.iter().copied().collect::<Vec<_>>(), [payment(1, 0).id()]);
    assert!(gossiper.next <= tokio::time::Instant::now());
}
