//! Tests of states of peers.

use faic_core::ChainId;

use super::{News, StateManager};
use crate::{
    NodeState, SignedNodeState,
    samples::{chain, node, secret, state},
};

/// A manager of node 9.
fn manager() -> StateManager {
    StateManager::new(secret(9), chain())
}

/// A state at a height, signed by node 1.
fn signed(time_ms: u64, height: u64) -> SignedNodeState {
    SignedNodeState::sign(&secret(1), time_ms, NodeState { height, ..state() })
}

/// Each state that is signed is later than the one before, also within one millisecond.
#[test]
fn own_states_get_later() {
    let mut manager = manager();
    let states: Vec<_> = (0..50).map(|_| manager.sign(state())).collect();
    assert!(states.is_sorted_by(|left, right| left.time_ms < right.time_ms));
    assert!(states.iter().all(SignedNodeState::verify));
}

/// A later state replaces an earlier one, never the other way round, except with a new hello.
#[test]
fn later_replaces_earlier() {
    let mut manager = manager();
    assert!(manager.greet(node(1), signed(100, 7)));
    assert_eq!(manager.hear(node(1), signed(101, 7)), News::Same);
    assert_eq!(manager.hear(node(1), signed(102, 8)), News::Changed(signed(102, 8).state));
    assert_eq!(manager.hear(node(1), signed(102, 8)), News::Same);
    assert_eq!(manager.hear(node(1), signed(101, 9)), News::Same);
    assert_eq!(manager.state(&node(1)).map(|state| state.height), Some(8));
    assert!(manager.greet(node(1), signed(1, 5)));
    assert_eq!(manager.state(&node(1)).map(|state| state.height), Some(5));
    manager.forget(&node(1));
    assert_eq!(manager.state(&node(1)), None);
}

/// States of somebody else, without the right signature or of another chain are bad.
#[test]
fn bad_states() {
    let mut manager = manager();
    assert!(manager.greet(node(1), signed(100, 7)));
    let mut forged = signed(100, 8);
    forged.time_ms = 200;
    let elsewhere = NodeState { chain_id: ChainId::new("other").unwrap(), ..state() };
    let elsewhere = SignedNodeState::sign(&secret(1), 200, elsewhere);
    assert_eq!(manager.hear(node(2), signed(200, 8)), News::Bad);
    assert_eq!(manager.hear(node(1), forged), News::Bad);
    assert_eq!(manager.hear(node(1), elsewhere.clone()), News::Bad);
    assert!(!manager.greet(node(1), elsewhere));
    assert_eq!(manager.state(&node(1)).map(|state| state.height), Some(7));
}
