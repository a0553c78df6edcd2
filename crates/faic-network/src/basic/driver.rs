//! The task that owns the swarm: it takes one event after the other and never waits for anything else.

mod commands;
mod connections;
mod direct;
mod discovery;
mod gossip;
mod reasons;
mod standing;

use std::{collections::HashMap, net::IpAddr, sync::Arc, time::Duration};

use libp2p::{
    PeerId, Swarm,
    futures::StreamExt,
    request_response::{InboundRequestId, OutboundRequestId},
    swarm::{ConnectionId, SwarmEvent},
};
use tokio::{
    sync::{Notify, mpsc, watch},
    task::JoinSet,
    time::{Instant, MissedTickBehavior, interval, sleep_until, timeout},
};
use tokio_util::sync::CancellationToken;
use tracing::{debug, error, field, info, warn};

use self::{
    connections::Connecting,
    direct::{Answering, Asked},
    gossip::{Judging, Untold},
    standing::Standing,
};
use super::{
    ChainInfo, Command, NetworkFailure, Setup, StartError,
    behaviour::{self, Behaviour, Happening, Topics},
};
use crate::{
    Config, Inbox, NodeAddress, NodeId,
    connection_manager::{ConnectionManager, LEAVE_WAIT_MAX, Stage},
    message_handler::{CONSENSUS_QUEUE_MAX, MessageHandler, Offence, SCORE_BAN, VERDICTS_MAX},
    state_manager::StateManager,
};

/// How often deadlines are looked at and dials are made.
const TICK: Duration = Duration::from_millis(100);
/// How often peers are told that this node's state has changed, at most: each time costs a signature and an exchange with
/// every peer, and under load the state changes with each block.
const ANNOUNCE_INTERVAL: Duration = Duration::from_millis(100);
/// How long it may take to learn the addresses that are listened on.
const LISTEN_WAIT_MAX: Duration = Duration::from_secs(10);
/// The most upcalls that have ended and are not taken note of.
const OUTCOMES_MAX: usize = VERDICTS_MAX;

/// What an upcall came to.
enum Outcome {
    /// A verdict on a gossiped message.
    Verdict(gossip::Judged),
    /// An answer to a message.
    Answer(direct::Answered),
}

/// The swarm and all that is known about it.
pub(super) struct Driver {
    /// The swarm.
    swarm: Swarm<Behaviour>,
    /// The configuration.
    config: Config,
    /// The chain.
    chain: ChainInfo,
    /// The topics of gossip.
    topics: Topics,
    /// The node above.
    inbox: Arc<dyn Inbox>,
    /// This node.
    own: NodeId,
    /// Connections.
    connections: ConnectionManager,
    /// Conduct of peers.
    messages: MessageHandler,
    /// States of peers.
    states: StateManager,
    /// What gossip thinks of peers.
    standing: Standing,
    /// Commands of the handles.
    commands: mpsc::Receiver<Command>,
    /// Tells that this node's state has changed.
    announce: Arc<Notify>,
    /// Where this node listens.
    addresses: watch::Sender<Vec<NodeAddress>>,
    /// Commands to connect that have not ended.
    connecting: Vec<Connecting>,
    /// Hellos that wait for their answer.
    hellos: HashMap<OutboundRequestId, NodeId>,
    /// Answers to hellos that are being written.
    hello_answers: HashMap<InboundRequestId, NodeId>,
    /// Messages that wait for their answer.
    asked: HashMap<OutboundRequestId, Asked>,
    /// Messages that are being answered.
    answering: HashMap<InboundRequestId, Answering>,
    /// How many gossiped transactions are being judged.
    judging: usize,
    /// Gossiped messages of the consensus, in their order.
    consensus: mpsc::Sender<Judging>,
    /// Messages of this node that the queues had no room for.
    untold: Untold,
    /// Upcalls under way.
    upcalls: JoinSet<()>,
    /// What upcalls came to.
    outcomes: mpsc::Receiver<Outcome>,
    /// Where upcalls tell what they came to.
    outcomes_in: mpsc::Sender<Outcome>,
    /// When peers are told this node's state next.
    heartbeat_at: Instant,
    /// When they were told it last.
    told_at: Instant,
    /// Whether it has changed since.
    is_untold: bool,
}

impl Driver {
    /// Sets the protocols up.
    ///
    /// # Errors
    /// [`StartError`] names what is in the way.
    pub(super) fn new(
        setup: Setup,
        commands: mpsc::Receiver<Command>,
        announce: Arc<Notify>,
        addresses: watch::Sender<Vec<NodeAddress>>,
    ) -> Result<Self, StartError> {
        let Setup { config, key, chain, folder, inbox } = setup;
        let (mut swarm, topics) = behaviour::swarm(&config, &key, &chain, &inbox.state().version)?;
        for address in &config.external {
            swarm.add_external_address(address.multiaddr().clone());
        }
        let own = NodeId::new(key.public_key());
        let (outcomes_in, outcomes) = mpsc::channel(OUTCOMES_MAX);
        let (consensus, consensus_out) = mpsc::channel(CONSENSUS_QUEUE_MAX);
        let mut upcalls = JoinSet::new();
        upcalls.spawn(gossip::judge_in_order(Arc::clone(&inbox), consensus_out, outcomes_in.clone()));
        Ok(Self {
            connections: ConnectionManager::new(config.clone(), own, folder),
            messages: MessageHandler::new(config.clone()),
            states: StateManager::new(key, chain.id.clone()),
            standing: Standing::default(),
            swarm,
            config,
            chain,
            topics,
            inbox,
            own,
            commands,
            announce,
            addresses,
            connecting: Vec::new(),
            hellos: HashMap::new(),
            hello_answers: HashMap::new(),
            asked: HashMap::new(),
            answering: HashMap::new(),
            judging: 0,
            consensus,
            untold: Untold::default(),
            upcalls,
            outcomes,
            outcomes_in,
            heartbeat_at: Instant::now(),
            told_at: Instant::now(),
            is_untold: false,
        })
    }

    /// Listens on the configured addresses, and waits until the ports are known.
    ///
    /// # Errors
    /// [`StartError::Listen`].
    pub(super) async fn listen(&mut self) -> Result<(), StartError> {
        for address in self.config.listen.clone() {
            let failed = |reason: String| StartError::Listen { address: address.clone(), reason };
            check_free(&address).map_err(|error| failed(error.to_string()))?;
            let listener =
                self.swarm.listen_on(address.multiaddr().clone()).map_err(|error| failed(error.to_string()))?;
            let deadline = Instant::now() + LISTEN_WAIT_MAX;
            loop {
                let left = deadline.saturating_duration_since(Instant::now());
                let event = timeout(left, self.swarm.select_next_some()).await;
                let event = event.map_err(|_| failed("the system names no address for it".to_owned()))?;
                let is_listening =
                    matches!(&event, SwarmEvent::NewListenAddr { listener_id, .. } if *listener_id == listener);
                if let SwarmEvent::ListenerClosed { listener_id, reason: Err(error), .. } = &event
                    && *listener_id == listener
                {
                    return Err(failed(error.to_string()));
                }
                self.on_event(event);
                if is_listening {
                    break;
                }
            }
        }
        Ok(())
    }

    /// Runs until the shutdown, then remembers the peers.
    ///
    /// # Errors
    /// [`NetworkFailure`] when an upcall panics.
    pub(super) async fn run(mut self, shutdown: CancellationToken) -> Result<(), NetworkFailure> {
        info!(node = %self.own, chain = %self.chain.id, genesis = %self.chain.genesis.short(), "network.started");
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let announce = Arc::clone(&self.announce);
        loop {
            tokio::select! {
                () = shutdown.cancelled() => break,
                event = self.swarm.select_next_some() => self.on_event(event),
                // Without handles there are no commands, and the network goes on.
                Some(command) = self.commands.recv() => self.obey(command),
                Some(outcome) = self.outcomes.recv() => match outcome {
                    Outcome::Verdict(judged) => self.on_verdict(judged),
                    Outcome::Answer(answered) => self.on_answer(answered),
                },
                Some(ended) = self.upcalls.join_next() => if let Err(error) = ended {
                    return Err(NetworkFailure::InboxPanicked(error.to_string()));
                },
                () = announce.notified() => self.is_untold = true,
                () = sleep_until(self.told_at + ANNOUNCE_INTERVAL), if self.is_untold => self.tell_state(),
                _ = ticks.tick() => self.tick(),
            }
        }
        self.connections.save(|_| true);
        info!(node = %self.own, "network.stopped");
        Ok(())
    }

    /// Takes note of what happened in the swarm.
    #[expect(clippy::wildcard_enum_match_arm, reason = "an event of libp2p that asks for nothing")]
    fn on_event(&mut self, event: SwarmEvent<Happening>) {
        match event {
            SwarmEvent::Behaviour(happening) => self.on_happening(happening),
            SwarmEvent::ConnectionEstablished { peer_id, connection_id, endpoint, .. } => {
                self.on_connected(peer_id, connection_id, &endpoint);
            }
            SwarmEvent::ConnectionClosed { peer_id, connection_id, cause, .. } => {
                if let Some(error) = &cause {
                    debug!(peer = %peer_id, error = reasons::chain(error), "peer.connection_ended");
                }
                self.on_disconnected(&peer_id, connection_id, &reasons::of_end(cause.as_ref()));
            }
            SwarmEvent::OutgoingConnectionError { connection_id, error, .. } => {
                self.on_dial_error(connection_id, &error);
            }
            SwarmEvent::IncomingConnectionError { send_back_addr, error, .. } => {
                debug!(address = %send_back_addr, reason = %error, "peer.denied");
            }
            SwarmEvent::NewListenAddr { address, .. } => {
                info!(%address, "network.listening");
                let address = NodeAddress::from_multiaddr(&address);
                self.addresses.send_modify(|addresses| addresses.extend(address));
            }
            SwarmEvent::ExpiredListenAddr { address, .. } => {
                info!(%address, "network.listening_no_more");
                self.addresses.send_modify(|addresses| addresses.retain(|other| *other.multiaddr() != address));
            }
            SwarmEvent::ListenerClosed { addresses, reason: Err(error), .. } => {
                error!(?addresses, %error, "network.listener_failed");
            }
            SwarmEvent::ListenerError { error, .. } => debug!(%error, "network.listener_error"),
            _ => {}
        }
    }

    /// Takes note of what happened in one of the protocols.
    fn on_happening(&mut self, happening: Happening) {
        match happening {
            Happening::Identify(event) => self.on_identify(*event),
            Happening::Ping(event) => self.on_ping(&event),
            Happening::Kad(event) => self.on_kad(*event),
            Happening::Mdns(event) => self.on_mdns(event),
            Happening::Gossip(event) => self.on_gossip(event),
            Happening::Hello(event) => self.on_hello(event),
            Happening::Direct(event) => self.on_direct(*event),
        }
    }

    /// Does what is due.
    fn tick(&mut self) {
        let now = Instant::now();
        self.drop_overdue(now);
        if self.heartbeat_at <= now {
            self.heartbeat_at = now + self.config.heartbeat_interval;
            self.tell_state();
            self.rate_all(now);
            self.name_muted();
            self.name_slow(now);
            self.swarm.behaviour_mut().gate.expire(now);
        }
        for dial in self.connections.due_dials(now) {
            // A failure is taken note of where it happens, and the next dial waits for it.
            let _ = self.dial(dial);
        }
        self.connections.save(|at| at <= now);
    }

    /// Drops peers that did not say hello, that must leave, or that say nothing.
    fn drop_overdue(&mut self, now: Instant) {
        let mut overdue = Vec::new();
        for (node, peer) in self.connections.peers() {
            let silent_for = now.duration_since(peer.heard);
            match peer.stage {
                Stage::Greeting(deadline) if deadline <= now => {
                    warn!(%node, address = %address_of(peer), "peer.mute");
                    overdue.push(*node);
                }
                Stage::Leaving(deadline) if deadline <= now => overdue.push(*node),
                Stage::Ready if silent_for > self.config.silence_max => {
                    warn!(%node, address = %address_of(peer), ?silent_for, "peer.silent");
                    overdue.push(*node);
                }
                Stage::Greeting(_) | Stage::Leaving(_) | Stage::Ready => {}
            }
        }
        for node in overdue {
            self.close(&node);
        }
        self.expire_connecting(now);
    }

    /// Lowers the score of a peer, and bans it if it has become too low.
    fn blame(&mut self, node: NodeId, offence: Offence, detail: &str) {
        let now = Instant::now();
        if self.swarm.behaviour().gate.bans.node(&node, now).is_some() {
            // What arrives between the ban and the end of the connection changes nothing.
            return;
        }
        let score = self.messages.blame(node, offence, now);
        debug!(%node, offence = offence.name(), detail, score, "peer.blamed");
        self.rate(&node, now);
        if score <= SCORE_BAN {
            self.ban(node, offence.name());
        }
    }

    /// Keeps a node out for a while.
    fn ban(&mut self, node: NodeId, reason: &str) {
        let now = Instant::now();
        let address = self.connections.peer(&node).map(|peer| address_of(peer).clone());
        let ip: Option<IpAddr> = address.as_ref().and_then(NodeAddress::ip);
        let duration = self.config.ban_duration;
        warn!(%node, address = address.map(field::display), reason, ?duration, "peer.banned");
        self.swarm.behaviour_mut().gate.bans.ban(node, ip, reason, duration, now);
        self.messages.forgive(&node);
        self.leave(&node);
        self.close(&node);
    }

    /// Listens to a peer no more; it is disconnected in a while at the latest.
    fn leave(&mut self, node: &NodeId) {
        let now = Instant::now();
        self.connections.leave(node, now + LEAVE_WAIT_MAX);
        self.rate(node, now);
    }

    /// Closes all connections with a node.
    fn close(&mut self, node: &NodeId) {
        // Nothing to close is closed.
        let _ = self.swarm.disconnect_peer_id(node.peer_id());
    }

    /// The node that a peer of libp2p is.
    fn node_of(peer: &PeerId) -> Option<NodeId> {
        NodeId::from_peer_id(peer).ok()
    }

    /// Takes note that a peer said something.
    fn heard(&mut self, node: &NodeId) {
        if let Some(peer) = self.connections.peer_mut(node) {
            peer.heard = Instant::now();
        }
    }

    /// Closes a connection that cannot be used.
    fn close_one(&mut self, connection: ConnectionId) {
        self.swarm.close_connection(connection);
    }
}

/// The other end of a peer's oldest connection.
fn address_of(peer: &crate::connection_manager::Peer) -> &NodeAddress {
    &peer.links.first().expect("a peer has a connection, or it is none").address
}

/// Checks that nobody else listens on a TCP address: libp2p shares ports, so that its own attempt would succeed and the
/// system would deal connections out to both.
fn check_free(address: &NodeAddress) -> std::io::Result<()> {
    match (address.ip(), address.tcp_port()) {
        (Some(ip), Some(port)) if port != 0 => std::net::TcpListener::bind((ip, port)).map(drop),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
