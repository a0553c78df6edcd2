//! Tests of limits and scores.

use std::time::Duration;

use tokio::time::Instant;

use super::{
    ANSWERS_MAX, ANSWERS_PER_PEER_MAX, Admission, MessageHandler, NODES_BURST, Offence, SCORE_BAN, UNREAD_BYTES_MAX,
    UNREAD_PER_PEER_BYTES_MAX, weight_of,
};
use crate::{BlocksRequest, Config, NetworkMessage, samples::node};

/// A handler that allows ten messages and two gossiped ones a second.
fn handler() -> MessageHandler {
    MessageHandler::new(Config { requests_per_second: 10, gossip_per_second: 2, ..Config::loopback() })
}

/// A peer may ask four seconds' worth at once; another is not held to account for it.
#[test]
fn requests_are_limited_by_peer() {
    let now = Instant::now();
    let mut handler = handler();
    for _ in 0..40 {
        assert_eq!(handler.admit_request(node(1), 1, now), Admission::Admitted);
        handler.answered(&node(1), 1, 0);
    }
    assert_eq!(handler.admit_request(node(1), 1, now), Admission::TooOften);
    assert_eq!(handler.admit_request(node(2), 1, now), Admission::Admitted);
    assert_eq!((0..9).filter(|_| handler.admit_gossip(node(1), now)).count(), 8);
}

/// A peer may ask which nodes there are eight times at once and then once a second; another may meanwhile.
#[test]
fn questions_for_nodes_are_limited_by_peer() {
    let now = Instant::now();
    let mut handler = handler();
    assert!((0..NODES_BURST).all(|_| handler.admit_nodes(node(1), now)));
    assert!(!handler.admit_nodes(node(1), now));
    assert!(handler.admit_nodes(node(2), now));
    let later = now + Duration::from_secs(1);
    assert!(handler.admit_nodes(node(1), later) && !handler.admit_nodes(node(1), later));
    assert_eq!(handler.score(&node(1), later), 0);
}

/// One message more than are answered at a time is put off, for one peer and for all together.
#[test]
fn answers_at_a_time_are_limited() {
    let now = Instant::now();
    let mut handler = MessageHandler::new(Config::loopback());
    for _ in 0..ANSWERS_PER_PEER_MAX {
        assert_eq!(handler.admit_request(node(1), 1, now), Admission::Admitted);
    }
    assert_eq!(handler.admit_request(node(1), 1, now), Admission::Busy);
    handler.answered(&node(1), 1, 0);
    assert_eq!(handler.admit_request(node(1), 1, now), Admission::Admitted);
    let peers = u8::try_from(ANSWERS_MAX / ANSWERS_PER_PEER_MAX).unwrap();
    for seed in 2..=peers {
        for _ in 0..ANSWERS_PER_PEER_MAX {
            assert_eq!(handler.admit_request(node(seed), 1, now), Admission::Admitted);
        }
    }
    assert_eq!(handler.admit_request(node(200), 1, now), Admission::Busy);
}

/// Scores fall by the offence, recover by one a second, and never rise above 0.
#[test]
fn scores_fall_and_recover() {
    let now = Instant::now();
    let second = Duration::from_secs(1);
    let mut handler = handler();
    assert_eq!(handler.score(&node(1), now), 0);
    assert_eq!(handler.blame(node(1), Offence::BadGossip, now), -20);
    assert_eq!(handler.score(&node(1), now + 15 * second), -5);
    assert_eq!(handler.blame(node(1), Offence::Malformed, now + 15 * second), -55);
    assert_eq!(handler.score(&node(1), now + 1_000 * second), 0);
    assert!(handler.blame(node(2), Offence::BadState, now) <= SCORE_BAN);
    handler.forgive(&node(2));
    assert_eq!(handler.score(&node(2), now), 0);
}

/// Questions with large answers count more, so that four of a peer are answered at a time.
#[test]
fn large_answers_weigh_more() {
    let now = Instant::now();
    let mut handler = handler();
    let weight = weight_of(&NetworkMessage::GetBlocks(BlocksRequest { from: 1, count: 1 }));
    let admitted = (0..9).filter(|_| handler.admit_request(node(1), weight, now) == Admission::Admitted).count();
    assert_eq!(admitted, 4);
    assert_eq!(weight_of(&NetworkMessage::GetSnapshot), weight);
    assert_eq!(weight_of(&NetworkMessage::Consensus(Vec::new())), 1);
}

/// One byte more than may be unread is refused, for one peer and for all together, until something is read.
#[test]
fn unread_answers_are_limited() {
    let now = Instant::now();
    let mut handler = handler();
    assert!(handler.admit_answer(node(1), UNREAD_PER_PEER_BYTES_MAX, now));
    assert!(!handler.admit_answer(node(1), 1, now));
    let peers = u8::try_from(UNREAD_BYTES_MAX / UNREAD_PER_PEER_BYTES_MAX).unwrap();
    assert!((2..=peers).all(|seed| handler.admit_answer(node(seed), UNREAD_PER_PEER_BYTES_MAX, now)));
    assert!(!handler.admit_answer(node(200), 1, now));
    handler.answered(&node(1), 0, 10);
    assert!(handler.admit_answer(node(1), 10, now));
}
