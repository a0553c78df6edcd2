//! Requests that do not fit the document.

use faic_core::Network;
use faic_node::dev;
use hyper::Method;
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::node::{PASSWORD, TestNode, unknown_id};

#[tokio::test]
async fn a_body_over_the_limit_is_refused() {
    let node = TestNode::start().await;
    for media_type in ["application/json", "application/octet-stream"] {
        let call = node.call(Method::POST, "/v1/transactions").raw(media_type, vec![b' '; 256 * 1024 + 1]);
        let answer = call.send().await;
        assert_eq!((answer.status, answer.problem().as_str()), (413, "body_too_large"));
    }
}

#[tokio::test]
async fn a_header_over_the_limit_is_refused() {
    let node = TestNode::start().await;
    let mut stream = TcpStream::connect(node.address).await.unwrap();
    let mut request = b"GET /v1/status HTTP/1.1\r\nhost: localhost\r\nx-long: ".to_vec();
    request.resize(32 * 1024, b'a');
    stream.write_all(&request).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
}

#[tokio::test]
async fn a_body_that_is_not_the_schema_s_is_refused() {
    let node = TestNode::start().await;
    let post = |path: &'static str| node.with_token(Method::POST, path);
    let wallet = json!({ "name": "a", "password": PASSWORD });
    let mut extra = wallet.clone();
    extra["pasword"] = json!("x");
    for (call, status, code) in [
        (post("/v1/wallets").json(&extra), 422, "invalid_body"),
        (post("/v1/wallets").json(&json!({ "name": "a" })), 422, "invalid_body"),
        (post("/v1/wallets").json(&json!([])), 422, "invalid_body"),
        (post("/v1/wallets").json(&json!({ "name": "a", "password": 12_345_678 })), 422, "invalid_body"),
        (post("/v1/wallets").json(&json!({ "name": "A b", "password": PASSWORD })), 422, "invalid_wallet_name"),
        (post("/v1/wallets").json(&json!({ "name": "../a", "password": PASSWORD })), 422, "invalid_wallet_name"),
        (post("/v1/wallets").json(&json!({ "name": "a", "password": "short" })), 422, "invalid_password"),
        (post("/v1/wallets").json(&json!({ "name": "a", "password": "x".repeat(1025) })), 422, "invalid_password"),
        (post("/v1/wallets").json(&json!({ "name": "a", "password": PASSWORD, "words": 13 })), 422, "invalid_body"),
        (
            post("/v1/wallets").json(&json!({ "name": "a", "password": PASSWORD, "language": "klingon" })),
            422,
            "invalid_body",
        ),
        (post("/v1/wallets").raw("application/json", r#"{"name":"a","name":"b"}"#), 422, "invalid_body"),
        (post("/v1/wallets").raw("application/json", "{"), 400, "malformed_request"),
        (post("/v1/wallets").raw("application/json", ""), 400, "malformed_request"),
        (post("/v1/wallets").raw("application/json", format!("{wallet} {wallet}")), 400, "malformed_request"),
        (post("/v1/wallets").raw("application/json", vec![b'"', 0xff, b'"']), 400, "malformed_request"),
        (post("/v1/wallets").raw("application/json", "[".repeat(100_000)), 422, "invalid_body"),
        (post("/v1/wallets").raw("text/plain", wallet.to_string()), 415, "unsupported_media_type"),
        (node.with_token(Method::POST, "/v1/wallets"), 415, "unsupported_media_type"),
        (post("/v1/wallets?verbose=1").json(&wallet), 400, "invalid_query"),
        (post("/v1/faucet").json(&json!({ "address": 5 })), 422, "invalid_body"),
        (post("/v1/transactions").json(&json!({ "transaction": "zz" })), 422, "invalid_transaction"),
        (post("/v1/transactions").json(&json!({ "transaction": "" })), 422, "invalid_transaction"),
    ] {
        let answer = call.send().await;
        let place = format!("{:?}", answer.body);
        assert_eq!((answer.status, answer.problem().as_str()), (status, code), "{place}");
    }
}

/// Fields are named: their values in a list, in the right order, are no body and no part of one.
#[tokio::test]
async fn a_list_in_the_place_of_an_object_is_refused() {
    let node = TestNode::start().await;
    let address = dev::accounts()[1].address.encode(Network::Dev);
    for (path, body) in [
        ("/v1/faucet", json!([address])),
        ("/v1/wallets", json!(["a", PASSWORD, null, null])),
        ("/v1/wallets/import", json!(["a", PASSWORD, dev::PUBLIC_MNEMONIC, null])),
        ("/v1/transactions", json!(["00"])),
        ("/v1/wallets/a/transfers", json!([PASSWORD, [[address, "1", null]], null, null])),
        ("/v1/wallets/a/transfers", json!({ "password": PASSWORD, "outputs": [[address, "1", null]] })),
    ] {
        let answer = node.with_token(Method::POST, path).json(&body).send().await;
        assert_eq!((answer.status, answer.problem().as_str()), (422, "invalid_body"), "{path} {:?}", answer.body);
    }
}

#[tokio::test]
async fn a_secret_of_the_wrong_type_is_not_quoted() {
    let node = TestNode::start().await;
    let body = json!({ "name": "a", "password": 8_675_309, "mnemonic": "legal" });
    let answer = node.with_token(Method::POST, "/v1/wallets/import").json(&body).send().await;
    assert!(!answer.text("detail").contains("8675309"), "{}", answer.text("detail"));
    assert!(answer.text("detail").contains("password"), "{}", answer.text("detail"));
}

#[tokio::test]
async fn a_query_that_is_not_described_is_refused() {
    let node = TestNode::start().await;
    let id = unknown_id();
    for path in [
        "/v1/status?verbose=1".to_owned(),
        "/v1/blocks?limit=0".to_owned(),
        "/v1/blocks?limit=101".to_owned(),
        "/v1/blocks?limit=-1".to_owned(),
        "/v1/blocks?limit=ten".to_owned(),
        "/v1/blocks?limit=5&limit=5".to_owned(),
        "/v1/blocks/abc".to_owned(),
        "/v1/blocks/01".to_owned(),
        "/v1/blocks/-1".to_owned(),
        "/v1/blocks/18446744073709551616".to_owned(),
        "/v1/blocks/%ff".to_owned(),
        "/v1/transactions/abc".to_owned(),
        format!("/v1/transactions/{id}?wait=soon"),
        format!("/v1/transactions/{id}?wait=final&timeout=1h"),
        format!("/v1/transactions/{id}?wait=final&timeout=31s"),
    ] {
        let answer = node.get(&path).await;
        assert_eq!((answer.status, answer.problem().as_str()), (400, "invalid_query"), "{path}");
    }
    for path in ["/v1/blocks?cursor=", "/v1/blocks?cursor=00000000000000FF", "/v1/blocks?cursor=%2B000000000000001"] {
        let answer = node.get(path).await;
        assert_eq!((answer.status, answer.problem().as_str()), (400, "invalid_cursor"), "{path}");
    }
}

#[tokio::test]
async fn a_method_that_a_path_does_not_have_is_refused() {
    let node = TestNode::start().await;
    let answer = node.call(Method::PUT, "/v1/status").send().await;
    assert_eq!((answer.status, answer.problem().as_str()), (405, "method_not_allowed"));
    assert!(answer.header("allow").contains("GET"));
}

#[tokio::test]
async fn an_address_that_is_wrong_is_refused_with_what_is_wrong() {
    let node = TestNode::start().await;
    let good = faic_node::dev::accounts()[0].address;
    let text = good.encode(faic_core::Network::Dev);
    let other = good.encode(faic_core::Network::Main);
    let mistyped = text.replace("dfaic1", "dfaic1q");
    let mixed = text.replacen("dfaic1", "dfaIc1", 1);
    for (address, code, says) in [
        (other.as_str(), "address_of_other_network", "main network"),
        (mistyped.as_str(), "invalid_address", "checksum"),
        (mixed.as_str(), "invalid_address", "upper and lower case"),
        ("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", "invalid_address", "does not begin with"),
        ("alice", "invalid_address", "not an address"),
    ] {
        let read = node.get(format!("/v1/accounts/{address}")).await;
        assert_eq!((read.status, read.problem().as_str()), (422, code), "{address}");
        assert!(read.text("detail").contains(says), "{}", read.text("detail"));
        let asked = node.call(Method::POST, "/v1/faucet").json(&json!({ "address": address })).send().await;
        assert_eq!((asked.status, asked.problem().as_str()), (422, code), "{address}");
    }
}
