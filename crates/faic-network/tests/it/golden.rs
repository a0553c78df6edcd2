//! The golden file: the bytes of one message of every kind, made of fixed keys.
//!
//! A difference is a change of the protocol, never a repair of this test.

use std::{collections::BTreeMap, fs, path::PathBuf};

use faic_core::{Address, Hash};
use faic_network::{
    BalanceAnswer, BlocksRequest, DiscoverNodesRequest, GetBalanceRequest, NetworkMessage, NodeId, NodeInfo, NodeState,
    NodeType, ResponseMessage, SignedNodeState, SnapshotChunkRequest, SnapshotPiece,
};

use crate::node::{chain, handed, payment, secret, state};

/// The variable that makes the test write the file in place of comparing with it.
const UPDATE: &str = "FAIC_UPDATE_GOLDEN";

/// What a person reads whose change has changed bytes.
const HOW_TO_CHANGE: &str = "\
Messages are part of the protocol: other nodes read the old bytes. If you did not mean to change them, undo what did. If
you did, it needs a decision record (docs/adr/README.md) and another MESSAGE_VERSION or PROTOCOL_VERSION; then write the
file anew with FAIC_UPDATE_GOLDEN=1 cargo test -p faic-network golden";

/// One message of every kind, by name.
fn messages() -> Vec<(&'static str, NetworkMessage)> {
    let validator = NodeState {
        node_type: NodeType::Validator,
        load_percent: 100,
        validator: Some(secret(3).public_key()),
        ..state(&chain())
    };
    let addresses = ["/ip4/192.0.2.1/tcp/8421", "/dns4/seed.example/udp/8421/quic-v1"];
    let info = |state: Option<NodeState>| NodeInfo {
        id: NodeId::new(secret(2).public_key()),
        addresses: addresses.iter().map(|address| address.parse().unwrap()).collect(),
        state,
    };
    let balance = BalanceAnswer {
        height: 7,
        account: Some(vec![1, 2]),
        proof: vec![3],
        header: vec![4, 5, 6],
        certificate: Vec::new(),
    };
    let chunk = |piece| NetworkMessage::GetSnapshotChunk(SnapshotChunkRequest { height: 7, piece });
    vec![
        ("get_balance", NetworkMessage::GetBalance(GetBalanceRequest { address: Address::from_bytes([5; 32]) })),
        ("transfer", handed(1)),
        ("node_state", NetworkMessage::NodeState(SignedNodeState::sign(&secret(1), 9, state(&chain())))),
        (
            "node_state of a validator",
            NetworkMessage::NodeState(SignedNodeState::sign(&secret(1), 9, validator.clone())),
        ),
        ("discover_nodes", NetworkMessage::DiscoverNodes(DiscoverNodesRequest { count_max: 64 })),
        ("node_list", NetworkMessage::NodeList(vec![info(None), info(Some(validator))])),
        ("get_blocks", NetworkMessage::GetBlocks(BlocksRequest { from: 1, count: 256 })),
        ("consensus", NetworkMessage::Consensus(vec![0xff, 0])),
        ("response done", NetworkMessage::Response(ResponseMessage::Done)),
        ("response balance", NetworkMessage::Response(ResponseMessage::Balance(balance))),
        ("response blocks", NetworkMessage::Response(ResponseMessage::Blocks(vec![vec![1], vec![2, 3]]))),
        ("response refused", NetworkMessage::refused("not now")),
        ("response snapshot", NetworkMessage::Response(ResponseMessage::Snapshot(vec![1, 2]))),
        ("response snapshot_chunk", NetworkMessage::Response(ResponseMessage::SnapshotChunk(vec![3]))),
        ("transfers", NetworkMessage::Transfers(vec![payment(1), payment(2)])),
        ("get_snapshot", NetworkMessage::GetSnapshot),
        ("get_snapshot_chunk of handovers", chunk(SnapshotPiece::Handovers(2))),
        ("get_snapshot_chunk of a part", chunk(SnapshotPiece::Part(3))),
    ]
}

/// Every kind has the bytes that it always had, reads back from them, and has the id of gossip that it always had.
#[test]
fn golden_messages() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/messages.json");
    let id = |bytes: &[u8]| -> Hash { faic_core::Domain::GossipId.hash(&[bytes]) };
    let mut found = BTreeMap::new();
    for (name, message) in messages() {
        let bytes = message.to_bytes();
        assert_eq!(NetworkMessage::from_bytes(&bytes), Ok(message));
        found.insert(
            name.to_owned(),
            BTreeMap::from([("bytes", hex::encode(&bytes)), ("gossip_id", id(&bytes).to_string())]),
        );
    }
    let found = serde_json::to_string_pretty(&found).unwrap() + "\n";
    if std::env::var(UPDATE).is_ok_and(|value| value == "1") {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &found).unwrap();
    }
    let expected = fs::read_to_string(&path).unwrap();
    assert!(expected == found, "{HOW_TO_CHANGE}\n\nexpected:\n{expected}\nfound:\n{found}");
}
