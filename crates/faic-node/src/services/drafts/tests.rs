//! Tests of fees, built transactions and simulations.

use std::sync::Arc;

use faic_core::{Amount, Authority, Transaction};

use super::{DraftService, Order, Simulation};
use crate::{
    ErrorCode,
    testing::{address, chain, grow, payment, secret},
};

/// A transfer of so much from account 1 to account 9.
fn order(nano: u64) -> Order {
    let amount = Amount::from_nano(nano).unwrap();
    Order::transfer(vec![faic_core::transaction::Output { to: address(9), amount, memo: String::new() }])
}

#[tokio::test]
async fn a_built_transaction_does_what_its_simulation_says() {
    let chain = chain();
    let service = DraftService::new(Arc::clone(&chain));
    let fees = service.fees().await.unwrap();
    let authority = Authority::single(secret(1).public_key());
    let built = service.build(None, authority, order(7)).await.unwrap();
    let built = built.transaction().clone();
    assert_eq!((built.fee, built.signed_bytes()), (fees.transfer_fee, fees.transfer_bytes));
    assert_eq!(Transaction::from_bytes(&built.to_bytes()).unwrap(), built);
    let view = service.simulate(&built.to_bytes()).await.unwrap();
    let Simulation::Accepted { receipt, balances } = view.outcome else { panic!("{view:?}") };
    assert!(!view.is_signed && receipt.fee == built.fee);
    let (before, after) = balances[&address(1)];
    assert_eq!(before.nano() - after.nano(), 7 + built.fee.nano());
    assert_eq!(balances[&address(9)], (Amount::ZERO, Amount::from_nano(7).unwrap()));
    assert_eq!(chain.read(|ledger| ledger.account(&address(9))).await.unwrap().balance, Amount::ZERO);
}

#[tokio::test]
async fn a_simulation_comes_after_what_waits_and_says_why_it_would_be_refused() {
    let chain = chain();
    let service = DraftService::new(Arc::clone(&chain));
    chain.admit(payment(1, 0)).await.unwrap();
    let next = service.simulate(&payment(1, 1).to_bytes()).await.unwrap();
    assert!(next.is_signed && matches!(next.outcome, Simulation::Accepted { .. }), "{next:?}");
    let mut forged = payment(1, 1);
    forged.transaction.memo = "altered".to_owned();
    for (bytes, code) in [
        (payment(1, 5).to_bytes(), ErrorCode::SequenceTooFar),
        (forged.to_bytes(), ErrorCode::InvalidSignature),
        (payment(5, 0).to_bytes(), ErrorCode::InsufficientBalance),
    ] {
        let view = service.simulate(&bytes).await.unwrap();
        let Simulation::Refused(error) = view.outcome else { panic!("{view:?}") };
        assert_eq!(error.code(), code);
    }
    grow(&chain, 1).await;
    assert_eq!(service.simulate(&[1, 2, 3]).await.unwrap_err().code(), ErrorCode::InvalidTransaction);
}
