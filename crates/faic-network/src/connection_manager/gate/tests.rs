//! Tests of the door: each limit refuses the next one, and the room comes back.

use libp2p::{
    Multiaddr, PeerId,
    core::{ConnectedPoint, Endpoint, transport::PortUse},
    swarm::{
        ConnectionClosed, ConnectionId, FromSwarm, ListenError, ListenFailure, NetworkBehaviour,
        behaviour::ConnectionEstablished,
    },
};
use tokio::time::Instant;

use super::{Denial, Gate, PENDING_MAX, PER_NODE_MAX};
use crate::{Config, samples::node};

/// A gate with small limits.
fn gate() -> Gate {
    let limits = Config { inbound_max: 3, outbound_max: 2, inbound_per_address_max: 2, ..Config::loopback() };
    Gate::new(Config { inbound_per_address_burst: 100, ..limits })
}

/// An address of a host.
fn host(number: usize) -> Multiaddr {
    format!("/ip4/192.0.2.{number}/tcp/1").parse().unwrap()
}

/// A connection's number.
fn connection(number: usize) -> ConnectionId {
    ConnectionId::new_unchecked(number)
}

/// Has a host knock.
fn knock(gate: &mut Gate, number: usize, from: &Multiaddr) -> Result<(), Denial> {
    let denied = gate.handle_pending_inbound_connection(connection(number), &host(1), from);
    denied.map_err(|denied| denied.downcast::<Denial>().unwrap())
}

/// Has a host that knocked come in as a node.
fn enter(gate: &mut Gate, number: usize, peer: PeerId, from: &Multiaddr) -> Result<(), Denial> {
    let denied = gate.handle_established_inbound_connection(connection(number), peer, &host(1), from);
    denied.map_err(|denied| denied.downcast::<Denial>().unwrap())?;
    let endpoint = ConnectedPoint::Listener { local_addr: host(1), send_back_addr: from.clone() };
    establish(gate, number, peer, &endpoint);
    Ok(())
}

/// Tells the gate that a connection is made.
fn establish(gate: &mut Gate, number: usize, peer_id: PeerId, endpoint: &ConnectedPoint) {
    gate.on_swarm_event(FromSwarm::ConnectionEstablished(ConnectionEstablished {
        peer_id,
        connection_id: connection(number),
        endpoint,
        failed_addresses: &[],
        other_established: 0,
    }));
}

/// Tells the gate that the last connection with a peer has ended.
fn close(gate: &mut Gate, number: usize, peer_id: PeerId) {
    let endpoint = ConnectedPoint::Listener { local_addr: host(1), send_back_addr: host(1) };
    gate.on_swarm_event(FromSwarm::ConnectionClosed(ConnectionClosed {
        peer_id,
        connection_id: connection(number),
        endpoint: &endpoint,
        cause: None,
        remaining_established: 0,
    }));
}

/// The id that libp2p gives a node.
fn peer(seed: u8) -> PeerId {
    node(seed).peer_id()
}

/// One handshake more than are made at a time is refused; a failed one makes room.
#[tokio::test]
async fn handshakes_are_limited() {
    let mut gate = gate();
    for number in 0..PENDING_MAX {
        assert_eq!(knock(&mut gate, number, &host(number)), Ok(()));
    }
    assert_eq!(knock(&mut gate, 1_000, &host(200)), Err(Denial::Pending));
    gate.on_swarm_event(FromSwarm::ListenFailure(ListenFailure {
        local_addr: &host(1),
        send_back_addr: &host(0),
        error: &ListenError::Aborted,
        connection_id: connection(0),
        peer_id: None,
    }));
    assert_eq!(knock(&mut gate, 1_001, &host(200)), Ok(()));
}

/// One inbound connection more than there is room for is refused; one that ends makes room.
#[tokio::test]
async fn inbound_is_limited() {
    let mut gate = gate();
    for (number, seed) in (1..=3).zip(1_u8..) {
        knock(&mut gate, number, &host(number)).unwrap();
        assert_eq!(enter(&mut gate, number, peer(seed), &host(number)), Ok(()));
    }
    knock(&mut gate, 4, &host(4)).unwrap();
    assert_eq!(enter(&mut gate, 4, peer(4), &host(4)), Err(Denial::Inbound(3)));
    close(&mut gate, 1, peer(1));
    knock(&mut gate, 5, &host(4)).unwrap();
    assert_eq!(enter(&mut gate, 5, peer(4), &host(4)), Ok(()));
}

/// One outbound connection more than there is room for is refused.
#[tokio::test]
async fn outbound_is_limited() {
    let mut gate = gate();
    for (number, seed) in (1..=2).zip(1_u8..) {
        assert!(gate.has_room_outbound());
        let dialled = gate.handle_pending_outbound_connection(connection(number), None, &[], Endpoint::Dialer);
        assert!(dialled.is_ok());
        let endpoint =
            ConnectedPoint::Dialer { address: host(number), role_override: Endpoint::Dialer, port_use: PortUse::New };
        establish(&mut gate, number, peer(seed), &endpoint);
    }
    assert!(!gate.has_room_outbound());
    let denied = gate.handle_pending_outbound_connection(connection(3), None, &[], Endpoint::Dialer).unwrap_err();
    assert_eq!(denied.downcast::<Denial>().unwrap(), Denial::Outbound(2));
}

/// An address has only so many connections, in one handshake or established; an IPv6 /64 is one address.
#[tokio::test]
async fn addresses_are_limited() {
    let mut gate = gate();
    let home = |number: usize| -> Multiaddr { format!("/ip6/2001:db8:1:2::{number}/tcp/1").parse().unwrap() };
    assert_eq!(knock(&mut gate, 1, &home(1)), Ok(()));
    assert_eq!(knock(&mut gate, 2, &home(2)), Ok(()));
    assert!(matches!(knock(&mut gate, 3, &home(3)), Err(Denial::Address(_))));
    let mapped: Multiaddr = "/ip6/::ffff:192.0.2.9/tcp/1".parse().unwrap();
    assert_eq!(knock(&mut gate, 4, &host(9)), Ok(()));
    assert_eq!(knock(&mut gate, 5, &mapped), Ok(()));
    assert!(matches!(knock(&mut gate, 6, &host(9)), Err(Denial::Address(_))));
}

/// An address may come only so often in a short time, however short its visits are.
#[tokio::test]
async fn arrivals_are_limited() {
    let mut gate = Gate::new(Config { inbound_per_address_burst: 5, ..Config::loopback() });
    let visit = |gate: &mut Gate, number: usize| {
        let knocked = knock(gate, number, &host(1));
        gate.pending.clear();
        knocked
    };
    for number in 0..5 {
        assert_eq!(visit(&mut gate, number), Ok(()));
    }
    assert!(matches!(visit(&mut gate, 5), Err(Denial::Arrivals(_))));
    assert_eq!(knock(&mut gate, 6, &host(2)), Ok(()));
}

/// A node has two connections at most; a banned one, and one that is no node, none.
#[tokio::test]
async fn nodes_are_checked() {
    let mut gate = gate();
    for number in 1..=PER_NODE_MAX {
        assert_eq!(enter(&mut gate, number, peer(1), &host(number)), Ok(()));
    }
    assert_eq!(enter(&mut gate, 9, peer(1), &host(9)), Err(Denial::Node(node(1))));
    assert_eq!(enter(&mut gate, 9, PeerId::random(), &host(9)), Err(Denial::NoNode));
    let now = Instant::now();
    gate.bans.ban(node(2), None, "garbage", Config::loopback().ban_duration, now);
    let banned = Denial::NodeBanned { node: node(2), reason: "garbage".to_owned() };
    assert_eq!(enter(&mut gate, 9, peer(2), &host(9)), Err(banned));
    gate.expire(now + Config::loopback().ban_duration);
    assert_eq!(enter(&mut gate, 9, peer(2), &host(9)), Ok(()));
}
