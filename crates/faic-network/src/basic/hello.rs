//! The first words of two nodes: are we on one chain, and do we speak one protocol?
//!
//! The bytes begin the same way in every version of the protocol, so that nodes of different versions can tell each
//! other why they part: the version (two bytes, little-endian), then the canonical bytes of the rest.

use borsh::{BorshDeserialize, BorshSerialize};
use faic_core::{ChainId, Hash};

use crate::{ResponseMessage, SignedNodeState, message::REASON_BYTES_MAX};

/// The version of what nodes say to each other; a node of another version is refused.
pub const PROTOCOL_VERSION: u16 = 1;
/// The most bytes of a hello and of its answer.
pub(crate) const HELLO_BYTES_MAX: usize = 1024;

/// The chain that a network is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainInfo {
    /// Its id.
    pub id: ChainId,
    /// The id of its genesis.
    pub genesis: Hash,
}

/// What a node says first.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct Hello {
    /// The id of its chain.
    pub(crate) chain_id: ChainId,
    /// The id of its chain's genesis.
    pub(crate) genesis: Hash,
    /// What it says about itself.
    pub(crate) state: SignedNodeState,
}

impl Hello {
    /// The hello's bytes.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        borsh::to_vec(&(PROTOCOL_VERSION, self)).expect("writing to memory does not fail")
    }

    /// Reads a hello and checks that the node that says it may be a peer on this chain.
    ///
    /// Whether the state is the peer's own is for the [`StateManager`](crate::state_manager::StateManager) to say.
    ///
    /// # Errors
    /// [`HelloError`] says why not.
    pub(crate) fn check(bytes: &[u8], chain: &ChainInfo) -> Result<Self, HelloError> {
        let (version, rest) = bytes.split_first_chunk().ok_or(HelloError::Malformed)?;
        let theirs = u16::from_le_bytes(*version);
        if theirs != PROTOCOL_VERSION {
            return Err(HelloError::Protocol { theirs, ours: PROTOCOL_VERSION });
        }
        let hello: Self = borsh::from_slice(rest).map_err(|_| HelloError::Malformed)?;
        if hello.chain_id != chain.id {
            return Err(HelloError::Chain { theirs: hello.chain_id, ours: chain.id.clone() });
        }
        if hello.genesis != chain.genesis {
            let (theirs, ours) = (hello.genesis.short(), chain.genesis.short());
            return Err(HelloError::Genesis { theirs, ours });
        }
        Ok(hello)
    }
}

/// Why a node cannot be a peer, as the node says it that has read the other's hello.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum HelloError {
    /// The bytes are no hello.
    #[error("the peer's hello cannot be read")]
    Malformed,
    /// It speaks another version.
    #[error("the peer speaks version {theirs} of the protocol, and this node speaks version {ours}")]
    Protocol {
        /// Its version.
        theirs: u16,
        /// This node's.
        ours: u16,
    },
    /// It follows another chain.
    #[error("the peer follows the chain {theirs}, and this node follows the chain {ours}")]
    Chain {
        /// Its chain.
        theirs: ChainId,
        /// This node's.
        ours: ChainId,
    },
    /// Its chain has the same name and another beginning.
    #[error("the peer's chain began with the genesis {theirs}, and this node's chain with the genesis {ours}")]
    Genesis {
        /// Its genesis, shortened.
        theirs: String,
        /// This node's.
        ours: String,
    },
    /// It said something about itself that it did not sign.
    #[error("the peer's state is not signed by it")]
    State,
}

impl HelloError {
    /// The same for the log of the peer, where this node is the peer, and the peer "this node".
    pub(crate) fn told(&self) -> String {
        match self.clone() {
            Self::Malformed => "this node's hello cannot be read by the peer".to_owned(),
            Self::Protocol { theirs, ours } => Self::Protocol { theirs: ours, ours: theirs }.to_string(),
            Self::Chain { theirs, ours } => Self::Chain { theirs: ours, ours: theirs }.to_string(),
            Self::Genesis { theirs, ours } => Self::Genesis { theirs: ours, ours: theirs }.to_string(),
            Self::State => "this node's state is not signed by this node, says the peer".to_owned(),
        }
    }
}

/// What is answered to a hello.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum HelloAnswer {
    /// The other's hello.
    Hello(Vec<u8>),
    /// Why there is none, in words that are true where they are read.
    Refused(String),
}

impl HelloAnswer {
    /// The answer's bytes, the same in every version of the protocol: a 1 and the hello, or a 0 and the reason in UTF-8.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        match self {
            Self::Hello(hello) => [&[1], hello.as_slice()].concat(),
            Self::Refused(reason) => [&[0], reason.as_bytes()].concat(),
        }
    }

    /// Reads an answer; a reason is cut and freed from control characters.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        match bytes.split_first()? {
            (1, hello) => Some(Self::Hello(hello.to_vec())),
            (0, reason) => {
                let reason = reason.get(..REASON_BYTES_MAX).unwrap_or(reason);
                match ResponseMessage::refused(String::from_utf8_lossy(reason)) {
                    ResponseMessage::Refused { reason } => Some(Self::Refused(reason)),
                    ResponseMessage::Done
                    | ResponseMessage::Balance(_)
                    | ResponseMessage::Blocks(_)
                    | ResponseMessage::Snapshot(_)
                    | ResponseMessage::SnapshotChunk(_) => None,
                }
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
