//! Tests of states and their signatures.

use super::{NodeState, NodeType, SignedNodeState, UnknownNodeType, VERSION_BYTES_MAX};
use crate::samples::{secret, state};

/// The state's bytes, read back.
fn reread(state: &NodeState) -> Result<NodeState, std::io::Error> {
    borsh::from_slice(&borsh::to_vec(state).unwrap())
}

/// Whatever of a signed state changes, its signature does not cover it.
#[test]
fn signature_covers_everything() {
    let good = SignedNodeState::sign(&secret(1), 5, state());
    assert!(good.verify());
    let other = SignedNodeState::sign(&secret(2), 5, state());
    let mut changed = NodeState { height: 8, ..state() };
    changed.load_percent = 1;
    for bad in [
        SignedNodeState { time_ms: 6, ..good.clone() },
        SignedNodeState { node: other.node, ..good.clone() },
        SignedNodeState { state: changed, ..good.clone() },
        SignedNodeState { signature: other.signature, ..good },
    ] {
        assert!(!bad.verify());
    }
}

/// A version that is too long or could forge a log line, and a load over a hundred, are refused.
#[test]
fn limits_of_a_state() {
    let longest = NodeState { version: "v".repeat(VERSION_BYTES_MAX), load_percent: 100, ..state() };
    assert_eq!(reread(&longest).unwrap(), longest);
    for bad in [
        NodeState { version: "v".repeat(VERSION_BYTES_MAX + 1), ..state() },
        NodeState { version: "1\nWARN".to_owned(), ..state() },
        NodeState { load_percent: 101, ..state() },
    ] {
        assert!(reread(&bad).is_err(), "{bad:?}");
    }
}

/// Each type of node has a name that reads back.
#[test]
fn names_of_types() {
    for node_type in NodeType::ALL {
        assert_eq!(node_type.to_string().parse(), Ok(node_type));
    }
    assert_eq!("light".parse::<NodeType>(), Err(UnknownNodeType));
}
