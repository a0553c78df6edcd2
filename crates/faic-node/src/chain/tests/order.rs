//! Tests of what can be observed while transactions come and go, and in which order it is told.

use std::collections::{BTreeMap, BTreeSet};

use faic_core::transaction::Action;

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

/// Who is told that a transaction was replaced may rely on it: one in the block that is being decided is not replaced.
#[tokio::test]
async fn no_replacement_while_deciding() {
    let fixture = Fixture::new();
    let [first, waits] = [0, 1].map(|sequence| fixture.pay(1, sequence, 1_000, 5));
    let dearer = |signed: &SignedTransaction| {
        let mut body = signed.transaction.clone();
        body.fee = body.fee.checked_mul(2).unwrap();
        crypto::sign_transaction(&fixture.crypto, body).unwrap()
    };
    fixture.chain.admit(first.clone()).await.unwrap();
    let block = fixture.propose().await;
    fixture.chain.admit(waits.clone()).await.unwrap();
    assert!(matches!(fixture.chain.admit(dearer(&first)).await, Err(AdmitError::Deciding)));
    assert_eq!(fixture.chain.admit(first.clone()).await.unwrap().news, News::Pooled);
    assert!(matches!(fixture.chain.state_of(first.id()).await.unwrap(), TransactionState::Pooled(_)));
    // What is not in the block can be replaced meanwhile.
    assert_eq!(fixture.chain.admit(dearer(&waits)).await.unwrap().news, News::New);
    fixture.application().commit(block.clone(), fixture.certify(&block)).await.unwrap();
    assert!(matches!(fixture.chain.state_of(first.id()).await.unwrap(), TransactionState::Final { .. }));
    assert!(matches!(reason(fixture.chain.admit(dearer(&first)).await), Some(ExecutionError::Sequence { .. })));
    // The same holds for a block that somebody else proposed.
    let other = Fixture::new();
    other.chain.admit(first.clone()).await.unwrap();
    other.application().verify(&block).await.unwrap();
    assert!(matches!(other.chain.admit(dearer(&first)).await, Err(AdmitError::Deciding)));
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
            Event::Pooled { id, .. } => assert_eq!(pooled.insert(id, false), None, "{id} is pooled once"),
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

/// A small generator of numbers from a seed (SplitMix64, Steele et al. 2014).
struct Random(u64);

impl Random {
    /// A number below `end`.
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }
}

/// A random transaction of one of three accounts: payments among them, sponsored or not, memo rules, rotations and back,
/// with few blocks to live and often in the place of another.
fn anything(fixture: &Fixture, random: &mut Random) -> SignedTransaction {
    let ledger = fixture.chain.ledger();
    let mut account = || 1 + u8::try_from(random.below(3)).unwrap();
    let (from, to, payer) = (account(), account(), account());
    let authority = |key: u8| Authority::single(secret(key).public_key());
    let key = |account: u8, other: bool| if other { account + 50 } else { account };
    let action = match random.below(10) {
        0 => Action::SetAccount { authority: Some(authority(key(from, random.below(3) == 0))), memo_required: None },
        1 => Action::SetAccount { authority: None, memo_required: Some(random.below(3) == 0) },
        _ => {
            let amount = Amount::from_nano(1 + random.below(400_000_000_000)).unwrap();
            Action::Transfer { outputs: vec![Output { to: address(to), amount, memo: String::new() }] }
        }
    };
    let lane = u8::try_from(random.below(4)).unwrap();
    let next = ledger.account(&address(from)).unwrap().next_sequence(lane);
    let height = ledger.tip().height;
    drop(ledger);
    let (sequence, lives) = (next + random.below(3), 1 + random.below(20));
    let governs = authority(key(from, random.below(8) == 0));
    let mut builder = TransactionBuilder::new(ChainId::new("faic-test").unwrap(), address(from), governs, action)
        .nonce(lane, sequence)
        .valid_until(height + lives);
    if payer != from && random.below(2) == 0 {
        builder = builder.fee_payer(address(payer), authority(key(payer, random.below(8) == 0)));
    }
    let body = builder.build(10 + random.below(40)).unwrap();
    crypto::sign_transaction(&fixture.crypto, body).unwrap()
}

/// Whatever is sent by many at once, every transaction that was let in comes to an end that is known, money is conserved,
/// and the ledger is whole.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_has_an_end() {
    let fixture = Arc::new(Fixture::new());
    let _consensus = fixture.run();
    let senders: Vec<_> = (0..4)
        .map(|seed| {
            let fixture = Arc::clone(&fixture);
            tokio::spawn(async move {
                let (mut random, mut admitted) = (Random(seed), Vec::new());
                for _ in 0..250 {
                    let signed = anything(&fixture, &mut random);
                    let id = signed.id();
                    if fixture.chain.admit(signed).await.is_ok() {
                        let state = fixture.chain.state_of(id).await.unwrap();
                        assert_ne!(state, TransactionState::Unknown, "{id} was let in");
                        admitted.push(id);
                    }
                }
                admitted
            })
        })
        .collect();
    // Two senders may have made the same transaction.
    let mut admitted = BTreeSet::new();
    for sender in senders {
        admitted.extend(sender.await.unwrap());
    }
    let mut finals = 0;
    for id in &admitted {
        match fixture.chain.wait_for(*id, PATIENCE).await.unwrap() {
            TransactionState::Final { .. } => finals += 1,
            TransactionState::Dropped(_) => {}
            state @ (TransactionState::Pooled(_) | TransactionState::Unknown) => panic!("{id}: {state:?}"),
        }
    }
    assert!(finals > 20, "{finals} of {} became final", admitted.len());
    assert_eq!(fixture.chain.mempool().len(), 0);
    let audit = fixture.chain.read(|ledger| ledger.audit(&BasicCrypto::default())).await.unwrap();
    assert_eq!(audit.transactions, finals);
}
