//! Connections: which there are, which there should be, and when to dial.
//!
//! It plans and remembers; the task of the network dials and closes. A peer goes through three stages: it is greeted, it
//! is ready, it leaves. Only a ready peer is told of or listened to.

mod address_book;
mod backoff;
mod bans;
mod gate;
mod remembered;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    path::PathBuf,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use libp2p::swarm::ConnectionId;
use tokio::time::Instant;
use tracing::{debug, field, warn};

use self::{address_book::AddressBook, backoff::Backoff, remembered::Remembered};
pub(crate) use self::{
    bans::Ban,
    gate::{Denial, Gate, PER_NODE_MAX},
};
use crate::{Config, Direction, NodeAddress, NodeId};

/// The most addresses that are redialled for ever.
const WANTED_MAX: usize = 64;
/// The most dials at a time.
const DIALS_MAX: usize = 16;
/// The most nodes that an operator disconnected and that are not dialled again.
const DROPPED_MAX: usize = 1024;
/// How often the peers are written to disk, if they changed.
const SAVE_INTERVAL: Duration = Duration::from_secs(30);
/// How long the other side may take to read why it is refused.
pub(crate) const LEAVE_WAIT_MAX: Duration = Duration::from_secs(2);

/// One connection with a peer.
#[derive(Debug, Clone)]
pub(crate) struct Link {
    /// What libp2p calls it.
    pub(crate) connection: ConnectionId,
    /// Who opened it.
    pub(crate) direction: Direction,
    /// The other end.
    pub(crate) address: NodeAddress,
}

/// How far a peer has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Connected, and must have said hello by then.
    Greeting(Instant),
    /// Both have said hello and may talk.
    Ready,
    /// Refused, and disconnected then at the latest.
    Leaving(Instant),
}

/// A connected peer.
#[derive(Debug)]
pub(crate) struct Peer {
    /// The connections, the oldest first; never none.
    pub(crate) links: Vec<Link>,
    /// How far it has come.
    pub(crate) stage: Stage,
    /// Since when it is connected.
    pub(crate) since: Instant,
    /// When it last said anything.
    pub(crate) heard: Instant,
    /// How long the last ping took.
    pub(crate) round_trip: Option<Duration>,
    /// Where it says that it listens.
    pub(crate) listens: Vec<NodeAddress>,
    /// Whether the node above was told of it.
    pub(crate) was_ready: bool,
}

/// A dial that is planned or under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Dial {
    /// The node that must answer, if it is known.
    pub(crate) node: Option<NodeId>,
    /// Where it may be.
    pub(crate) addresses: Vec<NodeAddress>,
    /// The wanted address that the dial is for, if it is for one.
    pub(crate) wanted: Option<NodeAddress>,
}

/// An address that is redialled for ever.
#[derive(Debug)]
struct Wanted {
    /// The address, with the node's id if it must be that one.
    address: NodeAddress,
    /// The node that answered there last.
    met: Option<NodeId>,
    /// Whether the log says that it cannot be reached, since it was reached last.
    is_missed: bool,
}

/// Knows the connections, and which should be dialled.
pub(crate) struct ConnectionManager {
    /// The configuration.
    config: Config,
    /// This node, which is never dialled.
    own: NodeId,
    /// The connected peers.
    peers: BTreeMap<NodeId, Peer>,
    /// The nodes that are known.
    pub(crate) book: AddressBook,
    /// The addresses that are redialled for ever.
    wanted: Vec<Wanted>,
    /// Nodes that an operator disconnected.
    dropped: BTreeSet<NodeId>,
    /// Waits between dials of nodes.
    node_backoff: Backoff<NodeId>,
    /// Waits between dials of wanted addresses.
    address_backoff: Backoff<NodeAddress>,
    /// Dials under way.
    dials: HashMap<ConnectionId, Dial>,
    /// Where the peers are remembered.
    folder: Option<PathBuf>,
    /// When the peers are written next, if they changed.
    save_at: Option<Instant>,
}

impl ConnectionManager {
    /// Knows the bootstrap nodes and those that are remembered in the folder.
    pub(crate) fn new(config: Config, own: NodeId, folder: Option<PathBuf>) -> Self {
        let (min, max) = (config.dial_backoff_min, config.dial_backoff_max);
        let mut manager = Self {
            wanted: Vec::new(),
            own,
            peers: BTreeMap::new(),
            book: AddressBook::default(),
            dropped: BTreeSet::new(),
            node_backoff: Backoff::new(min, max),
            address_backoff: Backoff::new(min, max),
            dials: HashMap::new(),
            folder,
            save_at: None,
            config,
        };
        for address in manager.config.bootstrap.clone() {
            manager.want(address, None);
        }
        manager.remember();
        manager
    }

    /// Reads the remembered peers.
    fn remember(&mut self) {
        let Some(folder) = &self.folder else { return };
        match remembered::load(folder) {
            Ok(peers) => {
                for peer in peers.into_iter().filter(|peer| peer.id != self.own) {
                    self.book.learn(peer.id, &peer.addresses);
                    self.book.see(peer.id, peer.seen);
                }
            }
            Err(error) => {
                warn!(%error, source = std::error::Error::source(&error).map(field::display), "peers.unreadable")
            }
        }
    }

    /// Writes the peers to disk if they changed and it is time, or at once at the end.
    pub(crate) fn save(&mut self, is_due: impl FnOnce(Instant) -> bool) {
        let (Some(folder), Some(_)) = (&self.folder, self.save_at.filter(|at| is_due(*at))) else { return };
        let now = unix_time();
        for (id, _) in self.peers.iter().filter(|(_, peer)| peer.stage == Stage::Ready) {
            self.book.see(*id, now);
        }
        let seen = self.book.seen().into_iter().take(remembered::PEERS_MAX);
        let peers = seen.map(|(id, seen, addresses)| Remembered { id, addresses: addresses.to_vec(), seen }).collect();
        if let Err(error) = remembered::save(folder, peers) {
            warn!(%error, source = std::error::Error::source(&error).map(field::display), "peers.unwritable");
        }
        self.save_at = None;
    }

    /// Redials an address for ever from now on, where a node was met perhaps, if there is room for it.
    pub(crate) fn want(&mut self, address: NodeAddress, met: Option<NodeId>) {
        for node in address.node().into_iter().chain(met) {
            self.dropped.remove(&node);
        }
        if let Some(wanted) = self.wanted.iter_mut().find(|wanted| wanted.address == address) {
            wanted.met = met.or(wanted.met);
        } else if self.wanted.len() < WANTED_MAX {
            self.wanted.push(Wanted { address, met, is_missed: false });
        } else {
            warn!(%address, redialled = WANTED_MAX, "peer.not_redialled");
        }
    }

    /// Redials a node no more, nor the addresses at which it was met.
    pub(crate) fn drop_wish(&mut self, node: &NodeId) {
        self.wanted.retain(|wanted| wanted.met != Some(*node) && wanted.address.node() != Some(*node));
        if self.dropped.len() >= DROPPED_MAX {
            self.dropped.pop_first();
        }
        self.dropped.insert(*node);
    }

    /// A connected peer.
    pub(crate) fn peer(&self, node: &NodeId) -> Option<&Peer> {
        self.peers.get(node)
    }

    /// A connected peer, to be changed.
    pub(crate) fn peer_mut(&mut self, node: &NodeId) -> Option<&mut Peer> {
        self.peers.get_mut(node)
    }

    /// All connected peers.
    pub(crate) fn peers(&self) -> impl Iterator<Item = (&NodeId, &Peer)> {
        self.peers.iter()
    }

    /// The peers that may be talked to.
    pub(crate) fn ready(&self) -> impl Iterator<Item = &NodeId> {
        self.peers.iter().filter(|(_, peer)| peer.stage == Stage::Ready).map(|(id, _)| id)
    }

    /// Whether a node is connected and may be talked to.
    pub(crate) fn is_ready(&self, node: &NodeId) -> bool {
        self.peers.get(node).is_some_and(|peer| peer.stage == Stage::Ready)
    }

    /// The node that may be talked to over a connection with just this address, whatever id the address names.
    pub(crate) fn ready_at(&self, address: &NodeAddress) -> Option<NodeId> {
        let place = address.without_node();
        let is_there = |peer: &Peer| peer.links.iter().any(|link| link.address.without_node() == place);
        self.peers.iter().find(|(_, peer)| peer.stage == Stage::Ready && is_there(peer)).map(|(node, _)| *node)
    }

    /// Takes note of a new connection, and returns the dial that made it.
    pub(crate) fn connected(&mut self, node: NodeId, link: Link, now: Instant) -> Option<Dial> {
        let dial = self.dials.remove(&link.connection);
        if link.direction == Direction::Outbound {
            self.book.confirm(node, &link.address);
        }
        self.meet(dial.as_ref(), node);
        let deadline = now + self.config.ping_timeout;
        let peer = self.peers.entry(node).or_insert_with(|| Peer {
            links: Vec::new(),
            stage: Stage::Greeting(deadline),
            since: now,
            heard: now,
            round_trip: None,
            listens: Vec::new(),
            was_ready: false,
        });
        peer.links.push(link);
        dial
    }

    /// Takes note that a dial led to a node with which there are connections enough, so that it made none.
    pub(crate) fn met_again(&mut self, connection: ConnectionId, node: NodeId) {
        let dial = self.dials.remove(&connection);
        self.meet(dial.as_ref(), node);
    }

    /// Takes note that a node answers at the wanted address that a dial was for.
    fn meet(&mut self, dial: Option<&Dial>, node: NodeId) {
        let Some(address) = dial.and_then(|dial| dial.wanted.as_ref()) else { return };
        let is_ready = self.is_ready(&node);
        for wanted in self.wanted.iter_mut().filter(|wanted| wanted.address == *address) {
            wanted.met = Some(node);
            if is_ready {
                wanted.is_missed = false;
                self.address_backoff.reached(address);
            }
        }
    }

    /// Takes note that a connection has ended, and returns the peer if it was the last with it.
    pub(crate) fn disconnected(&mut self, node: &NodeId, connection: ConnectionId, now: Instant) -> Option<Peer> {
        let peer = self.peers.get_mut(node)?;
        peer.links.retain(|link| link.connection != connection);
        if !peer.links.is_empty() {
            return None;
        }
        let peer = self.peers.remove(node)?;
        match peer.stage {
            Stage::Ready => {
                self.book.see(*node, unix_time());
                self.book_changed(now);
                self.fail(*node, now);
            }
            Stage::Greeting(_) => self.fail(*node, now),
            Stage::Leaving(_) => self.refuse(*node, now),
        }
        Some(peer)
    }

    /// Waits a little before the node and its wanted addresses are dialled again.
    fn fail(&mut self, node: NodeId, now: Instant) {
        self.node_backoff.failed(&node, now);
        for address in self.wanted.iter().filter(|wanted| wanted.met == Some(node)).map(|wanted| &wanted.address) {
            self.address_backoff.failed(address, now);
        }
    }

    /// Waits long before the node and its wanted addresses are dialled again.
    fn refuse(&mut self, node: NodeId, now: Instant) {
        self.node_backoff.refused(&node, now);
        for address in self.wanted.iter().filter(|wanted| wanted.met == Some(node)).map(|wanted| &wanted.address) {
            self.address_backoff.refused(address, now);
        }
    }

    /// Takes note that both have said hello; `false` when they had before, or the peer is leaving or gone.
    pub(crate) fn greeted(&mut self, node: &NodeId, now: Instant) -> bool {
        let Some(peer) = self.peers.get_mut(node) else { return false };
        if !matches!(peer.stage, Stage::Greeting(_)) {
            return false;
        }
        peer.stage = Stage::Ready;
        peer.was_ready = true;
        peer.heard = now;
        self.node_backoff.reached(node);
        for wanted in self.wanted.iter_mut().filter(|wanted| wanted.met == Some(*node)) {
            wanted.is_missed = false;
            self.address_backoff.reached(&wanted.address);
        }
        self.book.see(*node, unix_time());
        self.book_changed(now);
        true
    }

    /// Has the peers written to disk soon.
    pub(crate) fn book_changed(&mut self, now: Instant) {
        self.save_at.get_or_insert(now + SAVE_INTERVAL);
    }

    /// Takes note that a peer must leave.
    pub(crate) fn leave(&mut self, node: &NodeId, deadline: Instant) {
        if let Some(peer) = self.peers.get_mut(node) {
            peer.stage = Stage::Leaving(deadline);
        }
    }

    /// Takes note that a dial is under way.
    pub(crate) fn dialling(&mut self, connection: ConnectionId, dial: Dial) {
        debug!(node = dial.node.map(field::display), address = %list(&dial.addresses), "peer.dialled");
        self.dials.insert(connection, dial);
    }

    /// A dial under way.
    pub(crate) fn dial(&self, connection: ConnectionId) -> Option<&Dial> {
        self.dials.get(&connection)
    }

    /// Takes note that a dial has failed.
    pub(crate) fn dial_failed(&mut self, connection: ConnectionId, reason: &str, now: Instant) {
        let Some(dial) = self.dials.remove(&connection) else { return };
        let mut wait = Duration::ZERO;
        if let Some(node) = &dial.node {
            wait = self.node_backoff.failed(node, now);
        }
        if let Some(address) = &dial.wanted {
            wait = wait.max(self.address_backoff.failed(address, now));
        }
        let (node, addresses) = (dial.node.map(field::display), list(&dial.addresses));
        if self.is_news(&dial) {
            warn!(node, address = %addresses, reason, ?wait, "peer.unreachable");
        } else {
            debug!(node, address = %addresses, reason, ?wait, "peer.unreachable");
        }
    }

    /// Whether a failed dial is the first one to a wanted address since that was reached, and takes note of it.
    fn is_news(&mut self, dial: &Dial) -> bool {
        let wanted = self.wanted.iter_mut().find(|wanted| Some(&wanted.address) == dial.wanted.as_ref());
        wanted.is_some_and(|wanted| !std::mem::replace(&mut wanted.is_missed, true))
    }

    /// Takes note that a dial was not begun, because the node is connected or dialled already.
    pub(crate) fn dial_dropped(&mut self, connection: ConnectionId) {
        self.dials.remove(&connection);
    }

    /// Takes note that an address leads to this node itself, so that it is not dialled again.
    pub(crate) fn is_own(&mut self, connection: ConnectionId) {
        let Some(dial) = self.dials.remove(&connection) else { return };
        self.wanted.retain(|wanted| Some(&wanted.address) != dial.wanted.as_ref());
    }

    /// Whom to dial now: wanted addresses first, then known nodes until there are as many peers as wanted.
    pub(crate) fn due_dials(&self, now: Instant) -> Vec<Dial> {
        let room = DIALS_MAX.saturating_sub(self.dials.len());
        let wanted = self.wanted.iter().filter(|wanted| self.is_due(wanted, now)).map(|wanted| Dial {
            node: wanted.address.node(),
            addresses: vec![wanted.address.clone()],
            wanted: Some(wanted.address.clone()),
        });
        let mut dials: Vec<Dial> = wanted.take(room).collect();
        let peers_wanted = usize::try_from(self.config.peers_wanted).unwrap_or(usize::MAX);
        let missing = peers_wanted.saturating_sub(self.peers.len()).saturating_sub(self.dials.len());
        let room = missing.min(room.saturating_sub(dials.len()));
        if room == 0 {
            return dials;
        }
        let others = self.book.ids().filter(|node| self.may_dial(node, now));
        let mut others: Vec<NodeId> = others.copied().collect();
        others.retain(|node| dials.iter().all(|dial| dial.node != Some(*node)));
        // Nodes that were reached at the last attempt come before those that were not.
        others.sort_by_key(|node| self.node_backoff.failures(node));
        dials.extend(others.into_iter().take(room).map(|node| Dial {
            node: Some(node),
            addresses: self.book.addresses(&node).to_vec(),
            wanted: None,
        }));
        dials
    }

    /// Whether a wanted address is not connected, not being dialled, and not waiting.
    fn is_due(&self, wanted: &Wanted, now: Instant) -> bool {
        let node = wanted.address.node().or(wanted.met);
        let is_connected = node.is_some_and(|node| self.peers.contains_key(&node) || node == self.own);
        let is_dialled = self.dials.values().any(|dial| dial.wanted.as_ref() == Some(&wanted.address));
        !is_connected && !is_dialled && self.address_backoff.is_due(&wanted.address, now)
    }

    /// Whether a known node may be dialled by this node's own wish.
    fn may_dial(&self, node: &NodeId, now: Instant) -> bool {
        let is_dialled = self.dials.values().any(|dial| dial.node == Some(*node));
        *node != self.own
            && !self.peers.contains_key(node)
            && !self.dropped.contains(node)
            && !is_dialled
            && self.node_backoff.is_due(node, now)
    }
}

/// Addresses for the log.
fn list(addresses: &[NodeAddress]) -> String {
    addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// Seconds of Unix time.
fn unix_time() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

#[cfg(test)]
mod tests;
