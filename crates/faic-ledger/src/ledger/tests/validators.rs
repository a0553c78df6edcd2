//! Tests of changing validators: every height knows its own, followers and restarts agree, and a forged set is noticed.

use std::sync::Arc;

use faic_core::transaction::Action;

use super::determinism::{assert_same, follow};
use crate::{
    genesis::{Genesis, Parameters},
    ledger::{Ledger, OpenError},
    store::{ALL_KEYS, Direction, MemoryStore, Store, StoreError, Table, WriteBatch},
    testing::{Chain, address, bond, equivocation, faic, genesis_of, secret},
};

/// The genesis of these tests: three validators, short periods.
fn rules() -> Genesis {
    let parameters = Parameters {
        unbonding_blocks: 4,
        unbonding_seconds: 0,
        absent_blocks_max: 2,
        jail_blocks: 2,
        ..Parameters::default()
    };
    genesis_of(&[(101, 1, 400), (102, 2, 100), (103, 3, 100)], parameters)
}

/// A chain at its beginning.
fn begun() -> Chain {
    Chain::with(Arc::new(MemoryStore::new()), rules())
}

/// A chain on which everything happened that may happen to a candidate.
fn moved() -> Chain {
    let mut chain = begun();
    let mut block = |evidence, actions: Vec<(u8, Action)>, absent: &[u8]| {
        let signed = actions.into_iter().map(|(from, action)| chain.act(from, 0, action)).collect();
        let built = chain.advance(evidence, signed, absent);
        assert!(built.refused.is_empty() && built.refused_evidence.is_empty(), "{:?}", built.refused);
    };
    block(vec![], vec![(4, bond(4, 104, faic(150)))], &[]);
    block(vec![], vec![(1, bond(1, 111, faic(1)))], &[102]);
    block(vec![], vec![(4, Action::Unbond { amount: faic(50) })], &[102]);
    block(vec![equivocation(103, 2)], vec![], &[102]);
    block(vec![], vec![], &[]);
    block(vec![], vec![(3, Action::Unbond { amount: faic(95) })], &[]);
    block(vec![], vec![(2, Action::Unjail), (4, Action::Withdraw)], &[]);
    for _ in 0..3 {
        block(vec![], vec![], &[]);
    }
    block(vec![], vec![(3, Action::Withdraw)], &[]);
    chain
}

/// Each height has the validators that its header names, and beyond the next height there are none.
#[test]
fn validators_of_each_height() {
    let chain = moved();
    let height = chain.ledger.tip().height;
    let mut sets = Vec::new();
    for height in 1..=height {
        let header = chain.ledger.header(height).unwrap().unwrap().header;
        let set = chain.ledger.validators_at(height).unwrap().unwrap();
        assert_eq!(set.hash(), header.validators, "height {height}");
        let next = chain.ledger.validators_at(height + 1).unwrap().unwrap();
        assert_eq!(next.hash(), header.next_validators, "height {height}");
        sets.push(set.iter().map(|validator| validator.key).collect::<Vec<_>>());
    }
    assert!(sets[1].contains(&secret(104).public_key()) && !sets[0].contains(&secret(104).public_key()));
    assert!(sets[1].contains(&secret(101).public_key()) && !sets[2].contains(&secret(101).public_key()));
    assert_eq!(chain.ledger.validators_at(0).unwrap(), None);
    assert_eq!(chain.ledger.validators_at(height + 2).unwrap(), None);
    // Only a change of the set is kept.
    let kept = chain.store.page(Table::Validators, ALL_KEYS, Direction::Ascending, usize::MAX).unwrap().len();
    assert!(kept < usize::try_from(height).unwrap(), "{kept} sets of {height} heights");
}

/// Who follows from the bytes of blocks, restarting after each, has the same rows; also those of who was punished.
#[test]
fn followers_and_restarts_agree() {
    let source = moved();
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let mut follower = begun();
    for height in 1..=source.ledger.tip().height {
        follow(&mut follower, &source, height);
        follow(&mut Chain::with(Arc::clone(&store), rules()), &source, height);
        let (block, _) = follower.ledger.block(height).unwrap().unwrap();
        assert_eq!(Some(block), source.ledger.block(height).unwrap().map(|(block, _)| block));
    }
    assert_same(&follower, &source);
    assert_same(&Chain::with(store, rules()), &source);
    assert!(follower.candidate(3).unwrap().is_tombstoned());
    assert_eq!(follower.ledger.candidates().keys().copied().collect::<Vec<_>>(), {
        let mut operators = [1, 2, 4].map(address);
        operators.sort();
        operators
    });
}

/// A ledger does not open with validators of its tip that its header does not name, or without a listed candidate.
#[test]
fn forged_sets() {
    for table in [Table::Validators, Table::State] {
        let chain = moved();
        let key = if table == Table::State {
            crate::state::candidates::listed_key().as_bytes().to_vec()
        } else {
            chain.store.page(table, ALL_KEYS, Direction::Descending, 1).unwrap()[0].0.clone()
        };
        let mut value = chain.store.read(table, &key).unwrap().unwrap();
        *value.last_mut().unwrap() ^= 1;
        let mut batch = WriteBatch::new();
        batch.put(table, key, value);
        chain.store.write(batch).unwrap();
        let opened = Ledger::open(Arc::clone(&chain.store), rules());
        assert!(matches!(opened.err(), Some(OpenError::Store(StoreError::Corrupt { .. }))), "{table:?}");
    }
}
