//! What a peer may send, and what it costs it to send what it should not.
//!
//! It counts and judges; the task of the network reads, answers and bans. A peer's score starts at 0, falls with what it
//! does wrong, recovers by one a second, and at [`SCORE_BAN`] the peer is banned. It outlives a disconnection, so that
//! reconnecting wipes nothing.

mod bucket;

use std::{collections::BTreeMap, time::Duration};

use tokio::time::Instant;

pub(crate) use self::bucket::Bucket;
use crate::{Config, NetworkMessage, NodeId};

/// The score at which a peer is banned.
pub(crate) const SCORE_BAN: i32 = -100;
/// The most peers whose conduct is remembered; that of the best gives way.
const PEERS_MAX: usize = 4096;
/// The most messages of one peer that are being answered, by their weight.
pub(crate) const ANSWERS_PER_PEER_MAX: usize = 64;
/// The most messages that are being answered, by their weight.
pub(crate) const ANSWERS_MAX: usize = 512;
/// The weight of a question whose answer may be large: four of them are answered for a peer at a time.
const WEIGHT_OF_LARGE: usize = 16;
/// The most bytes of answers that one peer has not read yet, but for a single answer.
pub(crate) const UNREAD_PER_PEER_BYTES_MAX: usize = 40 * 1024 * 1024;
/// The most bytes of answers that have not been read yet.
pub(crate) const UNREAD_BYTES_MAX: usize = 320 * 1024 * 1024;
/// How often a peer may ask which nodes this one knows, in the long run: the answer is made by the task that owns the
/// swarm, out of the whole address book.
const NODES_INTERVAL: Duration = Duration::from_secs(1);
/// How often a peer may ask that at once.
pub(crate) const NODES_BURST: u32 = 8;
/// The most messages to one peer that wait for an answer.
pub(crate) const REQUESTS_PER_PEER_MAX: usize = 64;
/// The gossiped transactions that are being judged from which on no further are; the last message may go beyond it.
pub(crate) const VERDICTS_MAX: usize = 1024;
/// The most gossiped messages of the consensus that wait for their verdict.
pub(crate) const CONSENSUS_QUEUE_MAX: usize = 4096;
/// How long a verdict may take.
pub(crate) const VERDICT_WAIT_MAX: Duration = Duration::from_secs(5);

/// What a peer does wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Offence {
    /// It passed on what no honest node would.
    BadGossip,
    /// It sent bytes that are no message, or too many.
    Malformed,
    /// It sent more than it may; once for each message.
    Flood,
    /// It said something about itself that is not signed by it, or is of another chain than its hello.
    BadState,
    /// It does not read what it asked for.
    Slow,
}

impl Offence {
    /// What it is called in the log and in the reason of a ban.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::BadGossip => "gossip that no honest node passes on",
            Self::Malformed => "bytes that are no message",
            Self::Flood => "more messages than allowed",
            Self::BadState => "a state that it did not sign",
            Self::Slow => "answers that it does not read",
        }
    }

    /// How far the score falls.
    const fn penalty(self) -> i32 {
        match self {
            Self::BadGossip => 20,
            Self::Malformed => 50,
            Self::Flood => 1,
            Self::BadState => 100,
            Self::Slow => 10,
        }
    }
}

/// How a peer behaves.
#[derive(Debug)]
struct Conduct {
    /// How often it may send a message to this node.
    requests: Bucket,
    /// How often it may pass on gossip.
    gossip: Bucket,
    /// How often it may ask which nodes this one knows.
    nodes: Bucket,
    /// Its score, when it was last lowered.
    score: i32,
    /// When that was.
    lowered: Instant,
    /// How many of its messages are being answered, by their weight.
    answers: usize,
    /// How many bytes of answers it has not read yet.
    unread_bytes: usize,
}

impl Conduct {
    /// The score now.
    fn score(&self, now: Instant) -> i32 {
        let recovered = i32::try_from(now.duration_since(self.lowered).as_secs()).unwrap_or(i32::MAX);
        self.score.saturating_add(recovered).min(0)
    }
}

/// Whether a message to this node is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Admission {
    /// It is, and [`MessageHandler::answered`] must be called when that is over.
    Admitted,
    /// The peer asks more often than it may.
    TooOften,
    /// Too much is being answered already; nobody is to blame.
    Busy,
}

/// Counts and judges what peers send.
pub(crate) struct MessageHandler {
    /// The configuration.
    config: Config,
    /// Conduct by peer.
    peers: BTreeMap<NodeId, Conduct>,
    /// How many messages are being answered, by their weight.
    answers: usize,
    /// How many bytes of answers have not been read yet.
    unread_bytes: usize,
}

impl MessageHandler {
    /// Nothing has been sent yet.
    pub(crate) fn new(config: Config) -> Self {
        Self { config, peers: BTreeMap::new(), answers: 0, unread_bytes: 0 }
    }

    /// Whether a message of a peer to this node is answered.
    pub(crate) fn admit_request(&mut self, node: NodeId, weight: usize, now: Instant) -> Admission {
        let is_busy = self.answers.saturating_add(weight) > ANSWERS_MAX;
        let conduct = self.conduct(node, now);
        if !conduct.requests.take(now) {
            return Admission::TooOften;
        }
        if is_busy || conduct.answers.saturating_add(weight) > ANSWERS_PER_PEER_MAX {
            return Admission::Busy;
        }
        conduct.answers += weight;
        self.answers += weight;
        Admission::Admitted
    }

    /// Whether an answer of so many bytes may be written to a peer now; if so, it counts until it is read.
    pub(crate) fn admit_answer(&mut self, node: NodeId, bytes: usize, now: Instant) -> bool {
        let all = self.unread_bytes.saturating_add(bytes);
        let conduct = self.conduct(node, now);
        let of_peer = conduct.unread_bytes.saturating_add(bytes);
        let is_admitted = of_peer <= UNREAD_PER_PEER_BYTES_MAX && all <= UNREAD_BYTES_MAX;
        if is_admitted {
            conduct.unread_bytes = of_peer;
            self.unread_bytes = all;
        }
        is_admitted
    }

    /// Whether a peer may say hello now; that counts as a message, and is answered at once.
    pub(crate) fn admit_greeting(&mut self, node: NodeId, now: Instant) -> bool {
        self.conduct(node, now).requests.take(now)
    }

    /// Whether a peer is told now which nodes this one knows; to ask too often is no offence.
    pub(crate) fn admit_nodes(&mut self, node: NodeId, now: Instant) -> bool {
        self.conduct(node, now).nodes.take(now)
    }

    /// Takes note that an admitted message is done with, and so many bytes of its answer.
    pub(crate) fn answered(&mut self, node: &NodeId, weight: usize, bytes: usize) {
        self.answers = self.answers.saturating_sub(weight);
        self.unread_bytes = self.unread_bytes.saturating_sub(bytes);
        if let Some(conduct) = self.peers.get_mut(node) {
            conduct.answers = conduct.answers.saturating_sub(weight);
            conduct.unread_bytes = conduct.unread_bytes.saturating_sub(bytes);
        }
    }

    /// Whether a peer may pass on another message now.
    pub(crate) fn admit_gossip(&mut self, node: NodeId, now: Instant) -> bool {
        self.conduct(node, now).gossip.take(now)
    }

    /// Whether a peer may pass on so many transactions now in one message, which was counted already: each counts as a
    /// message of its own.
    pub(crate) fn admit_transfers(&mut self, node: NodeId, count: usize, now: Instant) -> bool {
        let further = u32::try_from(count.saturating_sub(1)).unwrap_or(u32::MAX);
        self.conduct(node, now).gossip.take_many(further, now)
    }

    /// Lowers a peer's score, and returns what it is then.
    pub(crate) fn blame(&mut self, node: NodeId, offence: Offence, now: Instant) -> i32 {
        let conduct = self.conduct(node, now);
        conduct.score = conduct.score(now).saturating_sub(offence.penalty());
        conduct.lowered = now;
        conduct.score
    }

    /// A peer's score.
    pub(crate) fn score(&self, node: &NodeId, now: Instant) -> i32 {
        self.peers.get(node).map_or(0, |conduct| conduct.score(now))
    }

    /// Begins anew with a peer whose ban ends.
    pub(crate) fn forgive(&mut self, node: &NodeId) {
        if let Some(conduct) = self.peers.get_mut(node) {
            conduct.score = 0;
        }
    }

    /// The conduct of a peer.
    fn conduct(&mut self, node: NodeId, now: Instant) -> &mut Conduct {
        if self.peers.len() >= PEERS_MAX && !self.peers.contains_key(&node) {
            let idle = self.peers.iter().filter(|(_, conduct)| conduct.answers == 0);
            let best = idle.max_by_key(|(_, conduct)| conduct.score(now)).map(|(best, _)| *best);
            best.map(|best| self.peers.remove(&best));
        }
        let bucket = |per_second: u32| Bucket::new(per_second, per_second.saturating_mul(4), now);
        let (requests, gossip) = (self.config.requests_per_second, self.config.gossip_per_second);
        self.peers.entry(node).or_insert_with(|| Conduct {
            requests: bucket(requests),
            gossip: bucket(gossip),
            nodes: Bucket::over(NODES_INTERVAL, NODES_BURST, now),
            score: 0,
            lowered: now,
            answers: 0,
            unread_bytes: 0,
        })
    }
}

/// How much a message counts among those that are being answered.
pub(crate) const fn weight_of(message: &NetworkMessage) -> usize {
    match message {
        NetworkMessage::GetBlocks(_) | NetworkMessage::GetSnapshot | NetworkMessage::GetSnapshotChunk(_) => {
            WEIGHT_OF_LARGE
        }
        NetworkMessage::GetBalance(_)
        | NetworkMessage::Transfer(_)
        | NetworkMessage::Transfers(_)
        | NetworkMessage::NodeState(_)
        | NetworkMessage::DiscoverNodes(_)
        | NetworkMessage::NodeList(_)
        | NetworkMessage::Consensus(_)
        | NetworkMessage::Response(_) => 1,
    }
}

#[cfg(test)]
mod tests;
