//! Tests of evidence: whoever signs what excludes each other is slashed once and removed for ever, also later.

use std::sync::Arc;

use faic_core::{Amount, Equivocation, Signature, block::EVIDENCE_MAX, staking::CandidateStatus, transaction::Action};

use super::super::{EvidenceError, ExecutionError};
use crate::{
    genesis::Parameters,
    store::MemoryStore,
    testing::{Chain, bond, equivocation, faic, genesis_of, secret},
    validation::BlockError,
};

/// A chain on which money is unbonding for ten blocks: 101 validates for account 1 with 300 FAIC, 102 for account 2 with
/// 100, 103 for account 3 with 100.
fn chain() -> Chain {
    let parameters = Parameters { unbonding_blocks: 10, unbonding_seconds: 0, ..Parameters::default() };
    let genesis = genesis_of(&[(101, 1, 300), (102, 2, 100), (103, 3, 100)], parameters);
    let mut chain = Chain::with(Arc::new(MemoryStore::new()), genesis);
    chain.advance(vec![], vec![], &[]);
    chain
}

/// Makes a block of one action, which must be in it.
fn done(chain: &mut Chain, from: u8, action: Action) {
    let signed = chain.act(from, 0, action);
    let built = chain.advance(vec![], vec![signed], &[]);
    assert!(built.refused.is_empty(), "{:?}", built.refused);
}

/// Makes a block with evidence, which must be in it.
fn punish(chain: &mut Chain, evidence: Equivocation) {
    let built = chain.advance(vec![evidence], vec![], &[]);
    assert!(built.refused_evidence.is_empty(), "{:?}", built.refused_evidence);
    chain.audit();
}

/// Why evidence can't be in the next block; a block that has it all the same is refused for that.
fn refused(chain: &Chain, evidence: Equivocation) -> EvidenceError {
    let mut built = chain.build_with(vec![evidence.clone()], vec![]);
    assert!(built.verified.block().evidence.is_empty());
    let mut forged = built.verified.block().clone();
    forged.evidence = vec![evidence];
    forged.header.evidence_root = faic_core::block::evidence_root(&forged.evidence);
    let error = chain.validation.block.check(&chain.ledger, forged).unwrap_err();
    assert!(matches!(error, BlockError::Evidence { index: 0, .. }), "{error:?}");
    built.refused_evidence.pop().expect("the evidence is refused").1
}

/// An equivocator loses five of a hundred, of stake and of what is unbonding, to the validators, and is removed.
#[test]
fn equivocation_is_slashed() {
    let mut chain = chain();
    done(&mut chain, 1, bond(1, 101, faic(100)));
    done(&mut chain, 1, Action::Unbond { amount: faic(200) });
    let before = [1, 2, 3].map(|account| chain.balance(account));
    punish(&mut chain, equivocation(101, 2));
    let candidate = chain.candidate(1).unwrap();
    assert_eq!((candidate.stake, candidate.unbonding[0].amount), (faic(190), faic(190)));
    assert_eq!(candidate.status, CandidateStatus::Tombstoned { since: 4 });
    // 20 FAIC are shared by the stakes of that height: 200, 100 and 100.
    let after = [1, 2, 3].map(|account| chain.balance(account));
    let gained = [0, 1, 2].map(|index: usize| after[index].checked_sub(before[index]).unwrap());
    assert_eq!(gained, [faic(10), faic(5), faic(5)]);
    assert_eq!(chain.ledger.validators().get(&secret(101).public_key()), None);
    assert_eq!(chain.ledger.block(4).unwrap().unwrap().0.evidence, [equivocation(101, 2)]);
}

/// Who was removed never returns and is punished once, but gets back what is left, after the period.
#[test]
fn removal_is_for_ever() {
    let mut chain = chain();
    punish(&mut chain, equivocation(102, 1));
    assert!(matches!(refused(&chain, equivocation(102, 2)), EvidenceError::AlreadyPunished));
    done(&mut chain, 2, Action::Unbond { amount: faic(95) });
    let release = chain.candidate(2).unwrap().unbonding[0].release;
    while chain.ledger.tip().next_height() < release {
        chain.advance(vec![], vec![], &[]);
    }
    done(&mut chain, 2, Action::Withdraw);
    let actions = [
        (bond(2, 102, faic(100)), true),
        (bond(2, 109, faic(100)), true),
        (Action::Unjail, true),
        (Action::Withdraw, false),
    ];
    for (action, is_tombstoned) in actions {
        let signed = chain.act(2, 0, action);
        let error = chain.advance(vec![], vec![signed], &[]).refused.pop().unwrap().1;
        let expected = if is_tombstoned {
            matches!(error, ExecutionError::Tombstoned)
        } else {
            matches!(error, ExecutionError::NothingToWithdraw { next: None })
        };
        assert!(expected, "{error:?}");
    }
    // The place of a candidate is free again, and the mark stays also through a restart.
    assert_eq!(chain.ledger.candidates().len(), 2);
    assert!(chain.candidate(2).unwrap().is_tombstoned());
    chain.audit();
    let again = Chain::with(Arc::clone(&chain.store), chain.ledger.genesis().clone());
    assert!(again.candidate(2).unwrap().is_tombstoned());
    // The key was freed with the last money.
    done(&mut chain, 4, bond(4, 102, faic(100)));
    chain.audit();
}

/// A key that was rotated away, or whose money all unbonds, is punished for the heights at which it was a validator's, and
/// for no other.
#[test]
fn old_keys_stay_punishable() {
    let mut chain = chain();
    done(&mut chain, 1, bond(1, 111, Amount::ZERO));
    let rotated = chain.ledger.tip().height;
    done(&mut chain, 2, Action::Unbond { amount: faic(100) });
    let left = chain.ledger.tip().height;
    chain.advance(vec![], vec![], &[]);
    assert!(matches!(refused(&chain, equivocation(101, rotated + 1)), EvidenceError::NotAValidator));
    assert!(matches!(refused(&chain, equivocation(111, rotated)), EvidenceError::NotAValidator));
    assert!(matches!(refused(&chain, equivocation(102, left + 1)), EvidenceError::NotAValidator));
    punish(&mut chain, equivocation(102, left));
    punish(&mut chain, equivocation(101, rotated));
    assert_eq!(chain.candidate(2).unwrap().unbonding[0].amount, faic(95));
    assert_eq!(chain.candidate(1).unwrap().stake, faic(285));
    assert!(chain.ledger.validators().get(&secret(111).public_key()).is_none());
}

/// In the last block of its period evidence still comes before the withdrawal; in the next it is too old.
#[test]
fn evidence_has_a_period() {
    let mut chain = chain();
    done(&mut chain, 2, Action::Unbond { amount: faic(100) });
    let left = chain.ledger.tip().height;
    while chain.ledger.tip().next_height() < left + 10 {
        chain.advance(vec![], vec![], &[]);
    }
    assert!(
        matches!(refused(&chain, equivocation(103, left - 1)), EvidenceError::TooOld { height } if height == left - 1)
    );
    let withdrawal = chain.act(2, 0, Action::Withdraw);
    let before = chain.balance(2);
    let built = chain.advance(vec![equivocation(102, left)], vec![withdrawal], &[]);
    assert!(built.refused.is_empty() && built.refused_evidence.is_empty());
    assert!(chain.balance(2) < before.checked_add(faic(95)).unwrap());
    chain.audit();
    assert!(matches!(refused(&chain, equivocation(103, left)), EvidenceError::TooOld { .. }));
}

/// Blocks that are made fast do not end the period before its time. Money that leaves the stake at the height of a mark is
/// bound to the block before the time is over, with evidence of that height; in the next it is free, and such evidence old.
#[test]
fn fast_blocks_do_not_end_the_period() {
    // A block of the tests comes 10 ms after its parent, so the first mark, after an eighth of a second, is at height 13, and
    // its second is over with block 113.
    let (mark, over) = (13, 113);
    let parameters = Parameters { unbonding_blocks: 2, unbonding_seconds: 1, ..Parameters::default() };
    let genesis = genesis_of(&[(101, 1, 300), (102, 2, 100), (103, 3, 100)], parameters);
    let mut chain = Chain::with(Arc::new(MemoryStore::new()), genesis);
    let early = |chain: &Chain| {
        let verified = chain.validation.fast.check_signatures(chain.act(2, 0, Action::Withdraw)).unwrap();
        chain.build(vec![verified]).refused.pop().map(|(_, error)| error)
    };
    while chain.ledger.tip().height < over - 1 {
        match chain.ledger.tip().next_height() {
            height if height == mark => done(&mut chain, 2, Action::Unbond { amount: faic(100) }),
            50 => punish(&mut chain, equivocation(102, mark)),
            _ => drop(chain.advance(vec![], vec![], &[])),
        }
        assert_eq!(chain.ledger.context().unbonded, 0);
        if chain.ledger.tip().next_height() >= mark + 2 {
            let found = early(&chain);
            assert!(matches!(found, Some(ExecutionError::StillUnbonding { release: 15, seconds: 1 })), "{found:?}");
        }
    }
    assert!(chain.build_with(vec![equivocation(103, mark)], vec![]).refused_evidence.is_empty());
    chain.advance(vec![], vec![], &[]);
    assert_eq!((chain.ledger.tip().height, chain.ledger.context().unbonded), (over, mark));
    assert!(matches!(refused(&chain, equivocation(103, mark)), EvidenceError::TooOld { .. }));
    assert!(chain.build_with(vec![equivocation(103, mark + 1)], vec![]).refused_evidence.is_empty());
    let before = chain.balance(2);
    done(&mut chain, 2, Action::Withdraw);
    assert!(chain.balance(2) > before.checked_add(faic(94)).unwrap(), "what was not slashed, less the fee");
    chain.audit();
    let again = Chain::with(Arc::clone(&chain.store), chain.ledger.genesis().clone());
    assert_eq!(again.ledger.context().unbonded, mark);
}

/// Evidence of what is not final, of a stranger, of the genesis, and with a signature of nothing is refused.
#[test]
fn bad_evidence_is_refused() {
    let chain = chain();
    assert!(matches!(refused(&chain, equivocation(102, 2)), EvidenceError::NotFinal { height: 2 }));
    assert!(matches!(refused(&chain, equivocation(102, u64::MAX)), EvidenceError::NotFinal { .. }));
    assert!(matches!(refused(&chain, equivocation(1, 1)), EvidenceError::NotAValidator));
    assert!(matches!(refused(&chain, equivocation(102, 0)), EvidenceError::NotAValidator));
    let mut forged = equivocation(102, 1);
    if let Equivocation::Votes { second, .. } = &mut forged {
        second.1 = Signature::from_bytes([9; 64]);
    }
    assert!(matches!(refused(&chain, forged), EvidenceError::Equivocation(_)));
}

/// A validator whose set stayed after all its money was withdrawn has nothing to lose.
#[test]
fn nothing_at_stake_is_not_punished() {
    let parameters = Parameters { unbonding_blocks: 1, unbonding_seconds: 0, ..Parameters::default() };
    let mut chain = Chain::with(Arc::new(MemoryStore::new()), genesis_of(&[(101, 1, 300)], parameters));
    done(&mut chain, 1, Action::Unbond { amount: faic(300) });
    done(&mut chain, 1, Action::Withdraw);
    chain.audit();
    assert!(matches!(refused(&chain, equivocation(101, 2)), EvidenceError::NothingAtStake));
}

/// Money that is withdrawn can be bonded again in the same block, as by a new candidate.
#[test]
fn withdrawn_money_is_bonded_again() {
    let parameters = Parameters { unbonding_blocks: 1, unbonding_seconds: 0, ..Parameters::default() };
    let genesis = genesis_of(&[(101, 1, 300), (102, 2, 100)], parameters);
    let mut chain = Chain::with(Arc::new(MemoryStore::new()), genesis);
    done(&mut chain, 2, Action::Unbond { amount: faic(100) });
    let both = vec![chain.act(2, 0, Action::Withdraw), chain.act(2, 1, bond(2, 102, faic(1_050)))];
    assert!(chain.advance(vec![], both, &[]).refused.is_empty());
    chain.audit();
    assert_eq!(chain.candidate(2).unwrap().stake, faic(1_050));
}

/// 16 pieces of evidence are in a block; the 17th waits, and a block that has it is refused.
#[test]
fn evidence_17_waits() {
    let validators: Vec<_> = (0..17).map(|index| (101 + index, 11 + index, 100)).collect();
    let genesis = genesis_of(&validators, Parameters::default());
    let mut chain = Chain::with(Arc::new(MemoryStore::new()), genesis);
    chain.advance(vec![], vec![], &[]);
    let all: Vec<_> = (0..17).map(|index| equivocation(101 + index, 1)).collect();
    let built = chain.build_with(all.clone(), vec![]);
    assert_eq!(built.verified.block().evidence, all[..EVIDENCE_MAX]);
    assert!(built.refused_evidence.is_empty(), "what has no room waits for another block");
    let mut forged = built.verified.block().clone();
    forged.evidence.clone_from(&all);
    let refused = chain.validation.block.check(&chain.ledger, forged);
    assert!(matches!(refused, Err(BlockError::TooMuchEvidence(17))));
    chain.advance(all.clone(), vec![], &[]);
    assert_eq!(chain.ledger.validators().iter().len(), 1);
    chain.audit();
    // The last one is removed too, and its set stays.
    punish(&mut chain, all[16].clone());
    assert_eq!(chain.ledger.validators().iter().len(), 1);
}

/// Two pieces against one validator are one too many: the second is left out, and a block with both is refused.
#[test]
fn duplicate_evidence_is_refused() {
    let mut chain = chain();
    chain.advance(vec![], vec![], &[]);
    let twice = vec![equivocation(102, 1), equivocation(102, 2)];
    let built = chain.build_with(twice.clone(), vec![]);
    assert_eq!(built.verified.block().evidence, twice[..1]);
    assert!(matches!(built.refused_evidence[0].1, EvidenceError::AlreadyPunished));
    let mut forged = built.verified.block().clone();
    forged.evidence = twice;
    forged.header.evidence_root = faic_core::block::evidence_root(&forged.evidence);
    let refused = chain.validation.block.check(&chain.ledger, forged);
    assert!(matches!(refused, Err(BlockError::Evidence { index: 1, source: EvidenceError::AlreadyPunished })));
}
