//! Tests of how a bare head is told from answers of ours.

use super::Bare;

/// A head as the library writes it by itself.
const BARE: &str = "HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\
    date: Thu, 26 Nov 2026 22:00:00 GMT\r\n\r\n";

/// A bare head is found alone and behind an answer, with its length and what it means.
#[test]
fn bare_heads_are_found() {
    let answer = "HTTP/1.1 200 OK\r\nx-request-id: 7\r\ncontent-length: 2\r\n\r\n{}";
    for written in [BARE.to_owned(), format!("{answer}{BARE}")] {
        let bare = Bare::at_the_end_of(written.as_bytes()).expect("there is one");
        assert_eq!((bare.bytes, bare.is_malformed()), (BARE.len(), false));
        assert_eq!(bare.headers().count(), 3);
    }
    let malformed = BARE.replacen("431 Request Header Fields Too Large", "400 Bad Request", 1);
    assert!(Bare::at_the_end_of(malformed.as_bytes()).expect("there is one").is_malformed());
}

/// Answers of ours, also ones without a body or cut in the middle, are no bare heads.
#[test]
fn own_answers_are_left_alone() {
    for written in [
        BARE.replacen("connection: close", "x-request-id: 7", 1),
        BARE.replacen("content-length: 0", "content-length: 4", 1),
        BARE.replacen("431", "200", 1),
        "HTTP/1.1 100 Continue\r\n\r\n".to_owned(),
        BARE[20..].to_owned(),
        BARE[..BARE.len() - 1].to_owned(),
        format!("{BARE}{{}}"),
        String::new(),
        "\r\n\r\n".to_owned(),
    ] {
        assert_eq!(Bare::at_the_end_of(written.as_bytes()), None, "{written}");
    }
}
