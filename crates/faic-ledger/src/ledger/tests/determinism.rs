//! Tests of determinism: the same blocks make the same ledger, whoever executes them, and however often it restarts.

use std::sync::Arc;

use faic_core::{
    Block,
    transaction::{Action, TransactionBuilder},
};

use crate::{
    Store,
    store::{ALL_KEYS, Direction, EmbeddedStore, MemoryStore, Table},
    testing::{Chain, address, authority, genesis, output},
};

/// Makes a few blocks of every kind of transaction.
fn blocks() -> Chain {
    let mut chain = Chain::new();
    for round in 0..6_u8 {
        let outputs = (0..40).map(|index| output(10 + (round * 31 + index) % 150, 1)).collect();
        let many = chain.sign(chain.transfer(1, outputs).memo("many"));
        let sponsored =
            chain.sign(chain.transfer(2, vec![output(3, 2)]).memo("rent").fee_payer(address(4), authority(4)));
        chain.include(vec![sponsored, many]);
        let action = Action::SetAccount { authority: None, memo_required: Some(round % 2 == 0) };
        let sequence = chain.ledger.account(&address(3)).unwrap().next_sequence(0);
        let settings = TransactionBuilder::new(genesis().chain_id, address(3), authority(3), action)
            .nonce(0, sequence)
            .valid_until(1_000);
        chain.include(vec![chain.sign(settings.memo("settings"))]);
        chain.include(vec![]);
    }
    chain
}

/// Takes a decided block as another node would: from its bytes, with its certificate.
pub(super) fn follow(chain: &mut Chain, source: &Chain, height: u64) {
    let (block, certificate) = source.ledger.block(height).unwrap().unwrap();
    let block = Block::from_bytes(&block.to_bytes(), 4 * 1024 * 1024).unwrap();
    let verified = chain.validation.block.check(&chain.ledger, block).unwrap();
    let decided = chain.validation.finality.check(&chain.ledger, verified, certificate).unwrap();
    chain.ledger.commit(decided).unwrap();
}

/// Asserts that two ledgers are the same in every row.
pub(super) fn assert_same(found: &Chain, expected: &Chain) {
    assert_eq!(found.ledger.tip(), expected.ledger.tip());
    for table in Table::ALL {
        let rows = |store: &dyn Store| store.page(table, ALL_KEYS, Direction::Ascending, usize::MAX).unwrap();
        assert!(rows(found.store.as_ref()) == rows(expected.store.as_ref()), "{table:?} differs");
    }
    found.audit();
}

/// Who only follows has the same state root at each height, and in the end the same rows.
#[test]
fn followers_agree() {
    let source = blocks();
    let mut follower = Chain::new();
    for height in 1..=source.ledger.tip().height {
        follow(&mut follower, &source, height);
        let header = source.ledger.header(height).unwrap().unwrap().header;
        assert_eq!(follower.ledger.tip().state_root, header.state_root);
    }
    assert_same(&follower, &source);
}

/// Who restarts after every block agrees too, in memory and on disk.
#[test]
fn restarts_change_nothing() {
    let source = blocks();
    let folder = tempfile::tempdir().unwrap();
    let stores: [Arc<dyn Store>; 2] =
        [Arc::new(MemoryStore::new()), Arc::new(EmbeddedStore::open(folder.path()).unwrap())];
    for store in stores {
        for height in 1..=source.ledger.tip().height {
            follow(&mut Chain::on(Arc::clone(&store)), &source, height);
        }
        assert_same(&Chain::on(store), &source);
    }
}
