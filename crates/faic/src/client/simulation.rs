//! What a node says that a transaction would do, before it is signed: a hint, never a proof.

use faic_core::Transaction;
use serde::Deserialize;
use serde_json::json;

use super::{Client, ClientError, Problem};

/// What comes of a simulated transaction.
#[derive(Debug, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum SimulationAnswer {
    /// It could be in the next block.
    Accepted {},
    /// It would be refused.
    Refused {
        /// Why.
        problem: Problem,
    },
}

impl Client {
    /// What an unsigned transaction would do after those of its lane that wait.
    pub(crate) fn simulate(&self, transaction: &Transaction) -> Result<SimulationAnswer, ClientError> {
        let body = json!({ "transaction": hex::encode(transaction.to_bytes()) });
        self.post("/v1/transactions/simulate", None, &body)
    }
}
