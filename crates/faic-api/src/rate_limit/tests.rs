//! Tests of the limits, at times that the tests choose.

use std::{
    net::{IpAddr, SocketAddr},
    num::NonZeroU32,
    sync::Arc,
    time::Duration,
};

use axum::{
    Extension, Router,
    body::Body,
    extract::{ConnectInfo, Request},
    http::StatusCode,
    middleware,
    response::Response,
    routing::get,
};
use faic_node::ApiToken;
use tower::ServiceExt;

use super::{
    Client, Limiter, RateLimit, Visitor,
    buckets::{Buckets, Fill},
    check,
    shares::Shares,
};

/// Ten requests a second, a hundred at once.
fn config() -> RateLimit {
    RateLimit { requests_per_second: 10, burst: NonZeroU32::new(100).unwrap(), event_streams: 2, loopback: false }
}

/// A client by its number.
fn client(number: u32) -> Client {
    Client::V4(number.into())
}

/// A time since the start, in milliseconds.
const fn at(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// A bucket gives its burst, then its rate, and says how long to wait for what is not there.
#[test]
fn buckets_refill() {
    let buckets = Buckets::of(config(), 8).unwrap();
    let take = |requests, ms| buckets.take(client(1), requests, at(ms));
    assert_eq!(buckets.fill(client(1), at(0)), Fill { left: 100, full_in: at(0) });
    assert_eq!(take(99, 0), Ok(()));
    assert_eq!(take(2, 0), Err(at(100)));
    assert_eq!(take(1, 0), Ok(()));
    assert_eq!(take(1, 0), Err(at(100)));
    assert_eq!(take(1, 99), Err(at(1)));
    assert_eq!(take(1, 100), Ok(()));
    assert_eq!(buckets.fill(client(1), at(5_100)), Fill { left: 50, full_in: at(5_000) });
    assert_eq!(take(100, 60_000), Ok(()));
    assert_eq!(take(1, 60_000), Err(at(100)));
    assert_eq!(buckets.take(client(2), 100, at(0)), Ok(()));
    assert!(Buckets::new(RateLimit { requests_per_second: 0, ..config() }).is_none());
}

/// The table does not grow beyond its size: further clients share a bucket, until others have not asked for a while.
#[test]
fn table_is_bounded() {
    let buckets = Buckets::of(config(), 2).unwrap();
    for number in 1..=3 {
        assert_eq!(buckets.take(client(number), 60, at(2_000)), Ok(()));
    }
    assert_eq!(buckets.take(client(4), 60, at(2_000)), Err(at(2_000)));
    assert_eq!(buckets.fill(client(4), at(2_000)).left, 40);
    assert_eq!(buckets.take(client(1), 40, at(2_000)), Ok(()));
    assert_eq!(buckets.take(client(4), 60, at(9_000)), Ok(()));
    assert_eq!(buckets.fill(client(4), at(9_000)).left, 40);
    assert_eq!(buckets.fill(client(1), at(9_000)).left, 70);
}

/// Addresses of one IPv6 network are one client, and an IPv4 address is the same in either spelling.
#[test]
fn addresses_of_a_client() {
    let of = |text: &str| Client::from(text.parse::<IpAddr>().unwrap());
    assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::9"));
    assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
    assert_eq!(of("192.0.2.1"), of("::ffff:192.0.2.1"));
    assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
}

/// A client has as much as it may, and gets more when it gave something back.
#[test]
fn shares_are_counted() {
    let shares = Arc::new(Shares::default());
    let take = |number, amount| Shares::take(&shares, client(number), amount, 3);
    let first = take(1, 2).unwrap();
    let second = take(1, 1).unwrap();
    assert!(take(1, 1).is_none() && take(1, u32::MAX).is_none());
    assert!(take(2, 3).is_some() && take(2, 4).is_none());
    drop(first);
    assert!(take(1, 3).is_none());
    assert!(take(1, 2).is_some());
    drop(second);
    assert!(take(1, 3).is_some());
}

/// A server whose requests cost ten times as much as others.
fn server(config: RateLimit, token: &ApiToken) -> Router {
    let expensive = async |Extension(visitor): Extension<Visitor>| visitor.charge(9);
    let limiter = Limiter::new(config, token.clone());
    Router::new().route("/", get(expensive)).layer(middleware::from_fn_with_state(limiter, check))
}

/// The answer to a request from an address.
async fn ask(server: &Router, from: &str, token: Option<&ApiToken>) -> Response {
    let mut request = Request::get("/");
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {}", token.reveal()));
    }
    let mut request = request.body(Body::empty()).unwrap();
    request.extensions_mut().insert(ConnectInfo(SocketAddr::new(from.parse().unwrap(), 1)));
    server.clone().oneshot(request).await.unwrap()
}

/// What is left is said to who is limited, also with a refusal; others are not concerned, and time heals.
#[tokio::test(start_paused = true)]
async fn clients_are_told_their_limits() {
    let folder = tempfile::TempDir::new().unwrap();
    let token = ApiToken::read_or_create(&folder.path().join("token")).unwrap();
    let server = server(config(), &token);
    let header =
        |response: &Response, name: &str| response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
    let answer = ask(&server, "192.0.2.1", None).await;
    assert_eq!(header(&answer, "ratelimit-policy").unwrap(), "\"requests\";q=100;w=10");
    assert_eq!(header(&answer, "ratelimit").unwrap(), "\"requests\";r=90;t=1");
    for _ in 0..9 {
        assert_eq!(ask(&server, "192.0.2.1", None).await.status(), StatusCode::OK);
    }
    let refused = ask(&server, "192.0.2.1", None).await;
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(header(&refused, "ratelimit").unwrap(), "\"requests\";r=0;t=10");
    assert_eq!(header(&refused, "retry-after").unwrap(), "1");
    for (from, token) in [("192.0.2.2", None), ("192.0.2.1", Some(&token)), ("127.0.0.1", None)] {
        assert_eq!(ask(&server, from, token).await.status(), StatusCode::OK);
    }
    assert_eq!(header(&ask(&server, "127.0.0.1", None).await, "ratelimit"), None);
    tokio::time::advance(Duration::from_secs(1)).await;
    assert_eq!(ask(&server, "192.0.2.1", None).await.status(), StatusCode::OK);
}

/// The file may say less than everything, and nothing that makes batches impossible.
#[test]
fn configuration() {
    let parse = |json| serde_json::from_str::<RateLimit>(json);
    assert_eq!(parse("{}").unwrap(), RateLimit::default());
    assert_eq!(parse(r#"{"burst": 100}"#).unwrap().burst.get(), 100);
    assert!(parse(r#"{"burst": 99}"#).unwrap_err().to_string().contains("at least 100"));
    assert!(parse(r#"{"requests": 1}"#).is_err());
}
