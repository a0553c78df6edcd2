//! Tests of following requests on a connection.

use super::Framing;

/// Requests with every kind of body, as a client may send them on one connection.
const GOOD: &str = "\r\nGET / HTTP/1.1\r\nhost: a\r\n\r\nPOST / HTTP/1.1\r\nContent-Length: 4\r\n\r\n\r\n\r\nPOST / HTTP/1.1\r\n\
    Transfer-Encoding: chunked\r\n\r\n5;x=y\r\na\r\n\r\n\r\n0\r\ntrailer: 1\r\n\r\nPOST / HTTP/1.1\r\ncontent-length: 0\r\n\r\n";
/// A head that says both ways how long its body is.
const TWICE: &str = "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\nCONTENT-LENGTH: 4\r\n\r\n";

/// The bytes as they come through when they arrive in pieces of that size.
fn passed(text: &str, piece: usize) -> Vec<u8> {
    let (mut framing, mut bytes) = (Framing::new(), text.as_bytes().to_vec());
    bytes.chunks_mut(piece).for_each(|piece| framing.pass(piece));
    bytes
}

/// However the bytes are cut, good requests come through as they are, and the head that says it twice does not.
#[test]
fn only_heads_that_say_it_twice_are_spoilt() {
    for piece in [1, 2, 3, 7, 64, 10_000] {
        assert_eq!(passed(GOOD, piece), GOOD.as_bytes(), "{piece}");
        let bytes = passed(&format!("{GOOD}{TWICE}"), piece);
        assert_eq!(bytes.iter().position(|byte| *byte == 0), Some(GOOD.len() + TWICE.len() - 1), "{piece}");
    }
}

/// A body that looks like such a head, and what follows bytes that are no request, is left alone.
#[test]
fn bodies_and_nonsense_are_left_alone() {
    let length = TWICE.len();
    for text in [
        format!("POST / HTTP/1.1\r\ncontent-length: {length}\r\n\r\n{TWICE}"),
        format!("POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n{length:x}\r\n{TWICE}\r\n0\r\n\r\n"),
        format!("POST / HTTP/1.1\r\ncontent-length: x\r\n\r\n{TWICE}"),
        format!("POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nx\r\n{TWICE}"),
        format!("{}\r\n\r\n{TWICE}", "x".repeat(40_000)),
    ] {
        assert_eq!(passed(&text, 64), text.as_bytes());
    }
}
