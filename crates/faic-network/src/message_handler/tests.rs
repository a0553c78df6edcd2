//! Tests of limits and scores.

use std::time::Duration;

use tokio::time::Instant;

use super::{ANSWERS_MAX, ANSWERS_PER_PEER_MAX, Admission, MessageHandler, Offence, SCORE_BAN};
use crate::{Config, samples::node};

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
        assert_eq!(handler.admit_request(node(1), now), Admission::Admitted);
        handler.answered(&node(1));
    }
    assert_eq!(handler.admit_request(node(1), now), Admission::TooOften);
    assert_eq!(handler.admit_request(node(2), now), Admission::Admitted);
    assert_eq!((0..9).filter(|_| handler.admit_gossip(node(1), now)).count(), 8);
}

/// One message more than are answered at a time is put off, for one peer and for all together.
#[test]
fn answers_at_a_time_are_limited() {
    let now = Instant::now();
    let mut handler = handler();
    for _ in 0..ANSWERS_PER_PEER_MAX {
        assert_eq!(handler.admit_request(node(1), now), Admission::Admitted);
    }
    assert_eq!(handler.admit_request(node(1), now), Admission::Busy);
    handler.answered(&node(1));
    assert_eq!(handler.admit_request(node(1), now), Admission::Admitted);
    let peers = u8::try_from(ANSWERS_MAX / ANSWERS_PER_PEER_MAX).unwrap();
    for seed in 2..=peers {
        for _ in 0..ANSWERS_PER_PEER_MAX {
            assert_eq!(handler.admit_request(node(seed), now), Admission::Admitted);
        }
    }
    assert_eq!(handler.admit_request(node(200), now), Admission::Busy);
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
