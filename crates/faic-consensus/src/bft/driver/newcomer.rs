//! Care with a key whose journal is new.
//!
//! A new journal says that nothing was said, and may be wrong: the disk was lost, and the key alone was restored. So
//! until such a validator has taken part once, it looks at every block that comes for votes of its own, and waits until
//! it knows how far the others are; what they say meanwhile is kept, so that it is where they are once it votes. What
//! decides is in [`Newcomer::patience`]. It is no proof: votes that no block shows are seen by nobody, and the claims
//! of peers are claims. Who knows better says so by `vote_from`.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use faic_core::{
    Block, Certificate, Height, PublicKey,
    block::{ValidatorSet, VoteSignature},
};
use faic_network::PeerInfo;
use tokio::time::Instant;
use tracing::info;

use super::{Driver, standstill::stake_here};
use crate::{
    Application, ConsensusError,
    bft::{
        journal::{Journal, JournalError},
        replica::HEIGHTS_AHEAD_MAX,
    },
};

/// In how many of the last blocks a node looks for its own votes when there is no journal, and after how many without one
/// of its own a newcomer believes that it said nothing.
const BLOCKS_SEARCHED: u64 = 32;
/// Most blocks that are looked through at once.
const BLOCKS_AT_ONCE_MAX: u64 = 1_024;
/// How long a newcomer that is connected to validators waits for more of them, up to two thirds of the stake.
const PATIENCE_FEW: Duration = Duration::from_secs(3);
/// How long a newcomer that is connected to no validator waits for one.
const PATIENCE_NONE: Duration = Duration::from_secs(30);
/// How long a newcomer waits for the next block while a peer claims to have it: a liar must not silence it for ever.
const PATIENCE_BEHIND: Duration = Duration::from_secs(600);
/// How old a block may be, by its own time and this machine's clock, for the tip to be that of the chain.
const FRESH_FOR: Duration = Duration::from_secs(10);
/// How often a newcomer looks at its peers.
const GLANCE: Duration = Duration::from_millis(100);

/// What a validator with a new journal has found out.
#[derive(Debug)]
pub(super) struct Newcomer {
    /// Up to which height blocks were looked through.
    searched: Height,
    /// From which tip on this key could vote; `None` while it can't.
    member_from: Option<Height>,
    /// When it began to wait.
    began_at: Instant,
    /// When the last block came.
    moved_at: Instant,
    /// When to look at the peers again; `None` while that decides nothing.
    look_at: Option<Instant>,
}

impl Newcomer {
    /// A newcomer whose tip is at a height, the last blocks to which were looked through.
    pub(super) fn at(tip: Height) -> Self {
        let now = Instant::now();
        Self { searched: tip, member_from: None, began_at: now, moved_at: now, look_at: None }
    }

    /// How long to wait before voting, and since when.
    ///
    /// `is_fresh` says that the tip was made a moment ago by its own time, which peers can't lie about.
    fn patience(
        &self,
        (tip, is_fresh): (Height, bool),
        validators: &ValidatorSet,
        key: &PublicKey,
        peers: &[PeerInfo],
    ) -> Patience {
        let highest = peers.iter().map(|peer| peer.state.height).max().unwrap_or_default();
        let ahead = highest.saturating_sub(tip);
        let absent = self.member_from.map_or(0, |from| tip.saturating_sub(from));
        if ahead > 0 {
            // On a busy chain there is always somebody a little ahead, and a liar is far ahead of the newest block.
            let is_known = absent >= BLOCKS_SEARCHED && (ahead <= HEIGHTS_AHEAD_MAX || is_fresh);
            let most = if is_known { Duration::ZERO } else { PATIENCE_BEHIND };
            return Patience { since: self.moved_at, most };
        }
        let own = validators.get(key).map_or(0, |validator| u128::from(validator.stake.nano()));
        let here = stake_here(validators, key, peers);
        let most = if here.saturating_mul(3) > u128::from(validators.total_stake().nano()).saturating_mul(2) {
            Duration::ZERO
        } else if here > own {
            PATIENCE_FEW
        } else {
            PATIENCE_NONE
        };
        Patience { since: self.began_at, most }
    }
}

/// How long a newcomer waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Patience {
    /// From when on.
    since: Instant,
    /// For how long.
    most: Duration,
}

impl Driver {
    /// Whether this validator may vote now; a newcomer that may is none any more, which is noted durably.
    ///
    /// # Errors
    /// [`JournalError::Lost`] when a block shows a vote of the key.
    pub(super) async fn may_vote(&mut self, validators: &ValidatorSet) -> Result<bool, ConsensusError> {
        let (tip, key) = (self.application.tip().height, self.key);
        let is_member = validators.get(&key).is_some();
        let Some(newcomer) = &mut self.newcomer else { return Ok(is_member) };
        if tip > newcomer.searched {
            let from = newcomer.searched.saturating_add(1).max(tip.saturating_sub(BLOCKS_AT_ONCE_MAX));
            if is_in_blocks(&*self.application, &key, from, tip).await {
                return Err(JournalError::Lost { path: self.journal().path().to_owned(), key }.into());
            }
            newcomer.searched = tip;
            newcomer.moved_at = Instant::now();
        }
        let was_waiting = newcomer.look_at.take().is_some();
        newcomer.member_from = is_member.then(|| newcomer.member_from.unwrap_or(tip));
        if !is_member {
            return Ok(false);
        }
        let peers = self.network.peers().await.unwrap_or_default();
        let tip_time = Duration::from_millis(self.application.tip().time_ms);
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let is_fresh = now.saturating_sub(tip_time) < FRESH_FOR;
        let patience = newcomer.patience((tip, is_fresh), validators, &key, &peers);
        if patience.since.elapsed() < patience.most {
            newcomer.look_at = Some(Instant::now() + GLANCE);
            if !was_waiting {
                info!(height = tip.saturating_add(1), validator = %key, at_most = ?patience.most, "consensus.vote_waits");
            }
            return Ok(false);
        }
        info!(height = tip.saturating_add(1), validator = %key, "consensus.first_vote");
        self.newcomer = None;
        self.with_journal(|journal: &mut Journal| journal.settle()).await?;
        Ok(true)
    }

    /// When a newcomer looks at its peers again.
    pub(super) fn look_at(&self) -> Option<Instant> {
        self.newcomer.as_ref().and_then(|newcomer| newcomer.look_at)
    }
}

/// Whether the last blocks of the ledger hold votes of a key.
pub(super) async fn has_voted(application: &dyn Application, key: &PublicKey) -> bool {
    let tip = application.tip().height;
    is_in_blocks(application, key, tip.saturating_sub(BLOCKS_SEARCHED).saturating_add(1), tip).await
}

/// Whether the blocks of these heights hold votes of a key; those that are not kept hold none.
async fn is_in_blocks(application: &dyn Application, key: &PublicKey, from: Height, to: Height) -> bool {
    for height in from..=to {
        let Ok(Some((block, certificate))) = application.decided_at(height).await else { continue };
        if shows(&block, &certificate, key) {
            return true;
        }
    }
    false
}

/// Whether a block or its certificate hold a vote of a key, or the block was proposed by it.
fn shows(block: &Block, certificate: &Certificate, key: &PublicKey) -> bool {
    let is_own = |signature: &VoteSignature| signature.validator == *key;
    let parent = block.last_certificate.iter().flat_map(|certificate| &certificate.signatures);
    certificate.signatures.iter().chain(parent).any(is_own) || block.header.proposer == *key
}

#[cfg(test)]
mod tests;
