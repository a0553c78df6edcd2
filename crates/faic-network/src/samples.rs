//! Sample values for this crate's tests: fixed keys, and arbitrary valid messages.

use faic_core::{
    Address, Amount, Authority, BasicCrypto, ChainId, Hash, SecretKey, SignedTransaction,
    crypto::sign_transaction,
    transaction::{Output, TransactionBuilder},
};
use proptest::{collection::vec, option, prelude::*};

use crate::{
    BalanceAnswer, BlocksRequest, DiscoverNodesRequest, GetBalanceRequest, NetworkMessage, NodeAddress, NodeId,
    NodeInfo, NodeState, NodeType, ResponseMessage, SignedNodeState, SnapshotChunkRequest, SnapshotPiece,
};

/// The secret key of a small seed.
pub(crate) fn secret(seed: u8) -> SecretKey {
    SecretKey::from_seed(&[seed; 32])
}

/// The node of a small seed.
pub(crate) fn node(seed: u8) -> NodeId {
    NodeId::new(secret(seed).public_key())
}

/// The chain of all samples.
pub(crate) fn chain() -> ChainId {
    ChainId::new("faic-test").unwrap()
}

/// The state of a full node at height 7.
pub(crate) fn state() -> NodeState {
    NodeState {
        node_type: NodeType::Full,
        version: "0.1.0".to_owned(),
        chain_id: chain(),
        height: 7,
        head: Hash::from_bytes([7; 32]),
        load_percent: 3,
        validator: None,
    }
}

/// An address on loopback.
pub(crate) fn address(port: u16) -> NodeAddress {
    format!("/ip4/127.0.0.1/tcp/{port}").parse().unwrap()
}

/// A signed payment of so many nano.
pub(crate) fn payment(nano: u64) -> SignedTransaction {
    let key = secret(1);
    let authority = Authority::multi(1, [key.public_key()]).unwrap();
    let output =
        Output { to: Address::from_bytes([2; 32]), amount: Amount::from_nano(nano).unwrap(), memo: String::new() };
    let transaction = TransactionBuilder::transfer(chain(), authority, vec![output]).valid_until(100).build(1).unwrap();
    sign_transaction(&BasicCrypto { key_manager: [key].into_iter().collect() }, transaction).unwrap()
}

/// Any state.
fn any_state() -> impl Strategy<Value = NodeState> {
    let node_type = prop_oneof![Just(NodeType::Full), Just(NodeType::Validator)];
    let validator = option::of((1_u8..9).prop_map(|seed| secret(seed).public_key()));
    (node_type, "[!-~]{0,32}", any::<u64>(), any::<[u8; 32]>(), 0_u8..=100, validator).prop_map(
        |(node_type, version, height, head, load_percent, validator)| {
            let head = Hash::from_bytes(head);
            NodeState { node_type, version, chain_id: chain(), height, head, load_percent, validator }
        },
    )
}

/// Any node that somebody tells of.
fn any_node() -> impl Strategy<Value = NodeInfo> {
    (1_u8..99, vec(any::<u16>().prop_map(address), 0..=8), option::of(any_state()))
        .prop_map(|(seed, addresses, state)| NodeInfo { id: node(seed), addresses, state })
}

/// Any answer.
fn any_response() -> impl Strategy<Value = ResponseMessage> {
    let bytes = || vec(any::<u8>(), 0..40);
    let balance = (any::<u64>(), option::of(bytes()), bytes(), bytes(), bytes());
    prop_oneof![
        Just(ResponseMessage::Done),
        balance.prop_map(|(height, account, proof, header, certificate)| {
            ResponseMessage::Balance(BalanceAnswer { height, account, proof, header, certificate })
        }),
        vec(bytes(), 0..9).prop_map(ResponseMessage::Blocks),
        "\\PC{0,300}".prop_map(ResponseMessage::refused),
        bytes().prop_map(ResponseMessage::Snapshot),
        bytes().prop_map(ResponseMessage::SnapshotChunk),
    ]
}

/// Any piece of a snapshot.
fn any_piece() -> impl Strategy<Value = SnapshotPiece> {
    prop_oneof![any::<u64>().prop_map(SnapshotPiece::Handovers), any::<u32>().prop_map(SnapshotPiece::Part)]
}

/// Any message.
pub(crate) fn any_message() -> impl Strategy<Value = NetworkMessage> {
    prop_oneof![
        any::<[u8; 32]>().prop_map(|bytes| {
            NetworkMessage::GetBalance(GetBalanceRequest { address: Address::from_bytes(bytes) })
        }),
        (1_u64..1_000_000).prop_map(|nano| NetworkMessage::Transfer(Box::new(payment(nano)))),
        (1_u8..9, any::<u64>(), any_state()).prop_map(|(seed, time, state)| NetworkMessage::NodeState(
            SignedNodeState::sign(&secret(seed), time, state)
        )),
        any::<u16>().prop_map(|count_max| NetworkMessage::DiscoverNodes(DiscoverNodesRequest { count_max })),
        vec(any_node(), 0..5).prop_map(NetworkMessage::NodeList),
        any::<(u64, u32)>().prop_map(|(from, count)| NetworkMessage::GetBlocks(BlocksRequest { from, count })),
        vec(any::<u8>(), 0..200).prop_map(NetworkMessage::Consensus),
        any_response().prop_map(NetworkMessage::Response),
        Just(NetworkMessage::GetSnapshot),
        vec(1_u64..1_000_000, 1..4)
            .prop_map(|nanos| NetworkMessage::Transfers(nanos.into_iter().map(payment).collect())),
        (any::<u64>(), any_piece())
            .prop_map(|(height, piece)| NetworkMessage::GetSnapshotChunk(SnapshotChunkRequest { height, piece })),
    ]
}
