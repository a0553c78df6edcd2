//! All nodes of a simulated network, their links, and what is on its way.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::RangeInclusive,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use faic_core::{Domain, Hash, SecretKey};
use tokio::{sync::mpsc, time::sleep};

use super::SimulatedNetwork;
use crate::{
    Inbox, NetworkMessage, NodeAddress, NodeId, NodeInfo, NodeState, PeerEvent, SignedNodeState, Verdict,
    message::NODES_MAX, message_handler::CONSENSUS_QUEUE_MAX,
};

/// How far a score falls with each message that is rejected.
const PENALTY: i32 = 20;

/// What links do to messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conditions {
    /// How many of a thousand messages are lost.
    pub loss_permille: u16,
    /// The least and the longest time that a message takes, each as likely as any between.
    pub delay: RangeInclusive<Duration>,
}

impl Default for Conditions {
    /// Nothing is lost, and every message takes a millisecond.
    fn default() -> Self {
        Self { loss_permille: 0, delay: Duration::from_millis(1)..=Duration::from_millis(1) }
    }
}

/// A node.
struct Member {
    /// Its key.
    key: SecretKey,
    /// The node above.
    inbox: Arc<dyn Inbox>,
    /// Its peers.
    links: BTreeSet<NodeId>,
    /// What it has heard of others.
    heard: BTreeMap<NodeId, NodeState>,
    /// Its peers' scores.
    scores: BTreeMap<NodeId, i32>,
    /// The gossiped messages that it has seen.
    seen: BTreeSet<Hash>,
    /// Whether it listens to the consensus.
    takes_part: bool,
    /// The side of the partition that it is on.
    side: usize,
    /// How many states it has signed.
    signed: u64,
    /// Messages of the consensus that wait for their verdict.
    consensus: mpsc::Sender<(NodeId, NetworkMessage)>,
}

/// All nodes and the randomness.
struct World {
    /// The state of the generator.
    random: u64,
    /// What links do to messages.
    conditions: Conditions,
    /// The nodes.
    members: BTreeMap<NodeId, Member>,
}

/// All nodes of a simulated network; clones share it.
#[derive(Clone)]
pub struct SimulatedHub(Arc<Mutex<World>>);

impl SimulatedHub {
    /// A network without nodes; the same seed and the same calls lead to the same events.
    pub fn new(seed: u64, conditions: Conditions) -> Self {
        Self(Arc::new(Mutex::new(World { random: seed, conditions, members: BTreeMap::new() })))
    }

    /// Adds a node with no peers, in place of one with the same key.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn join(&self, key: SecretKey, inbox: Arc<dyn Inbox>) -> SimulatedNetwork {
        let id = NodeId::new(key.public_key());
        self.leave(&id);
        let (consensus, queue) = mpsc::channel(CONSENSUS_QUEUE_MAX);
        let member = Member {
            key,
            inbox,
            links: BTreeSet::new(),
            heard: BTreeMap::new(),
            scores: BTreeMap::new(),
            seen: BTreeSet::new(),
            takes_part: false,
            side: 0,
            signed: 0,
            consensus,
        };
        self.world().members.insert(id, member);
        tokio::spawn(self.clone().judge_in_order(id, queue));
        SimulatedNetwork { hub: self.clone(), id }
    }

    /// Removes a node at once, as a crash does; its peers are told.
    pub fn leave(&self, node: &NodeId) {
        for peer in self.links(node).unwrap_or_default() {
            self.unlink(*node, peer);
        }
        self.world().members.remove(node);
    }

    /// Connects every node with every other.
    pub fn link_all(&self) {
        let nodes: Vec<NodeId> = self.world().members.keys().copied().collect();
        for (place, node) in nodes.iter().enumerate() {
            for other in nodes.iter().skip(place + 1) {
                self.link(*node, *other);
            }
        }
    }

    /// Changes what links do to messages from now on.
    pub fn set_conditions(&self, conditions: Conditions) {
        self.world().conditions = conditions;
    }

    /// Loses every message between nodes of different groups from now on; nodes of no group are together.
    pub fn partition(&self, groups: &[&[NodeId]]) {
        for (id, member) in &mut self.world().members {
            member.side = groups.iter().position(|group| group.contains(id)).map_or(0, |place| place + 1);
        }
    }

    /// Ends the partition.
    pub fn heal(&self) {
        self.partition(&[]);
    }

    /// The world; one that a panic left behind is as good as any, because every change is one step.
    fn world(&self) -> MutexGuard<'_, World> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How long a message takes from one node to another; `None` when it is lost.
    pub(super) fn draw(&self, from: &NodeId, to: &NodeId) -> Option<Duration> {
        let mut world = self.world();
        let (lot, delay) = (world.next() % 1000, world.next());
        let side = |node: &NodeId| world.members.get(node).map(|member| member.side);
        if side(from).is_none() || side(from) != side(to) || lot < u64::from(world.conditions.loss_permille) {
            return None;
        }
        let (least, longest) = (*world.conditions.delay.start(), *world.conditions.delay.end());
        let width = u64::try_from(longest.saturating_sub(least).as_micros()).unwrap_or(u64::MAX);
        Some(least + Duration::from_micros(delay % width.saturating_add(1)))
    }

    /// The peers of a node.
    pub(super) fn links(&self, node: &NodeId) -> Option<Vec<NodeId>> {
        self.world().members.get(node).map(|member| member.links.iter().copied().collect())
    }

    /// Whether two nodes are peers.
    pub(super) fn are_linked(&self, node: &NodeId, other: &NodeId) -> bool {
        self.world().members.get(node).is_some_and(|member| member.links.contains(other))
    }

    /// All other nodes.
    pub(super) fn others(&self, node: &NodeId) -> Vec<NodeInfo> {
        let world = self.world();
        let heard = world.members.get(node).map(|member| &member.heard);
        let others = world.members.keys().filter(|id| *id != node).take(NODES_MAX);
        let info = |id: &NodeId| NodeInfo {
            id: *id,
            addresses: vec![address_of(id)],
            state: heard.and_then(|heard| heard.get(id).cloned()),
        };
        others.map(info).collect()
    }

    /// What a node has heard of another.
    pub(super) fn heard(&self, node: &NodeId, other: &NodeId) -> Option<NodeState> {
        self.world().members.get(node)?.heard.get(other).cloned()
    }

    /// The score that a node gives another.
    pub(super) fn score(&self, node: &NodeId, other: &NodeId) -> i32 {
        let world = self.world();
        world.members.get(node).and_then(|member| member.scores.get(other)).copied().unwrap_or_default()
    }

    /// Has a node listen to the consensus, or no longer.
    pub(super) fn take_part(&self, node: &NodeId, takes_part: bool) {
        if let Some(member) = self.world().members.get_mut(node) {
            member.takes_part = takes_part;
        }
    }

    /// A node's own word about itself.
    pub(super) fn signed_state(&self, node: &NodeId) -> Option<SignedNodeState> {
        let state = self.inbox(node)?.state();
        let mut world = self.world();
        let member = world.members.get_mut(node)?;
        member.signed += 1;
        Some(SignedNodeState::sign(&member.key, member.signed, state))
    }

    /// The node above.
    fn inbox(&self, node: &NodeId) -> Option<Arc<dyn Inbox>> {
        self.world().members.get(node).map(|member| Arc::clone(&member.inbox))
    }

    /// Makes two nodes peers; whether both are there and can reach each other.
    pub(super) fn link(&self, node: NodeId, other: NodeId) -> bool {
        let (Some(one), Some(two)) = (self.inbox(&node), self.inbox(&other)) else { return false };
        let states = [(node, other, two.state(), one), (other, node, self.state_of(&node), two)];
        if node == other {
            return false;
        }
        for (id, peer, state, inbox) in states {
            let is_new = self.world().members.get_mut(&id).is_some_and(|member| {
                member.heard.insert(peer, state.clone());
                member.links.insert(peer)
            });
            if is_new {
                inbox.peer_changed(PeerEvent::Connected(peer, state));
            }
        }
        true
    }

    /// What a node says about itself now.
    ///
    /// # Panics
    /// When it is not there.
    fn state_of(&self, node: &NodeId) -> NodeState {
        self.inbox(node).expect("the caller has found the node before").state()
    }

    /// Parts two nodes; whether they were peers.
    pub(super) fn unlink(&self, node: NodeId, other: NodeId) -> bool {
        let mut were_linked = false;
        for (id, peer) in [(node, other), (other, node)] {
            let removed = self.world().members.get_mut(&id).is_some_and(|member| member.links.remove(&peer));
            if let (true, Some(inbox)) = (removed, self.inbox(&id)) {
                were_linked = true;
                inbox.peer_changed(PeerEvent::Disconnected(peer));
            }
        }
        were_linked
    }

    /// Takes note of what a peer says about itself.
    pub(super) fn hear(&self, node: NodeId, peer: NodeId, state: NodeState) {
        let Some(inbox) = self.inbox(&node) else { return };
        let before = self.world().members.get_mut(&node).and_then(|member| member.heard.insert(peer, state.clone()));
        if before.as_ref() != Some(&state) {
            inbox.peer_changed(PeerEvent::StateChanged(peer, state));
        }
    }

    /// Tells a node's state to its peers.
    pub(super) fn announce(&self, node: NodeId) {
        for peer in self.links(&node).unwrap_or_default() {
            let (Some(delay), Some(state)) = (self.draw(&node, &peer), self.inbox(&node).map(|inbox| inbox.state()))
            else {
                continue;
            };
            let hub = self.clone();
            tokio::spawn(async move {
                sleep(delay).await;
                hub.hear(peer, node, state);
            });
        }
    }

    /// Has a node answer a message of a peer; `None` when it is gone.
    pub(super) async fn answer(&self, from: NodeId, node: NodeId, message: NetworkMessage) -> Option<NetworkMessage> {
        match message {
            NetworkMessage::NodeState(signed) => {
                self.hear(node, from, signed.state);
                self.signed_state(&node).map(NetworkMessage::NodeState)
            }
            NetworkMessage::DiscoverNodes(request) => {
                let mut others = self.others(&node);
                others.truncate(usize::from(request.count_max));
                Some(NetworkMessage::NodeList(others))
            }
            NetworkMessage::GetBalance(_)
            | NetworkMessage::Transfer(_)
            | NetworkMessage::Transfers(_)
            | NetworkMessage::GetBlocks(_)
            | NetworkMessage::Consensus(_)
            | NetworkMessage::NodeList(_)
            | NetworkMessage::Response(_)
            | NetworkMessage::GetSnapshot
            | NetworkMessage::GetSnapshotChunk(_) => {
                let inbox = self.inbox(&node)?;
                Some(inbox.answer(from, message).await)
            }
        }
    }

    /// Gossips a message of a node, unless it has seen it.
    pub(super) fn publish(&self, node: NodeId, message: NetworkMessage) {
        if self.see(&node, &message) {
            self.pass_on(node, None, message);
        }
    }

    /// Takes note of a gossiped message; whether it is new to the node.
    fn see(&self, node: &NodeId, message: &NetworkMessage) -> bool {
        let id = Domain::GossipId.hash(&[&message.to_bytes()]);
        self.world().members.get_mut(node).is_some_and(|member| member.seen.insert(id))
    }

    /// Sends a message to a node's peers that listen to its kind, but the one that it came from.
    fn pass_on(&self, node: NodeId, from: Option<NodeId>, message: NetworkMessage) {
        let is_consensus = matches!(message, NetworkMessage::Consensus(_));
        for peer in self.links(&node).unwrap_or_default() {
            let listens = self.world().members.get(&peer).is_some_and(|member| !is_consensus || member.takes_part);
            if Some(peer) == from || !listens {
                continue;
            }
            let Some(delay) = self.draw(&node, &peer) else { continue };
            let (hub, message) = (self.clone(), message.clone());
            tokio::spawn(async move {
                sleep(delay).await;
                hub.arrive(node, peer, message).await;
            });
        }
    }

    /// Has a node judge a message that has arrived, in order if it is of the consensus.
    async fn arrive(&self, from: NodeId, node: NodeId, message: NetworkMessage) {
        if !self.see(&node, &message) {
            return;
        }
        if matches!(message, NetworkMessage::Consensus(_)) {
            let queue = self.world().members.get(&node).map(|member| member.consensus.clone());
            // What does not fit is lost, as it is in a real network.
            queue.map(|queue| queue.try_send((from, message)).ok());
        } else {
            self.judge(from, node, message).await;
        }
    }

    /// Has the messages of the consensus judged one after the other, until the node is gone.
    async fn judge_in_order(self, node: NodeId, mut queue: mpsc::Receiver<(NodeId, NetworkMessage)>) {
        while let Some((from, message)) = queue.recv().await {
            self.judge(from, node, message).await;
        }
    }

    /// Has a node judge a message, and passes it on, drops it, or lowers the score of who sent it.
    async fn judge(&self, from: NodeId, node: NodeId, message: NetworkMessage) {
        let Some(inbox) = self.inbox(&node) else { return };
        match inbox.receive(from, message.clone()).await {
            Verdict::Accept => self.pass_on(node, Some(from), message),
            Verdict::Ignore => {}
            Verdict::Reject { .. } => {
                if let Some(member) = self.world().members.get_mut(&node) {
                    let score = member.scores.entry(from).or_default();
                    *score = score.saturating_sub(PENALTY);
                }
            }
        }
    }
}

impl World {
    /// The next random number (SplitMix64: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014).
    fn next(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.random;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

/// Where a simulated node is: a port of memory that is a function of its id, and the id.
pub(super) fn address_of(node: &NodeId) -> NodeAddress {
    let port = node.key().as_bytes().iter().take(7).fold(0_u64, |port, byte| (port << 8) | u64::from(*byte));
    let address: NodeAddress = format!("/memory/{}", port | 1).parse().expect("the text is a multiaddress");
    address.with_node(node)
}
