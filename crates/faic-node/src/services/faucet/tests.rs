//! Tests of the faucet's limits.

use std::{sync::Arc, time::Duration};

use faic_core::{Address, Amount, Network};
use tokio::time::Instant;

use super::{FaucetConfig, FaucetService, GRANTS_MAX, HISTORY_PAGE_ITEMS, PERIOD};
use crate::{
    Chain, ErrorCode, TransactionState,
    services::testing::{address, chain, run, secret},
};

/// A faucet of account 1, which gives that many FAIC.
async fn faucet(chain: &Arc<Chain>, faic: u64) -> FaucetService {
    let config = FaucetConfig { key: secret(1), amount: Amount::from_faic(faic).unwrap() };
    FaucetService::new(Arc::clone(chain), Some(config)).await.unwrap()
}

#[tokio::test]
async fn an_address_is_served_once_a_day_also_after_a_restart() {
    let chain = chain(Network::Dev, &[]);
    let _consensus = run(&chain);
    let first = faucet(&chain, 10).await;
    let grant = first.grant(address(9)).await.unwrap();
    assert_eq!(first.grant(address(9)).await.unwrap_err().code(), ErrorCode::FaucetLimit);
    let state = chain.wait_for(grant.sent.id, Duration::from_secs(20)).await.unwrap();
    assert!(matches!(state, TransactionState::Final { .. }), "{state:?}");
    let restarted = faucet(&chain, 10).await;
    let refused = restarted.grant(address(9)).await.unwrap_err();
    assert_eq!(refused.code(), ErrorCode::FaucetLimit);
    assert!(refused.retry_after().is_some_and(|wait| wait > PERIOD / 2 && wait <= PERIOD));
    restarted.grant(address(8)).await.unwrap();
}

/// Payments among others, however many, do not push a grant out of the faucet's memory.
#[tokio::test]
async fn a_grant_is_remembered_behind_many_payments() {
    let chain = chain(Network::Dev, &[]);
    let _consensus = run(&chain);
    let before = faucet(&chain, 1).await;
    before.grant(address(9)).await.unwrap();
    let mut last = None;
    for number in 0..=HISTORY_PAGE_ITEMS as u64 {
        let mut bytes = [0xee; 32];
        bytes[..8].copy_from_slice(&number.to_le_bytes());
        last = Some(before.grant(Address::from_bytes(bytes)).await.unwrap().sent.id);
    }
    chain.wait_for(last.unwrap(), Duration::from_secs(20)).await.unwrap();
    assert_eq!(faucet(&chain, 1).await.grant(address(9)).await.unwrap_err().code(), ErrorCode::FaucetLimit);
}

#[tokio::test(start_paused = true)]
async fn an_address_is_served_again_the_next_day() {
    let chain = chain(Network::Test, &[]);
    let faucet = faucet(&chain, 10).await;
    faucet.grant(address(9)).await.unwrap();
    tokio::time::advance(PERIOD).await;
    faucet.grant(address(9)).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn one_grant_too_many_for_a_day_is_refused_until_the_day_is_over() {
    let faucet = faucet(&chain(Network::Dev, &[]), 10).await;
    let source = faucet.source.as_ref().unwrap();
    let now = Instant::now();
    let others = (0..GRANTS_MAX as u64 - 1).map(|number| {
        let mut bytes = [0xee; 32];
        bytes[..8].copy_from_slice(&number.to_le_bytes());
        (Address::from_bytes(bytes), now + PERIOD)
    });
    source.waits().extend(others);
    faucet.grant(address(9)).await.unwrap();
    let refused = faucet.grant(address(8)).await.unwrap_err();
    assert_eq!((refused.code(), refused.retry_after()), (ErrorCode::FaucetLimit, Some(PERIOD)));
    tokio::time::advance(PERIOD).await;
    faucet.grant(address(8)).await.unwrap();
}

#[tokio::test]
async fn an_empty_faucet_says_so_and_does_not_count_the_try() {
    let faucet = faucet(&chain(Network::Dev, &[]), 1_001).await;
    for _ in 0..2 {
        assert_eq!(faucet.grant(address(9)).await.unwrap_err().code(), ErrorCode::FaucetEmpty);
    }
}

#[tokio::test]
async fn the_main_network_has_no_faucet() {
    let main = faucet(&chain(Network::Main, &[]), 1).await;
    assert!(!main.is_available());
    assert_eq!(main.grant(address(9)).await.unwrap_err().code(), ErrorCode::FaucetUnavailable);
    let none = FaucetService::new(chain(Network::Dev, &[]), None).await.unwrap();
    assert_eq!(none.grant(address(9)).await.unwrap_err().code(), ErrorCode::FaucetUnavailable);
}
