//! Tests of which connections there should be.

use std::time::Duration;

use libp2p::swarm::ConnectionId;
use tokio::time::Instant;

use super::{ConnectionManager, Dial, Link, Stage, WANTED_MAX};
use crate::{
    Config, Direction, NodeAddress, NodeId,
    samples::{address, node},
};

/// A manager of node 9 with these bootstrap addresses, which wants two peers.
fn manager(bootstrap: &[NodeAddress]) -> ConnectionManager {
    let config = Config { bootstrap: bootstrap.to_vec(), peers_wanted: 2, ..Config::loopback() };
    ConnectionManager::new(config, node(9), None)
}

/// Has the manager take note of a connection that a dial made.
fn connect(manager: &mut ConnectionManager, number: usize, id: NodeId, dial: Dial, now: Instant) {
    let connection = ConnectionId::new_unchecked(number);
    let address = dial.addresses[0].clone();
    manager.dialling(connection, dial);
    manager.connected(id, Link { connection, direction: Direction::Outbound, address }, now);
}

/// The wanted addresses among the dials that are due.
fn wanted(manager: &ConnectionManager, now: Instant) -> Vec<NodeAddress> {
    manager.due_dials(now).into_iter().filter_map(|dial| dial.wanted).collect()
}

/// A bootstrap address is dialled until it answers, then again when it is lost, after a wait.
#[test]
fn bootstrap_is_redialled() {
    let now = Instant::now();
    let mut manager = manager(&[address(1)]);
    let dial = manager.due_dials(now).remove(0);
    assert_eq!(dial, Dial { node: None, addresses: vec![address(1)], wanted: Some(address(1)) });
    let connection = ConnectionId::new_unchecked(1);
    manager.dialling(connection, dial.clone());
    assert_eq!(manager.due_dials(now), []);
    manager.dial_failed(connection, "nobody is there", now);
    assert_eq!(manager.due_dials(now), []);
    let later = now + Duration::from_secs(1);
    assert_eq!(wanted(&manager, later), [address(1)]);
    connect(&mut manager, 2, node(1), dial, later);
    assert!(manager.greeted(&node(1), later) && !manager.greeted(&node(1), later));
    assert_eq!(wanted(&manager, later), []);
    let gone = manager.disconnected(&node(1), ConnectionId::new_unchecked(2), later).unwrap();
    assert!(gone.was_ready);
    assert_eq!(wanted(&manager, later), []);
    assert_eq!(wanted(&manager, later + Duration::from_secs(1)), [address(1)]);
}

/// A peer with two connections is gone with the second.
#[test]
fn last_connection_counts() {
    let now = Instant::now();
    let mut manager = manager(&[]);
    for number in [1, 2] {
        let dial = Dial { node: Some(node(1)), addresses: vec![address(1)], wanted: None };
        connect(&mut manager, number, node(1), dial, now);
    }
    assert!(manager.disconnected(&node(1), ConnectionId::new_unchecked(1), now).is_none());
    assert!(manager.disconnected(&node(1), ConnectionId::new_unchecked(2), now).is_some());
    assert!(manager.peer(&node(1)).is_none());
}

/// Known nodes are dialled until there are as many peers as wanted, and this node itself never is.
#[test]
fn known_nodes_fill_up() {
    let now = Instant::now();
    let mut manager = manager(&[]);
    for seed in [1, 2, 3, 9] {
        manager.book.learn(node(seed), &[address(u16::from(seed))]);
    }
    let dials = manager.due_dials(now);
    assert_eq!(dials.len(), 2);
    assert!(dials.iter().all(|dial| dial.node != Some(node(9))));
    for (number, dial) in dials.into_iter().enumerate() {
        connect(&mut manager, number, dial.node.unwrap(), dial, now);
    }
    assert_eq!(manager.due_dials(now), []);
}

/// A node that refused, or was refused, is left alone for the longest wait.
#[test]
fn refused_nodes_are_left_alone() {
    let now = Instant::now();
    let mut manager = manager(&[address(1)]);
    let dial = manager.due_dials(now).remove(0);
    connect(&mut manager, 1, node(1), dial, now);
    manager.leave(&node(1), now);
    assert!(matches!(manager.peer(&node(1)).unwrap().stage, Stage::Leaving(_)));
    assert!(!manager.greeted(&node(1), now));
    manager.disconnected(&node(1), ConnectionId::new_unchecked(1), now);
    assert_eq!(wanted(&manager, now + Config::loopback().dial_backoff_max / 2), []);
    assert_eq!(wanted(&manager, now + Config::loopback().dial_backoff_max), [address(1)]);
}

/// A node that an operator disconnected is dialled no more, until it is asked for again.
#[test]
fn dropped_nodes_are_not_dialled() {
    let now = Instant::now();
    let mut manager = manager(&[]);
    manager.book.learn(node(1), &[address(1)]);
    manager.want(address(1), Some(node(1)));
    assert_eq!(wanted(&manager, now), [address(1)]);
    manager.drop_wish(&node(1));
    assert_eq!(manager.due_dials(now), []);
    manager.want(address(1).with_node(&node(1)), None);
    assert_eq!(wanted(&manager, now), [address(1).with_node(&node(1))]);
}

/// An address of this node itself is forgotten once that is found out; one address too many is not redialled.
#[test]
fn wanted_addresses_are_limited() {
    let now = Instant::now();
    let mut manager = manager(&[address(1)]);
    let dial = manager.due_dials(now).remove(0);
    manager.dialling(ConnectionId::new_unchecked(1), dial);
    manager.is_own(ConnectionId::new_unchecked(1));
    assert_eq!(manager.due_dials(now + Duration::from_secs(60)), []);
    let most = u16::try_from(WANTED_MAX).unwrap();
    let redialled =
        |manager: &ConnectionManager, port: u16| manager.wanted.iter().any(|wanted| wanted.address == address(port));
    for port in 1..=most + 1 {
        manager.want(address(port), None);
    }
    assert!((1..=most).all(|port| redialled(&manager, port)));
    assert!(!redialled(&manager, most + 1));
    manager.want(address(1), Some(node(1)));
    assert_eq!((manager.wanted.len(), manager.wanted[0].met), (WANTED_MAX, Some(node(1))));
}

/// A wanted address that led to a node with connections enough has been reached, and a ready peer is found by where it is.
#[test]
fn enough_connections_are_no_failure() {
    let now = Instant::now();
    let mut manager = manager(&[address(2)]);
    let other = Dial { node: Some(node(1)), addresses: vec![address(1).with_node(&node(1))], wanted: None };
    connect(&mut manager, 1, node(1), other, now);
    assert_eq!(manager.ready_at(&address(1)), None);
    assert!(manager.greeted(&node(1), now));
    assert_eq!((manager.ready_at(&address(1)), manager.ready_at(&address(2))), (Some(node(1)), None));
    let dial = manager.due_dials(now).remove(0);
    manager.dialling(ConnectionId::new_unchecked(2), dial);
    manager.met_again(ConnectionId::new_unchecked(2), node(1));
    assert_eq!(wanted(&manager, now + Duration::from_secs(60)), []);
}

/// That a wanted address cannot be reached is news once, and again once it was reached; of other dials it never is.
#[test]
fn unreachable_is_news_once() {
    let now = Instant::now();
    let mut manager = manager(&[address(1)]);
    let dial = manager.due_dials(now).remove(0);
    assert!(manager.is_news(&dial) && !manager.is_news(&dial));
    connect(&mut manager, 1, node(1), dial.clone(), now);
    assert!(!manager.is_news(&dial));
    manager.greeted(&node(1), now);
    assert!(manager.is_news(&dial) && !manager.is_news(&dial));
    let other = Dial { node: Some(node(2)), addresses: vec![address(2)], wanted: None };
    assert!(!manager.is_news(&other));
    assert!(!manager.is_news(&Dial { wanted: Some(address(2)), ..other }));
}
