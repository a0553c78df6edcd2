//! `/v1/status`: how the node stands.

use axum::{extract::State, response::IntoResponse};
use faic_node::chain::MempoolStatus;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{AtHeight, node::Sync};
use crate::{
    extract::{NoParameters, Parameters},
    problem::Problem,
    schema,
    state::ApiState,
};

/// The routes of this module.
pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(get_status))
}

/// How the node stands.
#[derive(Serialize, ToSchema)]
pub(crate) struct Status {
    /// The chain.
    #[schema(value_type = schema::ChainId)]
    chain_id: String,
    /// The kind of network: `main`, `test` or `dev`.
    #[schema(value_type = schema::NetworkName)]
    network: &'static str,
    /// The id of the genesis document.
    #[schema(value_type = schema::Hash)]
    genesis: String,
    /// The node's id.
    node_id: String,
    /// The version of the node's program.
    #[schema(example = "0.1.0")]
    version: &'static str,
    /// The height of the last final block.
    #[schema(value_type = schema::Height)]
    height: u64,
    /// The id of the last final block; of the genesis document at height 0.
    #[schema(value_type = schema::Hash)]
    block: String,
    /// The time of the last final block.
    #[schema(value_type = schema::TimeMs)]
    block_time_ms: u64,
    /// The base fee of the next block, for each byte of a signed transaction.
    #[schema(value_type = schema::Amount)]
    base_fee_per_byte: String,
    /// What waits for a block.
    mempool: MempoolAnswer,
    /// What the node does for the network.
    #[schema(value_type = schema::NodeType)]
    node_type: &'static str,
    /// How many peers the node has.
    peers: usize,
    /// How far the node is behind them.
    sync: Sync,
    /// Whether the node has a faucet.
    faucet: bool,
}

/// What waits for a block.
#[derive(Serialize, ToSchema)]
#[schema(as = Mempool)]
pub(crate) struct MempoolAnswer {
    /// How many transactions.
    transactions: usize,
    /// How many bytes they have.
    bytes: usize,
    /// The least fee for each byte with which a transaction gets in now; 0 while there is room.
    #[schema(value_type = schema::Amount)]
    fee_per_byte_min: String,
}

impl From<MempoolStatus> for MempoolAnswer {
    fn from(status: MempoolStatus) -> Self {
        Self {
            transactions: status.transactions,
            bytes: status.bytes,
            fee_per_byte_min: status.fee_per_byte_min.to_string(),
        }
    }
}

/// Tells which chain the node is on, how far it is, and what waits.
#[utoipa::path(
    get,
    path = "/v1/status",
    tag = "status",
    responses((status = 200, description = "The status.", body = Status)),
)]
async fn get_status(
    State(state): State<ApiState>,
    Parameters(NoParameters {}): Parameters<NoParameters>,
) -> Result<impl IntoResponse, Problem> {
    let view = state.services.transactions.status().await;
    let node = state.services.network.node();
    let body = Status {
        chain_id: view.chain_id.to_string(),
        network: view.network.name(),
        genesis: view.genesis.to_string(),
        node_id: view.node_id,
        version: env!("CARGO_PKG_VERSION"),
        height: view.height,
        block: view.block.to_string(),
        block_time_ms: view.block_time_ms,
        base_fee_per_byte: view.base_fee_per_byte.to_string(),
        mempool: view.mempool.into(),
        node_type: node.node_type.name(),
        peers: node.peers,
        sync: node.sync.into(),
        faucet: state.services.faucet.is_available(),
    };
    Ok((AtHeight(view.height), axum::Json(body)))
}
