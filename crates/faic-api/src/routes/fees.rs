//! `/v1/fees`: what transactions cost at the moment.

use axum::{extract::State, response::IntoResponse};
use faic_node::services::FeesView;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{AtHeight, status::MempoolAnswer};
use crate::{
    extract::{NoParameters, Parameters},
    problem::Problem,
    schema,
    state::ApiState,
};

/// The routes of this module.
pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(get_fees))
}

/// What transactions cost at the moment.
#[derive(Serialize, ToSchema)]
#[schema(as = Fees)]
pub(crate) struct FeesAnswer {
    /// The least fee for each byte of a signed transaction in the next block.
    #[schema(value_type = schema::Amount)]
    base_fee_per_byte: String,
    /// The lowest base fee that the block after the next can have.
    #[schema(value_type = schema::Amount)]
    next_base_fee_per_byte_min: String,
    /// The highest base fee that the block after the next can have.
    #[schema(value_type = schema::Amount)]
    next_base_fee_per_byte_max: String,
    /// The lowest base fee that the chain ever has.
    #[schema(value_type = schema::Amount)]
    base_fee_per_byte_min: String,
    /// What to pay for each byte, so that the fee still suffices when the next blocks are full.
    #[schema(value_type = schema::Amount)]
    suggested_fee_per_byte: String,
    /// A payment to one receiver without a memo, signed by one key.
    transfer: TransferFee,
    /// What waits for a block.
    mempool: MempoolAnswer,
}

/// What a plain payment costs.
#[derive(Serialize, ToSchema)]
pub(crate) struct TransferFee {
    /// The bytes of the signed transaction.
    bytes: usize,
    /// The fee that is suggested for it.
    #[schema(value_type = schema::Amount)]
    fee: String,
}

impl From<FeesView> for FeesAnswer {
    fn from(view: FeesView) -> Self {
        Self {
            base_fee_per_byte: view.base_fee_per_byte.to_string(),
            next_base_fee_per_byte_min: view.next_base_fee_min.to_string(),
            next_base_fee_per_byte_max: view.next_base_fee_max.to_string(),
            base_fee_per_byte_min: view.base_fee_min.to_string(),
            suggested_fee_per_byte: view.suggested_per_byte.to_string(),
            transfer: TransferFee { bytes: view.transfer_bytes, fee: view.transfer_fee.nano().to_string() },
            mempool: view.mempool.into(),
        }
    }
}

/// Tells what transactions cost now, and how that can change.
#[utoipa::path(
    get,
    path = "/v1/fees",
    tag = "transactions",
    responses((status = 200, description = "The fees.", body = FeesAnswer)),
)]
async fn get_fees(
    State(state): State<ApiState>,
    Parameters(NoParameters {}): Parameters<NoParameters>,
) -> Result<impl IntoResponse, Problem> {
    let view = state.services.drafts.fees().await?;
    Ok((AtHeight(view.height), axum::Json(FeesAnswer::from(view))))
}
