//! Tests of the first gate: one named test for each way of being refused.

use std::sync::Arc;

use faic_core::{
    Authority, ChainId, Signature,
    crypto::{self, VerifyError},
    transaction::{Action, MEMO_BYTES_MAX, OUTPUTS_MAX, TransactionBuilder, TransactionError},
};

use super::FastError;
use crate::{
    execution::{ExecutionError, VALID_FOR_BLOCKS_MAX},
    store::{FaultyStore, MemoryStore},
    testing::{Chain, RICHES, address, authority, faic, genesis, output, secret},
};

/// What is good passes, with the size that the fee is reckoned by.
#[test]
fn good_transfer_passes() {
    let chain = Chain::new();
    let signed = chain.sign(chain.transfer(1, vec![output(2, 5)]));
    let verified = chain.verify(signed.clone()).unwrap();
    assert_eq!(verified.bytes(), signed.to_bytes().len());
    assert_eq!(verified.id(), signed.id());
    assert_eq!(verified.fee_per_byte(), 20);
}

/// More than the balance, with the fee, is refused; all but the fee is not.
#[test]
fn overspend() {
    let chain = Chain::new();
    let all = chain.sign(chain.transfer(1, vec![output(2, RICHES)]));
    assert!(matches!(
        chain.verify(all),
        Err(FastError::Execution(ExecutionError::InsufficientBalance { balance, .. })) if balance == faic(RICHES)
    ));
    let most = chain.sign(chain.transfer(1, vec![output(2, RICHES - 1)]));
    assert!(chain.verify(most).is_ok());
    let stranger = chain.sign(chain.transfer(77, vec![output(2, 1)]));
    assert!(matches!(chain.verify(stranger), Err(FastError::Execution(ExecutionError::InsufficientBalance { .. }))));
}

/// A sequence that was used is refused; a later one may wait.
#[test]
fn wrong_sequence_and_replay() {
    let mut chain = Chain::new();
    let first = chain.sign(chain.transfer(1, vec![output(2, 1)]));
    chain.include(vec![first.clone()]);
    assert!(matches!(
        chain.verify(first),
        Err(FastError::Execution(ExecutionError::Sequence { expected: 1, found: 0 }))
    ));
    assert!(chain.verify(chain.sign(chain.transfer(1, vec![output(2, 1)]).nonce(0, 9))).is_ok());
    assert!(chain.verify(chain.sign(chain.transfer(1, vec![output(2, 1)]).nonce(15, 0))).is_ok());
}

/// A transaction for another chain is refused, though its signature holds.
#[test]
fn wrong_chain_id() {
    let chain = Chain::new();
    let other = ChainId::new("faic-other").unwrap();
    let builder = TransactionBuilder::transfer(other, authority(1), vec![output(2, 1)]).valid_until(10);
    assert!(matches!(chain.verify(chain.sign(builder)), Err(FastError::Execution(ExecutionError::OtherChain { .. }))));
}

/// The last height counts in, and it may not be too far ahead.
#[test]
fn expired_or_valid_too_long() {
    let mut chain = Chain::new();
    chain.include(vec![]);
    let until = |height| chain.sign(chain.transfer(1, vec![output(2, 1)]).valid_until(height));
    assert!(matches!(
        chain.verify(until(1)),
        Err(FastError::Execution(ExecutionError::Expired { valid_until: 1, height: 2 }))
    ));
    assert!(chain.verify(until(2)).is_ok());
    assert!(chain.verify(until(2 + VALID_FOR_BLOCKS_MAX)).is_ok());
    assert!(matches!(
        chain.verify(until(3 + VALID_FOR_BLOCKS_MAX)),
        Err(FastError::Execution(ExecutionError::ValidTooLong { .. }))
    ));
}

/// The base fee is the least fee, to the nano.
#[test]
fn fee_too_low() {
    let chain = Chain::new();
    let at = |nano| chain.sign_body(chain.transfer(1, vec![output(2, 1)]).build(nano).unwrap());
    assert!(chain.verify(at(10)).is_ok());
    assert!(matches!(chain.verify(at(9)), Err(FastError::Execution(ExecutionError::FeeTooLow { .. }))));
}

/// A signature by another key, and one for another body, do not hold.
#[test]
fn signature_by_another_key() {
    let chain = Chain::new();
    let signed = chain.sign(chain.transfer(1, vec![output(2, 1)]));
    let mut other = signed.clone();
    other.signatures[0].signature = chain.sign(chain.transfer(2, vec![output(2, 1)])).signatures[0].signature;
    assert!(matches!(chain.verify(other), Err(FastError::Signature(VerifyError::BadSignature))));
    let mut changed = signed.clone();
    changed.transaction.memo = "changed".to_owned();
    changed.transaction.fee = faic(1);
    assert!(matches!(chain.verify(changed), Err(FastError::Signature(VerifyError::BadSignature))));
    let mut zero = signed;
    zero.signatures[0].signature = Signature::from_bytes([0; 64]);
    assert!(matches!(chain.verify(zero), Err(FastError::Signature(VerifyError::BadSignature))));
}

/// An authority that does not govern the sender is refused, though it signed.
#[test]
fn other_authority() {
    let chain = Chain::new();
    let action = Action::Transfer { outputs: vec![output(2, 1)] };
    let builder = TransactionBuilder::new(genesis().chain_id, address(1), authority(2), action).valid_until(10);
    assert!(matches!(chain.verify(chain.sign(builder)), Err(FastError::Execution(ExecutionError::OtherAuthority))));
}

/// Rules that need no state are refused with their own errors.
#[test]
fn stateless_rules() {
    let chain = Chain::new();
    let mut signed = chain.sign(chain.transfer(1, vec![output(2, 1)]));
    signed.transaction.memo = "m".repeat(MEMO_BYTES_MAX + 1);
    assert!(matches!(chain.verify(signed.clone()), Err(FastError::Transaction(TransactionError::MemoTooLong(65)))));
    signed.transaction.memo.clear();
    signed.transaction.action = Action::Transfer { outputs: vec![output(2, 1); 257] };
    assert!(matches!(chain.verify(signed), Err(FastError::Transaction(TransactionError::TooManyOutputs(257)))));
}

/// A receiver that requires a memo gets one, by the output or by the transaction.
#[test]
fn missing_required_memo() {
    let mut chain = Chain::new();
    let action = Action::SetAccount { authority: None, memo_required: Some(true) };
    let set = TransactionBuilder::new(genesis().chain_id, address(2), authority(2), action).valid_until(10);
    chain.include(vec![chain.sign(set)]);
    let without = chain.sign(chain.transfer(1, vec![output(3, 1), output(2, 1)]));
    assert!(matches!(chain.verify(without), Err(FastError::Execution(ExecutionError::MemoRequired { output: 1 }))));
    assert!(chain.verify(chain.sign(chain.transfer(1, vec![output(2, 1)]).memo("invoice 7"))).is_ok());
    let mut with = output(2, 1);
    with.memo = "invoice 7".to_owned();
    assert!(chain.verify(chain.sign(chain.transfer(1, vec![with]))).is_ok());
}

/// A sponsor pays the fee when it signs too, and only if it can.
#[test]
fn sponsored_fee() {
    let mut chain = Chain::new();
    let sponsored =
        |chain: &Chain, payer| chain.transfer(1, vec![output(3, 1)]).fee_payer(address(payer), authority(payer));
    let signed = chain.sign(sponsored(&chain, 2));
    let fee = signed.transaction.fee;
    chain.include(vec![signed]);
    assert_eq!(chain.balance(1), faic(RICHES - 1));
    assert_eq!(chain.balance(2), faic(RICHES).checked_sub(fee).unwrap());
    assert!(matches!(
        chain.verify(chain.sign(sponsored(&chain, 77))),
        Err(FastError::Execution(ExecutionError::InsufficientBalance { .. }))
    ));
    let mut unsigned = chain.sign(sponsored(&chain, 2));
    unsigned.fee_payer_signatures[0].signature = unsigned.signatures[0].signature;
    assert!(matches!(chain.verify(unsigned), Err(FastError::Signature(VerifyError::BadSignature))));
}

/// After a rotation the new authority governs, the old one does not, and the address stays.
#[test]
fn rotated_authority() {
    let mut chain = Chain::new();
    let next =
        Authority::multi(2, [secret(50).public_key(), secret(51).public_key(), secret(52).public_key()]).unwrap();
    let action = Action::SetAccount { authority: Some(next.clone()), memo_required: None };
    let rotate = TransactionBuilder::new(genesis().chain_id, address(1), authority(1), action).valid_until(10);
    chain.include(vec![chain.sign(rotate)]);
    let old = chain.sign(chain.transfer(1, vec![output(2, 1)]));
    assert!(matches!(chain.verify(old), Err(FastError::Execution(ExecutionError::OtherAuthority))));
    let pay = Action::Transfer { outputs: vec![output(2, 1)] };
    let new = TransactionBuilder::new(genesis().chain_id, address(1), next, pay).nonce(0, 1).valid_until(10);
    let body = new.build(20).unwrap();
    chain.include(vec![crypto::sign_transaction(&chain.crypto, body).unwrap()]);
    assert_eq!(chain.balance(2), faic(RICHES + 1));
    chain.audit();
}

/// A forged signature costs the reads of sender and fee payer, not those of 256 receivers.
#[test]
fn forgeries_are_cheap() {
    let store = Arc::new(FaultyStore::new(Arc::new(MemoryStore::new())));
    let chain = Chain::on(Arc::<FaultyStore>::clone(&store));
    let outputs = (0..OUTPUTS_MAX).map(|_| output(9, 1)).collect();
    let mut forged = chain.sign(chain.transfer(1, outputs).fee_payer(address(2), authority(2)));
    forged.signatures[0].signature = Signature::from_bytes([0; 64]);
    store.fail_read_after(2);
    assert!(matches!(chain.verify(forged), Err(FastError::Signature(VerifyError::BadSignature))));
}
