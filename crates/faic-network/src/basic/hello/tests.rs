//! Tests of the first words.

use faic_core::{ChainId, Hash};

use super::{ChainInfo, HELLO_BYTES_MAX, Hello, HelloAnswer, HelloError, PROTOCOL_VERSION};
use crate::{
    NodeState, SignedNodeState,
    node_state::VERSION_BYTES_MAX,
    samples::{chain, secret, state},
};

/// The chain of the samples.
fn info() -> ChainInfo {
    ChainInfo { id: chain(), genesis: Hash::from_bytes([1; 32]) }
}

/// The hello of a node on that chain.
fn hello() -> Hello {
    Hello { chain_id: chain(), genesis: info().genesis, state: SignedNodeState::sign(&secret(1), 1, state()) }
}

/// A hello of the same chain is read as it was said, and fits its limit however long its texts are.
#[test]
fn same_chain_is_welcome() {
    assert_eq!(Hello::check(&hello().to_bytes(), &info()), Ok(hello()));
    let chain_id = ChainId::new("c".repeat(32)).unwrap();
    let validator = Some(secret(2).public_key());
    let longest =
        NodeState { version: "v".repeat(VERSION_BYTES_MAX), chain_id: chain_id.clone(), validator, ..state() };
    let longest = Hello { chain_id, state: SignedNodeState::sign(&secret(1), 1, longest), ..hello() };
    assert!(longest.to_bytes().len() < HELLO_BYTES_MAX);
}

/// Each difference is refused by its name; the version comes first, because nothing after it can be relied on.
#[test]
fn differences_are_named() {
    let other = ChainInfo { id: ChainId::new("other").unwrap(), ..info() };
    let error = Hello::check(&hello().to_bytes(), &other);
    assert_eq!(error, Err(HelloError::Chain { theirs: chain(), ours: other.id }));
    let other = ChainInfo { genesis: Hash::from_bytes([2; 32]), ..info() };
    let error = Hello::check(&hello().to_bytes(), &other);
    assert_eq!(error, Err(HelloError::Genesis { theirs: "01010101".to_owned(), ours: "02020202".to_owned() }));
    let mut bytes = hello().to_bytes();
    bytes[0] = 9;
    assert_eq!(Hello::check(&bytes, &info()), Err(HelloError::Protocol { theirs: 9, ours: PROTOCOL_VERSION }));
    assert_eq!(Hello::check(&bytes[..2], &info()), Err(HelloError::Protocol { theirs: 9, ours: PROTOCOL_VERSION }));
    let version = PROTOCOL_VERSION.to_le_bytes();
    for bad in [&[][..], &[1], &version, &[1, 0, 5]] {
        assert_eq!(Hello::check(bad, &info()), Err(HelloError::Malformed));
    }
}

/// Each node's log says of itself "this node" and of the other "the peer", whichever of them refused.
#[test]
fn both_sides_are_named() {
    let id = |text: &str| ChainId::new(text).unwrap();
    let error = HelloError::Chain { theirs: id("mine"), ours: id("yours") };
    assert_eq!(error.to_string(), "the peer follows the chain mine, and this node follows the chain yours");
    assert_eq!(error.told(), "the peer follows the chain yours, and this node follows the chain mine");
    let error = HelloError::Protocol { theirs: 9, ours: 1 };
    assert_eq!(error.told(), HelloError::Protocol { theirs: 1, ours: 9 }.to_string());
    let error = HelloError::Genesis { theirs: "a".to_owned(), ours: "b".to_owned() };
    assert_eq!(error.told(), HelloError::Genesis { theirs: "b".to_owned(), ours: "a".to_owned() }.to_string());
    for error in [HelloError::Malformed, HelloError::State] {
        assert!(error.told().contains("this node's") && !error.to_string().contains("this node"), "{error}");
    }
}

/// Answers read back; a reason cannot forge a line of the log, nor be endless.
#[test]
fn answers_round_trip() {
    for answer in [HelloAnswer::Hello(hello().to_bytes()), HelloAnswer::Refused("another chain".to_owned())] {
        assert_eq!(HelloAnswer::from_bytes(&answer.to_bytes()), Some(answer));
    }
    let forged = HelloAnswer::Refused("x\nERROR".repeat(99)).to_bytes();
    let Some(HelloAnswer::Refused(reason)) = HelloAnswer::from_bytes(&forged) else { panic!() };
    assert!(reason.len() <= 256 && !reason.contains('\n'));
    assert_eq!(HelloAnswer::from_bytes(&[]), None);
    assert_eq!(HelloAnswer::from_bytes(&[2]), None);
}
