//! The door of the swarm: how many connections there may be, from where, and to whom.
//!
//! A behaviour without a protocol: libp2p asks it before a connection is made and again once the peer's id is known.
//! What is refused here costs a socket and a few bytes, so a flood of connections never reaches the rest of the node.

use std::{
    collections::{HashMap, HashSet},
    convert::Infallible,
    net::{IpAddr, Ipv6Addr},
    task::{Context, Poll},
    time::Duration,
};

use libp2p::{
    Multiaddr, PeerId,
    core::{ConnectedPoint, Endpoint, transport::PortUse},
    swarm::{
        ConnectionClosed, ConnectionDenied, ConnectionId, DialFailure, FromSwarm, ListenFailure, NetworkBehaviour,
        THandler, THandlerInEvent, THandlerOutEvent, ToSwarm, behaviour::ConnectionEstablished, dummy,
    },
};
use tokio::time::Instant;
use tracing::warn;

use super::bans::Bans;
use crate::{Config, NodeId, message_handler::Bucket, node_address::ip_of};

/// The most connections in the middle of their handshake.
const PENDING_MAX: usize = 64;
/// The most connections with one peer: one that each side opened at the same time.
pub(crate) const PER_NODE_MAX: usize = 2;
/// The most addresses whose arrivals are counted.
const ARRIVALS_MAX: usize = 4096;
/// The time over which the burst of arrivals from one address is counted.
const ARRIVALS_WINDOW: Duration = Duration::from_secs(10);

/// Why a connection is not made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Denial {
    /// Too many handshakes at once.
    #[error("{PENDING_MAX} connections are being made already")]
    Pending,
    /// No room for one more that others open.
    #[error("no room for another inbound connection, there are {0}")]
    Inbound(usize),
    /// No room for one more that this node opens.
    #[error("no room for another outbound connection, there are {0}")]
    Outbound(usize),
    /// Too many from one address at a time.
    #[error("too many connections from {0}")]
    Address(IpAddr),
    /// Too many from one address in a short time.
    #[error("too many new connections from {0} in a short time")]
    Arrivals(IpAddr),
    /// The address is banned.
    #[error("{0} is banned")]
    AddressBanned(IpAddr),
    /// The node is banned.
    #[error("{node} is banned: {reason}")]
    NodeBanned {
        /// The node.
        node: NodeId,
        /// What it did.
        reason: String,
    },
    /// Connected with the node already.
    #[error("there are {PER_NODE_MAX} connections with {0}")]
    Node(NodeId),
    /// The peer's key is of another kind than nodes have.
    #[error("the peer is no node")]
    NoNode,
}

/// How often an address came lately.
#[derive(Debug)]
struct Arrivals {
    /// How often it may come.
    bucket: Bucket,
    /// How often it was refused since the bucket was last full.
    refused: u64,
}

/// Decides which connections are made.
pub(crate) struct Gate {
    /// The limits.
    config: Config,
    /// Who is kept out.
    pub(crate) bans: Bans,
    /// Handshakes of connections that others open, with their addresses.
    pending: HashMap<ConnectionId, Option<IpAddr>>,
    /// Connections that others opened, with their addresses.
    inbound: HashMap<ConnectionId, Option<IpAddr>>,
    /// Connections that this node opened.
    outbound: HashSet<ConnectionId>,
    /// How many connections there are with each peer.
    per_node: HashMap<PeerId, usize>,
    /// How often addresses came lately.
    arrivals: HashMap<IpAddr, Arrivals>,
}

impl Gate {
    /// A gate with the limits of the configuration.
    pub(crate) fn new(config: Config) -> Self {
        Self {
            config,
            bans: Bans::default(),
            pending: HashMap::new(),
            inbound: HashMap::new(),
            outbound: HashSet::new(),
            per_node: HashMap::new(),
            arrivals: HashMap::new(),
        }
    }

    /// Whether there is room for one more connection that this node opens.
    pub(crate) fn has_room_outbound(&self) -> bool {
        self.outbound.len() < usize::try_from(self.config.outbound_max).unwrap_or(usize::MAX)
    }

    /// Forgets bans that have ended and addresses that have been quiet.
    pub(crate) fn expire(&mut self, now: Instant) {
        self.bans.expire(now);
        self.arrivals.retain(|_, arrivals| !arrivals.bucket.is_full(now));
    }

    /// Whether another connection may begin from an address.
    fn check_arrival(&mut self, address: Option<IpAddr>, now: Instant) -> Result<(), Denial> {
        if self.pending.len() >= PENDING_MAX {
            return Err(Denial::Pending);
        }
        let Some(address) = address else { return Ok(()) };
        if self.bans.is_address_banned(&address, now) {
            return Err(Denial::AddressBanned(address));
        }
        let same = self.pending.values().chain(self.inbound.values()).filter(|other| **other == Some(address)).count();
        if same >= usize::try_from(self.config.inbound_per_address_max).unwrap_or(usize::MAX) {
            return Err(Denial::Address(address));
        }
        if self.arrivals_of(address, now).bucket.take(now) { Ok(()) } else { Err(Denial::Arrivals(address)) }
    }

    /// What is remembered of an address; makes room if need be.
    fn arrivals_of(&mut self, address: IpAddr, now: Instant) -> &mut Arrivals {
        if self.arrivals.len() >= ARRIVALS_MAX && !self.arrivals.contains_key(&address) {
            self.arrivals.retain(|_, arrivals| !arrivals.bucket.is_full(now));
            if self.arrivals.len() >= ARRIVALS_MAX {
                let any = self.arrivals.keys().next().copied();
                any.map(|any| self.arrivals.remove(&any));
            }
        }
        let burst = self.config.inbound_per_address_burst.max(1);
        let bucket = || Bucket::over(ARRIVALS_WINDOW / burst, burst, now);
        self.arrivals.entry(address).or_insert_with(|| Arrivals { bucket: bucket(), refused: 0 })
    }

    /// Names an address that is refused in the log: the first time, the tenth, the hundredth and so on.
    fn log_refusal(&mut self, address: Option<IpAddr>, denial: &Denial, now: Instant) {
        let Some(address) = address else { return };
        let arrivals = self.arrivals_of(address, now);
        arrivals.refused = arrivals.refused.saturating_add(1);
        let refused = arrivals.refused;
        if refused.checked_ilog10().is_some_and(|digits| 10_u64.pow(digits) == refused) {
            warn!(%address, refused, reason = %denial, "address.refused");
        }
    }

    /// Whether a connection with a peer may be used, its id being known.
    fn check_node(&self, peer: &PeerId, now: Instant) -> Result<(), Denial> {
        let node = NodeId::from_peer_id(peer).map_err(|_| Denial::NoNode)?;
        if let Some(ban) = self.bans.node(&node, now) {
            return Err(Denial::NodeBanned { node, reason: ban.reason.clone() });
        }
        if self.per_node.get(peer).copied().unwrap_or_default() >= PER_NODE_MAX {
            return Err(Denial::Node(node));
        }
        Ok(())
    }
}

/// The address that limits count by: a whole /64 of IPv6 is one, because it belongs to one host or one home.
fn counted_address(address: &Multiaddr) -> Option<IpAddr> {
    ip_of(address).map(|ip| match ip {
        IpAddr::V6(ip) if !ip.is_loopback() => {
            let [a, b, c, d, ..] = ip.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        IpAddr::V4(_) | IpAddr::V6(_) => ip,
    })
}

impl NetworkBehaviour for Gate {
    type ConnectionHandler = dummy::ConnectionHandler;
    type ToSwarm = Infallible;

    fn handle_pending_inbound_connection(
        &mut self,
        connection: ConnectionId,
        _: &Multiaddr,
        remote: &Multiaddr,
    ) -> Result<(), ConnectionDenied> {
        let (address, now) = (counted_address(remote), Instant::now());
        if let Err(denial) = self.check_arrival(address, now) {
            self.log_refusal(address, &denial, now);
            return Err(ConnectionDenied::new(denial));
        }
        self.pending.insert(connection, address);
        Ok(())
    }

    fn handle_established_inbound_connection(
        &mut self,
        connection: ConnectionId,
        peer: PeerId,
        _: &Multiaddr,
        _: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        self.pending.remove(&connection);
        if self.inbound.len() >= usize::try_from(self.config.inbound_max).unwrap_or(usize::MAX) {
            return Err(ConnectionDenied::new(Denial::Inbound(self.inbound.len())));
        }
        self.check_node(&peer, Instant::now()).map_err(ConnectionDenied::new)?;
        Ok(dummy::ConnectionHandler)
    }

    fn handle_pending_outbound_connection(
        &mut self,
        _: ConnectionId,
        peer: Option<PeerId>,
        _: &[Multiaddr],
        _: Endpoint,
    ) -> Result<Vec<Multiaddr>, ConnectionDenied> {
        if !self.has_room_outbound() {
            return Err(ConnectionDenied::new(Denial::Outbound(self.outbound.len())));
        }
        if let Some(peer) = peer {
            self.check_node(&peer, Instant::now()).map_err(ConnectionDenied::new)?;
        }
        Ok(Vec::new())
    }

    fn handle_established_outbound_connection(
        &mut self,
        _: ConnectionId,
        peer: PeerId,
        _: &Multiaddr,
        _: Endpoint,
        _: PortUse,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        if !self.has_room_outbound() {
            return Err(ConnectionDenied::new(Denial::Outbound(self.outbound.len())));
        }
        self.check_node(&peer, Instant::now()).map_err(ConnectionDenied::new)?;
        Ok(dummy::ConnectionHandler)
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "an event of libp2p that does not open or close a connection")]
    fn on_swarm_event(&mut self, event: FromSwarm<'_>) {
        match event {
            FromSwarm::ConnectionEstablished(ConnectionEstablished { peer_id, connection_id, endpoint, .. }) => {
                match endpoint {
                    ConnectedPoint::Listener { send_back_addr, .. } => {
                        self.inbound.insert(connection_id, counted_address(send_back_addr));
                    }
                    ConnectedPoint::Dialer { .. } => {
                        self.outbound.insert(connection_id);
                    }
                }
                let count = self.per_node.entry(peer_id).or_default();
                *count = count.saturating_add(1);
            }
            FromSwarm::ConnectionClosed(ConnectionClosed { peer_id, connection_id, remaining_established, .. }) => {
                self.inbound.remove(&connection_id);
                self.outbound.remove(&connection_id);
                if remaining_established == 0 {
                    self.per_node.remove(&peer_id);
                } else {
                    self.per_node.insert(peer_id, remaining_established);
                }
            }
            FromSwarm::ListenFailure(ListenFailure { connection_id, .. }) => {
                self.pending.remove(&connection_id);
            }
            FromSwarm::DialFailure(DialFailure { connection_id, .. }) => {
                self.outbound.remove(&connection_id);
            }
            _ => {}
        }
    }

    fn on_connection_handler_event(&mut self, _: PeerId, _: ConnectionId, event: THandlerOutEvent<Self>) {
        match event {}
    }

    fn poll(&mut self, _: &mut Context<'_>) -> Poll<ToSwarm<Self::ToSwarm, THandlerInEvent<Self>>> {
        Poll::Pending
    }
}

#[cfg(test)]
mod tests;
