//! Who may use what: tokens, other websites, the faucet's limit, the port.

use std::time::Duration;

use faic_api::{ServeError, bind};
use hyper::Method;
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use crate::node::{FRIEND, TestNode};

#[tokio::test]
async fn wallets_need_the_token() {
    let node = TestNode::start().await;
    let refused = node.call(Method::GET, "/v1/wallets").send().await;
    assert_eq!((refused.status, refused.problem().as_str()), (401, "unauthorized"));
    assert_eq!(refused.header("www-authenticate"), "Bearer");
    assert!(refused.text("detail").contains("the file api.token"), "{}", refused.text("detail"));
    let wrong = node.call(Method::GET, "/v1/wallets").header("authorization", format!("Bearer {}", "0".repeat(64)));
    assert_eq!(wrong.send().await.status, 401);
    assert_eq!(node.with_token(Method::GET, "/v1/wallets").send().await.status, 200);
    // The token is asked for before anything else is looked at.
    let garbage = node.call(Method::POST, "/v1/wallets").raw("text/plain", "garbage").send().await;
    assert_eq!(garbage.status, 401);
    let unknown = node.call(Method::DELETE, "/v1/wallets/nobody").send().await;
    assert_eq!(unknown.status, 401);
}

#[tokio::test]
async fn the_token_is_in_a_file_of_the_data_folder() {
    let node = TestNode::start().await;
    let token = std::fs::read_to_string(node.data.join("api.token")).unwrap();
    assert_eq!(token.trim(), node.token);
}

#[tokio::test]
async fn a_page_of_another_website_is_refused() {
    let node = TestNode::start().await;
    let list = || node.with_token(Method::GET, "/v1/wallets");
    for call in [
        list().header("host", "rebound.example:8420"),
        list().header("origin", "http://evil.example"),
        list().header("origin", "null"),
        list().header("sec-fetch-site", "cross-site"),
    ] {
        let refused = call.send().await;
        assert_eq!((refused.status, refused.problem().as_str()), (403, "origin_refused"));
    }
    assert_eq!(list().header("origin", format!("http://{}", node.address)).send().await.status, 200);
}

#[tokio::test]
async fn only_pages_of_named_websites_may_read_and_none_may_send_the_token() {
    let node = TestNode::start().await;
    let from = |origin: &str| node.call(Method::GET, "/v1/status").header("origin", origin.to_owned()).send();
    let friend = from(FRIEND).await;
    assert_eq!((friend.status, friend.header("access-control-allow-origin")), (200, FRIEND));
    assert!(friend.header("access-control-expose-headers").contains("faic-height"));
    assert_eq!(from("https://evil.example").await.header("access-control-allow-origin"), "");
    let ask = node.call(Method::OPTIONS, "/v1/transactions").header("origin", FRIEND);
    let asked = ask.header("access-control-request-method", "POST").send().await;
    assert!(asked.status == 200 && !asked.header("access-control-allow-headers").contains("authorization"));
    let wallets = node.with_token(Method::GET, "/v1/wallets").header("origin", FRIEND).send().await;
    assert_eq!((wallets.status, wallets.problem().as_str()), (403, "origin_refused"));
}

#[tokio::test]
async fn the_faucet_serves_an_address_once_a_day() {
    let node = TestNode::start().await;
    let address = faic_node::dev::accounts()[2].address.encode(faic_core::Network::Dev);
    let ask = || node.call(Method::POST, "/v1/faucet").json(&json!({ "address": address })).send();
    let before = node.balance(&address).await;
    let granted = ask().await;
    assert_eq!(granted.status, 202);
    node.wait_final(&granted.text("id")).await;
    let amount: u64 = granted.text("amount").parse().unwrap();
    assert_eq!(node.balance(&address).await, before + amount);
    let refused = ask().await;
    assert_eq!((refused.status, refused.problem().as_str()), (429, "faucet_limit"));
    assert!(refused.header("retry-after").parse::<u64>().is_ok_and(|wait| wait > 3600));
    assert_eq!(refused.json()["retryable"], true);
}

#[tokio::test]
async fn a_port_in_use_is_named() {
    let node = TestNode::start().await;
    let error = bind(node.address).await.unwrap_err();
    assert!(matches!(error, ServeError::PortInUse { address } if address == node.address));
    assert!(error.to_string().contains(&node.address.to_string()), "{error}");
}

#[tokio::test]
async fn a_node_stops_also_when_clients_keep_their_connections() {
    let node = TestNode::start().await;
    let address = node.address;
    let mut idle = TcpStream::connect(address).await.unwrap();
    let mut half = TcpStream::connect(address).await.unwrap();
    half.write_all(b"POST /v1/faucet HTTP/1.1\r\ncontent-type: application/json\r\ncontent-le").await.unwrap();
    timeout(Duration::from_secs(20), node.stop()).await.unwrap();
    assert_eq!(idle.read(&mut [0; 1]).await.unwrap_or_default(), 0);
    assert!(TcpStream::connect(address).await.is_err());
}
