//! Tests of waiting in a lane.

use faic_core::Address;

use super::{Early, OF_PEER_MAX, OF_SENDER_MAX, WAITING_MAX};
use crate::testing::{address, node};

/// A lane wakes those that wait in it, and nobody else.
#[test]
fn lanes_wake() {
    let early = Early::default();
    let here = early.wait((address(1), 0), node(1)).unwrap();
    let there = early.wait((address(1), 1), node(1)).unwrap();
    early.wake(&(address(1), 0));
    early.wake(&(address(2), 0));
    assert!(here.moved.has_changed().unwrap() && !there.moved.has_changed().unwrap());
}

/// One too many of a sender, of a peer, and of all, do not wait; room that is left is given again.
#[test]
fn waiting_is_bounded() {
    let early = Early::default();
    let sender = |number: usize| Address::from_bytes([u8::try_from(number).unwrap(); 32]);
    let lane = |number: usize| u8::try_from(number % 16).unwrap();
    let mut waiting: Vec<_> =
        (0..OF_SENDER_MAX).map(|number| early.wait((sender(1), lane(number)), node(1)).unwrap()).collect();
    assert!(early.wait((sender(1), 0), node(2)).is_none(), "of the sender");
    let place = |number: usize| (sender(2 + number / OF_SENDER_MAX), lane(number));
    waiting.extend((OF_SENDER_MAX..OF_PEER_MAX).map(|number| early.wait(place(number), node(1)).unwrap()));
    assert!(early.wait((sender(200), 0), node(1)).is_none(), "of the peer");
    waiting.extend((OF_PEER_MAX..WAITING_MAX).map(|number| early.wait(place(number), node(2)).unwrap()));
    assert!(early.wait((sender(200), 0), node(3)).is_none(), "of all");
    waiting.pop();
    assert!(early.wait((sender(200), 0), node(3)).is_some());
    drop(waiting);
    let left = early.waiting();
    assert!(left.count == 0 && left.lanes.is_empty() && left.of_peer.is_empty() && left.of_sender.is_empty());
}
