//! Tests of the record of what a wallet sent.

use std::time::Duration;

use faic_core::{
    Amount, Authority, BasicCrypto, ChainId, Hash, KeyManager, SecretKey, SignedTransaction,
    crypto::sign_transaction,
    transaction::{Output, TransactionBuilder},
};
use tempfile::TempDir;

use super::{ENDED_KEPT, Outbox, OutboxError, Part, Record, State};

/// A payment in lane 0.
fn payment(sequence: u64) -> SignedTransaction {
    let key = SecretKey::from_seed(&[7; 32]);
    let authority = Authority::single(key.public_key());
    let outputs = vec![Output {
        to: authority.address(),
        amount: Amount::from_nano(1).expect("little"),
        memo: "a = 1".to_owned(),
    }];
    let chain = ChainId::new("faic-test").expect("a name");
    let built = TransactionBuilder::transfer(chain, authority, outputs).nonce(0, sequence).valid_until(9).build(1);
    let crypto = BasicCrypto { key_manager: KeyManager::from_iter([key]) };
    sign_transaction(&crypto, built.expect("a payment")).expect("its key")
}

/// An outbox in a folder of its own.
fn outbox() -> (TempDir, Outbox) {
    let folder = TempDir::new().expect("a temporary folder");
    let outbox = Outbox::of(folder.path(), &"alice".parse().expect("a name"));
    (folder, outbox)
}

/// What was written is read again, in every state.
#[test]
fn round_trip() {
    let (_folder, outbox) = outbox();
    assert_eq!(outbox.records().expect("no folder yet"), []);
    let part = Part { batch: Hash::from_bytes([3; 32]), round: 1, part: 2 };
    let record = Record::new(payment(0), 5, 6, Some(part));
    let states =
        [State::Built, State::Refused, State::Submitted, State::Left, State::Final(8), State::Expired, State::Replaced];
    for state in states {
        let record = record.in_state(state);
        outbox.write(&record).expect("our own folder");
        assert_eq!(outbox.records().expect("our own folder"), [record]);
    }
    outbox.forget(&record.id()).expect("our own folder");
    outbox.forget(&record.id()).expect("it is gone already");
    assert_eq!(outbox.records().expect("our own folder"), []);
}

/// The oldest that ended are forgotten, and none that is open or of a batch.
#[test]
fn pruning() {
    let (_folder, outbox) = outbox();
    let many = u64::try_from(ENDED_KEPT).expect("a number") + 3;
    let part = Part { batch: Hash::ZERO, round: 0, part: 0 };
    for number in 0..many {
        outbox.write(&Record::new(payment(number), number, 1, None).in_state(State::Expired)).expect("our folder");
    }
    outbox.write(&Record::new(payment(many), 0, 1, None)).expect("our folder");
    outbox.write(&Record::new(payment(many + 1), 0, 1, Some(part)).in_state(State::Final(2))).expect("our folder");
    let left = outbox.prune(outbox.records().expect("our folder")).expect("our folder");
    assert_eq!(left, outbox.records().expect("our folder"));
    let sequences: Vec<u64> = left.iter().map(|record| record.nonce().sequence).collect();
    assert_eq!(sequences, (3..many + 2).collect::<Vec<_>>());
}

/// One command at a time has a lane of an account.
#[test]
fn one_command_in_a_lane() {
    let (_folder, outbox) = outbox();
    let address = payment(0).transaction.sender;
    let lock = outbox.try_lock(&address, 0).expect("our folder");
    assert!(lock.is_some());
    assert!(outbox.try_lock(&address, 0).expect("our folder").is_none());
    assert!(outbox.is_running(&address, payment(0).transaction.nonce).expect("our folder"));
    assert!(outbox.try_lock(&address, 1).expect("our folder").is_some());
    assert!(matches!(outbox.lock(&address, 0, Duration::ZERO), Err(OutboxError::Busy { lane: 0 })));
    drop(lock);
    assert!(outbox.lock(&address, 0, Duration::ZERO).is_ok());
}
