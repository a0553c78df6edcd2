//! `/v1/faucet`: money for the asking, on development and test networks.

use axum::{extract::State, http::StatusCode, response::IntoResponse};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{parse_address, wallets::SentTransaction};
use crate::{
    extract::{Json, NoParameters, Parameters},
    problem::Problem,
    schema,
    state::ApiState,
};

/// The routes of this module.
pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(ask_faucet))
}

/// Who asks.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FaucetRequest {
    /// Who receives the money.
    #[schema(value_type = schema::Address)]
    address: String,
}

/// What the faucet pays.
#[derive(Serialize, ToSchema)]
pub(crate) struct FaucetGrant {
    /// The transaction that pays it.
    #[serde(flatten)]
    transaction: SentTransaction,
    /// How much it is.
    #[schema(value_type = schema::Amount)]
    amount: String,
}

/// Pays some money to an address: once an address and a day, on development and test networks only.
#[utoipa::path(
    post,
    path = "/v1/faucet",
    tag = "faucet",
    request_body = FaucetRequest,
    responses(
        (status = 202, description = "The transaction waits for a block.", body = FaucetGrant),
        (status = 404, description = "This node has no faucet."),
        (status = 409, description = "The faucet's sequence was taken meanwhile."),
        (status = 429, description = "The address was served within a day, or the faucet is at its limit."),
    ),
)]
async fn ask_faucet(
    State(state): State<ApiState>,
    Parameters(NoParameters {}): Parameters<NoParameters>,
    Json(body): Json<FaucetRequest>,
) -> Result<impl IntoResponse, Problem> {
    let grant = state.services.faucet.grant(parse_address(&state, &body.address)?).await?;
    let body = FaucetGrant { transaction: grant.sent.into(), amount: grant.amount.nano().to_string() };
    Ok((StatusCode::ACCEPTED, axum::Json(body)))
}
