//! The engine alone: validators in this process that agree on empty blocks of a ledger that does nothing.
//!
//! What a measurement of whole nodes is compared with. Agreement, journals and the network over loopback are the real
//! ones; there is no ledger, no mempool and no waiting for transactions.

use std::{
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use faic_consensus::{
    Application, ApplicationError, Consensus, ConsensusError, Tip,
    bft::{self, BftConsensus, ConsensusHandle},
};
use faic_core::{
    BasicCrypto, Block, Certificate, Hash, Header, Height, KeyManager, PublicKey, SecretKey,
    block::{BLOCK_VERSION, ValidatorSet},
    entropy::EntropyError,
    vote::Equivocation,
};
use faic_network::{
    BasicNetwork, ChainInfo, Inbox, NetworkError, NetworkMessage, NodeId, NodeState, NodeType, P2PNetworkInterface,
    Setup, Verdict,
    basic::{NetworkFailure, StartError},
};
use tokio::{
    sync::watch,
    task::JoinSet,
    time::{Instant, sleep, timeout},
};
use tokio_util::sync::CancellationToken;

use crate::dev;

/// How long the measurement may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often a condition is looked at.
const GLANCE: Duration = Duration::from_millis(10);
/// How many blocks are decided before the first that counts, until caches and connections are warm.
const WARM_UP_BLOCKS: usize = 10;

/// The ledger that does nothing.
struct Nothing {
    /// The validators of every height.
    validators: ValidatorSet,
    /// The last block.
    tip: Mutex<Tip>,
    /// When each block was committed.
    commits: Mutex<Vec<Instant>>,
    /// The height of the last block.
    height: watch::Sender<Height>,
}

#[async_trait]
impl Application for Nothing {
    fn tip(&self) -> Tip {
        *self.tip.lock().expect("nothing panics while it holds the tip")
    }

    fn validators(&self) -> ValidatorSet {
        self.validators.clone()
    }

    async fn decided_at(&self, _: Height) -> Result<Option<(Block, Certificate)>, ApplicationError> {
        Ok(None)
    }

    async fn propose(&self, proposer: PublicKey, _: Duration) -> Result<Block, ApplicationError> {
        let tip = self.tip();
        let set = self.validators.hash();
        let header = Header {
            version: BLOCK_VERSION,
            chain_id: dev::genesis().chain_id,
            height: tip.height.saturating_add(1),
            time_ms: tip.time_ms.saturating_add(1),
            proposer,
            parent: tip.id,
            ancestors: Hash::ZERO,
            last_certificate: Hash::ZERO,
            evidence_root: Hash::ZERO,
            transactions_root: Hash::ZERO,
            receipts_root: Hash::ZERO,
            state_root: Hash::ZERO,
            validators: set,
            next_validators: set,
        };
        Ok(Block { header, last_certificate: None, evidence: Vec::new(), transactions: Vec::new() })
    }

    async fn verify(&self, _: &Block) -> Result<(), ApplicationError> {
        Ok(())
    }

    async fn commit(&self, block: Block, certificate: Certificate) -> Result<(), ApplicationError> {
        let height = block.header.height;
        let tip = Tip { height, id: certificate.block, time_ms: block.header.time_ms };
        *self.tip.lock().expect("nothing panics while it holds the tip") = tip;
        self.commits.lock().expect("nothing panics while it holds the times").push(Instant::now());
        self.height.send_replace(height);
        Ok(())
    }

    fn strengthen(&self, _: Certificate) {}

    fn accuse(&self, _: Vec<Equivocation>) {}
}

/// Hands the consensus its messages, and knows nothing else.
struct Door {
    /// The consensus.
    handle: ConsensusHandle,
    /// What the node says of itself.
    state: NodeState,
}

#[async_trait]
impl Inbox for Door {
    async fn receive(&self, from: NodeId, message: NetworkMessage) -> Verdict {
        if let NetworkMessage::Consensus(bytes) = message { self.handle.receive(from, &bytes) } else { Verdict::Ignore }
    }

    async fn answer(&self, from: NodeId, request: NetworkMessage) -> NetworkMessage {
        if let NetworkMessage::Consensus(bytes) = request {
            self.handle.answer(from, &bytes).await
        } else {
            NetworkMessage::refused("this node only decides")
        }
    }

    fn state(&self) -> NodeState {
        self.state.clone()
    }
}

/// How long each of so many empty blocks took, with the journals in `folder`.
///
/// # Errors
/// [`BenchError`] when the validators cannot be started, or do not decide in time.
pub async fn engine_alone(validators: u8, blocks: usize, folder: &Path) -> Result<Vec<Duration>, BenchError> {
    let keys = (0..validators).map(|_| SecretKey::generate()).collect::<Result<Vec<_>, _>>()?;
    let genesis = dev::genesis_of(validators);
    let stakes = genesis.validators.iter().zip(&keys);
    let set = stakes.map(|(validator, key)| faic_core::block::Validator { key: key.public_key(), ..*validator });
    let set = ValidatorSet::new(set.collect()).map_err(|_| BenchError::Keys)?;
    let (stop, mut tasks) = (CancellationToken::new(), JoinSet::new());
    let (mut ledgers, mut networks, mut consensuses) = (Vec::new(), Vec::new(), Vec::new());
    for key in keys {
        let chain = ChainInfo { id: dev::genesis().chain_id, genesis: genesis.id() };
        let member = join(key, &set, chain, folder, &networks, &stop, &mut tasks).await?;
        ledgers.push(member.0);
        networks.push(member.1);
        consensuses.push(member.2);
    }
    timeout(PATIENCE, meet(&networks)).await.map_err(|_| BenchError::TooSlow)??;
    for (consensus, ledger) in consensuses.into_iter().zip(&ledgers) {
        let (application, token) = (Arc::clone(ledger), stop.clone());
        tasks.spawn(async move { consensus.run(application, token).await.map_err(MemberError::from) });
    }
    let goal = u64::try_from(blocks.saturating_add(WARM_UP_BLOCKS)).unwrap_or(u64::MAX).saturating_add(1);
    let mut heights = ledgers.first().ok_or(BenchError::Keys)?.height.subscribe();
    let reached = timeout(PATIENCE, heights.wait_for(|height| *height >= goal)).await;
    let in_time = reached.is_ok_and(|reached| reached.is_ok());
    stop.cancel();
    while tasks.join_next().await.is_some() {}
    if !in_time {
        return Err(BenchError::TooSlow);
    }
    let commits = ledgers.first().ok_or(BenchError::Keys)?.commits.lock().expect("no task is left").clone();
    Ok(commits.windows(2).skip(WARM_UP_BLOCKS).take(blocks).map(|pair| pair[1].duration_since(pair[0])).collect())
}

/// Waits until all are connected with all others.
async fn meet(networks: &[BasicNetwork]) -> Result<(), NetworkError> {
    for network in networks {
        while network.peers().await?.len() < networks.len().saturating_sub(1) {
            sleep(GLANCE).await;
        }
    }
    Ok(())
}

/// Prepares one validator and connects it with those before it.
async fn join(
    key: SecretKey,
    validators: &ValidatorSet,
    chain: ChainInfo,
    folder: &Path,
    others: &[BasicNetwork],
    stop: &CancellationToken,
    tasks: &mut JoinSet<Result<(), MemberError>>,
) -> Result<(Arc<Nothing>, BasicNetwork, BftConsensus), BenchError> {
    let public = key.public_key();
    let identity = bft::replica::Identity {
        chain_id: chain.id.clone(),
        key: public,
        signer: Arc::new(BasicCrypto { key_manager: KeyManager::from_iter([key]) }),
        verifier: Arc::new(BasicCrypto::default()),
    };
    let (handle, mailbox) = bft::channel(identity);
    let state = NodeState {
        node_type: NodeType::Validator,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        chain_id: chain.id.clone(),
        height: 0,
        head: Hash::ZERO,
        load_percent: 0,
        validator: Some(public),
    };
    let setup = Setup {
        config: faic_network::Config::loopback(),
        key: SecretKey::generate()?,
        chain,
        folder: None,
        inbox: Arc::new(Door { handle, state }),
    };
    let (network, task) = BasicNetwork::start(setup).await?;
    let token = stop.clone();
    tasks.spawn(async move { task.run(token).await.map_err(MemberError::from) });
    network.take_part(true).await?;
    for other in others {
        for address in other.addresses() {
            network.connect(address).await?;
        }
    }
    let ledger = Arc::new(Nothing {
        validators: validators.clone(),
        tip: Mutex::new(Tip { height: 0, id: Hash::ZERO, time_ms: 0 }),
        commits: Mutex::default(),
        height: watch::Sender::new(0),
    });
    let config = bft::Config { block_interval_min: Duration::ZERO, ..bft::Config::default() };
    let consensus = BftConsensus::new(mailbox, Arc::new(network.clone()), folder.join(public.to_string()), config)?;
    Ok((ledger, network, consensus))
}

/// Why a validator of the measurement ended.
#[derive(Debug, thiserror::Error)]
enum MemberError {
    /// Its network failed.
    #[error(transparent)]
    Network(#[from] NetworkFailure),
    /// Its consensus failed.
    #[error(transparent)]
    Consensus(#[from] ConsensusError),
}

/// Why the engine alone can't be measured.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    /// There is no randomness for the keys.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
    /// The keys are no validator set.
    #[error("there are no validators to measure")]
    Keys,
    /// A network does not start.
    #[error("a validator's network does not start")]
    Start(#[from] StartError),
    /// The validators don't reach each other.
    #[error("the validators don't reach each other")]
    Network(#[from] NetworkError),
    /// The pace of blocks is out of its range.
    #[error(transparent)]
    Config(#[from] bft::ConfigError),
    /// Too few blocks were decided.
    #[error("the validators did not decide in time")]
    TooSlow,
}
