//! What gossip thinks of the peers: their scores there, and who is muted because of them.
//!
//! Gossip keeps the score that it was told last, while this node's own recovers with time, so it is told again at each
//! heartbeat. A peer that has not said hello, or must leave, is not listened to at all: what it brings would be refused
//! here, but gossip would know it from then on and drop it when others bring it.

use std::collections::BTreeSet;

use tokio::time::Instant;
use tracing::{info, warn};

use super::Driver;
use crate::{NodeId, basic::behaviour::PUBLISH_THRESHOLD};

/// The score of a peer that is not ready. It is so far below what gossip listens to that nothing else makes up for it;
/// gossip then reads the subscriptions of such a peer and drops the rest before it remembers any of it.
const UNREADY_SCORE: f64 = -1_000.0;

/// What was last seen and named of the peers in gossip.
#[derive(Debug, Default)]
pub(super) struct Standing {
    /// The peers that get no messages of this node.
    pub(super) muted: BTreeSet<NodeId>,
}

impl Standing {
    /// Forgets a peer that is gone.
    pub(super) fn forget(&mut self, node: &NodeId) {
        self.muted.remove(node);
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
}
