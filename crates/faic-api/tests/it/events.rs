//! The stream of events, as a browser or an explorer follows it.

use faic_core::Network;
use faic_node::dev;
use hyper::Method;

use crate::node::{TestNode, sign, transfer_of};

/// The address of rich account number 1, which the tests pay.
fn receiver() -> String {
    dev::accounts()[1].address.encode(Network::Dev)
}

#[tokio::test]
async fn blocks_are_followed_and_resumed_without_a_gap() {
    let node = TestNode::start().await;
    let mut events = node.call(Method::GET, "/v1/events").follow().await;
    let first = events.next().await.unwrap();
    assert!(first.event == "alive" && first.id.parse::<u64>().is_ok(), "{first:?}");
    assert_eq!(first.data, serde_json::json!({"interval_ms": 5_000}));
    let block = events.next_of("block").await;
    let height = block.data["height"].as_u64().unwrap();
    assert_eq!(block.id, height.to_string());
    let same = node.get(format!("/v1/blocks/{height}")).await.json();
    for field in ["id", "time_ms", "proposer", "transaction_count"] {
        assert_eq!(block.data[field], same[field], "{field}");
    }
    for _ in 0..3 {
        events.next_of("block").await;
    }
    drop(events);
    // The header goes before the parameter, because a browser comes back to the same address with it.
    let call = node.call(Method::GET, "/v1/events?kind=blocks&after=0").header("last-event-id", height.to_string());
    let mut events = call.follow().await;
    for next in height + 1..height + 4 {
        assert_eq!(events.next_of("block").await.id, next.to_string());
    }
}

#[tokio::test]
async fn an_account_hears_of_its_payments() {
    let node = TestNode::start().await;
    let path = format!("/v1/events?account={}&account={}", receiver(), dev::accounts()[2].address.encode(Network::Dev));
    let mut events = node.call(Method::GET, &path).follow().await;
    let begin = events.next().await.unwrap().id;
    let signed = sign(transfer_of(0), 0);
    node.submit(signed.to_bytes()).await;
    let settled = loop {
        let event = events.next_of("transaction").await;
        assert_eq!(event.data["id"], signed.id().to_string());
        assert_eq!(event.data["transaction"]["action"]["outputs"][0]["to"], receiver());
        if event.data["state"] == "final" {
            break event;
        }
        assert_eq!(event.data["state"], "pooled");
    };
    let read = node.wait_final(&signed.id().to_string()).await;
    assert_eq!(settled.data, read);
    assert_eq!(settled.id, format!("{}.{}", read["height"], read["index"]));
    let mut again = node.call(Method::GET, format!("{path}&after={begin}")).follow().await;
    assert_eq!(again.next_of("transaction").await, settled);
}

#[tokio::test]
async fn peers_and_the_mempool_are_followed() {
    let node = TestNode::start().await;
    let mut events = node.call(Method::GET, "/v1/events?kind=mempool&kind=peers").follow().await;
    let mempool = events.next_of("mempool").await;
    assert_eq!(mempool.data["fee_per_byte_min"], "0");
    let other = TestNode::start_follower().await;
    let address = other.get("/v1/node").await.json()["addresses"][0].clone();
    let body = serde_json::json!({ "address": address });
    let joined = node.with_token(Method::POST, "/v1/node/peers").json(&body).send().await;
    assert_eq!(joined.status, 200, "{:?}", joined.body);
    let peers = events.next_of("peers").await;
    assert_eq!(peers.data, serde_json::json!({ "count": 1, "joined": [joined.text("id")], "left": [] }));
}

#[tokio::test]
async fn a_stopping_node_ends_the_stream_with_a_word() {
    let node = TestNode::start().await;
    let mut events = node.call(Method::GET, "/v1/events").follow().await;
    events.next().await.unwrap();
    let stopping = tokio::spawn(node.stop());
    assert_eq!(events.next_of("end").await.data["reason"], "shutting_down");
    assert_eq!(events.next().await, None);
    stopping.await.unwrap();
}

#[tokio::test]
async fn a_query_for_what_is_no_event_is_refused() {
    let node = TestNode::start().await;
    let accounts: String = (0..33_u8)
        .map(|seed| format!("account={}&", faic_core::Address::from_bytes([seed; 32]).encode(Network::Dev)))
        .collect();
    for (query, status, code) in [
        ("kind=weather", 400, "invalid_query"),
        ("kind=", 400, "invalid_query"),
        ("kinds=blocks", 400, "invalid_query"),
        ("after=1.", 400, "invalid_query"),
        ("after=1&after=2", 400, "invalid_query"),
        ("after=99999999999999999999", 400, "invalid_query"),
        (&accounts[..accounts.len() - 1], 400, "invalid_query"),
        (&"kind=blocks&".repeat(65), 400, "invalid_query"),
        ("account=alice", 422, "invalid_address"),
    ] {
        let answer = node.get(format!("/v1/events?{query}")).await;
        assert_eq!((answer.status, answer.problem().as_str()), (status, code), "{query}");
    }
    let bad = node.call(Method::GET, "/v1/events").header("last-event-id", "yesterday").send().await;
    assert_eq!((bad.status, bad.problem().as_str()), (400, "invalid_query"));
}
