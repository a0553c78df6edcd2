//! Tests of the spellings of addresses.

use faic_core::SecretKey;

use super::{ADDRESS_BYTES_MAX, NodeAddress, NodeAddressError};
use crate::NodeId;

/// The address of a text.
fn address(text: &str) -> NodeAddress {
    text.parse().unwrap()
}

/// Text, JSON and bytes of an address read back the same.
#[test]
fn spellings_round_trip() {
    for text in ["/ip4/127.0.0.1/tcp/8421", "/ip6/::1/udp/8421/quic-v1", "/dns4/seed.example/tcp/8421"] {
        let one = address(text);
        assert_eq!(one.to_string(), text);
        let json = serde_json::to_string(&one).unwrap();
        assert_eq!(serde_json::from_str::<NodeAddress>(&json).unwrap(), one);
        assert_eq!(borsh::from_slice::<NodeAddress>(&borsh::to_vec(&one).unwrap()).unwrap(), one);
    }
}

/// The node's id is found at the end, put there and taken away.
#[test]
fn node_at_the_end() {
    let node = NodeId::new(SecretKey::from_seed(&[1; 32]).public_key());
    let bare = address("/ip4/127.0.0.1/tcp/8421");
    assert_eq!(bare.node(), None);
    let named = bare.with_node(&node);
    assert_eq!(named.to_string(), format!("{bare}/p2p/{node}"));
    assert_eq!(named.node(), Some(node));
    assert_eq!(named.with_node(&node), named);
    assert_eq!(named.without_node(), bare);
}

/// An IPv4 address inside of an IPv6 one counts as the IPv4 address, so that limits by address cannot be doubled.
#[test]
fn mapped_addresses_are_the_same_host() {
    assert_eq!(address("/ip6/::ffff:192.0.2.1/tcp/1").ip(), address("/ip4/192.0.2.1/tcp/1").ip());
    assert_eq!(address("/dns4/seed.example/tcp/1").ip(), None);
}

/// An address to dial has a host and a port, and nothing that nodes do not speak; one to listen on needs less.
#[test]
fn what_can_be_dialled() {
    let node = NodeId::new(SecretKey::from_seed(&[1; 32]).public_key());
    for text in [
        "/ip4/127.0.0.1/tcp/8421",
        "/ip6/::1/udp/8421/quic-v1",
        "/dns/seed.example/tcp/8421",
        "/dns4/seed.example/tcp/8421",
        "/dns6/seed.example/udp/8421/quic-v1",
        "/dnsaddr/seed.example",
    ] {
        assert_eq!(address(text).check_dialable(), Ok(()), "{text}");
        assert_eq!(address(text).with_node(&node).check_dialable(), Ok(()), "{text}");
    }
    let unspecified = |ip: &str| NodeAddressError::Unspecified(ip.parse().unwrap());
    for (text, error) in [
        ("/ip4/192.0.2.1", NodeAddressError::Transport),
        ("/ip4/192.0.2.1/udp/8421", NodeAddressError::Transport),
        ("/ip4/192.0.2.1/tcp/8421/ws", NodeAddressError::Transport),
        ("/ip4/192.0.2.1/tcp/0", NodeAddressError::Port),
        ("/ip4/192.0.2.1/udp/0/quic-v1", NodeAddressError::Port),
        ("/ip4/0.0.0.0/tcp/8421", unspecified("0.0.0.0")),
        ("/ip6/::/tcp/8421", unspecified("::")),
        ("/memory/7", NodeAddressError::Host),
        ("/tcp/8421", NodeAddressError::Host),
        ("/unix/socket", NodeAddressError::Host),
    ] {
        assert_eq!(address(text).check_dialable(), Err(error), "{text}");
    }
    let nowhere = address(&format!("/p2p/{node}"));
    assert_eq!(nowhere.check_dialable(), Err(NodeAddressError::Host));
}

/// Texts and bytes that are no address, or too long a one, are refused.
#[test]
fn malformed_and_long_addresses_are_refused() {
    assert_eq!("127.0.0.1:8421".parse::<NodeAddress>(), Err(NodeAddressError::Malformed));
    assert_eq!("".parse::<NodeAddress>(), Err(NodeAddressError::Length(0)));
    let host = "h".repeat(ADDRESS_BYTES_MAX);
    let error = format!("/dns4/{host}/tcp/1").parse::<NodeAddress>();
    assert!(matches!(error, Err(NodeAddressError::Length(bytes)) if bytes > ADDRESS_BYTES_MAX));
    for bytes in [vec![], vec![0xff; 8], vec![4, 127]] {
        assert!(borsh::from_slice::<NodeAddress>(&borsh::to_vec(&bytes).unwrap()).is_err());
    }
}
