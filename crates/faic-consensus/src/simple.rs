//! Agreement of one validator with itself: no engine, no network, no rounds.
//!
//! For development networks and tests. [`SimpleConsensus`] refuses a set of more than one validator when it is made, and
//! stops when the ledger later names another set. A vote leaves the process only inside a certificate that was committed
//! first, so a crash between vote and commit cannot show two votes for one height to anybody.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use faic_core::{
    Block, Certificate, PublicKey, Signer,
    block::{ValidatorSet, VoteSignature},
    transaction::Height,
};
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;
use tracing::{debug, info};

use crate::{Application, Consensus, ConsensusError};

/// The only round of a height: one validator never disagrees with itself.
const ROUND: u32 = 0;

/// The pace of blocks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The longest time from one proposal to the next: without a transaction an empty block is made then; from 10 ms to
    /// 60 s.
    #[serde(with = "humantime_serde")]
    pub hold: Duration,
    /// The shortest time from one proposal to the next, which lets blocks fill under load; at most `hold`.
    #[serde(with = "humantime_serde")]
    pub block_interval_min: Duration,
}

impl Config {
    /// The shortest `hold`: an idle chain makes at most a hundred blocks a second.
    pub const HOLD_MIN: Duration = Duration::from_millis(10);
    /// The longest `hold`.
    pub const HOLD_MAX: Duration = Duration::from_secs(60);

    /// Checks that the durations are in their ranges.
    ///
    /// # Errors
    /// [`SimpleConsensusError::Hold`] or [`SimpleConsensusError::BlockIntervalMin`].
    pub fn check(&self) -> Result<(), SimpleConsensusError> {
        if !(Self::HOLD_MIN..=Self::HOLD_MAX).contains(&self.hold) {
            return Err(SimpleConsensusError::Hold);
        }
        if self.block_interval_min > self.hold {
            return Err(SimpleConsensusError::BlockIntervalMin);
        }
        Ok(())
    }
}

impl Default for Config {
    fn default() -> Self {
        Self { hold: Duration::from_secs(1), block_interval_min: Duration::from_millis(20) }
    }
}

/// Decides alone, with the key of the only validator.
pub struct SimpleConsensus {
    /// The key of the validator.
    validator: PublicKey,
    /// Signs the votes.
    signer: Arc<dyn Signer>,
    /// The pace of blocks.
    config: Config,
}

impl SimpleConsensus {
    /// Decides for `validators`, of which there must be one whose key `signer` has.
    ///
    /// # Errors
    /// [`SimpleConsensusError`] names the obstacle.
    pub fn new(
        validators: &ValidatorSet,
        signer: Arc<dyn Signer>,
        config: Config,
    ) -> Result<Self, SimpleConsensusError> {
        config.check()?;
        let validator = only_key(validators).ok_or(SimpleConsensusError::Validators(validators.iter().len()))?;
        if !signer.public_keys().contains(&validator) {
            return Err(SimpleConsensusError::KeyNotAtHand(validator));
        }
        Ok(Self { validator, signer, config })
    }

    /// Decides and commits the next height, with a proposal after at most `hold`, unless `shutdown` comes first.
    async fn decide_next(
        &self,
        application: &dyn Application,
        hold: Duration,
        shutdown: &CancellationToken,
    ) -> Result<Decision, ConsensusError> {
        let height = application.tip().height.saturating_add(1);
        if only_key(&application.validators()) != Some(self.validator) {
            return Err(ConsensusError::Validators { height, validator: self.validator });
        }
        let Some(proposed) = shutdown.run_until_cancelled(application.propose(self.validator, hold)).await else {
            return Ok(Decision::ShutDown);
        };
        let block = proposed.map_err(|source| ConsensusError::Propose { height, source })?;
        let proposed_at = Instant::now();
        let Some(verified) = shutdown.run_until_cancelled(application.verify(&block)).await else {
            return Ok(Decision::ShutDown);
        };
        verified.map_err(|source| ConsensusError::Verify { height, source })?;
        let certificate = self.certify(height, &block)?;
        debug!(height, block = %certificate.block.short(), transactions = block.transactions.len(), "consensus.decided");
        application.commit(block, certificate).await.map_err(|source| ConsensusError::Commit { height, source })?;
        Ok(Decision::Committed { proposed_at })
    }

    /// Votes for the block with all the stake that there is.
    fn certify(&self, height: Height, block: &Block) -> Result<Certificate, ConsensusError> {
        let mut certificate = Certificate { height, round: ROUND, block: block.id(), signatures: Vec::new() };
        let signature = self
            .signer
            .sign_vote(&self.validator, &certificate.vote(&block.header.chain_id))
            .map_err(|source| ConsensusError::Sign { height, source })?;
        certificate.signatures.push(VoteSignature { validator: self.validator, signature });
        Ok(certificate)
    }
}

#[async_trait]
impl Consensus for SimpleConsensus {
    fn name(&self) -> &'static str {
        "simple"
    }

    async fn run(&self, application: Arc<dyn Application>, shutdown: CancellationToken) -> Result<(), ConsensusError> {
        info!(validator = %self.validator, height = application.tip().height, "consensus.started");
        let mut hold = self.config.hold;
        while let Decision::Committed { proposed_at } = self.decide_next(&*application, hold, &shutdown).await? {
            let interval = sleep_until(proposed_at + self.config.block_interval_min);
            if shutdown.run_until_cancelled(interval).await.is_none() {
                break;
            }
            hold = self.config.hold.saturating_sub(proposed_at.elapsed());
        }
        info!(height = application.tip().height, "consensus.stopped");
        Ok(())
    }
}

/// How one height ended.
enum Decision {
    /// The block is final and durable.
    Committed {
        /// When its proposal was there.
        proposed_at: Instant,
    },
    /// The shutdown came first; nothing was committed.
    ShutDown,
}

/// The key of a set's validator, when there is one alone.
fn only_key(validators: &ValidatorSet) -> Option<PublicKey> {
    let mut validators = validators.iter();
    let first = validators.next()?;
    validators.next().is_none().then_some(first.key)
}

/// Why one validator cannot decide alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SimpleConsensusError {
    /// Another number of validators than one.
    #[error("simple consensus is for one validator alone, the chain has {0}; use the byzantine fault tolerant one")]
    Validators(usize),
    /// The only validator is somebody else.
    #[error("the secret key of the only validator, {0}, is not at hand")]
    KeyNotAtHand(PublicKey),
    /// A `hold` out of its range.
    #[error("`hold` must be from 10ms to 60s")]
    Hold,
    /// A `block_interval_min` longer than `hold`.
    #[error("`block_interval_min` must not be longer than `hold`")]
    BlockIntervalMin,
}

#[cfg(test)]
mod tests;
