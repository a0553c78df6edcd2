//! The assembly of routes, document and everything around them.

use axum::{Router, extract::DefaultBodyLimit, middleware};
use faic_node::ErrorCode;
use tokio_util::sync::CancellationToken;
use tower_http::catch_panic::CatchPanicLayer;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use crate::{
    answers::{self, Answers},
    compression, cross_origin, docs,
    extract::BODY_BYTES_MAX,
    guard, host,
    limits::{self, Limits, REQUESTS_MAX},
    openapi, page,
    problem::Problem,
    rate_limit::{self, Limiter},
    routes,
    serve::ServerLimits,
    state::ApiState,
    trace,
};

/// The whole API; requests in flight are answered soon after `shutdown`.
pub(crate) fn router(state: ApiState, limits: ServerLimits, shutdown: CancellationToken) -> Router {
    let (open, document) = open_routes().split_for_parts();
    let (guarded, guarded_document) = guarded_routes().split_for_parts();
    let answers = middleware::from_fn_with_state(Answers::new(limits), answers::bound);
    let open = open.route_layer(answers.clone());
    let guarded =
        guarded.route_layer(answers).route_layer(middleware::from_fn_with_state(state.clone(), guard::wallets));
    let document = openapi::complete(document, guarded_document);
    let limiter = Limiter::new(state.rate_limit, state.token.clone());
    let router = open
        .merge(docs::routes(&document))
        .merge(page::routes())
        .layer(compression::layer())
        .merge(guarded)
        .fallback(no_route)
        .method_not_allowed_fallback(no_method)
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(middleware::from_fn(host::check))
        .layer(CatchPanicLayer::custom(limits::panicked))
        .layer(middleware::from_fn_with_state(Limits::new(REQUESTS_MAX, shutdown), limits::bound))
        .layer(middleware::from_fn_with_state(limiter, rate_limit::check));
    let router = match state.cors_origins.as_slice() {
        [] => router,
        origins => router.layer(cross_origin::layer(origins)),
    };
    router.layer(middleware::from_fn_with_state(state.clone(), trace::request)).with_state(state)
}

/// The document of the API.
pub(crate) fn bare_document() -> OpenApi {
    openapi::complete(open_routes().into_openapi(), guarded_routes().into_openapi())
}

/// The routes that need no token.
fn open_routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .merge(routes::accounts::routes())
        .merge(routes::transactions::routes())
        .merge(routes::blocks::routes())
        .merge(routes::events::routes())
        .merge(routes::status::routes())
        .merge(routes::faucet::routes())
        .merge(routes::fees::routes())
        .merge(routes::mempool::routes())
        .merge(routes::node::routes())
        .merge(routes::proofs::routes())
        .merge(routes::validators::routes())
}

/// The routes behind the guard.
fn guarded_routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().merge(routes::wallets::routes()).merge(routes::node::guarded_routes())
}

/// Answers a request for a path that does not exist.
async fn no_route() -> Problem {
    Problem::new(ErrorCode::NotFound, "there is no such path")
}

/// Answers a request with a method that the path does not have.
async fn no_method() -> Problem {
    Problem::new(ErrorCode::MethodNotAllowed, "the path does not have this method")
}
