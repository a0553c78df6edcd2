//! `/v1/transactions`: submitting signed transactions, and asking how they stand.

use std::time::Duration;

use axum::{Extension, body::Bytes, extract::State, http::StatusCode, response::IntoResponse};
use base64::{Engine, prelude::BASE64_STANDARD};
use faic_core::{Hash, Network, block::Receipt};
use faic_node::{
    ErrorCode,
    chain::News,
    services::{Submitted, TransactionService, TransactionView},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::proofs::Proof;
use crate::{
    extract::{Json, NoParameters, Parameters, Segment},
    problem::{Problem, ProblemCode, ProblemDocument},
    rate_limit::Visitor,
    schema,
    state::ApiState,
};

mod body;
mod content;
mod drafts;

use body::{SubmitContent, SubmitTransaction};
pub(crate) use content::TransactionContent;

/// The routes of this module.
pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(submit_transaction))
        .routes(routes!(get_transaction))
        .routes(routes!(submit_batch))
        .merge(drafts::routes())
}

/// Most transactions of one request.
pub(crate) const BATCH_MAX: usize = 100;

/// How long to wait for finality when the client does not say.
const WAIT_DEFAULT: Duration = Duration::from_secs(10);

/// A transaction that this node took.
#[derive(Serialize, ToSchema)]
pub(crate) struct SubmittedTransaction {
    /// Its id, by which `GET /v1/transactions/{id}` answers.
    #[schema(value_type = schema::Hash)]
    id: String,
    /// How it stands.
    state: SubmittedState,
}

/// How a submitted transaction stands.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SubmittedState {
    /// It waits for a block.
    Pooled,
    /// It is in a final block, from an earlier submission.
    Final,
}

/// Whether to answer at once.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct WaitParameters {
    /// What to wait for; nothing when not given.
    #[param(inline)]
    wait: Option<WaitFor>,
    /// How long to wait at most, from `0ms` to `30s`; `10s` when not given.
    #[param(pattern = "^([0-9]{1,5}ms|[0-9]{1,2}s)$", example = "10s")]
    timeout: Option<String>,
    /// Whether the answer for a final transaction is to carry a proof; it does not when not given.
    #[serde(default)]
    proof: bool,
}

/// What to wait for.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum WaitFor {
    /// Until the transaction is final, rejected or expired.
    Final,
}

/// How a transaction stands.
#[derive(Serialize, ToSchema)]
#[serde(tag = "state", rename_all = "snake_case")]
pub(crate) enum TransactionAnswer {
    /// It waits for a block.
    Pooled {
        /// Its id.
        #[schema(value_type = schema::Hash)]
        id: String,
        /// What it asks for.
        transaction: TransactionContent,
    },
    /// It is in a final block, for ever.
    Final {
        /// Its id.
        #[schema(value_type = schema::Hash)]
        id: String,
        /// The height of the block.
        #[schema(value_type = schema::Height)]
        height: u64,
        /// Its position in the block.
        index: u32,
        /// What it asked for.
        transaction: TransactionContent,
        /// What it did.
        receipt: ReceiptAnswer,
        /// The proof that it is final (`TransactionProof`), where it was asked for.
        #[serde(skip_serializing_if = "Option::is_none")]
        proof: Option<Proof>,
    },
    /// It left the mempool and will not become final on this node.
    Rejected {
        /// Its id.
        #[schema(value_type = schema::Hash)]
        id: String,
        /// Why, for programs: a code of those that problems have.
        #[schema(value_type = ProblemCode)]
        code: &'static str,
        /// Why, as a clause.
        reason: String,
    },
    /// Its last height has passed, so it will never become final.
    Expired {
        /// Its id.
        #[schema(value_type = schema::Hash)]
        id: String,
    },
}

/// What a final transaction did.
#[derive(Serialize, ToSchema)]
#[schema(as = Receipt)]
pub(crate) struct ReceiptAnswer {
    /// The account that paid the fee.
    #[schema(value_type = schema::Address)]
    payer: String,
    /// The fee.
    #[schema(value_type = schema::Amount)]
    fee: String,
    /// The base fee of the block, for each byte.
    #[schema(value_type = schema::Amount)]
    base_fee_per_byte: String,
    /// The sender's balance after the transaction.
    #[schema(value_type = schema::Amount)]
    sender_balance: String,
}

impl ReceiptAnswer {
    /// The receipt as shown on that network.
    pub(crate) fn new(receipt: &Receipt, network: Network) -> Self {
        Self {
            payer: receipt.payer.encode(network),
            fee: receipt.fee.nano().to_string(),
            base_fee_per_byte: receipt.base_fee_per_byte.to_string(),
            sender_balance: receipt.sender_balance.nano().to_string(),
        }
    }
}

/// Submits a signed transaction. The same one again is not paid twice: it is answered as it stands, with 200.
#[utoipa::path(
    post,
    path = "/v1/transactions",
    tag = "transactions",
    request_body(content(
        (SubmitTransaction = "application/json"),
        (schema::TransactionBytes = "application/octet-stream"),
    )),
    responses(
        (status = 202, description = "The transaction is new, and waits for a block.", body = SubmittedTransaction),
        (status = 200, description = "The transaction was submitted before; how it stands.", body = SubmittedTransaction),
        (status = 409, description = "The sequence is used, too far ahead, or taken by a waiting transaction."),
        (status = 429, description = "Too many transactions of this account are waiting."),
    ),
)]
async fn submit_transaction(
    State(state): State<ApiState>,
    Parameters(NoParameters {}): Parameters<NoParameters>,
    SubmitContent(content): SubmitContent,
) -> Result<impl IntoResponse, Problem> {
    let bytes = content.complete()?;
    let submitted = state.services.transactions.submit(&bytes).await?;
    let (status, state) = match submitted.news {
        News::New => (StatusCode::ACCEPTED, SubmittedState::Pooled),
        News::Pooled => (StatusCode::OK, SubmittedState::Pooled),
        News::Final => (StatusCode::OK, SubmittedState::Final),
    };
    Ok((status, axum::Json(SubmittedTransaction { id: submitted.id.to_string(), state })))
}

/// Many signed transactions.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SubmitBatch {
    /// The canonical bytes of each, in hexadecimal or base64; they are submitted in their order. A text that is neither is
    /// refused by itself, as any other transaction is.
    #[schema(min_items = 1, max_items = 100)]
    transactions: Vec<String>,
}

/// What became of each transaction.
#[derive(Serialize, ToSchema)]
pub(crate) struct SubmittedBatch {
    /// One answer for each transaction, in their order.
    #[schema(max_items = 100)]
    results: Vec<BatchResult>,
}

/// What became of one transaction of many.
#[derive(Serialize, ToSchema)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum BatchResult {
    /// This node took it, now or before.
    Accepted {
        /// Its id.
        #[schema(value_type = schema::Hash)]
        id: String,
        /// How it stands.
        state: SubmittedState,
    },
    /// It was refused, which says nothing about the others.
    Refused {
        /// Why.
        problem: ProblemDocument,
    },
}

/// Submits up to 100 signed transactions in their order, as one by one: each is answered, and none is paid twice.
#[utoipa::path(
    post,
    path = "/v1/transactions/batch",
    tag = "transactions",
    request_body = SubmitBatch,
    responses((status = 200, description = "What became of each transaction.", body = SubmittedBatch)),
)]
async fn submit_batch(
    State(state): State<ApiState>,
    Extension(visitor): Extension<Visitor>,
    Parameters(NoParameters {}): Parameters<NoParameters>,
    Json(body): Json<SubmitBatch>,
) -> Result<impl IntoResponse, Problem> {
    let count = body.transactions.len();
    if !(1..=BATCH_MAX).contains(&count) {
        let message = format!("there are {count} transactions where 1 to {BATCH_MAX} are allowed");
        return Err(Problem::new(ErrorCode::InvalidBody, message));
    }
    // The request itself is one already.
    visitor.charge(u32::try_from(count - 1).expect("a batch is small"))?;
    let mut results = Vec::with_capacity(count);
    for text in body.transactions {
        let submitted = match decode(&text) {
            Ok(bytes) => state.services.transactions.submit(&bytes).await.map_err(Problem::from),
            Err(problem) => Err(problem),
        };
        results.push(match submitted {
            Ok(Submitted { id, news: News::New | News::Pooled }) => {
                BatchResult::Accepted { id: id.to_string(), state: SubmittedState::Pooled }
            }
            Ok(Submitted { id, news: News::Final }) => {
                BatchResult::Accepted { id: id.to_string(), state: SubmittedState::Final }
            }
            Err(problem) => BatchResult::Refused { problem: problem.document() },
        });
    }
    Ok(axum::Json(SubmittedBatch { results }))
}

/// Tells how a transaction stands, at once or when that is settled.
#[utoipa::path(
    get,
    path = "/v1/transactions/{id}",
    tag = "transactions",
    params(("id" = schema::TransactionId, Path, description = "The transaction."), WaitParameters),
    responses((status = 200, description = "The state, as it is when the wait is over.", body = TransactionAnswer)),
)]
async fn get_transaction(
    State(state): State<ApiState>,
    Parameters(parameters): Parameters<WaitParameters>,
    Segment(id): Segment,
) -> Result<impl IntoResponse, Problem> {
    let hash = Hash::parse(&id)
        .map_err(|error| Problem::new(ErrorCode::InvalidQuery, format!("the id is not a transaction's: {error}")))?;
    let timeout = parameters.timeout.as_deref().map_or(Ok(WAIT_DEFAULT), parse_timeout)?;
    let view = match parameters.wait {
        Some(WaitFor::Final) => state.services.transactions.wait(hash, timeout).await?,
        None => state.services.transactions.get(hash).await?,
    };
    let mut answer = TransactionAnswer::new(&hash, view, state.services.transactions.network());
    if let TransactionAnswer::Final { proof, .. } = &mut answer
        && parameters.proof
    {
        *proof = state.services.proofs.transaction(hash).await?.as_ref().map(Proof::from);
    }
    Ok(axum::Json(answer))
}

impl TransactionAnswer {
    /// The state as shown on that network.
    pub(crate) fn new(id: &Hash, view: TransactionView, network: Network) -> Self {
        let id = id.to_string();
        match view {
            TransactionView::Pooled { signed } => {
                Self::Pooled { id, transaction: TransactionContent::new(&signed.transaction, network) }
            }
            TransactionView::Final { height, index, signed, receipt } => Self::Final {
                id,
                height,
                index,
                transaction: TransactionContent::new(&signed.transaction, network),
                receipt: ReceiptAnswer::new(&receipt, network),
                proof: None,
            },
            TransactionView::Rejected { code, reason } => Self::Rejected { id, code: code.name(), reason },
            TransactionView::Expired => Self::Expired { id },
        }
    }
}

/// Decodes hexadecimal, or base64 with padding.
///
/// The bytes of a transaction begin with its version and the length of its chain id, whose base64 has letters beyond the
/// hexadecimal digits, so no transaction can be read both ways.
fn decode(text: &str) -> Result<Bytes, Problem> {
    hex::decode(text)
        .ok()
        .or_else(|| BASE64_STANDARD.decode(text).ok())
        .filter(|bytes| !bytes.is_empty())
        .map(Bytes::from)
        .ok_or_else(|| {
            Problem::new(
                ErrorCode::InvalidTransaction,
                "the transaction is neither hexadecimal nor base64 with padding",
            )
        })
}

/// Parses a time such as `10s` or `500ms`, up to the longest wait.
fn parse_timeout(text: &str) -> Result<Duration, Problem> {
    let digits = |text: &str, most: usize| {
        let good = (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        if good { text.parse::<u64>().ok() } else { None }
    };
    let ms = text.strip_suffix("ms").and_then(|number| digits(number, 5)).map(Duration::from_millis);
    let seconds = || text.strip_suffix('s').and_then(|number| digits(number, 2)).map(Duration::from_secs);
    ms.or_else(seconds).filter(|timeout| *timeout <= TransactionService::WAIT_MAX).ok_or_else(|| {
        Problem::new(
            ErrorCode::InvalidQuery,
            "the parameter timeout is not a time from 0ms to 30s, such as 10s or 500ms",
        )
    })
}

#[cfg(test)]
mod tests;
