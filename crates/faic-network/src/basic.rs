//! The network over libp2p: one swarm, owned by one task.
//!
//! [`BasicNetwork`] is a cheap handle on it; [`NetworkTask`] is the task, which its owner runs and supervises. They meet
//! in a bounded queue, and a full queue is an error for the caller. `ConnectionManager`, `MessageHandler` and
//! `StateManager` are plain data that the task owns; the upcalls run beside it, so a slow inbox never stops the swarm.

mod behaviour;
mod codec;
mod driver;
mod hello;

use std::{path::PathBuf, sync::Arc, time::Duration};

use async_trait::async_trait;
use faic_core::SecretKey;
use libp2p::futures::future::join_all;
use tokio::{
    sync::{Notify, mpsc, oneshot, watch},
    time::timeout,
};
use tokio_util::sync::CancellationToken;

use self::driver::Driver;
pub use self::hello::{ChainInfo, PROTOCOL_VERSION};
use crate::{
    Config, DiscoverNodesRequest, Inbox, NetworkError, NetworkMessage, NodeAddress, NodeId, NodeInfo, NodeState,
    P2PNetworkInterface, PeerInfo,
    config::ConfigError,
    message::{GOSSIP_BYTES_MAX, NODES_MAX, REQUEST_BYTES_MAX},
};

/// The most commands that wait for the task.
const COMMANDS_MAX: usize = 1024;

/// Who waits for the end of a command.
type Reply<T> = oneshot::Sender<Result<T, NetworkError>>;

/// What the handle asks of the task.
enum Command {
    /// Connects to a node.
    Connect(NodeAddress, Reply<NodeId>),
    /// Closes the connections with a peer.
    Disconnect(NodeId, Reply<()>),
    /// Gossips the bytes of a message.
    Broadcast(Kind, Vec<u8>, Reply<()>),
    /// Sends a message to a peer; without one, this node's state.
    Send(NodeId, Option<Box<NetworkMessage>>, Reply<NetworkMessage>),
    /// Tells the peers.
    Peers(Reply<Vec<PeerInfo>>),
    /// Tells the known nodes.
    Nodes(Reply<Vec<NodeInfo>>),
    /// Tells what a node was last heard to say.
    KnownState(NodeId, Reply<NodeState>),
    /// Listens to the consensus, or no longer.
    TakePart(bool, Reply<()>),
    /// Bans a node for a reason.
    Ban(NodeId, String, Reply<()>),
    /// Ends a ban.
    LiftBan(NodeId, Reply<()>),
    /// Tells the bans.
    Bans(Reply<Vec<BannedNode>>),
}

/// The two kinds of messages that are gossiped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A transaction, for every node.
    Transfer,
    /// Bytes of the consensus, for validators.
    Consensus,
}

/// A node that is kept out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BannedNode {
    /// The node.
    pub id: NodeId,
    /// What it did.
    pub reason: String,
    /// How long it is kept out from now on.
    pub remaining: Duration,
}

/// What a network is made of.
pub struct Setup {
    /// The configuration.
    pub config: Config,
    /// The node's key, which is neither an account's nor a validator's.
    pub key: SecretKey,
    /// The chain whose nodes may be peers.
    pub chain: ChainInfo,
    /// The folder in which peers are remembered, in a file `peers.json`; `None` remembers nothing.
    pub folder: Option<PathBuf>,
    /// The node above.
    pub inbox: Arc<dyn Inbox>,
}

/// A handle on the network; clones share it.
#[derive(Clone)]
pub struct BasicNetwork {
    /// This node.
    id: NodeId,
    /// The way to the task.
    commands: mpsc::Sender<Command>,
    /// Tells the task that this node's state has changed.
    announce: Arc<Notify>,
    /// Where this node listens.
    addresses: watch::Receiver<Vec<NodeAddress>>,
    /// The longest that a command may take.
    wait_max: Duration,
}

/// The task that owns the swarm; it does nothing until it is run.
pub struct NetworkTask(Driver);

impl NetworkTask {
    /// Runs the network until the shutdown.
    ///
    /// # Errors
    /// [`NetworkFailure`] when the network cannot go on.
    pub async fn run(self, shutdown: CancellationToken) -> Result<(), NetworkFailure> {
        Box::pin(self.0.run(shutdown)).await
    }
}

impl BasicNetwork {
    /// Begins to listen, and returns the handle and the task, without which nothing happens further.
    ///
    /// # Errors
    /// [`StartError`] names what is in the way.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub async fn start(setup: Setup) -> Result<(Self, NetworkTask), StartError> {
        setup.config.check()?;
        let id = NodeId::new(setup.key.public_key());
        let (commands, queue) = mpsc::channel(COMMANDS_MAX);
        let announce = Arc::new(Notify::new());
        let (addresses_out, addresses) = watch::channel(Vec::new());
        let wait_max = setup.config.answer_timeout.saturating_add(setup.config.ping_timeout);
        let mut driver = Driver::new(setup, queue, Arc::clone(&announce), addresses_out)?;
        driver.listen().await?;
        Ok((Self { id, commands, announce, addresses, wait_max }, NetworkTask(driver)))
    }

    /// Where this node listens now, with its id at the end of each address.
    pub fn addresses(&self) -> Vec<NodeAddress> {
        self.addresses.borrow().iter().map(|address| address.with_node(&self.id)).collect()
    }

    /// Disconnects a node and keeps it out for the configured time.
    ///
    /// # Errors
    /// [`NetworkError::Full`], [`NetworkError::Stopped`].
    pub async fn ban(&self, node: NodeId, reason: impl Into<String>) -> Result<(), NetworkError> {
        self.ask(|reply| Command::Ban(node, reason.into(), reply)).await
    }

    /// Lets a banned node in again.
    ///
    /// # Errors
    /// [`NetworkError::UnknownNode`] when it is not banned, [`NetworkError::Full`], [`NetworkError::Stopped`].
    pub async fn lift_ban(&self, node: NodeId) -> Result<(), NetworkError> {
        self.ask(|reply| Command::LiftBan(node, reply)).await
    }

    /// The nodes that are kept out.
    ///
    /// # Errors
    /// [`NetworkError::Full`], [`NetworkError::Stopped`].
    pub async fn bans(&self) -> Result<Vec<BannedNode>, NetworkError> {
        self.ask(Command::Bans).await
    }

    /// Gives the task a command and waits for its end.
    async fn ask<T>(&self, command: impl FnOnce(Reply<T>) -> Command) -> Result<T, NetworkError> {
        let (reply, answer) = oneshot::channel();
        self.commands.try_send(command(reply)).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => NetworkError::Full,
            mpsc::error::TrySendError::Closed(_) => NetworkError::Stopped,
        })?;
        let answer = timeout(self.wait_max, answer).await.map_err(|_| NetworkError::Timeout)?;
        answer.map_err(|_| NetworkError::Stopped)?
    }

    /// Exchanges states with a peer.
    async fn exchange_states(&self, node: NodeId) -> Result<NodeState, NetworkError> {
        let answer = self.ask(|reply| Command::Send(node, None, reply)).await?;
        let NetworkMessage::NodeState(signed) = answer else {
            return Err(NetworkError::Unanswered(format!("the answer is a {}", answer.name())));
        };
        Ok(signed.state)
    }
}

#[async_trait]
impl P2PNetworkInterface for BasicNetwork {
    fn node_id(&self) -> NodeId {
        self.id
    }

    async fn discover_nodes(&self) -> Result<Vec<NodeInfo>, NetworkError> {
        let count_max = u16::try_from(NODES_MAX).unwrap_or(u16::MAX);
        let peers = self.peers().await?;
        let question = NetworkMessage::DiscoverNodes(DiscoverNodesRequest { count_max });
        // What they answer reaches the task as well, which keeps it; a peer that does not answer takes nothing away.
        join_all(peers.iter().map(|peer| self.send(peer.id, question.clone()))).await;
        self.ask(Command::Nodes).await
    }

    async fn connect(&self, address: NodeAddress) -> Result<NodeId, NetworkError> {
        self.ask(|reply| Command::Connect(address, reply)).await
    }

    async fn disconnect(&self, node: NodeId) -> Result<(), NetworkError> {
        self.ask(|reply| Command::Disconnect(node, reply)).await
    }

    async fn punish(&self, node: NodeId, reason: &str) -> Result<(), NetworkError> {
        self.ban(node, reason).await
    }

    fn addresses(&self) -> Vec<NodeAddress> {
        Self::addresses(self)
    }

    async fn broadcast(&self, message: NetworkMessage) -> Result<(), NetworkError> {
        let kind = match &message {
            NetworkMessage::Transfers(_) => Kind::Transfer,
            NetworkMessage::Consensus(_) => Kind::Consensus,
            NetworkMessage::GetBalance(_)
            | NetworkMessage::Transfer(_)
            | NetworkMessage::NodeState(_)
            | NetworkMessage::DiscoverNodes(_)
            | NetworkMessage::NodeList(_)
            | NetworkMessage::GetBlocks(_)
            | NetworkMessage::Response(_)
            | NetworkMessage::GetSnapshot
            | NetworkMessage::GetSnapshotChunk(_) => return Err(NetworkError::NotGossip(message.name())),
        };
        let bytes = message.to_bytes();
        check_size(bytes.len(), GOSSIP_BYTES_MAX)?;
        self.ask(|reply| Command::Broadcast(kind, bytes, reply)).await
    }

    async fn send(&self, node: NodeId, message: NetworkMessage) -> Result<NetworkMessage, NetworkError> {
        if !message.is_request() {
            return Err(NetworkError::NotRequest(message.name()));
        }
        let bytes = borsh::object_length(&message).unwrap_or(usize::MAX).saturating_add(1);
        check_size(bytes, REQUEST_BYTES_MAX)?;
        self.ask(|reply| Command::Send(node, Some(Box::new(message)), reply)).await
    }

    async fn sync_state(&self) -> Result<usize, NetworkError> {
        let peers = self.peers().await?;
        let answers = join_all(peers.iter().map(|peer| self.exchange_states(peer.id))).await;
        Ok(answers.iter().filter(|answer| answer.is_ok()).count())
    }

    async fn get_node_state(&self, node: NodeId) -> Result<NodeState, NetworkError> {
        match self.exchange_states(node).await {
            Err(NetworkError::NotConnected(_)) => self.ask(|reply| Command::KnownState(node, reply)).await,
            answer => answer,
        }
    }

    async fn peers(&self) -> Result<Vec<PeerInfo>, NetworkError> {
        self.ask(Command::Peers).await
    }

    fn announce(&self) {
        self.announce.notify_one();
    }

    async fn take_part(&self, takes_part: bool) -> Result<(), NetworkError> {
        self.ask(|reply| Command::TakePart(takes_part, reply)).await
    }
}

/// Checks that a message keeps within the limit of its way.
const fn check_size(bytes: usize, bytes_max: usize) -> Result<(), NetworkError> {
    if bytes > bytes_max { Err(NetworkError::TooLarge { bytes, bytes_max }) } else { Ok(()) }
}

/// Why a network cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The configuration contradicts itself.
    #[error("the network cannot be configured so")]
    Config(#[from] ConfigError),
    /// The node's key cannot be used.
    #[error("the node's key cannot be used: {0}")]
    Key(String),
    /// A protocol cannot be set up.
    #[error("the protocols cannot be set up: {0}")]
    Protocols(String),
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {reason}")]
    Listen {
        /// The address.
        address: NodeAddress,
        /// What the system says.
        reason: String,
    },
}

/// Why the network stopped by itself.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NetworkFailure {
    /// A call of the inbox panicked.
    #[error("the inbox panicked: {0}")]
    InboxPanicked(String),
}
