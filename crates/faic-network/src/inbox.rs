//! What the network asks of the node above it.

use async_trait::async_trait;

use crate::{NetworkMessage, NodeId, NodeState};

/// What becomes of a gossiped message, and of the standing of the peer that passed it on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is good and new: it is passed on.
    Accept,
    /// It is known, late or of no use now: it is not passed on, and nobody is to blame.
    Ignore,
    /// No honest node would have passed it on: it is not passed on, and the peer's score falls.
    Reject {
        /// What is wrong with it, for the log.
        reason: String,
    },
}

/// Something that happened to a peer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PeerEvent {
    /// It has connected and said hello.
    Connected(NodeId, NodeState),
    /// It is gone; it may come back.
    Disconnected(NodeId),
    /// It told a newer state; a height above ours is a reason to ask it for blocks.
    StateChanged(NodeId, NodeState),
}

/// The node above the network.
///
/// The methods are called from several tasks at once, each within a time limit: a verdict that is late counts as
/// [`Verdict::Ignore`], an answer that is late is not sent. None of them may wait for the network itself.
#[async_trait]
pub trait Inbox: Send + Sync {
    /// Judges a message that was gossiped: [`Transfers`](NetworkMessage::Transfers) or
    /// [`Consensus`](NetworkMessage::Consensus).
    ///
    /// `from` is the peer that passed it on, not who wrote it; a message that must name its author carries that in its
    /// own bytes. The same bytes come once in about a minute at most, from whichever peer was first. Messages of the
    /// consensus come in the order of their arrival, one at a time; others may overtake each other.
    async fn receive(&self, from: NodeId, message: NetworkMessage) -> Verdict;

    /// Answers a message that a peer sent to this node alone: [`GetBalance`](NetworkMessage::GetBalance),
    /// [`Transfer`](NetworkMessage::Transfer), [`GetBlocks`](NetworkMessage::GetBlocks),
    /// [`GetSnapshot`](NetworkMessage::GetSnapshot), [`GetSnapshotChunk`](NetworkMessage::GetSnapshotChunk) or
    /// [`Consensus`](NetworkMessage::Consensus).
    ///
    /// The answer is a [`Response`](NetworkMessage::Response) or [`Consensus`](NetworkMessage::Consensus). Messages of
    /// one peer may be answered at the same time and in any order.
    async fn answer(&self, from: NodeId, request: NetworkMessage) -> NetworkMessage;

    /// What this node says about itself now; called often, so it must be quick.
    fn state(&self) -> NodeState;

    /// Takes note of what happened to a peer; called in the order of the events, and must be quick.
    fn peer_changed(&self, event: PeerEvent) {
        let _ = event;
    }
}
