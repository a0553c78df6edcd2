//! The limits of the mempool.

use faic_core::transaction::TRANSACTION_BYTES_MAX;
use serde::{Deserialize, Serialize};

/// The limits of the mempool; every one is at least 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Most transactions.
    pub transactions_max: usize,
    /// Most canonical bytes of all transactions; at least 49152, those of the largest transaction. Memory in use is two
    /// to three times as much.
    #[serde(with = "crate::byte_size")]
    pub bytes_max: usize,
    /// Most transactions of one sender in all its lanes.
    pub sender_transactions_max: usize,
    /// Most canonical bytes of one sender's transactions; at least 49152.
    #[serde(with = "crate::byte_size")]
    pub sender_bytes_max: usize,
    /// Most transactions in one lane.
    pub lane_transactions_max: usize,
}

impl Config {
    /// Checks that every limit lets something in.
    ///
    /// # Errors
    /// [`ConfigError`] names the limit that does not.
    pub fn check(&self) -> Result<(), ConfigError> {
        let limits = [
            ("transactions_max", self.transactions_max, 1),
            ("bytes_max", self.bytes_max, TRANSACTION_BYTES_MAX),
            ("sender_transactions_max", self.sender_transactions_max, 1),
            ("sender_bytes_max", self.sender_bytes_max, TRANSACTION_BYTES_MAX),
            ("lane_transactions_max", self.lane_transactions_max, 1),
        ];
        let low = limits.into_iter().find(|(_, limit, least)| limit < least);
        low.map_or(Ok(()), |(limit, _, least)| Err(ConfigError { limit, least }))
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            transactions_max: 100_000,
            bytes_max: 64 * 1024 * 1024,
            sender_transactions_max: 256,
            sender_bytes_max: 2 * 1024 * 1024,
            lane_transactions_max: 64,
        }
    }
}

/// A limit with which the mempool would take in nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("`{limit}` must be at least {least}")]
pub struct ConfigError {
    /// The name of the limit.
    limit: &'static str,
    /// Its least value.
    least: usize,
}
