//! Tests of telling of one's own transactions.

use std::sync::Arc;

use faic_core::Hash;
use faic_network::NetworkMessage;
use tokio::{sync::watch, time::timeout};
use tokio_util::sync::CancellationToken;

use super::Gossiper;
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
            ids.extend(network.gossiped().into_iter().map(|message| {
                let NetworkMessage::Transfer(signed) = message else { panic!("{message:?}") };
                signed.id()
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

/// A peer that connects is told of what still waits.
#[tokio::test]
async fn newcomers_are_told() {
    let (chain, network, heads, _running) = running();
    tokio::task::yield_now().await;
    chain.admit(payment(1, 0)).await.unwrap();
    told(&network, 1).await;
    heads.send_modify(|heads| _ = heads.insert(node(1), 0));
    assert_eq!(told(&network, 1).await, [payment(1, 0).id()]);
}

/// What is final is told no more, and what the network could not take is told when it can.
#[tokio::test]
async fn final_ones_are_forgotten() {
    let (chain, network, heads, _running) = running();
    tokio::task::yield_now().await;
    chain.admit(payment(1, 0)).await.unwrap();
    told(&network, 1).await;
    grow(&chain, 1).await;
    network.fill(2);
    chain.admit(payment(1, 1)).await.unwrap();
    heads.send_modify(|heads| _ = heads.insert(node(1), 0));
    assert_eq!(told(&network, 1).await, [payment(1, 1).id()]);
}
