//! Nodes find others that they were never told of.

use faic_network::{Config, P2PNetworkInterface};

use crate::node::{Node, chain, eventually};

/// A node that knows one finds the others through it, and connects with them by itself.
#[tokio::test]
async fn through_a_third_node() {
    let (alice, bob, carol) = (Node::start(61).await, Node::start(62).await, Node::start(63).await);
    alice.join(&bob).await;
    eventually("bob knows where alice listens", async || {
        bob.network.discover_nodes().await.unwrap().iter().any(|info| info.id == alice.id())
    })
    .await;
    carol.join(&bob).await;
    carol.meets(alice.id()).await;
    alice.meets(carol.id()).await;
    let known = carol.network.discover_nodes().await.unwrap();
    assert!(known.iter().any(|info| info.id == alice.id() && !info.addresses.is_empty()));
    assert!(known.iter().all(|info| info.id != carol.id()));
}

/// A node that wants no more peers learns of others and leaves them alone.
#[tokio::test]
async fn who_wants_no_more_peers_does_not_dial() {
    let (alice, bob) = (Node::start(64).await, Node::start(65).await);
    let carol = Node::with(66, Config { peers_wanted: 0, outbound_max: 1, ..Config::loopback() }).await;
    alice.join(&bob).await;
    carol.join(&bob).await;
    eventually("carol hears of alice", async || {
        carol.network.discover_nodes().await.unwrap().iter().any(|info| info.id == alice.id())
    })
    .await;
    assert_eq!(carol.peers().await.into_iter().filter(|peer| peer.id == alice.id()).count(), 0);
}

/// A node that was away finds the network by the peers that it remembers, when every bootstrap node is gone.
#[tokio::test]
async fn remembered_peers() {
    let folder = tempfile::tempdir().unwrap();
    let (alice, bob) = (Node::start(67).await, Node::start(68).await);
    alice.join(&bob).await;
    let config = Config { bootstrap: vec![alice.address()], ..Config::loopback() };
    let carol = Node::of(chain(), 69, config, Some(folder.path())).await;
    carol.meets(alice.id()).await;
    carol.meets(bob.id()).await;
    eventually("carol knows where bob listens", async || {
        let known = carol.network.discover_nodes().await.unwrap();
        known.iter().any(|info| info.id == bob.id() && info.addresses.contains(&bob.address().without_node()))
    })
    .await;
    carol.stop().await;
    alice.stop().await;
    assert!(folder.path().join("peers.json").exists());
    let carol = Node::of(chain(), 69, Config::loopback(), Some(folder.path())).await;
    carol.meets(bob.id()).await;
}
