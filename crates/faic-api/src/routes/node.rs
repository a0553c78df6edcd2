//! `/v1/node` and `/v1/network`: the node among its peers. What changes something needs the token.

mod bodies;

use axum::{extract::State, http::StatusCode, response::IntoResponse};
use faic_node::{
    FaicError,
    p2p::{NodeAddress, NodeId},
};
use utoipa_axum::{router::OpenApiRouter, routes};

pub(crate) use self::bodies::Sync;
use self::bodies::{ConnectPeer, ConnectedPeer, KnownNodes, NodeAnswer, NodeStateAnswer, Peers};
use super::AtHeight;
use crate::{
    extract::{Json, NoFields, NoParameters, Parameters, Segment},
    problem::Problem,
    schema,
    state::ApiState,
};

/// The routes that need no token.
pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(get_node))
        .routes(routes!(list_peers))
        .routes(routes!(get_peer_state))
        .routes(routes!(list_nodes))
}

/// The routes behind the guard.
pub(crate) fn guarded_routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(connect_peer)).routes(routes!(disconnect_peer)).routes(routes!(sync_node))
}

/// Tells what the node says about itself, and where others reach it.
#[utoipa::path(
    get,
    path = "/v1/node",
    tag = "network",
    responses((status = 200, description = "The node.", body = NodeAnswer)),
)]
async fn get_node(
    State(state): State<ApiState>,
    Parameters(NoParameters {}): Parameters<NoParameters>,
) -> impl IntoResponse {
    let view = state.services.network.node();
    (AtHeight(view.height), axum::Json(NodeAnswer::from(view)))
}

/// Lists the connected peers, with what they last said about themselves.
#[utoipa::path(
    get,
    path = "/v1/node/peers",
    tag = "network",
    responses((status = 200, description = "The peers, in the order of their ids.", body = Peers)),
)]
async fn list_peers(
    State(state): State<ApiState>,
    Parameters(NoParameters {}): Parameters<NoParameters>,
) -> Result<impl IntoResponse, Problem> {
    Ok(axum::Json(Peers::from(state.services.network.peers().await?)))
}

/// Connects to a node, and remembers it as one to be redialled.
#[utoipa::path(
    post,
    path = "/v1/node/peers",
    tag = "network",
    security(("token" = [])),
    request_body = ConnectPeer,
    responses(
        (status = 200, description = "The nodes are connected.", body = ConnectedPeer),
        (status = 409, description = "The other node does not answer, refuses, or is banned; or there is no network."),
    ),
)]
async fn connect_peer(
    State(state): State<ApiState>,
    Parameters(NoParameters {}): Parameters<NoParameters>,
    Json(body): Json<ConnectPeer>,
) -> Result<impl IntoResponse, Problem> {
    let address: NodeAddress = body.address.parse().map_err(|error| FaicError::from(error).at("address"))?;
    let id = state.services.network.connect(address).await?.to_string();
    Ok(axum::Json(ConnectedPeer { id }))
}

/// Disconnects a peer, which is not redialled and may come back by itself.
#[utoipa::path(
    delete,
    path = "/v1/node/peers/{id}",
    tag = "network",
    security(("token" = [])),
    params(("id" = schema::NodeId, Path, description = "The peer.")),
    responses((status = 204, description = "The peer is disconnected.")),
)]
async fn disconnect_peer(
    State(state): State<ApiState>,
    Parameters(NoParameters {}): Parameters<NoParameters>,
    Segment(id): Segment,
) -> Result<StatusCode, Problem> {
    state.services.network.disconnect(parse_id(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Asks a peer what it says about itself now; of another node, tells what was last heard.
#[utoipa::path(
    get,
    path = "/v1/node/peers/{id}/state",
    tag = "network",
    params(("id" = schema::NodeId, Path, description = "The node.")),
    responses(
        (status = 200, description = "The state of the node.", body = NodeStateAnswer),
        (status = 409, description = "The peer does not answer."),
    ),
)]
async fn get_peer_state(
    State(state): State<ApiState>,
    Parameters(NoParameters {}): Parameters<NoParameters>,
    Segment(id): Segment,
) -> Result<impl IntoResponse, Problem> {
    Ok(axum::Json(NodeStateAnswer::from(state.services.network.state_of(parse_id(&id)?).await?)))
}

/// Lists the nodes that this node and its peers know.
#[utoipa::path(
    get,
    path = "/v1/network/nodes",
    tag = "network",
    responses((status = 200, description = "The nodes, without this one.", body = KnownNodes)),
)]
async fn list_nodes(
    State(state): State<ApiState>,
    Parameters(NoParameters {}): Parameters<NoParameters>,
) -> Result<impl IntoResponse, Problem> {
    Ok(axum::Json(KnownNodes::from(state.services.network.nodes().await?)))
}

/// Asks all peers how far they are, and tells how far this node is behind; it fetches by itself what is missing.
#[utoipa::path(
    post,
    path = "/v1/node/sync",
    tag = "network",
    security(("token" = [])),
    responses(
        (status = 200, description = "How far the node is.", body = Sync),
        (status = 409, description = "There is no network."),
    ),
)]
async fn sync_node(
    State(state): State<ApiState>,
    Parameters(NoParameters {}): Parameters<NoParameters>,
    NoFields: NoFields,
) -> Result<impl IntoResponse, Problem> {
    let status = state.services.network.sync().await?;
    Ok((AtHeight(status.height), axum::Json(Sync::from(status))))
}

/// Parses the id of a node.
fn parse_id(text: &str) -> Result<NodeId, FaicError> {
    text.parse().map_err(FaicError::from)
}
