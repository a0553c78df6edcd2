//! Tests of what is named of the peers.

use libp2p::gossipsub::FailedMessages;
use tokio::time::Instant;

use super::{Lost, PLACES_LOST_MAX, SLOW_INTERVAL, Standing};
use crate::samples::node;

/// A peer that does not keep up is named at once, and then once a minute with all that it did not get meanwhile.
#[test]
fn slow_peers_are_named_once_a_minute() {
    let now = Instant::now();
    let mut standing = Standing::default();
    let failed = FailedMessages { publish: 3, forward: 2, priority: 1, non_priority: 2, timeout: 2 };
    standing.lose(node(1), &failed, now);
    assert_eq!(standing.due_slow(now), [(node(1), Lost { own: 3, passed_on: 2, too_old: 2 })]);
    for _ in 0..10 {
        standing.lose(node(1), &failed, now);
        assert_eq!(standing.due_slow(now), []);
    }
    standing.lose(node(2), &failed, now);
    assert_eq!(standing.due_slow(now), [(node(2), Lost { own: 3, passed_on: 2, too_old: 2 })]);
    let later = now + SLOW_INTERVAL;
    assert_eq!(standing.due_slow(later), [(node(1), Lost { own: 30, passed_on: 20, too_old: 20 })]);
    assert_eq!(standing.due_slow(later + SLOW_INTERVAL), []);
    assert!(standing.slow.is_empty());
    standing.lose(node(1), &failed, later);
    standing.forget(&node(1));
    assert_eq!(standing.due_slow(later), []);
}

/// A queue is spent with one place more than it may lose to own messages that waited too long; others cost none, and a new
/// connection begins anew.
#[test]
fn spent_queues_are_noticed() {
    let now = Instant::now();
    let mut standing = Standing::default();
    let found_no_room = FailedMessages { publish: 9_999, priority: 9_999, ..FailedMessages::default() };
    let passed_on = FailedMessages { forward: 9_999, timeout: 9_999, ..FailedMessages::default() };
    let too_old = |count: usize| FailedMessages { publish: count, timeout: count, ..FailedMessages::default() };
    assert!(!standing.lose(node(1), &found_no_room, now));
    assert!(!standing.lose(node(1), &passed_on, now));
    assert!(!standing.lose(node(1), &too_old(PLACES_LOST_MAX), now));
    assert!(standing.lose(node(1), &too_old(1), now));
    standing.forget(&node(1));
    assert!(!standing.lose(node(1), &too_old(1), now));
}
