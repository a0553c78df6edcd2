//! A running node: data folder, ledger, chain and consensus, put together and taken apart in order.
//!
//! [`Node::start`] either gives a whole node or changes nothing but the data folder. From then on every part is supervised:
//! when one fails, as the consensus does when the disk is full, the node stops with that error. What was answered as final
//! is on disk by then, because a block is answered only after its durable write.

mod network;
mod parts;

use std::{error::Error, future::Future, sync::Arc, time::Duration};

use faic_consensus::{
    Consensus,
    bft::{self, BftConsensus},
};
use faic_core::{BasicCrypto, KeyManager, PublicKey, SecretKey};
use faic_ledger::{Ledger, Store, StoreError, ledger::OpenError, store::EmbeddedStore};
use faic_network::NodeId;
use tokio::{
    sync::watch,
    task::spawn_blocking,
    time::{Instant, sleep},
};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use self::parts::Parts;
pub use self::{
    network::{MakeNetwork, Peering},
    parts::StartError,
};
use crate::{
    chain::{Chain, ChainApplication, system_clock},
    config::Config,
    data_folder::DataFolder,
    gossip::Gossiper,
    inbox::{NodeInbox, Profile},
    network::{P2PNetwork, node_type},
    services::{
        DraftService, EventService, FaucetService, NetworkService, ProofService, TransactionService, ValidatorService,
        WalletService,
    },
    supervision::{Stage, Supervisor, TaskError},
    sync::{self, Part, Synchronizer},
    telemetry::{Identity, Telemetry},
    token::ApiToken,
};

/// How long closing waits for the last reads of the ledger to end.
const CLOSE_WAIT_MAX: Duration = Duration::from_secs(5);
/// How often closing looks whether they have.
const CLOSE_GLANCE: Duration = Duration::from_millis(5);

/// A running node.
pub struct Node {
    /// The tasks that run it.
    supervisor: Supervisor,
    /// Its ledger and mempool.
    chain: Arc<Chain>,
    /// What its users can ask of it.
    services: Services,
    /// Its part of the network.
    network: Arc<P2PNetwork>,
    /// The key by which peers know it.
    id: NodeId,
    /// The token of its HTTP interface.
    token: ApiToken,
    /// Its data folder; dropped last, because its lock protects everything else.
    folder: DataFolder,
}

impl Node {
    /// Starts a node on the data folder of the configuration.
    ///
    /// # Errors
    /// [`StartError`] says what stands in the way.
    pub async fn start(config: Config, telemetry: &Telemetry) -> Result<Self, StartError> {
        Self::start_on(config, telemetry, |folder| {
            let store = EmbeddedStore::open(&folder.ledger_path())?;
            Ok(Arc::new(store))
        })
        .await
    }

    /// [`Node::start`] with the ledger in another store, for tests of faults.
    ///
    /// # Errors
    /// Those of [`Node::start`].
    pub async fn start_on(
        config: Config,
        telemetry: &Telemetry,
        open_store: impl FnOnce(&DataFolder) -> Result<Arc<dyn Store>, StoreError> + Send + 'static,
    ) -> Result<Self, StartError> {
        Self::start_among(config, telemetry, open_store, Peering::Configured).await
    }

    /// [`Node::start_on`] with another network than the configured one, for tests of many nodes.
    ///
    /// # Errors
    /// Those of [`Node::start`].
    pub async fn start_among(
        config: Config,
        telemetry: &Telemetry,
        open_store: impl FnOnce(&DataFolder) -> Result<Arc<dyn Store>, StoreError> + Send + 'static,
        peering: Peering,
    ) -> Result<Self, StartError> {
        config.check()?;
        if config.data_dir.as_os_str().is_empty() {
            return Err(StartError::NoDataFolder);
        }
        let own = config.clone();
        let parts = spawn_blocking(move || Parts::open(&own, open_store));
        let parts = parts.await.expect("opening returns its errors, and a panic in it is a broken invariant")?;
        Box::pin(Self::assemble(parts, config, telemetry, peering)).await
    }

    /// Puts opened parts together and sets them going: the network first, because everything else speaks through it.
    async fn assemble(
        parts: Parts,
        config: Config,
        telemetry: &Telemetry,
        peering: Peering,
    ) -> Result<Self, StartError> {
        let Parts { folder, key, token, validator, mempool, ledger, keystore, faucet } = parts;
        let id = NodeId::new(key.public_key());
        let is_enabled = config.network.enabled || matches!(peering, Peering::Given(_));
        check_company(&ledger, validator.as_ref(), is_enabled)?;
        let (chain_id, genesis) = (ledger.genesis().chain_id.clone(), ledger.genesis().id());
        let chain = Arc::new(Chain::new(ledger, mempool, system_clock()));
        let seat = validator.map(|key| Seat::new(key, chain_id.clone()));
        let validator = seat.as_ref().map(|seat| seat.key);
        let node_type = node_type(&chain, validator.as_ref());
        telemetry.identify(Identity { node_id: id.to_string(), node_type: node_type.name() });
        let profile = Profile { chain_id: chain_id.clone(), validator };
        let handle = seat.as_ref().map(|seat| seat.handle.clone());
        let inbox = Arc::new(NodeInbox::new(Arc::clone(&chain), profile, handle.clone()));
        let mut supervisor = Supervisor::new(CancellationToken::new());
        let place = network::Place { key, chain_id: chain_id.clone(), genesis, folder: folder.path().to_owned() };
        let interface = network::join(peering, config.network, place, &inbox, &mut supervisor).await?;
        let (status, sync) = watch::channel(Default::default());
        let (consensus, heads) = (handle, inbox.heads());
        let network = Arc::new(P2PNetwork { node_id: id, validator, consensus, is_enabled, interface, heads, sync });
        let services = Services {
            transactions: Arc::new(TransactionService::new(Arc::clone(&chain), id.to_string()).await),
            wallets: Arc::new(WalletService::new(Arc::clone(&chain), keystore).await),
            faucet: Arc::new(FaucetService::new(Arc::clone(&chain), faucet).await.map_err(OpenError::from)?),
            network: Arc::new(NetworkService::new(Arc::clone(&chain), chain_id, Arc::clone(&network))),
            validators: Arc::new(ValidatorService::new(Arc::clone(&chain))),
            proofs: Arc::new(ProofService::new(Arc::clone(&chain))),
            drafts: Arc::new(DraftService::new(Arc::clone(&chain))),
            events: Arc::new(EventService::new(
                Arc::clone(&chain),
                network.heads.clone(),
                supervisor.shutdown().clone(),
            )),
        };
        info!(node = %network.node_id, data = %folder.path().display(), node_type = node_type.name(), "node.started");
        let part = seat.as_ref().map(|seat| Part { key: seat.key, consensus: seat.handle.clone() });
        if let Some(seat) = seat {
            network.interface.take_part(true).await?;
            let consensus = BftConsensus::new(
                seat.mailbox,
                Arc::clone(&network.interface),
                folder.consensus_path(),
                config.consensus,
            )?;
            let (application, stop) =
                (Arc::new(ChainApplication(Arc::clone(&chain))), supervisor.stop_of(Stage::Consensus));
            consensus.open(&*application).await.map_err(StartError::Journal)?;
            supervisor.spawn_in(Stage::Consensus, "consensus", async move { consensus.run(application, stop).await });
        }
        follow(&mut supervisor, config.sync, &chain, &network, part, status);
        Ok(Self { supervisor, chain, services, network, id, token, folder })
    }

    /// The node's id: the key by which peers know it.
    pub const fn id(&self) -> NodeId {
        self.id
    }

    /// Ledger and mempool.
    pub const fn chain(&self) -> &Arc<Chain> {
        &self.chain
    }

    /// Its part of the network.
    pub const fn network(&self) -> &Arc<P2PNetwork> {
        &self.network
    }

    /// What users can ask of the node.
    pub const fn services(&self) -> &Services {
        &self.services
    }

    /// The token of the HTTP interface.
    pub const fn token(&self) -> &ApiToken {
        &self.token
    }

    /// The data folder, which this node alone uses.
    pub const fn folder(&self) -> &DataFolder {
        &self.folder
    }

    /// What tells every part to end; cancelling it stops the node.
    pub const fn shutdown(&self) -> &CancellationToken {
        self.supervisor.shutdown()
    }

    /// Runs a further critical part, such as the HTTP interface: it ends with success once the shutdown is cancelled, and
    /// the node stops when it ends before.
    pub fn spawn<E>(&mut self, task: &'static str, future: impl Future<Output = Result<(), E>> + Send + 'static)
    where
        E: Error + Send + Sync + 'static,
    {
        self.supervisor.spawn(task, future);
    }

    /// Runs until `stop` is done, then stops.
    ///
    /// # Errors
    /// Those of [`Node::run`].
    pub async fn run_until(self, stop: impl Future<Output = ()>) -> Result<(), TaskError> {
        let shutdown = self.shutdown().clone();
        let stopping = async {
            shutdown.run_until_cancelled(stop).await;
            shutdown.cancel();
        };
        let (ended, ()) = tokio::join!(self.run(), stopping);
        ended
    }

    /// Stops: no further block is begun, one that is being committed is awaited, and everything is closed.
    ///
    /// # Errors
    /// Those of [`Node::run`].
    pub async fn stop(self) -> Result<(), TaskError> {
        self.shutdown().cancel();
        self.run().await
    }

    /// Runs until the shutdown is cancelled or a part fails; everything is closed when this returns.
    ///
    /// # Errors
    /// [`TaskError`] names the part that failed, and why.
    pub async fn run(self) -> Result<(), TaskError> {
        let Self { supervisor, chain, services, network, id: _, token: _, folder } = self;
        let ended = supervisor.run().await;
        folder.withdraw_api_address();
        drop((services, network));
        close(chain).await;
        info!("node.stopped");
        drop(folder);
        ended
    }
}

/// What users can ask of a node: one service a subject.
#[derive(Clone)]
pub struct Services {
    /// Accounts, transactions, blocks and status.
    pub transactions: Arc<TransactionService>,
    /// The node's own wallets.
    pub wallets: Arc<WalletService>,
    /// The faucet, which answers that there is none where there is none.
    pub faucet: Arc<FaucetService>,
    /// Peers, known nodes and synchronisation.
    pub network: Arc<NetworkService>,
    /// Who decides the blocks.
    pub validators: Arc<ValidatorService>,
    /// What can be proved.
    pub proofs: Arc<ProofService>,
    /// Fees, and transactions that nobody has submitted yet.
    pub drafts: Arc<DraftService>,
    /// What happens, told as it happens.
    pub events: Arc<EventService>,
}

/// Refuses a node that could neither decide blocks nor hear of them.
fn check_company(ledger: &Ledger, validator: Option<&SecretKey>, is_networked: bool) -> Result<(), StartError> {
    if is_networked {
        return Ok(());
    }
    let key = validator.ok_or(StartError::NoValidatorKey)?.public_key();
    let is_alone = ledger.validators().iter().all(|validator| validator.key == key);
    if is_alone { Ok(()) } else { Err(StartError::NotTheValidator) }
}

/// A validator's place in the agreement.
struct Seat {
    /// Its key.
    key: PublicKey,
    /// Where the messages of the others go.
    handle: bft::ConsensusHandle,
    /// Where they come out.
    mailbox: bft::Mailbox,
}

impl Seat {
    /// The seat of the validator with that key.
    fn new(secret: SecretKey, chain_id: faic_core::ChainId) -> Self {
        let key = secret.public_key();
        let signer = Arc::new(BasicCrypto { key_manager: KeyManager::from_iter([secret]) });
        let verifier = Arc::new(BasicCrypto::default());
        let (handle, mailbox) = bft::channel(bft::replica::Identity { chain_id, key, signer, verifier });
        Self { key, handle, mailbox }
    }
}

/// Follows the peers' blocks, and tells them of this node's transactions.
fn follow(
    supervisor: &mut Supervisor,
    config: sync::Config,
    chain: &Arc<Chain>,
    network: &Arc<P2PNetwork>,
    part: Option<Part>,
    status: watch::Sender<sync::SyncStatus>,
) {
    if !network.is_enabled {
        return;
    }
    let interface = || Arc::clone(&network.interface);
    let synchronizer = Synchronizer::new(config, Arc::clone(chain), interface(), part, network.heads.clone(), status);
    let gossiper = Gossiper::new(Arc::clone(chain), interface(), network.heads.clone());
    let stop = supervisor.stop_of(Stage::Sync);
    supervisor.spawn_in(Stage::Sync, "synchronisation", synchronizer.run(stop.clone()));
    supervisor.spawn_in(Stage::Sync, "gossip", gossiper.run(stop));
}

/// Waits for the last reads to let go of the chain, and closes its store.
async fn close(chain: Arc<Chain>) {
    let deadline = Instant::now() + CLOSE_WAIT_MAX;
    while Arc::strong_count(&chain) > 1 {
        if Instant::now() >= deadline {
            warn!("node.close: something still reads the ledger");
            break;
        }
        sleep(CLOSE_GLANCE).await;
    }
    spawn_blocking(move || drop(chain)).await.expect("closing the store does not panic");
}

#[cfg(test)]
mod tests;
