//! What peers say to this node: transactions, questions, and messages of the consensus.
//!
//! Gossiped and handed transactions enter by the same door as those of users. Questions are answered from the final state
//! with what it takes to believe the answer. The inbox never waits for the network, and reads the ledger in short pieces.

mod early;

use std::sync::Arc;

use async_trait::async_trait;
use faic_consensus::bft::ConsensusHandle;
use faic_core::{Account, Address, ChainId, Height, PublicKey, SignedTransaction};
use faic_ledger::{Ledger, StoreError, tree::TreeError, validation::FastError};
use faic_network::{
    BalanceAnswer, BlocksRequest, Inbox, NetworkMessage, NodeId, NodeState, PeerEvent, ResponseMessage,
    SnapshotChunkRequest, SnapshotPiece, Verdict,
};
use futures::future::join_all;
use tokio::{
    sync::watch,
    time::{Instant, timeout_at},
};
use tracing::{debug, warn};

use self::early::{EARLY_WAIT_MAX, Early, Lane, Place};
use crate::{
    Chain, certified_block,
    chain::{AdmitError, Admitted, Blame, News, Origin, run_blocking},
    mempool::MempoolError,
    network::node_type,
    snapshots::Snapshots,
    supervision::chain_of,
    sync::Heads,
};

/// The most blocks that are given at once.
const BLOCKS_MAX: u32 = 64;
/// The bytes after which an answer takes no further block; the first is given whatever its size.
const BLOCKS_BYTES_MAX: usize = 4 * 1024 * 1024;

/// What a node says about itself that never changes while it runs.
#[derive(Debug, Clone)]
pub(crate) struct Profile {
    /// The chain that it follows.
    pub(crate) chain_id: ChainId,
    /// The key that it votes with, if it does.
    pub(crate) validator: Option<PublicKey>,
}

/// The node, as its network sees it.
pub(crate) struct NodeInbox {
    /// Ledger and mempool.
    chain: Arc<Chain>,
    /// What this node says about itself.
    profile: Profile,
    /// The consensus, where this node takes part in it.
    consensus: Option<ConsensusHandle>,
    /// Tells the heights of the peers.
    heads: watch::Sender<Heads>,
    /// Transactions that wait for the one before.
    early: Early,
    /// The snapshot that is given to nodes far behind.
    snapshots: Snapshots,
}

impl NodeInbox {
    /// The inbox of a node without peers; `consensus` is there where it takes part in that.
    pub(crate) fn new(chain: Arc<Chain>, profile: Profile, consensus: Option<ConsensusHandle>) -> Self {
        Self {
            chain,
            profile,
            consensus,
            heads: watch::Sender::default(),
            early: Early::default(),
            snapshots: Snapshots::default(),
        }
    }

    /// A receiver of the heights of the connected peers.
    pub(crate) fn heads(&self) -> watch::Receiver<Heads> {
        self.heads.subscribe()
    }

    /// Judges gossiped transactions, and takes what is good.
    ///
    /// One whose predecessor in its lane is still on its way waits for that a moment, because gossip overtakes itself. One
    /// that no honest node would have passed on spoils the whole message. Otherwise it is passed on where at least half of
    /// it was new here: what nobody can be blamed for may be useless all the same, and must not travel for the sake of a
    /// single good one. Nothing is passed on of which a signature was not verified: a node that sees another height might
    /// find it forged, and blame this one.
    async fn judge(&self, from: NodeId, transfers: Vec<SignedTransaction>) -> Verdict {
        let deadline = Instant::now() + EARLY_WAIT_MAX;
        let count = transfers.len();
        let answers = self.chain.admit_all(Origin::Gossip, transfers.clone()).await;
        let (mut settled, mut early, mut unverified) = (Vec::new(), Vec::new(), Vec::new());
        for (signed, answer) in transfers.into_iter().zip(answers) {
            match answer {
                Ok(_) => self.early.wake(&lane_of(&signed)),
                Err(AdmitError::Mempool(MempoolError::SequenceGap { .. })) => {
                    early.push(self.admit_early(from, signed, deadline));
                    continue;
                }
                Err(AdmitError::Fast(FastError::Execution(_))) => unverified.push(signed),
                Err(_) => {}
            }
            settled.push(answer);
        }
        settled.extend(join_all(early).await.into_iter().flatten());
        let mut refused = settled.iter().filter_map(|answer| answer.as_ref().err());
        if let Some(bad) = refused.find(|refused| refused.blame() == Blame::Peer) {
            return Verdict::Reject { reason: chain_of(bad) };
        }
        let is_new = |answer: &Result<Admitted, _>| answer.as_ref().is_ok_and(|admitted| admitted.news == News::New);
        let new = settled.iter().filter(|answer| is_new(answer)).count();
        if new == 0 || new.saturating_mul(2) < count {
            return Verdict::Ignore;
        }
        match self.chain.check_signatures(unverified).await {
            Ok(()) => Verdict::Accept,
            Err(bad) => Verdict::Reject { reason: chain_of(&bad) },
        }
    }

    /// Takes a transaction once the one before it in its lane has come; `None` where that does not come in time, or where
    /// too many wait.
    async fn admit_early(
        &self,
        from: NodeId,
        signed: SignedTransaction,
        deadline: Instant,
    ) -> Option<Result<Admitted, AdmitError>> {
        let lane = lane_of(&signed);
        let mut place = self.early.wait(lane, from)?;
        loop {
            timeout_at(deadline, self.comes(lane, signed.transaction.nonce.sequence, &mut place)).await.ok()?;
            let answer = self.chain.admit_from(Origin::Gossip, signed.clone()).await;
            match &answer {
                Err(AdmitError::Mempool(MempoolError::SequenceGap { .. })) => {}
                Ok(_) => {
                    self.early.wake(&lane);
                    return Some(answer);
                }
                Err(_) => return Some(answer),
            }
        }
    }

    /// Waits until no sequence is missing before one of a lane: all are pooled or final.
    async fn comes(&self, lane: Lane, sequence: u64, place: &mut Place<'_>) {
        let mut tips = self.chain.tips();
        loop {
            // Where the ledger can't be read, admission says so.
            if self.chain.next_sequence(lane).await.is_none_or(|next| next >= sequence) {
                return;
            }
            tokio::select! {
                Ok(()) = place.moved.changed() => {}
                Ok(()) = tips.changed() => {}
                // Neither ends while this node runs.
                else => return,
            }
        }
    }

    /// Takes a transaction that was handed to this node, as from a user.
    async fn take(&self, signed: SignedTransaction) -> NetworkMessage {
        let lane = lane_of(&signed);
        match self.chain.admit(signed).await {
            Ok(_) => {
                self.early.wake(&lane);
                NetworkMessage::Response(ResponseMessage::Done)
            }
            Err(error) => NetworkMessage::refused(chain_of(&error)),
        }
    }

    /// Reads blocks, one at a time so that no commit waits for all of them.
    async fn blocks(&self, request: BlocksRequest) -> NetworkMessage {
        let base = self.chain.read(Ledger::base_height).await;
        if (1..=base).contains(&request.from) {
            return NetworkMessage::refused(format!("this node has no blocks up to height {base}"));
        }
        let last = request.from.saturating_add(u64::from(request.count.min(BLOCKS_MAX)));
        let (mut blocks, mut bytes) = (Vec::new(), 0_usize);
        for height in request.from..last {
            let read = self.chain.read(move |ledger| ledger.block(height)).await;
            let block = match read {
                Ok(Some((block, certificate))) => certified_block::to_bytes(&block, &certificate),
                Ok(None) => break,
                Err(error) => return unreadable(&error),
            };
            bytes = bytes.saturating_add(block.len());
            if !blocks.is_empty() && bytes > BLOCKS_BYTES_MAX {
                break;
            }
            blocks.push(block);
        }
        NetworkMessage::Response(ResponseMessage::Blocks(blocks))
    }

    /// Offers the snapshot that is open, or opens one.
    async fn snapshot(&self) -> NetworkMessage {
        match self.snapshots.offer(&self.chain).await {
            Ok(Some(snapshot)) => NetworkMessage::Response(ResponseMessage::Snapshot(snapshot.offer().to_vec())),
            Ok(None) => NetworkMessage::refused("there is no block yet"),
            Err(error) => unreadable(&error),
        }
    }

    /// Reads a piece of the snapshot that is open; no commit waits for it.
    async fn piece(&self, request: SnapshotChunkRequest) -> NetworkMessage {
        let Some(snapshot) = self.snapshots.get(request.height) else {
            return NetworkMessage::refused(format!("there is no snapshot of height {} any more", request.height));
        };
        let read = run_blocking(move || match request.piece {
            SnapshotPiece::Handovers(from) => Ok(Some(snapshot.handovers(from)?)),
            SnapshotPiece::Part(index) => snapshot.part(usize::try_from(index).unwrap_or(usize::MAX)),
        });
        match read.await {
            Ok(Some(bytes)) => NetworkMessage::Response(ResponseMessage::SnapshotChunk(bytes)),
            Ok(None) => NetworkMessage::refused("the snapshot has no such part"),
            Err(error) => unreadable(&error),
        }
    }

    /// Reads an account, and what proves it.
    async fn balance(&self, address: Address) -> NetworkMessage {
        match self.chain.read(move |ledger| prove_balance(ledger, &address)).await {
            Ok(Some(answer)) => NetworkMessage::Response(ResponseMessage::Balance(answer)),
            Ok(None) => NetworkMessage::refused("there is no block yet whose header could prove a balance"),
            Err(error) => unreadable(&error),
        }
    }
}

/// The lane that a transaction is in.
const fn lane_of(signed: &SignedTransaction) -> Lane {
    (signed.transaction.sender, signed.transaction.nonce.lane)
}

/// The refusal of a question for which the ledger can't be read.
fn unreadable(error: &(impl std::error::Error + 'static)) -> NetworkMessage {
    warn!(error = %chain_of(error), "inbox.unreadable");
    NetworkMessage::refused("the ledger can't be read")
}

/// An account as of the tip with its proof; `None` at height 0, which no header speaks of.
fn prove_balance(ledger: &Ledger, address: &Address) -> Result<Option<BalanceAnswer>, ProofError> {
    let Some(decision) = ledger.decision() else { return Ok(None) };
    let proof = ledger.prove_account(address)?;
    let account = borsh_bytes(&ledger.account(address)?);
    // The proof knows whether there is an account, or it was never used and only reads as an empty one.
    let exists = proof.verify(&decision.header.state_root, &Account::key(address), Some(&account)).is_ok();
    Ok(Some(BalanceAnswer {
        height: decision.header.height,
        account: exists.then_some(account),
        proof: borsh_bytes(&proof),
        header: borsh_bytes(&decision.header),
        certificate: borsh_bytes(&decision.certificate),
    }))
}

/// The canonical bytes of a part of an answer.
fn borsh_bytes(part: &impl borsh::BorshSerialize) -> Vec<u8> {
    borsh::to_vec(part).expect("writing to memory does not fail")
}

/// Why a balance can't be proved.
#[derive(Debug, thiserror::Error)]
enum ProofError {
    /// A row can't be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The state tree can't be read.
    #[error(transparent)]
    Tree(#[from] TreeError),
}

#[async_trait]
impl Inbox for NodeInbox {
    async fn receive(&self, from: NodeId, message: NetworkMessage) -> Verdict {
        match message {
            NetworkMessage::Transfers(transfers) => self.judge(from, transfers).await,
            NetworkMessage::Consensus(bytes) => {
                self.consensus.as_ref().map_or(Verdict::Ignore, |consensus| consensus.receive(from, &bytes))
            }
            other @ (NetworkMessage::GetBalance(_)
            | NetworkMessage::Transfer(_)
            | NetworkMessage::NodeState(_)
            | NetworkMessage::DiscoverNodes(_)
            | NetworkMessage::NodeList(_)
            | NetworkMessage::GetBlocks(_)
            | NetworkMessage::Response(_)
            | NetworkMessage::GetSnapshot
            | NetworkMessage::GetSnapshotChunk(_)) => {
                Verdict::Reject { reason: format!("a message of kind {} is not gossiped", other.name()) }
            }
        }
    }

    async fn answer(&self, from: NodeId, request: NetworkMessage) -> NetworkMessage {
        match request {
            NetworkMessage::Transfer(signed) => self.take(*signed).await,
            NetworkMessage::GetBlocks(range) => self.blocks(range).await,
            NetworkMessage::GetBalance(question) => self.balance(question.address).await,
            NetworkMessage::GetSnapshot => self.snapshot().await,
            NetworkMessage::GetSnapshotChunk(request) => self.piece(request).await,
            NetworkMessage::Consensus(bytes) => match &self.consensus {
                Some(consensus) => consensus.answer(from, &bytes).await,
                None => NetworkMessage::refused("this node takes no part in the consensus"),
            },
            other @ (NetworkMessage::NodeState(_)
            | NetworkMessage::Transfers(_)
            | NetworkMessage::DiscoverNodes(_)
            | NetworkMessage::NodeList(_)
            | NetworkMessage::Response(_)) => {
                NetworkMessage::refused(format!("a message of kind {} is not for the node", other.name()))
            }
        }
    }

    fn state(&self) -> NodeState {
        self.snapshots.expire(Instant::now());
        let tip = self.chain.tip();
        let Profile { chain_id, validator } = self.profile.clone();
        NodeState {
            node_type: node_type(&self.chain, validator.as_ref()),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            chain_id,
            height: tip.height,
            head: tip.id,
            load_percent: self.chain.load_percent(),
            validator,
        }
    }

    fn peer_changed(&self, event: PeerEvent) {
        let tell = |node: NodeId, height: Height| {
            self.heads.send_if_modified(|heads| heads.insert(node, height) != Some(height));
        };
        match event {
            PeerEvent::Connected(node, state) => {
                debug!(peer = %node.short(), height = state.height, "peer.connected");
                tell(node, state.height);
            }
            PeerEvent::StateChanged(node, state) => tell(node, state.height),
            PeerEvent::Disconnected(node) => {
                debug!(peer = %node.short(), "peer.disconnected");
                self.heads.send_if_modified(|heads| heads.remove(&node).is_some());
            }
        }
    }
}

#[cfg(test)]
mod tests;
