//! Tests of the bounds, on a router with handlers that misbehave.

use axum::{Router, body::Body, extract::Request, http::StatusCode, middleware, routing::get};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;
use tower_http::catch_panic::CatchPanicLayer;

use super::{Limits, bound, panicked};

/// A server with one handler that never answers and one that panics.
fn server(requests_max: usize, shutdown: CancellationToken) -> Router {
    Router::new()
        .route("/hang", get(std::future::pending::<()>))
        .route("/panic", get(panic))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn_with_state(Limits::new(requests_max, shutdown), bound))
}

/// A handler with a bug.
async fn panic() {
    panic!("a bug");
}

/// The status that the server answers to a request.
async fn status(server: Router, path: &str) -> StatusCode {
    server.oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap().status()
}

#[tokio::test]
async fn one_request_too_many_is_refused_at_once() {
    let server = server(1, CancellationToken::new());
    let first = tokio::spawn(status(server.clone(), "/hang"));
    tokio::task::yield_now().await;
    assert_eq!(status(server.clone(), "/panic").await, StatusCode::SERVICE_UNAVAILABLE);
    first.abort();
    assert!(first.await.unwrap_err().is_cancelled());
    assert_eq!(status(server, "/panic").await, StatusCode::INTERNAL_SERVER_ERROR);
}

#[tokio::test]
async fn a_panic_is_an_internal_error() {
    assert_eq!(status(server(1, CancellationToken::new()), "/panic").await, StatusCode::INTERNAL_SERVER_ERROR);
}

#[tokio::test(start_paused = true)]
async fn a_request_that_takes_too_long_is_answered() {
    assert_eq!(status(server(1, CancellationToken::new()), "/hang").await, StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test(start_paused = true)]
async fn a_waiting_request_is_answered_when_the_node_stops() {
    let shutdown = CancellationToken::new();
    shutdown.cancel();
    let begin = tokio::time::Instant::now();
    assert_eq!(status(server(1, shutdown), "/hang").await, StatusCode::SERVICE_UNAVAILABLE);
    assert!(begin.elapsed() < super::REQUEST_TIMEOUT);
}
