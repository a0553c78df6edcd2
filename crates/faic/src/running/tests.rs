//! Tests of where a node is told to be.

use std::net::SocketAddr;

use super::reachable;

/// A listener on every address is told by the loopback, any other by its own.
#[test]
fn told_addresses() {
    let told = |text: &str| reachable(text.parse::<SocketAddr>().expect("an address")).to_string();
    assert_eq!(told("0.0.0.0:8420"), "127.0.0.1:8420");
    assert_eq!(told("[::]:8420"), "[::1]:8420");
    assert_eq!(told("192.0.2.1:80"), "192.0.2.1:80");
}
