//! What goes wrong between this program and a node.

use std::{fmt, io};

use faic_core::Network;
use serde::Deserialize;

use super::NodeUrl;

/// A refusal by the node (RFC 9457).
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Problem {
    /// What went wrong, as programs tell it.
    pub(crate) code: String,
    /// What happened and what to do.
    detail: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.detail.trim().trim_end_matches('.'), self.code)
    }
}

impl std::error::Error for Problem {}

/// Why a node gave no usable answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ClientError {
    /// There is no connection to the node.
    #[error("the node at {node} cannot be reached ({reason}): start one with `faic dev`, or name another with --node")]
    Unreachable {
        /// Where it should be.
        node: NodeUrl,
        /// What the operating system said.
        reason: &'static str,
    },
    /// The node took too long.
    #[error("the node at {node} did not answer in time; try again")]
    TimedOut {
        /// Where it is.
        node: NodeUrl,
    },
    /// The connection broke, or carried something that is not HTTP.
    #[error("the connection to {node} failed")]
    Connection {
        /// Where it is.
        node: NodeUrl,
        /// What is wrong with it.
        source: ureq::Error,
    },
    /// Somebody answers there who is not a node.
    #[error("what answers at {node} is not a FAIC node (HTTP status {status}); name another address with --node")]
    NotANode {
        /// Where it is.
        node: NodeUrl,
        /// What it answered.
        status: u16,
    },
    /// The answer has another shape than this program knows.
    #[error(
        "the answer of {node} is not one that this program understands; node and program may have different versions"
    )]
    Unreadable {
        /// Where it is.
        node: NodeUrl,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// A proof can't be read.
    #[error("the node's proof cannot be read: {reason}; node and program may have different versions")]
    Proof {
        /// What is wrong with it.
        reason: String,
    },
    /// The node gave no proof where one was asked for.
    #[error("the node gave no proof; ask another node, or take its word with --unverified")]
    NoProof,
    /// What the node says is not what it proves.
    #[error("the node says another {field} than it proves; do not use it")]
    Untrue {
        /// The field.
        field: &'static str,
    },
    /// The node said no.
    #[error("{0}")]
    Refused(#[source] Problem),
    /// The node belongs to another network than the wallet.
    #[error(
        "the node at {node} belongs to the {found} network, the account to the {expected} network; name a node of that \
         network with --node"
    )]
    OtherNetwork {
        /// Where it is.
        node: NodeUrl,
        /// The node's network.
        found: Network,
        /// The wallet's network.
        expected: Network,
    },
    /// Two answers spoke of two chains.
    #[error("the node spoke of the chain {expected} before and of {found} now; do not use it")]
    OtherChain {
        /// The chain of the first answer.
        expected: String,
        /// The chain of this answer.
        found: String,
    },
}

impl ClientError {
    /// The error of a request that got no whole answer.
    #[expect(clippy::wildcard_enum_match_arm, reason = "the library may add errors")]
    pub(super) fn transport(node: &NodeUrl, source: ureq::Error) -> Self {
        let node = node.clone();
        let reason = match &source {
            ureq::Error::Io(error) if error.kind() == io::ErrorKind::ConnectionRefused => "connection refused",
            ureq::Error::Timeout(ureq::Timeout::Connect | ureq::Timeout::Resolve) => "no answer",
            ureq::Error::Timeout(_) => return Self::TimedOut { node },
            ureq::Error::HostNotFound => "unknown host",
            ureq::Error::ConnectionFailed => "no connection",
            _ => return Self::Connection { node, source },
        };
        Self::Unreachable { node, reason }
    }
}
