//! `/v1/mempool`: the transactions that wait for a block.

use axum::{extract::State, response::IntoResponse};
use faic_core::Network;
use faic_node::{
    mempool::Rank,
    services::{TransactionService, Waiting},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{AtHeight, bad_cursor, check_limit, status::MempoolAnswer, transactions::TransactionContent};
use crate::{extract::Parameters, problem::Problem, schema, state::ApiState};

/// The routes of this module.
pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(list_mempool))
}

/// Which transactions.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct MempoolParameters {
    /// The `next_cursor` of the page before; the best when not given.
    #[param(pattern = "^[0-9a-f]{48}$")]
    cursor: Option<String>,
    /// How many transactions at most; 20 when not given. A page of long ones has fewer.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<usize>,
}

/// A page of the transactions that wait, in the order in which blocks take them.
#[derive(Serialize, ToSchema)]
pub(crate) struct MempoolPage {
    /// How many wait in all.
    mempool: MempoolAnswer,
    /// The transactions.
    #[schema(max_items = 100)]
    transactions: Vec<WaitingTransaction>,
    /// The cursor of the next page; null on the last one.
    #[schema(pattern = "^[0-9a-f]{48}$", required = true)]
    next_cursor: Option<String>,
}

/// A transaction that waits for a block.
#[derive(Serialize, ToSchema)]
pub(crate) struct WaitingTransaction {
    /// Its id.
    #[schema(value_type = schema::Hash)]
    id: String,
    /// The bytes that it has with its signatures.
    bytes: usize,
    /// What it and those before it in its lane pay for each byte at least; the more, the sooner a block takes it.
    #[schema(value_type = schema::Amount)]
    fee_per_byte: String,
    /// What it asks for.
    transaction: TransactionContent,
}

impl WaitingTransaction {
    /// The transaction as shown on that network.
    fn new(waiting: &Waiting, network: Network) -> Self {
        let Waiting { signed, bytes, rank } = waiting;
        Self {
            id: signed.id().to_string(),
            bytes: *bytes,
            fee_per_byte: rank.fee_per_byte().to_string(),
            transaction: TransactionContent::new(&signed.transaction, network),
        }
    }
}

/// Lists the transactions that wait here, page by page, those first that blocks take first; one that moves meanwhile can be
/// on two pages or on none.
#[utoipa::path(
    get,
    path = "/v1/mempool",
    tag = "transactions",
    params(MempoolParameters),
    responses((status = 200, description = "A page of transactions.", body = MempoolPage)),
)]
async fn list_mempool(
    State(state): State<ApiState>,
    Parameters(parameters): Parameters<MempoolParameters>,
) -> Result<impl IntoResponse, Problem> {
    let limit = check_limit(parameters.limit, TransactionService::PAGE_ITEMS_MAX)?;
    let after = parameters.cursor.as_deref().map(parse_cursor).transpose()?;
    let transactions = &state.services.transactions;
    let page = transactions.waiting(after, limit).await;
    let body = MempoolPage {
        mempool: page.mempool.into(),
        transactions: page.items.iter().map(|item| WaitingTransaction::new(item, transactions.network())).collect(),
        next_cursor: page.next.map(write_cursor),
    };
    Ok((AtHeight(page.height), axum::Json(body)))
}

/// Writes a rank as an opaque text.
fn write_cursor(rank: Rank) -> String {
    rank.to_parts().map(|part| format!("{part:016x}")).concat()
}

/// Reads what [`write_cursor`] wrote, and nothing else.
fn parse_cursor(text: &str) -> Result<Rank, Problem> {
    let part = |from: usize| text.get(from..from + 16).and_then(|part| u64::from_str_radix(part, 16).ok());
    let parts = [part(0), part(16), part(32)];
    let [Some(fee), Some(arrival), Some(sequence)] = parts else { return Err(bad_cursor()) };
    let rank = Rank::from_parts([fee, arrival, sequence]);
    if write_cursor(rank) == text { Ok(rank) } else { Err(bad_cursor()) }
}

#[cfg(test)]
mod tests;
