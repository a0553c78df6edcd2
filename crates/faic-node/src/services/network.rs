//! The node among its peers: who it is, whom it knows, and how far it follows them.

use std::{sync::Arc, time::Duration};

use faic_core::{ChainId, Hash, Height, PublicKey};
use faic_network::{NetworkError, NodeAddress, NodeId, NodeInfo, NodeState, NodeType, PeerInfo};
use tokio::{sync::Mutex, time::Instant};
use tracing::{info, instrument};

use crate::{Chain, ErrorCode, FaicError, network::P2PNetwork, sync::SyncStatus};

/// How long the peers are not asked again whom they know.
const NODES_KEPT_FOR: Duration = Duration::from_secs(5);

/// What a node says about itself.
#[derive(Debug, Clone, PartialEq)]
pub struct NodeView {
    /// Its id.
    pub id: NodeId,
    /// What it does for the network now.
    pub node_type: NodeType,
    /// The key that it votes with, where it has one.
    pub validator: Option<PublicKey>,
    /// The height from which it votes with it, while it restrains from voting.
    pub vote_from: Option<Height>,
    /// Whether it talks to others.
    pub is_networked: bool,
    /// Where it listens.
    pub addresses: Vec<NodeAddress>,
    /// The chain.
    pub chain_id: ChainId,
    /// The height of its last final block.
    pub height: Height,
    /// Its id; the genesis id at height 0.
    pub head: Hash,
    /// How busy it is, in percent.
    pub load_percent: u8,
    /// How many peers are connected.
    pub peers: usize,
    /// How far it is behind them.
    pub sync: SyncStatus,
}

/// Peers, known nodes and synchronisation.
pub struct NetworkService {
    /// The chain.
    chain: Arc<Chain>,
    /// Its id, which never changes.
    chain_id: ChainId,
    /// The node's part of the network.
    network: Arc<P2PNetwork>,
    /// The nodes that were known when the peers were last asked, and when that was.
    nodes: Mutex<Option<(Instant, Vec<NodeInfo>)>>,
}

impl NetworkService {
    /// The service of a node on that chain.
    pub fn new(chain: Arc<Chain>, chain_id: ChainId, network: Arc<P2PNetwork>) -> Self {
        Self { chain, chain_id, network, nodes: Mutex::default() }
    }

    /// What the node says about itself.
    pub fn node(&self) -> NodeView {
        let (tip, network) = (self.chain.tip(), &self.network);
        NodeView {
            id: network.node_id,
            node_type: network.node_type(&self.chain),
            validator: network.validator,
            vote_from: network.vote_from(),
            is_networked: network.is_enabled,
            addresses: network.interface.addresses(),
            chain_id: self.chain_id.clone(),
            height: tip.height,
            head: tip.id,
            load_percent: self.chain.load_percent(),
            peers: network.peers(),
            sync: self.sync_status(),
        }
    }

    /// How far the node is behind its peers.
    pub fn sync_status(&self) -> SyncStatus {
        self.network.sync_status(&self.chain)
    }

    /// The connected peers.
    ///
    /// # Errors
    /// [`ErrorCode::Overloaded`] and [`ErrorCode::ShuttingDown`].
    pub async fn peers(&self) -> Result<Vec<PeerInfo>, FaicError> {
        Ok(self.network.interface.peers().await?)
    }

    /// Connects to a node and returns its id.
    ///
    /// # Errors
    /// [`ErrorCode::NetworkDisabled`], [`ErrorCode::InvalidNodeAddress`] for an address that cannot be dialled,
    /// [`ErrorCode::PeerUnreachable`], [`ErrorCode::PeerRefused`], [`ErrorCode::PeerBanned`], [`ErrorCode::Overloaded`]
    /// and [`ErrorCode::ShuttingDown`].
    #[instrument(name = "network.connect", skip_all, fields(%address))]
    pub async fn connect(&self, address: NodeAddress) -> Result<NodeId, FaicError> {
        self.check_enabled()?;
        let peer = self.network.interface.connect(address).await?;
        info!(%peer, "network.connected");
        Ok(peer)
    }

    /// Closes the connection to a peer.
    ///
    /// # Errors
    /// [`ErrorCode::NodeUnknown`] when it is not connected, [`ErrorCode::Overloaded`] and [`ErrorCode::ShuttingDown`].
    #[instrument(name = "network.disconnect", skip_all, fields(%peer))]
    pub async fn disconnect(&self, peer: NodeId) -> Result<(), FaicError> {
        self.network.interface.disconnect(peer).await?;
        info!(%peer, "network.disconnected");
        Ok(())
    }

    /// What a node says about itself: a peer now, another when it was last heard of.
    ///
    /// # Errors
    /// [`ErrorCode::NodeUnknown`], [`ErrorCode::PeerUnreachable`], [`ErrorCode::Overloaded`] and
    /// [`ErrorCode::ShuttingDown`].
    pub async fn state_of(&self, node: NodeId) -> Result<NodeState, FaicError> {
        Ok(self.network.interface.get_node_state(node).await?)
    }

    /// The nodes that are known, after asking the peers whom they know; those are asked once in 5 s at most.
    ///
    /// # Errors
    /// [`ErrorCode::Overloaded`] and [`ErrorCode::ShuttingDown`].
    pub async fn nodes(&self) -> Result<Vec<NodeInfo>, FaicError> {
        // Whoever comes while the peers are asked waits for that answer.
        let mut kept = self.nodes.lock().await;
        if let Some((_, nodes)) = kept.as_ref().filter(|(at, _)| at.elapsed() < NODES_KEPT_FOR) {
            return Ok(nodes.clone());
        }
        let nodes = self.network.interface.discover_nodes().await?;
        *kept = Some((Instant::now(), nodes.clone()));
        Ok(nodes)
    }

    /// Asks every peer now how far it is, and tells how far this node is behind; what is missing is fetched then.
    ///
    /// # Errors
    /// [`ErrorCode::NetworkDisabled`], [`ErrorCode::Overloaded`] and [`ErrorCode::ShuttingDown`].
    #[instrument(name = "network.sync", skip_all)]
    pub async fn sync(&self) -> Result<SyncStatus, FaicError> {
        self.check_enabled()?;
        let answered = self.network.interface.sync_state().await?;
        info!(answered, "network.synchronised");
        let (seen, heard) = (self.sync_status(), self.network.heads.borrow().values().max().copied());
        Ok(SyncStatus { target: seen.target.max(heard.unwrap_or_default()), ..seen })
    }

    /// Refuses what cannot be done without a network.
    fn check_enabled(&self) -> Result<(), FaicError> {
        if self.network.is_enabled {
            return Ok(());
        }
        Err(FaicError::new(ErrorCode::NetworkDisabled, "this node has no network"))
    }
}

impl From<NetworkError> for FaicError {
    fn from(error: NetworkError) -> Self {
        let code = match &error {
            NetworkError::NotConnected(_) | NetworkError::UnknownNode(_) => ErrorCode::NodeUnknown,
            NetworkError::Undialable { .. } => ErrorCode::InvalidNodeAddress,
            NetworkError::Banned { .. } => ErrorCode::PeerBanned,
            NetworkError::Unreachable { .. } | NetworkError::Timeout | NetworkError::Unanswered(_) => {
                ErrorCode::PeerUnreachable
            }
            NetworkError::Refused { .. } => ErrorCode::PeerRefused,
            NetworkError::NotGossip(_) | NetworkError::NotRequest(_) | NetworkError::TooLarge { .. } => {
                ErrorCode::Internal
            }
            NetworkError::Full | NetworkError::Untold => ErrorCode::Overloaded,
            NetworkError::Stopped => ErrorCode::ShuttingDown,
        };
        Self::new(code, error.to_string()).because(error)
    }
}

#[cfg(test)]
mod tests;
