//! Telling the others of transactions that came to this node alone.
//!
//! What users submit here, and what a peer hands over in the name of one, is gossiped once when it enters the mempool,
//! together with what comes within a moment (ADR 0016).
//! Gossip is not confirmed, may have found nobody, and says nothing twice. So what still waits is handed to each peer that
//! connects, and from time to time to some of the peers, by messages of its own; whoever did not know it gossips it. What
//! was gossiped to this node is passed on by the network itself. Of a new tip the network is told, which tells the peers.

use std::{
    collections::{BTreeSet, VecDeque},
    convert::Infallible,
    panic::resume_unwind,
    sync::Arc,
    time::Duration,
};

use faic_core::{Hash, SignedTransaction};
use faic_ledger::VerifiedTransaction;
use faic_network::{
    NetworkError, NetworkMessage, NodeId, P2PNetworkInterface, ResponseMessage,
    message::{TRANSFERS_BYTES_MAX, TRANSFERS_MAX, TRANSFERS_OVERHEAD_BYTES},
};
use tokio::{
    sync::{broadcast::error::RecvError, watch},
    task::JoinSet,
    time::{Instant, sleep, sleep_until},
};
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

use crate::{Chain, Event, chain::Origin, sync::Heads};

/// How often what still waits is handed to some of the peers.
const REPEAT_INTERVAL: Duration = Duration::from_secs(75);
/// How long what comes to this node is gathered since the last was gossiped: the first after a pause goes at once, and a
/// stream of them goes in few messages, of which each costs about as much as a signature at every node.
const GATHER_TIME: Duration = Duration::from_millis(15);
/// How long to wait when the network, or a peer, can take no more.
const FULL_WAIT: Duration = Duration::from_millis(200);
/// The most transactions of this node that are told again.
const OWN_MAX: usize = 20_000;
/// The most that wait for room in the network before they are gossiped.
const DELAYED_MAX: usize = 1_000;
/// To how many peers what still waits is handed from time to time.
const REPEAT_PEERS: usize = 3;
/// The most peers that something is handed to at once; whoever is not among them is told by the next repetition.
const HANDOVERS_MAX: usize = 16;
/// The most transactions that are handed to one peer at once; the next repetition begins with others.
const HANDED_MAX: usize = 2_000;
/// The pause between two of them: with it a peer gets a fifth of the messages that it allows.
const HAND_PAUSE: Duration = Duration::from_millis(5);

/// Tells of this node's own transactions.
pub(crate) struct Gossiper {
    /// Where they wait.
    chain: Arc<Chain>,
    /// Reaches the peers.
    network: Arc<dyn P2PNetworkInterface>,
    /// Who the peers are.
    heads: watch::Receiver<Heads>,
    /// The peers that are connected.
    peers: BTreeSet<NodeId>,
    /// The place among them of the next that something is handed to.
    turn: usize,
    /// Transactions that came to this node alone and may still wait.
    own: BTreeSet<Hash>,
    /// Those that are gossiped together next, in the order in which they came.
    gathered: Vec<Hash>,
    /// When that is done.
    gathered_until: Instant,
    /// The first of them that is handed over next.
    next_handed: Hash,
    /// When that is done again.
    next: Instant,
    /// Transactions for which the network had no room, in their order.
    delayed: VecDeque<Hash>,
    /// When the first of those is tried again.
    delayed_until: Instant,
    /// Peers that something is being handed to; each task answers with its peer.
    handovers: JoinSet<NodeId>,
    /// The same peers.
    handed_to: BTreeSet<NodeId>,
}

impl Gossiper {
    /// Tells the peers of `heads`, through `network`, of what enters the mempool of `chain`.
    pub(crate) fn new(chain: Arc<Chain>, network: Arc<dyn P2PNetworkInterface>, heads: watch::Receiver<Heads>) -> Self {
        let now = Instant::now();
        Self {
            chain,
            network,
            heads,
            peers: BTreeSet::new(),
            turn: 0,
            own: BTreeSet::new(),
            gathered: Vec::new(),
            gathered_until: now,
            next_handed: Hash::ZERO,
            next: now + REPEAT_INTERVAL,
            delayed: VecDeque::new(),
            delayed_until: now,
            handovers: JoinSet::new(),
            handed_to: BTreeSet::new(),
        }
    }

    /// Runs until the shutdown.
    pub(crate) async fn run(mut self, shutdown: CancellationToken) -> Result<(), Infallible> {
        let (mut events, mut tips) = (self.chain.events(), self.chain.tips());
        loop {
            tokio::select! {
                () = shutdown.cancelled() => return Ok(()),
                event = events.recv() => match event {
                    Ok(Event::Pooled { id, origin: Origin::Here, .. }) => self.gather(id).await,
                    Ok(Event::Pooled { origin: Origin::Gossip, .. }) => {}
                    Ok(Event::Block { transactions, .. }) => for id in transactions.iter() {
                        self.own.remove(id);
                    },
                    Ok(Event::Dropped { id, .. }) => drop(self.own.remove(&id)),
                    Err(RecvError::Lagged(missed)) => {
                        warn!(missed, "gossip.lagged");
                        self.catch_up();
                    }
                    // The chain outlives this task, which holds it.
                    Err(RecvError::Closed) => shutdown.cancelled().await,
                },
                Ok(()) = tips.changed() => self.network.announce(),
                Ok(()) = self.heads.changed() => self.meet(),
                () = sleep_until(self.next) => self.repeat(),
                () = sleep_until(self.gathered_until), if !self.gathered.is_empty() => self.tell_gathered().await,
                () = sleep_until(self.delayed_until), if !self.delayed.is_empty() => self.tell_delayed().await,
                Some(ended) = self.handovers.join_next() => {
                    self.handed_to.remove(&ended.unwrap_or_else(|error| resume_unwind(error.into_panic())));
                }
            }
        }
    }

    /// Finds out what waits, where it missed what happened; some of it may never have been told.
    fn catch_up(&mut self) {
        self.own.retain(|id| self.chain.waiting(id).is_some());
        self.own.extend(self.chain.waiting_ids(OWN_MAX.saturating_sub(self.own.len())));
        self.next = Instant::now();
    }

    /// Hands what waits to whoever is new.
    fn meet(&mut self) {
        let now: BTreeSet<_> = self.heads.borrow_and_update().keys().copied().collect();
        let newcomers: Vec<_> = now.difference(&self.peers).copied().collect();
        self.peers = now;
        if !newcomers.is_empty() && !self.own.is_empty() {
            let ids = self.some_of_own();
            newcomers.into_iter().for_each(|newcomer| self.hand(newcomer, ids.clone()));
        }
    }

    /// Gathers a transaction that has just come, and tells of what was gathered where it is time or enough.
    async fn gather(&mut self, id: Hash) {
        if self.own.len() < OWN_MAX {
            self.own.insert(id);
        }
        self.gathered.push(id);
        if self.gathered_until <= Instant::now() || self.gathered.len() >= TRANSFERS_MAX {
            self.tell_gathered().await;
        }
    }

    /// Tells of what was gathered.
    async fn tell_gathered(&mut self) {
        self.gathered_until = Instant::now() + GATHER_TIME;
        let ids = std::mem::take(&mut self.gathered);
        self.tell(ids).await;
    }

    /// Gossips the transactions that wait, in as few messages as there may be; what finds no room is tried again, and what
    /// gossip says only once is handed over.
    async fn tell(&mut self, ids: Vec<Hash>) {
        for (ids, message) in batches(ids.into_iter().filter_map(|id| self.chain.waiting(&id))) {
            match self.network.broadcast(message).await {
                Ok(()) => {}
                Err(NetworkError::Full) if self.delayed.len() + ids.len() <= DELAYED_MAX => {
                    self.delayed.extend(ids);
                    self.delayed_until = Instant::now() + FULL_WAIT;
                }
                Err(error) => {
                    debug!(transactions = ids.len(), error = &error as &dyn std::error::Error, "gossip.failed");
                    self.hand_to_some(ids);
                }
            }
        }
    }

    /// Tries again what found no room.
    async fn tell_delayed(&mut self) {
        let ids = std::mem::take(&mut self.delayed).into();
        self.tell(ids).await;
    }

    /// Hands what still waits to some of the peers, others each time.
    fn repeat(&mut self) {
        self.next = Instant::now() + REPEAT_INTERVAL;
        if !self.own.is_empty() {
            let ids = self.some_of_own();
            self.hand_to_some(ids);
        }
    }

    /// As many of this node's transactions as are handed over at once, beginning with others each time.
    fn some_of_own(&mut self) -> Vec<Hash> {
        let later = self.own.range(self.next_handed..);
        let ids: Vec<_> = later.chain(self.own.range(..self.next_handed)).take(HANDED_MAX + 1).copied().collect();
        // Where one is left over, it is the first of the next time.
        let (ids, rest) = ids.split_at(ids.len().min(HANDED_MAX));
        self.next_handed = rest.first().copied().unwrap_or(Hash::ZERO);
        ids.to_vec()
    }

    /// Hands transactions to some of the peers, others each time.
    fn hand_to_some(&mut self, ids: Vec<Hash>) {
        let rotated = self.peers.iter().skip(self.turn).chain(self.peers.iter().take(self.turn));
        let chosen: Vec<_> = rotated.take(REPEAT_PEERS).copied().collect();
        self.turn = (self.turn + chosen.len()) % self.peers.len().max(1);
        chosen.into_iter().for_each(|peer| self.hand(peer, ids.clone()));
    }

    /// Hands transactions to a peer beside everything else, unless something is being handed to it, or to many.
    fn hand(&mut self, peer: NodeId, ids: Vec<Hash>) {
        if self.handed_to.len() < HANDOVERS_MAX && self.handed_to.insert(peer) {
            let (chain, network) = (Arc::clone(&self.chain), Arc::clone(&self.network));
            self.handovers.spawn(async move {
                hand_over(&chain, &*network, peer, ids).await;
                peer
            });
        }
    }
}

/// Hands those transactions to a peer that still wait, one after the other, until it gives no answer.
async fn hand_over(chain: &Chain, network: &dyn P2PNetworkInterface, peer: NodeId, ids: Vec<Hash>) {
    for id in ids {
        let Some(message) = message(chain, &id) else { continue };
        match network.send(peer, message).await {
            Ok(NetworkMessage::Response(ResponseMessage::Refused { reason })) => {
                debug!(tx = %id, peer = %peer.short(), reason, "gossip.handover_refused");
                sleep(FULL_WAIT).await;
            }
            Ok(_) => sleep(HAND_PAUSE).await,
            Err(error) => {
                debug!(tx = %id, peer = %peer.short(), error = &error as &dyn std::error::Error, "gossip.handover_failed");
                return;
            }
        }
    }
}

/// The messages that gossip transactions in their order, each with the ids of what it carries.
fn batches(transactions: impl Iterator<Item = VerifiedTransaction>) -> Vec<(Vec<Hash>, NetworkMessage)> {
    let mut batches: Vec<(Vec<Hash>, Vec<SignedTransaction>)> = Vec::new();
    let mut room = 0_usize;
    for transaction in transactions {
        let bytes = transaction.signed().to_bytes().len();
        match batches.last_mut().filter(|(ids, _)| bytes <= room && ids.len() < TRANSFERS_MAX) {
            Some((ids, batch)) => {
                ids.push(transaction.id());
                batch.push(transaction.signed().clone());
            }
            None => {
                room = TRANSFERS_BYTES_MAX - TRANSFERS_OVERHEAD_BYTES;
                batches.push((vec![transaction.id()], vec![transaction.signed().clone()]));
            }
        }
        room = room.saturating_sub(bytes);
    }
    batches.into_iter().map(|(ids, batch)| (ids, NetworkMessage::Transfers(batch))).collect()
}

/// The message that hands over a transaction, while that waits.
fn message(chain: &Chain, id: &Hash) -> Option<NetworkMessage> {
    chain.waiting(id).map(|waiting| NetworkMessage::Transfer(Box::new(waiting.signed().clone())))
}

#[cfg(test)]
mod tests;
