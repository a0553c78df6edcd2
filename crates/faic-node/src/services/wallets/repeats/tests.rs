//! Tests of the keys, at times that the tests choose.

use faic_core::{Amount, Hash, transaction::Nonce};

use super::{Duration, IdempotencyKey, Instant, LIFETIME, Order, Repeats, Sent};
use crate::{ErrorCode, services::testing::output};

/// A key.
fn key(text: &str) -> IdempotencyKey {
    text.parse().unwrap()
}

/// What came of order number `number`.
fn sent(number: u8) -> Sent {
    let nonce = Nonce { lane: 0, sequence: number.into() };
    Sent { id: Hash::from_bytes([number; 32]), fee: Amount::from_nano(1).unwrap(), nonce, valid_until: 9 }
}

#[test]
fn a_key_is_short_and_visible() {
    for good in ["a", "\"8e03978e-40d5-43dd-bc93-6894a57f9324\"", &"~".repeat(128)] {
        assert!(good.parse::<IdempotencyKey>().is_ok(), "{good}");
    }
    for bad in ["", " ", "a b", "a\tb", "é", "a\n", &"~".repeat(129)] {
        let error = bad.parse::<IdempotencyKey>().unwrap_err();
        assert_eq!(error.code(), ErrorCode::InvalidIdempotencyKey, "{bad:?}");
    }
}

#[tokio::test]
async fn the_first_order_of_a_key_answers_the_same_one_and_no_other() {
    let repeats = Repeats::new();
    let turn = repeats.turn(key("a")).await;
    assert_eq!(turn.answer(1).unwrap(), None);
    turn.remember(1, sent(1));
    assert_eq!(repeats.turn(key("a")).await.answer(1).unwrap(), Some(sent(1)));
    assert_eq!(repeats.turn(key("a")).await.answer(2).unwrap_err().code(), ErrorCode::IdempotencyKeyReused);
    assert_eq!(repeats.turn(key("b")).await.answer(1).unwrap(), None);
}

#[test]
fn every_part_of_an_order_counts() {
    let repeats = Repeats::new();
    let order = |to, amount, valid_for, lane| Order { valid_for, lane, ..Order::transfer(vec![output(to, amount)]) };
    let print = |wallet: &str, order: &Order| repeats.fingerprint(&wallet.parse().unwrap(), order);
    let first = print("a", &order(1, 1, None, None));
    assert_eq!(first, print("a", &order(1, 1, None, None)));
    for other in
        [order(2, 1, None, None), order(1, 2, None, None), order(1, 1, Some(5), None), order(1, 1, None, Some(1))]
    {
        assert_ne!(first, print("a", &other));
    }
    assert_ne!(first, print("b", &order(1, 1, None, None)));
    let rent = Order { memo: "rent".to_owned(), ..order(1, 1, None, None) };
    assert_ne!(first, print("a", &rent));
}

#[tokio::test(start_paused = true)]
async fn keys_are_forgotten_after_a_day_and_where_there_are_too_many() {
    let repeats = Repeats::of(2);
    let begin = Instant::now();
    for (number, text) in [(1, "a"), (2, "b"), (3, "c")] {
        repeats.turn(key(text)).await.remember(1, sent(number));
        tokio::time::advance(Duration::from_secs(60)).await;
    }
    assert_eq!(repeats.turn(key("a")).await.answer(1).unwrap(), None);
    assert_eq!(repeats.turn(key("b")).await.answer(1).unwrap(), Some(sent(2)));
    tokio::time::advance(LIFETIME.saturating_sub(begin.elapsed()) + Duration::from_secs(60)).await;
    assert_eq!(repeats.turn(key("b")).await.answer(1).unwrap(), None);
    assert_eq!(repeats.turn(key("c")).await.answer(1).unwrap(), Some(sent(3)));
}
