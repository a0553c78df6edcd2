//! Tests of what is named of the peers.

use libp2p::gossipsub::FailedMessages;
use tokio::time::Instant;

use super::{Lost, SLOW_INTERVAL, Standing};
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
