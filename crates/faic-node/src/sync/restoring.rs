//! Taking over a snapshot of the state, where a node without blocks is far behind.
//!
//! Every peer that is far enough ahead is asked for its snapshot at once, so that those whose heights agree can be asked
//! for pieces side by side. Each piece is checked as it comes, so a liar is known by name, punished and asked no more. What
//! came is kept through restarts, as long as somebody still offers the same snapshot. Where it fails too often the node
//! takes every block instead.

use std::{collections::BTreeMap, sync::Arc};

use faic_core::{BasicCrypto, Hash};
use faic_ledger::ledger::{Need, Restore, RestoreError, snapshot::Offer};
use faic_network::{NetworkMessage, NodeId, P2PNetworkInterface, ResponseMessage, SnapshotChunkRequest, SnapshotPiece};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep, timeout},
};
use tokio_util::sync::CancellationToken;
use tracing::{debug, info};

use super::{
    FETCH_WAIT_MAX, FetchError, PROGRESS_INTERVAL, SyncError, Synchronizer,
    plan::ASIDE,
    status::{SnapshotStatus, SyncStatus},
};
use crate::{chain::run_blocking, supervision::chain_of};

/// The most peers that are asked for a snapshot at once.
const PEERS_MAX: usize = 8;
/// The most pieces that are asked for at once of one peer.
const PIECES_PER_PEER_MAX: usize = 2;
/// How often in a row a peer may give no piece before it is asked no more.
const FAILURES_MAX: u32 = 3;
/// How often a snapshot is tried before every block is taken instead.
const ATTEMPTS_MAX: u32 = 3;

/// What a question for a piece ends with.
type Came = (NodeId, SnapshotPiece, Result<Vec<u8>, FetchError>);

/// The peers that have one snapshot, with how many pieces each is asked for and how often it failed in a row.
type Holders = BTreeMap<NodeId, (usize, u32)>;

/// Peers with one snapshot, and what each said about it.
type Offers = BTreeMap<NodeId, Vec<u8>>;

impl Synchronizer {
    /// Whether this node should take over a snapshot: it has no block, and its peers are far ahead.
    pub(super) fn is_far_behind(&self) -> bool {
        let beyond = self.config.snapshot_beyond;
        let (tip, target) = (self.chain.tip().height, self.plan.target(Instant::now()));
        beyond > 0 && self.snapshot_attempts < ATTEMPTS_MAX && tip == 0 && target > beyond
    }

    /// Tries once to take over a snapshot.
    ///
    /// # Errors
    /// [`SyncError::Restore`] when the ledger fails.
    pub(super) async fn take_snapshot(&mut self, shutdown: &CancellationToken) -> Result<(), SyncError> {
        self.snapshot_attempts = self.snapshot_attempts.saturating_add(1);
        let done = match shutdown.run_until_cancelled(self.try_snapshot()).await {
            Some(done) => done?,
            None => return Ok(()),
        };
        if done {
            if let Some(part) = &self.part {
                part.consensus.advance();
            }
        } else if self.snapshot_attempts < ATTEMPTS_MAX {
            // Nobody may have a snapshot yet, or all have let go of it.
            shutdown.run_until_cancelled(sleep(ASIDE)).await;
        } else {
            info!("sync.no_snapshot");
            self.read(|ledger| Ok(ledger.discard_restore()?)).await?;
        }
        Ok(())
    }

    /// Asks for snapshots, and takes over the one that most have; whether that came to a good end.
    async fn try_snapshot(&mut self) -> Result<bool, SyncError> {
        let begun = self.read(|ledger| ledger.resume_restore()).await?;
        let mut offers = self.ask_for_snapshots().await;
        while let Some((id, holders)) = pick(&mut offers, begun.as_ref().map(Restore::id)) {
            let restore = match begun.as_ref().filter(|begun| begun.id() == id) {
                // Read again, because what is taken changes it.
                Some(_) => self.read(|ledger| ledger.resume_restore()).await?,
                None => self.begin(&holders).await?,
            };
            let Some(restore) = restore else { continue };
            let holders = holders.into_keys().map(|peer| (peer, (0, 0))).collect();
            if let Some(restore) = self.gather(restore, holders).await? {
                self.chain.restore(restore).await.map_err(SyncError::Restore)?;
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Asks the peers that are far ahead for their snapshots; what they offer, by the id of the block.
    async fn ask_for_snapshots(&mut self) -> BTreeMap<Hash, Offers> {
        let mut questions = JoinSet::new();
        for peer in self.plan.ahead_of(self.config.snapshot_beyond, Instant::now()).into_iter().take(PEERS_MAX) {
            let network = Arc::clone(&self.network);
            questions.spawn(async move { (peer, ask(&*network, peer, NetworkMessage::GetSnapshot).await) });
        }
        let mut offers: BTreeMap<Hash, Offers> = BTreeMap::new();
        for (peer, answer) in questions.join_all().await {
            let bytes = match answer {
                Ok(bytes) => bytes,
                Err(error) => {
                    debug!(peer = %peer.short(), error = %chain_of(&error), "sync.no_offer");
                    continue;
                }
            };
            let read = run_blocking(move || (borsh::from_slice::<Offer>(&bytes), bytes)).await;
            match read {
                (Ok(offer), bytes) => _ = offers.entry(offer.header.id()).or_default().insert(peer, bytes),
                (Err(error), _) => self.report(peer, &format!("its snapshot can't be read: {error}")).await,
            }
        }
        offers
    }

    /// Begins with the offer of the first peer that gives a good one; `None` when all lie.
    async fn begin(&mut self, offers: &Offers) -> Result<Option<Restore>, SyncError> {
        for (peer, offer) in offers {
            let offer = offer.clone();
            let begun = self.read(move |ledger| ledger.begin_restore(&BasicCrypto::default(), &offer));
            match begun.await {
                Ok(restore) => return Ok(Some(restore)),
                Err(SyncError::Restore(lie)) if lie.is_lie() => {
                    self.report(*peer, &format!("its snapshot is bad: {}", chain_of(&lie))).await;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }

    /// Asks the holders for all pieces that are needed; `None` when nobody is left to ask.
    async fn gather(&mut self, mut restore: Restore, mut holders: Holders) -> Result<Option<Restore>, SyncError> {
        let (height, began, (had, _)) = (restore.height(), Instant::now(), restore.progress());
        info!(height, peers = holders.len(), "sync.snapshot_begun");
        let (mut questions, mut asked) = (JoinSet::<Came>::new(), Vec::new());
        self.logged = began;
        while restore.need() != Need::Nothing {
            while let Some((peer, piece)) = next_question(&restore, &holders, &asked) {
                asked.push(piece);
                holders.entry(peer).and_modify(|(busy, _)| *busy += 1);
                let (network, question) = (Arc::clone(&self.network), SnapshotChunkRequest { height, piece });
                questions.spawn(async move {
                    (peer, piece, ask(&*network, peer, NetworkMessage::GetSnapshotChunk(question)).await)
                });
            }
            let Some(came) = questions.join_next().await else { return Ok(None) };
            let (peer, piece, answer) = came.expect("a question neither panics nor is cancelled");
            asked.retain(|other| *other != piece);
            let Some((busy, _)) = holders.get_mut(&peer) else { continue };
            *busy = busy.saturating_sub(1);
            match answer {
                Ok(bytes) => {
                    let taken;
                    (restore, taken) = take(restore, piece, bytes).await;
                    match taken {
                        Ok(()) => _ = holders.entry(peer).and_modify(|(_, failures)| *failures = 0),
                        Err(lie) if lie.is_lie() => {
                            holders.remove(&peer);
                            self.report(peer, &format!("a piece of its snapshot is bad: {}", chain_of(&lie))).await;
                        }
                        Err(error) => return Err(SyncError::Restore(error)),
                    }
                }
                Err(error) => {
                    debug!(peer = %peer.short(), error = %chain_of(&error), "sync.no_piece");
                    holders.entry(peer).and_modify(|(_, failures)| *failures += 1);
                    holders.retain(|_, (_, failures)| *failures < FAILURES_MAX);
                }
            }
            self.tell(&restore, began, had);
        }
        Ok(Some(restore))
    }

    /// Tells how far a snapshot has come, which had so many parts when that began.
    fn tell(&mut self, restore: &Restore, began: Instant, had: usize) {
        let (now, (parts, parts_total)) = (Instant::now(), restore.progress());
        let snapshot = SnapshotStatus { height: restore.height(), parts, parts_total };
        let eta = snapshot.eta(had, now.duration_since(began));
        let target = self.plan.target(now).max(restore.height());
        self.status.send_replace(SyncStatus { target, eta, snapshot: Some(snapshot), ..SyncStatus::default() });
        if now.duration_since(self.logged) >= PROGRESS_INTERVAL {
            self.logged = now;
            let eta_s = eta.map(|eta| eta.as_secs());
            info!(height = snapshot.height, parts, parts_total, eta_s, "sync.snapshot_progress");
        }
    }

    /// Does something with the ledger off the async threads.
    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&faic_ledger::Ledger) -> Result<T, RestoreError> + Send + 'static,
    ) -> Result<T, SyncError> {
        self.chain.read(work).await.map_err(SyncError::Restore)
    }
}

/// The snapshot to take over next: the one that was begun, or else that of most peers, and of those the highest.
fn pick(offers: &mut BTreeMap<Hash, Offers>, begun: Option<Hash>) -> Option<(Hash, Offers)> {
    let begun = begun.filter(|id| offers.contains_key(id));
    let most = || offers.iter().max_by_key(|(_, peers)| peers.len()).map(|(id, _)| *id);
    let id = begun.or_else(most)?;
    offers.remove(&id).map(|peers| (id, peers))
}

/// Whom to ask for what next, if somebody has time and something is needed that nobody was asked for.
fn next_question(restore: &Restore, holders: &Holders, asked: &[SnapshotPiece]) -> Option<(NodeId, SnapshotPiece)> {
    let (peer, (busy, _)) = holders.iter().min_by_key(|(_, (busy, failures))| (*busy, *failures))?;
    let piece = match restore.need() {
        Need::Handovers(from) => Some(SnapshotPiece::Handovers(from)).filter(|_| asked.is_empty()),
        Need::Parts => restore
            .missing()
            .filter_map(|index| u32::try_from(index).ok().map(SnapshotPiece::Part))
            .find(|piece| !asked.contains(piece)),
        Need::Nothing => None,
    };
    piece.filter(|_| *busy < PIECES_PER_PEER_MAX).map(|piece| (*peer, piece))
}

/// Takes a piece, off the async threads.
async fn take(mut restore: Restore, piece: SnapshotPiece, bytes: Vec<u8>) -> (Restore, Result<(), RestoreError>) {
    run_blocking(move || {
        let taken = match piece {
            SnapshotPiece::Handovers(_) => restore.take_handovers(&BasicCrypto::default(), &bytes),
            SnapshotPiece::Part(index) => restore.take_part(usize::try_from(index).unwrap_or(usize::MAX), &bytes),
        };
        (restore, taken)
    })
    .await
}

/// Asks a peer for a snapshot or a piece of it.
async fn ask(network: &dyn P2PNetworkInterface, peer: NodeId, question: NetworkMessage) -> Result<Vec<u8>, FetchError> {
    let is_offer = question == NetworkMessage::GetSnapshot;
    let answer = timeout(FETCH_WAIT_MAX, network.send(peer, question)).await;
    match answer.map_err(|_| FetchError::Network(faic_network::NetworkError::Timeout))?.map_err(FetchError::Network)? {
        NetworkMessage::Response(ResponseMessage::Snapshot(bytes)) if is_offer => Ok(bytes),
        NetworkMessage::Response(ResponseMessage::SnapshotChunk(bytes)) if !is_offer => Ok(bytes),
        NetworkMessage::Response(ResponseMessage::Refused { reason }) => Err(FetchError::Refused(reason)),
        other @ (NetworkMessage::GetBalance(_)
        | NetworkMessage::Transfer(_)
        | NetworkMessage::Transfers(_)
        | NetworkMessage::NodeState(_)
        | NetworkMessage::DiscoverNodes(_)
        | NetworkMessage::NodeList(_)
        | NetworkMessage::GetBlocks(_)
        | NetworkMessage::Consensus(_)
        | NetworkMessage::Response(_)
        | NetworkMessage::GetSnapshot
        | NetworkMessage::GetSnapshotChunk(_)) => Err(FetchError::Nonsense(other.name())),
    }
}
