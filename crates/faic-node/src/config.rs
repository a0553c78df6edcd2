//! The configuration of a node: one document of which every part belongs to the module that it configures.
//!
//! Every field has a default, an unknown field is refused, and durations and sizes are written as people write them.
//! Secrets never stand here: they are files of the data folder.

use std::path::PathBuf;

use faic_consensus::simple::SimpleConsensusError;
use serde::{Deserialize, Serialize};

use crate::{mempool, telemetry};

/// The configuration of a node.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The folder with everything that the node keeps; made where it is not there.
    pub data_dir: PathBuf,
    /// The genesis document (TOML or JSON) with which a new data folder begins; a used one must agree with it. Not needed
    /// for a folder that belongs to a chain already.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub genesis: Option<PathBuf>,
    /// What is logged, and how.
    pub telemetry: telemetry::Config,
    /// The limits of the mempool.
    pub mempool: mempool::Config,
    /// The pace of blocks.
    pub consensus: faic_consensus::simple::Config,
}

impl Config {
    /// Reads and checks a document in TOML.
    ///
    /// # Errors
    /// [`ConfigError`] names the place that is wrong.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let config: Self = toml::from_str(text).map_err(|error| ConfigError::Syntax(error.to_string()))?;
        config.check()?;
        Ok(config)
    }

    /// The document as TOML, which [`Config::parse`] reads back.
    pub fn to_toml(&self) -> String {
        toml::to_string(self).expect("the configuration has texts, numbers and tables only")
    }

    /// Checks the rules that no type keeps.
    ///
    /// # Errors
    /// [`ConfigError`] names the section and what is wrong in it.
    pub fn check(&self) -> Result<(), ConfigError> {
        self.mempool.check()?;
        self.consensus.check()?;
        Ok(())
    }
}

/// What is wrong with a configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// Not TOML, a field that does not exist, or a value that can't be read.
    #[error("the configuration can't be read: {0}")]
    Syntax(String),
    /// A limit of the mempool that makes no sense.
    #[error("the section [mempool] is wrong")]
    Mempool(#[from] mempool::ConfigError),
    /// A pace of blocks that makes no sense.
    #[error("the section [consensus] is wrong")]
    Consensus(#[from] SimpleConsensusError),
}

#[cfg(test)]
mod tests;
