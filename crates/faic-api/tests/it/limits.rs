//! What clients may ask for, and the form in which they get it.

use std::{io, num::NonZeroU32};

use faic_api::RateLimit;
use hyper::Method;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::node::{PASSWORD, TestNode};

/// One request a second and a hundred at once, also from this machine; two streams of events.
fn strict() -> RateLimit {
    RateLimit { requests_per_second: 1, burst: NonZeroU32::new(100).unwrap(), event_streams: 2, loopback: true }
}

#[tokio::test]
async fn a_batch_costs_as_much_as_its_transactions_one_by_one() {
    let node = TestNode::start_limited(strict()).await;
    let batch = |count: usize| {
        let body = json!({ "transactions": vec!["00"; count] });
        node.call(Method::POST, "/v1/transactions/batch").json(&body).send()
    };
    let first = batch(60).await;
    assert_eq!((first.status, first.header("ratelimit-policy")), (200, "\"requests\";q=100;w=100"));
    let left = |header: &str| -> u64 {
        header.strip_prefix("\"requests\";r=").unwrap().split(';').next().unwrap().parse().unwrap()
    };
    assert!((40..60).contains(&left(first.header("ratelimit"))), "{}", first.header("ratelimit"));
    let second = batch(100).await;
    assert_eq!((second.status, second.problem().as_str()), (429, "rate_limited"));
    assert_eq!(second.json()["retryable"], true);
    let wait: u64 = second.header("retry-after").parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    // The refused batch took nothing but the request itself.
    assert!(left(second.header("ratelimit")) >= 39);
    // Who has the token is another client.
    let mine = node.with_token(Method::GET, "/v1/wallets").send().await;
    assert_eq!((mine.status, left(mine.header("ratelimit"))), (200, 99));
}

#[tokio::test]
async fn a_client_has_one_limit_for_all_ports() {
    let node = TestNode::start_limited(strict()).await;
    let body = json!({ "transactions": vec!["00"; 100] });
    assert_eq!(node.call(Method::POST, "/v1/transactions/batch").json(&body).send().await.status, 200);
    let mut stream = TcpStream::connect(node.serve_again().await).await.unwrap();
    let request = format!(
        "POST /v1/transactions/batch HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.to_string().len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 429"), "{answer}");
}

#[tokio::test]
async fn programs_of_the_machine_are_exempt_unless_configured() {
    let node = TestNode::start_limited(RateLimit { loopback: false, ..strict() }).await;
    for _ in 0..3 {
        let body = json!({ "transactions": vec!["00"; 100] });
        let answer = node.call(Method::POST, "/v1/transactions/batch").json(&body).send().await;
        assert_eq!((answer.status, answer.header("ratelimit")), (200, ""));
    }
}

#[tokio::test]
async fn a_client_has_a_few_streams_of_events() {
    let node = TestNode::start_limited(strict()).await;
    let mut streams = Vec::new();
    for _ in 0..2 {
        let mut events = node.call(Method::GET, "/v1/events").follow().await;
        events.next_of("block").await;
        streams.push(events);
    }
    let refused = node.get("/v1/events").await;
    assert_eq!((refused.status, refused.problem().as_str()), (429, "too_many_streams"));
    let mut mine = node.with_token(Method::GET, "/v1/events").follow().await;
    mine.next_of("block").await;
    // The node sees that a client left when it next writes to it.
    drop(streams.pop());
    streams.push(node.call(Method::GET, "/v1/events").follow_in_time().await);
    streams[1].next_of("block").await;
}

#[tokio::test]
async fn long_answers_are_compressed_for_who_asks() {
    let node = TestNode::start().await;
    let ask = |path: &str| node.call(Method::GET, path).header("accept-encoding", "br, gzip").send();
    let plain = node.get("/openapi.json").await;
    assert_eq!(plain.header("content-encoding"), "");
    assert!(plain.json()["openapi"].is_string());
    let packed = ask("/openapi.json").await;
    assert_eq!((packed.status, packed.header("content-encoding")), (200, "gzip"));
    assert!(packed.header("vary").contains("accept-encoding"));
    assert!(packed.body.len() < plain.body.len() / 4, "{} of {}", packed.body.len(), plain.body.len());
    let text = io::read_to_string(flate2::read::GzDecoder::new(&packed.body[..])).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), plain.json());
    let short = ask("/v1/status").await;
    assert_eq!((short.header("content-encoding"), short.status), ("", 200));
    assert!(short.json()["height"].is_u64());
}

#[tokio::test]
async fn neither_events_nor_wallets_are_compressed() {
    let node = TestNode::start().await;
    let mut events = node.call(Method::GET, "/v1/events").header("accept-encoding", "gzip").follow().await;
    assert!(events.next_of("block").await.data["height"].is_u64());
    for number in 0..12 {
        let body = json!({ "name": format!("{number:032}"), "password": PASSWORD });
        let created = node.with_token(Method::POST, "/v1/wallets").header("accept-encoding", "gzip").json(&body);
        assert_eq!(created.send().await.status, 201);
    }
    let wallets = node.with_token(Method::GET, "/v1/wallets").header("accept-encoding", "gzip").send().await;
    assert!(wallets.body.len() > 1024 && wallets.header("content-encoding").is_empty());
}
