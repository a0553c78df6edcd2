//! Tests of the task without a network: connections are told to it as the swarm would, and the clock stands still.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use faic_core::SecretKey;
use libp2p::{
    core::ConnectedPoint,
    swarm::{ConnectionId, FromSwarm, NetworkBehaviour, behaviour::ConnectionEstablished},
};
use tokio::{
    sync::{Notify, mpsc, watch},
    time::{Instant, advance},
};

use super::Driver;
use crate::{
    Config, Inbox, NetworkMessage, NodeId, NodeState, PeerEvent, Setup, Verdict,
    basic::{ChainInfo, behaviour, behaviour::PUBLISH_THRESHOLD},
    message_handler::{Offence, SCORE_BAN},
    samples::{node, state},
};

/// A node above that has nothing to say.
struct Silent;

#[async_trait]
impl Inbox for Silent {
    async fn receive(&self, _: NodeId, _: NetworkMessage) -> Verdict {
        Verdict::Ignore
    }

    async fn answer(&self, _: NodeId, request: NetworkMessage) -> NetworkMessage {
        NetworkMessage::refused(request.name())
    }

    fn state(&self) -> NodeState {
        state()
    }

    fn peer_changed(&self, _: PeerEvent) {}
}

/// A network task that is not run.
fn driver() -> Driver {
    let chain = ChainInfo { id: state().chain_id, genesis: state().head };
    let key = SecretKey::from_seed(&[9; 32]);
    let setup = Setup { config: Config::loopback(), key, chain, folder: None, inbox: Arc::new(Silent) };
    let (_, commands) = mpsc::channel(1);
    let (addresses, _) = watch::channel(Vec::new());
    Driver::new(setup, commands, Arc::new(Notify::new()), addresses).unwrap()
}

/// Tells a task of an inbound connection, as its swarm would.
fn connect(driver: &mut Driver, node: NodeId, number: usize) {
    let connection = ConnectionId::new_unchecked(number);
    let peer = node.peer_id();
    let address: libp2p::Multiaddr = "/ip4/127.0.0.1/tcp/1".parse().unwrap();
    let endpoint = ConnectedPoint::Listener { local_addr: address.clone(), send_back_addr: address.clone() };
    let gossip = &mut driver.swarm.behaviour_mut().gossip;
    drop(gossip.handle_established_inbound_connection(connection, peer, &address, &address).unwrap());
    gossip.on_swarm_event(FromSwarm::ConnectionEstablished(ConnectionEstablished {
        peer_id: peer,
        connection_id: connection,
        endpoint: &endpoint,
        failed_addresses: &[],
        other_established: 0,
    }));
    driver.on_connected(peer, connection, &endpoint);
}

/// A peer's score in gossip.
fn gossip_score(driver: &Driver, node: NodeId) -> f64 {
    driver.swarm.behaviour().gossip.peer_score(&node.peer_id()).unwrap()
}

/// Checks a peer's score in gossip, where all are whole numbers.
fn assert_gossip_score(driver: &Driver, node: NodeId, score: i32) {
    let is = gossip_score(driver, node);
    assert!((is - f64::from(score)).abs() < 0.5, "{is} instead of {score}");
}

/// What gossip thinks of a peer recovers as this node's own score does.
#[tokio::test(start_paused = true)]
async fn scores_recover_in_gossip_too() {
    let mut driver = driver();
    connect(&mut driver, node(1), 1);
    driver.greeted(node(1));
    assert_gossip_score(&driver, node(1), 0);
    driver.blame(node(1), Offence::BadGossip, "a test");
    assert_gossip_score(&driver, node(1), -20);
    for (seconds, score) in [(8, -12), (12, 0), (100, 0)] {
        advance(Duration::from_secs(seconds)).await;
        driver.tick();
        assert_gossip_score(&driver, node(1), score);
    }
}

/// Gossip does not listen to a peer before it has said hello, nor once it must leave.
#[tokio::test(start_paused = true)]
async fn only_ready_peers_are_listened_to() {
    let mut driver = driver();
    let listened_to = behaviour::score_thresholds().graylist_threshold;
    connect(&mut driver, node(1), 1);
    assert!(gossip_score(&driver, node(1)) + behaviour::TOPICS_SCORE_MAX < listened_to);
    driver.tick();
    assert!(gossip_score(&driver, node(1)) + behaviour::TOPICS_SCORE_MAX < listened_to);
    driver.greeted(node(1));
    assert_gossip_score(&driver, node(1), 0);
    driver.leave(&node(1));
    assert!(gossip_score(&driver, node(1)) + behaviour::TOPICS_SCORE_MAX < listened_to);
}

/// A node that comes back after its ban is as good as any other.
#[tokio::test(start_paused = true)]
async fn banned_nodes_begin_anew() {
    let mut driver = driver();
    connect(&mut driver, node(1), 1);
    driver.greeted(node(1));
    driver.blame(node(1), Offence::BadState, "a test");
    assert!(driver.swarm.behaviour().gate.bans.node(&node(1), Instant::now()).is_some());
    assert!(gossip_score(&driver, node(1)) <= f64::from(SCORE_BAN));
    driver.on_disconnected(&node(1).peer_id(), ConnectionId::new_unchecked(1), "a test");
    advance(Config::loopback().ban_duration).await;
    connect(&mut driver, node(1), 2);
    driver.greeted(node(1));
    assert_gossip_score(&driver, node(1), 0);
}

/// A peer is named when it is muted and when that ends, not in between, and not when it is gone.
#[tokio::test(start_paused = true)]
async fn muted_peers_are_named_once() {
    let mut driver = driver();
    connect(&mut driver, node(1), 1);
    driver.greeted(node(1));
    driver.tick();
    assert!(driver.standing.muted.is_empty());
    let mute = |driver: &mut Driver, score: f64| {
        driver.swarm.behaviour_mut().gossip.set_application_score(&node(1).peer_id(), score);
        driver.name_muted();
    };
    mute(&mut driver, PUBLISH_THRESHOLD - 1.0);
    mute(&mut driver, PUBLISH_THRESHOLD - 2.0);
    assert!(driver.standing.muted.contains(&node(1)));
    mute(&mut driver, PUBLISH_THRESHOLD);
    assert!(driver.standing.muted.is_empty());
    mute(&mut driver, PUBLISH_THRESHOLD - 1.0);
    driver.on_disconnected(&node(1).peer_id(), ConnectionId::new_unchecked(1), "a test");
    assert!(driver.standing.muted.is_empty());
}
