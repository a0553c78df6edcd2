//! Telling the others of transactions that came to this node alone.
//!
//! What users submit here, and what a peer hands over in the name of one, is gossiped once when it enters the mempool.
//! Gossip is not confirmed, may have found nobody, and says nothing twice. So what still waits is handed to each peer that
//! connects, and from time to time to some of the peers, by messages of its own; whoever did not know it gossips it. What
//! was gossiped to this node is passed on by the network itself. Of a new tip the network is told, which tells the peers.

use std::{
    collections::{BTreeSet, VecDeque},
    convert::Infallible,
    sync::Arc,
    time::Duration,
};

use faic_core::Hash;
use faic_network::{NetworkError, NetworkMessage, NodeId, P2PNetworkInterface};
use tokio::{
    sync::{broadcast::error::RecvError, watch},
    time::{Instant, sleep_until},
};
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

use crate::{Chain, Event, chain::Origin, sync::Heads};

/// How often what still waits is handed to some of the peers.
const REPEAT_INTERVAL: Duration = Duration::from_secs(75);
/// How long to wait when the network can take no more.
const FULL_WAIT: Duration = Duration::from_millis(200);
/// The most transactions of this node that are told again.
const OWN_MAX: usize = 20_000;
/// How many are handed over at once, before this looks what else has happened.
const AT_ONCE: usize = 64;
/// To how many peers what still waits is handed from time to time.
const REPEAT_PEERS: usize = 3;

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
    /// The place among them of the next that everything is handed to again.
    turn: usize,
    /// Transactions that came to this node alone and may still wait.
    own: BTreeSet<Hash>,
    /// When all of them are told again.
    next: Instant,
    /// What is told now: a transaction, and to which peer; to all by gossip where there was no room for it before.
    due: VecDeque<(Hash, Option<NodeId>)>,
    /// When the first of those may be told.
    due_at: Instant,
}

impl Gossiper {
    /// Tells the peers of `heads`, through `network`, of what enters the mempool of `chain`.
    pub(crate) fn new(chain: Arc<Chain>, network: Arc<dyn P2PNetworkInterface>, heads: watch::Receiver<Heads>) -> Self {
        let now = Instant::now();
        let (peers, own, due) = (BTreeSet::new(), BTreeSet::new(), VecDeque::new());
        Self { chain, network, heads, peers, turn: 0, own, next: now + REPEAT_INTERVAL, due, due_at: now }
    }

    /// Runs until the shutdown.
    pub(crate) async fn run(mut self, shutdown: CancellationToken) -> Result<(), Infallible> {
        let (mut events, mut tips) = (self.chain.events(), self.chain.tips());
        loop {
            tokio::select! {
                () = shutdown.cancelled() => return Ok(()),
                event = events.recv() => match event {
                    Ok(Event::Pooled { id, origin: Origin::Here }) => self.tell_new(id).await,
                    Ok(Event::Pooled { origin: Origin::Gossip, .. }) => {}
                    Ok(Event::Block { transactions, .. }) => for id in transactions.iter() {
                        self.own.remove(id);
                    },
                    Ok(Event::Dropped { id, .. }) => drop(self.own.remove(&id)),
                    Err(RecvError::Lagged(missed)) => {
                        warn!(missed, "gossip.lagged");
                        self.own.extend(self.chain.waiting_ids(OWN_MAX.saturating_sub(self.own.len())));
                        self.next = Instant::now();
                    }
                    // The chain outlives this task, which holds it.
                    Err(RecvError::Closed) => shutdown.cancelled().await,
                },
                Ok(()) = tips.changed() => self.network.announce(),
                Ok(()) = self.heads.changed() => self.meet(),
                () = sleep_until(self.next) => self.repeat(),
                () = sleep_until(self.due_at), if !self.due.is_empty() => self.tell_due().await,
            }
        }
    }

    /// Has everything handed to whoever is new.
    fn meet(&mut self) {
        let now: BTreeSet<_> = self.heads.borrow_and_update().keys().copied().collect();
        for newcomer in now.difference(&self.peers) {
            self.due.extend(self.own.iter().map(|id| (*id, Some(*newcomer))));
        }
        self.due.retain(|(_, peer)| peer.is_none_or(|peer| now.contains(&peer)));
        self.peers = now;
    }

    /// Tells of a transaction that has just come.
    async fn tell_new(&mut self, id: Hash) {
        if self.own.len() < OWN_MAX {
            self.own.insert(id);
        }
        if self.tell(id).await == Told::Full {
            self.due.push_back((id, None));
            self.due_at = Instant::now() + FULL_WAIT;
        }
    }

    /// Has everything that still waits handed to some of the peers, others each time.
    fn repeat(&mut self) {
        self.next = Instant::now() + REPEAT_INTERVAL;
        let chosen: Vec<_> = self.peers.iter().skip(self.turn).chain(&self.peers).take(REPEAT_PEERS).copied().collect();
        self.turn = (self.turn + chosen.len()) % self.peers.len().max(1);
        for peer in chosen.into_iter().collect::<BTreeSet<_>>() {
            self.due.extend(self.own.iter().map(|id| (*id, Some(peer))));
        }
    }

    /// Tells some of what is due, until the network can take no more.
    async fn tell_due(&mut self) {
        for _ in 0..AT_ONCE {
            let Some((id, peer)) = self.due.pop_front() else { return };
            let told = match peer {
                Some(peer) => self.hand(id, peer).await,
                None => self.tell(id).await,
            };
            match told {
                Told::Yes => {}
                Told::Gone => drop(self.own.remove(&id)),
                Told::Full => {
                    self.due.push_front((id, peer));
                    self.due_at = Instant::now() + FULL_WAIT;
                    return;
                }
            }
        }
    }

    /// Gossips a transaction that waits.
    async fn tell(&self, id: Hash) -> Told {
        let Some(message) = self.message(&id) else { return Told::Gone };
        told(id, self.network.broadcast(message).await)
    }

    /// Hands a transaction that waits to one peer.
    async fn hand(&self, id: Hash, peer: NodeId) -> Told {
        let Some(message) = self.message(&id) else { return Told::Gone };
        told(id, self.network.send(peer, message).await.map(drop))
    }

    /// The message with a transaction, while that waits.
    fn message(&self, id: &Hash) -> Option<NetworkMessage> {
        self.chain.waiting(id).map(|waiting| NetworkMessage::Transfer(Box::new(waiting.signed().clone())))
    }
}

/// What the network's answer means.
fn told(id: Hash, sent: Result<(), NetworkError>) -> Told {
    match sent {
        Ok(()) => Told::Yes,
        Err(NetworkError::Full) => Told::Full,
        Err(error) => {
            debug!(tx = %id, error = &error as &dyn std::error::Error, "gossip.failed");
            Told::Yes
        }
    }
}

/// What became of telling of a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    /// It is on its way, as far as that can be known.
    Yes,
    /// It waits no more.
    Gone,
    /// The network can take no more at the moment.
    Full,
}

#[cfg(test)]
mod tests;
