//! Nodes to test with: a whole network each, under an inbox that records and obeys.

use std::{
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use faic_core::{
    Address, Amount, Authority, BasicCrypto, ChainId, Hash, SecretKey, SignedTransaction,
    crypto::sign_transaction,
    transaction::{Output, TransactionBuilder},
};
use faic_network::{
    BasicNetwork, ChainInfo, Config, Inbox, NetworkMessage, NodeAddress, NodeId, NodeState, NodeType,
    P2PNetworkInterface, PeerEvent, PeerInfo, ResponseMessage, Setup, Verdict, basic::StartError,
};
use tokio::{
    task::JoinHandle,
    time::{Instant, sleep},
};
use tokio_util::sync::CancellationToken;

use crate::log;

/// How long what should happen at once may take on a busy machine.
const DEADLINE: Duration = Duration::from_secs(30);

/// The chain of the tests.
pub(crate) fn chain() -> ChainInfo {
    ChainInfo { id: ChainId::new("faic-test").unwrap(), genesis: Hash::from_bytes([0xab; 32]) }
}

/// The secret key of a small seed.
pub(crate) fn secret(seed: u8) -> SecretKey {
    SecretKey::from_seed(&[seed; 32])
}

/// The state of a full node at height 1 of a chain.
pub(crate) fn state(chain: &ChainInfo) -> NodeState {
    NodeState {
        node_type: NodeType::Full,
        version: "0.1.0".to_owned(),
        chain_id: chain.id.clone(),
        height: 1,
        head: Hash::from_bytes([1; 32]),
        load_percent: 0,
        validator: None,
    }
}

/// Gossip of one transaction that pays so many nano.
pub(crate) fn transfer(nano: u64) -> NetworkMessage {
    NetworkMessage::Transfers(vec![payment(nano)])
}

/// The message that hands that transaction to one node.
pub(crate) fn handed(nano: u64) -> NetworkMessage {
    NetworkMessage::Transfer(Box::new(payment(nano)))
}

/// A transaction that pays so many nano.
pub(crate) fn payment(nano: u64) -> SignedTransaction {
    let key = secret(200);
    let authority = Authority::multi(1, [key.public_key()]).unwrap();
    let (to, amount) = (Address::from_bytes([2; 32]), Amount::from_nano(nano).unwrap());
    let outputs = vec![Output { to, amount, memo: String::new() }];
    let transaction = TransactionBuilder::transfer(chain().id, authority, outputs).valid_until(100).build(1).unwrap();
    sign_transaction(&BasicCrypto { key_manager: [key].into_iter().collect() }, transaction).unwrap()
}

/// The nodes that the tests run on top of: what they got, and what they say.
pub(crate) struct Recorder {
    /// What the node says about itself.
    state: Mutex<NodeState>,
    /// What was gossiped to it.
    received: Mutex<Vec<NetworkMessage>>,
    /// What happened to its peers.
    events: Mutex<Vec<PeerEvent>>,
    /// How it judges what is gossiped.
    judge: Mutex<fn(&NetworkMessage) -> Verdict>,
    /// How many bytes its answers have.
    answer_bytes: Mutex<usize>,
}

impl Recorder {
    /// Whether a message was gossiped to the node.
    pub(crate) fn has_received(&self, message: &NetworkMessage) -> bool {
        self.received.lock().unwrap().contains(message)
    }

    /// Whether something happened to a peer.
    pub(crate) fn has_seen(&self, is_meant: impl Fn(&PeerEvent) -> bool) -> bool {
        self.events.lock().unwrap().iter().any(is_meant)
    }

    /// Judges what is gossiped from now on in this way.
    pub(crate) fn judge_by(&self, judge: fn(&NetworkMessage) -> Verdict) {
        *self.judge.lock().unwrap() = judge;
    }

    /// Answers with so many bytes from now on.
    pub(crate) fn answer_with(&self, bytes: usize) {
        *self.answer_bytes.lock().unwrap() = bytes;
    }

    /// Has the node at another height.
    pub(crate) fn set_height(&self, height: u64) {
        self.state.lock().unwrap().height = height;
    }
}

#[async_trait]
impl Inbox for Recorder {
    async fn receive(&self, _: NodeId, message: NetworkMessage) -> Verdict {
        let verdict = (*self.judge.lock().unwrap())(&message);
        self.received.lock().unwrap().push(message);
        verdict
    }

    async fn answer(&self, _: NodeId, request: NetworkMessage) -> NetworkMessage {
        if matches!(request, NetworkMessage::Consensus(_)) {
            NetworkMessage::Consensus(vec![7; *self.answer_bytes.lock().unwrap()])
        } else if matches!(request, NetworkMessage::GetBlocks(_)) {
            NetworkMessage::Response(ResponseMessage::Blocks(Vec::new()))
        } else {
            NetworkMessage::refused(format!("no answer to {}", request.name()))
        }
    }

    fn state(&self) -> NodeState {
        self.state.lock().unwrap().clone()
    }

    fn peer_changed(&self, event: PeerEvent) {
        self.events.lock().unwrap().push(event);
    }
}

/// A running node.
pub(crate) struct Node {
    /// Its network.
    pub(crate) network: BasicNetwork,
    /// What it got.
    pub(crate) inbox: Arc<Recorder>,
    /// Ends it.
    shutdown: CancellationToken,
    /// Its task.
    task: JoinHandle<()>,
}

impl Node {
    /// A node of the tests' chain on a free port.
    pub(crate) async fn start(seed: u8) -> Self {
        Self::with(seed, Config::loopback()).await
    }

    /// A node of the tests' chain with a configuration.
    pub(crate) async fn with(seed: u8, config: Config) -> Self {
        Self::of(chain(), seed, config, None).await
    }

    /// A node of a chain, which perhaps remembers its peers in a folder.
    pub(crate) async fn of(chain: ChainInfo, seed: u8, config: Config, folder: Option<&Path>) -> Self {
        Self::begin(chain, seed, config, folder).await.unwrap()
    }

    /// A node that perhaps cannot begin.
    pub(crate) async fn begin(
        chain: ChainInfo,
        seed: u8,
        config: Config,
        folder: Option<&Path>,
    ) -> Result<Self, StartError> {
        log::start();
        let inbox = Arc::new(Recorder {
            state: Mutex::new(state(&chain)),
            received: Mutex::default(),
            events: Mutex::default(),
            judge: Mutex::new(|_| Verdict::Accept),
            answer_bytes: Mutex::new(10),
        });
        let (key, folder, upcall) = (secret(seed), folder.map(Path::to_owned), Arc::clone(&inbox));
        let setup = Setup { config, key, chain, folder, inbox: upcall };
        let (network, task) = BasicNetwork::start(setup).await?;
        let shutdown = CancellationToken::new();
        let stop = shutdown.clone();
        let task = tokio::spawn(async move { task.run(stop).await.unwrap() });
        Ok(Self { network, inbox, shutdown, task })
    }

    /// Ends the node and waits until it has.
    pub(crate) async fn stop(mut self) {
        self.shutdown.cancel();
        (&mut self.task).await.unwrap();
    }

    /// Its id.
    pub(crate) fn id(&self) -> NodeId {
        self.network.node_id()
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> NodeAddress {
        self.network.addresses().first().unwrap().clone()
    }

    /// Connects it with another.
    pub(crate) async fn join(&self, other: &Self) {
        assert_eq!(self.network.connect(other.address()).await, Ok(other.id()));
    }

    /// Its peers.
    pub(crate) async fn peers(&self) -> Vec<PeerInfo> {
        self.network.peers().await.unwrap()
    }

    /// One of its peers.
    pub(crate) async fn peer(&self, id: NodeId) -> Option<PeerInfo> {
        self.peers().await.into_iter().find(|peer| peer.id == id)
    }

    /// Waits until the other is its peer.
    pub(crate) async fn meets(&self, other: NodeId) {
        eventually("two nodes meet", async || self.peer(other).await.is_some()).await;
    }

    /// Waits until the other is no longer its peer.
    pub(crate) async fn loses(&self, other: NodeId) {
        eventually("two nodes part", async || self.peer(other).await.is_none()).await;
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

/// Waits until the condition holds.
pub(crate) async fn eventually(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + DEADLINE;
    while !condition().await {
        assert!(Instant::now() < deadline, "it never came to this: {what}");
        // sleep: between two looks at other tasks, within a deadline.
        sleep(Duration::from_millis(10)).await;
    }
}
