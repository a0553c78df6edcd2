//! Tests of the record of what a wallet sent.

use std::time::Duration;

use faic_core::{
    Amount, Authority, BasicCrypto, ChainId, Hash, KeyManager, SecretKey, SignedTransaction,
    crypto::sign_transaction,
    transaction::{Output, TransactionBuilder},
};
use proptest::prelude::*;
use tempfile::TempDir;

use super::{Batch, ENDED_KEPT, Outbox, OutboxError, Part, RECORDS_MAX, Record, State, batch::BATCHES_MAX};

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
    assert!(outbox.try_lock(&address, 1).expect("our folder").is_some());
    assert!(matches!(outbox.lock(&address, 0, Duration::ZERO), Err(OutboxError::Busy { lane: 0 })));
    drop(lock);
    assert!(outbox.lock(&address, 0, Duration::ZERO).is_ok());
}

/// A transaction is one of a running command only where that command made it, and not one that was there before.
#[test]
fn made_by_a_running_command() {
    let (_folder, outbox) = outbox();
    let records = [0, 1].map(|sequence| Record::new(payment(sequence), 0, 0, None));
    let [first, second] = &records;
    let are_made = || records.each_ref().map(|record| outbox.is_made_now(record).expect("our folder"));
    let lock = outbox.lock(&first.sender(), 0, Duration::ZERO).expect("our folder");
    assert_eq!(are_made(), [false, false]);
    let making = outbox.begin_making(&first.sender(), 0).expect("our folder");
    making.note(&first.id()).expect("our folder");
    assert_eq!(are_made(), [true, false]);
    drop(making);
    assert_eq!(are_made(), [false, false]);
    let making = outbox.begin_making(&first.sender(), 0).expect("our folder");
    making.note(&second.id()).expect("our folder");
    assert_eq!(are_made(), [false, true]);
    drop((making, lock));
}

/// Records of a batch that is done are forgotten as others are; those of one that is not are kept.
#[test]
fn pruning_of_batches() {
    let (_folder, outbox) = outbox();
    let (sender, chain) = (payment(0).transaction.sender, payment(0).transaction.chain_id);
    let outputs = Record::new(payment(0), 0, 0, None).outputs().to_vec();
    let id = Batch::id_of(&chain, &sender, &outputs);
    let batch = Batch::new(id, 0, "a.csv".to_owned(), &outputs, Amount::ZERO, 1);
    outbox.write_batch(&batch).expect("our folder");
    assert_eq!(outbox.batches().expect("our folder"), std::slice::from_ref(&batch));
    let many = u64::try_from(ENDED_KEPT).expect("a number") + 1;
    let part = Part { batch: id, round: 0, part: 0 };
    for number in 0..many {
        let record = Record::new(payment(number), number, 1, Some(part)).in_state(State::Final(2));
        outbox.write(&record).expect("our folder");
    }
    let left = || outbox.prune(outbox.records().expect("our folder")).expect("our folder").len();
    assert_eq!(left(), ENDED_KEPT + 1);
    outbox.write_batch(&batch.paid(Vec::new())).expect("our folder");
    assert_eq!(left(), ENDED_KEPT);
}

/// One batch more than there may be is refused; one that is there can still be changed.
#[test]
fn most_batches() {
    let (_folder, outbox) = outbox();
    let chain = payment(0).transaction.chain_id;
    let sender = payment(0).transaction.sender;
    let batch = |number: u64| {
        let outputs =
            vec![Output { to: sender, amount: Amount::from_nano(number + 1).expect("little"), memo: String::new() }];
        let id = Batch::id_of(&chain, &sender, &outputs);
        Batch::new(id, 0, "a.csv".to_owned(), &outputs, Amount::ZERO, 1)
    };
    let folder = outbox.folder().join("batches");
    outbox.write_batch(&batch(0)).expect("our folder");
    for number in 1..BATCHES_MAX {
        std::fs::write(folder.join(format!("{number}.json")), "").expect("our folder");
    }
    assert!(matches!(outbox.write_batch(&batch(1)), Err(OutboxError::BatchesFull { most: BATCHES_MAX, .. })));
    outbox.write_batch(&batch(0).given_up()).expect("it is there");
}

/// One record more than there may be is refused.
#[test]
fn most_records() {
    let (_folder, outbox) = outbox();
    outbox.write(&Record::new(payment(0), 0, 1, None)).expect("our folder");
    for number in 1..RECORDS_MAX {
        std::fs::write(outbox.folder().join(format!("{number}.json")), "").expect("our folder");
    }
    assert!(matches!(outbox.write(&Record::new(payment(1), 0, 1, None)), Err(OutboxError::Full { most: RECORDS_MAX })));
    outbox.write(&Record::new(payment(0), 0, 1, None).in_state(State::Expired)).expect("it is there");
}

proptest! {
    /// Whatever is done to a record's bytes, it is refused or is a record of the same transaction.
    #[test]
    fn altered_records(place in 0_usize..4000, byte: u8, cut in 0_usize..4000) {
        let record = Record::new(payment(3), 5, 6, None).in_state(State::Final(9));
        let mut bytes = record.to_json();
        let length = bytes.len();
        bytes[place % length] = byte;
        if let Ok(read) = Record::from_json(&bytes) {
            prop_assert_eq!(read.id(), record.id());
        }
        prop_assert!(Record::from_json(&record.to_json()[..cut % length]).is_err());
    }
}
