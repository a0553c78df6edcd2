//! `/v1/validators`: who decides the blocks.

use axum::{extract::State, response::IntoResponse};
use faic_core::{Address, Candidate, Network, staking::CandidateStatus};
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
#[schema(as = ValidatorList)]
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
    /// Who has money at stake or on its way back as of the last final block, whatever the height, ascending by operator.
    #[schema(max_items = 1024)]
    candidates: Vec<CandidateAnswer>,
}

/// Who has money at stake or on its way back.
#[derive(Serialize, ToSchema)]
#[schema(as = Candidate)]
pub(crate) struct CandidateAnswer {
    /// The account whose money it is.
    #[schema(value_type = schema::Address)]
    operator: String,
    /// The key that votes while the candidate is a validator.
    #[schema(value_type = schema::PublicKey)]
    key: String,
    /// The money at stake.
    #[schema(value_type = schema::Amount)]
    stake: String,
    /// The money on its way back, ascending by release.
    #[schema(max_items = 16)]
    unbonding: Vec<UnbondingAnswer>,
    /// `active`; `jailed` after a long absence, until an unjail; `tombstoned` for ever, for what it signed.
    #[schema(value_type = schema::CandidateStatus)]
    status: &'static str,
    /// The height that jailed or tombstoned it; null for an active one.
    #[schema(value_type = Option<schema::Height>, required = true)]
    since: Option<u64>,
    /// How many blocks in a row lack its signature.
    absent_blocks: u32,
}

/// Money on its way back.
#[derive(Serialize, ToSchema)]
#[schema(as = Unbonding)]
pub(crate) struct UnbondingAnswer {
    /// The first height at which it can be withdrawn, if the chain's unbonding time has passed by then.
    #[schema(value_type = schema::Height)]
    release: u64,
    /// How much it is.
    #[schema(value_type = schema::PositiveAmount)]
    amount: String,
}

impl CandidateAnswer {
    /// The candidate as shown on that network.
    fn new(operator: &Address, candidate: &Candidate, network: Network) -> Self {
        let (status, since) = match candidate.status {
            CandidateStatus::Active => ("active", None),
            CandidateStatus::Jailed { since } => ("jailed", Some(since)),
            CandidateStatus::Tombstoned { since } => ("tombstoned", Some(since)),
        };
        let unbonding = candidate
            .unbonding
            .iter()
            .map(|entry| UnbondingAnswer { release: entry.release, amount: entry.amount.nano().to_string() });
        Self {
            operator: operator.encode(network),
            key: candidate.key.to_string(),
            stake: candidate.stake.nano().to_string(),
            unbonding: unbonding.collect(),
            status,
            since,
            absent_blocks: candidate.absent_blocks,
        }
    }
}

/// Lists the validators that decide a height, and who has money at stake now.
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
        candidates: view.candidates.iter().map(|(operator, it)| CandidateAnswer::new(operator, it, network)).collect(),
    };
    Ok(axum::Json(body))
}
