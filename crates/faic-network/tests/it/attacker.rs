//! A hostile peer: it says a proper hello, and then writes on its streams whatever it likes.

use std::{future::pending, io, time::Duration};

use async_trait::async_trait;
use faic_core::Domain;
use faic_network::{NetworkMessage, NodeAddress, NodeId, PROTOCOL_VERSION, SignedNodeState};
use libp2p::{
    Multiaddr, PeerId, StreamProtocol, Swarm, SwarmBuilder,
    futures::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, StreamExt},
    gossipsub::{self, IdentTopic, MessageAuthenticity, MessageId, ValidationMode},
    identity::Keypair,
    noise,
    request_response::{self, Codec, Message, ProtocolSupport},
    swarm::{NetworkBehaviour, SwarmEvent},
    tcp, yamux,
};
use tokio::time::{Instant, timeout_at};

use crate::node::{chain, secret, state};

/// How long the attacked node may take to defend itself.
const DEADLINE: Duration = Duration::from_secs(30);
/// The most bytes of an answer that are read.
const ANSWER_BYTES_MAX: u64 = 1024 * 1024;

/// What the attacker does with answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answers {
    /// It reads them.
    Read,
    /// It reads nothing, and leaves the stream open.
    Ignored,
    /// It never ends what it writes, so that there are none.
    Withheld,
}

/// Writes bytes as they are.
#[derive(Clone)]
struct RawCodec(Answers);

#[async_trait]
impl Codec for RawCodec {
    type Protocol = StreamProtocol;
    type Request = Vec<u8>;
    type Response = Vec<u8>;

    async fn read_request<T: AsyncRead + Unpin + Send>(
        &mut self,
        _: &StreamProtocol,
        _: &mut T,
    ) -> io::Result<Vec<u8>> {
        Err(io::Error::other("the attacker answers nothing"))
    }

    async fn read_response<T: AsyncRead + Unpin + Send>(
        &mut self,
        _: &StreamProtocol,
        io: &mut T,
    ) -> io::Result<Vec<u8>> {
        if self.0 == Answers::Ignored {
            return pending().await;
        }
        let mut answer = Vec::new();
        io.take(ANSWER_BYTES_MAX).read_to_end(&mut answer).await?;
        Ok(answer)
    }

    async fn write_request<T: AsyncWrite + Unpin + Send>(
        &mut self,
        _: &StreamProtocol,
        io: &mut T,
        bytes: Vec<u8>,
    ) -> io::Result<()> {
        io.write_all(&bytes).await?;
        io.flush().await?;
        if self.0 == Answers::Withheld {
            // What comes next would end the stream.
            return pending().await;
        }
        Ok(())
    }

    async fn write_response<T: AsyncWrite + Unpin + Send>(
        &mut self,
        _: &StreamProtocol,
        _: &mut T,
        _: Vec<u8>,
    ) -> io::Result<()> {
        Err(io::Error::other("the attacker answers nothing"))
    }
}

/// The protocols that the attacker speaks.
#[derive(NetworkBehaviour)]
struct Protocols {
    /// The hello, as it should be.
    hello: request_response::Behaviour<RawCodec>,
    /// Messages, as the attacker likes them.
    direct: request_response::Behaviour<RawCodec>,
    /// Gossip, as it should be.
    gossip: gossipsub::Behaviour,
}

/// A topic of the tests' chain.
fn topic(name: &str) -> IdentTopic {
    IdentTopic::new(format!("faic/1/{}/{name}", chain().genesis.short()))
}

/// Gossip as nodes speak it, of all topics.
fn gossip() -> gossipsub::Behaviour {
    let config = gossipsub::ConfigBuilder::default()
        .protocol_id_prefix(format!("/faic/{}/gossip", chain().genesis.short()))
        .message_id_fn(|message| MessageId::from(Domain::GossipId.hash(&[&message.data]).as_bytes().to_vec()))
        .validation_mode(ValidationMode::Anonymous)
        .build()
        .unwrap();
    let mut gossip = gossipsub::Behaviour::new(MessageAuthenticity::Anonymous, config).unwrap();
    for name in ["transactions", "consensus"] {
        gossip.subscribe(&topic(name)).unwrap();
    }
    gossip
}

/// A hostile peer.
pub(crate) struct Attacker {
    /// Its swarm.
    swarm: Box<Swarm<Protocols>>,
    /// Whom it attacks.
    victim: Option<PeerId>,
    /// Who it is.
    pub(crate) id: NodeId,
}

impl Attacker {
    /// An attacker with the key of a small seed.
    pub(crate) fn new(seed: u8, answers: Answers) -> Self {
        let keypair = Keypair::ed25519_from_bytes([seed; 32]).unwrap();
        let protocols = |name: String, answers: Answers| {
            let name = StreamProtocol::try_from_owned(name).unwrap();
            let config =
                request_response::Config::default().with_request_timeout(DEADLINE).with_max_concurrent_streams(256);
            request_response::Behaviour::with_codec(RawCodec(answers), [(name, ProtocolSupport::Outbound)], config)
        };
        let direct = format!("/faic/{}/message/1", chain().genesis.short());
        let hello = protocols("/faic/hello".to_owned(), Answers::Read);
        let behaviour = Protocols { hello, direct: protocols(direct, answers), gossip: gossip() };
        let swarm = SwarmBuilder::with_existing_identity(keypair)
            .with_tokio()
            .with_tcp(tcp::Config::default(), noise::Config::new, yamux::Config::default)
            .unwrap()
            .with_behaviour(|_| behaviour)
            .unwrap()
            .with_swarm_config(|config| config.with_idle_connection_timeout(DEADLINE))
            .build();
        Self { swarm: Box::new(swarm), victim: None, id: NodeId::new(secret(seed).public_key()) }
    }

    /// Connects, and says nothing.
    pub(crate) async fn connect(&mut self, address: &NodeAddress) {
        self.swarm.dial(address.to_string().parse::<Multiaddr>().unwrap()).unwrap();
        let is_connected = |event: &SwarmEvent<ProtocolsEvent>| {
            if let SwarmEvent::ConnectionEstablished { peer_id, .. } = event { Some(*peer_id) } else { None }
        };
        self.victim = Some(self.wait(is_connected).await);
    }

    /// Connects and says a proper hello.
    pub(crate) async fn greet(&mut self, address: &NodeAddress) {
        self.connect(address).await;
        self.greet_late().await;
    }

    /// Says a proper hello on the connection that it has.
    pub(crate) async fn greet_late(&mut self) {
        let seed = (1..=u8::MAX).find(|seed| NodeId::new(secret(*seed).public_key()) == self.id).unwrap();
        let signed = SignedNodeState::sign(&secret(seed), 1, state(&chain()));
        let hello = borsh::to_vec(&(PROTOCOL_VERSION, chain().id, chain().genesis, signed)).unwrap();
        // The answer is a 1 and the hello of the other.
        assert_eq!(self.say(&hello).await.first(), Some(&1));
    }

    /// Waits until the victim has told what it listens to.
    pub(crate) async fn hears_of_topics(&mut self) {
        self.wait(|event| {
            let SwarmEvent::Behaviour(ProtocolsEvent::Gossip(event)) = event else { return None };
            matches!(event, gossipsub::Event::Subscribed { .. }).then_some(())
        })
        .await;
    }

    /// Gossips a transaction.
    pub(crate) fn publish(&mut self, message: &NetworkMessage) {
        self.swarm.behaviour_mut().gossip.publish(topic("transactions"), message.to_bytes()).unwrap();
    }

    /// Connects, says these bytes as a hello, and returns the answer.
    pub(crate) async fn say_hello(&mut self, address: &NodeAddress, hello: &[u8]) -> Vec<u8> {
        self.connect(address).await;
        self.say(hello).await
    }

    /// Says these bytes as a hello, and returns the answer.
    async fn say(&mut self, hello: &[u8]) -> Vec<u8> {
        let victim = self.victim.unwrap();
        self.swarm.behaviour_mut().hello.send_request(&victim, frame(hello));
        let answer = self.wait(|event| {
            let SwarmEvent::Behaviour(ProtocolsEvent::Hello(event)) = event else { return None };
            let request_response::Event::Message { message: Message::Response { response, .. }, .. } = event else {
                return None;
            };
            Some(response.clone())
        });
        // The first four bytes are the length.
        answer.await.split_off(4)
    }

    /// Writes bytes on a new stream.
    pub(crate) fn throw(&mut self, bytes: Vec<u8>) {
        let victim = self.victim.unwrap();
        self.swarm.behaviour_mut().direct.send_request(&victim, bytes);
    }

    /// Goes on until the victim has closed the connection.
    pub(crate) async fn is_thrown_out(&mut self) {
        self.wait(|event| matches!(event, SwarmEvent::ConnectionClosed { .. }).then_some(())).await;
    }

    /// Goes on until the condition holds.
    pub(crate) async fn goes_on_until(&mut self, mut condition: impl AsyncFnMut() -> bool) {
        let deadline = Instant::now() + DEADLINE;
        while !condition().await {
            assert!(Instant::now() < deadline, "the attacked node does not defend itself");
            let glance = Instant::now() + Duration::from_millis(10);
            let _ = timeout_at(glance, self.swarm.select_next_some()).await;
        }
    }

    /// Waits for an event.
    async fn wait<T>(&mut self, mut is_meant: impl FnMut(&SwarmEvent<ProtocolsEvent>) -> Option<T>) -> T {
        let deadline = Instant::now() + DEADLINE;
        loop {
            let event = timeout_at(deadline, self.swarm.select_next_some()).await.expect("the event comes in time");
            if let Some(found) = is_meant(&event) {
                return found;
            }
        }
    }
}

/// Puts the length before bytes, as honest nodes do.
pub(crate) fn frame(bytes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(bytes.len()).unwrap().to_be_bytes();
    [&length, bytes].concat()
}
