//! What is read and written of nodes, peers and synchronisation.

use std::time::Duration;

use faic_node::{
    p2p::{NodeInfo, NodeState, PeerInfo},
    services::NodeView,
    sync::SyncStatus,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::schema;

/// How far the node is behind its peers.
#[derive(Serialize, ToSchema)]
pub(crate) struct Sync {
    /// The height of its last block.
    #[schema(value_type = schema::Height)]
    height: u64,
    /// The highest block that a peer tells of; its own where none tells of a higher one.
    #[schema(value_type = schema::Height)]
    target: u64,
    /// Whether it has what its peers tell of.
    done: bool,
    /// How many blocks a second it takes over while it catches up; otherwise 0.
    #[schema(minimum = 0, example = 0)]
    blocks_per_second: f64,
    /// How many milliseconds it may take to reach the target; null where that is not known.
    #[schema(value_type = schema::OptionalMs, required = true)]
    eta_ms: Option<u64>,
}

impl From<SyncStatus> for Sync {
    fn from(status: SyncStatus) -> Self {
        Self {
            height: status.height,
            target: status.target,
            done: status.is_done(),
            blocks_per_second: status.blocks_per_second,
            eta_ms: status.eta.map(milliseconds),
        }
    }
}

/// The node.
#[derive(Serialize, ToSchema)]
#[schema(as = Node)]
pub(crate) struct NodeAnswer {
    /// Its id.
    #[schema(value_type = schema::NodeId)]
    id: String,
    /// What it does for the network.
    #[schema(value_type = schema::NodeType)]
    node_type: &'static str,
    /// The version of its program.
    #[schema(example = "0.1.0")]
    version: &'static str,
    /// The validator key that it votes with; null where it has none.
    #[schema(value_type = Option<schema::PublicKey>, required = true)]
    validator: Option<String>,
    /// The height from which it votes with it, while it restrains from voting because the journal of its earlier votes was
    /// lost or reaches further than the chain; null otherwise.
    #[schema(value_type = Option<schema::Height>, required = true)]
    vote_from: Option<u64>,
    /// Whether it talks to other nodes.
    networked: bool,
    /// Where it listens, for others to connect to.
    #[schema(value_type = Vec<schema::NodeAddress>)]
    addresses: Vec<String>,
    /// The chain that it follows.
    #[schema(value_type = schema::ChainId)]
    chain_id: String,
    /// The height of its last final block.
    #[schema(value_type = schema::Height)]
    height: u64,
    /// The id of its last final block; of the genesis document at height 0.
    #[schema(value_type = schema::Hash)]
    head: String,
    /// How busy it is, from 0 to 100.
    #[schema(minimum = 0, maximum = 100)]
    load_percent: u8,
    /// How many peers are connected.
    peers: usize,
    /// How far it is behind them.
    sync: Sync,
}

impl From<NodeView> for NodeAnswer {
    fn from(view: NodeView) -> Self {
        Self {
            id: view.id.to_string(),
            node_type: view.node_type.name(),
            version: env!("CARGO_PKG_VERSION"),
            validator: view.validator.map(|key| key.to_string()),
            vote_from: view.vote_from,
            networked: view.is_networked,
            addresses: view.addresses.iter().map(ToString::to_string).collect(),
            chain_id: view.chain_id.to_string(),
            height: view.height,
            head: view.head.to_string(),
            load_percent: view.load_percent,
            peers: view.peers,
            sync: view.sync.into(),
        }
    }
}

/// What a node says about itself.
#[derive(Serialize, ToSchema)]
#[schema(as = NodeState)]
pub(crate) struct NodeStateAnswer {
    /// What it does for the network.
    #[schema(value_type = schema::NodeType)]
    node_type: &'static str,
    /// The version of its program.
    #[schema(max_length = 32, example = "0.1.0")]
    version: String,
    /// The chain that it follows.
    #[schema(value_type = schema::ChainId)]
    chain_id: String,
    /// The height of its last final block.
    #[schema(value_type = schema::Height)]
    height: u64,
    /// The id of its last final block.
    #[schema(value_type = schema::Hash)]
    head: String,
    /// How busy it is, from 0 to 100.
    #[schema(minimum = 0, maximum = 100)]
    load_percent: u8,
    /// The validator key that it votes with; null where it has none.
    #[schema(value_type = Option<schema::PublicKey>, required = true)]
    validator: Option<String>,
}

impl From<NodeState> for NodeStateAnswer {
    fn from(state: NodeState) -> Self {
        Self {
            node_type: state.node_type.name(),
            version: state.version,
            chain_id: state.chain_id.to_string(),
            height: state.height,
            head: state.head.to_string(),
            load_percent: state.load_percent,
            validator: state.validator.map(|key| key.to_string()),
        }
    }
}

/// A connected peer.
#[derive(Serialize, ToSchema)]
pub(crate) struct Peer {
    /// Its id.
    #[schema(value_type = schema::NodeId)]
    id: String,
    /// The other end of the connection.
    #[schema(value_type = schema::NodeAddress)]
    address: String,
    /// Who opened the connection: `inbound`, the peer; `outbound`, this node.
    #[schema(value_type = schema::Direction)]
    direction: String,
    /// How many milliseconds a message takes there and back; null until that is measured.
    #[schema(minimum = 0, required = true)]
    round_trip_ms: Option<f64>,
    /// Its standing: 0 for a good peer; at -100 it is banned.
    #[schema(maximum = 0)]
    score: i32,
    /// For how long it has been connected.
    #[schema(value_type = schema::Ms)]
    connected_for_ms: u64,
    /// How long ago it last said something.
    #[schema(value_type = schema::Ms)]
    heard_ago_ms: u64,
    /// What it last said about itself.
    state: NodeStateAnswer,
}

/// The connected peers.
#[derive(Serialize, ToSchema)]
#[schema(as = PeerList)]
pub(crate) struct Peers {
    /// The peers, in the order of their ids.
    peers: Vec<Peer>,
}

impl From<Vec<PeerInfo>> for Peers {
    fn from(peers: Vec<PeerInfo>) -> Self {
        let peer = |peer: PeerInfo| Peer {
            id: peer.id.to_string(),
            address: peer.address.to_string(),
            direction: peer.direction.to_string(),
            round_trip_ms: peer.round_trip.map(|round_trip| round_trip.as_secs_f64() * 1_000.0),
            score: peer.score,
            connected_for_ms: milliseconds(peer.connected_for),
            heard_ago_ms: milliseconds(peer.heard_ago),
            state: peer.state.into(),
        };
        Self { peers: peers.into_iter().map(peer).collect() }
    }
}

/// A node that somebody knows.
#[derive(Serialize, ToSchema)]
pub(crate) struct KnownNode {
    /// Its id.
    #[schema(value_type = schema::NodeId)]
    id: String,
    /// Where it may be reached.
    #[schema(value_type = Vec<schema::NodeAddress>, max_items = 8)]
    addresses: Vec<String>,
    /// What it last said about itself; null where that is not known.
    #[schema(required = true)]
    state: Option<NodeStateAnswer>,
}

/// The nodes that are known.
#[derive(Serialize, ToSchema)]
pub(crate) struct KnownNodes {
    /// The nodes, without this one.
    nodes: Vec<KnownNode>,
}

impl From<Vec<NodeInfo>> for KnownNodes {
    fn from(nodes: Vec<NodeInfo>) -> Self {
        let node = |node: NodeInfo| KnownNode {
            id: node.id.to_string(),
            addresses: node.addresses.iter().map(ToString::to_string).collect(),
            state: node.state.map(NodeStateAnswer::from),
        };
        Self { nodes: nodes.into_iter().map(node).collect() }
    }
}

/// Whom to connect to.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConnectPeer {
    /// Where the other node listens.
    #[schema(value_type = schema::NodeAddress)]
    pub(super) address: String,
}

/// Who answered.
#[derive(Serialize, ToSchema)]
pub(crate) struct ConnectedPeer {
    /// The id of the other node.
    #[schema(value_type = schema::NodeId)]
    pub(super) id: String,
}

/// A time in whole milliseconds.
fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
