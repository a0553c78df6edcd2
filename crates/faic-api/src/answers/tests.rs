//! Tests of the bounds, on a router whose answers are long.

use std::{net::SocketAddr, time::Duration};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{ConnectInfo, Request},
    http::{StatusCode, header},
    middleware,
    response::Response,
    routing::get,
};
use tower::ServiceExt;

use super::{Answers, SMALL_BYTES_MAX, bound};
use crate::serve::{ClientLimits, ServerLimits};

/// The bytes of a long answer.
const LONG: usize = 100_000;

/// Room for two long answers of each client, and for three of all.
fn limits() -> ServerLimits {
    let client = ClientLimits { connections_max: 1, answer_bytes_max: 200_000 };
    ServerLimits { write_timeout: Duration::from_secs(1), answer_bytes_max: 300_000, client, loopback: client }
}

/// A server with a long answer and one that is just not counted.
fn server() -> Router {
    let small = usize::try_from(SMALL_BYTES_MAX).unwrap();
    Router::new()
        .route("/long", get(async || "x".repeat(LONG)))
        .route("/small", get(async move || "x".repeat(small)))
        .layer(middleware::from_fn_with_state(Answers::new(limits()), bound))
}

/// The answer to a request from an address, of which nothing is read yet.
async fn ask(server: &Router, path: &str, from: &str) -> Response {
    let mut request = Request::get(path).body(Body::empty()).unwrap();
    request.extensions_mut().insert(ConnectInfo(SocketAddr::new(from.parse().unwrap(), 1)));
    server.clone().oneshot(request).await.unwrap()
}

#[tokio::test]
async fn answers_that_nobody_reads_are_bounded() {
    let server = server();
    let first = ask(&server, "/long", "192.0.2.1").await;
    let second = ask(&server, "/long", "192.0.2.1").await;
    assert_eq!((first.status(), second.status()), (StatusCode::OK, StatusCode::OK));
    // The client has its share; another one has not, until all have theirs.
    let refused = ask(&server, "/long", "192.0.2.1").await;
    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(refused.headers().contains_key(header::RETRY_AFTER));
    let third = ask(&server, "/long", "192.0.2.2").await;
    assert_eq!(third.status(), StatusCode::OK);
    assert_eq!(ask(&server, "/long", "192.0.2.3").await.status(), StatusCode::SERVICE_UNAVAILABLE);
    // A refusal takes no place, and small answers are given at any time.
    assert_eq!(ask(&server, "/small", "192.0.2.1").await.status(), StatusCode::OK);
    // What is read, and what is dropped, makes room.
    let read = to_bytes(third.into_body(), usize::MAX).await.unwrap();
    assert_eq!(read, "x".repeat(LONG));
    assert_eq!(ask(&server, "/long", "192.0.2.3").await.status(), StatusCode::OK);
    drop(first);
    assert_eq!(ask(&server, "/long", "192.0.2.1").await.status(), StatusCode::OK);
}
