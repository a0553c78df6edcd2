//! Requests that do not fit the document.

use faic_core::Network;
use faic_node::dev;
use hyper::Method;
use serde_json::json;

use crate::{
    client::raw,
    node::{PASSWORD, TestNode, unknown_id},
};

#[tokio::test]
async fn a_body_over_the_limit_is_refused() {
    let node = TestNode::start().await;
    for media_type in ["application/json", "application/octet-stream"] {
        let call = node.call(Method::POST, "/v1/transactions").raw(media_type, vec![b' '; 256 * 1024 + 1]);
        let answer = call.send().await;
        assert_eq!((answer.status, answer.problem().as_str()), (413, "body_too_large"));
    }
}

/// A header, a URL or a number of headers over the limit; also where the client still sends when it is refused.
#[tokio::test]
async fn a_header_over_the_limit_is_refused() {
    let node = TestNode::start().await;
    let head = |url: &str, headers: &str| format!("GET {url} HTTP/1.1\r\nhost: localhost\r\n{headers}\r\n");
    for request in [
        head("/v1/status", &format!("x-long: {}\r\n", "a".repeat(32 * 1024))),
        head("/v1/status", &format!("x-long: {}\r\n", "a".repeat(512 * 1024))),
        head(&format!("/v1/status?{}", "a".repeat(32 * 1024)), ""),
        head(&format!("/v1/status?{}", "a".repeat(128 * 1024)), ""),
        head("/v1/status", &"x-many: a\r\n".repeat(100)),
    ] {
        let answers = raw(node.address, request.as_bytes()).await;
        let [answer] = answers.as_slice() else { panic!("{} answers", answers.len()) };
        assert_eq!((answer.status, answer.problem().as_str()), (431, "header_too_large"));
        assert_eq!(answer.header("connection"), "close");
    }
    let most = head("/v1/status", &format!("connection: close\r\n{}", "x-many: a\r\n".repeat(98)));
    assert_eq!(raw(node.address, most.as_bytes()).await[0].status, 200);
}

/// Bytes that are no request are answered as requests are, and the connection is closed.
#[tokio::test]
async fn bytes_that_are_no_request_are_refused() {
    let node = TestNode::start().await;
    for bytes in [
        "nonsense\r\n\r\n",
        "\u{16}\u{3}\u{1}\u{2}\0\u{1}\0\r\n\r\n",
        "GET\r\n\r\n",
        "GET /v1/status\r\n\r\n",
        "GET /v1/status HTTP/9.9\r\n\r\n",
        "G\u{e9}T /v1/status HTTP/1.1\r\n\r\n",
        "GET /v1 /status HTTP/1.1\r\n\r\n",
        "GET /v1/status HTTP/1.1\r\nno colon\r\n\r\n",
        "GET /v1/status HTTP/1.1\r\nbad name: a\r\n\r\n",
        "POST /v1/faucet HTTP/1.1\r\ncontent-length: many\r\n\r\n",
        "POST /v1/faucet HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",
        "POST /v1/faucet HTTP/1.1\r\ntransfer-encoding: gzip\r\n\r\n",
    ] {
        let answers = raw(node.address, bytes.as_bytes()).await;
        let [answer] = answers.as_slice() else { panic!("{} answers to {bytes:?}", answers.len()) };
        assert_eq!((answer.status, answer.problem().as_str()), (400, "malformed_request"), "{bytes:?}");
        assert_eq!(answer.header("connection"), "close", "{bytes:?}");
    }
}

/// HTTP/1.1 names the host exactly once (RFC 9112, §3.2).
#[tokio::test]
async fn a_request_names_its_host_once() {
    let node = TestNode::start().await;
    let ask = async |hosts: &str| {
        let request = format!("GET /v1/status HTTP/1.1\r\n{hosts}\r\n");
        raw(node.address, request.as_bytes()).await.remove(0)
    };
    for hosts in ["", "host: localhost\r\nhost: localhost\r\n", "host: a b\r\n"] {
        let answer = ask(hosts).await;
        assert_eq!((answer.status, answer.problem().as_str()), (400, "malformed_request"), "{hosts:?}");
        assert!(answer.text("detail").contains("host header"), "{}", answer.text("detail"));
        assert_eq!(answer.header("connection"), "close");
    }
    assert_eq!(ask("host: localhost:8420\r\nconnection: close\r\n").await.status, 200);
}

/// A body whose length is told in two ways is not read (RFC 9112, §6.3), also on a connection that was used before.
#[tokio::test]
async fn a_length_that_is_told_twice_is_refused() {
    let node = TestNode::start().await;
    let chunked = "POST /v1/faucet HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
        transfer-encoding: chunked\r\n\r\n2";
    let first = format!("{chunked}\r\n{{}}\r\n0\r\n\r\n");
    let first_with_extension = format!("{chunked};x={}\r\n{{}}\r\n0\r\n\r\n", "y".repeat(8000));
    let (length, coding) = ("content-length: 5", "transfer-encoding: chunked");
    for (first, headers) in [
        (&first, format!("{length}\r\n{coding}")),
        (&first, format!("{coding}\r\n{length}")),
        (&first_with_extension, format!("{length}\r\n{coding}")),
    ] {
        let twice = format!("POST /v1/faucet HTTP/1.1\r\nhost: localhost\r\n{headers}\r\n\r\n0\r\n\r\n");
        let answers = raw(node.address, format!("{first}{twice}").as_bytes()).await;
        let [body, refused] = answers.as_slice() else { panic!("{} answers", answers.len()) };
        assert_eq!((body.status, body.problem().as_str()), (422, "invalid_body"));
        assert_eq!((refused.status, refused.problem().as_str()), (400, "malformed_request"), "{headers}");
        assert_eq!(refused.header("connection"), "close");
    }
}

/// What came before on the same connection is answered first, also where it was all sent at once.
#[tokio::test]
async fn a_request_before_nonsense_is_answered() {
    let node = TestNode::start().await;
    let status = "GET /v1/status HTTP/1.1\r\nhost: localhost\r\n\r\n";
    let answers = raw(node.address, format!("{status}{status}nonsense\r\n\r\n").as_bytes()).await;
    let statuses: Vec<_> = answers.iter().map(|answer| answer.status).collect();
    assert_eq!(statuses, [200, 200, 400]);
    assert_eq!((answers[2].problem().as_str(), answers[2].header("connection")), ("malformed_request", "close"));
    assert!(answers[0].json()["height"].is_u64());
    let many = "GET /openapi.json HTTP/1.1\r\nhost: localhost\r\n\r\n".repeat(9);
    let answers = raw(node.address, format!("{many}nonsense\r\n\r\n").as_bytes()).await;
    assert_eq!((answers.len(), answers[9].problem().as_str()), (10, "malformed_request"));
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

/// What is wrong is said in the words of the document, not in those of the program's language.
#[tokio::test]
async fn refusals_do_not_speak_rust() {
    let node = TestNode::start().await;
    let output = json!([{ "to": "x", "amount": "1" }]);
    let transfer = |lane: serde_json::Value| json!({ "password": PASSWORD, "outputs": output, "lane": lane });
    let post = |path: &str, body| node.with_token(Method::POST, path).json(body);
    for (call, expected) in [
        (post("/v1/wallets", &json!([])), "a list stands where an object"),
        (post("/v1/wallets", &json!("x")), "expected an object with named fields"),
        (post("/v1/wallets/a/transfers", &transfer(json!(256))), "expected a whole number from 0 to 255"),
        (post("/v1/wallets/a/transfers", &transfer(json!("1"))), "at lane: "),
        (node.call(Method::GET, "/v1/blocks?limit=ten"), "limit: this is not a whole number"),
        (node.call(Method::GET, "/v1/blocks?limit=0"), "The parameter limit is 0 where 1 to 100 are allowed"),
        (node.call(Method::GET, "/v1/status?verbose=1"), "unknown parameter `verbose`"),
        (post("/v1/transactions", &json!({ "transaction": "01" })), "they end too early"),
    ] {
        let detail = call.send().await.text("detail");
        assert!(detail.contains(expected), "{detail}");
        for rust in ["struct", "u8", "deserialize", "invalid digit", "sequence", "Unexpected"] {
            assert!(!detail.contains(rust), "{detail}");
        }
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
