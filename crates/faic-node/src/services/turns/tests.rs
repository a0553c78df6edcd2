//! Tests that turns exclude each other by key, and leave nothing behind.

use std::time::Duration;

use super::Turns;

#[tokio::test(start_paused = true)]
async fn a_key_has_one_turn_at_a_time_and_keys_do_not_wait_for_each_other() {
    let turns = Turns::new();
    let first = turns.take("a").await;
    let second = tokio::time::timeout(Duration::from_secs(1), turns.take("a")).await;
    assert!(second.is_err());
    let _other = turns.take("b").await;
    drop(first);
    let _third = turns.take("a").await;
}

#[tokio::test]
async fn a_key_that_nobody_uses_is_forgotten() {
    let turns = Turns::new();
    for key in 0..100 {
        drop(turns.take(key).await);
    }
    assert!(turns.locks.lock().unwrap().len() <= 1);
}
