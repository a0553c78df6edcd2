//! The HTTP client of a node's API: JSON over HTTP, plain or encrypted, within bounds.
//!
//! The node is not trusted: answers have a size limit and a time limit, must have the shape that we know, and must all
//! speak of one chain. Proxies and redirects are not followed, because the address was named by the user.

use std::{cell::OnceCell, path::PathBuf, time::Duration};

use faic_core::{Address, Hash, Height, Network, SignedTransaction, light_client::LightBlock};
use serde::{Serialize, de::DeserializeOwned};
use ureq::{
    Agent, Body, Timeout,
    http::{Response, StatusCode},
};

use crate::patience::{IsLimited, Patience};

mod answers;
mod authorities;
mod error;
mod network;
mod proofs;
mod simulation;
mod tls;
mod url;

use answers::SubmittedAnswer;
pub(crate) use answers::{
    AccountAnswer, BlockAnswer, HistoryAnswer, HistoryItem, Receipt, Status, TransactionAnswer, TransferOutput, amount,
    hash,
};
pub(crate) use error::{ClientError, Problem};
pub(crate) use network::{
    CandidateItem, KnownNode, NodeAnswer, NodeStateAnswer, PeerAnswer, SyncAnswer, ValidatorItem, ValidatorsAnswer,
};
use proofs::LightBlockAnswer;
pub(crate) use proofs::{ProofAnswer, decoded};
pub(crate) use simulation::SimulationAnswer;
pub(crate) use tls::CertificateFault;
pub(crate) use url::NodeUrl;

/// How long a connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long an answer may take, beside the time that the node was asked to wait, where the patience has no end.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(20);
/// The longest that a node is asked to wait in one request.
const WAIT_MAX: Duration = Duration::from_secs(10);
/// How much of the patience is kept for the way of an answer, so that a node which waits as it was asked to answers in time.
pub(crate) const ANSWER_MARGIN: Duration = Duration::from_millis(500);
/// Most bytes of an answer; a hundred of the largest transactions with their proofs are below.
const ANSWER_BYTES_MAX: u64 = 32 * 1024 * 1024;
/// The header that names the chain of an answer.
const CHAIN_HEADER: &str = "faic-chain-id";

/// The HTTP status of a submitted transaction that the node had already; a new one has another.
const STATUS_KNOWN: u16 = 200;

/// The HTTP status of a success that has no body.
const STATUS_EMPTY: u16 = 204;

/// A transaction that a node took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Submitted {
    /// It is new to the node.
    New(Hash),
    /// The node had it already, so nothing more will come of it.
    Known(Hash),
}

/// A node, seen through its HTTP API.
pub(crate) struct Client {
    /// Where the node is.
    url: NodeUrl,
    /// The file with the authorities that vouch for it; those of the operating system do where there is none.
    authorities: Option<PathBuf>,
    /// Keeps connections open between requests.
    agent: OnceCell<Agent>,
    /// How long the command still waits.
    patience: Patience,
    /// The chain that the first answer spoke of.
    chain_id: OnceCell<String>,
}

impl Client {
    /// A client of the node at `url`; connects with the first request.
    pub(crate) fn new(url: NodeUrl) -> Self {
        Self {
            url,
            authorities: None,
            agent: OnceCell::new(),
            patience: Patience::endless(),
            chain_id: OnceCell::new(),
        }
    }

    /// Takes the word of the authorities in that file for who the node is, and nobody else's.
    pub(crate) fn with_authorities(self, file: Option<PathBuf>) -> Self {
        Self { authorities: file, ..self }
    }

    /// Waits no longer than that, all waits together.
    pub(crate) fn within(self, patience: Patience) -> Self {
        Self { patience, ..self }
    }

    /// How long the command still waits.
    pub(crate) const fn patience(&self) -> &Patience {
        &self.patience
    }

    /// What keeps the connections.
    fn agent(&self) -> Result<&Agent, ClientError> {
        if let Some(agent) = self.agent.get() {
            return Ok(agent);
        }
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(None)
            .timeout_connect(Some(CONNECT_TIMEOUT))
            .user_agent(concat!("faic/", env!("CARGO_PKG_VERSION")));
        let config = if self.url.is_encrypted() {
            config.tls_config(tls::config(&self.url, self.authorities.as_deref())?)
        } else if self.authorities.is_some() && !self.url.is_loopback() {
            return Err(ClientError::NotEncrypted { node: self.url.clone() });
        } else {
            config
        };
        Ok(self.agent.get_or_init(|| config.build().new_agent()))
    }

    /// Where the node is.
    pub(crate) fn url(&self) -> &NodeUrl {
        &self.url
    }

    /// How the node and its chain are.
    pub(crate) fn status(&self) -> Result<Status, ClientError> {
        self.get("/v1/status", ANSWER_TIMEOUT)
    }

    /// An account as of the node's last block.
    pub(crate) fn account(&self, address: &Address, network: Network) -> Result<AccountAnswer, ClientError> {
        self.account_at(&address.encode(network))
    }

    /// An account by the text of its address.
    pub(crate) fn account_at(&self, address: &str) -> Result<AccountAnswer, ClientError> {
        self.get(&format!("/v1/accounts/{}", url::escape(address)), ANSWER_TIMEOUT)
    }

    /// An account with its proof.
    pub(crate) fn proved_account(&self, address: &Address, network: Network) -> Result<AccountAnswer, ClientError> {
        self.get(&format!("/v1/accounts/{}?proof=true", address.encode(network)), ANSWER_TIMEOUT)
    }

    /// A header with what makes it final.
    pub(crate) fn light_block(&self, height: Height) -> Result<LightBlock, ClientError> {
        let answer: LightBlockAnswer = self.get(&format!("/v1/light-blocks/{height}"), ANSWER_TIMEOUT)?;
        decoded(&answer.light_block)
    }

    /// The newest header with what makes it final.
    pub(crate) fn newest_light_block(&self) -> Result<LightBlock, ClientError> {
        let answer: LightBlockAnswer = self.get("/v1/light-blocks/latest", ANSWER_TIMEOUT)?;
        decoded(&answer.light_block)
    }

    /// A final block.
    pub(crate) fn block(&self, height: Height) -> Result<BlockAnswer, ClientError> {
        self.get(&format!("/v1/blocks/{height}"), ANSWER_TIMEOUT)
    }

    /// A page of an account's history, newest first.
    pub(crate) fn history(
        &self,
        address: &Address,
        network: Network,
        cursor: Option<&str>,
        limit: u16,
    ) -> Result<HistoryAnswer, ClientError> {
        self.history_with(address, network, cursor, limit, "")
    }

    /// A page of an account's history with its proofs, newest first.
    pub(crate) fn proved_history(
        &self,
        address: &Address,
        network: Network,
        cursor: Option<&str>,
        limit: u16,
    ) -> Result<HistoryAnswer, ClientError> {
        self.history_with(address, network, cursor, limit, "&proof=true")
    }

    /// A page of an account's history, newest first, with more parameters.
    fn history_with(
        &self,
        address: &Address,
        network: Network,
        cursor: Option<&str>,
        limit: u16,
        more: &str,
    ) -> Result<HistoryAnswer, ClientError> {
        let cursor = cursor.map(|cursor| format!("&cursor={}", url::escape(cursor))).unwrap_or_default();
        let address = address.encode(network);
        self.get(&format!("/v1/accounts/{address}/transactions?limit={limit}{cursor}{more}"), ANSWER_TIMEOUT)
    }

    /// Submits a signed transaction in its canonical bytes.
    pub(crate) fn submit(&self, transaction: &SignedTransaction) -> Result<Submitted, ClientError> {
        let (status, SubmittedAnswer { id }) = self.ask(ANSWER_TIMEOUT, |agent, timeout| {
            let request = agent.post(self.url.join("/v1/transactions")).content_type("application/octet-stream");
            request.config().timeout_global(Some(timeout)).build().send(transaction.to_bytes())
        })?;
        let is_known = status == STATUS_KNOWN;
        Ok(if is_known { Submitted::Known(id) } else { Submitted::New(id) })
    }

    /// How a transaction stands, once it is settled or `wait` has passed.
    pub(crate) fn wait_for(&self, id: &Hash, wait: Duration) -> Result<TransactionAnswer, ClientError> {
        self.wait(id, wait, "")
    }

    /// Like [`Client::wait_for`], with a proof of what is final.
    pub(crate) fn wait_for_proof(&self, id: &Hash, wait: Duration) -> Result<TransactionAnswer, ClientError> {
        self.wait(id, wait, "&proof=true")
    }

    /// How a transaction stands, once it is settled or `wait` has passed, with more parameters.
    fn wait(&self, id: &Hash, wait: Duration, more: &str) -> Result<TransactionAnswer, ClientError> {
        let wait = wait.min(WAIT_MAX).min(self.patience.left().saturating_sub(ANSWER_MARGIN));
        let path = format!("/v1/transactions/{id}?wait=final&timeout={}ms{more}", wait.as_millis());
        self.get(&path, wait.saturating_add(ANSWER_TIMEOUT))
    }

    /// Asks for JSON.
    fn get<T: DeserializeOwned>(&self, path: &str, longest: Duration) -> Result<T, ClientError> {
        let (_, answer) = self.ask(longest, |agent, timeout| {
            agent.get(self.url.join(path)).config().timeout_global(Some(timeout)).build().call()
        })?;
        Ok(answer)
    }

    /// Sends JSON, with the node's token where the endpoint needs it, and reads the JSON of the answer.
    pub(crate) fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        token: Option<&str>,
        body: &impl Serialize,
    ) -> Result<T, ClientError> {
        let body = serde_json::to_vec(body).expect("bodies have texts, numbers and lists only");
        let (_, answer) = self.ask(ANSWER_TIMEOUT, |agent, timeout| {
            let mut request = agent.post(self.url.join(path)).content_type("application/json");
            if let Some(token) = token {
                request = request.header("authorization", format!("Bearer {token}"));
            }
            request.config().timeout_global(Some(timeout)).build().send(body)
        })?;
        Ok(answer)
    }

    /// Asks for something to be gone, with the node's token.
    fn delete(&self, path: &str, token: &str) -> Result<(), ClientError> {
        let (_, answer) = self.ask(ANSWER_TIMEOUT, |agent, timeout| {
            let request = agent.delete(self.url.join(path)).header("authorization", format!("Bearer {token}"));
            request.config().timeout_global(Some(timeout)).build().call()
        })?;
        Ok(answer)
    }

    /// Sends a request, which may take what is left of the patience, or `longest` where that has no end, and reads the answer.
    fn ask<T: DeserializeOwned>(
        &self,
        longest: Duration,
        send: impl FnOnce(&Agent, Duration) -> Result<Response<Body>, ureq::Error>,
    ) -> Result<(StatusCode, T), ClientError> {
        let agent = self.agent()?;
        let longest = match self.patience.is_limited() {
            IsLimited::Yes => Duration::MAX,
            IsLimited::No => longest,
        };
        self.patience.spend(longest, |timeout| {
            let sent =
                if timeout.is_zero() { Err(ureq::Error::Timeout(Timeout::Global)) } else { send(agent, timeout) };
            self.read(sent)
        })
    }

    /// Reads an answer: the JSON of a success, null where that has no body, or the problem of a refusal.
    fn read<T: DeserializeOwned>(
        &self,
        sent: Result<Response<Body>, ureq::Error>,
    ) -> Result<(StatusCode, T), ClientError> {
        let failed = |source| ClientError::transport(&self.url, self.patience.is_limited(), source);
        let mut response = sent.map_err(failed)?;
        let status = response.status();
        let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
        let chain_id = header(CHAIN_HEADER).map(str::to_owned);
        let is_json =
            header("content-type").is_some_and(|kind| kind.starts_with("application/") && kind.contains("json"));
        let Some(chain_id) = chain_id.filter(|_| is_json || status == STATUS_EMPTY) else {
            return Err(ClientError::NotANode { node: self.url.clone(), status: status.as_u16() });
        };
        let expected = self.chain_id.get_or_init(|| chain_id.clone());
        if *expected != chain_id {
            return Err(ClientError::OtherChain { expected: expected.clone(), found: chain_id });
        }
        let body = response.body_mut().with_config().limit(ANSWER_BYTES_MAX).read_to_vec();
        let body = body.map_err(failed)?;
        let unreadable = |source| ClientError::Unreadable { node: self.url.clone(), source };
        if status == STATUS_EMPTY {
            Ok((status, serde_json::from_slice(b"null").map_err(unreadable)?))
        } else if status.is_success() {
            Ok((status, serde_json::from_slice(&body).map_err(unreadable)?))
        } else {
            let problem: Problem = serde_json::from_slice(&body).map_err(unreadable)?;
            Err(ClientError::Refused(problem))
        }
    }
}

#[cfg(test)]
mod tests;
