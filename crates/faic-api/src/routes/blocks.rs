//! `/v1/blocks`: final blocks with their certificates.

use axum::{extract::State, response::IntoResponse};
use faic_core::{Certificate, Hash, block::VoteSignature};
use faic_node::{
    ErrorCode,
    services::{BlockView, HeaderView, TransactionService},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{AtHeight, bad_cursor, check_limit};
use crate::{
    extract::{NoParameters, Parameters, Segment},
    problem::Problem,
    schema,
    state::ApiState,
};

/// The routes of this module.
pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(list_blocks)).routes(routes!(get_block)).routes(routes!(get_certificate))
}

/// A final block without its transactions.
#[derive(Serialize, ToSchema)]
pub(crate) struct BlockHeader {
    /// The id of the block.
    #[schema(value_type = schema::Hash)]
    id: String,
    /// The version of the block.
    version: u8,
    /// Its number.
    #[schema(value_type = schema::Height)]
    height: u64,
    /// The proposer's clock.
    #[schema(value_type = schema::TimeMs)]
    time_ms: u64,
    /// The validator that proposed it.
    #[schema(value_type = schema::PublicKey)]
    proposer: String,
    /// The id of the block before; of the genesis document for the first.
    #[schema(value_type = schema::Hash)]
    parent: String,
    /// The Merkle root over the ids of all blocks before, from the genesis to the parent.
    #[schema(value_type = schema::Hash)]
    ancestors: String,
    /// The hash of the certificate of its parent that the block carries; zeros for the first.
    #[schema(value_type = schema::Hash)]
    last_certificate: String,
    /// The Merkle root over the evidence against validators; zeros where there is none.
    #[schema(value_type = schema::Hash)]
    evidence_root: String,
    /// The Merkle root over the signed transactions.
    #[schema(value_type = schema::Hash)]
    transactions_root: String,
    /// The Merkle root over the receipts.
    #[schema(value_type = schema::Hash)]
    receipts_root: String,
    /// The root of the state after it.
    #[schema(value_type = schema::Hash)]
    state_root: String,
    /// The hash of the validators that made it final.
    #[schema(value_type = schema::Hash)]
    validators: String,
    /// The hash of the validators of the next height.
    #[schema(value_type = schema::Hash)]
    next_validators: String,
    /// How many transactions it has.
    transaction_count: u32,
    /// How many pieces of evidence against validators it has.
    #[schema(maximum = 16)]
    evidence_count: usize,
    /// The proof that it is final.
    certificate: CertificateAnswer,
}

/// Signatures by more than two thirds of the stake.
#[derive(Serialize, ToSchema)]
#[schema(as = Certificate)]
pub(crate) struct CertificateAnswer {
    /// The round in which it was decided.
    round: u32,
    /// The signatures, ascending by validator.
    signatures: Vec<VoteAnswer>,
}

/// A validator's signature.
#[derive(Serialize, ToSchema)]
#[schema(as = VoteSignature)]
pub(crate) struct VoteAnswer {
    /// The validator.
    #[schema(value_type = schema::PublicKey)]
    validator: String,
    /// Its signature.
    #[schema(value_type = schema::Signature)]
    signature: String,
}

/// The proof that a block is final, by itself.
#[derive(Serialize, ToSchema)]
pub(crate) struct BlockCertificate {
    /// The height of the block.
    #[schema(value_type = schema::Height)]
    height: u64,
    /// The id of the block, over which the signatures are.
    #[schema(value_type = schema::Hash)]
    block: String,
    /// The hash of the validators that signed; `GET /v1/validators` lists them.
    #[schema(value_type = schema::Hash)]
    validators: String,
    /// The signatures.
    #[serde(flatten)]
    certificate: CertificateAnswer,
}

/// A final block with the ids of its transactions.
#[derive(Serialize, ToSchema)]
#[schema(as = Block)]
pub(crate) struct BlockAnswer {
    /// The block.
    #[serde(flatten)]
    header: BlockHeader,
    /// The ids of its transactions, in their order.
    #[schema(value_type = Vec<schema::Hash>)]
    transactions: Vec<String>,
}

/// Which blocks.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct BlocksParameters {
    /// The `next_cursor` of the page before; the newest page when not given.
    #[param(pattern = "^[0-9a-f]{16}$")]
    cursor: Option<String>,
    /// How many blocks; 20 when not given.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<usize>,
}

/// A page of blocks, newest first.
#[derive(Serialize, ToSchema)]
#[schema(as = BlockList)]
pub(crate) struct BlocksAnswer {
    /// The blocks.
    #[schema(max_items = 100)]
    blocks: Vec<BlockHeader>,
    /// The cursor of the next page; null on the last one.
    #[schema(pattern = "^[0-9a-f]{16}$", required = true)]
    next_cursor: Option<String>,
}

/// Lists final blocks, newest first, page by page.
#[utoipa::path(
    get,
    path = "/v1/blocks",
    tag = "blocks",
    params(BlocksParameters),
    responses((status = 200, description = "A page of blocks.", body = BlocksAnswer)),
)]
async fn list_blocks(
    State(state): State<ApiState>,
    Parameters(parameters): Parameters<BlocksParameters>,
) -> Result<impl IntoResponse, Problem> {
    let limit = check_limit(parameters.limit, TransactionService::PAGE_ITEMS_MAX)?;
    let before = parameters.cursor.as_deref().map(parse_cursor).transpose()?;
    let page = state.services.transactions.blocks(before, limit).await?;
    let body = BlocksAnswer {
        blocks: page.blocks.into_iter().map(BlockHeader::from).collect(),
        next_cursor: page.next.map(write_cursor),
    };
    Ok((AtHeight(page.height), axum::Json(body)))
}

/// Reads a final block by its height or its id, or the latest.
#[utoipa::path(
    get,
    path = "/v1/blocks/{block}",
    tag = "blocks",
    params(("block" = schema::BlockSelector, Path, description = "The height or the id, or `latest`.")),
    responses(
        (status = 200, description = "The block.", body = BlockAnswer),
        (status = 410, description = "This node does not have blocks that old; `faic-oldest-height` names its lowest."),
    ),
)]
async fn get_block(
    State(state): State<ApiState>,
    Parameters(NoParameters {}): Parameters<NoParameters>,
    Segment(block): Segment,
) -> Result<impl IntoResponse, Problem> {
    let transactions = &state.services.transactions;
    let block = match parse_selector(&block)? {
        Selector::Height(height) => transactions.block(height).await?,
        Selector::Id(id) => transactions.block_of(id).await?,
        Selector::Latest => transactions.latest_block().await?,
    };
    let BlockView { header, transactions } = block;
    let height = header.header.height;
    let transactions = transactions.iter().map(Hash::to_string).collect();
    Ok((AtHeight(height), axum::Json(BlockAnswer { header: header.into(), transactions })))
}

/// Reads the proof that a block is final, by its height or its id, or of the latest.
#[utoipa::path(
    get,
    path = "/v1/blocks/{block}/certificate",
    tag = "blocks",
    params(("block" = schema::BlockSelector, Path, description = "The height or the id, or `latest`.")),
    responses(
        (status = 200, description = "The certificate.", body = BlockCertificate),
        (status = 410, description = "This node does not have blocks that old; `faic-oldest-height` names its lowest."),
    ),
)]
async fn get_certificate(
    State(state): State<ApiState>,
    Parameters(NoParameters {}): Parameters<NoParameters>,
    Segment(block): Segment,
) -> Result<impl IntoResponse, Problem> {
    let transactions = &state.services.transactions;
    let height = match parse_selector(&block)? {
        Selector::Height(height) => height,
        Selector::Id(id) => transactions.height_of(id).await?,
        Selector::Latest => transactions.height(),
    };
    let view = transactions.header(height).await?;
    let body = BlockCertificate {
        height,
        block: view.id.to_string(),
        validators: view.header.validators.to_string(),
        certificate: (&view.certificate).into(),
    };
    Ok((AtHeight(height), axum::Json(body)))
}

impl From<&Certificate> for CertificateAnswer {
    fn from(certificate: &Certificate) -> Self {
        let vote = |vote: &VoteSignature| VoteAnswer {
            validator: vote.validator.to_string(),
            signature: hex::encode(vote.signature.as_bytes()),
        };
        Self { round: certificate.round, signatures: certificate.signatures.iter().map(vote).collect() }
    }
}

impl From<HeaderView> for BlockHeader {
    fn from(view: HeaderView) -> Self {
        let HeaderView { id, header, certificate, transactions, evidence } = view;
        Self {
            id: id.to_string(),
            version: header.version,
            height: header.height,
            time_ms: header.time_ms,
            proposer: header.proposer.to_string(),
            parent: header.parent.to_string(),
            ancestors: header.ancestors.to_string(),
            last_certificate: header.last_certificate.to_string(),
            evidence_root: header.evidence_root.to_string(),
            transactions_root: header.transactions_root.to_string(),
            receipts_root: header.receipts_root.to_string(),
            state_root: header.state_root.to_string(),
            validators: header.validators.to_string(),
            next_validators: header.next_validators.to_string(),
            transaction_count: transactions,
            evidence_count: evidence,
            certificate: (&certificate).into(),
        }
    }
}

/// Which block.
#[derive(Debug, PartialEq, Eq)]
enum Selector {
    /// The one at a height.
    Height(u64),
    /// The one of an id.
    Id(Hash),
    /// The last one.
    Latest,
}

/// Parses a height in its only spelling, an id or `latest`. An id has more digits than any height.
fn parse_selector(text: &str) -> Result<Selector, Problem> {
    if let Ok(id) = Hash::parse(text) {
        return Ok(Selector::Id(id));
    }
    match parse_height(text) {
        Ok(Some(height)) => Ok(Selector::Height(height)),
        Ok(None) => Ok(Selector::Latest),
        Err(_) => Err(Problem::new(
            ErrorCode::InvalidQuery,
            "the block is named by neither a whole number nor an id nor `latest`",
        )),
    }
}

/// Parses a height in its only spelling; `None` for `latest`.
pub(super) fn parse_height(text: &str) -> Result<Option<u64>, Problem> {
    if text == "latest" {
        return Ok(None);
    }
    text.parse::<u64>()
        .ok()
        .filter(|height| height.to_string() == text)
        .map(Some)
        .ok_or_else(|| Problem::new(ErrorCode::InvalidQuery, "the height is neither a whole number nor `latest`"))
}

/// Writes a height as an opaque text.
fn write_cursor(height: u64) -> String {
    format!("{height:016x}")
}

/// Reads what [`write_cursor`] wrote, and nothing else.
fn parse_cursor(text: &str) -> Result<u64, Problem> {
    let height = u64::from_str_radix(text, 16).map_err(|_| bad_cursor())?;
    if write_cursor(height) == text { Ok(height) } else { Err(bad_cursor()) }
}

#[cfg(test)]
mod tests;
