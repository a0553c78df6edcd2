//! What a node is put together from: everything that is on its disk.

use std::{fs::File, io::Read, path::PathBuf, sync::Arc};

use faic_consensus::{ConsensusError, bft};
use faic_core::{
    SecretKey,
    keystore::{Keystore, KeystoreError},
};
use faic_ledger::{
    Genesis, Ledger, Store, StoreError,
    genesis::{DOCUMENT_BYTES_MAX, GenesisError},
    ledger::OpenError,
};
use faic_network::NetworkError;

use crate::{
    config::{Config, ConfigError},
    data_folder::{DataFolder, DataFolderError},
    mempool::Mempool,
    secret_file::SecretFileError,
    services::FaucetConfig,
    token::ApiToken,
};

/// What a node is put together from.
pub(super) struct Parts {
    /// The data folder.
    pub(super) folder: DataFolder,
    /// The key by which peers know the node.
    pub(super) key: SecretKey,
    /// The token of the HTTP interface.
    pub(super) token: ApiToken,
    /// The key that votes, where the node does.
    pub(super) validator: Option<SecretKey>,
    /// An empty mempool.
    pub(super) mempool: Mempool,
    /// The ledger.
    pub(super) ledger: Ledger,
    /// The wallets.
    pub(super) keystore: Keystore,
    /// The faucet, where the folder has its key.
    pub(super) faucet: Option<FaucetConfig>,
}

impl Parts {
    /// Opens everything that is on the disk.
    pub(super) fn open(
        config: &Config,
        open_store: impl FnOnce(&DataFolder) -> Result<Arc<dyn Store>, StoreError>,
    ) -> Result<Self, StartError> {
        // A path without a node is most likely mistyped, unless the configuration says what to begin there.
        let open = if config.genesis.is_some() { DataFolder::open } else { DataFolder::open_existing };
        let folder = open(&config.data_dir)?;
        let genesis = find_genesis(config, &folder)?;
        let validator = if config.validator { folder.validator_key()? } else { None };
        let key = folder.node_key()?;
        let token = folder.api_token()?;
        let mempool = Mempool::new(config.mempool).map_err(ConfigError::from)?;
        let keystore = Keystore::open(&folder.wallets_path())?;
        let faucet = folder.faucet_key()?.map(|key| FaucetConfig { key, amount: config.faucet.amount });
        let store = open_store(&folder).map_err(OpenError::from)?;
        let ledger = Ledger::open(store, genesis)?;
        Ok(Self { folder, key, token, validator, mempool, ledger, keystore, faucet })
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
    /// There is neither a network nor a key that votes.
    #[error("the data folder has no validator.key, and without a network this node would hear of no block")]
    NoValidatorKey,
    /// There is no network, and others decide the blocks.
    #[error("this node can't decide blocks alone: its chain has other validators, and it has no network")]
    NotTheValidator,
    /// The consensus makes no sense.
    #[error("the consensus can't begin")]
    Consensus(#[from] bft::ConfigError),
    /// The journal of the votes can't be used.
    #[error(transparent)]
    Journal(ConsensusError),
    /// The network can't begin.
    #[error("the network can't begin")]
    Network(#[from] faic_network::basic::StartError),
    /// The network ended before the node began.
    #[error("the network ended at once")]
    NetworkEnded(#[from] NetworkError),
    /// The ledger can't be opened.
    #[error("the ledger can't be opened")]
    Ledger(#[from] OpenError),
}
