//! Telling the operator of a validator that the chain stands still, and how much of the stake is connected.

use std::time::Duration;

use faic_core::{PublicKey, block::ValidatorSet};
use faic_network::PeerInfo;
use tokio::time::Instant;
use tracing::warn;

use super::Driver;

/// How long a height may take before it is worth a word.
const WORTH_A_WORD: Duration = Duration::from_secs(15);
/// How long nothing more is said then.
const SAID_FOR: Duration = Duration::from_secs(60);

impl Driver {
    /// Warns when nothing has been decided for long, and again after a while.
    pub(super) async fn name_standstill(&mut self) {
        let waited = self.decided_at.elapsed();
        let worth_a_word = WORTH_A_WORD.max(self.config.timeout_propose.saturating_mul(2));
        if waited < worth_a_word || self.standstill_at.is_some_and(|at| at.elapsed() < SAID_FOR) {
            return;
        }
        self.standstill_at = Some(Instant::now());
        let peers = self.network.peers().await.unwrap_or_default();
        let validators = self.application.validators();
        let (here, total) = (stake_here(&validators, &self.key, &peers), validators.total_stake().nano());
        warn!(
            height = self.replica.height(),
            waited_s = waited.as_secs(),
            stake_here_percent = percent(here, u128::from(total)),
            needed = "more than two thirds",
            "consensus.standstill"
        );
    }
}

/// The stake of a validator and of those whom its peers say that they are, in nano.
pub(super) fn stake_here(validators: &ValidatorSet, own: &PublicKey, peers: &[PeerInfo]) -> u128 {
    let is_here = |key: &PublicKey| key == own || peers.iter().any(|peer| peer.state.validator == Some(*key));
    let here = validators.iter().filter(|validator| is_here(&validator.key));
    here.map(|validator| u128::from(validator.stake.nano())).sum()
}

/// A share in whole percent, rounded down.
fn percent(part: u128, whole: u128) -> u64 {
    let percent = part.saturating_mul(100).checked_div(whole).unwrap_or_default();
    u64::try_from(percent).unwrap_or(u64::MAX)
}
