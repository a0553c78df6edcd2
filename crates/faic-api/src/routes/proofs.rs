//! Proofs in answers, and `/v1/light-blocks`: what a client that trusts no node needs.
//!
//! Headers and proofs travel as their canonical bytes in base64, because those are what is hashed and signed.

use axum::{extract::State, response::IntoResponse};
use base64::{Engine, prelude::BASE64_STANDARD};
use borsh::BorshSerialize;
use faic_core::light_client::LightBlock;
use faic_node::services::Proved;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{AtHeight, blocks::parse_height};
use crate::{
    extract::{NoParameters, Parameters, Segment},
    problem::Problem,
    schema,
    state::ApiState,
};

/// The routes of this module.
pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(get_light_block))
}

/// Whether an answer is to be proved.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ProofParameters {
    /// Whether the answer is to carry a proof; it does not when not given.
    #[serde(default)]
    pub(super) proof: bool,
}

/// A proof, and the header that it leads to.
#[derive(Serialize, ToSchema)]
pub(crate) struct Proof {
    /// The height of the header.
    #[schema(value_type = schema::Height)]
    height: u64,
    /// The canonical bytes of the header with its certificate and its validators.
    #[schema(value_type = schema::CanonicalBytes)]
    light_block: String,
    /// The canonical bytes of the proof.
    #[schema(value_type = schema::CanonicalBytes)]
    proof: String,
}

/// A header with what makes it final.
#[derive(Serialize, ToSchema)]
#[schema(as = LightBlock)]
pub(crate) struct LightBlockAnswer {
    /// The height.
    #[schema(value_type = schema::Height)]
    height: u64,
    /// The id of the block.
    #[schema(value_type = schema::Hash)]
    id: String,
    /// The canonical bytes of the header with its certificate and its validators.
    #[schema(value_type = schema::CanonicalBytes)]
    light_block: String,
}

/// Reads a header with its certificate and its validators, by its height or of the latest block.
#[utoipa::path(
    get,
    path = "/v1/light-blocks/{height}",
    tag = "blocks",
    params(("height" = schema::HeightSelector, Path, description = "The height, or `latest`.")),
    responses(
        (status = 200, description = "The header.", body = LightBlockAnswer),
        (status = 410, description = "This node does not have headers that old; `faic-oldest-height` names its lowest."),
    ),
)]
async fn get_light_block(
    State(state): State<ApiState>,
    Parameters(NoParameters {}): Parameters<NoParameters>,
    Segment(height): Segment,
) -> Result<impl IntoResponse, Problem> {
    let block: LightBlock = state.services.proofs.light_block(parse_height(&height)?).await?;
    let height = block.header.height;
    let body = LightBlockAnswer { height, id: block.header.id().to_string(), light_block: base64(&block) };
    Ok((AtHeight(height), axum::Json(body)))
}

impl<T: BorshSerialize> From<&Proved<T>> for Proof {
    fn from(proved: &Proved<T>) -> Self {
        let Proved { tip, proof } = proved;
        Self { height: tip.header.height, light_block: base64(tip), proof: base64(proof) }
    }
}

/// Canonical bytes in base64.
pub(super) fn base64(value: &impl BorshSerialize) -> String {
    BASE64_STANDARD.encode(borsh::to_vec(value).expect("writing to memory does not fail"))
}
