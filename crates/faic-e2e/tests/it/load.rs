//! Payers that load a node and remember what it answered as final.

use std::{
    fs,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use faic_core::{
    Address, Amount, Authority, BasicCrypto, ChainId, Hash, KeyManager, Network, SecretKey, crypto,
    derivation::{AccountPath, derive_account_key},
    mnemonic::Mnemonic,
    transaction::{Output, TransactionBuilder},
};
use faic_e2e::Api;
use faic_ledger::{Genesis, Ledger, store::EmbeddedStore};
use faic_node::dev;

/// Senders that pay at the same time.
const PAYERS: u32 = 4;
/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// A transfer that the node answered as final.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Receipt {
    /// The id of the transaction.
    pub(crate) id: Hash,
    /// The height that the node named.
    pub(crate) height: u64,
}

/// One of the public development accounts, with its keys.
struct Payer {
    /// Its keys.
    crypto: BasicCrypto,
    /// What governs it.
    authority: Authority,
}

impl Payer {
    /// The development account of that index.
    fn new(index: u32) -> Self {
        let mnemonic = Mnemonic::parse(dev::PUBLIC_MNEMONIC).unwrap();
        let path = AccountPath::new(0, index).unwrap();
        let key: SecretKey = derive_account_key(&mnemonic.to_seed(""), Network::Dev, path);
        let authority = Authority::single(key.public_key());
        Self { crypto: BasicCrypto { key_manager: KeyManager::from_iter([key]) }, authority }
    }

    /// Pays one nano to `to`, at the lane's next sequence as the node tells it; the receipt once it is final.
    fn pay(&self, api: &Api, chain_id: &ChainId, to: Address) -> Option<Receipt> {
        let account = api.try_get(&format!("/v1/accounts/{}", self.authority.address().encode(Network::Dev)))?;
        let sequence = account.body["lanes"]
            .as_array()
            .and_then(|lanes| lanes.iter().find(|lane| lane["lane"] == 0))
            .and_then(|lane| lane["next_sequence"].as_u64())
            .unwrap_or_default();
        let height = account.body["height"].as_u64()?;
        let outputs = vec![Output { to, amount: Amount::from_nano(1).unwrap(), memo: String::new() }];
        let body = TransactionBuilder::transfer(chain_id.clone(), self.authority.clone(), outputs)
            .nonce(0, sequence)
            .valid_until(height + 10_000)
            .build(100)
            .unwrap();
        let signed = crypto::sign_transaction(&self.crypto, body).unwrap();
        api.submit(&signed)?;
        let path = format!("/v1/transactions/{}?wait=final&timeout=10s", signed.id());
        let answer = api.try_get(&path)?;
        (answer.body["state"] == "final")
            .then(|| Receipt { id: signed.id(), height: answer.body["height"].as_u64().unwrap() })
    }
}

/// Payers at work, each in a thread of its own, until they are told to stop.
pub(crate) struct Load {
    /// What became final so far.
    receipts: Arc<Mutex<Vec<Receipt>>>,
    /// Whether the payers shall stop.
    over: Arc<AtomicBool>,
    /// The threads.
    workers: Vec<JoinHandle<()>>,
}

impl Load {
    /// Lets every payer pay `to` as fast as the node answers.
    pub(crate) fn start(api: &Api, to: Address) -> Self {
        Self::on(std::slice::from_ref(api), &ChainId::new(dev::CHAIN_ID).unwrap(), to)
    }

    /// Lets every payer pay `to` on a chain, each at one of the nodes, as fast as it answers.
    pub(crate) fn on(nodes: &[Api], chain_id: &ChainId, to: Address) -> Self {
        let (receipts, over) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicBool::new(false)));
        let work = |index: u32| {
            let api = nodes[usize::try_from(index).unwrap() % nodes.len()].clone();
            let (chain_id, receipts, over) = (chain_id.clone(), Arc::clone(&receipts), Arc::clone(&over));
            thread::spawn(move || {
                let payer = Payer::new(index);
                while !over.load(Ordering::Relaxed) {
                    if let Some(receipt) = payer.pay(&api, &chain_id, to) {
                        receipts.lock().unwrap().push(receipt);
                    }
                }
            })
        };
        let workers = (0..PAYERS).map(work).collect();
        Self { receipts, over, workers }
    }

    /// How many payments are final.
    pub(crate) fn count(&self) -> usize {
        self.receipts.lock().unwrap().len()
    }

    /// Waits until so many payments are final.
    pub(crate) fn wait_for(&self, enough: usize) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let found = self.count();
            if found >= enough {
                return;
            }
            assert!(Instant::now() < deadline, "only {found} of {enough} payments became final in time");
            thread::yield_now();
        }
    }

    /// Waits until `ended` says so while the payers go on.
    pub(crate) fn until(&self, mut ended: impl FnMut() -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !ended() {
            assert!(Instant::now() < deadline, "what was waited for did not happen in time");
            thread::yield_now();
        }
    }

    /// Stops the payers and returns what became final.
    pub(crate) fn finish(self) -> Vec<Receipt> {
        self.over.store(true, Ordering::Relaxed);
        for worker in self.workers {
            worker.join().expect("a payer does not panic");
        }
        self.receipts.lock().unwrap().clone()
    }
}

/// Checks the stopped node's folder: everything fits together, and each receipt is where the node said.
pub(crate) fn audit(folder: &Path, receipts: &[Receipt]) {
    let genesis = Genesis::parse(&fs::read_to_string(folder.join("genesis.json")).unwrap()).unwrap();
    let supply = genesis.supply().unwrap();
    let store = EmbeddedStore::open(&folder.join("ledger")).unwrap();
    let ledger = Ledger::open(Arc::new(store), genesis).unwrap();
    let found = ledger.audit(&BasicCrypto::default()).unwrap();
    assert_eq!(found.balances.checked_add(found.stakes), Some(supply));
    for Receipt { id, height } in receipts {
        let place = ledger.locate(id).unwrap();
        assert_eq!(place.map(|(height, _)| height), Some(*height), "{id} was answered as final");
    }
    let received = u64::try_from(receipts.len()).unwrap();
    let balance = ledger.account(&receiver()).unwrap().balance.nano();
    assert!(balance >= received, "{received} payments of one nano were final, the receiver has {balance}");
    assert!(found.transactions >= balance, "{balance} nano came by {} transactions", found.transactions);
}

/// The account that everybody pays.
pub(crate) fn receiver() -> Address {
    Address::from_bytes([42; 32])
}
