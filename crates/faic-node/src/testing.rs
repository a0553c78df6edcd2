//! A chain in memory with one validator, and a network without wires, for the tests of what stands between the two.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use faic_consensus::Application;
use faic_core::{
    Address, Amount, Authority, BasicCrypto, Block, Certificate, ChainId, Network, SecretKey, SignedTransaction,
    Signer,
    block::{Validator, ValidatorSet, VoteSignature},
    crypto::sign_transaction,
    transaction::{Output, TransactionBuilder},
};
use faic_ledger::{Genesis, Ledger, Store, genesis::Parameters, store::MemoryStore};
use faic_network::{
    NetworkError, NetworkMessage, NodeAddress, NodeId, NodeInfo, NodeState, NodeType, P2PNetworkInterface, PeerInfo,
};

use crate::{
    Chain, ChainApplication,
    chain::system_clock,
    mempool::{self, Mempool},
};

/// How long a test waits for what must happen.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// The secret key number `seed`.
pub(crate) fn secret(seed: u8) -> SecretKey {
    SecretKey::from_seed(&[seed; 32])
}

/// The node of key number `seed`.
pub(crate) fn node(seed: u8) -> NodeId {
    NodeId::new(secret(seed).public_key())
}

/// The address of the wallet of key number `seed`.
pub(crate) fn address(seed: u8) -> Address {
    Authority::single(secret(seed).public_key()).address()
}

/// The chain of these tests.
pub(crate) fn chain_id() -> ChainId {
    ChainId::new("faic-test").unwrap()
}

/// The genesis of these tests: accounts 1 and 2 are rich, key 200 validates.
pub(crate) fn genesis() -> Genesis {
    let stake = Amount::from_faic(100).unwrap();
    let validator = Validator { key: secret(200).public_key(), operator: address(201), stake };
    let mut balances: Vec<_> = (1..=2).map(|seed| (address(seed), Amount::from_faic(1_000).unwrap())).collect();
    balances.sort();
    Genesis {
        chain_id: chain_id(),
        network: Network::Dev,
        time_ms: 1_000,
        validators: ValidatorSet::new(vec![validator]).unwrap(),
        balances,
        parameters: Parameters::default(),
    }
}

/// The chain in an empty store.
pub(crate) fn chain() -> Arc<Chain> {
    chain_on(Arc::new(MemoryStore::new()))
}

/// The chain as it stands in a store.
pub(crate) fn chain_on(store: Arc<dyn Store>) -> Arc<Chain> {
    let ledger = Ledger::open(store, genesis()).unwrap();
    let mempool = Mempool::new(mempool::Config::default()).unwrap();
    Arc::new(Chain::new(ledger, mempool, system_clock()))
}

/// A chain in a store that began at a snapshot of the tip of another.
pub(crate) async fn restored(source: &Arc<Chain>, store: Arc<dyn Store>) -> Arc<Chain> {
    let snapshot = source.read(|ledger| ledger.snapshot().unwrap().unwrap()).await;
    let chain = chain_on(store);
    let begun = chain.read(move |ledger| {
        let mut restore = ledger.begin_restore(&BasicCrypto::default(), snapshot.offer()).unwrap();
        for index in restore.missing().collect::<Vec<_>>() {
            restore.take_part(index, &snapshot.part(index).unwrap().unwrap()).unwrap();
        }
        restore
    });
    chain.restore(begun.await).await.unwrap();
    chain
}

/// A payment of one nano from account `from` to account 9.
pub(crate) fn payment(from: u8, sequence: u64) -> SignedTransaction {
    let output = Output { to: address(9), amount: Amount::from_nano(1).unwrap(), memo: String::new() };
    let authority = Authority::single(secret(from).public_key());
    let body = TransactionBuilder::transfer(chain_id(), authority, vec![output])
        .nonce(0, sequence)
        .valid_until(10_000)
        .build(20)
        .unwrap();
    sign_transaction(&BasicCrypto { key_manager: [secret(from)].into_iter().collect() }, body).unwrap()
}

/// The certificate that the only validator gives to a block.
pub(crate) fn certify(block: &Block) -> Certificate {
    let key = secret(200).public_key();
    let crypto = BasicCrypto { key_manager: [secret(200)].into_iter().collect() };
    let height = block.header.height;
    let mut certificate = Certificate { height, round: 0, block: block.id(), signatures: Vec::new() };
    let signature = crypto.sign_vote(&key, &certificate.vote(&chain_id())).unwrap();
    certificate.signatures.push(VoteSignature { validator: key, signature });
    certificate
}

/// Decides so many blocks of what waits.
pub(crate) async fn grow(chain: &Arc<Chain>, blocks: usize) {
    let application = ChainApplication(Arc::clone(chain));
    for _ in 0..blocks {
        let block = application.propose(secret(200).public_key(), Duration::ZERO).await.unwrap();
        let certificate = certify(&block);
        application.commit(block, certificate).await.unwrap();
    }
}

/// What a node of that height says about itself.
pub(crate) fn state(height: u64) -> NodeState {
    NodeState {
        node_type: NodeType::Full,
        version: "0.1.0".to_owned(),
        chain_id: chain_id(),
        height,
        head: faic_core::Hash::from_bytes([7; 32]),
        load_percent: 0,
        validator: None,
    }
}

/// How a peer of the tests answers.
pub(crate) type Answers = Box<dyn FnMut(NetworkMessage) -> Result<NetworkMessage, NetworkError> + Send>;

/// A network whose peers are functions; it keeps what it was told.
#[derive(Default)]
pub(crate) struct FakeNetwork {
    /// The peers.
    peers: Mutex<BTreeMap<NodeId, Answers>>,
    /// What was gossiped.
    gossiped: Mutex<VecDeque<NetworkMessage>>,
    /// Who was punished, and for what.
    punished: Mutex<Vec<(NodeId, String)>>,
    /// How many more messages find no room.
    full: Mutex<usize>,
    /// Those that found none, which are not gossiped any more.
    untold: Mutex<Vec<NetworkMessage>>,
}

impl FakeNetwork {
    /// Adds a peer.
    pub(crate) fn add(
        &self,
        id: NodeId,
        answers: impl FnMut(NetworkMessage) -> Result<NetworkMessage, NetworkError> + Send + 'static,
    ) {
        self.peers.lock().unwrap().insert(id, Box::new(answers));
    }

    /// What was gossiped since the last look.
    pub(crate) fn gossiped(&self) -> Vec<NetworkMessage> {
        self.gossiped.lock().unwrap().drain(..).collect()
    }

    /// Has no room for so many messages that are gossiped.
    pub(crate) fn fill(&self, messages: usize) {
        *self.full.lock().unwrap() = messages;
    }

    /// Who was punished, and for what.
    pub(crate) fn punished(&self) -> Vec<(NodeId, String)> {
        self.punished.lock().unwrap().clone()
    }
}

#[async_trait]
impl P2PNetworkInterface for FakeNetwork {
    fn node_id(&self) -> NodeId {
        node(100)
    }

    async fn discover_nodes(&self) -> Result<Vec<NodeInfo>, NetworkError> {
        let ids: Vec<_> = self.peers.lock().unwrap().keys().copied().collect();
        Ok(ids.into_iter().map(|id| NodeInfo { id, addresses: Vec::new(), state: Some(state(1)) }).collect())
    }

    async fn connect(&self, address: NodeAddress) -> Result<NodeId, NetworkError> {
        Err(NetworkError::Unreachable { address, reason: "there are no wires".to_owned() })
    }

    async fn disconnect(&self, node: NodeId) -> Result<(), NetworkError> {
        self.peers.lock().unwrap().remove(&node).map(drop).ok_or(NetworkError::NotConnected(node))
    }

    async fn punish(&self, node: NodeId, reason: &str) -> Result<(), NetworkError> {
        self.punished.lock().unwrap().push((node, reason.to_owned()));
        Ok(())
    }

    async fn broadcast(&self, message: NetworkMessage) -> Result<(), NetworkError> {
        let mut full = self.full.lock().unwrap();
        if *full > 0 {
            *full -= 1;
            self.untold.lock().unwrap().push(message);
            return Err(NetworkError::Full);
        }
        if self.untold.lock().unwrap().contains(&message) {
            return Err(NetworkError::Untold);
        }
        self.gossiped.lock().unwrap().push_back(message);
        Ok(())
    }

    async fn send(&self, node: NodeId, message: NetworkMessage) -> Result<NetworkMessage, NetworkError> {
        // A peer answers later than the question is asked, as on a wire.
        tokio::task::yield_now().await;
        let mut peers = self.peers.lock().unwrap();
        let answers = peers.get_mut(&node).ok_or(NetworkError::NotConnected(node))?;
        answers(message)
    }

    async fn sync_state(&self) -> Result<usize, NetworkError> {
        Ok(self.peers.lock().unwrap().len())
    }

    async fn get_node_state(&self, node: NodeId) -> Result<NodeState, NetworkError> {
        let known = self.peers.lock().unwrap().contains_key(&node);
        if known { Ok(state(1)) } else { Err(NetworkError::UnknownNode(node)) }
    }

    async fn peers(&self) -> Result<Vec<PeerInfo>, NetworkError> {
        Ok(Vec::new())
    }
}
