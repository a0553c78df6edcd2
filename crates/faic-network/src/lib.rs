//! What peers say to each other and how it travels.
//!
//! The only crate that knows libp2p; no type of it appears in this interface. It carries messages, knows peers, and
//! punishes those that misbehave; what a transaction, a block or a vote means is for the [`Inbox`] to say. The invariant:
//! whatever a peer sends, memory stays bounded and the node goes on; every limit has a name.

pub mod config;
pub mod message;
pub mod node_address;
pub mod node_id;
pub mod node_info;
pub mod node_state;

mod inbox;
mod interface;

pub mod basic;
pub mod simulated;

mod connection_manager;
mod message_handler;
mod state_manager;

#[cfg(test)]
mod samples;

pub use basic::{BasicNetwork, ChainInfo, NetworkTask, PROTOCOL_VERSION, Setup};
pub use config::Config;
pub use inbox::{Inbox, PeerEvent, Verdict};
pub use interface::{NetworkError, P2PNetworkInterface};
pub use message::{
    BalanceAnswer, BlocksRequest, DiscoverNodesRequest, GetBalanceRequest, NetworkMessage, ResponseMessage,
    SnapshotChunkRequest, SnapshotPiece,
};
pub use node_address::NodeAddress;
pub use node_id::NodeId;
pub use node_info::{Direction, NodeInfo, PeerInfo};
pub use node_state::{NodeState, NodeType, SignedNodeState};
pub use simulated::{SimulatedHub, SimulatedNetwork};
