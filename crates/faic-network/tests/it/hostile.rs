//! Hostile peers: each is penalised, named and thrown out, while an honest peer is served all along.

use std::time::Duration;

use faic_network::{Config, DiscoverNodesRequest, NetworkMessage, P2PNetworkInterface, SignedNodeState, message};
use tokio::{io::AsyncWriteExt, net::TcpStream};

use crate::{
    attacker::{Answers, Attacker, frame},
    log,
    node::{Node, chain, eventually, secret, state},
};

/// A node under attack, with an honest peer.
async fn besieged(seeds: [u8; 2], config: Config) -> [Node; 2] {
    let (victim, honest) = (Node::with(seeds[0], config).await, Node::start(seeds[1]).await);
    honest.join(&victim).await;
    victim.meets(honest.id()).await;
    [victim, honest]
}

/// Has an attacker throw bytes until it is banned, while the honest peer is served.
async fn throw_until_banned(seeds: [u8; 3], config: Config, bytes: Vec<u8>, reason: &str) {
    let [victim, honest] = besieged([seeds[0], seeds[1]], config).await;
    let mut attacker = Attacker::new(seeds[2], Answers::Read);
    attacker.greet(&victim.address()).await;
    victim.meets(attacker.id).await;
    for _ in 0..32 {
        attacker.throw(bytes.clone());
    }
    attacker.is_thrown_out().await;
    let bans = victim.network.bans().await.unwrap();
    assert_eq!(bans.iter().map(|ban| (ban.id, ban.reason.as_str())).collect::<Vec<_>>(), [(attacker.id, reason)]);
    assert!(log::has_line(&["peer.banned", &attacker.id.to_string(), reason]));
    assert_eq!(honest.network.sync_state().await, Ok(1));
    assert_eq!(victim.peer(honest.id()).await.map(|peer| peer.score), Some(0));
}

/// Frames of garbage.
#[tokio::test]
async fn garbage_frames() {
    let garbage = frame(b"GET / HTTP/1.1\r\n\r\n");
    throw_until_banned([71, 72, 73], Config::loopback(), garbage, "bytes that are no message").await;
}

/// Frames that promise four gigabytes, of which nothing is allocated.
#[tokio::test]
async fn oversized_frames() {
    let promise = vec![0xff; 64];
    throw_until_banned([74, 75, 76], Config::loopback(), promise, "bytes that are no message").await;
}

/// A question that is larger than its kind may be, though smaller than others.
#[tokio::test]
async fn frames_too_large_for_their_kind() {
    let mut question = vec![0; 1_000];
    question[..2].copy_from_slice(&[message::MESSAGE_VERSION, 3]);
    let question = frame(&question);
    throw_until_banned([77, 78, 79], Config::loopback(), question, "bytes that are no message").await;
}

/// A state that somebody else signed.
#[tokio::test]
async fn forged_states() {
    let forged = SignedNodeState::sign(&secret(99), 1, state(&chain()));
    let forged = frame(&NetworkMessage::NodeState(forged).to_bytes());
    throw_until_banned([80, 81, 82], Config::loopback(), forged, "a state that it did not sign").await;
}

/// A flood of proper questions is answered up to a limit, then refused, then ends with a ban.
#[tokio::test]
async fn flood_of_questions() {
    let config = Config { requests_per_second: 1, ..Config::loopback() };
    let [victim, honest] = besieged([83, 84], config).await;
    let mut attacker = Attacker::new(85, Answers::Read);
    attacker.greet(&victim.address()).await;
    let question = NetworkMessage::DiscoverNodes(DiscoverNodesRequest { count_max: 1 }).to_bytes();
    for _ in 0..20 {
        for _ in 0..20 {
            attacker.throw(frame(&question));
        }
        let mut looks = 0;
        attacker
            .goes_on_until(async || {
                looks += 1;
                looks > 20 || !victim.network.bans().await.unwrap().is_empty()
            })
            .await;
    }
    assert!(log::has_line(&["peer.banned", &attacker.id.to_string(), "more messages than allowed"]));
    assert!(victim.peer(honest.id()).await.is_some());
}

/// A peer that asks and does not read the answers loses its score, and the memory that they take is freed.
#[tokio::test]
async fn slow_reader() {
    let config = Config { answer_timeout: Duration::from_millis(500), ..Config::loopback() };
    let [victim, honest] = besieged([86, 87], config).await;
    victim.inbox.answer_with(message::CONSENSUS_BYTES_MAX - 6);
    let mut attacker = Attacker::new(88, Answers::Ignored);
    attacker.greet(&victim.address()).await;
    for _ in 0..4 {
        attacker.throw(frame(&NetworkMessage::Consensus(vec![1]).to_bytes()));
    }
    let id = attacker.id;
    attacker.goes_on_until(async || victim.peer(id).await.is_some_and(|peer| peer.score <= -15)).await;
    assert_eq!(honest.network.sync_state().await, Ok(1));
}

/// Promises of large messages, of which nothing follows, take no room from others.
#[tokio::test]
async fn empty_promises() {
    // It is patient, so that only the share of each connection helps.
    let patient = Duration::from_secs(120);
    let config = Config { silence_max: patient, answer_timeout: patient, ..Config::loopback() };
    let [victim, honest] = besieged([210, 211], config).await;
    let length = u32::try_from(message::REQUEST_BYTES_MAX).unwrap().to_be_bytes();
    let consensus = NetworkMessage::Consensus(Vec::new()).to_bytes();
    let ask = async |bytes: usize| honest.network.send(victim.id(), NetworkMessage::Consensus(vec![7; bytes])).await;
    let mut attackers = [212, 213].map(|seed| Attacker::new(seed, Answers::Withheld));
    for attacker in &mut attackers {
        attacker.greet(&victim.address()).await;
        // A few at a time, because too many streams that begin at once are not let in.
        for _ in 0..12 {
            for _ in 0..8 {
                attacker.throw([&length, &consensus[..2]].concat());
            }
            let mut asked = 0;
            attacker
                .goes_on_until(async || {
                    assert!(ask(1).await.is_ok());
                    asked += 1;
                    asked > 5
                })
                .await;
        }
    }
    assert!(ask(200_000).await.is_ok());
}

/// A peer of another version of the protocol, or with garbage for a hello, is told why it is refused, and dropped.
#[tokio::test]
async fn strange_hellos() {
    let [victim, honest] = besieged([100, 101], Config::loopback()).await;
    for (seed, hello, reason) in [(102, [9, 0].as_slice(), "version 9"), (103, &[1, 0, 7], "cannot be read")] {
        let mut attacker = Attacker::new(seed, Answers::Read);
        let answer = attacker.say_hello(&victim.address(), hello).await;
        assert_eq!(answer.first(), Some(&0));
        assert!(String::from_utf8(answer[1..].to_vec()).unwrap().contains(reason));
        attacker.is_thrown_out().await;
        assert!(log::has_line(&["peer.refused", &attacker.id.to_string(), reason]));
    }
    assert_eq!(victim.peers().await.len(), 1);
    assert_eq!(honest.network.sync_state().await, Ok(1));
}

/// A peer that connects and says nothing is named and dropped.
#[tokio::test]
async fn no_hello() {
    let config = Config { ping_timeout: Duration::from_millis(500), ..Config::loopback() };
    let [victim, honest] = besieged([89, 90], config).await;
    let mut attacker = Attacker::new(91, Answers::Read);
    attacker.connect(&victim.address()).await;
    attacker.is_thrown_out().await;
    assert!(log::has_line(&["peer.mute", &attacker.id.to_string()]));
    assert_eq!(victim.peers().await.len(), 1);
    assert_eq!(honest.network.sync_state().await, Ok(1));
}

/// A peer that says hello and then nothing more is named and dropped.
#[tokio::test]
async fn silent_peer() {
    let silence_max = Duration::from_millis(600);
    let heartbeat_interval = Duration::from_millis(100);
    let [victim, honest] = besieged([92, 93], Config { silence_max, heartbeat_interval, ..Config::loopback() }).await;
    let mut attacker = Attacker::new(94, Answers::Read);
    attacker.greet(&victim.address()).await;
    attacker.is_thrown_out().await;
    assert!(log::has_line(&["peer.silent", &attacker.id.to_string()]));
    assert!(victim.peer(honest.id()).await.is_some());
}

/// Two thousand connections from one address, with garbage on them: few are let in, and the address is named.
#[tokio::test]
async fn flood_of_connections() {
    let config = Config { inbound_per_address_max: 4, inbound_per_address_burst: 8, ..Config::loopback() };
    let [victim, honest] = besieged([95, 96], config).await;
    let address = victim.address().to_string();
    let port: u16 = address.split('/').nth(4).unwrap().parse().unwrap();
    let mut open = Vec::new();
    for _ in 0..2_000 {
        // A connection that is closed at once is what the attacker deserves.
        if let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)).await {
            let _ = stream.write_all(b"\x13/multistream/1.0.0\ngarbage").await;
            open.push(stream);
        }
        if open.len() > 200 {
            open.clear();
        }
    }
    eventually("the address is named", async || log::has_line(&["address.refused", "127.0.0.1", "refused=1000"])).await;
    assert_eq!(victim.peers().await.len(), 1);
    assert_eq!(honest.network.sync_state().await, Ok(1));
}
