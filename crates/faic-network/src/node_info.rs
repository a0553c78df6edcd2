//! What is known of a node: of any, as peers tell of each other; of a connected one, as this node sees it itself.

use std::{fmt, io, time::Duration};

use borsh::{BorshDeserialize, BorshSerialize};
use faic_core::bounded;

use crate::{NodeAddress, NodeId, NodeState};

/// The most addresses that are told and kept of one node.
pub const ADDRESSES_MAX: usize = 8;

/// A node, as somebody knows it: hearsay, unless it is about a peer of this node.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct NodeInfo {
    /// The node.
    pub id: NodeId,
    /// Where it may be reached; at most [`ADDRESSES_MAX`].
    #[borsh(deserialize_with = "read_addresses")]
    pub addresses: Vec<NodeAddress>,
    /// What it last said about itself, where that is known.
    pub state: Option<NodeState>,
}

/// Reads at most [`ADDRESSES_MAX`] addresses.
fn read_addresses<R: io::Read>(reader: &mut R) -> io::Result<Vec<NodeAddress>> {
    bounded::read_list(reader, ADDRESSES_MAX)
}

/// Who opened a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// The peer did.
    Inbound,
    /// This node did.
    Outbound,
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Inbound => "inbound",
            Self::Outbound => "outbound",
        })
    }
}

/// A connected peer that has said hello.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeerInfo {
    /// The peer.
    pub id: NodeId,
    /// The other end of the connection.
    pub address: NodeAddress,
    /// Who opened it.
    pub direction: Direction,
    /// How long a ping took there and back, once one has returned.
    pub round_trip: Option<Duration>,
    /// What the peer last said about itself.
    pub state: NodeState,
    /// Its standing: 0 for a good peer; what it does wrong lowers it, and at -100 it is banned.
    pub score: i32,
    /// For how long it has been connected.
    pub connected_for: Duration,
    /// How long ago it last said anything about itself.
    pub heard_ago: Duration,
}
