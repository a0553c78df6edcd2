//! Nodes that cannot be peers, and nodes that may not.

use std::time::Duration;

use faic_core::{ChainId, Hash};
use faic_network::{ChainInfo, Config, NetworkError, P2PNetworkInterface};

use crate::{
    log,
    node::{Node, chain, eventually},
};

/// Has two nodes of different chains meet, and checks that the error and both logs say whose chain is which; `what` puts
/// the peer's chain and this node's into words.
async fn part(ours: ChainInfo, seeds: [u8; 2], names: [&str; 2], what: fn(&str, &str) -> String) {
    let alice = Node::of(ours, seeds[0], Config::loopback(), None).await;
    let bob = Node::start(seeds[1]).await;
    let error = alice.network.connect(bob.address()).await;
    let (alices, bobs) = (what(names[1], names[0]), what(names[0], names[1]));
    let reason = format!("it refuses: {alices}");
    assert_eq!(error, Err(NetworkError::Refused { node: bob.id(), reason }));
    for (other, words) in [(bob.id(), &alices), (alice.id(), &bobs)] {
        let other = format!("node={other}");
        eventually("both logs say why", async || log::has_line(&["peer.refused", &other, words])).await;
    }
    assert_eq!((alice.peers().await, bob.peers().await), (vec![], vec![]));
}

/// A node of another chain is refused with a reason in both logs.
#[tokio::test]
async fn another_chain() {
    let other = ChainInfo { id: ChainId::new("other-chain").unwrap(), ..chain() };
    let what =
        |peer: &str, own: &str| format!("the peer follows the chain {peer}, and this node follows the chain {own}");
    part(other, [21, 22], ["other-chain", "faic-test"], what).await;
}

/// A chain of the same name with another beginning is another chain.
#[tokio::test]
async fn another_genesis() {
    let other = ChainInfo { genesis: Hash::from_bytes([0xcd; 32]), ..chain() };
    let what = |peer: &str, own: &str| {
        format!("the peer's chain began with the genesis {peer}, and this node's chain with the genesis {own}")
    };
    part(other, [23, 24], ["cdcdcdcd", "abababab"], what).await;
}

/// A full node refuses one more, and serves those that it has.
#[tokio::test]
async fn no_room() {
    let bob = Node::with(25, Config { inbound_max: 1, ..Config::loopback() }).await;
    let (alice, carol) = (Node::start(26).await, Node::start(27).await);
    alice.join(&bob).await;
    assert!(carol.network.connect(bob.address()).await.is_err());
    assert_eq!(bob.peers().await.len(), 1);
    assert_eq!(alice.network.sync_state().await, Ok(1));
}

/// A node that may open no connections says so, and accepts some.
#[tokio::test]
async fn no_room_outbound() {
    let bob = Node::with(28, Config { outbound_max: 0, ..Config::loopback() }).await;
    let alice = Node::start(29).await;
    let error = bob.network.connect(alice.address()).await;
    let Err(NetworkError::Unreachable { reason, .. }) = &error else { panic!("{error:?}") };
    assert!(reason.contains("outbound"), "{reason}");
    alice.join(&bob).await;
}

/// One address may have only so many connections.
#[tokio::test]
async fn too_many_from_one_address() {
    let bob = Node::with(30, Config { inbound_per_address_max: 1, ..Config::loopback() }).await;
    let (alice, carol) = (Node::start(31).await, Node::start(32).await);
    alice.join(&bob).await;
    assert!(carol.network.connect(bob.address()).await.is_err());
    eventually("the address is named", async || {
        log::has_line(&["address.refused", "too many connections from 127.0.0.1"])
    })
    .await;
}

/// A banned node is disconnected and kept out, with a reason, until the ban is lifted.
#[tokio::test]
async fn banned_node_is_kept_out() {
    let (alice, bob) = (Node::start(33).await, Node::start(34).await);
    alice.join(&bob).await;
    bob.meets(alice.id()).await;
    bob.network.ban(alice.id(), "its operator asked for it").await.unwrap();
    bob.loses(alice.id()).await;
    let bans = bob.network.bans().await.unwrap();
    assert_eq!(bans.len(), 1);
    assert_eq!((bans[0].id, bans[0].reason.as_str()), (alice.id(), "its operator asked for it"));
    assert!(bans[0].remaining <= Config::loopback().ban_duration);
    alice.loses(bob.id()).await;
    assert!(alice.network.connect(bob.address()).await.is_err());
    let reason = "its operator asked for it".to_owned();
    assert_eq!(bob.network.connect(alice.address()).await, Err(NetworkError::Banned { node: alice.id(), reason }));
    let id = alice.id().to_string();
    assert!(log::has_line(&["peer.banned", &id, "its operator asked for it"]));
    bob.network.lift_ban(alice.id()).await.unwrap();
    alice.join(&bob).await;
    assert_eq!(bob.network.lift_ban(alice.id()).await, Err(NetworkError::UnknownNode(alice.id())));
}

/// A ban ends by itself.
#[tokio::test]
async fn ban_ends() {
    let bob = Node::with(35, Config { ban_duration: Duration::from_millis(200), ..Config::loopback() }).await;
    let alice = Node::start(36).await;
    bob.network.ban(alice.id(), "for a moment").await.unwrap();
    eventually("the ban ends", async || bob.network.bans().await.unwrap().is_empty()).await;
    alice.join(&bob).await;
}
