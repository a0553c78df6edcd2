//! Clients that ask and do not read, and those that want everything for themselves.

use std::time::Duration;

use faic_api::{ClientLimits, ServerLimits};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::rustls::RootCertStore;

use crate::{
    node::{PASSWORD, TestNode},
    tls::{connect, read, write_certificate},
};

/// How long a test waits for what must happen.
const PATIENCE: Duration = Duration::from_secs(60);

/// A server whose clients must take something at least every half second.
fn impatient() -> ServerLimits {
    ServerLimits { write_timeout: Duration::from_millis(500), ..ServerLimits::default() }
}

/// Asks for a long answer again and again, reads nothing, and returns when the node closed the connection.
async fn ask_until_closed(mut stream: impl AsyncWrite + Unpin) {
    let closed =
        async { while stream.write_all(b"GET /openapi.json HTTP/1.1\r\nhost: localhost\r\n\r\n").await.is_ok() {} };
    timeout(PATIENCE, closed).await.expect("the node closes a connection of which nothing is read");
}

#[tokio::test]
async fn who_takes_nothing_of_the_answers_is_disconnected() {
    let node = TestNode::start_with(impatient()).await;
    ask_until_closed(TcpStream::connect(node.address).await.unwrap()).await;
    assert_eq!(node.get("/v1/status").await.status, 200);
}

#[tokio::test]
async fn who_takes_nothing_of_encrypted_answers_is_disconnected() {
    let node = TestNode::start_with(impatient()).await;
    let mut roots = RootCertStore::empty();
    roots.add(write_certificate(&node.data)).unwrap();
    let address = node.serve_encrypted(read(&node.data).unwrap()).await;
    ask_until_closed(connect(address, roots).await.unwrap()).await;
}

/// A further connection of a client that has as many as it may is closed without an answer, at every port, until the
/// client closes one; the others go on.
#[tokio::test]
async fn a_client_has_a_few_connections() {
    let limits = ServerLimits {
        loopback: ClientLimits { connections_max: 2, ..ServerLimits::default().loopback },
        ..ServerLimits::default()
    };
    let node = TestNode::start_with(limits).await;
    let other_port = node.serve_again().await;
    let mut held = Vec::new();
    for _ in 0..2 {
        let mut stream = TcpStream::connect(node.address).await.unwrap();
        assert!(ask(&mut stream).await.starts_with(b"HTTP/1.1 200 OK"));
        held.push(stream);
    }
    for address in [node.address, other_port] {
        assert!(ask(&mut TcpStream::connect(address).await.unwrap()).await.is_empty());
    }
    assert!(ask(&mut held[0]).await.starts_with(b"HTTP/1.1 200 OK"));
    drop(held.pop());
    let allowed = async { while ask(&mut TcpStream::connect(node.address).await.unwrap()).await.is_empty() {} };
    timeout(PATIENCE, allowed).await.expect("there is room for another connection in time");
}

/// Long answers beyond the bound are refused and may be asked for again; what was refused is told, and small ones go on.
#[tokio::test]
async fn long_answers_on_their_way_are_bounded() {
    let limits = ServerLimits { answer_bytes_max: 20_000, ..ServerLimits::default() };
    let node = TestNode::start_with(limits).await;
    node.funded_wallet("a").await;
    let to = faic_node::dev::accounts()[1].address.encode(faic_core::Network::Dev);
    let outputs = vec![json!({ "to": to, "amount": "1", "memo": "m".repeat(64) }); 256];
    let sent = node.transfer("a", &json!({ "password": PASSWORD, "outputs": outputs })).await;
    assert_eq!(sent.status, 202, "{:?}", sent.body);
    let refused = node.get(format!("/v1/transactions/{}?wait=final", sent.text("id"))).await;
    assert_eq!((refused.status, refused.problem().as_str()), (503, "overloaded"));
    assert_eq!((refused.json()["retryable"].clone(), refused.header("retry-after")), (json!(true), "2"));
    assert_eq!(node.get("/v1/status").await.status, 200);
}

/// The beginning of the answer to a request on that connection; empty where it was closed without one.
async fn ask(stream: &mut TcpStream) -> Vec<u8> {
    let mut begin = vec![0; 4096];
    let asked = async {
        stream.write_all(b"GET /v1/status HTTP/1.1\r\nhost: localhost\r\n\r\n").await?;
        stream.read(&mut begin).await
    };
    let read = timeout(PATIENCE, asked).await.expect("the node answers or closes").unwrap_or_default();
    begin.truncate(read);
    begin
}
