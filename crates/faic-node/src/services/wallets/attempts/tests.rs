//! Tests of the limit of tries, in paused time.

use std::time::Duration;

use super::{Attempts, WINDOW, WRONG_MAX};
use crate::ErrorCode;

/// The name of a wallet.
fn wallet(name: &str) -> faic_core::keystore::WalletName {
    name.parse().unwrap()
}

#[tokio::test(start_paused = true)]
async fn one_wrong_password_too_many_has_to_wait_until_the_first_is_a_minute_old() {
    let attempts = Attempts::new();
    for _ in 0..WRONG_MAX {
        drop(attempts.turn(wallet("a")).await.unwrap());
        tokio::time::advance(Duration::from_secs(2)).await;
    }
    let refused = attempts.turn(wallet("a")).await.err().unwrap();
    assert_eq!(refused.code(), ErrorCode::TooManyAttempts);
    let wait = refused.retry_after().unwrap();
    assert_eq!(wait, WINDOW - Duration::from_secs(10));
    attempts.turn(wallet("b")).await.unwrap().right();
    tokio::time::advance(wait).await;
    attempts.turn(wallet("a")).await.unwrap().right();
}

#[tokio::test(start_paused = true)]
async fn right_passwords_do_not_count() {
    let attempts = Attempts::new();
    for _ in 0..10 * WRONG_MAX {
        attempts.turn(wallet("a")).await.unwrap().right();
    }
}
