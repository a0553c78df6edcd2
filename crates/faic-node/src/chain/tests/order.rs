//! Tests of what can be observed while transactions come and go, and in which order it is told.

use std::collections::BTreeMap;

use super::*;

/// Who waits is told how the transaction stands at the deadline, not how it stood when the wait began.
#[tokio::test(start_paused = true)]
async fn deadline_is_looked_at() {
    let fixture = Fixture::new();
    let first = fixture.pay(1, 0, 1_000, 5);
    fixture.chain.admit(first.clone()).await.unwrap();
    let mut body = first.transaction.clone();
    body.fee = body.fee.checked_mul(2).unwrap();
    let second = crypto::sign_transaction(&fixture.crypto, body).unwrap();
    let replaced = TransactionState::Dropped(Outcome::Rejected(Reason::Replaced(second.id())));
    let replace = async {
        // sleep: the time of this test is paused, so nobody waits.
        tokio::time::sleep(Duration::from_millis(500)).await;
        fixture.chain.admit(second.clone()).await.unwrap();
    };
    let (state, ()) = tokio::join!(fixture.chain.wait_for(first.id(), Duration::from_secs(1)), replace);
    assert_eq!(state.unwrap(), replaced);
    // A wait without end is possible, and one without length looks once.
    assert_eq!(fixture.chain.wait_for(first.id(), Duration::MAX).await.unwrap(), replaced);
    assert!(matches!(fixture.chain.wait_for(second.id(), Duration::ZERO).await.unwrap(), TransactionState::Pooled(_)));
}

/// Whatever is told of a transaction comes in the order of its life: pooled before its block or its end, and a block is
/// told of when the tip is there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_in_the_order_of_life() {
    let fixture = Arc::new(Fixture::new());
    let mut events = fixture.chain.events();
    let _consensus = fixture.run();
    let payers: Vec<_> = (1..=3)
        .map(|from| {
            let fixture = Arc::clone(&fixture);
            tokio::spawn(async move {
                for sequence in 0..100 {
                    let signed = fixture.pay(from, sequence, 100_000, 1);
                    fixture.chain.admit(signed).await.unwrap();
                }
            })
        })
        .collect();
    let mut pooled = BTreeMap::new();
    let mut last = 0;
    while pooled.values().filter(|done| **done).count() < 300 {
        match tokio::time::timeout(PATIENCE, events.recv()).await.unwrap().unwrap() {
            Event::Pooled(id) => assert_eq!(pooled.insert(id, false), None, "{id} is pooled once"),
            Event::Block { height, transactions, .. } => {
                assert_eq!(height, last + 1);
                assert!(fixture.chain.tip().height >= height, "the tip is there when its block is told of");
                last = height;
                for id in transactions.iter() {
                    assert_eq!(pooled.insert(*id, true), Some(false), "{id} was pooled before it was final");
                }
            }
            Event::Dropped { id, outcome } => panic!("{id} was dropped: {outcome}"),
        }
    }
    for payer in payers {
        payer.await.unwrap();
    }
}

/// Of two transactions with one sequence, both sent many times while blocks are made, one becomes final, once; and the
/// money says so.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rivals_are_final_once() {
    let fixture = Arc::new(Fixture::new());
    let _consensus = fixture.run();
    for sequence in 0..15 {
        let rivals = [1, 2].map(|nano| fixture.pay(1, sequence, 100_000, nano));
        let tries: Vec<_> = (0..8)
            .map(|index| {
                let (chain, signed) = (Arc::clone(&fixture.chain), rivals[index % 2].clone());
                tokio::spawn(async move { drop(chain.admit(signed).await) })
            })
            .collect();
        for tried in tries {
            tried.await.unwrap();
        }
        let mut tips = fixture.chain.tips();
        let finals = loop {
            let mut finals = 0;
            for rival in &rivals {
                let state = fixture.chain.state_of(rival.id()).await.unwrap();
                finals += u32::from(matches!(state, TransactionState::Final { .. }));
            }
            if finals > 0 {
                break finals;
            }
            tokio::time::timeout(PATIENCE, tips.changed()).await.unwrap().unwrap();
        };
        assert_eq!(finals, 1);
    }
    fixture.chain.read(|ledger| ledger.audit(&BasicCrypto::default()).map(drop)).await.unwrap();
}
