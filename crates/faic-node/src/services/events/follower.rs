//! What follows the chain for one subscriber.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use faic_core::Hash;
use faic_ledger::{Tip, ledger::HistoryCursor, store::StoreError};
use faic_network::NodeId;
use tokio::{
    sync::{
        broadcast::{self, error::RecvError},
        mpsc, watch,
    },
    time::{Instant, interval, sleep_until, timeout},
};
use tokio_util::sync::CancellationToken;

use super::{
    EndReason, EventKind, EventPosition, EventService, Interests, Notice, PeersView, ResetReason, Told,
    reading::{self, Page, first_missing, position, whole},
};
use crate::{Chain, Event, chain::MempoolStatus, services::TransactionView, sync::Heads};

/// Most events that are told and not taken yet.
pub(super) const QUEUE_MAX: usize = 64;

/// How often the mempool is looked at.
const MEMPOOL_INTERVAL: Duration = Duration::from_millis(500);

/// Most waiting transactions whose end a subscriber is told of.
const WAITING_MAX: usize = 4_096;

/// Follows the chain for one subscriber.
pub(super) struct Follower {
    /// The chain.
    chain: Arc<Chain>,
    /// Every new tip.
    tips: watch::Receiver<Tip>,
    /// What happens beside the blocks.
    events: broadcast::Receiver<Event>,
    /// The peers.
    heads: watch::Receiver<Heads>,
    /// What is told.
    interests: Interests,
    /// After which place in the ledger it is told.
    after: HistoryCursor,
    /// How many transactions were told since the subscriber was last level with the tip.
    replayed: usize,
    /// Where it is told.
    sender: mpsc::Sender<Told>,
    /// When the subscriber is told that nothing happened.
    alive_at: Instant,
    /// The peers that were told last.
    peers: BTreeSet<NodeId>,
    /// The mempool that was told last.
    mempool: Option<MempoolStatus>,
    /// Transactions that were told as waiting.
    waiting: BTreeSet<Hash>,
}

/// Why a follower stops.
enum Stop {
    /// There is something to say about it.
    End(EndReason),
    /// Nobody listens any more.
    Gone,
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        tracing::error!(error = &error as &dyn std::error::Error, "events.read");
        Self::End(EndReason::Failed)
    }
}

impl Follower {
    /// What tells `sender` of `interests`, after a position or from now on.
    pub(super) fn new(
        chain: Arc<Chain>,
        heads: watch::Receiver<Heads>,
        interests: Interests,
        after: Option<EventPosition>,
        sender: mpsc::Sender<Told>,
    ) -> Self {
        let (tips, events) = (chain.tips(), chain.events());
        let after = after.map_or_else(|| whole(chain.tip().height), EventPosition::cursor);
        Self {
            chain,
            tips,
            events,
            heads,
            interests,
            after,
            replayed: 0,
            sender,
            alive_at: Instant::now(),
            peers: BTreeSet::new(),
            mempool: None,
            waiting: BTreeSet::new(),
        }
    }

    /// Tells what happens until nobody listens, or the shutdown.
    pub(super) async fn run(mut self, shutdown: CancellationToken) -> EndReason {
        let sender = self.sender.clone();
        tokio::select! {
            biased;
            () = shutdown.cancelled() => EndReason::ShuttingDown,
            // Whoever does not listen hears no reason either.
            () = sender.closed() => EndReason::ShuttingDown,
            stop = self.follow() => match stop {
                Stop::End(reason) => reason,
                Stop::Gone => EndReason::ShuttingDown,
            },
        }
    }

    /// Tells what happens until that is not possible any more.
    async fn follow(&mut self) -> Stop {
        let mut glances = interval(MEMPOOL_INTERVAL);
        // The first word says from which position on it is told, before anything happens.
        if let Err(stop) = self.tell(position(self.after), Notice::Alive).await {
            return stop;
        }
        if self.interests.wants(EventKind::Peers) {
            self.heads.mark_changed();
        }
        loop {
            if let Err(stop) = self.catch_up().await {
                return stop;
            }
            let (peers, mempool) = (self.interests.wants(EventKind::Peers), self.interests.wants(EventKind::Mempool));
            let told = tokio::select! {
                Ok(()) = self.tips.changed() => Ok(()),
                event = self.events.recv(), if !self.interests.accounts.is_empty() => self.tell_waiting(event).await,
                Ok(()) = self.heads.changed(), if peers => self.tell_peers().await,
                _ = glances.tick(), if mempool => self.tell_mempool().await,
                () = sleep_until(self.alive_at) => self.tell(position(self.after), Notice::Alive).await,
            };
            if let Err(stop) = told {
                return stop;
            }
        }
    }

    /// Tells what the ledger has after the position.
    async fn catch_up(&mut self) -> Result<(), Stop> {
        if self.interests.accounts.is_empty() && !self.interests.wants(EventKind::Blocks) {
            self.after = whole(self.tips.borrow_and_update().height);
            return Ok(());
        }
        loop {
            let (interests, after) = (self.interests.clone(), self.after);
            let replayed = self.replayed > EventService::REPLAY_TRANSACTIONS_MAX;
            let page = self.chain.read(move |ledger| {
                let tip = ledger.tip().height;
                if replayed && tip > after.height {
                    return Ok(reading::skip(ResetReason::TooFarBehind, first_missing(after), tip, tip));
                }
                reading::page(ledger, &interests, after)
            });
            let Page { told, reached, is_last } = page.await?;
            for Told { position, notice } in told {
                if let Notice::Transaction { id, .. } = &notice {
                    self.waiting.remove(id);
                    self.replayed = self.replayed.saturating_add(1);
                }
                self.tell(position, notice).await?;
            }
            self.after = reached;
            if is_last {
                self.replayed = 0;
                return Ok(());
            }
            if replayed {
                self.replayed = 0;
            }
        }
    }

    /// Tells what became of a waiting transaction of the accounts.
    async fn tell_waiting(&mut self, event: Result<Event, RecvError>) -> Result<(), Stop> {
        let (id, view) = match event {
            Ok(Event::Pooled { id, accounts, .. })
                if accounts.iter().any(|account| self.interests.accounts.contains(account)) =>
            {
                // What is final already is told from the ledger.
                let Some(waiting) = self.chain.waiting(&id) else { return Ok(()) };
                if self.waiting.len() < WAITING_MAX {
                    self.waiting.insert(id);
                }
                (id, TransactionView::Pooled { signed: waiting.signed().clone() })
            }
            Ok(Event::Dropped { id, outcome }) if self.waiting.remove(&id) => (id, outcome.into()),
            Ok(Event::Pooled { .. } | Event::Dropped { .. } | Event::Block { .. }) => return Ok(()),
            Err(RecvError::Lagged(_)) => {
                self.waiting.clear();
                let height = self.after.height;
                let notice = Notice::Reset { reason: ResetReason::WaitingMissed, from: height, to: height };
                return self.tell(position(self.after), notice).await;
            }
            Err(RecvError::Closed) => return Err(Stop::Gone),
        };
        self.tell(position(self.after), Notice::Transaction { id, view: Box::new(view) }).await
    }

    /// Tells which peers came and went.
    async fn tell_peers(&mut self) -> Result<(), Stop> {
        let now: BTreeSet<_> = self.heads.borrow_and_update().keys().copied().collect();
        let joined: Vec<_> = now.difference(&self.peers).copied().collect();
        let left: Vec<_> = self.peers.difference(&now).copied().collect();
        self.peers = now;
        if joined.is_empty() && left.is_empty() {
            return Ok(());
        }
        let view = PeersView { count: self.peers.len(), joined, left };
        self.tell(position(self.after), Notice::Peers(view)).await
    }

    /// Tells how full the mempool is, where that changed.
    async fn tell_mempool(&mut self) -> Result<(), Stop> {
        let now = self.chain.mempool_status();
        if self.mempool.replace(now) == Some(now) {
            return Ok(());
        }
        self.tell(position(self.after), Notice::Mempool(now)).await
    }

    /// Tells something, unless the subscriber does not take it.
    async fn tell(&mut self, position: EventPosition, notice: Notice) -> Result<(), Stop> {
        match timeout(EventService::SLOW_MAX, self.sender.send(Told { position, notice })).await {
            Ok(Ok(())) => {
                self.alive_at = Instant::now() + EventService::ALIVE_INTERVAL;
                Ok(())
            }
            Ok(Err(_)) => Err(Stop::Gone),
            Err(_) => Err(Stop::End(EndReason::Slow)),
        }
    }
}
