//! Tests of absence: who is missing in the certificates for too long is jailed, and may return.

use std::sync::Arc;

use faic_core::{staking::CandidateStatus, transaction::Action};

use super::super::ExecutionError;
use crate::{
    genesis::Parameters,
    store::{ALL_KEYS, Direction, MemoryStore, Table},
    testing::{Chain, address, faic, genesis_of, secret},
};

/// A chain whose validators may miss three blocks, and are jailed for four: 101 for account 1 with 300 FAIC, 102 for
/// account 2 with 100.
fn chain() -> Chain {
    let parameters = Parameters { absent_blocks_max: 3, jail_blocks: 4, ..Parameters::default() };
    Chain::with(Arc::new(MemoryStore::new()), genesis_of(&[(101, 1, 300), (102, 2, 100)], parameters))
}

/// Makes empty blocks that those validators do not sign.
fn miss(chain: &mut Chain, blocks: usize, absent: &[u8]) {
    for _ in 0..blocks {
        chain.advance(vec![], vec![], absent);
        chain.audit();
    }
}

/// How many blocks in a row account 2 missed.
fn missed(chain: &Chain) -> u32 {
    chain.candidate(2).unwrap().absent_blocks
}

/// Three blocks in a row may be missed, the fourth jails; what the certificate of a block lacks counts in the next block.
#[test]
fn absence_jails() {
    let mut chain = chain();
    miss(&mut chain, 4, &[102]);
    assert_eq!((missed(&chain), chain.candidate(2).unwrap().status), (3, CandidateStatus::Active));
    assert_eq!(chain.ledger.validators().iter().len(), 2);
    miss(&mut chain, 1, &[102]);
    assert_eq!(chain.candidate(2).unwrap().status, CandidateStatus::Jailed { since: 5 });
    let header = chain.ledger.header(5).unwrap().unwrap().header;
    assert_ne!(header.next_validators, header.validators);
    assert_eq!(chain.ledger.validators().iter().map(|validator| validator.operator).collect::<Vec<_>>(), [address(1)]);
    // The stake is untouched, and the block after still counts a set with the jailed one, to whom nothing more happens.
    let jailed = chain.candidate(2);
    miss(&mut chain, 2, &[]);
    assert_eq!(chain.candidate(2), jailed);
    assert_eq!(jailed.unwrap().stake, faic(100));
}

/// One signature ends a row of absence.
#[test]
fn presence_ends_the_row() {
    let mut chain = chain();
    for _ in 0..3 {
        miss(&mut chain, 3, &[102]);
        miss(&mut chain, 1, &[]);
        assert_eq!(missed(&chain), 3);
        miss(&mut chain, 1, &[]);
        assert_eq!(missed(&chain), 0);
    }
    assert_eq!(chain.candidate(2).unwrap().status, CandidateStatus::Active);
}

/// A jailed validator returns when its time has passed, not one block earlier, and is then a validator with a new row.
#[test]
fn return_from_jail() {
    let mut chain = chain();
    miss(&mut chain, 5, &[102]);
    while chain.ledger.tip().next_height() < 9 {
        let signed = chain.act(2, 0, Action::Unjail);
        let built = chain.advance(vec![], vec![signed], &[]);
        assert!(matches!(built.refused[0].1, ExecutionError::StillJailed { from: 9 }));
    }
    let signed = chain.act(2, 0, Action::Unjail);
    assert!(chain.advance(vec![], vec![signed], &[]).refused.is_empty());
    assert_eq!((missed(&chain), chain.candidate(2).unwrap().status), (0, CandidateStatus::Active));
    assert!(chain.ledger.validators().get(&secret(102).public_key()).is_some());
    miss(&mut chain, 4, &[102]);
    assert_eq!(missed(&chain), 3);
}

/// Nobody is jailed whom nobody could replace, and the count stops, so that it does not change every block.
#[test]
fn the_last_validator_is_not_jailed() {
    let mut chain = chain();
    miss(&mut chain, 5, &[102]);
    assert_eq!(chain.ledger.validators().iter().len(), 1);
    // The set of the jailed one decides alone, and its key could only be missed if its stake were less.
    let parameters = Parameters { absent_blocks_max: 1, ..Parameters::default() };
    let genesis = genesis_of(&[(101, 1, 300), (102, 2, 100)], parameters);
    let mut chain = Chain::with(Arc::new(MemoryStore::new()), genesis);
    let leave = chain.act(1, 0, Action::Unbond { amount: faic(300) });
    // The one who leaves signs the block for the last time; the other is absent, and from then on alone.
    chain.advance(vec![], vec![], &[102]);
    chain.advance(vec![], vec![leave], &[102]);
    assert_eq!(missed(&chain), 1);
    miss(&mut chain, 1, &[]);
    let candidate = chain.candidate(2).unwrap();
    assert_eq!((candidate.absent_blocks, candidate.status), (2, CandidateStatus::Active));
}

/// A block that everybody signed writes nothing to the state; one that somebody missed changes one candidate.
#[test]
fn ordinary_blocks_change_few_rows() {
    let mut chain = chain();
    let rows = |chain: &Chain| chain.store.page(Table::State, ALL_KEYS, Direction::Ascending, usize::MAX).unwrap();
    let changed = |chain: &mut Chain, absent: &[u8]| {
        let before = rows(chain);
        miss(chain, 1, absent);
        rows(chain).into_iter().filter(|row| !before.contains(row)).count()
    };
    miss(&mut chain, 1, &[]);
    assert_eq!(changed(&mut chain, &[]), 0);
    assert_eq!(changed(&mut chain, &[102]), 0, "what a certificate lacks is carried by the next block");
    assert_eq!(changed(&mut chain, &[]), 1);
    assert_eq!(changed(&mut chain, &[]), 1, "the row ends");
    assert_eq!(changed(&mut chain, &[]), 0);
}
