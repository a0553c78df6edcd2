//! `/v1/accounts`: balances and histories.

use axum::{
    extract::State,
    http::HeaderValue,
    response::{AppendHeaders, IntoResponse},
};
use faic_core::{Address, Hash, Network};
use faic_node::services::{HistoryCursor, HistoryItem, TransactionService};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    AtHeight, bad_cursor, check_limit, parse_address,
    proofs::{Proof, ProofParameters, base64},
    transactions::{ReceiptAnswer, TransactionContent},
};
use crate::{
    extract::{Parameters, Segment},
    problem::{OLDEST_HEIGHT, Problem},
    schema,
    state::ApiState,
};

/// The routes of this module.
pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(get_account)).routes(routes!(list_account_transactions))
}

/// An account as of the height.
#[derive(Serialize, ToSchema)]
#[schema(as = Account)]
pub(crate) struct AccountAnswer {
    /// Its address.
    #[schema(value_type = schema::Address)]
    address: String,
    /// What it has; 0 for an account that was never used.
    #[schema(value_type = schema::Amount)]
    balance: String,
    /// The id of the authority that took the place of the first; null while the first, of which the address is the hash,
    /// governs.
    #[schema(value_type = Option<schema::Hash>, required = true)]
    authority: Option<String>,
    /// Whether every transfer to it must carry a memo.
    memo_required: bool,
    /// The lanes that have transactions, final or waiting here; the next sequence of any other is 0.
    #[schema(max_items = 16)]
    lanes: Vec<LaneAnswer>,
    /// The height at which it was read.
    #[schema(value_type = schema::Height)]
    height: u64,
    /// The proof of the account (`AccountProof`), where it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    proof: Option<Proof>,
}

/// A lane of an account.
#[derive(Serialize, ToSchema)]
#[schema(as = LaneState)]
pub(crate) struct LaneAnswer {
    /// Its number.
    #[schema(value_type = schema::Lane)]
    lane: u8,
    /// The sequence that a new transaction takes: after those that are final, and those that wait here.
    #[schema(value_type = schema::Sequence)]
    next_sequence: u64,
}

/// Which part of a history.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct HistoryParameters {
    /// The `next_cursor` of the page before; the newest page when not given.
    #[param(pattern = "^[0-9a-f]{32}$")]
    cursor: Option<String>,
    /// How many transactions at most; 20 when not given. A page of long ones has fewer.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<usize>,
    /// Whether the answer is to carry proofs; it does not when not given.
    #[serde(default)]
    proof: bool,
}

/// A page of an account's history, newest first.
#[derive(Serialize, ToSchema)]
#[schema(as = AccountTransactions)]
pub(crate) struct HistoryAnswer {
    /// The transactions that the account took part in.
    #[schema(max_items = 100)]
    transactions: Vec<HistoryItemAnswer>,
    /// The cursor of the next page, for this account only; null on the last one. Its form is fixed, so that whoever checks
    /// the proofs of a page can make it: in hexadecimal digits the height (16) and the index (8) of the page's last
    /// transaction, and the first four bytes of the account's address (8).
    #[schema(pattern = "^[0-9a-f]{32}$", required = true)]
    next_cursor: Option<String>,
    /// The proof of the account (`AccountProof`), whose history the transactions are, where it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    proof: Option<Proof>,
}

/// A transaction in an account's history.
#[derive(Serialize, ToSchema)]
#[schema(as = AccountTransaction)]
pub(crate) struct HistoryItemAnswer {
    /// Its id.
    #[schema(value_type = schema::Hash)]
    id: String,
    /// The height of its block.
    #[schema(value_type = schema::Height)]
    height: u64,
    /// Its position in the block.
    index: u32,
    /// The time of its block.
    #[schema(value_type = schema::TimeMs)]
    time_ms: u64,
    /// What it asked for.
    transaction: TransactionContent,
    /// What it did.
    receipt: ReceiptAnswer,
    /// The proof that it is the next of the history (`HistoryProof`), where it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::CanonicalBytes>)]
    proof: Option<String>,
}

/// Reads the balance and the settings of an account; any address is one, used or not.
#[utoipa::path(
    get,
    path = "/v1/accounts/{address}",
    tag = "accounts",
    params(("address" = schema::Address, Path, description = "The account."), ProofParameters),
    responses((status = 200, description = "The account.", body = AccountAnswer)),
)]
async fn get_account(
    State(state): State<ApiState>,
    Parameters(ProofParameters { proof }): Parameters<ProofParameters>,
    Segment(address): Segment,
) -> Result<impl IntoResponse, Problem> {
    let address = parse_address(&state, &address)?;
    let (view, proof) = if proof {
        let (view, proved) = state.services.proofs.account(address).await?;
        (view, Some(Proof::from(&proved)))
    } else {
        (state.services.transactions.account(address).await?, None)
    };
    let body = AccountAnswer {
        address: address.encode(state.services.transactions.network()),
        balance: view.account.balance.nano().to_string(),
        authority: view.account.authority.as_ref().map(Hash::to_string),
        memo_required: view.account.memo_required,
        lanes: view
            .next_sequences
            .iter()
            .map(|(lane, next)| LaneAnswer { lane: *lane, next_sequence: *next })
            .collect(),
        height: view.height,
        proof,
    };
    Ok((AtHeight(view.height), axum::Json(body)))
}

/// Reads the transactions that an account took part in, newest first, page by page.
#[utoipa::path(
    get,
    path = "/v1/accounts/{address}/transactions",
    tag = "accounts",
    params(("address" = schema::Address, Path, description = "The account."), HistoryParameters),
    responses(
        (status = 200, description = "A page of the history; `faic-oldest-height` names the lowest block of this node where \
            older transactions are in blocks that it does not have.", body = HistoryAnswer),
        (status = 410, description = "All older transactions are in blocks that this node does not have; \
            `faic-oldest-height` names its lowest. With proofs the page is empty instead."),
    ),
)]
async fn list_account_transactions(
    State(state): State<ApiState>,
    Parameters(parameters): Parameters<HistoryParameters>,
    Segment(address): Segment,
) -> Result<impl IntoResponse, Problem> {
    let address = parse_address(&state, &address)?;
    let limit = check_limit(parameters.limit, TransactionService::PAGE_ITEMS_MAX)?;
    let cursor = parameters.cursor.as_deref().map(|text| parse_cursor(text, &address)).transpose()?;
    let network = state.services.transactions.network();
    let (page, proof, proofs) = if parameters.proof {
        let (page, proved, proofs) = state.services.proofs.history(address, cursor, limit).await?;
        (page, Some(Proof::from(&proved)), proofs)
    } else {
        (state.services.transactions.history(address, cursor, limit).await?, None, Vec::new())
    };
    let proofs = proofs.iter().map(|proof| Some(base64(proof))).chain(std::iter::repeat(None));
    let transactions = page.items.iter().zip(proofs);
    let body = HistoryAnswer {
        transactions: transactions.map(|(item, proof)| HistoryItemAnswer::new(item, network, proof)).collect(),
        next_cursor: page.next.map(|place| write_cursor(place, &address)),
        proof,
    };
    let oldest = page.pruned_below.map(|height| [(OLDEST_HEIGHT, HeaderValue::from(height))]);
    Ok((AtHeight(page.height), oldest.map(AppendHeaders), axum::Json(body)))
}

impl HistoryItemAnswer {
    /// The transaction as shown on that network.
    fn new(item: &HistoryItem, network: Network, proof: Option<String>) -> Self {
        Self {
            id: item.receipt.transaction.to_string(),
            height: item.place.height,
            index: item.place.index,
            time_ms: item.time_ms,
            transaction: TransactionContent::new(&item.signed.transaction, network),
            receipt: ReceiptAnswer::new(&item.receipt, network),
            proof,
        }
    }
}

/// Writes a place of a history as a text, which ends with the beginning of the address whose history it is.
///
/// The form is part of the API: wallets make it by themselves of the last transaction that they checked.
fn write_cursor(place: HistoryCursor, address: &Address) -> String {
    let [a, b, c, d, ..] = *address.as_bytes();
    format!("{:016x}{:08x}{:08x}", place.height, place.index, u32::from_be_bytes([a, b, c, d]))
}

/// Reads what [`write_cursor`] wrote for that address, and nothing else.
///
/// One of another account would begin in the midst of this one's history, where no proof follows from the page before.
fn parse_cursor(text: &str, address: &Address) -> Result<HistoryCursor, Problem> {
    let (height, rest) = text.split_at_checked(16).ok_or_else(bad_cursor)?;
    let (index, _) = rest.split_at_checked(8).ok_or_else(bad_cursor)?;
    let place = HistoryCursor {
        height: u64::from_str_radix(height, 16).map_err(|_| bad_cursor())?,
        index: u32::from_str_radix(index, 16).map_err(|_| bad_cursor())?,
    };
    if write_cursor(place, address) == text { Ok(place) } else { Err(bad_cursor()) }
}
