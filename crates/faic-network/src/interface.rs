//! What the node asks of the network.

use async_trait::async_trait;

use crate::{NetworkMessage, NodeAddress, NodeId, NodeInfo, NodeState, PeerInfo, node_address::NodeAddressError};

/// The network as the rest of the node sees it; the seed's interface with every verb.
///
/// | seed | here |
/// |---|---|
/// | `discover_Node_list` | [`discover_nodes`](Self::discover_nodes) |
/// | `connect_Node`, `disconnect_Node` | [`connect`](Self::connect), [`disconnect`](Self::disconnect) |
/// | `broadcast_message`, `send_message` | [`broadcast`](Self::broadcast), [`send`](Self::send) |
/// | `sync_state`, `get_Node_state` | [`sync_state`](Self::sync_state), [`get_node_state`](Self::get_node_state) |
///
/// Every method may be called from any task and ends within a time limit, with [`NetworkError::Timeout`] if need be.
/// Silence is never success: what returns `Ok` has happened as far as this node can know.
#[async_trait]
pub trait P2PNetworkInterface: Send + Sync {
    /// This node's id.
    fn node_id(&self) -> NodeId;

    /// Asks the peers which nodes they know, and tells all that are known then, this node not among them.
    ///
    /// # Errors
    /// [`NetworkError::Full`], [`NetworkError::Stopped`].
    async fn discover_nodes(&self) -> Result<Vec<NodeInfo>, NetworkError>;

    /// Connects to the node at an address, and remembers it as one to be redialled when it is lost, if there is room for
    /// another; a network logs when there is none.
    ///
    /// Returns once both have said hello, at once if they have before. An address without a node's id accepts whoever
    /// answers there.
    ///
    /// # Errors
    /// [`NetworkError::Undialable`], [`NetworkError::Unreachable`], [`NetworkError::Refused`] when it is on another
    /// chain or has no room, [`NetworkError::Timeout`], [`NetworkError::Banned`], [`NetworkError::Full`],
    /// [`NetworkError::Stopped`].
    async fn connect(&self, address: NodeAddress) -> Result<NodeId, NetworkError>;

    /// Closes the connection to a peer and redials it no more; the peer may connect again.
    ///
    /// # Errors
    /// [`NetworkError::NotConnected`], [`NetworkError::Full`], [`NetworkError::Stopped`].
    async fn disconnect(&self, node: NodeId) -> Result<(), NetworkError>;

    /// Punishes a peer for what only the node above can judge, such as a block that does not hold: it is disconnected,
    /// and banned for a while by a network that bans. The reason is for the log.
    ///
    /// # Errors
    /// Those of [`disconnect`](Self::disconnect).
    async fn punish(&self, node: NodeId, reason: &str) -> Result<(), NetworkError> {
        let _ = reason;
        self.disconnect(node).await
    }

    /// Where this node listens now, with its id at the end of each address.
    fn addresses(&self) -> Vec<NodeAddress> {
        Vec::new()
    }

    /// Gossips a message to all nodes that listen to its kind: [`Transfers`](NetworkMessage::Transfers) or
    /// [`Consensus`](NetworkMessage::Consensus).
    ///
    /// Returns once it is on its way; nobody confirms that it arrived. Without a peer it goes nowhere, and that is no
    /// error. The same bytes within about a minute go out once; the second time this does nothing.
    ///
    /// # Errors
    /// [`NetworkError::NotGossip`] for other kinds, [`NetworkError::TooLarge`], [`NetworkError::Full`],
    /// [`NetworkError::Untold`] when the same bytes found everything full within about a minute, so that they went to
    /// nobody and cannot go out yet, [`NetworkError::Stopped`].
    async fn broadcast(&self, message: NetworkMessage) -> Result<(), NetworkError>;

    /// Sends a message to one connected peer and returns its answer.
    ///
    /// # Errors
    /// [`NetworkError::NotConnected`], [`NetworkError::TooLarge`], [`NetworkError::Timeout`],
    /// [`NetworkError::Unanswered`] when the peer closed or spoke nonsense, [`NetworkError::Full`],
    /// [`NetworkError::Stopped`]. A [`Refused`](crate::ResponseMessage::Refused) is an answer, not an error.
    async fn send(&self, node: NodeId, message: NetworkMessage) -> Result<NetworkMessage, NetworkError>;

    /// Exchanges states with every peer now, and returns how many answered; a new state reaches the
    /// [`Inbox`](crate::Inbox) as [`PeerEvent::StateChanged`](crate::PeerEvent::StateChanged).
    ///
    /// # Errors
    /// [`NetworkError::Full`], [`NetworkError::Stopped`].
    async fn sync_state(&self) -> Result<usize, NetworkError>;

    /// The state of a node: of a peer as it says now, of another as it was last heard of.
    ///
    /// # Errors
    /// [`NetworkError::UnknownNode`], and those of [`send`](Self::send).
    async fn get_node_state(&self, node: NodeId) -> Result<NodeState, NetworkError>;

    /// The peers that are connected and have said hello, in the order of their ids.
    ///
    /// # Errors
    /// [`NetworkError::Full`], [`NetworkError::Stopped`].
    async fn peers(&self) -> Result<Vec<PeerInfo>, NetworkError>;

    /// Tells all peers this node's state soon, because it has changed: to be called after every block. Several calls in
    /// a row may become one. A network that tells nobody does nothing.
    fn announce(&self) {}

    /// Listens to the gossip of the consensus from now on, as a validator does, or no longer. A network in which
    /// everybody listens to everything does nothing.
    ///
    /// # Errors
    /// [`NetworkError::Full`], [`NetworkError::Stopped`].
    async fn take_part(&self, takes_part: bool) -> Result<(), NetworkError> {
        let _ = takes_part;
        Ok(())
    }
}

/// Why the network did not do what it was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NetworkError {
    /// No connection to that node, or none that has said hello.
    #[error("{0} is not connected")]
    NotConnected(NodeId),
    /// Nobody has told of that node.
    #[error("nothing is known of {0}")]
    UnknownNode(NodeId),
    /// That node is banned.
    #[error("{node} is banned: {reason}")]
    Banned {
        /// The node.
        node: NodeId,
        /// What it did.
        reason: String,
    },
    /// The address is none that can be dialled.
    #[error("{address} is no address to connect to: {reason}")]
    Undialable {
        /// The address.
        address: NodeAddress,
        /// What is wrong with it.
        reason: NodeAddressError,
    },
    /// Nobody answered at the address, or another node than expected.
    #[error("{address} was not reached: {reason}")]
    Unreachable {
        /// The address.
        address: NodeAddress,
        /// What happened.
        reason: String,
    },
    /// The nodes reached each other and one refused the other.
    #[error("{node} and this node cannot be peers: {reason}")]
    Refused {
        /// The other node.
        node: NodeId,
        /// Why.
        reason: String,
    },
    /// The kind of message is sent to one node, never gossiped.
    #[error("a message of kind {0} is not gossiped")]
    NotGossip(&'static str),
    /// The kind of message is no request.
    #[error("a message of kind {0} asks for nothing")]
    NotRequest(&'static str),
    /// The message exceeds the limit of its kind or way.
    #[error("the message has {bytes} bytes, at most {bytes_max} are allowed")]
    TooLarge {
        /// Its size.
        bytes: usize,
        /// The limit.
        bytes_max: usize,
    },
    /// No answer in time.
    #[error("no answer in time")]
    Timeout,
    /// The connection ended before the answer, or the answer could not be read.
    #[error("no answer: {0}")]
    Unanswered(String),
    /// Too much waits for the network to be done already.
    #[error("the network's queue is full")]
    Full,
    /// The same bytes were to be gossiped a short while ago, when the queues of all peers were full: they went to nobody,
    /// and go out about a minute after that at the earliest.
    #[error("the message could not be told to anybody and cannot be told again yet")]
    Untold,
    /// The network has stopped.
    #[error("the network has stopped")]
    Stopped,
}
