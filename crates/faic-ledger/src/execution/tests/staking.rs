//! Tests of bonds, unbonding, withdrawals and returns from jail: one rule a test.

use std::sync::Arc;

use faic_core::{
    Amount, Candidate, SecretKey,
    block::VALIDATORS_MAX,
    staking::{CANDIDATES_MAX, CandidateStatus, UNBONDING_MAX, Unbonding},
    transaction::Action,
};

use super::super::{ExecutionError, bond as bonding};
use crate::{
    genesis::Parameters,
    state::{Accounts, candidates::Listed},
    store::MemoryStore,
    testing::{Chain, address, bond, faic, genesis_of, secret},
};

/// A chain on which money is unbonding for five blocks; key 200 validates for account 201 with 100 FAIC.
fn chain() -> Chain {
    let parameters = Parameters { unbonding_blocks: 5, unbonding_seconds: 0, ..Parameters::default() };
    Chain::with(Arc::new(MemoryStore::new()), genesis_of(&[(200, 201, 100)], parameters))
}

/// Makes a block of one action, which must be in it.
fn done(chain: &mut Chain, from: u8, action: Action) {
    let signed = chain.act(from, 0, action);
    let built = chain.advance(vec![], vec![signed], &[]);
    assert!(built.refused.is_empty(), "{:?}", built.refused);
    chain.audit();
}

/// Why an action can't be in the next block.
fn refused(chain: &Chain, from: u8, action: Action) -> ExecutionError {
    let signed = chain.act(from, 0, action);
    let verified = chain.validation.fast.check_signatures(signed.clone()).unwrap();
    let error = chain.build(vec![verified]).refused.pop().expect("the action is refused").1;
    let at_the_door = chain.verify(signed).unwrap_err().to_string();
    assert_eq!(at_the_door, error.to_string());
    error
}

/// An unbonding of whole FAIC.
fn unbond(count: u64) -> Action {
    Action::Unbond { amount: faic(count) }
}

/// A bond moves money to stake, and its key validates from the next height on, which the header announces.
#[test]
fn bond_makes_a_validator() {
    let mut chain = chain();
    let before = chain.balance(1);
    let signed = chain.act(1, 0, bond(1, 101, faic(300)));
    let fee = signed.transaction.fee;
    chain.advance(vec![], vec![signed], &[]);
    let header = chain.ledger.header(1).unwrap().unwrap().header;
    assert_ne!(header.next_validators, header.validators);
    assert_eq!(header.next_validators, chain.ledger.validators().hash());
    assert_eq!(chain.ledger.validators().get(&secret(101).public_key()).unwrap().stake, faic(300));
    let spent = faic(300).checked_add(fee).unwrap();
    assert_eq!(chain.balance(1), before.checked_sub(spent).unwrap());
    chain.audit();
    // What is at stake is proved to a holder of the state root, and so is what is not.
    let value = borsh::to_vec(&chain.candidate(1).unwrap()).unwrap();
    let proof = chain.ledger.prove_staking(&address(1)).unwrap();
    proof.verify(&header.state_root, &Candidate::state_key(&address(1)), Some(&value)).unwrap();
    let absent = chain.ledger.prove_staking(&address(2)).unwrap();
    absent.verify(&header.state_root, &Candidate::state_key(&address(2)), None).unwrap();
    // The new validator counts at once: with 300 of 400 it decides with the other's silence.
    chain.advance(vec![], vec![], &[200]);
    chain.audit();
}

/// A bond needs the least stake in all, a key of its own, and to change something.
#[test]
fn bonds_that_are_refused() {
    let mut chain = chain();
    let nearly = faic(100).checked_sub(Amount::from_nano(1).unwrap()).unwrap();
    assert!(
        matches!(refused(&chain, 1, bond(1, 101, nearly)), ExecutionError::StakeTooLow { least } if least == faic(100))
    );
    assert!(matches!(refused(&chain, 1, bond(1, 101, Amount::ZERO)), ExecutionError::StakeTooLow { .. }));
    assert!(matches!(refused(&chain, 1, bond(1, 200, faic(100))), ExecutionError::KeyTaken));
    assert!(matches!(refused(&chain, 1, bond(1, 101, faic(1_000))), ExecutionError::InsufficientBalance { .. }));
    done(&mut chain, 1, bond(1, 101, faic(100)));
    assert!(matches!(refused(&chain, 1, bond(1, 101, Amount::ZERO)), ExecutionError::NothingToBond));
    assert!(matches!(refused(&chain, 1, bond(1, 200, Amount::ZERO)), ExecutionError::KeyTaken));
    done(&mut chain, 1, bond(1, 101, Amount::from_nano(1).unwrap()));
}

/// A bond with another key rotates it: the stake stays, the old key is free for others, the new one votes.
#[test]
fn rotation_of_the_validator_key() {
    let mut chain = chain();
    done(&mut chain, 1, bond(1, 101, faic(100)));
    done(&mut chain, 1, bond(1, 102, Amount::ZERO));
    let validators = chain.ledger.validators();
    assert_eq!(validators.get(&secret(101).public_key()), None);
    assert_eq!(validators.get(&secret(102).public_key()).unwrap().stake, faic(100));
    done(&mut chain, 2, bond(2, 101, faic(100)));
    assert_eq!(chain.ledger.validators().iter().len(), 3);
}

/// Unbonding takes the weight at once and pays after the period, not one block earlier; then the candidate is gone.
#[test]
fn money_comes_back_after_the_period() {
    let mut chain = chain();
    done(&mut chain, 1, bond(1, 101, faic(300)));
    let bonded = chain.balance(1);
    done(&mut chain, 1, unbond(300));
    let release = chain.ledger.tip().height + 5;
    assert_eq!(chain.ledger.validators().get(&secret(101).public_key()), None);
    assert_eq!(chain.candidate(1).unwrap().unbonding, [Unbonding { release, amount: faic(300) }]);
    while chain.ledger.tip().next_height() < release {
        let early = refused(&chain, 1, Action::Withdraw);
        assert!(matches!(early, ExecutionError::NothingToWithdraw { next: Some(next) } if next == release));
        chain.advance(vec![], vec![], &[]);
    }
    done(&mut chain, 1, Action::Withdraw);
    assert!(chain.balance(1) > bonded.checked_add(faic(299)).unwrap());
    assert_eq!(chain.candidate(1), None);
    assert!(matches!(refused(&chain, 1, Action::Withdraw), ExecutionError::NotACandidate));
    assert_eq!(chain.ledger.candidates().len(), 1);
}

/// What stays at stake is nothing or the least stake, and no more can be unbonded than there is.
#[test]
fn unbonding_that_is_refused() {
    let mut chain = chain();
    assert!(matches!(refused(&chain, 1, unbond(1)), ExecutionError::NotACandidate));
    done(&mut chain, 1, bond(1, 101, faic(150)));
    assert!(matches!(refused(&chain, 1, unbond(51)), ExecutionError::StakeTooLow { .. }));
    assert!(matches!(refused(&chain, 1, unbond(151)), ExecutionError::InsufficientStake { .. }));
    done(&mut chain, 1, unbond(50));
    done(&mut chain, 1, unbond(100));
    assert!(matches!(refused(&chain, 1, unbond(1)), ExecutionError::InsufficientStake { .. }));
}

/// 16 amounts may be unbonding and a 17th may not, until the first was withdrawn; two of one height are one.
#[test]
fn unbonding_amounts_17_are_refused() {
    let parameters = Parameters { unbonding_blocks: 100, unbonding_seconds: 0, ..Parameters::default() };
    let mut chain = Chain::with(Arc::new(MemoryStore::new()), genesis_of(&[(200, 201, 100)], parameters));
    done(&mut chain, 1, bond(1, 101, faic(150)));
    let two = [0, 1].map(|gap| chain.act(1, gap, unbond(1))).to_vec();
    assert!(chain.advance(vec![], two, &[]).refused.is_empty());
    for _ in 1..UNBONDING_MAX {
        done(&mut chain, 1, unbond(1));
    }
    let candidate = chain.candidate(1).unwrap();
    assert_eq!((candidate.unbonding.len(), candidate.unbonding[0].amount), (UNBONDING_MAX, faic(2)));
    assert!(matches!(refused(&chain, 1, unbond(1)), ExecutionError::UnbondingFull));
    while chain.ledger.tip().next_height() < candidate.unbonding[0].release {
        chain.advance(vec![], vec![], &[]);
    }
    done(&mut chain, 1, Action::Withdraw);
    done(&mut chain, 1, unbond(1));
}

/// 1024 candidates may be and a 1025th may not; one that is there already may go on.
#[test]
fn candidates_1025_are_refused() {
    let chain = chain();
    let key = |index: u16| {
        let mut seed = [9; 32];
        seed[..2].copy_from_slice(&index.to_be_bytes());
        SecretKey::from_seed(&seed).public_key()
    };
    let one = |index: u16| {
        let mut operator = [7; 32];
        operator[..2].copy_from_slice(&index.to_be_bytes());
        (faic_core::Address::from_bytes(operator), Candidate { stake: faic(100), ..Candidate::new(key(index)) })
    };
    let most = u16::try_from(CANDIDATES_MAX).unwrap();
    let mut listed: Listed = (1..most).map(one).collect();
    let draft = |listed: &Listed, operator| {
        let store = MemoryStore::new();
        let mut accounts = Accounts::new(&store, listed);
        bonding::draft(&chain.ledger.context(), &mut accounts, &operator, &key(0), faic(100)).map(drop)
    };
    assert!(draft(&listed, address(1)).is_ok());
    listed.extend([one(most)]);
    assert_eq!(listed.len(), CANDIDATES_MAX);
    assert!(matches!(draft(&listed, address(1)), Err(ExecutionError::CandidatesFull)));
    assert!(draft(&listed, one(1).0).is_ok());
    assert!(crate::election::elect(listed.iter(), faic(1)).unwrap().iter().len() == VALIDATORS_MAX);
}

/// The last validator may take its money out: the set stays, because nobody else could be elected, until somebody can.
#[test]
fn the_last_set_stays() {
    let mut chain = chain();
    // The operator needs money for the fee.
    done(&mut chain, 1, Action::Transfer { outputs: vec![crate::testing::output(201, 1)] });
    done(&mut chain, 201, unbond(100));
    assert_eq!(chain.ledger.validators().iter().map(|validator| validator.stake).collect::<Vec<_>>(), [faic(100)]);
    assert_eq!(chain.candidate(201).unwrap().stake, Amount::ZERO);
    while chain.ledger.tip().next_height() < chain.candidate(201).unwrap().unbonding[0].release {
        chain.advance(vec![], vec![], &[]);
    }
    done(&mut chain, 201, Action::Withdraw);
    assert_eq!((chain.candidate(201), chain.ledger.candidates().len()), (None, 0));
    let chain_again = Chain::with(Arc::clone(&chain.store), chain.ledger.genesis().clone());
    assert_eq!(chain_again.ledger.validators(), chain.ledger.validators());
    done(&mut chain, 1, bond(1, 101, faic(100)));
    let keys: Vec<_> = chain.ledger.validators().iter().map(|validator| validator.key).collect();
    assert_eq!(keys, [secret(101).public_key()]);
    done(&mut chain, 1, Action::Transfer { outputs: vec![crate::testing::output(2, 1)] });
}

/// Who is not jailed can't return.
#[test]
fn unjail_of_a_free_candidate_is_refused() {
    let mut chain = chain();
    assert!(matches!(refused(&chain, 1, Action::Unjail), ExecutionError::NotACandidate));
    done(&mut chain, 1, bond(1, 101, faic(100)));
    assert!(matches!(refused(&chain, 1, Action::Unjail), ExecutionError::NotJailed));
    assert_eq!(chain.candidate(1).unwrap().status, CandidateStatus::Active);
}

/// What a candidate is in a block counts for the next transaction of the same block.
#[test]
fn staking_counts_at_once() {
    let mut chain = chain();
    let signed = vec![
        chain.act(1, 0, bond(1, 101, faic(300))),
        chain.act(2, 0, bond(2, 101, faic(300))),
        chain.act(1, 1, bond(1, 102, Amount::ZERO)),
        chain.act(2, 0, bond(2, 101, faic(200))),
        chain.act(1, 2, unbond(300)),
        chain.act(1, 3, unbond(1)),
    ];
    let ids: Vec<_> = [1, 5].map(|index: usize| signed[index].id()).to_vec();
    let built = chain.advance(vec![], signed, &[]);
    assert_eq!(built.refused.iter().map(|(transaction, _)| transaction.id()).collect::<Vec<_>>(), ids);
    assert_eq!(chain.candidate(2).unwrap().stake, faic(200));
    assert_eq!(chain.candidate(1).unwrap().stake, Amount::ZERO);
    chain.audit();
}
