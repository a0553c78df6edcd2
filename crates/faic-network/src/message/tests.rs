//! Tests of messages: one spelling, and every limit refuses the next.

use proptest::prelude::*;

use super::{
    BLOCKS_MAX, MESSAGE_BYTES_MAX, MESSAGE_VERSION, MessageError, NODES_MAX, NetworkMessage, REASON_BYTES_MAX,
    ResponseMessage, SNAPSHOT_BYTES_MAX, SNAPSHOT_CHUNK_BYTES_MAX, TRANSFERS_MAX, TRANSFERS_OVERHEAD_BYTES,
    bytes_max_of_kind,
};
use crate::{
    NodeInfo,
    node_info::ADDRESSES_MAX,
    samples::{address, any_message, node, payment, state},
};

proptest! {
    /// Every message reads back as itself, within the limit of its kind.
    #[test]
    fn round_trip(message in any_message()) {
        let bytes = message.to_bytes();
        prop_assert_eq!(NetworkMessage::from_bytes(&bytes), Ok(message));
    }

    /// Whatever bytes are read as a message are the ones that it is written as.
    #[test]
    fn one_spelling(message in any_message(), place in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = message.to_bytes();
        let place = place.index(bytes.len());
        bytes[place] = byte;
        if let Ok(read) = NetworkMessage::from_bytes(&bytes) {
            prop_assert_eq!(read.to_bytes(), bytes);
        }
    }

    /// Arbitrary bytes are refused or read, and never panic.
    #[test]
    fn garbage(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = NetworkMessage::from_bytes(&bytes);
        let _ = NetworkMessage::from_bytes(&[&[MESSAGE_VERSION], bytes.as_slice()].concat());
    }
}

/// Other versions, kinds that there are not, and cut or lengthened messages are refused by name.
#[test]
fn unknown_heads_are_refused() {
    let good = NetworkMessage::Response(ResponseMessage::Done).to_bytes();
    assert_eq!(good, [MESSAGE_VERSION, 7, 0]);
    assert_eq!(NetworkMessage::from_bytes(&[2, 7, 0]), Err(MessageError::Version(2)));
    assert_eq!(NetworkMessage::from_bytes(&[1, 11, 0]), Err(MessageError::Kind(11)));
    for bad in [&[][..], &[1], &[1, 7], &[1, 7, 0, 0]] {
        assert!(matches!(NetworkMessage::from_bytes(bad), Err(MessageError::Malformed(_))), "{bad:?}");
    }
}

/// A message of one byte more than its kind allows is refused by its head, for every kind.
#[test]
fn one_byte_more_is_refused() {
    for kind in 0..11 {
        let bytes_max = bytes_max_of_kind(kind).unwrap();
        assert!(bytes_max <= MESSAGE_BYTES_MAX);
        assert_eq!(NetworkMessage::check_head([1, kind], bytes_max), Ok(()));
        let error = MessageError::TooLarge { bytes: bytes_max + 1, bytes_max };
        assert_eq!(NetworkMessage::check_head([1, kind], bytes_max + 1), Err(error.clone()));
        let mut bytes = vec![0; bytes_max + 1];
        bytes[..2].copy_from_slice(&[1, kind]);
        assert_eq!(NetworkMessage::from_bytes(&bytes), Err(error));
    }
}

/// One node, one address or one block more than a list may have is refused.
#[test]
fn longer_lists_are_refused() {
    let info =
        |addresses: usize| NodeInfo { id: node(1), addresses: vec![address(1); addresses], state: Some(state()) };
    let blocks = |count: u32| NetworkMessage::Response(ResponseMessage::Blocks((0..count).map(|_| vec![0]).collect()));
    for good in [NetworkMessage::NodeList(vec![info(ADDRESSES_MAX); NODES_MAX]), blocks(BLOCKS_MAX)] {
        assert_eq!(NetworkMessage::from_bytes(&good.to_bytes()), Ok(good));
    }
    for bad in [
        NetworkMessage::NodeList(vec![info(0); NODES_MAX + 1]),
        NetworkMessage::NodeList(vec![info(ADDRESSES_MAX + 1)]),
        blocks(BLOCKS_MAX + 1),
    ] {
        assert!(matches!(NetworkMessage::from_bytes(&bad.to_bytes()), Err(MessageError::Malformed(_))));
    }
}

/// Gossip without a transaction, or with one more than it may carry, is refused; the largest transaction finds room.
#[test]
fn transfers_are_bounded() {
    let transfers = |count: usize| NetworkMessage::Transfers(vec![payment(1); count]);
    for good in [transfers(1), transfers(TRANSFERS_MAX)] {
        assert_eq!(NetworkMessage::from_bytes(&good.to_bytes()), Ok(good));
    }
    for bad in [transfers(0), transfers(TRANSFERS_MAX + 1)] {
        assert!(matches!(NetworkMessage::from_bytes(&bad.to_bytes()), Err(MessageError::Malformed(_))));
    }
    let bytes = payment(1).to_bytes().len();
    assert_eq!(transfers(1).to_bytes().len(), bytes + TRANSFERS_OVERHEAD_BYTES);
}

/// One byte more than a snapshot's description or piece may have is refused.
#[test]
fn larger_snapshots_are_refused() {
    type Answer = fn(Vec<u8>) -> ResponseMessage;
    let cases: [(Answer, usize); 2] =
        [(ResponseMessage::Snapshot, SNAPSHOT_BYTES_MAX), (ResponseMessage::SnapshotChunk, SNAPSHOT_CHUNK_BYTES_MAX)];
    for (answer, bytes_max) in cases {
        let message = |bytes| NetworkMessage::Response(answer(vec![1; bytes]));
        let good = message(bytes_max);
        assert_eq!(NetworkMessage::from_bytes(&good.to_bytes()), Ok(good));
        let bad = NetworkMessage::from_bytes(&message(bytes_max + 1).to_bytes());
        assert!(matches!(bad, Err(MessageError::Malformed(_))));
    }
}

/// A reason is cut at a limit between characters and cannot forge a log line; one that could is refused.
#[test]
fn reasons_are_harmless() {
    let ResponseMessage::Refused { reason } = ResponseMessage::refused("é\n".repeat(REASON_BYTES_MAX)) else {
        panic!()
    };
    assert!(reason.len() <= REASON_BYTES_MAX && !reason.contains('\n'));
    for reason in ["a\nb".to_owned(), "a".repeat(REASON_BYTES_MAX + 1)] {
        let bytes = NetworkMessage::Response(ResponseMessage::Refused { reason }).to_bytes();
        assert!(matches!(NetworkMessage::from_bytes(&bytes), Err(MessageError::Malformed(_))));
    }
}
