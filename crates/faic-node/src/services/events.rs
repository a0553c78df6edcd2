//! What happens, told to subscribers as it happens: blocks, transactions of accounts, peers, the mempool.
//!
//! Blocks and final transactions are read from the ledger, after a position that the subscriber moves forward; so one who
//! comes back names the last position that it saw and misses nothing, and there is no queue to overflow. How far behind a
//! subscriber may be is bounded: beyond, it is told which heights to read elsewhere, and goes on at the tip. What has no
//! place in the ledger (waiting transactions, peers, the mempool) is told from now on. A subscriber that does not take what
//! it is told is cut off.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use faic_core::{Address, Hash, Height};
use faic_ledger::ledger::HistoryCursor;
use faic_network::NodeId;
use tokio::{
    sync::{Semaphore, mpsc, watch},
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;

use super::{HeaderView, TransactionView};
use crate::{Chain, ErrorCode, FaicError, chain::MempoolStatus, sync::Heads};

mod follower;
mod reading;

use follower::Follower;

/// How long to wait when there are too many subscribers.
const RETRY_AFTER: Duration = Duration::from_secs(10);

/// What a subscriber may want to be told of beside the transactions of accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EventKind {
    /// Every final block.
    Blocks,
    /// Peers that come and go.
    Peers,
    /// How full the mempool is.
    Mempool,
}

/// What a subscriber wants to be told of.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Interests {
    /// The kinds of event.
    pub kinds: BTreeSet<EventKind>,
    /// The accounts whose transactions are told.
    pub accounts: BTreeSet<Address>,
}

impl Interests {
    /// Whether a kind is wanted.
    fn wants(&self, kind: EventKind) -> bool {
        self.kinds.contains(&kind)
    }
}

/// A place in the stream of final events; it means the same at every node and after every restart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventPosition {
    /// After everything of that block and all before it.
    Block(Height),
    /// After that transaction of a block.
    Transaction(HistoryCursor),
}

impl EventPosition {
    /// The place in a history after which the position's events come.
    const fn cursor(self) -> HistoryCursor {
        match self {
            Self::Block(height) => HistoryCursor { height, index: u32::MAX },
            Self::Transaction(place) => place,
        }
    }
}

/// Something that a subscriber is told, and where in the stream of final events it then is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The position to come back with.
    pub position: EventPosition,
    /// What is told.
    pub notice: Notice,
}

/// What a subscriber is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// A block became final.
    Block(Box<HeaderView>),
    /// A transaction of one of the accounts is final, waits for a block, or left without being final.
    Transaction {
        /// Its id.
        id: Hash,
        /// How it stands.
        view: Box<TransactionView>,
    },
    /// Peers came or went.
    Peers(PeersView),
    /// The mempool is fuller or emptier than before.
    Mempool(MempoolStatus),
    /// Something is not told, and the stream goes on behind it.
    Reset {
        /// Why.
        reason: ResetReason,
        /// The first height of which something is missing.
        from: Height,
        /// The last height of which something is missing.
        to: Height,
    },
    /// The subscription began, or nothing happened for a while; the node is there.
    Alive,
    /// The stream is over.
    End(EndReason),
}

/// Which peers came and went since the last time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeersView {
    /// How many there are.
    pub count: usize,
    /// Those that came; at first all.
    pub joined: Vec<NodeId>,
    /// Those that went.
    pub left: Vec<NodeId>,
}

/// Why something is not told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResetReason {
    /// The position is too far behind the tip.
    TooFarBehind,
    /// This node began at a snapshot and does not have the blocks.
    Pruned,
    /// The position is far beyond the tip, as one of another chain is.
    Ahead,
    /// More happened to waiting transactions than the subscriber took.
    WaitingMissed,
}

/// Why a stream is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndReason {
    /// The subscriber did not take what it was told.
    Slow,
    /// The node stops.
    ShuttingDown,
    /// The ledger can't be read.
    Failed,
}

/// Tells subscribers what happens.
pub struct EventService {
    /// The chain.
    chain: Arc<Chain>,
    /// The peers.
    heads: watch::Receiver<Heads>,
    /// Ends every stream.
    shutdown: CancellationToken,
    /// A permit for each subscriber.
    seats: Arc<Semaphore>,
}

impl EventService {
    /// Most subscribers at a time.
    pub const SUBSCRIBERS_MAX: usize = 256;
    /// Most accounts of one subscriber.
    pub const ACCOUNTS_MAX: usize = 32;
    /// How many blocks behind the tip a subscriber to blocks may be.
    pub const REPLAY_BLOCKS_MAX: u64 = 1_000;
    /// How many transactions are told to a subscriber that is behind before it is sent to read the rest elsewhere.
    pub const REPLAY_TRANSACTIONS_MAX: usize = 10_000;
    /// How long a subscriber may not take what it is told.
    pub const SLOW_MAX: Duration = Duration::from_secs(10);
    /// How often a subscriber to which nothing happens is told so.
    pub const ALIVE_INTERVAL: Duration = Duration::from_secs(5);

    /// The service of a node on that chain, whose streams end with `shutdown`.
    pub fn new(chain: Arc<Chain>, heads: watch::Receiver<Heads>, shutdown: CancellationToken) -> Self {
        Self { chain, heads, shutdown, seats: Arc::new(Semaphore::new(Self::SUBSCRIBERS_MAX)) }
    }

    /// Begins to tell of what `interests` names, after a position, or from now on.
    ///
    /// # Errors
    /// [`ErrorCode::Overloaded`] when there are too many subscribers, [`ErrorCode::InvalidQuery`] for too many accounts or
    /// no interest at all.
    pub fn subscribe(&self, interests: Interests, after: Option<EventPosition>) -> Result<Subscription, FaicError> {
        if interests.accounts.len() > Self::ACCOUNTS_MAX {
            let message = format!("there are more than {} accounts", Self::ACCOUNTS_MAX);
            return Err(FaicError::new(ErrorCode::InvalidQuery, message));
        }
        if interests.accounts.is_empty() && interests.kinds.is_empty() {
            return Err(FaicError::new(ErrorCode::InvalidQuery, "neither a kind of event nor an account is named"));
        }
        let Ok(seat) = Arc::clone(&self.seats).try_acquire_owned() else {
            let message = format!("{} subscribers follow the events already", Self::SUBSCRIBERS_MAX);
            return Err(FaicError::new(ErrorCode::Overloaded, message).wait(RETRY_AFTER));
        };
        // Where nothing is told before the end, the reader goes on where it was.
        let position = after.unwrap_or_else(|| EventPosition::Block(self.chain.tip().height));
        let (sender, receiver) = mpsc::channel(follower::QUEUE_MAX);
        let follower = Follower::new(Arc::clone(&self.chain), self.heads.clone(), interests, after, sender);
        let shutdown = self.shutdown.clone();
        let task = tokio::spawn(async move {
            let end = follower.run(shutdown).await;
            drop(seat);
            end
        });
        Ok(Subscription { receiver, task: Some(task), position })
    }
}

/// The receiving end of a stream of events; dropping it ends the stream.
pub struct Subscription {
    /// What was told and not taken yet.
    receiver: mpsc::Receiver<Told>,
    /// What tells; it ends with the reason.
    task: Option<JoinHandle<EndReason>>,
    /// The position of what was taken last, or else that after which it was to be told.
    position: EventPosition,
}

impl Subscription {
    /// The next that is told; `None` after the end.
    pub async fn next(&mut self) -> Option<Told> {
        if let Some(told) = self.receiver.recv().await {
            self.position = told.position;
            return Some(told);
        }
        let reason = self.task.take()?.await.unwrap_or(EndReason::Failed);
        Some(Told { position: self.position, notice: Notice::End(reason) })
    }
}

#[cfg(test)]
mod tests;
