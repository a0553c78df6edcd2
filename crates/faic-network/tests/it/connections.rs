//! Nodes find each other, tell their states, part and meet again.

use std::time::Duration;

use faic_network::{Config, Direction, NetworkError, NodeAddress, P2PNetworkInterface, PeerEvent};

use crate::{
    log,
    node::{Node, chain, eventually},
};

/// Two nodes that connect know each other's state, direction and round trip, and both nodes above are told.
#[tokio::test]
async fn two_nodes_say_hello() {
    let (alice, bob) = (Node::start(1).await, Node::start(2).await);
    alice.inbox.set_height(42);
    alice.join(&bob).await;
    bob.meets(alice.id()).await;
    let seen = bob.peer(alice.id()).await.unwrap();
    assert_eq!((seen.state.height, seen.direction, seen.score), (42, Direction::Inbound, 0));
    assert_eq!(alice.peer(bob.id()).await.unwrap().direction, Direction::Outbound);
    for (node, other) in [(&alice, &bob), (&bob, &alice)] {
        let other = other.id();
        assert!(node.inbox.has_seen(|event| matches!(event, PeerEvent::Connected(id, _) if *id == other)));
        eventually("a ping returns", async || node.peer(other).await.is_some_and(|peer| peer.round_trip.is_some()))
            .await;
    }
    alice.join(&bob).await;
    assert_eq!(alice.peers().await.len(), 1);
}

/// QUIC serves as TCP does.
#[tokio::test]
async fn quic() {
    let listen = vec!["/ip4/127.0.0.1/udp/0/quic-v1".parse().unwrap()];
    let alice = Node::with(3, Config { listen: listen.clone(), ..Config::loopback() }).await;
    let bob = Node::with(4, Config { listen, ..Config::loopback() }).await;
    assert!(bob.address().to_string().contains("/quic-v1"));
    alice.join(&bob).await;
    bob.meets(alice.id()).await;
}

/// An address without an id accepts whoever is there; one with the wrong id does not.
#[tokio::test]
async fn id_in_the_address_is_checked() {
    let (alice, bob) = (Node::start(5).await, Node::start(6).await);
    let elsewhere = bob.address().with_node(&Node::start(7).await.id());
    let error = alice.network.connect(elsewhere).await;
    assert!(matches!(error, Err(NetworkError::Unreachable { .. })), "{error:?}");
    assert_eq!(alice.network.connect(bob.address().without_node()).await, Ok(bob.id()));
}

/// An address may name its host.
#[tokio::test]
async fn names_of_hosts() {
    let (alice, bob) = (Node::start(40).await, Node::start(50).await);
    let port = bob.address().tcp_port().unwrap();
    let named: NodeAddress = format!("/dns4/localhost/tcp/{port}").parse().unwrap();
    assert_eq!(alice.network.connect(named).await, Ok(bob.id()));
}

/// An address that leads nowhere is refused before anything is dialled.
#[tokio::test]
async fn undialable_is_an_error() {
    let alice = Node::start(62).await;
    for text in ["/ip4/127.0.0.1", "/ip4/127.0.0.1/tcp/0", "/ip4/0.0.0.0/tcp/8421", "/memory/7"] {
        let address: NodeAddress = text.parse().unwrap();
        let reason = address.check_dialable().unwrap_err();
        assert_eq!(alice.network.connect(address.clone()).await, Err(NetworkError::Undialable { address, reason }));
    }
}

/// Nobody at an address, another node than it names, and this node itself are errors that say so in words.
#[tokio::test]
async fn unreachable_is_an_error() {
    let (alice, bob) = (Node::start(8).await, Node::start(63).await);
    let gone = Node::start(9).await;
    let (nobody, stranger) = (gone.address(), gone.id());
    gone.stop().await;
    let another = format!("it is another node than the address names: {}", bob.id());
    let itself = "it is this node itself";
    for (address, words) in [
        (nobody, "nobody listens there (connection refused)"),
        (bob.address().with_node(&stranger), another.as_str()),
        (alice.address(), itself),
        (alice.address().without_node(), itself),
        (alice.address().with_node(&stranger), itself),
    ] {
        let reason = words.to_owned();
        let error = NetworkError::Unreachable { address: address.clone(), reason };
        assert_eq!(alice.network.connect(address).await, Err(error));
    }
}

/// A node that has a new block tells its peers at once, long before the next heartbeat.
#[tokio::test]
async fn news_are_prompt() {
    let slow = || Config {
        heartbeat_interval: Duration::from_secs(100),
        silence_max: Duration::from_secs(300),
        ..Config::loopback()
    };
    let (alice, bob) = (Node::with(10, slow()).await, Node::with(11, slow()).await);
    alice.join(&bob).await;
    bob.meets(alice.id()).await;
    alice.inbox.set_height(2);
    alice.network.announce();
    eventually("the news arrives", async || {
        bob.inbox.has_seen(|event| matches!(event, PeerEvent::StateChanged(_, state) if state.height == 2))
    })
    .await;
    alice.inbox.set_height(3);
    assert_eq!(bob.network.get_node_state(alice.id()).await.map(|state| state.height), Ok(3));
    alice.inbox.set_height(4);
    assert_eq!(bob.network.sync_state().await, Ok(1));
    assert_eq!(bob.peer(alice.id()).await.unwrap().state.height, 4);
}

/// A node that is gone is known by what it said last; one that nobody knows is unknown.
#[tokio::test]
async fn state_of_a_node_that_is_gone() {
    let (alice, bob) = (Node::start(12).await, Node::start(13).await);
    alice.join(&bob).await;
    let (id, stranger) = (bob.id(), Node::start(14).await.id());
    bob.stop().await;
    alice.loses(id).await;
    assert_eq!(alice.network.get_node_state(id).await.map(|state| state.height), Ok(1));
    assert_eq!(alice.network.get_node_state(stranger).await, Err(NetworkError::UnknownNode(stranger)));
    assert!(alice.inbox.has_seen(|event| *event == PeerEvent::Disconnected(id)));
}

/// A bootstrap node that was away is met again when it is back.
#[tokio::test]
async fn lost_peers_are_redialled() {
    let bob = Node::start(15).await;
    let listen = vec![bob.address().without_node()];
    let alice = Node::with(16, Config { bootstrap: vec![bob.address()], ..Config::loopback() }).await;
    alice.meets(bob.id()).await;
    let id = bob.id();
    bob.stop().await;
    alice.loses(id).await;
    let bob = Node::with(15, Config { listen, ..Config::loopback() }).await;
    alice.meets(bob.id()).await;
    bob.meets(alice.id()).await;
}

/// A peer that is disconnected on command is gone on both sides, and may connect again.
#[tokio::test]
async fn disconnected_on_command() {
    let (alice, bob) = (Node::start(17).await, Node::start(18).await);
    alice.join(&bob).await;
    bob.meets(alice.id()).await;
    assert_eq!(alice.network.disconnect(bob.id()).await, Ok(()));
    assert_eq!(alice.peer(bob.id()).await, None);
    bob.loses(alice.id()).await;
    assert_eq!(alice.network.disconnect(bob.id()).await, Err(NetworkError::NotConnected(bob.id())));
    bob.join(&alice).await;
    alice.meets(bob.id()).await;
}

/// An address that cannot be listened on stops the start, and the error names it.
#[tokio::test]
async fn taken_port_is_an_error() {
    let alice = Node::start(19).await;
    let taken: NodeAddress = alice.address().without_node();
    let config = Config { listen: vec![taken.clone()], ..Config::loopback() };
    let Err(error) = Node::begin(chain(), 20, config, None).await else { panic!("two nodes on one port") };
    let error = error.to_string();
    assert!(error.contains(&taken.to_string()), "{error}");
}

/// Connecting to a node that is a peer already succeeds, however many connections there are with it, whichever of its
/// addresses is named, and whether its id is named or not.
#[tokio::test]
async fn connected_already() {
    let listen = vec!["/ip4/127.0.0.1/tcp/0".parse().unwrap(); 4];
    let bob = Node::with(60, Config { listen, ..Config::loopback() }).await;
    let alice = Node::start(61).await;
    let addresses = bob.network.addresses();
    assert_eq!(addresses.len(), 4);
    for address in addresses.iter().chain(&addresses) {
        assert_eq!(alice.network.connect(address.without_node()).await, Ok(bob.id()), "{address}");
        assert_eq!(alice.network.connect(address.clone()).await, Ok(bob.id()), "{address}");
    }
    assert_eq!((alice.peers().await.len(), bob.peers().await.len()), (1, 1));
}

/// A bootstrap address where nobody is, or another node than it names, is in the log once as a warning that says why,
/// until it was reached.
#[tokio::test]
async fn unreachable_bootstrap_is_a_warning() {
    let (gone, bob) = (Node::start(64).await, Node::start(65).await);
    let (nobody, other) = (gone.address(), bob.address().with_node(&gone.id()));
    gone.stop().await;
    let alice = Node::with(66, Config { bootstrap: vec![nobody.clone(), other.clone()], ..Config::loopback() }).await;
    let is_another = format!("it is another node than the address names: {}", bob.id());
    for (address, reason) in [(&nobody, "nobody listens there (connection refused)"), (&other, &is_another)] {
        let address = format!("address={address} ");
        let again = ["DEBUG", "peer.unreachable", &address];
        eventually("it is dialled again", async || log::count_lines(&again) > 1).await;
        assert_eq!(log::count_lines(&["WARN", "peer.unreachable", &address]), 1);
        assert!(log::has_line(&["WARN", "peer.unreachable", &address, reason]));
    }
    assert_eq!(alice.peers().await, vec![]);
}

/// The log names addresses and nodes as they are written, for whoever copies them.
#[tokio::test]
async fn addresses_in_the_log() {
    let (alice, bob) = (Node::start(67).await, Node::start(68).await);
    alice.join(&bob).await;
    bob.meets(alice.id()).await;
    let (node, address) = (format!("node={}", bob.id()), format!("address={}", bob.address()));
    for event in ["peer.dialled", "peer.reached", "peer.connected"] {
        assert!(event == "peer.dialled" || log::has_line(&[event, &node, &address]), "{event}");
        assert!(log::has_line(&[event, &node]), "{event}");
    }
    bob.network.ban(alice.id(), "a test").await.unwrap();
    assert!(log::has_line(&["peer.banned", &format!("node={}", alice.id()), "address=/ip4/127.0.0.1/tcp/"]));
    assert_eq!(log::count_lines(&["=Some("]), 0);
}
