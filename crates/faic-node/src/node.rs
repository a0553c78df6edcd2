//! A running node: data folder, ledger, chain and consensus, put together and taken apart in order.
//!
//! [`Node::start`] either gives a whole node or changes nothing but the data folder. From then on every part is supervised:
//! when one fails, as the consensus does when the disk is full, the node stops with that error. What was answered as final
//! is on disk by then, because a block is answered only after its durable write.

use std::{error::Error, fs::File, future::Future, io::Read, path::PathBuf, sync::Arc, time::Duration};

use faic_consensus::{
    Consensus, SimpleConsensus,
    simple::{self, SimpleConsensusError},
};
use faic_core::{
    BasicCrypto, KeyManager, PublicKey,
    keystore::{Keystore, KeystoreError},
};
use faic_ledger::{
    Genesis, Ledger, Store, StoreError,
    genesis::{DOCUMENT_BYTES_MAX, GenesisError},
    ledger::OpenError,
    store::EmbeddedStore,
};
use tokio::{
    task::spawn_blocking,
    time::{Instant, sleep},
};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::{
    chain::{Chain, ChainApplication, system_clock},
    config::{Config, ConfigError},
    data_folder::{DataFolder, DataFolderError},
    mempool::Mempool,
    secret_file::SecretFileError,
    services::{FaucetConfig, FaucetService, TransactionService, WalletService},
    supervision::{Supervisor, TaskError},
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
    /// The key by which peers know it.
    id: PublicKey,
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
        config.check()?;
        if config.data_dir.as_os_str().is_empty() {
            return Err(StartError::NoDataFolder);
        }
        let simple = config.consensus.clone();
        let parts = spawn_blocking(move || Parts::open(&config, open_store));
        let parts = parts.await.expect("opening returns its errors, and a panic in it is a broken invariant")?;
        Self::assemble(parts, simple, telemetry).await
    }

    /// Puts opened parts together and sets them going.
    async fn assemble(parts: Parts, config: simple::Config, telemetry: &Telemetry) -> Result<Self, StartError> {
        let Parts { folder, id, token, signer, mempool, ledger, keystore, faucet } = parts;
        telemetry.identify(Identity { node_id: id.to_string(), node_type: "validator" });
        let consensus = SimpleConsensus::new(ledger.validators(), Arc::new(signer), config)?;
        let chain = Arc::new(Chain::new(ledger, mempool, system_clock()));
        let services = Services {
            transactions: Arc::new(TransactionService::new(Arc::clone(&chain), id.to_string()).await),
            wallets: Arc::new(WalletService::new(Arc::clone(&chain), keystore).await),
            faucet: Arc::new(FaucetService::new(Arc::clone(&chain), faucet).await.map_err(OpenError::from)?),
        };
        let mut supervisor = Supervisor::new(CancellationToken::new());
        let (application, shutdown) = (Arc::new(ChainApplication(Arc::clone(&chain))), supervisor.shutdown().clone());
        info!(node = %id, data = %folder.path().display(), consensus = consensus.name(), "node.started");
        supervisor.spawn("consensus", async move { consensus.run(application, shutdown).await });
        Ok(Self { supervisor, chain, services, id, token, folder })
    }

    /// The node's id: the key by which peers know it.
    pub const fn id(&self) -> PublicKey {
        self.id
    }

    /// Ledger and mempool.
    pub const fn chain(&self) -> &Arc<Chain> {
        &self.chain
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
        let Self { supervisor, chain, services, id: _, token: _, folder } = self;
        let ended = supervisor.run().await;
        folder.withdraw_api_address();
        drop(services);
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

/// What a node is put together from.
struct Parts {
    /// The data folder.
    folder: DataFolder,
    /// The node's id.
    id: PublicKey,
    /// The token of the HTTP interface.
    token: ApiToken,
    /// Signs with the validator's key.
    signer: BasicCrypto,
    /// An empty mempool.
    mempool: Mempool,
    /// The ledger.
    ledger: Ledger,
    /// The wallets.
    keystore: Keystore,
    /// The faucet, where the folder has its key.
    faucet: Option<FaucetConfig>,
}

impl Parts {
    /// Opens everything that is on the disk.
    fn open(
        config: &Config,
        open_store: impl FnOnce(&DataFolder) -> Result<Arc<dyn Store>, StoreError>,
    ) -> Result<Self, StartError> {
        // A path without a node is most likely mistyped, unless the configuration says what to begin there.
        let open = if config.genesis.is_some() { DataFolder::open } else { DataFolder::open_existing };
        let folder = open(&config.data_dir)?;
        let genesis = find_genesis(config, &folder)?;
        let validator = folder.validator_key()?.ok_or(StartError::NoValidatorKey)?;
        let id = folder.node_key()?.public_key();
        let token = folder.api_token()?;
        let signer = BasicCrypto { key_manager: KeyManager::from_iter([validator]) };
        let mempool = Mempool::new(config.mempool).map_err(ConfigError::from)?;
        let keystore = Keystore::open(&folder.wallets_path())?;
        let faucet = folder.faucet_key()?.map(|key| FaucetConfig { key, amount: config.faucet.amount });
        let store = open_store(&folder).map_err(OpenError::from)?;
        let ledger = Ledger::open(store, genesis)?;
        Ok(Self { folder, id, token, signer, mempool, ledger, keystore, faucet })
    }
}

/// The genesis of the folder, or the one of the configuration for a folder that has none.
fn find_genesis(config: &Config, folder: &DataFolder) -> Result<Genesis, StartError> {
    if let Some(path) = &config.genesis {
        let unreadable = |source| StartError::GenesisFile { path: path.clone(), source };
        let wrong = |source| StartError::Genesis { path: path.clone(), source };
        let mut text = String::new();
        let document = File::open(path).map_err(unreadable)?;
        // One byte more than is allowed, so that a larger document is refused as such.
        document.take(DOCUMENT_BYTES_MAX as u64 + 1).read_to_string(&mut text).map_err(unreadable)?;
        folder.bind(&Genesis::parse(&text).map_err(wrong)?)?;
    }
    folder.genesis()?.ok_or_else(|| StartError::NoGenesis { path: folder.path().to_owned() })
}

/// Why a node does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The configuration makes no sense.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The configuration names no data folder.
    #[error("no data folder was given")]
    NoDataFolder,
    /// The data folder can't be used.
    #[error(transparent)]
    DataFolder(#[from] DataFolderError),
    /// A secret of the data folder can't be used.
    #[error(transparent)]
    Secret(#[from] SecretFileError),
    /// The wallets can't be used.
    #[error("the wallets of the data folder can't be used")]
    Wallets(#[from] KeystoreError),
    /// The data folder is new and no genesis document was given.
    #[error("the data folder {} belongs to no chain yet; give a genesis document", path.display())]
    NoGenesis {
        /// The data folder.
        path: PathBuf,
    },
    /// The genesis document can't be read.
    #[error("the genesis document {} can't be read", path.display())]
    GenesisFile {
        /// The document's file.
        path: PathBuf,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// The genesis document is wrong.
    #[error("the genesis document {} is wrong", path.display())]
    Genesis {
        /// The document's file.
        path: PathBuf,
        /// What is wrong with it.
        source: GenesisError,
    },
    /// The data folder has no validator key, and a chain of one validator needs it.
    #[error("the data folder has no validator.key, and this chain has no other validator to follow")]
    NoValidatorKey,
    /// This node can't decide blocks.
    #[error("this node can't decide blocks")]
    Consensus(#[from] SimpleConsensusError),
    /// The ledger can't be opened.
    #[error("the ledger can't be opened")]
    Ledger(#[from] OpenError),
}

#[cfg(test)]
mod tests;
