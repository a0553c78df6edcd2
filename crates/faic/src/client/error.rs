//! What goes wrong between this program and a node.

use std::{fmt, io, path::PathBuf};

use faic_core::Network;
use serde::Deserialize;

use super::{
    CertificateFault, NodeUrl,
    tls::{self, TlsFault},
};
use crate::patience::IsLimited;

/// How the standard library's error begins where the operating system knows no address of a host; it has no kind.
const LOOKUP_FAILED: &str = "failed to lookup address information";

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
    #[error("the node at {node} did not answer in time; {advice}")]
    TimedOut {
        /// Where it is.
        node: NodeUrl,
        /// What to do.
        advice: &'static str,
    },
    /// There is no proof that the node is who it says.
    #[error("the certificate of {node} {fault}")]
    Certificate {
        /// Where it is.
        node: NodeUrl,
        /// What is wrong with its certificate.
        fault: CertificateFault,
    },
    /// The authorities that the user named cannot be used.
    #[error("the certificates in {} cannot be used: {reason}; name a file in PEM with --node-ca", file.display())]
    Authorities {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// This machine knows no authority.
    #[error(
        "this machine has no certificates of authorities that could vouch for {node}; install them (the package is often \
         named ca-certificates), or name those that do with --node-ca"
    )]
    NoAuthorities {
        /// Where the node is.
        node: NodeUrl,
    },
    /// What answers speaks another protocol than the URL says.
    #[error("what answers at {node} does not speak {protocol}; {advice}")]
    OtherProtocol {
        /// Where it is.
        node: NodeUrl,
        /// What it was thought to speak.
        protocol: &'static str,
        /// What to do.
        advice: &'static str,
    },
    /// Somebody is to vouch for the node, and nothing is encrypted.
    #[error("at {node} nothing is encrypted, so the certificates of --node-ca prove nothing; write https:// in front")]
    NotEncrypted {
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
    pub(super) fn transport(node: &NodeUrl, is_limited: IsLimited, source: ureq::Error) -> Self {
        let node = node.clone();
        match tls::fault(&source) {
            Some(TlsFault::Certificate(fault)) => return Self::Certificate { node, fault },
            // Whoever is on the way can answer so, and must not get what is sent in the clear.
            Some(TlsFault::OtherProtocol) => {
                let advice = if node.is_loopback() {
                    "where it is a node, write http:// in front"
                } else {
                    "ask another node, or its operator"
                };
                return Self::OtherProtocol { node, protocol: "TLS", advice };
            }
            None => {}
        }
        let reason = match &source {
            ureq::Error::Io(error) if error.kind() == io::ErrorKind::ConnectionRefused => "connection refused",
            ureq::Error::Timeout(ureq::Timeout::Connect | ureq::Timeout::Resolve) => "no answer",
            ureq::Error::Timeout(_) => {
                let advice = match is_limited {
                    IsLimited::Yes => "try again, or wait longer with --timeout",
                    IsLimited::No => "try again",
                };
                return Self::TimedOut { node, advice };
            }
            ureq::Error::HostNotFound => "unknown host",
            ureq::Error::Io(error) if error.to_string().starts_with(LOOKUP_FAILED) => "unknown host",
            ureq::Error::ConnectionFailed => "no connection",
            ureq::Error::Protocol(_) if !node.is_encrypted() => {
                return Self::OtherProtocol {
                    node,
                    protocol: "HTTP",
                    advice: "where it is a node, write https:// in front",
                };
            }
            _ => return Self::Connection { node, source },
        };
        Self::Unreachable { node, reason }
    }
}
