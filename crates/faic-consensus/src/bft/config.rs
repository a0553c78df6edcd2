//! How long the agreement of many validators waits for what.

use std::time::Duration;

use faic_core::Height;
use serde::{Deserialize, Serialize};

use super::record::{Step, Timer};

/// The pace of blocks and the patience with silent validators.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// How long a proposer without a transaction waits for one; then it proposes an empty block. At least 10 ms, and
    /// less than `timeout_propose`; where validators are far apart, with `block_interval_min` at most three quarters of
    /// that, because the block must be built, written down, sent and verified in what is left.
    #[serde(with = "humantime_serde")]
    pub hold: Duration,
    /// The shortest time from one block to the next proposal, which lets blocks fill under load; at most `hold`.
    #[serde(with = "humantime_serde")]
    pub block_interval_min: Duration,
    /// How long the others wait for a proposal before they vote for none; up to 60 s.
    #[serde(with = "humantime_serde")]
    pub timeout_propose: Duration,
    /// How long a validator waits for the last third of the votes; from 10 ms to 60 s.
    #[serde(with = "humantime_serde")]
    pub timeout_vote: Duration,
    /// By how much each round that fails lengthens the next one's timeouts; up to 10 s.
    #[serde(with = "humantime_serde")]
    pub timeout_delta: Duration,
    /// After what time in a round a validator says again what it said; from 100 ms to 60 s.
    #[serde(with = "humantime_serde")]
    pub repeat: Duration,
    /// Vote from this height on, although the journal of earlier votes was lost. Nothing else needs it, and nothing keeps
    /// a validator from contradicting itself if the chain is at this height already when the node starts.
    pub vote_from: Option<Height>,
}

impl Config {
    /// The longest timeout, also of late rounds.
    const TIMEOUT_MAX: Duration = Duration::from_secs(60);
    /// The shortest wait.
    const WAIT_MIN: Duration = Duration::from_millis(10);

    /// Checks that the durations are in their ranges.
    ///
    /// # Errors
    /// [`ConfigError`] names the field.
    pub fn check(&self) -> Result<(), ConfigError> {
        if self.hold < Self::WAIT_MIN || self.hold >= self.timeout_propose || self.timeout_propose > Self::TIMEOUT_MAX {
            return Err(ConfigError::Hold);
        }
        if self.block_interval_min > self.hold {
            return Err(ConfigError::BlockIntervalMin);
        }
        if !(Self::WAIT_MIN..=Self::TIMEOUT_MAX).contains(&self.timeout_vote) {
            return Err(ConfigError::TimeoutVote);
        }
        if self.timeout_delta > Duration::from_secs(10) {
            return Err(ConfigError::TimeoutDelta);
        }
        if !(Duration::from_millis(100)..=Self::TIMEOUT_MAX).contains(&self.repeat) {
            return Err(ConfigError::Repeat);
        }
        Ok(())
    }

    /// Whether a quarter of `timeout_propose` is left to a proposal that waited as long as it may.
    pub(super) fn leaves_time_for_proposals(&self) -> bool {
        let held = self.hold.saturating_add(self.block_interval_min);
        held.saturating_mul(4) <= self.timeout_propose.saturating_mul(3)
    }

    /// How long a step may take.
    pub(super) fn duration(&self, timer: Timer) -> Duration {
        let first = match timer.step {
            Step::Propose => self.timeout_propose,
            Step::Prevote | Step::Precommit => self.timeout_vote,
            Step::Rebroadcast => self.repeat,
        };
        first.saturating_add(self.timeout_delta.saturating_mul(timer.round)).min(Self::TIMEOUT_MAX)
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            hold: Duration::from_millis(800),
            block_interval_min: Duration::from_millis(20),
            timeout_propose: Duration::from_millis(1_200),
            timeout_vote: Duration::from_millis(500),
            timeout_delta: Duration::from_millis(250),
            repeat: Duration::from_millis(1_500),
            vote_from: None,
        }
    }
}

/// Why a configuration can't be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// A `hold` out of its range, or a `timeout_propose`.
    #[error("`hold` must be at least 10ms and less than `timeout_propose`, which must be at most 60s")]
    Hold,
    /// A `block_interval_min` longer than `hold`.
    #[error("`block_interval_min` must not be longer than `hold`")]
    BlockIntervalMin,
    /// A `timeout_vote` out of its range.
    #[error("`timeout_vote` must be from 10ms to 60s")]
    TimeoutVote,
    /// A `timeout_delta` that is too long.
    #[error("`timeout_delta` must be at most 10s")]
    TimeoutDelta,
    /// A `repeat` out of its range.
    #[error("`repeat` must be from 100ms to 60s")]
    Repeat,
}

#[cfg(test)]
mod tests;
