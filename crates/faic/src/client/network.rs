//! The node among its peers and validators: what is asked, and the answers in the shape that they have over HTTP.

use faic_core::{Amount, Hash, Height};
use faic_node::p2p::{NodeAddress, NodeId};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::json;

use super::{ANSWER_TIMEOUT, Client, ClientError, amount, hash, url};

impl Client {
    /// What the node says about itself.
    pub(crate) fn node(&self) -> Result<NodeAnswer, ClientError> {
        self.get("/v1/node", ANSWER_TIMEOUT)
    }

    /// The connected peers.
    pub(crate) fn peers(&self) -> Result<Vec<PeerAnswer>, ClientError> {
        self.get("/v1/node/peers", ANSWER_TIMEOUT).map(|PeersAnswer { peers }| peers)
    }

    /// The nodes that the node and its peers know.
    pub(crate) fn known_nodes(&self) -> Result<Vec<KnownNode>, ClientError> {
        self.get("/v1/network/nodes", ANSWER_TIMEOUT).map(|KnownNodes { nodes }| nodes)
    }

    /// What another node says about itself.
    pub(crate) fn peer_state(&self, id: &NodeId) -> Result<NodeStateAnswer, ClientError> {
        self.get(&format!("/v1/node/peers/{}/state", url::escape(&id.to_string())), ANSWER_TIMEOUT)
    }

    /// Lets the node connect to another, whose id is the answer.
    pub(crate) fn connect_peer(&self, address: &NodeAddress, token: &str) -> Result<String, ClientError> {
        let body = json!({ "address": address.to_string() });
        self.post("/v1/node/peers", Some(token), &body).map(|ConnectedPeer { id }| id)
    }

    /// Lets the node close its connection to a peer.
    pub(crate) fn disconnect_peer(&self, id: &NodeId, token: &str) -> Result<(), ClientError> {
        self.delete(&format!("/v1/node/peers/{}", url::escape(&id.to_string())), token)
    }

    /// Lets the node ask all its peers how far they are.
    pub(crate) fn sync(&self, token: &str) -> Result<SyncAnswer, ClientError> {
        self.post("/v1/node/sync", Some(token), &json!({}))
    }

    /// The validators that decide a height; the next one when none is given.
    pub(crate) fn validators(&self, height: Option<Height>) -> Result<ValidatorsAnswer, ClientError> {
        let query = height.map(|height| format!("?height={height}")).unwrap_or_default();
        self.get(&format!("/v1/validators{query}"), ANSWER_TIMEOUT)
    }
}

/// What a node says about itself.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct NodeAnswer {
    /// Its id.
    pub(crate) id: String,
    /// What it does for the network.
    pub(crate) node_type: String,
    /// The version of its program.
    pub(crate) version: String,
    /// Its validator key, where it has one.
    pub(crate) validator: Option<String>,
    /// The height from which it votes, while it restrains from voting.
    pub(crate) vote_from: Option<Height>,
    /// Whether it talks to others.
    pub(crate) networked: bool,
    /// Where it listens.
    pub(crate) addresses: Vec<String>,
    /// The chain.
    pub(crate) chain_id: String,
    /// The height of its last block.
    pub(crate) height: Height,
    /// The id of its last block.
    #[serde(deserialize_with = "hash", serialize_with = "text")]
    pub(crate) head: Hash,
    /// How busy it is, in percent.
    pub(crate) load_percent: u8,
    /// How many peers it has.
    pub(crate) peers: usize,
    /// How far it is behind them.
    pub(crate) sync: SyncAnswer,
}

/// How far a node is behind its peers.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct SyncAnswer {
    /// The height of its last block.
    pub(crate) height: Height,
    /// The highest block that a peer tells of.
    pub(crate) target: Height,
    /// Whether it has what its peers tell of.
    pub(crate) done: bool,
    /// How many blocks a second it takes over.
    pub(crate) blocks_per_second: f64,
    /// How long it may take, where that is known.
    pub(crate) eta_ms: Option<u64>,
}

/// The connected peers.
#[derive(Deserialize)]
struct PeersAnswer {
    /// The peers.
    peers: Vec<PeerAnswer>,
}

/// A connected peer.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct PeerAnswer {
    /// Its id.
    pub(crate) id: String,
    /// The other end of the connection.
    pub(crate) address: String,
    /// Who opened it.
    pub(crate) direction: String,
    /// How long a message takes there and back, where that was measured.
    pub(crate) round_trip_ms: Option<f64>,
    /// Its standing.
    pub(crate) score: i32,
    /// For how long it has been connected.
    pub(crate) connected_for_ms: u64,
    /// How long ago it last said something.
    pub(crate) heard_ago_ms: u64,
    /// What it last said about itself.
    pub(crate) state: NodeStateAnswer,
}

/// What another node says about itself.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct NodeStateAnswer {
    /// What it does for the network.
    pub(crate) node_type: String,
    /// The version of its program.
    pub(crate) version: String,
    /// The chain.
    pub(crate) chain_id: String,
    /// The height of its last block.
    pub(crate) height: Height,
    /// The id of its last block.
    #[serde(deserialize_with = "hash", serialize_with = "text")]
    pub(crate) head: Hash,
    /// How busy it is, in percent.
    pub(crate) load_percent: u8,
    /// Its validator key, where it has one.
    pub(crate) validator: Option<String>,
}

/// The known nodes.
#[derive(Deserialize)]
struct KnownNodes {
    /// The nodes.
    nodes: Vec<KnownNode>,
}

/// A node that somebody knows.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct KnownNode {
    /// Its id.
    pub(crate) id: String,
    /// Where it may be reached.
    pub(crate) addresses: Vec<String>,
    /// What it last said about itself, where that is known.
    pub(crate) state: Option<NodeStateAnswer>,
}

/// Who answered a connection.
#[derive(Deserialize)]
struct ConnectedPeer {
    /// The id of the other node.
    id: String,
}

/// The validators of a height, and all who have money at stake now.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ValidatorsAnswer {
    /// The height that they decide.
    pub(crate) height: Height,
    /// The sum of the stakes.
    #[serde(deserialize_with = "amount", serialize_with = "nano")]
    pub(crate) total_stake: Amount,
    /// The validators.
    pub(crate) validators: Vec<ValidatorItem>,
    /// Who has money at stake or on its way back.
    pub(crate) candidates: Vec<CandidateItem>,
}

/// A validator.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ValidatorItem {
    /// The key that votes.
    pub(crate) key: String,
    /// The account that receives its share of the fees.
    pub(crate) operator: String,
    /// The weight of its vote.
    #[serde(deserialize_with = "amount", serialize_with = "nano")]
    pub(crate) stake: Amount,
}

/// Who has money at stake or on its way back.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct CandidateItem {
    /// The account whose money it is.
    pub(crate) operator: String,
    /// The key that votes.
    pub(crate) key: String,
    /// The money at stake.
    #[serde(deserialize_with = "amount", serialize_with = "nano")]
    pub(crate) stake: Amount,
    /// The money on its way back.
    pub(crate) unbonding: Vec<UnbondingItem>,
    /// Whether it may be a validator.
    pub(crate) status: String,
    /// The height since which it may not.
    pub(crate) since: Option<Height>,
    /// How many blocks in a row lack its signature.
    pub(crate) absent_blocks: u32,
}

/// Money on its way back.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct UnbondingItem {
    /// The first height at which it can be withdrawn.
    pub(crate) release: Height,
    /// How much it is.
    #[serde(deserialize_with = "amount", serialize_with = "nano")]
    pub(crate) amount: Amount,
}

/// Writes an amount in nano, as the node does.
fn nano<S: Serializer>(amount: &Amount, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&amount.nano())
}

/// Writes a hash as the node does.
fn text<S: Serializer>(hash: &Hash, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(hash)
}
