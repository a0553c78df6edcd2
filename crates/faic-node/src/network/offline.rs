//! The network of a node that has none: it has no peers, and gossip goes nowhere.

use async_trait::async_trait;
use faic_network::{
    NetworkError, NetworkMessage, NodeAddress, NodeId, NodeInfo, NodeState, P2PNetworkInterface, PeerInfo,
};

/// No network.
pub(crate) struct Offline(pub(crate) NodeId);

#[async_trait]
impl P2PNetworkInterface for Offline {
    fn node_id(&self) -> NodeId {
        self.0
    }

    async fn discover_nodes(&self) -> Result<Vec<NodeInfo>, NetworkError> {
        Ok(Vec::new())
    }

    async fn connect(&self, _: NodeAddress) -> Result<NodeId, NetworkError> {
        Err(NetworkError::Stopped)
    }

    async fn disconnect(&self, node: NodeId) -> Result<(), NetworkError> {
        Err(NetworkError::NotConnected(node))
    }

    async fn broadcast(&self, message: NetworkMessage) -> Result<(), NetworkError> {
        if message.is_gossip() { Ok(()) } else { Err(NetworkError::NotGossip(message.name())) }
    }

    async fn send(&self, node: NodeId, _: NetworkMessage) -> Result<NetworkMessage, NetworkError> {
        Err(NetworkError::NotConnected(node))
    }

    async fn sync_state(&self) -> Result<usize, NetworkError> {
        Ok(0)
    }

    async fn get_node_state(&self, node: NodeId) -> Result<NodeState, NetworkError> {
        Err(NetworkError::UnknownNode(node))
    }

    async fn peers(&self) -> Result<Vec<PeerInfo>, NetworkError> {
        Ok(Vec::new())
    }
}
