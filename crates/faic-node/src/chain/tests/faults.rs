//! Tests of the chain when something goes wrong under it: a disk that fails, a hostile block, a caller that gives up.

use faic_consensus::ConsensusError;
use faic_core::Hash;
use faic_ledger::store::{FaultyStore, StoreError, WriteFault};
use tokio::time::timeout;

use super::*;

/// A fixture on a store that fails when told to.
fn faulty() -> (Fixture, Arc<FaultyStore>) {
    let store = Arc::new(FaultyStore::new(Arc::new(MemoryStore::new())));
    (Fixture::on(Arc::<FaultyStore>::clone(&store)), store)
}

/// Why an application failed, when it was its store.
fn store_error(error: &ApplicationError) -> Option<&StoreError> {
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        source = error.source();
    }
    None
}

/// A full disk ends the consensus with an error that says so. The chain answers reads as of the last block that was
/// answered as final, and what was not is pooled and never final, even where the disk has it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn full_disk() {
    for fault in [WriteFault::Lost, WriteFault::Kept] {
        let (fixture, store) = faulty();
        let first = fixture.pay(1, 0, 1_000, 5);
        fixture.chain.admit(first.clone()).await.unwrap();
        fixture.decide().await;
        store.fail_write(fault);
        let second = fixture.pay(1, 1, 1_000, 7);
        fixture.chain.admit(second.clone()).await.unwrap();

        let config = simple::Config::default();
        let validators = fixture.application().validators();
        let consensus = SimpleConsensus::new(&validators, Arc::new(fixture.crypto.clone()), config).unwrap();
        let run = consensus.run(Arc::new(fixture.application()), CancellationToken::new());
        let error = timeout(PATIENCE, run).await.unwrap().unwrap_err();
        let ConsensusError::Commit { height: 2, source } = error else { panic!("{error:?}") };
        assert!(matches!(source, ApplicationError::Failed { .. }));
        assert!(matches!(store_error(&source), Some(StoreError::DiskFull { .. })), "{source:?}");

        let chain = &fixture.chain;
        assert_eq!(chain.tip().height, 1);
        assert!(matches!(chain.state_of(first.id()).await.unwrap(), TransactionState::Final { height: 1, .. }));
        assert!(matches!(chain.state_of(second.id()).await.unwrap(), TransactionState::Pooled(_)));
        assert_eq!(fixture.application().decided_at(2).await.unwrap(), None);
        let (balance, height) =
            chain.read(|ledger| (ledger.account(&address(9)).unwrap().balance.nano(), ledger.tip().height)).await;
        assert_eq!((balance, height), (5, 1));
        chain.read(|ledger| ledger.audit(&BasicCrypto::default()).map(drop)).await.unwrap();
        // Nothing is decided on top of what may or may not be there.
        let block = fixture.propose().await;
        let again = fixture.application().commit(block.clone(), fixture.certify(&block)).await.unwrap_err();
        assert!(matches!(store_error(&again), Some(StoreError::Halted)));

        store.reopen().unwrap();
        let reopened = Fixture::on(Arc::<FaultyStore>::clone(&store));
        let kept = matches!(fault, WriteFault::Kept);
        assert_eq!(reopened.chain.tip().height, if kept { 2 } else { 1 });
        let state = reopened.chain.state_of(second.id()).await.unwrap();
        assert_eq!(matches!(state, TransactionState::Final { height: 2, .. }), kept);
        // Submitting again does no harm: it is final once.
        reopened.chain.admit(second.clone()).await.unwrap();
        reopened.decide().await;
        let balance = reopened.chain.read(|ledger| ledger.account(&address(9)).unwrap().balance).await;
        assert_eq!(balance.nano(), 12);
        reopened.chain.read(|ledger| ledger.audit(&BasicCrypto::default()).map(drop)).await.unwrap();
    }
}

/// A read that fails under propose, verify or commit is the node's failure; no transaction and no block is blamed for it.
#[tokio::test]
async fn failing_reads_blame_nobody() {
    let (fixture, store) = faulty();
    let application = fixture.application();
    let signed = fixture.pay(1, 0, 1_000, 5);
    fixture.chain.admit(signed.clone()).await.unwrap();
    store.fail_read_after(0);
    let proposed = application.propose(secret(200).public_key(), Duration::ZERO).await;
    assert!(matches!(proposed, Err(ApplicationError::Failed { .. })));
    let foreign = Fixture::new();
    foreign.chain.admit(signed.clone()).await.unwrap();
    let block = foreign.propose().await;
    store.fail_read_after(1);
    assert!(matches!(application.verify(&block).await, Err(ApplicationError::Failed { .. })));
    store.fail_read_after(1);
    let commit = application.commit(block.clone(), fixture.certify(&block)).await;
    assert!(matches!(commit, Err(ApplicationError::Failed { .. })));
    assert!(matches!(fixture.chain.state_of(signed.id()).await.unwrap(), TransactionState::Pooled(_)));
    application.commit(block.clone(), fixture.certify(&block)).await.unwrap();
    assert!(matches!(fixture.chain.state_of(signed.id()).await.unwrap(), TransactionState::Final { .. }));
}

/// A decided block is handed out with the certificate that it was committed with, and another chain takes both; above
/// the tip and at height 0 there is none.
#[tokio::test]
async fn decided_blocks_round_trip() {
    let (fixture, follower) = (Fixture::new(), Fixture::new());
    for sequence in 0..3 {
        fixture.chain.admit(fixture.pay(1, sequence, 1_000, 5)).await.unwrap();
        let block = fixture.decide().await;
        let height = block.header.height;
        let (found, certificate) = fixture.application().decided_at(height).await.unwrap().unwrap();
        assert_eq!((&found, &certificate), (&block, &fixture.certify(&block)));
        follower.application().commit(found, certificate).await.unwrap();
        assert_eq!(follower.chain.tip(), fixture.chain.tip());
    }
    for height in [0, 4, u64::MAX] {
        assert_eq!(fixture.application().decided_at(height).await.unwrap(), None);
    }
}

/// A certificate for another block, without enough votes, or for a block that is not next, changes nothing.
#[tokio::test]
async fn undecided_blocks_change_nothing() {
    let fixture = Fixture::new();
    let application = fixture.application();
    let signed = fixture.pay(1, 0, 1_000, 5);
    fixture.chain.admit(signed.clone()).await.unwrap();
    let block = fixture.propose().await;
    let good = fixture.certify(&block);
    let mut empty = good.clone();
    empty.signatures.clear();
    let mut other = good.clone();
    other.block = Hash::ZERO;
    for certificate in [empty, other] {
        let refused = application.commit(block.clone(), certificate).await;
        assert!(matches!(refused, Err(ApplicationError::Invalid { .. })));
        assert_eq!(fixture.chain.tip().height, 0);
    }
    application.commit(block.clone(), good.clone()).await.unwrap();
    application.commit(block.clone(), good).await.expect("it is final, whoever made it so");
    let mut rival = block.clone();
    rival.header.time_ms += 1;
    let refused = application.commit(rival.clone(), fixture.certify(&rival)).await;
    assert!(matches!(refused, Err(ApplicationError::Invalid { .. })));
    assert!(matches!(application.verify(&block).await, Err(ApplicationError::Invalid { .. })));
    assert_eq!(fixture.chain.tip().height, 1);
    assert_eq!(fixture.chain.mempool().len(), 0);
}

/// A consensus that gives up waiting for a proposal or a check leaves the chain as it was, and can begin again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn abandoned_calls() {
    let fixture = Fixture::new();
    let application = fixture.application();
    fixture.chain.admit(fixture.pay(1, 0, 1_000, 5)).await.unwrap();
    let foreign = Fixture::new().propose().await;
    for _ in 0..20 {
        // Begun and dropped: what runs off the async threads goes on by itself.
        drop(timeout(Duration::ZERO, application.propose(secret(200).public_key(), Duration::ZERO)).await);
        drop(timeout(Duration::ZERO, application.verify(&foreign)).await);
        let block = fixture.decide().await;
        assert_eq!(fixture.chain.tip().id, block.id());
    }
    fixture.chain.read(|ledger| ledger.audit(&BasicCrypto::default()).map(drop)).await.unwrap();
    assert_eq!(fixture.chain.tip().height, 20);
    assert_eq!(fixture.chain.mempool().len(), 0);
}

/// While a block is being written, what the async threads ask is answered.
#[tokio::test]
#[expect(
    clippy::await_holding_lock,
    clippy::readonly_write_lock,
    reason = "a commit holds it, and nobody may wait for it"
)]
async fn async_threads_do_not_wait_for_the_disk() {
    let fixture = Fixture::new();
    fixture.chain.admit(fixture.pay(1, 0, 1_000, 5)).await.unwrap();
    let writing = fixture.chain.ledger.write().unwrap();
    let application = fixture.application();
    assert_eq!(application.tip().height, 0);
    assert_eq!(application.validators().iter().len(), 1);
    assert_eq!(fixture.chain.mempool().len(), 1);
    fixture.chain.wait_for_work(Duration::MAX).await;
    drop(writing);
}

/// A reader that panics takes nobody with it: the chain goes on, and so do the readers after it.
#[tokio::test]
async fn panicking_readers() {
    let fixture = Fixture::new();
    // More of them than may run at once.
    for _ in 0..fixture.chain.visitors.available_permits() {
        let (one, both) = (Arc::clone(&fixture.chain), Arc::clone(&fixture.chain));
        let read = tokio::spawn(async move { one.read(|_| panic!("a reader's mistake")).await });
        assert!(read.await.is_err_and(|error| error.is_panic()));
        let read = tokio::spawn(async move { both.read_with_mempool(|_, _| panic!("a reader's mistake")).await });
        assert!(read.await.is_err_and(|error| error.is_panic()));
    }
    fixture.chain.admit(fixture.pay(1, 0, 1_000, 5)).await.unwrap();
    fixture.decide().await;
    assert_eq!(fixture.chain.tip().height, 1);
}
