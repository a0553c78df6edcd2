//! Tests of restores: the state is that of the source, every lie is found out, and a crash loses nothing.

use std::sync::Arc;

use faic_core::{BasicCrypto, Hash, block::VoteSignature};

use super::{Handovers, Need, Offer, Restore, RestoreError, decode};
use crate::{
    Ledger,
    ledger::{Snapshot, audit::tests::staked},
    store::{ALL_KEYS, Direction, EmbeddedStore, FaultyStore, MemoryStore, Store, Table, WriteFault},
    testing::{Chain, bond, faic, output},
    tree::PartError,
};

/// What a liar does to what it gives.
type Lie<T> = fn(&mut T);

/// An empty chain of the same genesis as another.
fn fresh(source: &Chain, store: Arc<dyn Store>) -> Chain {
    Chain::with(store, source.ledger.genesis().clone())
}

/// The verifier of all tests.
fn verifier() -> BasicCrypto {
    BasicCrypto::default()
}

/// Begins to restore a snapshot.
fn begin(chain: &Chain, snapshot: &Snapshot) -> Restore {
    chain.ledger.begin_restore(&verifier(), snapshot.offer()).unwrap()
}

/// Takes everything that is missing.
fn take_all(restore: &mut Restore, snapshot: &Snapshot) {
    loop {
        match restore.need() {
            Need::Handovers(from) => {
                restore.take_handovers(&verifier(), &snapshot.handovers(from).unwrap()).unwrap();
            }
            Need::Parts => {
                let index = restore.missing().next().unwrap();
                restore.take_part(index, &snapshot.part(index).unwrap().unwrap()).unwrap();
            }
            Need::Nothing => return,
        }
    }
}

/// Restores the tip of a chain into a fresh one.
fn restored(source: &Chain, store: Arc<dyn Store>) -> Chain {
    let mut chain = fresh(source, store);
    let snapshot = source.ledger.snapshot().unwrap().unwrap();
    let mut restore = begin(&chain, &snapshot);
    take_all(&mut restore, &snapshot);
    chain.ledger.restore(&restore).unwrap();
    chain
}

/// Commits the same block to both chains.
fn both(source: &mut Chain, restored: &mut Chain) {
    source.include(vec![source.sign(source.transfer(2, vec![output(9, 1)]))]);
    let (block, certificate) = source.ledger.block(source.ledger.tip().height).unwrap().unwrap();
    let checked = restored.validation.block.check(&restored.ledger, block).unwrap();
    let decided = restored.validation.finality.check(&restored.ledger, checked, certificate).unwrap();
    restored.ledger.commit(decided).unwrap();
}

/// Every row of a table.
fn rows_of(chain: &Chain, table: Table) -> Vec<(Vec<u8>, Vec<u8>)> {
    chain.store.page(table, ALL_KEYS, Direction::Ascending, usize::MAX).unwrap()
}

/// The restored ledger is the source at every question about the state, takes the next blocks, opens again, and passes the
/// audit; and a ledger that was restored from it is the same.
#[test]
fn restored_is_the_source() {
    let mut source = staked();
    let mut first = restored(&source, Arc::new(MemoryStore::new()));
    let mut second = restored(&first, Arc::new(MemoryStore::new()));
    let base = source.ledger.tip().height;
    for chain in [&mut first, &mut second] {
        assert_eq!(chain.ledger.tip(), source.ledger.tip());
        assert_eq!((chain.ledger.base_height(), chain.ledger.decision()), (base, source.ledger.decision()));
        assert_eq!(rows_of(chain, Table::State), rows_of(&source, Table::State));
        assert_eq!(rows_of(chain, Table::Validators), rows_of(&source, Table::Validators));
        chain.audit();
        for height in 0..=base {
            assert_eq!(chain.ledger.block(height).unwrap(), None, "old blocks are not there");
            assert_eq!(chain.ledger.validators_at(height).unwrap(), source.ledger.validators_at(height).unwrap());
        }
    }
    for _ in 0..2 {
        both(&mut source, &mut first);
    }
    assert_eq!(first.ledger.tip(), source.ledger.tip());
    first.audit();
    let again = Chain::with(Arc::clone(&first.store), source.ledger.genesis().clone());
    assert_eq!((again.ledger.tip(), again.ledger.base_height()), (source.ledger.tip(), base));
    let third = restored(&again, Arc::new(MemoryStore::new()));
    assert_eq!(rows_of(&third, Table::State), rows_of(&source, Table::State));
    third.audit();
}

/// A block that itself announces other validators is a good place to begin too.
#[test]
fn begins_at_a_change() {
    let mut source = Chain::new();
    source.include(vec![source.act(1, 0, bond(1, 101, faic(150)))]);
    let mut chain = restored(&source, Arc::new(MemoryStore::new()));
    assert_ne!(source.ledger.decision().unwrap().validators, *source.ledger.validators());
    chain.audit();
    both(&mut source, &mut chain);
    chain.audit();
    restored(&chain, Arc::new(MemoryStore::new())).audit();
}

/// On disk too, where tables change places, and after a restart in the middle.
#[test]
fn resumes_on_disk() {
    let folder = tempfile::tempdir().unwrap();
    let source = staked();
    let snapshot = source.ledger.snapshot().unwrap().unwrap();
    let chain = fresh(&source, Arc::new(EmbeddedStore::open(folder.path()).unwrap()));
    let mut restore = begin(&chain, &snapshot);
    let Need::Handovers(from) = restore.need() else { panic!("the validators changed") };
    restore.take_handovers(&verifier(), &snapshot.handovers(from).unwrap()).unwrap();
    chain.audit();
    drop((restore, chain));
    let mut chain = fresh(&source, Arc::new(EmbeddedStore::open(folder.path()).unwrap()));
    let mut restore = chain.ledger.resume_restore().unwrap().unwrap();
    assert_eq!(
        (restore.need(), restore.id()),
        (Need::Parts, source.ledger.tip().id),
        "what came is not asked for again"
    );
    take_all(&mut restore, &snapshot);
    let done = chain.ledger.resume_restore().unwrap().unwrap();
    assert_eq!((done.need(), done.progress()), (Need::Nothing, restore.progress()));
    chain.ledger.restore(&done).unwrap();
    chain.audit();
    assert!(chain.ledger.resume_restore().unwrap().is_none());
    drop((restore, done, chain));
    let chain = fresh(&source, Arc::new(EmbeddedStore::open(folder.path()).unwrap()));
    assert_eq!(chain.ledger.tip(), source.ledger.tip());
}

/// A write that fails leaves the genesis or the whole state, whichever the disk says.
#[test]
fn last_write_is_whole_or_absent() {
    for (fault, height) in [(WriteFault::Lost, 0), (WriteFault::Kept, 5)] {
        let source = staked();
        let snapshot = source.ledger.snapshot().unwrap().unwrap();
        let store = Arc::new(FaultyStore::new(Arc::new(MemoryStore::new())));
        let mut chain = fresh(&source, Arc::clone(&store) as _);
        let mut restore = begin(&chain, &snapshot);
        take_all(&mut restore, &snapshot);
        store.fail_write(fault);
        assert!(matches!(chain.ledger.restore(&restore), Err(RestoreError::Store(_))));
        assert_eq!(chain.ledger.tip().height, 0);
        store.reopen().unwrap();
        let chain = fresh(&source, store);
        assert_eq!(chain.ledger.tip().height, height);
        chain.audit();
    }
}

/// What was begun can be forgotten, and a ledger with blocks takes over nothing.
#[test]
fn only_a_fresh_ledger_restores() {
    let source = staked();
    let snapshot = source.ledger.snapshot().unwrap().unwrap();
    let mut chain = fresh(&source, Arc::new(MemoryStore::new()));
    let mut restore = begin(&chain, &snapshot);
    assert!(matches!(restore.take_part(0, &[]), Err(RestoreError::Untrusted)));
    assert!(matches!(chain.ledger.restore(&restore), Err(RestoreError::Incomplete)));
    take_all(&mut restore, &snapshot);
    let block = chain.build(vec![]).verified;
    chain.commit(block);
    assert!(matches!(chain.ledger.restore(&restore), Err(RestoreError::NotFresh { height: 1 })));
    let refused = chain.ledger.begin_restore(&verifier(), snapshot.offer());
    assert!(matches!(refused.err(), Some(RestoreError::NotFresh { .. })));
    chain.ledger.discard_restore().unwrap();
    chain.ledger.discard_restore().unwrap();
    assert!(chain.ledger.resume_restore().unwrap().is_none());
    chain.audit();
}

/// An offer of which anything is changed is refused at once, or when its validators are followed.
#[test]
fn forged_offers_are_refused() {
    let source = staked();
    let snapshot = source.ledger.snapshot().unwrap().unwrap();
    let chain = fresh(&source, Arc::new(MemoryStore::new()));
    let honest: Offer = borsh::from_slice(snapshot.offer()).unwrap();
    let try_with = |change: fn(&mut Offer)| {
        let mut offer = honest.clone();
        change(&mut offer);
        let mut restore = chain.ledger.begin_restore(&verifier(), &borsh::to_vec(&offer).unwrap())?;
        while let Need::Handovers(from) = restore.need() {
            restore.take_handovers(&verifier(), &snapshot.handovers(from).unwrap())?;
        }
        Ok::<_, RestoreError>(restore)
    };
    assert!(try_with(|_| {}).is_ok());
    let lies: [(&str, Lie<Offer>); 8] = [
        ("another root", |offer| offer.header.state_root = Hash::from_bytes([1; 32])),
        ("another header, with its certificate", |offer| {
            offer.header.time_ms += 1;
            offer.certificate.block = offer.header.id();
        }),
        ("a lying height", |offer| {
            offer.header.height += 7;
            offer.certificate.height += 7;
            offer.certificate.block = offer.header.id();
        }),
        ("no votes", |offer| offer.certificate.signatures.clear()),
        ("a stranger's vote", |offer| {
            let signature = offer.certificate.signatures[0].signature;
            let validator = crate::testing::secret(99).public_key();
            offer.certificate.signatures = vec![VoteSignature { validator, signature }];
        }),
        ("another history", |offer| offer.history = Hash::ZERO),
        ("another part", |offer| offer.parts[0].hash = Hash::from_bytes([1; 32])),
        ("a part less", |offer| offer.parts.clear()),
    ];
    for (name, lie) in lies {
        let refused = try_with(lie).err().unwrap_or_else(|| panic!("{name}"));
        assert!(refused.is_lie(), "{name}: {refused}");
    }
    let garbage = chain.ledger.begin_restore(&verifier(), &snapshot.offer()[1..]);
    assert!(garbage.is_err_and(|error| error.is_lie()));
}

/// Handovers that are forged, left out, or none at all are refused, and good ones are still taken then.
#[test]
fn forged_handovers_are_refused() {
    let source = staked();
    let snapshot = source.ledger.snapshot().unwrap().unwrap();
    let chain = fresh(&source, Arc::new(MemoryStore::new()));
    let mut restore = begin(&chain, &snapshot);
    let honest: Handovers = decode(&snapshot.handovers(0).unwrap(), usize::MAX).unwrap();
    let lies: [(&str, Lie<Handovers>); 4] = [
        ("none", |given| given.0.clear()),
        ("the first left out", |given| drop(given.0.remove(0))),
        ("another set", |given| given.0[0].next = given.0[1].next.clone()),
        ("no votes", |given| given.0[1].certificate.signatures.clear()),
    ];
    for (name, lie) in lies {
        let mut given = honest.clone();
        lie(&mut given);
        let before = restore.need();
        let refused = restore.take_handovers(&verifier(), &borsh::to_vec(&given).unwrap()).unwrap_err();
        assert!(refused.is_lie(), "{name}: {refused}");
        assert_eq!(restore.need(), before, "{name}: nothing of it is kept");
    }
    take_all(&mut restore, &snapshot);
}

/// Parts that are swapped or garbage are refused, and good ones are still taken then; twice is once.
#[test]
fn forged_parts_are_refused() {
    let source = staked();
    let snapshot = source.ledger.snapshot().unwrap().unwrap();
    let chain = fresh(&source, Arc::new(MemoryStore::new()));
    let mut restore = begin(&chain, &snapshot);
    while let Need::Handovers(from) = restore.need() {
        restore.take_handovers(&verifier(), &snapshot.handovers(from).unwrap()).unwrap();
    }
    let good = snapshot.part(0).unwrap().unwrap();
    let mut other = good.clone();
    *other.last_mut().unwrap() ^= 1;
    assert!(matches!(restore.take_part(0, &other), Err(RestoreError::Part(PartError::Hash(0)))));
    assert!(restore.take_part(9, &good).unwrap_err().is_lie());
    assert!(matches!(restore.take_part(0, &good[..9]), Err(RestoreError::Malformed(_))));
    assert!(matches!(restore.take_part(0, &vec![0; (1 << 20) + 1]), Err(RestoreError::Malformed(_))));
    restore.take_part(0, &good).unwrap();
    restore.take_part(0, &good).unwrap();
    assert_eq!(restore.need(), Need::Nothing);
    assert!(Ledger::open(Arc::clone(&chain.store), source.ledger.genesis().clone()).is_ok());
}
