//! What gossip thinks of the peers: their scores there, who is muted because of them, and who does not keep up.
//!
//! Gossip keeps the score that it was told last, while this node's own recovers with time, so it is told again at each
//! heartbeat. A peer that has not said hello, or must leave, is not listened to at all: what it brings would be refused
//! here, but gossip would know it from then on and drop it when others bring it.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use libp2p::gossipsub::FailedMessages;
use tokio::time::Instant;
use tracing::{info, warn};

use super::Driver;
use crate::{
    NodeId,
    basic::behaviour::{GOSSIP_QUEUE_MAX, PUBLISH_THRESHOLD},
};

/// The score of a peer that is not ready. It is so far below what gossip listens to that nothing else makes up for it;
/// gossip then reads the subscriptions of such a peer and drops the rest before it remembers any of it.
const UNREADY_SCORE: f64 = -1_000.0;

/// How often a peer that does not keep up is named at most.
const SLOW_INTERVAL: Duration = Duration::from_secs(60);

/// The most places for own messages that a peer's queue may have lost, of [`GOSSIP_QUEUE_MAX`] halved.
///
/// libp2p-gossipsub 0.49.5 does not give back the place of an own message that has waited too long (`Receiver::poll_stale`
/// in its `rpc.rs`), so that in the end a peer would get none any more; a new connection has a new queue.
const PLACES_LOST_MAX: usize = GOSSIP_QUEUE_MAX / 4;

/// The gossiped messages that a peer did not get, because its queue was full or they had waited too long.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Lost {
    /// How many of this node's own.
    pub(super) own: usize,
    /// How many that this node passes on.
    pub(super) passed_on: usize,
    /// How many of both had waited too long.
    pub(super) too_old: usize,
}

/// A peer that does not keep up.
#[derive(Debug)]
struct Slow {
    /// What it did not get since it was last named.
    lost: Lost,
    /// When it may be named next.
    due: Instant,
}

/// What was last seen and named of the peers in gossip.
#[derive(Debug, Default)]
pub(super) struct Standing {
    /// The peers that get no messages of this node.
    pub(super) muted: BTreeSet<NodeId>,
    /// The peers that do not keep up, none of them longer than it is a peer.
    slow: BTreeMap<NodeId, Slow>,
    /// How many places for own messages the peers' queues have lost, of none longer than it is a peer.
    places_lost: BTreeMap<NodeId, usize>,
}

impl Standing {
    /// Forgets a peer that is gone.
    pub(super) fn forget(&mut self, node: &NodeId) {
        self.muted.remove(node);
        self.slow.remove(node);
        self.places_lost.remove(node);
    }

    /// Takes note of messages that a peer did not get; whether its queue is of no use any more.
    pub(super) fn lose(&mut self, node: NodeId, failed: &FailedMessages, now: Instant) -> bool {
        let slow = self.slow.entry(node).or_insert(Slow { lost: Lost::default(), due: now });
        slow.lost.own = slow.lost.own.saturating_add(failed.publish);
        slow.lost.passed_on = slow.lost.passed_on.saturating_add(failed.forward);
        slow.lost.too_old = slow.lost.too_old.saturating_add(failed.timeout);
        // Own messages that found no room took no place.
        let places_lost = self.places_lost.entry(node).or_default();
        *places_lost = places_lost.saturating_add(failed.publish.saturating_sub(failed.priority));
        *places_lost > PLACES_LOST_MAX
    }

    /// The peers that are to be named now with what they did not get, at once and then once a minute while it goes on.
    pub(super) fn due_slow(&mut self, now: Instant) -> Vec<(NodeId, Lost)> {
        self.slow.retain(|_, slow| slow.due > now || slow.lost != Lost::default());
        let due = self.slow.iter_mut().filter(|(_, slow)| slow.due <= now);
        let named = due.map(|(node, slow)| {
            slow.due = now + SLOW_INTERVAL;
            (*node, std::mem::take(&mut slow.lost))
        });
        named.collect()
    }
}

impl Driver {
    /// Tells gossip what this node thinks of a peer now.
    pub(super) fn rate(&mut self, node: &NodeId, now: Instant) {
        let is_ready = self.connections.is_ready(node);
        let score = if is_ready { f64::from(self.messages.score(node, now)) } else { UNREADY_SCORE };
        self.swarm.behaviour_mut().gossip.set_application_score(&node.peer_id(), score);
    }

    /// Tells gossip what this node thinks of its peers now.
    pub(super) fn rate_all(&mut self, now: Instant) {
        let peers: Vec<NodeId> = self.connections.peers().map(|(node, _)| *node).collect();
        for node in peers {
            self.rate(&node, now);
        }
    }

    /// Names the peers that from now on get no messages of this node, because gossip thinks too little of them, and those
    /// that get them again.
    pub(super) fn name_muted(&mut self) {
        let gossip = &self.swarm.behaviour().gossip;
        for node in self.connections.ready() {
            let score = gossip.peer_score(&node.peer_id()).unwrap_or_default();
            if score >= PUBLISH_THRESHOLD {
                if self.standing.muted.remove(node) {
                    info!(%node, score, "gossip.muted_no_more");
                }
            } else if self.standing.muted.insert(*node) {
                warn!(%node, score, "gossip.muted");
            }
        }
    }

    /// Takes note of gossiped messages that a peer did not get, and parts from it if its queue is of no use any more; who
    /// wants the connection dials again.
    pub(super) fn on_slow(&mut self, node: NodeId, failed: &FailedMessages) {
        if self.connections.peer(&node).is_none() {
            return;
        }
        let now = Instant::now();
        let is_spent = self.standing.lose(node, failed, now);
        self.name_slow(now);
        if is_spent {
            warn!(%node, "gossip.queue_spent");
            self.close(&node);
        }
    }

    /// Names the peers that do not keep up.
    pub(super) fn name_slow(&mut self, now: Instant) {
        for (node, Lost { own, passed_on, too_old }) in self.standing.due_slow(now) {
            warn!(%node, own, passed_on, too_old, "gossip.slow_peer");
        }
    }
}

#[cfg(test)]
mod tests;
