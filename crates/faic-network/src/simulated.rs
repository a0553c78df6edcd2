//! A network without sockets, for tests: links that lose, delay and part, from a seed.
//!
//! A [`SimulatedHub`] holds all nodes of one process; [`SimulatedNetwork`] is one node's handle and does what
//! [`BasicNetwork`](crate::BasicNetwork) does, as far as the nodes above can tell: gossip goes from peer to peer as the
//! verdicts say, answers come back or time out. On a current-thread runtime with paused time, everything that happens is
//! a function of the seed and of what the nodes do. What a network does by itself (dialling, heartbeats, limits, bans)
//! happens here only when a test asks for it.

mod hub;

use std::time::Duration;

use async_trait::async_trait;
use tokio::time::sleep;

pub use self::hub::{Conditions, SimulatedHub};
use crate::{
    Direction, NetworkError, NetworkMessage, NodeAddress, NodeId, NodeInfo, NodeState, P2PNetworkInterface, PeerInfo,
    SignedNodeState,
    message::{GOSSIP_BYTES_MAX, REQUEST_BYTES_MAX},
};

/// How long a lost message is waited for.
pub const ANSWER_WAIT: Duration = Duration::from_secs(20);

/// A node of a simulated network; clones share it.
#[derive(Clone)]
pub struct SimulatedNetwork {
    /// All nodes.
    hub: SimulatedHub,
    /// This one.
    id: NodeId,
}

impl SimulatedNetwork {
    /// Where this node can be reached: a place in this process, with its id.
    pub fn address(&self) -> NodeAddress {
        hub::address_of(&self.id)
    }

    /// Sends a message over the link to a peer and returns the answer.
    async fn exchange(&self, node: NodeId, message: NetworkMessage) -> Result<NetworkMessage, NetworkError> {
        if !self.hub.are_linked(&self.id, &node) {
            return Err(NetworkError::NotConnected(node));
        }
        let Some(there) = self.hub.draw(&self.id, &node) else { return Err(lost().await) };
        sleep(there).await;
        let Some(answer) = self.hub.answer(self.id, node, message).await else { return Err(lost().await) };
        let Some(back) = self.hub.draw(&node, &self.id) else { return Err(lost().await) };
        sleep(back).await;
        if let NetworkMessage::NodeState(signed) = &answer {
            self.hub.hear(self.id, node, signed.state.clone());
        }
        Ok(answer)
    }

    /// Exchanges states with a peer.
    async fn exchange_states(&self, node: NodeId) -> Result<NodeState, NetworkError> {
        let own = self.hub.signed_state(&self.id).ok_or(NetworkError::Stopped)?;
        let answer = self.exchange(node, NetworkMessage::NodeState(own)).await?;
        let NetworkMessage::NodeState(SignedNodeState { state, .. }) = answer else {
            return Err(NetworkError::Unanswered(format!("the answer is a {}", answer.name())));
        };
        Ok(state)
    }

    /// The ids of this node's peers.
    fn links(&self) -> Result<Vec<NodeId>, NetworkError> {
        self.hub.links(&self.id).ok_or(NetworkError::Stopped)
    }
}

/// The end of waiting for a lost message.
async fn lost() -> NetworkError {
    sleep(ANSWER_WAIT).await;
    NetworkError::Timeout
}

#[async_trait]
impl P2PNetworkInterface for SimulatedNetwork {
    fn node_id(&self) -> NodeId {
        self.id
    }

    async fn discover_nodes(&self) -> Result<Vec<NodeInfo>, NetworkError> {
        self.links()?;
        Ok(self.hub.others(&self.id))
    }

    async fn connect(&self, address: NodeAddress) -> Result<NodeId, NetworkError> {
        let unreachable =
            |reason: &str| NetworkError::Unreachable { address: address.clone(), reason: reason.to_owned() };
        let node = address.node().ok_or_else(|| unreachable("a simulated address ends with a node's id"))?;
        let Some(delay) = self.hub.draw(&self.id, &node) else { return Err(unreachable("nobody answers")) };
        sleep(delay).await;
        if self.hub.link(self.id, node) { Ok(node) } else { Err(unreachable("nobody is there")) }
    }

    async fn disconnect(&self, node: NodeId) -> Result<(), NetworkError> {
        if self.hub.unlink(self.id, node) { Ok(()) } else { Err(NetworkError::NotConnected(node)) }
    }

    async fn broadcast(&self, message: NetworkMessage) -> Result<(), NetworkError> {
        if !message.is_gossip() {
            return Err(NetworkError::NotGossip(message.name()));
        }
        self.links()?;
        check_size(&message, GOSSIP_BYTES_MAX)?;
        self.hub.publish(self.id, message);
        Ok(())
    }

    async fn send(&self, node: NodeId, message: NetworkMessage) -> Result<NetworkMessage, NetworkError> {
        if !message.is_request() {
            return Err(NetworkError::NotRequest(message.name()));
        }
        check_size(&message, REQUEST_BYTES_MAX)?;
        self.exchange(node, message).await
    }

    async fn sync_state(&self) -> Result<usize, NetworkError> {
        let mut answered = 0;
        for node in self.links()? {
            answered += usize::from(self.exchange_states(node).await.is_ok());
        }
        Ok(answered)
    }

    async fn get_node_state(&self, node: NodeId) -> Result<NodeState, NetworkError> {
        match self.exchange_states(node).await {
            Err(NetworkError::NotConnected(_)) => {
                self.hub.heard(&self.id, &node).ok_or(NetworkError::UnknownNode(node))
            }
            answer => answer,
        }
    }

    async fn peers(&self) -> Result<Vec<PeerInfo>, NetworkError> {
        let info = |id: NodeId| {
            let state = self.hub.heard(&self.id, &id)?;
            Some(PeerInfo {
                id,
                address: hub::address_of(&id),
                direction: if self.id < id { Direction::Outbound } else { Direction::Inbound },
                round_trip: None,
                state,
                score: self.hub.score(&self.id, &id),
                connected_for: Duration::ZERO,
                heard_ago: Duration::ZERO,
            })
        };
        Ok(self.links()?.into_iter().filter_map(info).collect())
    }

    fn announce(&self) {
        self.hub.announce(self.id);
    }

    async fn take_part(&self, takes_part: bool) -> Result<(), NetworkError> {
        self.links()?;
        self.hub.take_part(&self.id, takes_part);
        Ok(())
    }
}

/// Checks that a message keeps within the limit of its way.
fn check_size(message: &NetworkMessage, bytes_max: usize) -> Result<(), NetworkError> {
    let bytes = message.to_bytes().len();
    if bytes > bytes_max { Err(NetworkError::TooLarge { bytes, bytes_max }) } else { Ok(()) }
}

#[cfg(test)]
mod tests;
