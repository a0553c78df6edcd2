//! Tests of writes that fail: readers go on at height h, and the ledger opens again at h or h + 1, whole.

use std::sync::Arc;

use faic_core::{Account, BasicCrypto, Hash, SignedTransaction};

use crate::{
    Ledger,
    ledger::{CommitError, OpenError, Tip},
    store::{FaultyStore, MemoryStore, StoreError, WriteFault},
    testing::{Chain, RICHES, address, faic, genesis, output},
    validation::VerifiedBlock,
};

/// A store in memory that fails when told to.
fn faulty() -> Arc<FaultyStore> {
    Arc::new(FaultyStore::new(Arc::new(MemoryStore::new())))
}

/// A chain on that store.
fn chain_on(store: &Arc<FaultyStore>) -> Chain {
    Chain::on(Arc::<FaultyStore>::clone(store))
}

/// The next block, of one payment from account 1 to account 2.
fn payment(chain: &Chain) -> (SignedTransaction, VerifiedBlock) {
    let signed = chain.sign(chain.transfer(1, vec![output(2, 5)]));
    let verified = chain.verify(signed.clone()).unwrap();
    (signed, chain.build(vec![verified]).verified)
}

/// Decides a block and tries to commit it.
fn try_commit(chain: &mut Chain, block: VerifiedBlock) -> Result<(), CommitError> {
    let certificate = chain.certify(&block);
    let decided = chain.validation.finality.check(&chain.ledger, block, certificate).unwrap();
    chain.ledger.commit(decided)
}

/// Asserts that nothing of the block after `tip` can be seen.
fn stands_at(chain: &Chain, tip: &Tip, next: &SignedTransaction) {
    assert_eq!(chain.ledger.tip(), tip);
    assert_eq!(chain.balance(2), faic(RICHES + 5));
    assert_eq!(chain.ledger.locate(&next.id()).unwrap(), None);
    assert_eq!(chain.ledger.block(tip.height + 1).unwrap(), None);
    assert_eq!(chain.ledger.history(&address(2), None, 9).unwrap().len(), 1);
    let value = borsh::to_vec(&chain.ledger.account(&address(2)).unwrap()).unwrap();
    let proof = chain.ledger.prove_account(&address(2)).unwrap();
    proof.verify(&tip.state_root, &Account::key(&address(2)), Some(&value)).unwrap();
    chain.audit();
}

/// A full disk is an error of the commit. The chain still answers reads, takes no further block, and opens again at h or
/// h + 1; what was acknowledged before is there, and it goes on.
#[test]
fn failed_commit() {
    for (fault, height) in [(WriteFault::Lost, 1), (WriteFault::Kept, 2)] {
        let store = faulty();
        let mut chain = chain_on(&store);
        let (acknowledged, block) = payment(&chain);
        chain.commit(block);
        let tip = *chain.ledger.tip();
        let (next, block) = payment(&chain);
        store.fail_write(fault);
        let failed = try_commit(&mut chain, block.clone());
        assert!(matches!(failed, Err(CommitError::Store(StoreError::DiskFull { .. }))));
        stands_at(&chain, &tip, &next);
        let again = try_commit(&mut chain, block);
        assert!(matches!(again, Err(CommitError::Store(StoreError::Halted))));
        stands_at(&chain, &tip, &next);

        drop(chain);
        store.reopen().unwrap();
        let mut chain = chain_on(&store);
        assert_eq!(chain.ledger.tip().height, height);
        assert_eq!(chain.ledger.locate(&acknowledged.id()).unwrap(), Some((1, 0)));
        assert_eq!(chain.ledger.locate(&next.id()).unwrap(), (height == 2).then_some((2, 0)));
        assert_eq!(chain.balance(2), faic(RICHES + 5 * height));
        chain.audit();
        let (_, block) = payment(&chain);
        chain.commit(block);
        assert_eq!(chain.balance(2), faic(RICHES + 5 * (height + 1)));
        chain.audit();
    }
}

/// A disk that is full at the very beginning leaves nothing or a whole genesis.
#[test]
fn failed_beginning() {
    for fault in [WriteFault::Lost, WriteFault::Kept] {
        let store = faulty();
        store.fail_write(fault);
        let opened = Ledger::open(Arc::<FaultyStore>::clone(&store), genesis());
        assert!(matches!(opened.err(), Some(OpenError::Store(StoreError::DiskFull { .. }))));
        store.reopen().unwrap();
        let chain = chain_on(&store);
        assert_eq!((chain.ledger.tip().height, chain.ledger.tip().id), (0, genesis().id()));
        chain.audit();
    }
}

/// A read that fails, wherever in opening, building and answering it falls, is an error and never a wrong answer.
#[test]
fn failed_reads() {
    let store = faulty();
    let mut chain = chain_on(&store);
    let (_, block) = payment(&chain);
    chain.commit(block);
    let candidate = chain.verify(chain.sign(chain.transfer(1, vec![output(9, 1)]))).unwrap();
    let whole = answers(&chain, &candidate).unwrap();
    for good in 0.. {
        store.fail_read_after(good);
        match answers(&chain, &candidate) {
            None => {}
            Some(found) => {
                assert_eq!(found, whole, "after {good} good reads");
                assert!(good > 5, "several reads were made to fail");
                break;
            }
        }
    }
}

/// What the ledger answers to many questions; `None` when one of them fails.
fn answers(chain: &Chain, candidate: &crate::VerifiedTransaction) -> Option<(Tip, Hash, usize, u64)> {
    let opened = Ledger::open(Arc::clone(&chain.store), genesis()).ok()?;
    let proposer = chain.ledger.validators().iter().next().unwrap().key;
    let built = chain.ledger.build(proposer, 5_000, [], [candidate.clone()]).ok()?;
    assert!(built.refused.is_empty(), "a store that fails refuses no transaction");
    let checked = chain.validation.block.check(&chain.ledger, built.verified.block().clone()).ok()?;
    let (block, _) = chain.ledger.block(1).ok()??;
    let balance = chain.ledger.account(&address(2)).ok()?.balance.nano();
    chain.ledger.history(&address(2), None, 9).ok()?;
    chain.ledger.prove_account(&address(2)).ok()?;
    chain.ledger.audit(&BasicCrypto::default()).ok()?;
    Some((*opened.tip(), checked.id(), block.transactions.len(), balance))
}

/// A block that is refused is not even tried to be written.
#[test]
fn refused_commits_write_nothing() {
    let store = faulty();
    let mut chain = chain_on(&store);
    let (_, stale) = payment(&chain);
    let certificate = chain.certify(&stale);
    let decided = chain.validation.finality.check(&chain.ledger, stale, certificate).unwrap();
    let (_, block) = payment(&chain);
    chain.commit(block);
    store.fail_write(WriteFault::Kept);
    assert!(matches!(chain.ledger.commit(decided), Err(CommitError::NotNext { height: 1, tip: 1 })));
    chain.audit();
}
