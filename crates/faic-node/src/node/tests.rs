//! Tests of whole nodes: start, restart, what stops a start, what stops a running node, and several of them.

mod cluster;

use std::{
    future::pending,
    io,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use faic_core::{
    Amount, Authority, BasicCrypto, Hash, Network, SecretKey, SignedTransaction,
    crypto::sign_transaction,
    derivation::{AccountPath, derive_account_key},
    mnemonic::Mnemonic,
    transaction::{Output, TransactionBuilder},
};
use faic_ledger::{
    Store, StoreError,
    store::{Direction, KeyRange, MemoryStore, Table, Visitor, WriteBatch},
};
use tempfile::TempDir;
use tokio::time::timeout;

use super::{Node, Services, StartError};
use crate::{
    Chain, Config, DataFolder, Telemetry, TransactionState,
    data_folder::DataFolderError,
    dev, network,
    supervision::{TaskError, chain_of},
};

/// How long anything may take that takes a moment.
const PATIENCE: Duration = Duration::from_secs(60);

/// A temporary folder of the development network, and the configuration of a quick node on it.
fn place() -> (TempDir, Config) {
    let place = TempDir::new().expect("a temporary folder");
    let folder = DataFolder::open(&place.path().join("data")).expect("a new folder");
    dev::prepare(&folder).expect("a new folder");
    let mut config = Config { data_dir: folder.path().to_owned(), ..Config::default() };
    config.consensus.hold = Duration::from_millis(50);
    config.consensus.block_interval_min = Duration::ZERO;
    config.network = network::Config::disabled();
    (place, config)
}

/// Starts a node.
async fn start(config: &Config) -> Result<Node, StartError> {
    Node::start(config.clone(), &Telemetry::default()).await
}

/// The reason why a node does not start.
async fn refusal(config: &Config) -> StartError {
    start(config).await.err().expect("something stands in the way")
}

/// The public key of the first development account.
fn payer() -> SecretKey {
    let seed = Mnemonic::parse(dev::PUBLIC_MNEMONIC).expect("a mnemonic").to_seed("");
    derive_account_key(&seed, Network::Dev, AccountPath::default())
}

/// A payment of one FAIC from the first development account to the second.
fn payment(sequence: u64) -> SignedTransaction {
    let key = payer();
    let authority = Authority::single(key.public_key());
    let amount = Amount::from_faic(1).expect("below the supply");
    let output = Output { to: dev::accounts()[1].address, amount, memo: String::new() };
    let transaction = TransactionBuilder::transfer(dev::genesis().chain_id, authority, vec![output])
        .nonce(0, sequence)
        .valid_until(100_000)
        .build(1_000)
        .expect("a good payment");
    sign_transaction(&BasicCrypto { key_manager: [key].into_iter().collect() }, transaction).expect("the key is there")
}

/// Submits a payment and waits until it is final; its id.
async fn pay(chain: &Arc<Chain>, sequence: u64) -> Hash {
    let id = chain.admit(payment(sequence)).await.expect("a good payment").id;
    let state = chain.wait_for(id, PATIENCE).await.expect("the ledger can be read");
    assert!(matches!(state, TransactionState::Final { .. }), "{state:?}");
    id
}

/// What the second development account has, in FAIC.
async fn receiver_balance(chain: &Arc<Chain>) -> String {
    let address = dev::accounts()[1].address;
    chain.read(move |ledger| ledger.account(&address)).await.expect("the ledger can be read").balance.to_string()
}

/// A node makes payments final, stops cleanly, and finds every balance again after a restart in the same folder.
#[tokio::test(flavor = "multi_thread")]
async fn payments_survive_a_restart() {
    let (_place, config) = place();
    let node = start(&config).await.expect("a good folder");
    let (id, token) = (node.id(), node.token().clone());
    for sequence in 0..3 {
        pay(node.chain(), sequence).await;
    }
    let height = node.chain().tip().height;
    node.stop().await.expect("a clean stop");

    let node = start(&config).await.expect("the folder was closed");
    assert_eq!((node.id(), node.token().matches(token.reveal())), (id, true));
    assert!(node.chain().tip().height >= height);
    assert_eq!(receiver_balance(node.chain()).await, "1000003");
    pay(node.chain(), 3).await;
    assert_eq!(receiver_balance(node.chain()).await, "1000004");
    node.stop().await.expect("a clean stop");
}

/// The node's services work on its folder: the faucet pays from its key, and there is no wallet yet.
#[tokio::test(flavor = "multi_thread")]
async fn services_work() {
    let (_place, config) = place();
    let node = start(&config).await.expect("a good folder");
    let Services { transactions, wallets, faucet, .. } = node.services().clone();
    assert_eq!(transactions.chain_id().as_str(), dev::CHAIN_ID);
    let stranger = Authority::single(SecretKey::from_seed(&[77; 32]).public_key()).address();
    let grant = faucet.grant(stranger).await.expect("the development network has a faucet");
    let state = node.chain().wait_for(grant.sent.id, PATIENCE).await.expect("the ledger can be read");
    assert!(matches!(state, TransactionState::Final { .. }));
    assert_eq!((grant.amount, wallets.list().await.expect("a new keystore").len()), (config.faucet.amount, 0));
    drop((transactions, wallets, faucet));
    node.stop().await.expect("a clean stop");
}

/// A node stops when the future that it runs for is done.
#[tokio::test(flavor = "multi_thread")]
async fn runs_until_asked_to_stop() {
    let (_place, config) = place();
    let node = start(&config).await.expect("a good folder");
    let mut tips = node.chain().tips();
    let first_block = async move {
        tips.changed().await.expect("the chain goes on");
    };
    timeout(PATIENCE, node.run_until(first_block)).await.expect("in time").expect("a clean stop");
}

/// A further part that fails stops the node by its name; the folder is free afterwards.
#[tokio::test(flavor = "multi_thread")]
async fn failing_part_stops_the_node() {
    let (_place, config) = place();
    let mut node = start(&config).await.expect("a good folder");
    node.spawn("http", async { Err::<(), _>(io::Error::other("no socket")) });
    let error = timeout(PATIENCE, node.run_until(pending())).await.expect("in time").expect_err("a part failed");
    assert_eq!(chain_of(&error), "the node stopped because its http failed: no socket");
    start(&config).await.expect("the folder was closed").stop().await.expect("a clean stop");
}

/// A second node on the same folder is refused while the first one runs, which goes on undisturbed.
#[tokio::test(flavor = "multi_thread")]
async fn one_node_a_folder() {
    let (_place, config) = place();
    let node = start(&config).await.expect("a good folder");
    let error = refusal(&config).await;
    assert!(matches!(error, StartError::DataFolder(DataFolderError::InUse { .. })), "{error}");
    pay(node.chain(), 0).await;
    node.stop().await.expect("a clean stop");
}

/// A new folder needs a genesis document, and the validator's key where there is no network; it says which is missing.
#[tokio::test(flavor = "multi_thread")]
async fn new_folder() {
    let place = TempDir::new().expect("a temporary folder");
    let mut config = Config { data_dir: place.path().join("data"), ..Config::default() };
    config.network = network::Config::disabled();
    let missing = refusal(&config).await;
    assert!(matches!(missing, StartError::DataFolder(DataFolderError::Missing { .. })), "{missing}");
    drop(DataFolder::open(&config.data_dir).expect("a new folder"));
    assert!(matches!(refusal(&config).await, StartError::NoGenesis { .. }));

    let document = place.path().join("genesis.toml");
    config.genesis = Some(document.clone());
    assert!(matches!(refusal(&config).await, StartError::GenesisFile { .. }));
    write(&document, "chain_id = 7");
    assert!(matches!(refusal(&config).await, StartError::Genesis { .. }));
    write(&document, &dev::genesis().to_toml());
    assert!(matches!(refusal(&config).await, StartError::NoValidatorKey));

    let folder = DataFolder::open(&config.data_dir).expect("the folder is free");
    folder.create_validator_key().expect("there is none");
    drop(folder);
    assert!(matches!(refusal(&config).await, StartError::NotTheValidator));
}

/// A folder of one chain does not start with the genesis of another.
#[tokio::test(flavor = "multi_thread")]
async fn other_chain() {
    let (place, mut config) = place();
    start(&config).await.expect("a good folder").stop().await.expect("a clean stop");
    let mut other = dev::genesis();
    other.parameters.base_fee_per_byte_min += 1;
    let document = place.path().join("other.json");
    write(&document, &other.to_json());
    config.genesis = Some(document.clone());
    assert!(matches!(refusal(&config).await, StartError::DataFolder(DataFolderError::OtherChain { .. })));

    // Not even when somebody exchanges the document in the folder.
    std::fs::copy(&document, config.data_dir.join("genesis.json")).expect("our own folder");
    let error = refusal(&config).await;
    assert!(matches!(error, StartError::Ledger(faic_ledger::ledger::OpenError::OtherChain { .. })), "{error}");
}

/// A senseless configuration is refused before anything is touched.
#[tokio::test(flavor = "multi_thread")]
async fn bad_configuration() {
    let place = TempDir::new().expect("a temporary folder");
    let mut config = Config { data_dir: place.path().join("data"), ..Config::default() };
    config.mempool.lane_transactions_max = 0;
    assert!(matches!(refusal(&config).await, StartError::Config(_)));
    assert!(!config.data_dir.exists());
    assert!(matches!(refusal(&Config::default()).await, StartError::NoDataFolder));
}

/// When the disk fills up, the node stops and says so; everything that it answered as final is there afterwards.
#[tokio::test(flavor = "multi_thread")]
async fn disk_full() {
    for fault in [Fault::DiskFull, Fault::ReadOnly] {
        let (_place, mut config) = place();
        // Blocks without payments would use up the disk before the first payment on a slow machine.
        config.consensus.hold = Duration::from_secs(2);
        config.consensus.timeout_propose = Duration::from_secs(3);
        let disk = Arc::new(Disk { rows: MemoryStore::new(), writes_left: AtomicU32::new(6), fault });
        let store: Arc<dyn Store> = Arc::clone(&disk) as _;
        let node =
            Node::start_on(config.clone(), &Telemetry::default(), |_| Ok(store)).await.expect("there is room yet");
        let chain = Arc::clone(node.chain());
        let paying = tokio::spawn(async move {
            let mut answered = Vec::new();
            for sequence in 0.. {
                let Ok(admitted) = chain.admit(payment(sequence)).await else { break };
                let state = chain.wait_for(admitted.id, Duration::from_secs(1)).await;
                if !matches!(state, Ok(TransactionState::Final { .. })) {
                    break;
                }
                answered.push(admitted.id);
            }
            answered
        });
        let error = timeout(PATIENCE, node.run()).await.expect("in time").expect_err("the disk is full");
        assert!(matches!(error, TaskError::Failed { task: "consensus", .. }));
        assert!(chain_of(&error).contains(fault.sentence()), "{}", chain_of(&error));
        let answered = paying.await.expect("the payments do not panic");
        assert!(!answered.is_empty(), "the first blocks had room");

        disk.writes_left.store(u32::MAX, Ordering::Relaxed);
        let store: Arc<dyn Store> = Arc::clone(&disk) as _;
        let node = Node::start_on(config, &Telemetry::default(), |_| Ok(store)).await.expect("there is room again");
        for id in &answered {
            let state = node.chain().state_of(*id).await.expect("the ledger can be read");
            assert!(matches!(state, TransactionState::Final { .. }), "{id}");
        }
        pay(node.chain(), answered.len() as u64).await;
        node.stop().await.expect("a clean stop");
    }
}

/// Writes a file.
fn write(path: &Path, text: &str) {
    std::fs::write(path, text).expect("our own folder");
}

/// What a disk does when it takes no more.
#[derive(Clone, Copy)]
enum Fault {
    /// It is full.
    DiskFull,
    /// It became read-only.
    ReadOnly,
}

impl Fault {
    /// What the operator reads.
    const fn sentence(self) -> &'static str {
        match self {
            Self::DiskFull => "there is no room for the data folder on its disk",
            Self::ReadOnly => "the data folder cannot be written to",
        }
    }
}

/// A disk that takes so many writes and no more.
struct Disk {
    /// What it holds.
    rows: MemoryStore,
    /// How many writes it still takes.
    writes_left: AtomicU32,
    /// What it does then.
    fault: Fault,
}

impl Store for Disk {
    fn read(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.rows.read(table, key)
    }

    fn scan(
        &self,
        table: Table,
        range: KeyRange<'_>,
        direction: Direction,
        visit: Visitor<'_>,
    ) -> Result<(), StoreError> {
        self.rows.scan(table, range, direction, visit)
    }

    fn write(&self, batch: WriteBatch) -> Result<(), StoreError> {
        let left = self.writes_left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        match (left, self.fault) {
            (Ok(_), _) => self.rows.write(batch),
            (Err(_), Fault::DiskFull) => Err(StoreError::DiskFull { source: io::ErrorKind::StorageFull.into() }),
            (Err(_), Fault::ReadOnly) => Err(StoreError::ReadOnly { source: io::ErrorKind::ReadOnlyFilesystem.into() }),
        }
    }

    fn view(&self) -> Result<Arc<dyn Store>, StoreError> {
        self.rows.view()
    }
}
