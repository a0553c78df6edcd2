//! Messages for everybody: the verdict of each node decides how far they come.

use std::time::Duration;

use faic_network::{Config, NetworkError, NetworkMessage, P2PNetworkInterface, ResponseMessage, Verdict};
use libp2p::futures::future::join_all;

use crate::{
    attacker::{Answers, Attacker},
    log,
    node::{Node, eventually, payment, transfer},
};

/// Three nodes of which only the middle one is connected with both others.
async fn line(seeds: [u8; 3]) -> [Node; 3] {
    let opens = |outbound_max: u32| Config { outbound_max, ..Config::loopback() };
    let first = Node::with(seeds[0], opens(1)).await;
    let middle = Node::with(seeds[1], opens(1)).await;
    let last = Node::with(seeds[2], opens(0)).await;
    first.join(&middle).await;
    middle.join(&last).await;
    middle.meets(first.id()).await;
    last.meets(middle.id()).await;
    assert_eq!((first.peers().await.len(), last.peers().await.len()), (1, 1));
    [first, middle, last]
}

/// How much a transfer pays; nothing for other messages.
fn nano_of(message: &NetworkMessage) -> u64 {
    let NetworkMessage::Transfers(transfers) = message else { return 0 };
    transfers.iter().map(|signed| signed.transaction.outputs_total().unwrap().nano()).sum()
}

/// Broadcasts a message until a node has received one that differs by the number.
async fn send_until_received(from: &Node, to: &Node, number: &mut u64) -> NetworkMessage {
    loop {
        *number += 1;
        let message = transfer(*number);
        from.network.broadcast(message.clone()).await.unwrap();
        let mut looks = 0;
        eventually("a message arrives, or its time is over", async || {
            looks += 1;
            to.inbox.has_received(&message) || looks > 50
        })
        .await;
        if to.inbox.has_received(&message) {
            return message;
        }
    }
}

/// What the middle node accepts reaches the last; what it ignores or rejects does not.
#[tokio::test]
async fn verdict_decides_relay() {
    let [first, middle, last] = line([41, 42, 43]).await;
    let mut number = 1_000;
    send_until_received(&first, &last, &mut number).await;
    middle.inbox.judge_by(|message| match nano_of(message) {
        7 => Verdict::Ignore,
        8 => Verdict::Reject { reason: "eight".to_owned() },
        _ => Verdict::Accept,
    });
    for nano in [7, 8] {
        first.network.broadcast(transfer(nano)).await.unwrap();
        eventually("the middle has it", async || middle.inbox.has_received(&transfer(nano))).await;
    }
    send_until_received(&first, &last, &mut number).await;
    assert!(!last.inbox.has_received(&transfer(7)) && !last.inbox.has_received(&transfer(8)));
    let score = middle.peer(first.id()).await.unwrap().score;
    assert!((-20..-10).contains(&score), "{score}");
    assert_eq!(first.peer(middle.id()).await.unwrap().score, 0);
}

/// Two nodes that are given the same transactions by a user hear from each other what they said themselves; neither is to
/// blame, and both go on listening.
#[tokio::test]
async fn echoes_are_nobodys_fault() {
    let (alice, bob) = (Node::start(36).await, Node::start(37).await);
    alice.join(&bob).await;
    send_until_received(&alice, &bob, &mut 7_000).await;
    send_until_received(&bob, &alice, &mut 8_000).await;
    for nano in 9_000..9_040 {
        let (one, other) = tokio::join!(alice.network.broadcast(transfer(nano)), bob.network.broadcast(transfer(nano)));
        one.and(other).unwrap();
    }
    for (from, to, nano) in [(&alice, &bob, 9_998), (&bob, &alice, 9_999)] {
        from.network.broadcast(transfer(nano)).await.unwrap();
        eventually("the other listens", async || to.inbox.has_received(&transfer(nano))).await;
    }
}

/// What a peer brings before it has said hello is not listened to, and still heard when somebody else brings it.
#[tokio::test]
async fn gossip_before_the_hello_takes_nothing_away() {
    let (alice, bob) = (Node::start(216).await, Node::start(217).await);
    alice.join(&bob).await;
    send_until_received(&alice, &bob, &mut 11_000).await;
    let mut early = Attacker::new(218, Answers::Read);
    early.connect(&bob.address()).await;
    early.hears_of_topics().await;
    let (first, meanwhile, last) = (transfer(12_001), transfer(12_002), transfer(12_003));
    early.publish(&first);
    alice.network.broadcast(meanwhile.clone()).await.unwrap();
    early.goes_on_until(async || bob.inbox.has_received(&meanwhile)).await;
    assert!(!bob.inbox.has_received(&first));
    early.greet_late().await;
    bob.meets(early.id).await;
    early.publish(&last);
    early.goes_on_until(async || bob.inbox.has_received(&last)).await;
    alice.network.broadcast(first.clone()).await.unwrap();
    early.goes_on_until(async || bob.inbox.has_received(&first)).await;
}

/// A peer that keeps passing on what no honest node would is banned.
#[tokio::test]
async fn bad_gossip_leads_to_a_ban() {
    let (alice, bob) = (Node::start(44).await, Node::start(45).await);
    alice.join(&bob).await;
    send_until_received(&alice, &bob, &mut 2_000).await;
    bob.inbox.judge_by(|_| Verdict::Reject { reason: "never".to_owned() });
    let mut number = 3_000;
    eventually("the offender is banned", async || {
        number += 1;
        alice.network.broadcast(transfer(number)).await.unwrap();
        !bob.network.bans().await.unwrap().is_empty()
    })
    .await;
    assert_eq!(bob.network.bans().await.unwrap()[0].id, alice.id());
    bob.loses(alice.id()).await;
}

/// A peer that passes on more than it may is not listened to, and in the end banned.
#[tokio::test]
async fn flood_of_gossip() {
    let alice = Node::start(59).await;
    let bob = Node::with(60, Config { gossip_per_second: 1, ..Config::loopback() }).await;
    alice.join(&bob).await;
    send_until_received(&alice, &bob, &mut 5_000).await;
    let mut number = 6_000;
    eventually("the flood is stopped", async || {
        for _ in 0..20 {
            number += 1;
            // Its own queue may be full: it does all that it can.
            let _ = alice.network.broadcast(transfer(number)).await;
        }
        !bob.network.bans().await.unwrap().is_empty()
    })
    .await;
    assert_eq!(bob.network.bans().await.unwrap()[0].reason, "more messages than allowed");
    let received = (6_001..=number).filter(|number| bob.inbox.has_received(&transfer(*number))).count();
    assert!(received < 50, "{received} of {number} were let in");
}

/// Transactions that come in one message count one by one.
#[tokio::test]
async fn flood_in_one_message() {
    let alice = Node::start(83).await;
    let bob = Node::with(84, Config { gossip_per_second: 1, ..Config::loopback() }).await;
    alice.join(&bob).await;
    send_until_received(&alice, &bob, &mut 5_000).await;
    let many = NetworkMessage::Transfers((1..=10).map(payment).collect());
    eventually("the peer is blamed", async || {
        alice.network.broadcast(many.clone()).await.unwrap();
        bob.peers().await.iter().any(|peer| peer.score < 0)
    })
    .await;
    assert!(!bob.inbox.has_received(&many));
}

/// Only nodes that take part get the messages of the consensus, in their order.
#[tokio::test]
async fn consensus_is_for_those_who_take_part() {
    let (alice, bob, carol) = (Node::start(46).await, Node::start(47).await, Node::start(48).await);
    for validator in [&alice, &bob] {
        validator.network.take_part(true).await.unwrap();
    }
    alice.join(&bob).await;
    alice.join(&carol).await;
    let mut number = 0_u8;
    let vote = |number: u8| NetworkMessage::Consensus(vec![number; 3]);
    eventually("the validator hears of it", async || {
        number += 1;
        alice.network.broadcast(vote(number)).await.unwrap();
        (1..=number).any(|number| bob.inbox.has_received(&vote(number)))
    })
    .await;
    send_until_received(&alice, &carol, &mut 4_000).await;
    assert!((0..=number).all(|number| !carol.inbox.has_received(&vote(number))));
}

/// Other kinds, and messages that are too large, are not gossiped; the same one twice is.
#[tokio::test]
async fn what_is_not_gossiped() {
    let alice = Node::start(49).await;
    let answer = NetworkMessage::Response(ResponseMessage::Done);
    assert_eq!(alice.network.broadcast(answer).await, Err(NetworkError::NotGossip("response")));
    let large = NetworkMessage::Consensus(vec![0; 256 * 1024]);
    assert!(matches!(alice.network.broadcast(large).await, Err(NetworkError::TooLarge { .. })));
    for _ in 0..2 {
        assert_eq!(alice.network.broadcast(transfer(1)).await, Ok(()));
    }
}

/// When the only peer reads nothing its queue is full in the end; what found it full is not taken for told when it is said
/// again, unlike what was told.
#[tokio::test]
async fn full_queues_are_no_success() {
    let alice = Node::with(219, Config { silence_max: Duration::from_secs(120), ..Config::loopback() }).await;
    let mut deaf = Attacker::new(220, Answers::Read);
    deaf.greet(&alice.address()).await;
    alice.meets(deaf.id).await;
    let message = |number: u32| NetworkMessage::Consensus([number.to_be_bytes(); 512].concat());
    let (mut number, mut first_full) = (0, None);
    eventually("the queue is full", async || {
        let numbers = number..number + 512;
        number = numbers.end;
        let told = join_all(numbers.clone().map(|number| alice.network.broadcast(message(number)))).await;
        first_full = numbers.zip(told).find(|(_, told)| *told == Err(NetworkError::Full));
        first_full.is_some()
    })
    .await;
    let (full, _) = first_full.unwrap();
    assert_eq!(alice.network.broadcast(message(full)).await, Err(NetworkError::Untold));
    assert_eq!(alice.network.broadcast(message(full - 1)).await, Ok(()));
    eventually("the peer is named", async || log::has_line(&["gossip.slow_peer", &deaf.id.to_string()])).await;
}
