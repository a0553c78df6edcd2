//! Tests of execution: all of a transaction or nothing, and money that stays the same in every order of events.

use std::sync::Arc;

use faic_core::{
    Amount, Authority, SignedTransaction, crypto,
    transaction::{Action, Output, TransactionBuilder},
};

use super::ExecutionError;
use crate::{
    genesis::Genesis,
    store::{FaultyStore, MemoryStore, StoreError},
    testing::{Chain, RICHES, address, authority, faic, genesis, output, secret},
    validation::{BlockError, VerifiedTransaction},
};

mod absence;
mod evidence;
mod interleavings;
mod stakes;
mod staking;

/// Verifies with the signatures alone, because the state that the transaction needs is made in its own block.
fn signed_only(chain: &Chain, signed: SignedTransaction) -> VerifiedTransaction {
    chain.validation.fast.check_signatures(signed).unwrap()
}

/// Any action by the account of key `from`, which `governs` governs, at that sequence of lane 0.
fn act(chain: &Chain, from: u8, governs: Authority, sequence: u64, action: Action) -> SignedTransaction {
    let builder = TransactionBuilder::new(genesis().chain_id, address(from), governs, action);
    let body = builder.nonce(0, sequence).valid_until(chain.ledger.tip().height + 10).build(20).unwrap();
    crypto::sign_transaction(&chain.crypto, body).unwrap()
}

/// A payment of one FAIC to the account of key `to`.
fn pay(to: u8) -> Action {
    Action::Transfer { outputs: vec![output(to, 1)] }
}

/// A change of the authority.
fn rotate(authority: Authority) -> Action {
    Action::SetAccount { authority: Some(authority), memo_required: None }
}

/// A store that fails in the middle of a transaction leaves nothing of it behind, wherever the failure falls.
#[test]
fn failure_in_the_middle_leaves_nothing() {
    let store = Arc::new(FaultyStore::new(Arc::new(MemoryStore::new())));
    let chain = Chain::on(Arc::<FaultyStore>::clone(&store));
    // With a memo the receivers are first read when they are paid.
    let outputs = vec![output(2, 1), output(9, 1), output(3, 1)];
    let transfer = chain.transfer(1, outputs).memo("rent").fee_payer(address(4), authority(4));
    let verified = chain.verify(chain.sign(transfer)).unwrap();
    let finish = |execution: super::Execution<'_>| {
        let time_ms = chain.ledger.tip().time_ms + 1;
        let proposer = secret(200).public_key();
        execution.finish(chain.ledger.system(), chain.ledger.validators(), &proposer, time_ms).unwrap()
    };
    let mut failures = 0;
    for good_reads in 0.. {
        let mut execution = chain.ledger.begin();
        store.fail_read_after(good_reads);
        let Err(error) = execution.apply(&verified) else { break };
        assert!(matches!(error, ExecutionError::State(StoreError::Io { .. })));
        failures += 1;
        let effects = finish(execution);
        assert!(effects.receipts.is_empty(), "after {good_reads} good reads");
        assert!(effects.changes.is_empty(), "after {good_reads} good reads");
    }
    assert_eq!(failures, 5, "sender, fee payer and three receivers are read once each");
}

/// A store that fails under a proposed block is a fault of this node, not of the block.
#[test]
fn failing_store_is_not_a_bad_block() {
    let store = Arc::new(FaultyStore::new(Arc::new(MemoryStore::new())));
    let chain = Chain::on(Arc::<FaultyStore>::clone(&store));
    let verified = chain.verify(chain.sign(chain.transfer(1, vec![output(2, 1)]))).unwrap();
    let block = chain.build(vec![verified]).verified.block().clone();
    let mut failures = 0;
    for good_reads in 0.. {
        store.fail_read_after(good_reads);
        match chain.validation.block.check(&chain.ledger, block.clone()) {
            Ok(_) => break,
            Err(BlockError::Store(_) | BlockError::Tree(_)) => failures += 1,
            Err(error) => panic!("{error:?}"),
        }
    }
    assert!(failures >= 3, "sender, receiver and operator are read");
}

/// In the block of a rotation the old authority can no longer spend and the new one can.
#[test]
fn rotation_counts_at_once() {
    let mut chain = Chain::new();
    let first = signed_only(&chain, act(&chain, 1, authority(1), 0, rotate(authority(50))));
    let old = signed_only(&chain, act(&chain, 1, authority(1), 1, pay(2)));
    let new = signed_only(&chain, act(&chain, 1, authority(50), 1, pay(2)));
    let back = signed_only(&chain, act(&chain, 1, authority(50), 2, rotate(authority(1))));
    let after = signed_only(&chain, act(&chain, 1, authority(1), 3, pay(2)));
    let built = chain.build(vec![first, old.clone(), new, back, after]);
    let refused: Vec<_> = built.refused.iter().map(|(transaction, _)| transaction.id()).collect();
    assert_eq!(refused, [old.id()]);
    assert!(matches!(built.refused[0].1, ExecutionError::OtherAuthority));
    chain.commit(built.verified);
    assert_eq!(chain.balance(2), faic(RICHES + 2));
    // One state has one spelling: back at the first authority, the account stores none.
    assert_eq!(chain.ledger.account(&address(1)).unwrap().authority, None);
    chain.audit();
}

/// A sponsor that rotated earlier in the block pays by its new authority only.
#[test]
fn fee_payer_rotates_in_the_same_block() {
    let mut chain = Chain::new();
    let rotation = signed_only(&chain, act(&chain, 2, authority(2), 0, rotate(authority(50))));
    let sponsored = |chain: &Chain, sequence, payer: Authority| {
        let builder = chain.transfer(1, vec![output(3, 1)]).nonce(0, sequence).fee_payer(address(2), payer);
        signed_only(chain, chain.sign(builder))
    };
    let old = sponsored(&chain, 0, authority(2));
    let new = sponsored(&chain, 0, authority(50));
    let built = chain.build(vec![rotation, old.clone(), new.clone()]);
    assert_eq!(built.refused.len(), 1);
    assert_eq!(built.refused[0].0.id(), old.id());
    assert!(matches!(built.refused[0].1, ExecutionError::OtherPayerAuthority));
    chain.commit(built.verified);
    assert_eq!(chain.balance(1), faic(RICHES - 1));
    chain.audit();
}

/// A memo that an account asks for is asked for from the next transaction on, also within the block.
#[test]
fn memo_requirement_counts_at_once() {
    let chain = Chain::new();
    let require = Action::SetAccount { authority: None, memo_required: Some(true) };
    let set = signed_only(&chain, act(&chain, 2, authority(2), 0, require));
    let without = signed_only(&chain, act(&chain, 1, authority(1), 0, pay(2)));
    let to_itself = signed_only(&chain, act(&chain, 2, authority(2), 1, pay(2)));
    let built = chain.build(vec![set, without, to_itself]);
    assert_eq!(built.verified.block().transactions.len(), 1);
    assert!(built.refused.iter().all(|(_, error)| matches!(error, ExecutionError::MemoRequired { output: 0 })));
}

/// One account may be sender's operator, sponsor and receiver at once: it ends where the sums say.
#[test]
fn operator_sponsors_and_receives() {
    let mut chain = Chain::new();
    // The operator gets its first money.
    chain.include(vec![chain.sign(chain.transfer(1, vec![output(201, 10)]))]);
    let before = chain.balance(201);
    let builder = chain.transfer(1, vec![output(201, 5), output(1, 7), output(201, 1)]);
    let signed = chain.sign(builder.fee_payer(address(201), authority(201)));
    let fee = signed.transaction.fee;
    let sender = chain.balance(1);
    chain.include(vec![signed.clone()]);
    // The fee comes back to the operator, and the payment to oneself moves nothing.
    assert_eq!(chain.balance(201), before.checked_add(faic(6)).unwrap());
    assert_eq!(chain.balance(1), sender.checked_sub(faic(6)).unwrap());
    let (height, index) = chain.ledger.locate(&signed.id()).unwrap().unwrap();
    let receipt = chain.ledger.inclusion(height, index).unwrap().unwrap().receipt;
    assert_eq!((receipt.fee, receipt.sender_balance), (fee, chain.balance(1)));
    // It stands once in the history of each, though twice among the outputs.
    for account in [1, 201] {
        let ids: Vec<_> = chain.ledger.history(&address(account), None, 9).unwrap();
        assert_eq!(ids.iter().filter(|entry| entry.transaction == signed.id()).count(), 1);
    }
    chain.audit();
}

/// The fees of a block can't be spent in it, not even by the operator who gets them.
#[test]
fn fees_of_the_block_are_not_spent_in_it() {
    let chain = Chain::new();
    let paid = signed_only(&chain, act(&chain, 1, authority(1), 0, pay(2)));
    let spend = signed_only(&chain, act(&chain, 201, authority(201), 0, pay(2)));
    let built = chain.build(vec![paid, spend]);
    assert_eq!(built.refused.len(), 1);
    assert!(matches!(built.refused[0].1, ExecutionError::InsufficientBalance { balance: Amount::ZERO, .. }));
}

/// Money that arrives earlier in a block can be spent later in it, and what was spent can't be spent again.
#[test]
fn money_moves_on_within_a_block() {
    let mut chain = Chain::new();
    let all = faic(RICHES - 1);
    let outputs = vec![Output { to: address(9), amount: all, memo: String::new() }];
    let arrives = signed_only(&chain, chain.sign(chain.transfer(1, outputs)));
    let onward = signed_only(&chain, act(&chain, 9, authority(9), 0, pay(2)));
    let again = signed_only(&chain, chain.sign(chain.transfer(1, vec![output(2, 1)]).nonce(0, 1)));
    let early = chain.build(vec![onward.clone()]);
    assert!(matches!(early.refused[0].1, ExecutionError::InsufficientBalance { .. }));
    let built = chain.build(vec![arrives, onward, again.clone()]);
    assert_eq!(built.refused.iter().map(|(refused, _)| refused.id()).collect::<Vec<_>>(), [again.id()]);
    chain.commit(built.verified);
    assert_eq!(chain.balance(2), faic(RICHES + 1));
    chain.audit();
}

/// The last sequence of 64 bits can't be used, because there would be none after it.
#[test]
fn last_sequence_is_refused() {
    let chain = Chain::new();
    let at = |sequence| chain.verify(chain.sign(chain.transfer(1, vec![output(2, 1)]).nonce(0, sequence)));
    assert!(at(u64::MAX - 1).is_ok());
    assert!(matches!(at(u64::MAX), Err(crate::validation::FastError::Execution(ExecutionError::SequenceEnd))));
}

/// The last height may be the next one and at most so far ahead; the highest numbers of 64 bits are only too far.
#[test]
fn edges_of_valid_until() {
    let chain = Chain::new();
    let until = |height| chain.verify(chain.sign(chain.transfer(1, vec![output(2, 1)]).valid_until(height)));
    for too_far in [u64::MAX, u64::MAX - 1, super::VALID_FOR_BLOCKS_MAX + 2] {
        let refused = until(too_far).unwrap_err().to_string();
        assert_eq!(refused, format!("valid_until is too far ahead, at most {} is allowed now", 1_000_001));
    }
    assert!(until(super::VALID_FOR_BLOCKS_MAX + 1).is_ok());
    assert!(until(1).is_ok());
    assert!(until(0).is_err());
}

/// A chain whose whole supply exists pays, shares fees and loses nothing.
#[test]
fn whole_supply() {
    let validators = genesis().validators;
    let rest = Amount::SUPPLY_MAX.checked_sub(validators.total_stake()).unwrap();
    let full = Genesis { balances: vec![(address(1), rest)], ..genesis() };
    let mut chain = Chain::with(Arc::new(MemoryStore::new()), full);
    let all_but_one: Amount = rest.checked_sub(faic(1)).unwrap();
    let outputs = vec![Output { to: address(2), amount: all_but_one, memo: String::new() }];
    chain.include(vec![chain.sign(chain.transfer(1, outputs))]);
    chain.audit();
}
