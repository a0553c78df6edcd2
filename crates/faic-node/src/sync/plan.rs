//! Which peer is asked for which blocks, and what has come: the part of the synchronisation that is a function of its
//! arguments.
//!
//! Blocks are asked for in ranges, one range of one peer at a time. What has come waits until its turn in the order of
//! heights. A peer is asked for nothing above the height that it told, not for a while after it failed, and not for long
//! after it gave a bad block; one that keeps failing does not count for a while, so that nobody waits for blocks that
//! nobody gives. The invariant: at most [`RANGES_MAX`] ranges, and the next one, are asked for or kept.

use std::{collections::BTreeMap, time::Duration};

use faic_core::Height;
use faic_network::NodeId;
use tokio::time::Instant;

/// The most blocks that are asked for at once.
pub(super) const RANGE_BLOCKS_MAX: u32 = 64;
/// The most ranges that are asked for or kept.
pub(super) const RANGES_MAX: usize = 4;
/// How long a peer that failed is not asked.
pub(super) const ASIDE: Duration = Duration::from_secs(2);
/// How long a peer that gave a bad block is not asked.
pub(super) const DISTRUST: Duration = Duration::from_secs(600);
/// How often in a row a peer may not have what it said it has.
const EMPTY_MAX: u32 = 3;
/// How often in a row a peer may give no answer.
const FAILED_MAX: u32 = 5;
/// How long a peer that gave no answer so often counts for nothing; then it is asked again.
pub(super) const PASSED_OVER: Duration = Duration::from_secs(60);
/// The most peers that are remembered; those that are gone give way.
const PEERS_MAX: usize = 1024;

/// What a peer is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Request {
    /// The peer.
    pub(super) peer: NodeId,
    /// The height of the first block.
    pub(super) from: Height,
    /// How many blocks.
    pub(super) count: u32,
}

/// Blocks that may be committed next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Batch {
    /// Who gave them.
    pub(super) peer: NodeId,
    /// Their bytes, ascending from the height after the tip.
    pub(super) blocks: Vec<Vec<u8>>,
}

/// Some heights in a row.
#[derive(Debug)]
enum Range {
    /// Somebody was asked for so many.
    Asked(u32),
    /// They have come.
    Here(Batch),
}

impl Range {
    /// How many heights there are.
    fn len(&self) -> u64 {
        match self {
            Self::Asked(count) => u64::from(*count),
            Self::Here(batch) => batch.blocks.len() as u64,
        }
    }
}

/// What is known of a peer.
#[derive(Debug, Default)]
struct Peer {
    /// The height that it told last; `None` when it is gone.
    told: Option<Height>,
    /// The height up to which it is believed to have blocks.
    height: Height,
    /// Whether it is being asked.
    busy: bool,
    /// How often in a row it did not have what it told.
    empty: u32,
    /// How often in a row it gave no answer.
    failed: u32,
    /// Until when it is not asked.
    aside_until: Option<Instant>,
    /// Until when nothing that it tells counts.
    distrusted_until: Option<Instant>,
}

impl Peer {
    /// Whether what it tells counts.
    fn is_trusted(&self, now: Instant) -> bool {
        self.told.is_some() && self.distrusted_until.is_none_or(|until| until <= now)
    }

    /// Whether it may be asked.
    fn is_idle(&self, now: Instant) -> bool {
        !self.busy && self.aside_until.is_none_or(|until| until <= now) && self.is_trusted(now)
    }

    /// Whether there is a reason to remember it.
    fn is_remembered(&self, now: Instant) -> bool {
        let holds = |until: Option<Instant>| until.is_some_and(|until| until > now);
        self.told.is_some() || self.busy || holds(self.aside_until) || holds(self.distrusted_until)
    }
}

/// The plan.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// The peers.
    peers: BTreeMap<NodeId, Peer>,
    /// What was asked for and what has come, by the height of the first block.
    ranges: BTreeMap<Height, Range>,
}

impl Plan {
    /// Takes note of the peers and the heights that they told.
    pub(super) fn hear(&mut self, heads: &BTreeMap<NodeId, Height>, now: Instant) {
        for (id, peer) in &mut self.peers {
            if !heads.contains_key(id) {
                peer.told = None;
            }
        }
        for (id, height) in heads {
            let peer = self.peers.entry(*id).or_default();
            if peer.told != Some(*height) {
                peer.told = Some(*height);
                peer.height = *height;
            }
        }
        let crowded = self.peers.len() > PEERS_MAX;
        self.peers.retain(|_, peer| peer.is_remembered(now) && (!crowded || peer.told.is_some() || peer.busy));
    }

    /// The highest block that a trusted peer is believed to have.
    pub(super) fn target(&self, now: Instant) -> Height {
        let trusted = self.peers.values().filter(|peer| peer.is_trusted(now));
        trusted.map(|peer| peer.height).max().unwrap_or_default()
    }

    /// When a peer that tells of more blocks than this counts again; `None` where none will.
    pub(super) fn due(&self, height: Height, now: Instant) -> Option<Instant> {
        let ahead = self.peers.values().filter(|peer| peer.told.is_some_and(|told| told > height));
        ahead.filter_map(|peer| peer.distrusted_until).filter(|until| *until > now).min()
    }

    /// The trusted peers that are believed to have more blocks than this.
    pub(super) fn ahead_of(&self, height: Height, now: Instant) -> Vec<NodeId> {
        let ahead = |peer: &Peer| peer.is_trusted(now) && peer.height > height;
        self.peers.iter().filter(|(_, peer)| ahead(peer)).map(|(id, _)| *id).collect()
    }

    /// Decides what to ask for now; whoever is named is busy until [`Plan::came`] or [`Plan::failed`].
    pub(super) fn ask(&mut self, tip: Height, now: Instant) -> Vec<Request> {
        self.ranges.retain(|from, range| match range {
            Range::Asked(_) => true,
            Range::Here(_) => from.saturating_add(range.len()) > tip.saturating_add(1),
        });
        let mut requests = Vec::new();
        while let Some(request) = self.next_request(tip, now) {
            self.ranges.insert(request.from, Range::Asked(request.count));
            if let Some(peer) = self.peers.get_mut(&request.peer) {
                peer.busy = true;
            }
            requests.push(request);
        }
        requests
    }

    /// The first heights that nobody was asked for, and who may be.
    fn next_request(&self, tip: Height, now: Instant) -> Option<Request> {
        let next = tip.saturating_add(1);
        let (from, end) = self.first_gap(next);
        if self.ranges.len() >= RANGES_MAX && from != next {
            return None;
        }
        let has = |peer: &Peer| peer.is_idle(now) && peer.height >= from;
        // The one with the lowest head that has the first block leaves those that are further ahead for later blocks.
        let (id, peer) = self.peers.iter().filter(|(_, peer)| has(peer)).min_by_key(|(_, peer)| peer.height)?;
        let last = peer.height.min(end.saturating_sub(1));
        let count = last.saturating_sub(from).saturating_add(1).min(u64::from(RANGE_BLOCKS_MAX));
        Some(Request { peer: *id, from, count: u32::try_from(count).unwrap_or(RANGE_BLOCKS_MAX) })
    }

    /// The first height from `next` on that is in no range, and the first after it that is in one again.
    fn first_gap(&self, next: Height) -> (Height, Height) {
        let mut from = next;
        for (begin, range) in &self.ranges {
            if *begin > from {
                return (from, *begin);
            }
            from = from.max(begin.saturating_add(range.len()));
        }
        (from, Height::MAX)
    }

    /// Takes in an answer; `false` when the peer gave more than it was asked for, or too often nothing.
    pub(super) fn came(&mut self, request: Request, blocks: Vec<Vec<u8>>, now: Instant) -> bool {
        let asked_for = usize::try_from(request.count).unwrap_or(usize::MAX);
        self.ranges.remove(&request.from);
        let Some(peer) = self.peers.get_mut(&request.peer) else { return true };
        peer.busy = false;
        if blocks.len() > asked_for {
            return false;
        }
        if blocks.is_empty() {
            peer.empty = peer.empty.saturating_add(1);
            peer.height = peer.height.min(request.from.saturating_sub(1));
            peer.aside_until = Some(now + ASIDE);
            return peer.empty < EMPTY_MAX;
        }
        (peer.empty, peer.failed) = (0, 0);
        self.ranges.insert(request.from, Range::Here(Batch { peer: request.peer, blocks }));
        true
    }

    /// Takes note that a peer gave no answer; somebody else is asked. Whether it did so too often, so that for a while
    /// what it tells counts for nothing.
    pub(super) fn failed(&mut self, request: Request, now: Instant) -> bool {
        self.unasked(request, now);
        let Some(peer) = self.peers.get_mut(&request.peer) else { return false };
        peer.failed = peer.failed.saturating_add(1);
        let is_passed_over = peer.failed >= FAILED_MAX;
        if is_passed_over {
            peer.distrusted_until = peer.distrusted_until.max(Some(now + PASSED_OVER));
        }
        is_passed_over
    }

    /// Takes note that a peer could not be asked, which is not its fault.
    pub(super) fn unasked(&mut self, request: Request, now: Instant) {
        self.ranges.remove(&request.from);
        if let Some(peer) = self.peers.get_mut(&request.peer) {
            peer.busy = false;
            peer.aside_until = Some(now + ASIDE);
        }
    }

    /// Believes a peer nothing for long, and forgets what it gave.
    pub(super) fn distrust(&mut self, id: NodeId, now: Instant) {
        if let Some(peer) = self.peers.get_mut(&id) {
            peer.distrusted_until = Some(now + DISTRUST);
        }
        self.ranges.retain(|_, range| !matches!(range, Range::Here(batch) if batch.peer == id));
    }

    /// The blocks that come after the tip, if they are here.
    pub(super) fn take(&mut self, tip: Height) -> Option<Batch> {
        let next = tip.saturating_add(1);
        let covers = |(from, range): (&Height, &Range)| {
            let here = matches!(range, Range::Here(_));
            (here && *from <= next && from.saturating_add(range.len()) > next).then_some(*from)
        };
        let from = self.ranges.iter().find_map(covers)?;
        let Some(Range::Here(mut batch)) = self.ranges.remove(&from) else { return None };
        let known = usize::try_from(next.saturating_sub(from)).unwrap_or(usize::MAX).min(batch.blocks.len());
        batch.blocks.drain(..known);
        Some(batch)
    }
}

#[cfg(test)]
mod tests;
