//! Tests of the client against servers that are no good nodes.

use std::{
    io::{Read, Write},
    net::TcpListener,
    thread,
};

use faic_core::{
    Amount, Authority, BasicCrypto, ChainId, Hash, KeyManager, SecretKey, SignedTransaction,
    crypto::sign_transaction,
    transaction::{Output, TransactionBuilder},
};

use super::{ANSWER_BYTES_MAX, Client, ClientError, NodeUrl, Submitted, url};

/// The status of a good node.
const STATUS: &str = r#"{"chain_id":"faic-dev","network":"dev","genesis":"abababababababababababababababababababababababababababababababab","height":7,"block_time_ms":1600000000000,"base_fee_per_byte":"10",
    "mempool":{"fee_per_byte_min":"0"},"more":[1]}"#;

/// A whole answer with the headers of a node.
fn answer(status: &str, chain: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\nfaic-chain-id: {chain}\r\ncontent-length: {length}\r\n\
         connection: close\r\n\r\n{body}"
    )
}

/// A client of a server that gives these answers, one a connection.
fn client(answers: Vec<String>) -> Client {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("it listens");
    thread::spawn(move || {
        for answer in answers {
            let (mut stream, _) = listener.accept().expect("the client connects");
            let mut request = [0; 4096];
            let _head = stream.read(&mut request).expect("the client sends a request");
            // A client that has seen enough closes the connection.
            let _closed = stream.write_all(answer.as_bytes());
        }
    });
    Client::new(format!("http://{address}").parse().expect("a URL of ours"))
}

/// The error of asking such a server for its status as often as it answers.
fn error(answers: Vec<String>) -> ClientError {
    let times = answers.len();
    let client = client(answers);
    (0..times).map(|_| client.status()).find_map(Result::err).expect("a refusal")
}

/// A good answer is read, and fields that are not known are passed over.
#[test]
fn good_answer() {
    let status = client(vec![answer("200 OK", "faic-dev", STATUS)]).status().expect("a good answer");
    assert_eq!((status.chain_id.as_str(), status.height, status.base_fee_per_byte), ("faic-dev", 7, 10));
}

/// Somebody else's server is told from a node.
#[test]
fn not_a_node() {
    let page = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 5\r\n\r\n<html";
    assert!(matches!(error(vec![page.to_owned()]), ClientError::NotANode { status: 200, .. }));
    let moved = "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n";
    assert!(matches!(error(vec![moved.to_owned()]), ClientError::NotANode { status: 302, .. }));
    assert!(matches!(error(vec!["nonsense\r\n\r\n".to_owned()]), ClientError::OtherProtocol { .. }));
}

/// An answer of another shape is refused.
#[test]
fn other_shapes() {
    for body in ["{}", "[]", "", &STATUS.replace("\"dev\"", "\"moon\""), &STATUS.replace(":7", ":-7")] {
        assert!(matches!(error(vec![answer("200 OK", "faic-dev", body)]), ClientError::Unreadable { .. }), "{body}");
    }
}

/// An answer is read up to its limit only.
#[test]
fn too_large() {
    let endless = format!("\"{}\"", "x".repeat(usize::try_from(ANSWER_BYTES_MAX).expect("a small number")));
    assert!(matches!(error(vec![answer("200 OK", "faic-dev", &endless)]), ClientError::Connection { .. }));
}

/// A node that changes its chain between two answers is refused.
#[test]
fn other_chain() {
    let answers = vec![answer("200 OK", "faic-dev", STATUS), answer("200 OK", "faic-main", STATUS)];
    let ClientError::OtherChain { expected, found } = error(answers) else { panic!("another error") };
    assert_eq!((expected.as_str(), found.as_str()), ("faic-dev", "faic-main"));
}

/// A submitted transaction that the node had already is told from a new one.
#[test]
fn known_transactions() {
    let id = Hash::from_bytes([7; 32]);
    let body = format!(r#"{{"id":"{id}","state":"pooled"}}"#);
    let client = client(vec![answer("202 Accepted", "faic-dev", &body), answer("200 OK", "faic-dev", &body)]);
    let signed = signed_payment();
    assert_eq!(client.submit(&signed).expect("a good answer"), Submitted::New(id));
    assert_eq!(client.submit(&signed).expect("a good answer"), Submitted::Known(id));
}

/// Any signed payment.
fn signed_payment() -> SignedTransaction {
    let key = SecretKey::from_seed(&[1; 32]);
    let authority = Authority::single(key.public_key());
    let output =
        Output { to: authority.address(), amount: Amount::from_nano(1).expect("a small amount"), memo: String::new() };
    let chain_id = ChainId::new("faic-dev").expect("a good chain id");
    let transaction = TransactionBuilder::transfer(chain_id, authority, vec![output]).build(1).expect("a good payment");
    sign_transaction(&BasicCrypto { key_manager: KeyManager::from_iter([key]) }, transaction).expect("the key is there")
}

/// A refusal is told with its detail and its code.
#[test]
fn problem() {
    let body =
        r#"{"type":"urn:x","title":"T","status":503,"detail":"Too busy. Wait.","code":"overloaded","retryable":true}"#;
    let error = error(vec![answer("503 Service Unavailable", "faic-dev", body)]);
    assert_eq!(error.to_string(), "Too busy. Wait (overloaded)");
}

/// Where nobody listens, the address and the way out are told.
#[test]
fn unreachable() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("it listens");
    drop(listener);
    let url: NodeUrl = format!("http://{address}").parse().expect("a URL of ours");
    let error = Client::new(url).status().expect_err("nobody listens").to_string();
    assert!(error.contains(&address.to_string()) && error.contains("connection refused"), "{error}");
}

/// A host that nobody knows is told as one; `.invalid` never is (RFC 2606).
#[test]
fn unknown_host() {
    let url: NodeUrl = "http://node.invalid".parse().expect("a good URL");
    let error = Client::new(url).status().expect_err("there is no such host");
    assert!(matches!(error, ClientError::Unreachable { reason: "unknown host" | "no answer", .. }), "{error:?}");
}

/// A URL has a host and a port, whatever its spelling; a cursor is escaped.
#[test]
fn urls() {
    for good in ["http://127.0.0.1:8420", "http://127.0.0.1:8420/", "HTTP://127.0.0.1:8420"] {
        assert_eq!(good.parse::<NodeUrl>().expect("a good URL").to_string(), "http://127.0.0.1:8420");
    }
    for good in ["http://[::1]:8420", "https://node.example", "https://127.0.0.1:8443"] {
        assert_eq!(good.parse::<NodeUrl>().expect("a good URL").to_string(), good);
    }
    for bad in ["", "x", "http://", "ftp://host", "http://host/v1", "http://me:pw@host", "http://host/?a", "http://a b"]
    {
        assert!(bad.parse::<NodeUrl>().is_err(), "{bad}");
    }
    assert_eq!(url::escape("a/b&c=ü"), "a%2Fb%26c%3D%C3%BC");
}
