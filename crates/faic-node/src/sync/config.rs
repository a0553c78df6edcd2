//! The section `[sync]`.

use faic_core::Height;
use serde::{Deserialize, Serialize};

/// How a node follows its peers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// A node without blocks whose peers are further ahead than this many takes over a snapshot of the state, and only
    /// the blocks after it; 0 always takes every block.
    pub snapshot_beyond: Height,
}

impl Default for Config {
    fn default() -> Self {
        Self { snapshot_beyond: 10_000 }
    }
}
