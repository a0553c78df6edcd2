//! Tests of the builder: it sets what it says, quotes the fee exactly, and builds nothing that breaks a rule.

use proptest::prelude::*;

use super::*;
use crate::{
    samples::any_transaction,
    transaction::{BuildError, Height, TransactionBuilder},
};

/// A builder of the sample transfer.
fn builder(outputs: Vec<Output>) -> TransactionBuilder {
    TransactionBuilder::transfer(chain(), authority(1, [1]), outputs)
}

/// Every setter sets its field; the sender of a transfer is the account that begins with the authority.
#[test]
fn setters() {
    let built = builder(vec![output()])
        .nonce(3, 9)
        .valid_until(50)
        .memo("rent")
        .fee_payer(address(7), authority(1, [2]))
        .build(2)
        .unwrap();
    assert_eq!(built.sender, authority(1, [1]).address());
    assert_eq!(built.nonce, Nonce { lane: 3, sequence: 9 });
    assert_eq!((built.valid_until, built.memo.as_str()), (50, "rent"));
    assert_eq!(built.payer(), &address(7));
    assert_eq!(built.chain_id, chain());
}

/// The account whose authority was replaced keeps its address as the sender.
#[test]
fn sender_may_have_another_authority() {
    let sender: Address = authority(1, [1]).address();
    let action = Action::SetAccount { authority: None, memo_required: Some(true) };
    let built = TransactionBuilder::new(chain(), sender, authority(1, [2]), action).build(1).unwrap();
    assert_eq!(built.sender, sender);
    assert_eq!(built.authority, authority(1, [2]));
}

/// What a transaction may not be is not built.
#[test]
fn broken_rules_are_not_built() {
    let error = |builder: TransactionBuilder| builder.build(1).unwrap_err();
    assert_eq!(error(builder(Vec::new())), BuildError::Transaction(TransactionError::NoOutputs));
    assert_eq!(error(builder(vec![output()]).nonce(16, 0)), BuildError::Transaction(TransactionError::Lane(16)));
    let memo = "m".repeat(65);
    assert_eq!(error(builder(vec![output()]).memo(memo)), BuildError::Transaction(TransactionError::MemoTooLong(65)));
}

/// A price at which the fee is over the supply builds nothing, also where the product would wrap.
#[test]
fn fee_over_the_supply_is_refused() {
    for price in [Amount::SUPPLY_MAX.nano() / 100, Amount::SUPPLY_MAX.nano(), u64::MAX] {
        assert_eq!(builder(vec![output()]).build(price), Err(BuildError::Fee));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// The fee is the price times the length of the signed transaction, whatever its shape.
    #[test]
    fn fee_is_by_the_signed_length(shape in any_transaction(), price in 0_u64..1_000_000, height in any::<Height>()) {
        let mut builder = TransactionBuilder::new(shape.chain_id, shape.sender, shape.authority, shape.action)
            .nonce(shape.nonce.lane, shape.nonce.sequence)
            .valid_until(height)
            .memo(shape.memo);
        if let Some(payer) = shape.fee_payer {
            builder = builder.fee_payer(payer.address, payer.authority);
        }
        let built = builder.build(price).unwrap();
        let fee = built.fee.nano();
        prop_assert_eq!(fee, u64::try_from(signed(built).to_bytes().len()).unwrap() * price);
    }
}
