//! What a node says about itself, and signs.
//!
//! A state is a claim: the signature shows who made it, not that it is true. Nothing is decided by it but whom to ask.

use std::{fmt, io, str::FromStr};

use borsh::{BorshDeserialize, BorshSerialize};
use faic_core::{ChainId, Hash, PublicKey, SecretKey, Signature, bounded, node_key, transaction::Height};

use crate::NodeId;

/// The most bytes of a version's text.
pub const VERSION_BYTES_MAX: usize = 32;

/// What a node does for the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum NodeType {
    /// It takes part in the agreement on blocks.
    Validator = 0,
    /// It follows the chain, keeps the ledger and serves it.
    Full = 1,
}

impl NodeType {
    /// Every type, in the order of their bytes.
    pub const ALL: [Self; 2] = [Self::Validator, Self::Full];

    /// The name in documents and logs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Validator => "validator",
            Self::Full => "full",
        }
    }
}

impl fmt::Display for NodeType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for NodeType {
    type Err = UnknownNodeType;

    fn from_str(text: &str) -> Result<Self, UnknownNodeType> {
        Self::ALL.into_iter().find(|node_type| node_type.name() == text).ok_or(UnknownNodeType)
    }
}

/// The text names no type of node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a node is one of validator, full")]
pub struct UnknownNodeType;

/// What a node says about itself.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct NodeState {
    /// What it does for the network.
    pub node_type: NodeType,
    /// The version of its program: at most [`VERSION_BYTES_MAX`] printable ASCII characters.
    #[borsh(deserialize_with = "read_version")]
    pub version: String,
    /// The chain that it follows.
    pub chain_id: ChainId,
    /// The height of its last final block.
    pub height: Height,
    /// The id of its last final block.
    pub head: Hash,
    /// How busy it is, from 0 to 100 percent.
    #[borsh(deserialize_with = "read_percent")]
    pub load_percent: u8,
    /// The validator key that it votes with, if it does.
    pub validator: Option<PublicKey>,
}

/// Reads the version's text, which goes into logs as it is.
fn read_version<R: io::Read>(reader: &mut R) -> io::Result<String> {
    let text = bounded::read_text(reader, VERSION_BYTES_MAX)?;
    if text.bytes().all(|byte| byte.is_ascii_graphic()) {
        Ok(text)
    } else {
        Err(bounded::invalid("a version is printable ASCII without spaces"))
    }
}

/// Reads a number from 0 to 100.
fn read_percent<R: io::Read>(reader: &mut R) -> io::Result<u8> {
    let percent = u8::deserialize_reader(reader)?;
    if percent <= 100 { Ok(percent) } else { Err(bounded::invalid("more than a hundred percent")) }
}

/// A state, signed by the node that it is about.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct SignedNodeState {
    /// The node.
    pub node: NodeId,
    /// When it said so, by its own clock, in milliseconds of Unix time: a later state replaces an earlier one.
    pub time_ms: u64,
    /// What it said.
    pub state: NodeState,
    /// Its signature over all of the above.
    signature: Signature,
}

impl SignedNodeState {
    /// Signs a state with the node's key.
    pub fn sign(key: &SecretKey, time_ms: u64, state: NodeState) -> Self {
        let node = NodeId::new(key.public_key());
        let signature = node_key::sign_state(key, &signed_bytes(&node, time_ms, &state));
        Self { node, time_ms, state, signature }
    }

    /// Whether the node that the state is about has signed it.
    pub fn verify(&self) -> bool {
        let bytes = signed_bytes(&self.node, self.time_ms, &self.state);
        node_key::verify_state(self.node.key(), &bytes, &self.signature)
    }
}

/// What the signature is made over.
fn signed_bytes(node: &NodeId, time_ms: u64, state: &NodeState) -> Vec<u8> {
    borsh::to_vec(&(node, time_ms, state)).expect("writing to memory does not fail")
}

#[cfg(test)]
mod tests;
