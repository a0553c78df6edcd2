//! The node's part of the network: who this node is there, the way to its peers, and how far it follows them.
//!
//! [`P2PNetwork`] is what the services hold. Connections, messages and states of peers are managed inside `faic-network`;
//! a node whose network is disabled has an `Offline` one instead, so that nothing above needs to know.

mod offline;

use std::sync::Arc;

use faic_consensus::bft::ConsensusHandle;
use faic_core::{Height, PublicKey};
use faic_network::{NodeId, NodeType, P2PNetworkInterface};
use serde::{Deserialize, Deserializer, Serialize, de::Error};
use tokio::sync::watch;

pub(crate) use self::offline::Offline;
use crate::{
    Chain,
    sync::{Heads, SyncStatus},
};

/// The section `[network]`: whether there is one, and everything about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Config {
    /// Whether the node talks to others at all; without, it can only be the single validator of its chain.
    pub enabled: bool,
    /// How.
    #[serde(flatten)]
    pub settings: faic_network::Config,
}

impl Default for Config {
    fn default() -> Self {
        Self { enabled: true, settings: faic_network::Config::default() }
    }
}

impl Config {
    /// The network of a node that nobody talks to.
    pub fn disabled() -> Self {
        Self { enabled: false, ..Self::default() }
    }

    /// A network among the nodes of one machine.
    pub fn loopback() -> Self {
        Self { enabled: true, settings: faic_network::Config::loopback() }
    }
}

impl<'de> Deserialize<'de> for Config {
    /// Reads `enabled` here and leaves all else to the network, which refuses unknown fields.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut section = toml::Table::deserialize(deserializer)?;
        let enabled = match section.remove("enabled") {
            Some(value) => value.try_into().map_err(|error: toml::de::Error| D::Error::custom(error.message()))?,
            None => Self::default().enabled,
        };
        let settings = section.try_into().map_err(|error: toml::de::Error| D::Error::custom(error.message()))?;
        Ok(Self { enabled, settings })
    }
}

/// The node's part of the network.
pub struct P2PNetwork {
    /// The node's id.
    pub(crate) node_id: NodeId,
    /// The key that it votes with, where it has one.
    pub(crate) validator: Option<PublicKey>,
    /// The door to the agreement, where the node has such a key.
    pub(crate) consensus: Option<ConsensusHandle>,
    /// Whether there is a network.
    pub(crate) is_enabled: bool,
    /// The way to the peers.
    pub(crate) interface: Arc<dyn P2PNetworkInterface>,
    /// The heights of the connected peers.
    pub(crate) heads: watch::Receiver<Heads>,
    /// How far the synchronisation was when it last looked.
    pub(crate) sync: watch::Receiver<SyncStatus>,
}

impl P2PNetwork {
    /// The node's id.
    pub const fn node_id(&self) -> NodeId {
        self.node_id
    }

    /// What the node does for the network now.
    pub fn node_type(&self, chain: &Chain) -> NodeType {
        node_type(chain, self.validator.as_ref())
    }

    /// The height from which its validator votes, while it restrains from it.
    pub fn vote_from(&self) -> Option<Height> {
        self.consensus.as_ref()?.vote_from()
    }

    /// The way to the peers.
    pub fn interface(&self) -> &Arc<dyn P2PNetworkInterface> {
        &self.interface
    }

    /// How many peers are connected.
    pub fn peers(&self) -> usize {
        self.heads.borrow().len()
    }

    /// How far the node is behind its peers now.
    pub fn sync_status(&self, chain: &Chain) -> SyncStatus {
        let (seen, height): (SyncStatus, Height) = (*self.sync.borrow(), chain.tip().height);
        if height >= seen.target {
            SyncStatus { height, target: height, ..SyncStatus::default() }
        } else {
            SyncStatus { height, ..seen }
        }
    }
}

/// What a node with that key, if it has one, does for the network: it validates while the key is in the validator set.
pub(crate) fn node_type(chain: &Chain, validator: Option<&PublicKey>) -> NodeType {
    if validator.is_some_and(|key| chain.is_validator(key)) { NodeType::Validator } else { NodeType::Full }
}

#[cfg(test)]
mod tests;
