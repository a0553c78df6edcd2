//! `/v1/validators`: who decides the blocks.

use axum::{extract::State, response::IntoResponse};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{extract::Parameters, problem::Problem, schema, state::ApiState};

/// The routes of this module.
pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(list_validators))
}

/// Which height.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ValidatorsParameters {
    /// The height that the validators decide; the next one when not given.
    #[param(value_type = Option<schema::Height>)]
    height: Option<u64>,
}

/// A validator.
#[derive(Serialize, ToSchema)]
pub(crate) struct Validator {
    /// The key that votes.
    #[schema(value_type = schema::PublicKey)]
    key: String,
    /// The account that receives its share of the fees.
    #[schema(value_type = schema::Address)]
    operator: String,
    /// The weight of its vote and of its share.
    #[schema(value_type = schema::PositiveAmount)]
    stake: String,
}

/// The validators of a height.
#[derive(Serialize, ToSchema)]
pub(crate) struct Validators {
    /// The height that they decide.
    #[schema(value_type = schema::Height)]
    height: u64,
    /// The hash by which headers name them.
    #[schema(value_type = schema::Hash)]
    hash: String,
    /// The sum of the stakes; a block is final with more than two thirds of it.
    #[schema(value_type = schema::PositiveAmount)]
    total_stake: String,
    /// The validators, ascending by key.
    #[schema(min_items = 1, max_items = 256)]
    validators: Vec<Validator>,
}

/// Lists the validators that decide a height.
#[utoipa::path(
    get,
    path = "/v1/validators",
    tag = "network",
    params(ValidatorsParameters),
    responses(
        (status = 200, description = "The validators.", body = Validators),
        (status = 404, description = "The validators of that height are not known."),
    ),
)]
async fn list_validators(
    State(state): State<ApiState>,
    Parameters(ValidatorsParameters { height }): Parameters<ValidatorsParameters>,
) -> Result<impl IntoResponse, Problem> {
    let view = state.services.validators.at(height).await?;
    let network = state.services.transactions.network();
    let validator = |validator: &faic_core::block::Validator| Validator {
        key: validator.key.to_string(),
        operator: validator.operator.encode(network),
        stake: validator.stake.nano().to_string(),
    };
    let body = Validators {
        height: view.height,
        hash: view.hash.to_string(),
        total_stake: view.set.total_stake().nano().to_string(),
        validators: view.set.iter().map(validator).collect(),
    };
    Ok(axum::Json(body))
}
