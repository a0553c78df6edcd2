//! The HTTP API of a node as a test calls it.

use std::{fs, path::Path, time::Duration};

use faic_core::SignedTransaction;
use serde_json::Value;
use ureq::Agent;

/// How long one request may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a node answered.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body, null when it is not JSON.
    pub body: Value,
}

impl Answer {
    /// A field of the body as text.
    ///
    /// # Panics
    /// When there is no such text.
    pub fn text(&self, field: &str) -> &str {
        self.body[field].as_str().unwrap_or_else(|| panic!("no text {field} in {self:?}"))
    }
}

/// A client of one node.
#[derive(Clone)]
pub struct Api {
    /// Keeps connections open between requests.
    agent: Agent,
    /// `http://` and the node's address.
    url: String,
    /// The bearer token of the node's wallets.
    token: String,
}

impl Api {
    /// A client of the node with that data folder and address; `None` while the folder has no token yet.
    pub fn new(folder: &Path, address: &str) -> Option<Self> {
        let token = fs::read_to_string(folder.join("api.token")).ok()?.trim().to_owned();
        let config = Agent::config_builder().timeout_global(Some(PATIENCE)).http_status_as_error(false).build();
        (!address.is_empty()).then(|| Self { agent: config.into(), url: format!("http://{address}"), token })
    }

    /// Where the node answers.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The bearer token of the node's wallets.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// Asks, and returns nothing when the node does not answer.
    pub fn try_get(&self, path: &str) -> Option<Answer> {
        answer(self.agent.get(format!("{}{path}", self.url)).call())
    }

    /// Asks a node that must answer.
    ///
    /// # Panics
    /// When it does not.
    pub fn get(&self, path: &str) -> Answer {
        self.try_get(path).expect("the node answers")
    }

    /// Sends JSON to an endpoint that needs the token.
    pub fn try_post(&self, path: &str, body: &Value) -> Option<Answer> {
        let request = self.agent.post(format!("{}{path}", self.url));
        let request = request.header("authorization", format!("Bearer {}", self.token));
        answer(request.header("content-type", "application/json").send(body.to_string()))
    }

    /// Sends JSON to a node that must answer.
    ///
    /// # Panics
    /// When it does not.
    pub fn post(&self, path: &str, body: &Value) -> Answer {
        self.try_post(path, body).expect("the node answers")
    }

    /// Submits a signed transaction.
    pub fn submit(&self, signed: &SignedTransaction) -> Option<Answer> {
        let request = self.agent.post(format!("{}/v1/transactions", self.url));
        answer(request.header("content-type", "application/octet-stream").send(signed.to_bytes()))
    }
}

/// Reads an answer; nothing when the connection broke.
fn answer(result: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Option<Answer> {
    let mut response = result.ok()?;
    let text = response.body_mut().read_to_string().ok()?;
    let body = serde_json::from_str(&text).unwrap_or(Value::Null);
    Some(Answer { status: response.status().as_u16(), body })
}
