//! Tests of transactions that are made here: sequences, fees, limits.

use std::{collections::BTreeSet, sync::Arc};

use faic_core::{Network, transaction::Nonce};

use super::{Order, Spending, is_sequence_taken, with_headroom};
use crate::{
    ErrorCode,
    services::testing::{chain, output, secret},
};

/// A payment of one nano to account 9.
fn payment() -> Order {
    Order::transfer(vec![output(9, 1)])
}

#[tokio::test]
async fn concurrent_payments_of_one_account_take_distinct_sequences() {
    let spending = Arc::new(Spending::new(chain(Network::Dev, &[])));
    let tasks: Vec<_> = (0..20)
        .map(|_| {
            let spending = Arc::clone(&spending);
            tokio::spawn(async move { spending.act(secret(1), payment()).await.unwrap().nonce })
        })
        .collect();
    let mut nonces = BTreeSet::new();
    for task in tasks {
        nonces.insert(task.await.unwrap());
    }
    assert_eq!(nonces, (0..20).map(|sequence| Nonce { lane: 0, sequence }).collect());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_pays_from_two_places_never_takes_a_sequence_twice() {
    let chain = chain(Network::Dev, &[]);
    let places = [(); 2].map(|()| Arc::new(Spending::new(Arc::clone(&chain))));
    let tasks: Vec<_> = places
        .iter()
        .map(|spending| {
            let spending = Arc::clone(spending);
            tokio::spawn(async move {
                let mut nonces = Vec::new();
                for _ in 0..10 {
                    match spending.act(secret(1), payment()).await {
                        Ok(sent) => nonces.push(sent.nonce),
                        // As often as it is tried, the other place may be quicker.
                        Err(error) => assert!(is_sequence_taken(error.code()), "{error}"),
                    }
                }
                nonces
            })
        })
        .collect();
    let mut nonces = Vec::new();
    for task in tasks {
        nonces.extend(task.await.unwrap());
    }
    assert!(nonces.len() >= 10);
    assert_eq!(nonces.iter().collect::<BTreeSet<_>>().len(), nonces.len());
}

#[tokio::test]
async fn a_lane_of_its_own_has_sequences_of_its_own() {
    let spending = Spending::new(chain(Network::Dev, &[]));
    spending.act(secret(1), payment()).await.unwrap();
    let sent = spending.act(secret(1), Order { lane: Some(3), ..payment() }).await.unwrap();
    assert_eq!(sent.nonce, Nonce { lane: 3, sequence: 0 });
}

#[tokio::test]
async fn a_payment_is_valid_for_as_long_as_was_asked() {
    let spending = Spending::new(chain(Network::Dev, &[]));
    let sent = spending.act(secret(1), Order { valid_for: Some(7), ..payment() }).await.unwrap();
    assert_eq!(sent.valid_until, 7);
}

#[tokio::test]
async fn a_payment_that_breaks_a_rule_is_refused_before_it_is_signed() {
    let spending = Spending::new(chain(Network::Dev, &[]));
    let mut long_memo = output(9, 1);
    long_memo.memo = "x".repeat(65);
    for (bad, code) in [
        (Order::transfer(vec![]), ErrorCode::InvalidTransaction),
        (Order::transfer(vec![output(9, 1); 257]), ErrorCode::InvalidTransaction),
        (Order::transfer(vec![output(9, 0)]), ErrorCode::InvalidAmount),
        (Order::transfer(vec![long_memo]), ErrorCode::InvalidTransaction),
        (Order { lane: Some(16), ..payment() }, ErrorCode::InvalidBody),
        (Order { valid_for: Some(0), ..payment() }, ErrorCode::InvalidBody),
        (Order { valid_for: Some(Order::VALID_FOR_BLOCKS_MAX + 1), ..payment() }, ErrorCode::InvalidBody),
    ] {
        assert_eq!(spending.act(secret(1), bad).await.unwrap_err().code(), code);
    }
}

#[tokio::test]
async fn more_than_the_balance_is_refused_and_its_sequence_stays_free() {
    let spending = Spending::new(chain(Network::Dev, &[]));
    let too_much = Order::transfer(vec![output(9, 1_000_000_000_000)]);
    assert_eq!(spending.act(secret(1), too_much).await.unwrap_err().code(), ErrorCode::InsufficientBalance);
    assert_eq!(spending.act(secret(1), payment()).await.unwrap().nonce.sequence, 0);
}

#[test]
fn the_fee_has_headroom_for_three_full_blocks() {
    for base in [10_u64, 11, 1_000, 1_000_000] {
        let risen = (0..3).fold(base, |fee, _| fee + (fee / 8).max(1));
        assert!(with_headroom(base) >= risen, "{base}");
    }
    assert_eq!(with_headroom(u64::MAX), u64::MAX);
}
