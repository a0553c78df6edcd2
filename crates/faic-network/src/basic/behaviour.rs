//! The protocols of the swarm, and their parameters.
//!
//! Every protocol but the hello is named after the genesis of the chain, so that nodes of different chains have nothing
//! to say to each other. The parameters of gossip are these:
//!
//! | parameter | value | why |
//! |---|---|---|
//! | message id | BLAKE3 of the bytes | the same message from two nodes is one |
//! | authenticity | none | what is gossiped carries its own signatures |
//! | own messages that come back | known, nobody's fault | peers hear from each other first |
//! | mesh | 6, from 5 to 12 | libp2p's; own messages go to every peer at once |
//! | history | 10 heartbeats of 1 s, told of for 3 | a verdict may take 5 s |
//! | known messages | 60 s | |
//! | queue of a peer | 4,096 own messages for 5 s, 4,096 passed on for 1 s | four seconds of 1,000 transactions a second |
//! | score: this node's own | weight 1 | from 0 down to -100, where the peer is banned; -1,000 before the hello |
//! | score: invalid messages | weight -2 for the square, decay to a tenth in 100 s | five are enough for a ban |
//! | score: first deliveries | weight 0.1, at most 50, decay to a tenth in 60 s | who brings news first is preferred |
//! | score: broken promises | weight -5 for the square above 6, decay to a tenth in 60 s | |
//! | score: messages that it did not read in time | weight -0.2, decay to a fifth in 1 s | libp2p's |
//! | score: deliveries in the mesh, slow peers, peers at one address | not used | traffic is uneven, a slow validator must be heard; the gate counts addresses |
//! | thresholds | -50 no gossip, -100 no own messages, -200 not listened to | below those of a ban, which must be seen |

use std::{collections::HashSet, io, time::Duration};

use faic_core::{Domain, Hash, SecretKey};
use libp2p::{
    PeerId, StreamProtocol, Swarm, SwarmBuilder,
    gossipsub::{
        self, DataTransform, IdentTopic, Message, MessageAuthenticity, MessageId, PeerScoreParams, PeerScoreThresholds,
        RawMessage, TopicHash, TopicScoreParams, ValidationMode, WhitelistSubscriptionFilter, score_parameter_decay,
    },
    identify,
    identity::Keypair,
    kad, mdns, noise, ping, request_response,
    swarm::{self, NetworkBehaviour, behaviour::toggle::Toggle},
    tcp, yamux,
};
use tracing::warn;

use super::{
    StartError,
    codec::{HelloCodec, MessageCodec, Request},
    hello::ChainInfo,
};
use crate::{Config, connection_manager::Gate, message::GOSSIP_BYTES_MAX, message_handler::REQUESTS_PER_PEER_MAX};

/// The name of the protocol by which nodes say hello, of every chain and version.
const HELLO_PROTOCOL: StreamProtocol = StreamProtocol::new("/faic/hello");
/// What gossip's own words may take beside a message.
const GOSSIP_OVERHEAD_BYTES: usize = 16 * 1024;
/// The most messages that wait to be written to one peer by gossip: half of them own ones, half passed on.
///
/// Own ones are dropped after five seconds, others after one (both libp2p's). At 1,000 transactions a second there is
/// room for what a peer does not read for four seconds.
pub(super) const GOSSIP_QUEUE_MAX: usize = 8192;
/// The most streams of one connection whose protocol is not agreed yet.
const NEGOTIATING_MAX: usize = 32;
/// The score below which a peer gets no messages of this node.
pub(super) const PUBLISH_THRESHOLD: f64 = -100.0;
/// The most that the topics together add to a score.
pub(super) const TOPICS_SCORE_MAX: f64 = 50.0;
/// Connections are never closed for being idle: silent peers are dropped by the heartbeat.
const IDLE_MAX: Duration = Duration::from_secs(365 * 24 * 3600);

/// Gossip that looks only at this chain's topics.
pub(super) type Gossip = gossipsub::Behaviour<TopicGuard, WhitelistSubscriptionFilter>;

/// The topics of a chain.
#[derive(Debug, Clone)]
pub(super) struct Topics {
    /// Transactions, for every node.
    pub(super) transactions: IdentTopic,
    /// The bytes of the consensus, for validators.
    pub(super) consensus: IdentTopic,
}

impl Topics {
    /// The topics of the chain with that genesis.
    fn new(genesis: &Hash) -> Self {
        let topic = |name: &str| IdentTopic::new(format!("faic/1/{}/{name}", genesis.short()));
        Self { transactions: topic("transactions"), consensus: topic("consensus") }
    }

    /// The topics' names on the wire.
    fn hashes(&self) -> HashSet<TopicHash> {
        HashSet::from([self.transactions.hash(), self.consensus.hash()])
    }
}

/// Refuses messages of other topics before they are remembered.
#[derive(Debug, Clone)]
pub(super) struct TopicGuard(HashSet<TopicHash>);

impl DataTransform for TopicGuard {
    fn inbound_transform(&self, raw: RawMessage) -> Result<Message, io::Error> {
        if !self.0.contains(&raw.topic) || raw.data.len() > GOSSIP_BYTES_MAX {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "another topic, or too large"));
        }
        let RawMessage { source, data, sequence_number, topic, .. } = raw;
        Ok(Message { source, data, sequence_number, topic })
    }

    fn outbound_transform(&self, _: &TopicHash, data: Vec<u8>) -> Result<Vec<u8>, io::Error> {
        Ok(data)
    }
}

/// All protocols together.
#[derive(NetworkBehaviour)]
#[behaviour(to_swarm = "Happening")]
pub(super) struct Behaviour {
    /// Limits and bans; before the others, so that they never see what it refuses.
    pub(super) gate: Gate,
    /// Tells where nodes listen.
    identify: identify::Behaviour,
    /// Measures round trips.
    ping: ping::Behaviour,
    /// Finds nodes.
    pub(super) kad: kad::Behaviour<kad::store::MemoryStore>,
    /// Finds nodes on the same local network.
    mdns: Toggle<mdns::tokio::Behaviour>,
    /// Messages for everybody.
    pub(super) gossip: Gossip,
    /// The first words with a peer.
    pub(super) hello: request_response::Behaviour<HelloCodec>,
    /// Messages for one peer.
    pub(super) direct: request_response::Behaviour<MessageCodec>,
}

/// What happens in one of the protocols.
#[derive(Debug)]
pub(super) enum Happening {
    /// A node told where it listens.
    Identify(Box<identify::Event>),
    /// A ping returned, or did not.
    Ping(ping::Event),
    /// Nodes were found.
    Kad(Box<kad::Event>),
    /// Nodes were found on the local network.
    Mdns(mdns::Event),
    /// A message for everybody.
    Gossip(gossipsub::Event),
    /// A hello, or its answer.
    Hello(request_response::Event<Vec<u8>, Vec<u8>>),
    /// A message for this node, or an answer.
    Direct(Box<request_response::Event<Request, crate::NetworkMessage>>),
}

impl From<std::convert::Infallible> for Happening {
    fn from(never: std::convert::Infallible) -> Self {
        match never {}
    }
}

impl From<identify::Event> for Happening {
    fn from(event: identify::Event) -> Self {
        Self::Identify(Box::new(event))
    }
}

impl From<ping::Event> for Happening {
    fn from(event: ping::Event) -> Self {
        Self::Ping(event)
    }
}

impl From<kad::Event> for Happening {
    fn from(event: kad::Event) -> Self {
        Self::Kad(Box::new(event))
    }
}

impl From<mdns::Event> for Happening {
    fn from(event: mdns::Event) -> Self {
        Self::Mdns(event)
    }
}

impl From<gossipsub::Event> for Happening {
    fn from(event: gossipsub::Event) -> Self {
        Self::Gossip(event)
    }
}

impl From<request_response::Event<Vec<u8>, Vec<u8>>> for Happening {
    fn from(event: request_response::Event<Vec<u8>, Vec<u8>>) -> Self {
        Self::Hello(event)
    }
}

impl From<request_response::Event<Request, crate::NetworkMessage>> for Happening {
    fn from(event: request_response::Event<Request, crate::NetworkMessage>) -> Self {
        Self::Direct(Box::new(event))
    }
}

/// Makes a swarm that does not listen yet, and the topics of its gossip. Where the system does not say how it resolves
/// names, addresses with names cannot be dialled, and all else works.
///
/// # Errors
/// [`StartError`] names what could not be set up.
pub(super) fn swarm(
    config: &Config,
    key: &SecretKey,
    chain: &ChainInfo,
    version: &str,
) -> Result<(Swarm<Behaviour>, Topics), StartError> {
    let mut seed = key.seed();
    let keypair =
        Keypair::ed25519_from_bytes(seed.as_mut_slice()).map_err(|error| StartError::Key(error.to_string()))?;
    let topics = Topics::new(&chain.genesis);
    let behaviour = behaviour(config, &keypair, chain, version, &topics)?;
    let transports = || {
        SwarmBuilder::with_existing_identity(keypair.clone())
            .with_tokio()
            .with_tcp(tcp::Config::default().nodelay(true), noise::Config::new, yamux::Config::default)
            .map(|builder| builder.with_quic())
            .map_err(|error| StartError::Key(error.to_string()))
    };
    let streams = |swarm: swarm::Config| {
        swarm.with_idle_connection_timeout(IDLE_MAX).with_max_negotiating_inbound_streams(NEGOTIATING_MAX)
    };
    let failed = |error: &dyn std::error::Error| StartError::Protocols(error.to_string());
    let swarm = match transports()?.with_dns() {
        Ok(builder) => {
            let builder = builder.with_behaviour(|_| behaviour).map_err(|error| failed(&error))?;
            builder.with_swarm_config(streams).with_connection_timeout(config.ping_timeout).build()
        }
        Err(error) => {
            warn!(%error, "dns.unavailable");
            let builder = transports()?.with_behaviour(|_| behaviour).map_err(|error| failed(&error))?;
            builder.with_swarm_config(streams).with_connection_timeout(config.ping_timeout).build()
        }
    };
    Ok((swarm, topics))
}

/// Puts the protocols together.
fn behaviour(
    config: &Config,
    keypair: &Keypair,
    chain: &ChainInfo,
    version: &str,
    topics: &Topics,
) -> Result<Behaviour, StartError> {
    let own = keypair.public().to_peer_id();
    let genesis = chain.genesis.short();
    let protocol = |name: &str| {
        StreamProtocol::try_from_owned(format!("/faic/{genesis}/{name}"))
            .map_err(|error| StartError::Protocols(error.to_string()))
    };
    let identify = identify::Config::new(format!("/faic/{genesis}"), keypair.public())
        .with_agent_version(format!("faic/{version}"))
        .with_cache_size(0);
    let ping = ping::Config::new().with_interval(config.heartbeat_interval).with_timeout(config.ping_timeout);
    let exchanges = request_response::Config::default()
        .with_request_timeout(config.answer_timeout)
        .with_max_concurrent_streams(2 * REQUESTS_PER_PEER_MAX);
    let greetings =
        request_response::Config::default().with_request_timeout(config.ping_timeout).with_max_concurrent_streams(4);
    let both = request_response::ProtocolSupport::Full;
    Ok(Behaviour {
        gate: Gate::new(config.clone()),
        identify: identify::Behaviour::new(identify),
        ping: ping::Behaviour::new(ping),
        kad: kademlia(own, protocol("kad/1")?),
        mdns: mdns(config, own),
        gossip: gossip(&format!("/faic/{genesis}/gossip"), topics)?,
        hello: request_response::Behaviour::new([(HELLO_PROTOCOL, both.clone())], greetings),
        direct: request_response::Behaviour::new([(protocol("message/1")?, both)], exchanges),
    })
}

/// Kademlia as a directory of nodes, which stores nothing for anybody.
fn kademlia(own: PeerId, protocol: StreamProtocol) -> kad::Behaviour<kad::store::MemoryStore> {
    let mut config = kad::Config::new(protocol);
    config.set_record_filtering(kad::StoreInserts::FilterBoth).set_query_timeout(Duration::from_secs(30));
    let mut kademlia = kad::Behaviour::with_config(own, kad::store::MemoryStore::new(own), config);
    kademlia.set_mode(Some(kad::Mode::Server));
    kademlia
}

/// Multicast discovery, unless it is off or the system does not allow it.
fn mdns(config: &Config, own: PeerId) -> Toggle<mdns::tokio::Behaviour> {
    let mdns = config.mdns.then(|| mdns::tokio::Behaviour::new(mdns::Config::default(), own));
    let mdns = mdns.and_then(|mdns| mdns.inspect_err(|error| warn!(%error, "mdns.unavailable")).ok());
    Toggle::from(mdns)
}

/// Gossip of the chain's topics; that of transactions is subscribed to.
fn gossip(protocol: &str, topics: &Topics) -> Result<Gossip, StartError> {
    let config = gossipsub::ConfigBuilder::default()
        .protocol_id_prefix(protocol.to_owned())
        .message_id_fn(|message| message_id(&message.data))
        .validation_mode(ValidationMode::Anonymous)
        .validate_messages()
        // A peer that hears of a message from another before it hears of it from its origin passes it back to the origin.
        .allow_self_origin(true)
        .max_transmit_size(GOSSIP_BYTES_MAX + GOSSIP_OVERHEAD_BYTES)
        .connection_handler_queue_len(GOSSIP_QUEUE_MAX)
        .heartbeat_initial_delay(Duration::from_secs(1))
        .history_length(10)
        .history_gossip(3)
        .build()
        .map_err(|error| StartError::Protocols(error.to_string()))?;
    let mut gossip = Gossip::new_with_subscription_filter_and_transform(
        MessageAuthenticity::Anonymous,
        config,
        WhitelistSubscriptionFilter(topics.hashes()),
        TopicGuard(topics.hashes()),
    )
    .map_err(|error| StartError::Protocols(error.to_owned()))?;
    gossip.with_peer_score(score_params(topics), score_thresholds()).map_err(StartError::Protocols)?;
    gossip.subscribe(&topics.transactions).map_err(|error| StartError::Protocols(error.to_string()))?;
    Ok(gossip)
}

/// What gossip calls a message.
pub(super) fn message_id(bytes: &[u8]) -> MessageId {
    MessageId::from(Domain::GossipId.hash(&[bytes]).as_bytes().to_vec())
}

/// The parameters of scores, as in the table above.
fn score_params(topics: &Topics) -> PeerScoreParams {
    let topic = TopicScoreParams {
        topic_weight: 1.0,
        time_in_mesh_weight: 0.0,
        time_in_mesh_quantum: Duration::from_secs(1),
        first_message_deliveries_weight: 0.1,
        first_message_deliveries_decay: score_parameter_decay(Duration::from_secs(60)),
        first_message_deliveries_cap: 500.0,
        mesh_message_deliveries_weight: 0.0,
        mesh_failure_penalty_weight: 0.0,
        invalid_message_deliveries_weight: -2.0,
        invalid_message_deliveries_decay: score_parameter_decay(Duration::from_secs(100)),
        ..TopicScoreParams::default()
    };
    PeerScoreParams {
        topics: topics.hashes().into_iter().map(|hash| (hash, topic.clone())).collect(),
        topic_score_cap: TOPICS_SCORE_MAX,
        app_specific_weight: 1.0,
        ip_colocation_factor_weight: 0.0,
        slow_peer_weight: 0.0,
        behaviour_penalty_weight: -5.0,
        behaviour_penalty_threshold: 6.0,
        behaviour_penalty_decay: score_parameter_decay(Duration::from_secs(60)),
        ..PeerScoreParams::default()
    }
}

/// The thresholds of scores, as in the table above.
pub(super) fn score_thresholds() -> PeerScoreThresholds {
    PeerScoreThresholds {
        gossip_threshold: -50.0,
        publish_threshold: PUBLISH_THRESHOLD,
        graylist_threshold: -200.0,
        accept_px_threshold: 100.0,
        opportunistic_graft_threshold: 5.0,
    }
}
