//! Tests of each door in front of the wallets.

use std::net::IpAddr;

use axum::http::{HeaderMap, HeaderName, HeaderValue, Uri};
use faic_node::{ApiToken, ErrorCode};

use super::{Problem, WalletClients, check_client, check_origin, check_token};

/// The headers of a request.
fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
    pairs.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap())).collect()
}

/// The code with which a request was refused.
fn refusal(result: Result<(), Problem>) -> Option<ErrorCode> {
    result.err().map(|problem| problem.code())
}

/// Asks the first door.
fn client(peer: Option<IpAddr>, clients: WalletClients, pairs: &[(&'static str, &str)]) -> Option<ErrorCode> {
    refusal(check_client(peer, &headers(pairs), clients))
}

/// Asks the second door of a local node.
fn origin(pairs: &[(&'static str, &str)]) -> Option<ErrorCode> {
    refusal(check_origin(&Uri::from_static("/v1/wallets"), &headers(pairs), WalletClients::Local))
}

#[test]
fn only_loopback_clients_pass_unless_others_are_allowed() {
    for (peer, local) in [
        ("127.0.0.1", true),
        ("127.8.8.8", true),
        ("::1", true),
        ("::ffff:127.0.0.1", true),
        ("192.168.1.5", false),
        ("::ffff:192.168.1.5", false),
        ("2001:db8::1", false),
        ("0.0.0.0", false),
    ] {
        let peer = Some(peer.parse().unwrap());
        let expected = (!local).then_some(ErrorCode::LocalOnly);
        assert_eq!(client(peer, WalletClients::Local, &[]), expected, "{peer:?}");
        assert_eq!(client(peer, WalletClients::Anywhere, &[]), None);
    }
    assert_eq!(client(None, WalletClients::Local, &[]), Some(ErrorCode::LocalOnly));
}

#[test]
fn what_a_proxy_of_this_machine_passes_on_is_not_local() {
    let peer = Some("127.0.0.1".parse().unwrap());
    for header in [
        ("forwarded", "for=192.0.2.1"),
        ("x-forwarded-for", "127.0.0.1"),
        ("x-forwarded-host", "node.example"),
        ("x-real-ip", ""),
        ("via", "1.1 proxy"),
    ] {
        assert_eq!(client(peer, WalletClients::Local, &[header]), Some(ErrorCode::LocalOnly), "{header:?}");
        assert_eq!(client(peer, WalletClients::Anywhere, &[header]), None, "{header:?}");
    }
}

#[test]
fn a_rebound_name_is_refused() {
    for good in ["localhost:8420", "LOCALHOST", "127.0.0.1:8420", "[::1]:8420", "127.0.0.1"] {
        assert_eq!(origin(&[("host", good)]), None, "{good}");
    }
    for bad in ["evil.example:8420", "127.0.0.1.evil.example", "localhost.evil.example", "192.168.1.5", ""] {
        assert_eq!(origin(&[("host", bad)]), Some(ErrorCode::OriginRefused), "{bad}");
    }
    assert_eq!(origin(&[]), Some(ErrorCode::OriginRefused));
}

#[test]
fn a_request_of_another_site_is_refused() {
    let host = ("host", "127.0.0.1:8420");
    assert_eq!(origin(&[host, ("origin", "http://127.0.0.1:8420"), ("sec-fetch-site", "same-origin")]), None);
    for bad in ["http://evil.example", "http://127.0.0.1:9999", "null", "http://"] {
        assert_eq!(origin(&[host, ("origin", bad)]), Some(ErrorCode::OriginRefused), "{bad}");
    }
    assert_eq!(origin(&[host, ("sec-fetch-site", "cross-site")]), Some(ErrorCode::OriginRefused));
}

#[test]
fn only_the_right_token_passes() {
    let folder = tempfile::TempDir::new().unwrap();
    let node_token = ApiToken::read_or_create(&folder.path().join("token")).unwrap();
    let right = node_token.reveal();
    let token = |value: &str| refusal(check_token(&headers(&[("authorization", value)]), &node_token));
    assert_eq!(token(&format!("Bearer {right}")), None);
    assert_eq!(token(&format!("bearer {right}")), None);
    let shorter = format!("Bearer {}", &right[1..]);
    let [trailing, double, basic] = [format!("Bearer {right} "), format!("Bearer  {right}"), format!("Basic {right}")];
    for wrong in [&shorter, &trailing, &double, &basic, right, "Bearer ", "Bearer", ""] {
        assert_eq!(token(wrong), Some(ErrorCode::Unauthorized), "{wrong}");
    }
    assert_eq!(refusal(check_token(&headers(&[]), &node_token)), Some(ErrorCode::Unauthorized));
    let good = format!("Bearer {right}");
    let mut two = headers(&[("authorization", &good)]);
    two.append("authorization", HeaderValue::from_str(&good).unwrap());
    assert_eq!(refusal(check_token(&two, &node_token)), Some(ErrorCode::Unauthorized));
}
