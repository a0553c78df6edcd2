//! Tests of the ledger: what a block does to balances, indexes and the store, and the properties that always hold.

use std::sync::Arc;

use faic_core::{Account, Amount, Candidate, SignedTransaction, transaction::Output};
use proptest::prelude::*;

use super::{FORMAT, Ledger, OpenError};
use crate::{
    execution::ExecutionError,
    genesis::{Genesis, Parameters},
    state::SystemState,
    store::{MemoryStore, Store, StoreError, Table, WriteBatch},
    testing::{Chain, RICH, RICHES, address, faic, genesis, output},
};

mod crash;
mod determinism;
mod validators;

/// A transfer moves exactly what it says, and the fee reaches the validator.
#[test]
fn transfer_moves_money() {
    let mut chain = Chain::new();
    let signed = chain.sign(chain.transfer(1, vec![output(2, 5), output(9, 7)]));
    let fee = signed.transaction.fee;
    chain.include(vec![signed.clone()]);
    assert_eq!(chain.balance(1), faic(RICHES - 12).checked_sub(fee).unwrap());
    assert_eq!(chain.balance(2), faic(RICHES + 5));
    assert_eq!(chain.balance(9), faic(7));
    assert_eq!(chain.balance(201), fee);
    let (height, index) = chain.ledger.locate(&signed.id()).unwrap().unwrap();
    let inclusion = chain.ledger.inclusion(height, index).unwrap().unwrap();
    assert_eq!(inclusion.signed, signed);
    assert_eq!(inclusion.receipt.sender_balance, chain.balance(1));
    assert_eq!(chain.ledger.block(1).unwrap().unwrap().0.transactions, [signed]);
    chain.audit();
}

/// A payment to oneself costs the fee and nothing else.
#[test]
fn payment_to_oneself() {
    let mut chain = Chain::new();
    let signed = chain.sign(chain.transfer(1, vec![output(1, 5)]));
    let fee = signed.transaction.fee;
    chain.include(vec![signed]);
    assert_eq!(chain.balance(1), faic(RICHES).checked_sub(fee).unwrap());
    chain.audit();
}

/// The history is newest first, and a cursor does not move while blocks arrive.
#[test]
fn history_by_cursor() {
    let mut chain = Chain::new();
    let mut ids = Vec::new();
    for _ in 0..5 {
        let signed = chain.sign(chain.transfer(1, vec![output(2, 1)]));
        ids.insert(0, signed.id());
        chain.include(vec![signed]);
    }
    let page = |chain: &Chain, before| chain.ledger.history(&address(2), before, 2).unwrap();
    let first = page(&chain, None);
    chain.include(vec![chain.sign(chain.transfer(1, vec![output(2, 1)]))]);
    let second = page(&chain, first.last().map(|entry| entry.place));
    let third = page(&chain, second.last().map(|entry| entry.place));
    let found: Vec<_> = [first, second, third].concat().into_iter().map(|entry| entry.transaction).collect();
    assert_eq!(found, ids);
    assert!(page(&chain, Some(super::HistoryCursor::FIRST)).is_empty());
    assert!(chain.ledger.history(&address(3), None, 10).unwrap().is_empty());
}

/// A page may end in the middle of a block; the next one goes on there, and each transaction is on one page.
#[test]
fn history_within_a_block() {
    let mut chain = Chain::new();
    let pays = |chain: &Chain| {
        (0..5).map(|sequence| chain.sign(chain.transfer(1, vec![output(2, 1)]).nonce(0, sequence))).collect()
    };
    let signed: Vec<SignedTransaction> = pays(&chain);
    chain.include(signed.clone());
    let (mut found, mut before) = (Vec::new(), None);
    loop {
        let page = chain.ledger.history(&address(2), before, 2).unwrap();
        let Some(last) = page.last() else { break };
        before = Some(last.place);
        found.extend(page.into_iter().map(|entry| (entry.place.index, entry.transaction)));
    }
    let expected: Vec<_> = (0..).zip(signed.iter().map(SignedTransaction::id)).collect();
    assert!(found.iter().rev().eq(&expected));
}

/// The base fee rises after a full block and falls after an empty one, is part of the state, and survives a restart.
#[test]
fn base_fee_follows_the_blocks() {
    let parameters = Parameters { block_bytes_max: 128 * 1024, ..Parameters::default() };
    let genesis = Genesis { parameters, ..genesis() };
    let mut chain = Chain::with(Arc::new(MemoryStore::new()), genesis.clone());
    let outputs = vec![Output { amount: Amount::from_nano(1).unwrap(), ..output(3, 1) }; 255];
    let large = (0..11).map(|sequence| chain.sign(chain.transfer(1, outputs.clone()).nonce(0, sequence)));
    let large: Vec<_> = large.collect();
    let cheap = chain.sign_body(chain.transfer(2, vec![output(3, 1)]).build(10).unwrap());
    let cheap = chain.verify(cheap).unwrap();
    chain.include(large);
    assert_eq!(chain.ledger.system().base_fee_per_byte, 11);
    let built = chain.build(vec![cheap.clone()]);
    assert!(matches!(built.refused[0].1, ExecutionError::FeeTooLow { .. }));
    let mut chain = Chain::with(Arc::clone(&chain.store), genesis);
    assert_eq!(chain.ledger.system().base_fee_per_byte, 11);
    chain.include(vec![]);
    assert_eq!(chain.ledger.system().base_fee_per_byte, 10);
    assert!(chain.build(vec![cheap]).refused.is_empty());
    chain.audit();
}

/// An account is proved against the root in the header, and so is an absence.
#[test]
fn accounts_are_proved() {
    let mut chain = Chain::new();
    chain.include(vec![chain.sign(chain.transfer(1, vec![output(2, 5)]))]);
    let root = chain.ledger.header(1).unwrap().unwrap().header.state_root;
    let value = borsh::to_vec(&chain.ledger.account(&address(2)).unwrap()).unwrap();
    let proof = chain.ledger.prove_account(&address(2)).unwrap();
    proof.verify(&root, &Account::key(&address(2)), Some(&value)).unwrap();
    let absent = chain.ledger.prove_account(&address(99)).unwrap();
    absent.verify(&root, &Account::key(&address(99)), None).unwrap();
    assert!(absent.verify(&root, &Account::key(&address(2)), None).is_err());
}

/// A reopened ledger stands where it was.
#[test]
fn reopen() {
    let mut chain = Chain::new();
    chain.include(vec![chain.sign(chain.transfer(1, vec![output(2, 5)]))]);
    let tip = *chain.ledger.tip();
    let again = Chain::on(Arc::clone(&chain.store));
    assert_eq!(again.ledger.tip(), &tip);
    assert_eq!(again.balance(2), faic(RICHES + 5));
    again.audit();
}

/// Blocks are found by their ids, also in a store that was written by a program that did not index them.
#[test]
fn blocks_by_id() {
    let mut chain = Chain::new();
    let ids: Vec<_> = (1..=3)
        .map(|_| {
            chain.include(Vec::new());
            chain.ledger.tip().id
        })
        .collect();
    let heights = |ledger: &Ledger| ids.iter().map(|id| ledger.height_of(id).unwrap()).collect::<Vec<_>>();
    assert_eq!(heights(&chain.ledger), [Some(1), Some(2), Some(3)]);
    assert_eq!(chain.ledger.height_of(&genesis().id()).unwrap(), None);
    // Nothing is indexed, or the index was left half made.
    for missing in [&ids[..], &ids[1..]] {
        let mut batch = WriteBatch::new();
        for id in missing {
            batch.remove(Table::BlockIds, id.as_bytes().as_slice());
        }
        chain.store.write(batch).unwrap();
        assert!(chain.ledger.audit(&faic_core::BasicCrypto::default()).is_err());
        let again = Chain::on(Arc::clone(&chain.store));
        assert_eq!(heights(&again.ledger), [Some(1), Some(2), Some(3)]);
        again.audit();
    }
}

/// A store of another chain or of a newer format is refused by name.
#[test]
fn other_chain_and_newer_format() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    drop(Ledger::open(Arc::clone(&store), genesis()).unwrap());
    let other = Genesis { time_ms: 5, ..genesis() };
    assert!(matches!(Ledger::open(Arc::clone(&store), other), Err(OpenError::OtherChain { .. })));
    let mut batch = WriteBatch::new();
    batch.put(Table::Meta, b"identity".as_slice(), borsh::to_vec(&(FORMAT + 1, "from the future")).unwrap());
    // Nothing else of a newer format need be readable.
    batch.put(Table::StateBuckets, [0].as_slice(), b"from the future".as_slice());
    store.write(batch).unwrap();
    assert!(matches!(Ledger::open(store, genesis()), Err(OpenError::NewerFormat { found }) if found == FORMAT + 1));
}

/// A store that lost the row that says which chain it is does not begin the chain anew over what it still has.
#[test]
fn lost_identity() {
    let mut chain = Chain::new();
    chain.include(vec![chain.sign(chain.transfer(1, vec![output(2, 5)]))]);
    let mut batch = WriteBatch::new();
    batch.remove(Table::Meta, b"identity".as_slice());
    batch.remove(Table::Meta, b"tip".as_slice());
    chain.store.write(batch).unwrap();
    let opened = Ledger::open(Arc::clone(&chain.store), genesis());
    assert!(matches!(opened.err(), Some(OpenError::Store(StoreError::Corrupt { .. }))));
}

/// A ledger does not open with a base fee, a supply, validators or candidates that are not those of its state root.
#[test]
fn forged_facts() {
    let candidate = Candidate::state_key(&address(201));
    let list = crate::state::candidates::listed_key();
    for key in [SystemState::key(), crate::state::validators_key(), list, candidate] {
        let chain = Chain::new();
        let mut value = chain.store.read(Table::State, key.as_bytes()).unwrap().unwrap();
        *value.last_mut().unwrap() ^= 1;
        let mut batch = WriteBatch::new();
        batch.put(Table::State, key.as_bytes().as_slice(), value);
        chain.store.write(batch).unwrap();
        assert!(Ledger::open(Arc::clone(&chain.store), genesis()).is_err());
    }
}

/// An audit notices a balance that was changed behind the ledger's back.
#[test]
fn audit_notices() {
    let mut chain = Chain::new();
    chain.include(vec![chain.sign(chain.transfer(1, vec![output(2, 5)]))]);
    let forged = Account { balance: faic(1), ..Account::default() };
    let mut batch = WriteBatch::new();
    let key = Account::key(&address(2));
    batch.put(Table::State, key.as_bytes().as_slice(), borsh::to_vec(&forged).unwrap());
    chain.store.write(batch).unwrap();
    assert!(chain.ledger.audit(&faic_core::BasicCrypto::default()).is_err());
}

/// One random transfer: who pays, whom, how much nano, in which lane, and how far from the next sequence.
type Step = (u8, Vec<(u8, u64)>, u8, u64);

/// Random transfers among rich and poor accounts, some of which can't be paid and some of which are out of sequence.
fn steps() -> impl Strategy<Value = Vec<Vec<Step>>> {
    let amount = prop_oneof![1..1_000_u64, 1..=2_000_000_000_000_u64];
    let outputs = prop::collection::vec((1..=RICH + 3, amount), 1..4);
    let step = (1..=RICH + 3, outputs, 0..3_u8, prop_oneof![9 => Just(0_u64), 1 => 1..3_u64]);
    prop::collection::vec(prop::collection::vec(step, 0..6), 1..8)
}

/// Signs one random transfer at its lane's next sequence plus the gap.
fn signed(chain: &Chain, (from, outputs, lane, gap): Step) -> SignedTransaction {
    let outputs = outputs
        .into_iter()
        .map(|(to, nano)| Output { to: address(to), amount: Amount::from_nano(nano).unwrap(), memo: String::new() })
        .collect();
    let next = chain.ledger.account(&address(from)).unwrap().next_sequence(lane);
    chain.sign(chain.transfer(from, outputs).nonce(lane, next + gap))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever is tried: money is conserved, nothing is final twice, and what was built is what applies.
    #[test]
    fn money_is_conserved(blocks in steps()) {
        let mut chain = Chain::new();
        let mut done: Vec<SignedTransaction> = Vec::new();
        for block in blocks {
            // What was final before is tried again and must never pass.
            for old in &done {
                prop_assert!(chain.verify(old.clone()).is_err());
            }
            let candidates: Vec<_> =
                block.into_iter().filter_map(|step| chain.verify(signed(&chain, step)).ok()).collect();
            let built = chain.build(candidates).verified;
            let checked = chain.validation.block.check(&chain.ledger, built.block().clone()).unwrap();
            prop_assert_eq!(checked.id(), built.id());
            done.extend(built.block().transactions.iter().cloned());
            chain.commit(checked);
            // The audit adds up every balance and stake, which can't be negative by their type, against the supply.
            let audit = chain.ledger.audit(&faic_core::BasicCrypto::default()).unwrap();
            prop_assert_eq!(audit.transactions, u64::try_from(done.len()).unwrap());
        }
    }
}
