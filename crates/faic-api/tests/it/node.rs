//! A node of the development network with its API on a free port.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use faic_api::{ApiState, Origin, RateLimit, Server, ServerLimits, Tls, WalletClients, bind};
use faic_core::{
    Authority, BasicCrypto, Hash, Network, SecretKey, SignedTransaction, Transaction,
    crypto::sign_transaction,
    derivation::{AccountPath, derive_account_key},
    mnemonic::Mnemonic,
    transaction::{Output, TransactionBuilder},
};
use faic_node::{DataFolder, Node, Telemetry, dev};
use hyper::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::client::{Answer, Call};

/// The website whose pages may read from the tests' nodes.
pub(crate) const FRIEND: &str = "https://explorer.example";

/// The password of the tests' wallets.
pub(crate) const PASSWORD: &str = "correct horse battery";

/// A running node; it stops with the test's process, and its folder goes with it.
pub(crate) struct TestNode {
    /// Where its API is.
    pub(crate) address: SocketAddr,
    /// The token.
    pub(crate) token: String,
    /// The data folder.
    pub(crate) data: PathBuf,
    /// What the API needs.
    server: Server,
    /// Stops the node, and waits until it has.
    running: Option<(tokio_util::sync::CancellationToken, tokio::task::JoinHandle<()>)>,
    /// The temporary folder.
    _place: TempDir,
}

impl TestNode {
    /// Starts a node that makes blocks.
    pub(crate) async fn start() -> Self {
        Self::begin(|_| ()).await
    }

    /// Starts a node of the same chain that makes none.
    pub(crate) async fn start_follower() -> Self {
        Self::begin(|config| config.validator = false).await
    }

    /// Starts a node of the same chain that makes no blocks, and takes over the state of peers that have a few.
    pub(crate) async fn start_newcomer() -> Self {
        let change = |config: &mut faic_node::Config| {
            config.validator = false;
            config.sync.snapshot_beyond = 2;
        };
        Self::begin(change).await
    }

    /// Starts a node with another configuration.
    async fn begin(change: impl FnOnce(&mut faic_node::Config)) -> Self {
        Self::begin_limited(RateLimit::default(), ServerLimits::default(), change).await
    }

    /// Starts a node that makes blocks, and limits its clients.
    pub(crate) async fn start_limited(rate_limit: RateLimit) -> Self {
        Self::begin_limited(rate_limit, ServerLimits::default(), |_| ()).await
    }

    /// Starts a node that makes blocks, and whose server has other limits.
    pub(crate) async fn start_with(limits: ServerLimits) -> Self {
        Self::begin_limited(RateLimit::default(), limits, |_| ()).await
    }

    /// Starts a node with another configuration and other limits.
    async fn begin_limited(
        rate_limit: RateLimit,
        limits: ServerLimits,
        change: impl FnOnce(&mut faic_node::Config),
    ) -> Self {
        let place = TempDir::new().unwrap();
        let folder = DataFolder::open(&place.path().join("data")).unwrap();
        dev::prepare(&folder).unwrap();
        let data = folder.path().to_owned();
        drop(folder);
        let mut config = faic_node::Config { data_dir: data.clone(), ..faic_node::Config::default() };
        config.consensus.hold = Duration::from_millis(50);
        config.consensus.block_interval_min = Duration::ZERO;
        config.network = faic_node::network::Config::loopback();
        change(&mut config);
        let mut node = Node::start(config, &Telemetry::default()).await.unwrap();
        let listener = bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = ApiState {
            services: node.services().clone(),
            token: node.token().clone(),
            wallet_clients: WalletClients::Local,
            cors_origins: vec![Origin::try_from(FRIEND.to_owned()).unwrap()],
            rate_limit,
        };
        let server = Server::with_limits(state, limits, node.shutdown().clone());
        node.spawn("api", server.clone().serve(listener));
        let token = node.token().reveal().to_owned();
        let shutdown = node.shutdown().clone();
        let running = tokio::spawn(async move { node.run().await.unwrap() });
        Self { address, token, data, server, running: Some((shutdown, running)), _place: place }
    }

    /// Serves the API over TLS too, on another port; the address.
    pub(crate) async fn serve_encrypted(&self, tls: Tls) -> SocketAddr {
        let listener = bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(self.server.clone().serve_encrypted(listener, tls));
        address
    }

    /// Serves the API on another port too; the address.
    pub(crate) async fn serve_again(&self) -> SocketAddr {
        let listener = bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(self.server.clone().serve(listener));
        address
    }

    /// Stops the node.
    pub(crate) async fn stop(mut self) {
        if let Some((shutdown, running)) = self.running.take() {
            shutdown.cancel();
            running.await.unwrap();
        }
    }

    /// A request without a token.
    pub(crate) fn call(&self, method: Method, path: impl Into<String>) -> Call {
        Call::new(self.address, method, path)
    }

    /// A request with the token.
    pub(crate) fn with_token(&self, method: Method, path: impl Into<String>) -> Call {
        self.call(method, path).header("authorization", format!("Bearer {}", self.token))
    }

    /// Reads something.
    pub(crate) async fn get(&self, path: impl Into<String>) -> Answer {
        self.call(Method::GET, path).send().await
    }

    /// Makes a wallet and gives it the faucet's money; its address.
    pub(crate) async fn funded_wallet(&self, name: &str) -> String {
        let body = json!({ "name": name, "password": PASSWORD });
        let created = self.with_token(Method::POST, "/v1/wallets").json(&body).send().await;
        assert_eq!(created.status, 201, "{:?}", created.body);
        let address = created.text("address");
        let body = json!({ "address": address });
        let granted = self.call(Method::POST, "/v1/faucet").json(&body).send().await;
        assert_eq!(granted.status, 202, "{:?}", granted.body);
        self.wait_final(&granted.text("id")).await;
        address
    }

    /// Asks a wallet to pay.
    pub(crate) async fn transfer(&self, wallet: &str, body: &Value) -> Answer {
        self.with_token(Method::POST, format!("/v1/wallets/{wallet}/transfers")).json(body).send().await
    }

    /// Waits until a transaction is final; how it stands then.
    pub(crate) async fn wait_final(&self, id: &str) -> Value {
        let answer = self.get(format!("/v1/transactions/{id}?wait=final&timeout=30s")).await.json();
        assert_eq!(answer["state"], "final", "{answer}");
        answer
    }

    /// Waits until the node has a block of that height.
    pub(crate) async fn wait_height(&self, height: u64) {
        let reaches = async { while self.get("/v1/status").await.json()["height"].as_u64() < Some(height) {} };
        tokio::time::timeout(Duration::from_secs(60), reaches).await.expect("the chain goes on");
    }

    /// The balance of an account, in nano.
    pub(crate) async fn balance(&self, address: &str) -> u64 {
        self.get(format!("/v1/accounts/{address}")).await.text("balance").parse().unwrap()
    }

    /// Submits canonical bytes.
    pub(crate) async fn submit(&self, bytes: impl Into<Vec<u8>>) -> Answer {
        self.call(Method::POST, "/v1/transactions").raw("application/octet-stream", bytes).send().await
    }
}

/// The key of rich account number `index` of the development network.
pub(crate) fn rich(index: u32) -> SecretKey {
    let seed = Mnemonic::parse(dev::PUBLIC_MNEMONIC).unwrap().to_seed("");
    derive_account_key(&seed, Network::Dev, AccountPath::new(0, index).unwrap())
}

/// A transfer of one FAIC from rich account 0 to rich account 1, to be changed.
pub(crate) fn transfer_of(sequence: u64) -> Transaction {
    let output = Output {
        to: dev::accounts()[1].address,
        amount: faic_core::Amount::from_faic(1).unwrap(),
        memo: String::new(),
    };
    let authority = Authority::single(rich(0).public_key());
    TransactionBuilder::transfer(dev::genesis().chain_id, authority, vec![output])
        .nonce(0, sequence)
        .valid_until(100_000)
        .build(1_000)
        .unwrap()
}

/// Signs with the key of a rich account.
pub(crate) fn sign(transaction: Transaction, key: u32) -> SignedTransaction {
    let crypto = BasicCrypto { key_manager: [rich(key)].into_iter().collect() };
    sign_transaction(&crypto, transaction).unwrap()
}

/// The id of no transaction.
pub(crate) fn unknown_id() -> String {
    Hash::from_bytes([0xab; 32]).to_string()
}
