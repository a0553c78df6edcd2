//! Tests of the words for failures.

use std::io;

use libp2p::{
    TransportError,
    swarm::{ConnectionError, DialError},
};

use super::{ITSELF, NOWHERE, SILENT, of_dial, of_end};
use crate::{
    connection_manager::Dial,
    samples::{address, node},
};

/// The error of a dial whose attempts ended so.
fn attempts(texts: &[&str]) -> DialError {
    let attempt = |text: &&str| (address(1).multiaddr().clone(), TransportError::Other(io::Error::other(*text)));
    DialError::Transport(texts.iter().map(attempt).collect())
}

/// Each failure of a dial is told in words, once, without an address and without a word of the library.
#[test]
fn dials_fail_in_words() {
    let refused = "Multiple dial errors occurred:\n - Connection refused (os error 111)";
    for (texts, reason) in [
        (&[refused, refused][..], "nobody listens there (connection refused)"),
        (&["Handshake with the remote timed out."], SILENT),
        (&["Timeout has been reached"], SILENT),
        (&["No route to host (os error 113)"], "no route leads there"),
        (&["Network is unreachable (os error 101)"], "no route leads there"),
        (&["Connection reset by peer (os error 104)"], "the other side broke the connection off"),
        (&["Permission denied (os error 13)"], "the system says: permission denied"),
        (&["no records found for Query { name: .. }"], "the name of its host leads to no address"),
        (&["unexpected end of file"], "it closed the connection at once"),
        (&["Handshake failed: invalid message"], "what listens there does not speak as a node does"),
        (&[], NOWHERE),
        (&["(os error 111)", "(os error 113)"], "nobody listens there (connection refused); no route leads there"),
    ] {
        assert_eq!(of_dial(&attempts(texts), None, &node(9)), reason, "{texts:?}");
    }
}

/// Another node than expected is named, and this node itself is not mistaken for another.
#[test]
fn other_nodes_are_named() {
    let wrong =
        |seed| DialError::WrongPeerId { obtained: node(seed).peer_id(), address: address(1).multiaddr().clone() };
    let reason = format!("it is another node than the address names: {}", node(1));
    assert_eq!(of_dial(&wrong(1), None, &node(9)), reason);
    assert_eq!(of_dial(&wrong(9), None, &node(9)), ITSELF);
    let dial = |addresses| Dial { node: None, addresses, wanted: None };
    assert_eq!(of_dial(&DialError::NoAddresses, Some(&dial(vec![address(1)])), &node(9)), ITSELF);
    assert_eq!(of_dial(&DialError::NoAddresses, Some(&dial(vec![])), &node(9)), NOWHERE);
}

/// The end of a connection is told in words.
#[test]
fn connections_end_in_words() {
    let io = |text: &str| ConnectionError::IO(io::Error::other(text));
    assert_eq!(of_end(None), "this node closed it");
    assert_eq!(of_end(Some(&ConnectionError::KeepAliveTimeout)), "nobody used it");
    for (text, reason) in [
        ("connection is closed", "the other side closed it"),
        ("Broken pipe (os error 32)", "the other side broke the connection off"),
        ("timed out", SILENT),
        ("unknown stream", "what came over it could not be read"),
    ] {
        assert_eq!(of_end(Some(&io(text))), reason);
    }
}
