//! The configuration of a node: one document of which every part belongs to the module that it configures.
//!
//! Every field has a default, an unknown field is refused, and durations and sizes are written as people write them.
//! Secrets never stand here: they are files of the data folder.

use std::path::PathBuf;

use faic_consensus::bft;
use faic_core::Amount;
use serde::{Deserialize, Serialize};

use crate::{mempool, network, sync, telemetry};

/// The configuration of a node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The folder with everything that the node keeps, made where it is not there; a node needs one.
    pub data_dir: PathBuf,
    /// The genesis document (TOML or JSON) with which a new data folder begins; a used one must agree with it. Not needed
    /// for a folder that belongs to a chain already.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub genesis: Option<PathBuf>,
    /// Whether the node votes, where its data folder has a `validator.key` that is one of the chain's validators.
    pub validator: bool,
    /// What is logged, and how.
    pub telemetry: telemetry::Config,
    /// The limits of the mempool.
    pub mempool: mempool::Config,
    /// The way to other nodes.
    pub network: network::Config,
    /// How the node follows its peers.
    pub sync: sync::Config,
    /// The pace of blocks, and the patience with silent validators.
    pub consensus: bft::Config,
    /// The faucet.
    pub faucet: Faucet,
}

/// The faucet of a node whose data folder has a `faucet.key`; there is none on the main network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Faucet {
    /// How much an address receives a day, in decimal FAIC; more than zero.
    #[serde(with = "decimal_faic")]
    pub amount: Amount,
}

impl Default for Faucet {
    fn default() -> Self {
        Self { amount: Amount::from_faic(100).expect("below the supply") }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            data_dir: PathBuf::new(),
            genesis: None,
            validator: true,
            telemetry: telemetry::Config::default(),
            mempool: mempool::Config::default(),
            network: network::Config::default(),
            sync: sync::Config::default(),
            consensus: bft::Config::default(),
            faucet: Faucet::default(),
        }
    }
}

impl Config {
    /// Reads and checks a document in TOML.
    ///
    /// # Errors
    /// [`ConfigError`] names the place that is wrong.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let config: Self = toml::from_str(text).map_err(|error| ConfigError::syntax(text, &error))?;
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
        self.network.settings.check()?;
        self.consensus.check()?;
        if self.faucet.amount.is_zero() {
            return Err(ConfigError::FaucetAmount);
        }
        Ok(())
    }
}

/// Amounts in configuration files, as decimal FAIC in a text.
mod decimal_faic {
    use std::borrow::Cow;

    use faic_core::Amount;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    /// Writes an amount.
    ///
    /// # Errors
    /// Those of the serializer.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's `with` gives a reference")]
    pub(super) fn serialize<S: Serializer>(amount: &Amount, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(amount)
    }

    /// Reads an amount.
    ///
    /// # Errors
    /// Those of the deserializer, and for a text that is no amount.
    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Amount, D::Error> {
        Amount::parse_faic(&Cow::<str>::deserialize(deserializer)?).map_err(D::Error::custom)
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
    Consensus(#[from] bft::ConfigError),
    /// A network that makes no sense.
    #[error("the section [network] is wrong")]
    Network(#[from] faic_network::config::ConfigError),
    /// A faucet that gives nothing.
    #[error("the amount in the section [faucet] must be more than zero")]
    FaucetAmount,
}

impl ConfigError {
    /// What is wrong with `text`, in one sentence with the line and its field, where they are known.
    pub fn syntax(text: &str, error: &toml::de::Error) -> Self {
        let message = error.message().split_whitespace().collect::<Vec<_>>().join(" ");
        let Some(before) = error.span().and_then(|span| text.get(..span.start)) else { return Self::Syntax(message) };
        let before = before.matches('\n').count();
        let field = text.lines().nth(before).and_then(|line| line.split_once('=')).map(|(field, _)| field.trim());
        let field = field.map(|field| format!(", {field}")).unwrap_or_default();
        Self::Syntax(format!("line {}{field}: {message}", before.saturating_add(1)))
    }
}

#[cfg(test)]
mod tests;
