//! The name of a node: its public key, in the spelling of libp2p.
//!
//! A peer id is the identity multihash of the protobuf of an ed25519 key, in base58 (libp2p specification "Peer Ids and
//! Keys"), so it begins with `12D3Koo` and the key can be read back from it. Ids of other kinds of key are refused.

use std::{fmt, str::FromStr};

use borsh::{BorshDeserialize, BorshSerialize};
use faic_core::PublicKey;
use libp2p::PeerId;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// What precedes the key in a peer id: identity multihash of 36 bytes; protobuf of key type 1 (ed25519) with 32 bytes.
const PEER_ID_PREFIX: [u8; 6] = [0x00, 0x24, 0x08, 0x01, 0x12, 0x20];

/// A node's public key, shown and parsed as a libp2p peer id (`12D3Koo…`).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub struct NodeId(PublicKey);

impl NodeId {
    /// The id of the node that has this key.
    pub const fn new(key: PublicKey) -> Self {
        Self(key)
    }

    /// The node's public key.
    pub const fn key(&self) -> &PublicKey {
        &self.0
    }

    /// The last eight characters of the id, for log lines: the first ones are the same for every node.
    pub fn short(&self) -> String {
        let text = self.to_string();
        text.get(text.len().saturating_sub(8)..).unwrap_or_default().to_owned()
    }

    /// The id as libp2p knows it.
    pub(crate) fn peer_id(&self) -> PeerId {
        let bytes = [PEER_ID_PREFIX.as_slice(), self.0.as_bytes()].concat();
        PeerId::from_bytes(&bytes).expect("the prefix and 32 bytes are an identity multihash of 36 bytes")
    }

    /// The id of libp2p's peer.
    ///
    /// # Errors
    /// [`NodeIdError`] when the peer's key is no acceptable ed25519 key.
    pub(crate) fn from_peer_id(peer: &PeerId) -> Result<Self, NodeIdError> {
        let bytes = peer.to_bytes();
        let key = bytes.strip_prefix(&PEER_ID_PREFIX).ok_or(NodeIdError::OtherKey)?;
        let key = <[u8; 32]>::try_from(key).map_err(|_| NodeIdError::OtherKey)?;
        PublicKey::from_bytes(key).map(Self).map_err(|_| NodeIdError::BadKey)
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.peer_id().to_base58())
    }
}

impl fmt::Debug for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for NodeId {
    type Err = NodeIdError;

    fn from_str(text: &str) -> Result<Self, NodeIdError> {
        let peer = PeerId::from_str(text).map_err(|_| NodeIdError::NotPeerId)?;
        Self::from_peer_id(&peer)
    }
}

impl Serialize for NodeId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for NodeId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <String as Deserialize>::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// Why a text or a peer is no node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NodeIdError {
    /// The text is no libp2p peer id.
    #[error("the text is no peer id, such as 12D3KooW…")]
    NotPeerId,
    /// The id is of another kind of key.
    #[error("the peer id is not of an ed25519 key")]
    OtherKey,
    /// The key is not in canonical form or has no secret half.
    #[error("the key in the peer id is no acceptable ed25519 key")]
    BadKey,
}

#[cfg(test)]
mod tests;
