//! Why a connection failed or ended, in a few words for an operator.
//!
//! What libp2p and the system say nests one error in another and repeats addresses; it is logged in full for who debugs,
//! and told in these words to everybody else.

use std::{error::Error, io};

use libp2p::{
    TransportError,
    request_response::OutboundFailure,
    swarm::{ConnectionError, DialError},
};

use crate::{
    NetworkError, NodeAddress, NodeId,
    connection_manager::{Denial, Dial},
};

/// What is said of an address that leads back.
pub(super) const ITSELF: &str = "it is this node itself";
/// What is said of a node whose addresses nobody has told.
const NOWHERE: &str = "no address of it is known";
/// What is said of an address behind which all is silent.
const SILENT: &str = "it did not answer in time";

/// Why a dial of the node `own` failed.
pub(super) fn of_dial(error: &DialError, dial: Option<&Dial>, own: &NodeId) -> String {
    match error {
        DialError::LocalPeerId { .. } => ITSELF.to_owned(),
        // What is left out of a dial are the addresses that the node itself listens on.
        DialError::NoAddresses if dial.is_some_and(|dial| !dial.addresses.is_empty()) => ITSELF.to_owned(),
        DialError::NoAddresses => NOWHERE.to_owned(),
        DialError::DialPeerConditionFalse(_) => "it is connected or dialled already".to_owned(),
        DialError::Aborted => "the attempt was given up".to_owned(),
        DialError::WrongPeerId { obtained, .. } if *obtained == own.peer_id() => ITSELF.to_owned(),
        DialError::WrongPeerId { obtained, .. } => format!("it is another node than the address names: {obtained}"),
        DialError::Denied { cause } => {
            let denial = cause.downcast_ref::<Denial>();
            denial.map_or_else(|| "this node does not allow it".to_owned(), ToString::to_string)
        }
        DialError::Transport(errors) => {
            let mut reasons: Vec<String> = Vec::new();
            for (_, error) in errors {
                let reason = match error {
                    TransportError::MultiaddrNotSupported(_) => "this node cannot dial such an address".to_owned(),
                    TransportError::Other(error) => of_attempt(&chain(error)),
                };
                if !reasons.contains(&reason) {
                    reasons.push(reason);
                }
            }
            if reasons.is_empty() { NOWHERE.to_owned() } else { reasons.join("; ") }
        }
    }
}

/// What a failed dial is for who asked for it.
pub(super) fn unreachable(address: NodeAddress, error: &DialError, reason: &str) -> NetworkError {
    let denial = if let DialError::Denied { cause } = error { cause.downcast_ref::<Denial>() } else { None };
    if let Some(Denial::NodeBanned { node, reason }) = denial {
        return NetworkError::Banned { node: *node, reason: reason.clone() };
    }
    NetworkError::Unreachable { address, reason: reason.to_owned() }
}

/// Why a connection ended; without an error this node closed it.
pub(super) fn of_end(error: Option<&ConnectionError>) -> String {
    match error {
        None => "this node closed it".to_owned(),
        Some(ConnectionError::KeepAliveTimeout) => "nobody used it".to_owned(),
        Some(ConnectionError::IO(error)) => {
            let text = chain(error).to_lowercase();
            let is_closed = ["closed", "eof", "end of file"].iter().any(|word| text.contains(word));
            of_system(&text).unwrap_or_else(|| {
                (if is_closed { "the other side closed it" } else { "what came over it could not be read" }).to_owned()
            })
        }
    }
}

/// Why a peer did not answer this node's hello.
pub(super) fn of_hello(error: &OutboundFailure) -> &'static str {
    match error {
        OutboundFailure::UnsupportedProtocols => "it is no node of FAIC",
        OutboundFailure::Timeout => "it did not say hello in time",
        OutboundFailure::DialFailure | OutboundFailure::ConnectionClosed => {
            "the connection ended before it had said hello"
        }
        OutboundFailure::Io(_) => "its answer to the hello could not be read",
    }
}

/// An error and what is behind it, for who debugs.
pub(super) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        let inner = error.to_string();
        if !text.contains(&inner) {
            text = format!("{text}: {inner}");
        }
        source = error.source();
    }
    text
}

/// Why one attempt to reach one address failed, from the texts of the errors, whose types are hidden in each other.
fn of_attempt(text: &str) -> String {
    let text = text.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
    of_system(&text).unwrap_or_else(|| {
        let reason = if has(&["no record", "resolve", "dns"]) {
            "the name of its host leads to no address"
        } else if has(&["closed", "eof", "end of file"]) {
            "it closed the connection at once"
        } else {
            "what listens there does not speak as a node does"
        };
        reason.to_owned()
    })
}

/// The failure of the system, or the silence, that a text of an error in lower case tells of.
fn of_system(text: &str) -> Option<String> {
    let number = text.split_once("(os error ").and_then(|(_, rest)| rest.split(')').next()?.parse().ok());
    let Some(kind) = number.map(|number| io::Error::from_raw_os_error(number).kind()) else {
        let is_silent = ["timed out", "timeout", "time out"].iter().any(|word| text.contains(word));
        return is_silent.then(|| SILENT.to_owned());
    };
    #[expect(clippy::wildcard_enum_match_arm, reason = "a kind that the system names well enough")]
    let reason = match kind {
        io::ErrorKind::ConnectionRefused => "nobody listens there (connection refused)".to_owned(),
        io::ErrorKind::TimedOut => SILENT.to_owned(),
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable | io::ErrorKind::AddrNotAvailable => {
            "no route leads there".to_owned()
        }
        io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted | io::ErrorKind::BrokenPipe => {
            "the other side broke the connection off".to_owned()
        }
        other => format!("the system says: {other}"),
    };
    Some(reason)
}

#[cfg(test)]
mod tests;
