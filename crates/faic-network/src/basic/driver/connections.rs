//! Connections as they come and go, and the hello with which each begins.

use libp2p::{
    PeerId,
    core::ConnectedPoint,
    request_response::{self, Message},
    swarm::{
        ConnectionId, DialError,
        dial_opts::{DialOpts, PeerCondition},
    },
};
use tokio::time::Instant;
use tracing::{debug, field, info, warn};

use super::{Driver, reasons};
use crate::{
    Direction, NetworkError, NodeAddress, NodeId, PeerEvent,
    basic::{
        Reply,
        hello::{Hello, HelloAnswer, HelloError},
    },
    connection_manager::{Denial, Dial, Link, Stage},
    message_handler::Offence,
};

/// The most commands to connect at a time.
const CONNECTING_MAX: usize = 256;

/// A command to connect that has not ended.
pub(super) struct Connecting {
    /// The dial that it began.
    connection: Option<ConnectionId>,
    /// The node, once it is known.
    node: Option<NodeId>,
    /// The address.
    address: NodeAddress,
    /// Who waits.
    reply: Reply<NodeId>,
    /// When it has failed.
    deadline: Instant,
}

impl Driver {
    /// Connects to a node on command.
    pub(super) fn connect(&mut self, address: NodeAddress, reply: Reply<NodeId>) {
        let now = Instant::now();
        if let Err(reason) = address.check_dialable() {
            let _ = reply.send(Err(NetworkError::Undialable { address, reason }));
            return;
        }
        self.connecting.retain(|connecting| !connecting.reply.is_closed());
        if self.connecting.len() >= CONNECTING_MAX {
            let _ = reply.send(Err(NetworkError::Full));
            return;
        }
        // An address without an id asks for whoever is there, and a peer that is there is just that.
        let node = address.node().or_else(|| self.connections.ready_at(&address));
        if node == Some(self.own) {
            let _ = reply.send(Err(NetworkError::Unreachable { address, reason: reasons::ITSELF.to_owned() }));
            return;
        }
        if let Some(node) = node {
            if let Some(ban) = self.swarm.behaviour().gate.bans.node(&node, now) {
                let _ = reply.send(Err(NetworkError::Banned { node, reason: ban.reason.clone() }));
                return;
            }
            if self.connections.is_ready(&node) {
                self.connections.want(address, Some(node));
                let _ = reply.send(Ok(node));
                return;
            }
        }
        let deadline = now + self.config.ping_timeout.saturating_mul(2);
        let is_connected = node.is_some_and(|node| self.connections.peer(&node).is_some());
        let dial = Dial { node, addresses: vec![address.clone()], wanted: Some(address.clone()) };
        let connection = match if is_connected { None } else { Some(self.dial(dial)) } {
            Some(Ok(connection)) => Some(connection),
            // It is connected or dialled already, and that ends this command too.
            None | Some(Err(DialError::DialPeerConditionFalse(_))) => None,
            Some(Err(error)) => {
                let dial = Dial { node, addresses: vec![address.clone()], wanted: None };
                let reason = reasons::of_dial(&error, Some(&dial), &self.own);
                let _ = reply.send(Err(reasons::unreachable(address, &error, &reason)));
                return;
            }
        };
        self.connecting.push(Connecting { connection, node, address, reply, deadline });
    }

    /// Ends the commands to connect that fit, with what `result` makes of their addresses.
    fn end_connecting(
        &mut self,
        is_meant: impl Fn(&Connecting) -> bool,
        result: impl Fn(NodeAddress) -> Result<NodeId, NetworkError>,
    ) {
        for connecting in self.connecting.extract_if(.., |connecting| is_meant(connecting)) {
            let result = result(connecting.address.clone());
            if let Ok(node) = &result {
                self.connections.want(connecting.address, Some(*node));
            }
            // Who no longer waits needs no answer.
            let _ = connecting.reply.send(result);
        }
    }

    /// Ends the commands to connect that took too long.
    pub(super) fn expire_connecting(&mut self, now: Instant) {
        self.end_connecting(|connecting| connecting.deadline <= now, |_| Err(NetworkError::Timeout));
    }

    /// Dials, and returns what the dial is called, or why it cannot be begun.
    pub(super) fn dial(&mut self, dial: Dial) -> Result<ConnectionId, DialError> {
        // A node that dials its own port from that port talks to itself, and neither side understands the other.
        let own = self.addresses.borrow().clone();
        let others = dial.addresses.iter().filter(|address| !own.contains(&address.without_node()));
        let addresses = others.map(|address| address.multiaddr().clone()).collect();
        let options = match (&dial.node, dial.addresses.first()) {
            (Some(node), _) => DialOpts::peer_id(node.peer_id())
                .condition(PeerCondition::DisconnectedAndNotDialing)
                .addresses(addresses)
                .build(),
            (None, Some(address)) => DialOpts::unknown_peer_id().address(address.multiaddr().clone()).build(),
            (None, None) => return Err(DialError::NoAddresses),
        };
        let connection = options.connection_id();
        self.connections.dialling(connection, dial);
        let dialled = self.swarm.dial(options).map(|()| connection);
        dialled.inspect_err(|error| self.on_dial_error(connection, error))
    }

    /// Takes note that a dial has failed.
    pub(super) fn on_dial_error(&mut self, connection: ConnectionId, error: &DialError) {
        let now = Instant::now();
        if let Some(node) = self.connected_enough(error) {
            self.connections.met_again(connection, node);
            self.name_connecting(connection, node);
            return;
        }
        let dial = self.connections.dial(connection);
        let reason = reasons::of_dial(error, dial, &self.own);
        debug!(reason, error = reasons::chain(error), "peer.dial_failed");
        // An address that names no node and leads back is of no use; one that names another node is wrong.
        let leads_back = reason == reasons::ITSELF && dial.is_some_and(|dial| dial.node.is_none());
        if leads_back || matches!(error, DialError::LocalPeerId { .. }) {
            self.connections.is_own(connection);
        } else if matches!(error, DialError::DialPeerConditionFalse(_)) {
            self.connections.dial_dropped(connection);
        } else {
            self.connections.dial_failed(connection, &reason, now);
        }
        let is_meant = |connecting: &Connecting| connecting.connection == Some(connection);
        self.end_connecting(is_meant, |address| Err(reasons::unreachable(address, error, &reason)));
    }

    /// The peer to which a failed dial led, if it failed only because there are connections enough with it.
    fn connected_enough(&self, error: &DialError) -> Option<NodeId> {
        let DialError::Denied { cause } = error else { return None };
        let Some(Denial::Node(node)) = cause.downcast_ref::<Denial>() else { return None };
        self.connections.peer(node).map(|_| *node)
    }

    /// Takes note whom a dial has found: its command ends now if both have said hello, or else once they have.
    fn name_connecting(&mut self, connection: ConnectionId, node: NodeId) {
        for connecting in self.connecting.iter_mut().filter(|other| other.connection == Some(connection)) {
            connecting.node = Some(node);
        }
        if self.connections.is_ready(&node) {
            self.end_connecting(|connecting| connecting.node == Some(node), |_| Ok(node));
        }
    }

    /// Takes note of a new connection; who opened it says hello.
    pub(super) fn on_connected(&mut self, peer: PeerId, connection: ConnectionId, endpoint: &ConnectedPoint) {
        let (direction, address) = match endpoint {
            ConnectedPoint::Dialer { address, .. } => (Direction::Outbound, address),
            ConnectedPoint::Listener { send_back_addr, .. } => (Direction::Inbound, send_back_addr),
        };
        let (Some(node), Some(address)) = (Self::node_of(&peer), NodeAddress::from_multiaddr(address)) else {
            self.close_one(connection);
            return;
        };
        debug!(%node, %address, %direction, "peer.reached");
        let now = Instant::now();
        self.connections.connected(node, Link { connection, direction, address }, now);
        // The swarm tells of a connection before it reads anything from it.
        self.rate(&node, now);
        self.name_connecting(connection, node);
        if !self.connections.is_ready(&node) && direction == Direction::Outbound {
            let hello = self.hello();
            let request = self.swarm.behaviour_mut().hello.send_request(&peer, hello.to_bytes());
            self.hellos.insert(request, node);
        }
    }

    /// Takes note that a connection has ended, and tells the node above if the peer is gone.
    pub(super) fn on_disconnected(&mut self, peer: &PeerId, connection: ConnectionId, cause: &str) {
        let Some(node) = Self::node_of(peer) else { return };
        let Some(gone) = self.connections.disconnected(&node, connection, Instant::now()) else { return };
        self.states.forget(&node);
        self.standing.forget(&node);
        self.end_connecting(
            |connecting| connecting.node == Some(node),
            |address| Err(NetworkError::Unreachable { address, reason: format!("the connection ended: {cause}") }),
        );
        if gone.was_ready {
            info!(%node, cause, "peer.disconnected");
            self.inbox.peer_changed(PeerEvent::Disconnected(node));
        } else {
            debug!(%node, cause, "peer.disconnected");
        }
    }

    /// This node's hello.
    fn hello(&mut self) -> Hello {
        let state = self.states.sign(self.inbox.state());
        Hello { chain_id: self.chain.id.clone(), genesis: self.chain.genesis, state }
    }

    /// Takes note of a hello, of its answer, or of what came in between.
    pub(super) fn on_hello(&mut self, event: request_response::Event<Vec<u8>, Vec<u8>>) {
        match event {
            request_response::Event::Message { peer, message, .. } => {
                let Some(node) = Self::node_of(&peer) else { return };
                match message {
                    Message::Request { request_id, request, channel } => {
                        if !self.messages.admit_greeting(node, Instant::now()) {
                            self.blame(node, Offence::Flood, "hello");
                            return;
                        }
                        let refused = self.check_hello(node, &request).err();
                        let answer = match &refused {
                            None => HelloAnswer::Hello(self.hello().to_bytes()),
                            Some(error) => HelloAnswer::Refused(error.told()),
                        };
                        self.hello_answers.insert(request_id, node);
                        // Without a connection the answer is for nobody, and the end of the connection is told.
                        let _ = self.swarm.behaviour_mut().hello.send_response(channel, answer.to_bytes());
                        if let Some(error) = refused {
                            self.refuse(node, &error.to_string());
                        }
                    }
                    Message::Response { request_id, response } => {
                        if self.hellos.remove(&request_id).is_some() {
                            self.on_hello_answer(node, &response);
                        }
                    }
                }
            }
            request_response::Event::ResponseSent { request_id, .. } => {
                let Some(node) = self.hello_answers.remove(&request_id) else { return };
                // Who was refused closes once it has read why, or is closed at the deadline.
                self.greeted(node);
            }
            request_response::Event::OutboundFailure { request_id, error, .. } => {
                let Some(node) = self.hellos.remove(&request_id) else { return };
                debug!(%node, error = reasons::chain(&error), "peer.hello_failed");
                if self.connections.peer(&node).is_some_and(|peer| matches!(peer.stage, Stage::Greeting(_))) {
                    self.refuse(node, reasons::of_hello(&error));
                    self.close(&node);
                }
            }
            request_response::Event::InboundFailure { request_id, .. } => {
                self.hello_answers.remove(&request_id);
            }
        }
    }

    /// Takes note of what was answered to this node's hello.
    fn on_hello_answer(&mut self, node: NodeId, answer: &[u8]) {
        let refused = match HelloAnswer::from_bytes(answer) {
            Some(HelloAnswer::Hello(hello)) => self.check_hello(node, &hello).err().map(|error| error.to_string()),
            Some(HelloAnswer::Refused(reason)) => Some(format!("it refuses: {reason}")),
            None => Some(HelloError::Malformed.to_string()),
        };
        match refused {
            Some(reason) => {
                self.refuse(node, &reason);
                self.close(&node);
            }
            None => self.greeted(node),
        }
    }

    /// Whether a hello is of a node that may be a peer, and takes note of its state.
    fn check_hello(&mut self, node: NodeId, bytes: &[u8]) -> Result<(), HelloError> {
        let hello = Hello::check(bytes, &self.chain)?;
        let state = hello.state.state.clone();
        if !self.states.greet(node, hello.state) {
            return Err(HelloError::State);
        }
        self.connections.book.set_state(node, state);
        Ok(())
    }

    /// Takes note that a node cannot be a peer; it may still read why.
    fn refuse(&mut self, node: NodeId, reason: &str) {
        let address = self.connections.peer(&node).map(|peer| super::address_of(peer).clone());
        warn!(%node, address = address.map(field::display), reason, "peer.refused");
        self.leave(&node);
        let reason = reason.to_owned();
        self.end_connecting(
            |connecting| connecting.node == Some(node),
            |_| Err(NetworkError::Refused { node, reason: reason.clone() }),
        );
    }

    /// Takes note that a peer and this node have said hello.
    pub(super) fn greeted(&mut self, node: NodeId) {
        let now = Instant::now();
        if !self.connections.greeted(&node, now) {
            return;
        }
        self.rate(&node, now);
        let Some(state) = self.states.state(&node).cloned() else { return };
        let (height, node_type) = (state.height, state.node_type);
        let address = self.connections.peer(&node).map(|peer| super::address_of(peer).clone());
        let address = address.map(field::display);
        info!(%node, address, %node_type, height, version = state.version, "peer.connected");
        self.inbox.peer_changed(PeerEvent::Connected(node, state));
        self.end_connecting(|connecting| connecting.node == Some(node), |_| Ok(node));
        self.adopt_addresses(node);
        self.ask_for_nodes(node);
    }
}
