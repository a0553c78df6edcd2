//! Clients that ask and do not read, and those that want everything for themselves.

use std::time::Duration;

use faic_api::ServerLimits;
use tokio::{
    io::{AsyncWrite, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::rustls::RootCertStore;

use crate::{
    node::TestNode,
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
