//! Tests of the audit: no row of any table can be lost, changed or invented without being noticed.

use std::sync::Arc;

use faic_core::{
    Account, Amount, BasicCrypto,
    account::History,
    staking::CandidateStatus,
    transaction::{Action, TransactionBuilder},
};

use super::{Audit, AuditError};
use crate::{
    Ledger, StateTree,
    genesis::Parameters,
    ledger::{OpenError, rows},
    store::{ALL_KEYS, Direction, MemoryStore, Row, Store, StoreError, Table, WriteBatch},
    testing::{Chain, RICHES, address, authority, bond, equivocation, faic, genesis, genesis_of, output},
};

/// A chain of two blocks with payments, a sponsor and settings.
fn chain() -> Chain {
    let mut chain = Chain::new();
    let sponsored = chain.transfer(1, vec![output(2, 5), output(1, 1), output(9, 7)]);
    let sponsored = chain.sign(sponsored.fee_payer(address(3), authority(3)));
    chain.include(vec![sponsored, chain.sign(chain.transfer(2, vec![output(9, 1)]))]);
    let action = Action::SetAccount { authority: None, memo_required: Some(true) };
    let builder = TransactionBuilder::new(genesis().chain_id, address(4), authority(4), action);
    chain.include(vec![chain.sign(builder.valid_until(9))]);
    chain
}

/// The tables that only a ledger that began at a snapshot has rows in.
const RESTORED: [Table; 3] = [Table::Handovers, Table::RestoredState, Table::RestoredBuckets];

/// Every row of a table.
fn rows_of(store: &dyn Store, table: Table) -> Vec<Row> {
    store.page(table, ALL_KEYS, Direction::Ascending, usize::MAX).unwrap()
}

/// Audits `chain` with one row more, less or different.
fn audit_with(chain: &Chain, table: Table, key: &[u8], value: Option<Vec<u8>>) -> Result<Audit, AuditError> {
    let before = chain.store.read(table, key).unwrap();
    let write = |value: Option<Vec<u8>>| {
        let mut batch = WriteBatch::new();
        match value {
            Some(value) => batch.put(table, key, value),
            None => batch.remove(table, key),
        }
        chain.store.write(batch).unwrap();
    };
    write(value);
    let found = chain.ledger.audit(&BasicCrypto::default());
    write(before);
    found
}

/// What is whole passes, with the figures that it has.
#[test]
fn whole_chain_passes() {
    let audit = chain().ledger.audit(&BasicCrypto::default()).unwrap();
    let found = (audit.height, audit.accounts, audit.transactions, audit.balances, audit.stakes);
    assert_eq!(found, (2, 6, 3, faic(4 * RICHES), faic(100)));
}

/// Each row that is lost, changed in one bit or put beside another is noticed.
#[test]
fn every_row_counts() {
    let chain = chain();
    for table in Table::ALL {
        let rows = rows_of(chain.store.as_ref(), table);
        assert_eq!(rows.is_empty(), RESTORED.contains(&table), "{table:?}");
        for (key, value) in rows {
            let place = format!("{table:?} {}", hex::encode(&key));
            assert!(audit_with(&chain, table, &key, None).is_err(), "{place} was removed");
            for byte in 0..value.len() {
                let mut changed = value.clone();
                changed[byte] ^= 1;
                assert!(audit_with(&chain, table, &key, Some(changed)).is_err(), "{place} was changed at {byte}");
            }
            for beside in [[key.as_slice(), &[0]].concat(), key[..key.len() - 1].to_vec(), flipped(&key)] {
                if beside.is_empty() || chain.store.read(table, &beside).unwrap().is_some() {
                    continue;
                }
                let invented = audit_with(&chain, table, &beside, Some(value.clone()));
                assert!(invented.is_err(), "{place} was copied to {}", hex::encode(&beside));
            }
        }
    }
    chain.audit();
}

/// A history of an account that no block names, and one of an account that they name, are not taken for right.
#[test]
fn invented_histories_are_noticed() {
    let mut chain = Chain::new();
    chain.include(vec![chain.sign(chain.transfer(1, vec![output(2, 5)]))]);
    for seed in [1, 3] {
        let key = Account::key(&address(seed));
        let mut account = chain.ledger.account(&address(seed)).unwrap();
        account.history = History { count: account.history.count + 1, hash: key };
        let found = audit_with(&chain, Table::State, key.as_bytes(), Some(borsh::to_vec(&account).unwrap()));
        assert!(matches!(&found, Err(AuditError::State(what)) if what.contains("another history")), "{found:?}");
    }
    chain.audit();
}

/// A row in a table of restores is noticed where none is under way.
#[test]
fn leftovers_are_noticed() {
    let chain = chain();
    for table in RESTORED {
        assert!(matches!(audit_with(&chain, table, &[1], Some(vec![1])), Err(AuditError::Rows { .. })), "{table:?}");
    }
}

/// A chain on which candidates came, left, were absent and were punished, so that its validators changed.
pub(crate) fn staked() -> Chain {
    let parameters =
        Parameters { unbonding_blocks: 2, unbonding_seconds: 0, absent_blocks_max: 1, ..Parameters::default() };
    let validators = [(101, 1, 400), (102, 2, 100), (103, 3, 100)];
    let mut chain = Chain::with(Arc::new(MemoryStore::new()), genesis_of(&validators, parameters));
    let first = vec![chain.act(4, 0, bond(4, 104, faic(150))), chain.act(1, 0, bond(1, 111, faic(1)))];
    chain.advance(vec![], first, &[]);
    let second = vec![chain.act(4, 0, Action::Unbond { amount: faic(50) })];
    chain.advance(vec![equivocation(103, 1)], second, &[102]);
    chain.advance(vec![], vec![chain.act(3, 0, Action::Unbond { amount: faic(95) })], &[102]);
    chain.advance(vec![], vec![chain.act(4, 0, Action::Withdraw)], &[]);
    chain.advance(vec![], vec![chain.act(3, 0, Action::Withdraw)], &[]);
    assert!(matches!(chain.candidate(2).unwrap().status, CandidateStatus::Jailed { since: 4 }));
    assert!(chain.candidate(3).unwrap().is_tombstoned());
    chain
}

/// Each row of a chain with changing validators counts too; the sums tell stakes from unbonding money.
#[test]
fn every_row_of_staking_counts() {
    let chain = staked();
    let audit = chain.ledger.audit(&BasicCrypto::default()).unwrap();
    assert_eq!((audit.stakes, audit.unbonding), (faic(401 + 100 + 100), Amount::ZERO));
    for table in [Table::State, Table::Validators, Table::Blocks] {
        for (key, value) in rows_of(chain.store.as_ref(), table) {
            let place = format!("{table:?} {}", hex::encode(&key));
            assert!(audit_with(&chain, table, &key, None).is_err(), "{place} was removed");
            for byte in (0..value.len()).step_by(5) {
                let mut changed = value.clone();
                changed[byte] ^= 1;
                assert!(audit_with(&chain, table, &key, Some(changed)).is_err(), "{place} was changed at {byte}");
            }
            let beside = [key.as_slice(), &[0]].concat();
            assert!(audit_with(&chain, table, &beside, Some(value)).is_err(), "{place} was copied");
        }
    }
    chain.audit();
}

/// A key with its last bit changed.
fn flipped(key: &[u8]) -> Vec<u8> {
    let mut key = key.to_vec();
    *key.last_mut().unwrap() ^= 1;
    key
}

/// Who forges a balance with every hash above it, and takes the money from another, is betrayed by the last header.
#[test]
fn forged_state_is_noticed() {
    let chain = chain();
    let tree = StateTree::open(chain.store.as_ref()).unwrap();
    let forged = [(3, RICHES + 500), (4, RICHES - 500)].map(|(account, balance)| {
        let account = address(account);
        let forged = Account { balance: faic(balance), ..chain.ledger.account(&account).unwrap() };
        (Account::key(&account), Some(borsh::to_vec(&forged).unwrap()))
    });
    let update = tree.prepare(chain.store.as_ref(), forged.into()).unwrap();
    let mut batch = WriteBatch::new();
    update.stage(&mut batch);
    rows::stage_tip(&mut batch, &crate::Tip { state_root: update.root(), ..*chain.ledger.tip() });
    chain.store.write(batch).unwrap();
    assert!(chain.ledger.audit(&BasicCrypto::default()).is_err());
    let opened = Ledger::open(Arc::clone(&chain.store), genesis());
    assert!(matches!(opened.err(), Some(OpenError::Store(StoreError::Corrupt { .. }))));
}

/// A chain of no block is audited against its genesis.
#[test]
fn genesis_state_is_audited() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let chain = Chain::on(Arc::clone(&store));
    chain.audit();
    for table in [Table::State, Table::StateBuckets, Table::Validators, Table::Meta] {
        for (key, _) in rows_of(store.as_ref(), table) {
            assert!(audit_with(&chain, table, &key, None).is_err(), "{table:?} {}", hex::encode(key));
        }
    }
}
