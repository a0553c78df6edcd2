//! Synchronisation of blocks: following peers that are ahead.
//!
//! Certified blocks are fetched in ranges from several peers at once, and committed in order through the one door of the
//! ledger, which checks the certificate, executes the block and compares every root before anything changes. So a peer can
//! delay but not deceive; one that gives a bad block is reported and its blocks are asked for elsewhere. What was committed
//! is durable, so after a restart it goes on where it was. A node that takes part in the agreement leaves the newest blocks
//! to it and steps in when it falls behind; another node follows every block at once. A node that has no block and is very
//! far behind takes over a snapshot of the state first.

mod config;
mod plan;
mod restoring;
mod status;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use faic_consensus::{Application, ApplicationError, bft::ConsensusHandle};
use faic_core::{Height, PublicKey};
use faic_ledger::ledger::RestoreError;
use faic_network::{BlocksRequest, NetworkError, NetworkMessage, NodeId, P2PNetworkInterface, ResponseMessage};
use tokio::{
    sync::watch,
    task::JoinSet,
    time::{Instant, sleep_until, timeout},
};
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};

pub use self::{
    config::Config,
    status::{SnapshotStatus, SyncStatus},
};
use self::{
    plan::{Batch, PASSED_OVER, Plan, Request},
    status::Pace,
};
use crate::{
    Chain, ChainApplication, certified_block,
    chain::run_blocking,
    supervision::{chain_of, panic_message},
};

/// How long a peer may take to answer.
const FETCH_WAIT_MAX: Duration = Duration::from_secs(10);
/// How often a node that is behind looks whether something is due.
const GLANCE: Duration = Duration::from_millis(50);
/// How often a node that is behind says how far it is.
const PROGRESS_INTERVAL: Duration = Duration::from_secs(5);
/// For how long the agreement may stand still below the peers' head before its node synchronises.
const PATIENCE: Duration = Duration::from_millis(500);
/// How many blocks behind the peers' head a node does not wait for the agreement.
const FAR_BEHIND: Height = 8;

/// The heights that the connected peers told.
pub(crate) type Heads = BTreeMap<NodeId, Height>;

/// What a node with a validator's key has to do with the agreement.
pub(crate) struct Part {
    /// The key; it votes while it is one of the validators.
    pub(crate) key: PublicKey,
    /// The consensus, which is told when the ledger has a new tip by other means.
    pub(crate) consensus: ConsensusHandle,
}

/// What a fetch ends with.
type Fetched = (Request, Result<Vec<Vec<u8>>, FetchError>);

/// Keeps this node's ledger at the head of its peers.
pub(crate) struct Synchronizer {
    /// The ledger.
    chain: Arc<Chain>,
    /// Reaches the peers.
    network: Arc<dyn P2PNetworkInterface>,
    /// This node's part in the agreement, if it has one.
    part: Option<Part>,
    /// When to take over a snapshot.
    config: Config,
    /// How often that was tried.
    snapshot_attempts: u32,
    /// The heights that the peers told.
    heads: watch::Receiver<Heads>,
    /// Tells how far it is.
    status: watch::Sender<SyncStatus>,
    /// Whom to ask for what.
    plan: Plan,
    /// Questions under way.
    fetches: JoinSet<Fetched>,
    /// When the tip last moved, and where it is since.
    moved: (Instant, Height),
    /// The time of catching up, while it lasts.
    pace: Option<Pace>,
    /// When the progress was last logged.
    logged: Instant,
}

impl Synchronizer {
    /// Follows the peers of `heads`, through `network`; tells of it through `status`.
    pub(crate) fn new(
        config: Config,
        chain: Arc<Chain>,
        network: Arc<dyn P2PNetworkInterface>,
        part: Option<Part>,
        heads: watch::Receiver<Heads>,
        status: watch::Sender<SyncStatus>,
    ) -> Self {
        let (now, height) = (Instant::now(), chain.tip().height);
        Self {
            chain,
            network,
            part,
            config,
            snapshot_attempts: 0,
            heads,
            status,
            plan: Plan::default(),
            fetches: JoinSet::new(),
            // What was said before this node was there it never hears, so at first the agreement is not waited for.
            moved: (now.checked_sub(PATIENCE).unwrap_or(now), height),
            pace: None,
            logged: now,
        }
    }

    /// Runs until the shutdown; a commit that has begun is awaited.
    ///
    /// # Errors
    /// [`SyncError::Ledger`] when the ledger fails: the node must stop then.
    pub(crate) async fn run(mut self, shutdown: CancellationToken) -> Result<(), SyncError> {
        while !shutdown.is_cancelled() {
            while let Some(fetched) = self.fetches.try_join_next() {
                self.take_in(fetched.unwrap_or_else(resume)).await;
            }
            self.plan.hear(&self.heads.borrow_and_update(), Instant::now());
            if self.is_far_behind() {
                self.take_snapshot(&shutdown).await?;
                continue;
            }
            let look_at = self.look();
            if let Some(batch) = self.plan.take(self.chain.tip().height) {
                self.commit(batch).await?;
                continue;
            }
            tokio::select! {
                () = shutdown.cancelled() => {}
                Some(fetched) = self.fetches.join_next() => {
                    self.take_in(fetched.unwrap_or_else(resume)).await;
                }
                Ok(()) = self.heads.changed() => {}
                () = sleep_until(look_at.unwrap_or_else(Instant::now)), if look_at.is_some() => {}
            }
        }
        Ok(())
    }

    /// Looks where this node and its peers are, and asks for what is due; when to look again, unless something happens.
    fn look(&mut self) -> Option<Instant> {
        let (now, tip) = (Instant::now(), self.chain.tip().height);
        self.plan.hear(&self.heads.borrow_and_update(), now);
        let target = self.plan.target(now).max(tip);
        if tip != self.moved.1 {
            self.moved = (now, tip);
        }
        self.decide(tip, target, now);
        let status = self
            .pace
            .map_or(SyncStatus { height: tip, target, ..SyncStatus::default() }, |pace| pace.at(tip, target, now));
        self.status.send_replace(status);
        if self.pace.is_some() {
            if now.duration_since(self.logged) >= PROGRESS_INTERVAL {
                self.logged = now;
                info!(
                    height = tip,
                    target,
                    blocks_per_second = status.blocks_per_second.round(),
                    eta_s = status.eta.map(|eta| eta.as_secs()),
                    "sync.progress"
                );
            }
            for request in self.plan.ask(tip, now) {
                debug!(peer = %request.peer.short(), from = request.from, count = request.count, "sync.asked");
                self.fetches.spawn(fetch(Arc::clone(&self.network), request));
            }
        }
        if target > tip { Some(now + GLANCE) } else { self.plan.due(tip, now) }
    }

    /// Begins or ends catching up.
    fn decide(&mut self, tip: Height, target: Height, now: Instant) {
        let (moved_at, _) = self.moved;
        let agrees = self.agrees();
        let left_to_agreement = agrees && target <= tip.saturating_add(1) && moved_at == now;
        match &self.pace {
            Some(pace) if target <= tip || left_to_agreement => {
                let status = pace.at(tip, target, now);
                debug!(height = tip, blocks_per_second = status.blocks_per_second.round(), "sync.reached");
                self.pace = None;
            }
            Some(_) => {}
            None => {
                let stands_still = now.duration_since(moved_at) >= PATIENCE;
                let is_due = !agrees || stands_still || target >= tip.saturating_add(FAR_BEHIND);
                if target > tip && is_due {
                    debug!(height = tip, target, "sync.behind");
                    self.logged = now;
                    self.pace = Some(Pace::begin(tip, now));
                }
            }
        }
    }

    /// Whether this node is among those that decide the next block; a validator that holds its vote back is not.
    fn agrees(&self) -> bool {
        let agrees = |part: &Part| part.consensus.takes_part() && self.chain.is_validator(&part.key);
        self.part.as_ref().is_some_and(agrees)
    }

    /// Takes in what a fetch ended with.
    async fn take_in(&mut self, (request, fetched): Fetched) {
        let now = Instant::now();
        match fetched {
            Ok(blocks) => {
                if !self.plan.came(request, blocks, now) {
                    self.report(request.peer, "it does not have the blocks that it tells of, or gives others").await;
                }
            }
            Err(error) => {
                let (peer, from, reason) = (request.peer.short(), request.from, chain_of(&error));
                debug!(%peer, from, reason, "sync.unanswered");
                if matches!(error, FetchError::Network(NetworkError::Full | NetworkError::NotConnected(_))) {
                    self.plan.unasked(request, now);
                } else if self.plan.failed(request, now) {
                    warn!(%peer, from, reason, passed_over_for = ?PASSED_OVER, "sync.peer_passed_over");
                }
            }
        }
    }

    /// Commits blocks in their order, until one does not hold.
    async fn commit(&mut self, batch: Batch) -> Result<(), SyncError> {
        let application = ChainApplication(Arc::clone(&self.chain));
        for bytes in batch.blocks {
            let height = self.chain.tip().height.saturating_add(1);
            let decoded = run_blocking(move || certified_block::from_bytes(&bytes)).await;
            let committed = match decoded {
                Ok((block, certificate)) => application.commit(block, certificate).await,
                Err(error) => Err(ApplicationError::Invalid { source: Box::new(error) }),
            };
            match committed {
                Ok(()) => {}
                Err(error @ ApplicationError::Failed { .. }) => {
                    return Err(SyncError::Ledger { height, source: error });
                }
                Err(error @ ApplicationError::Invalid { .. }) => {
                    self.report(batch.peer, &format!("its block of height {height} is bad: {}", chain_of(&error)))
                        .await;
                    break;
                }
            }
        }
        if let Some(part) = &self.part {
            part.consensus.advance();
        }
        Ok(())
    }

    /// Believes a peer nothing any more, and has the network punish it.
    async fn report(&mut self, peer: NodeId, reason: &str) {
        warn!(%peer, reason, "sync.bad_peer");
        self.plan.distrust(peer, Instant::now());
        if let Err(error) = self.network.punish(peer, reason).await {
            debug!(peer = %peer.short(), error = &error as &dyn std::error::Error, "sync.unpunished");
        }
    }
}

/// Passes on the panic of a fetch.
fn resume(error: tokio::task::JoinError) -> Fetched {
    match error.try_into_panic() {
        Ok(panic) => panic!("a fetch of blocks panicked: {}", panic_message(panic.as_ref())),
        Err(error) => panic!("a fetch of blocks was cancelled, which nobody does: {error}"),
    }
}

/// Asks a peer for blocks.
async fn fetch(network: Arc<dyn P2PNetworkInterface>, request: Request) -> Fetched {
    let question = NetworkMessage::GetBlocks(BlocksRequest { from: request.from, count: request.count });
    let answer = match timeout(FETCH_WAIT_MAX, network.send(request.peer, question)).await {
        Err(_) => Err(FetchError::Network(NetworkError::Timeout)),
        Ok(Err(error)) => Err(FetchError::Network(error)),
        Ok(Ok(NetworkMessage::Response(ResponseMessage::Blocks(blocks)))) => Ok(blocks),
        Ok(Ok(NetworkMessage::Response(ResponseMessage::Refused { reason }))) => Err(FetchError::Refused(reason)),
        Ok(Ok(other)) => Err(FetchError::Nonsense(other.name())),
    };
    (request, answer)
}

/// Why a peer gave no blocks.
#[derive(Debug, thiserror::Error)]
enum FetchError {
    /// It could not be asked, or did not answer.
    #[error("the peer could not be asked")]
    Network(#[source] NetworkError),
    /// It refused.
    #[error("the peer refused: {0}")]
    Refused(String),
    /// It answered something else.
    #[error("the peer answered with a message of kind {0}")]
    Nonsense(&'static str),
}

/// Why the synchronisation cannot go on.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SyncError {
    /// The ledger failed.
    #[error("the block of height {height} could not be committed")]
    Ledger {
        /// The height.
        height: Height,
        /// What the ledger says.
        source: ApplicationError,
    },
    /// The ledger failed while it took over a snapshot.
    #[error("the snapshot could not be taken over")]
    Restore(#[source] RestoreError),
}

#[cfg(test)]
mod tests;
