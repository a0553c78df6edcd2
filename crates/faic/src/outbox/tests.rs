//! Tests of the record of what a wallet sent.

use std::time::Duration;

use faic_core::{
    Amount, Authority, BasicCrypto, ChainId, Hash, KeyManager, SecretKey, SignedTransaction,
    crypto::sign_transaction,
    transaction::{Output, TransactionBuilder},
};
use proptest::prelude::*;
use tempfile::TempDir;

use super::{
    Batch, ENDED_KEPT, Outbox, OutboxError, Part, RECORDS_MAX, Record, RecordError, State, batch::BATCHES_MAX,
    create_private_folder, files::holders_of_missing,
};
use crate::patience::{Clock, Patience, tests::SimulatedClock};

/// The address that pays a batch, for people.
const FROM: &str = "the account";

/// A payment in lane 0.
pub(super) fn payment(sequence: u64) -> SignedTransaction {
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

/// No patience at all.
pub(super) fn none() -> Patience {
    Patience::of(Duration::ZERO)
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
    let (before, after) =
        ([State::Built, State::Refused, State::Submitted, State::Left], [State::Expired, State::Replaced]);
    for state in before.into_iter().chain([State::Found(8), State::Said(8), State::Final(8)]).chain(after) {
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
    let lock = outbox.lock(&address, 0, &none()).expect("our folder");
    assert!(outbox.lock(&address, 1, &none()).is_ok());
    assert!(matches!(outbox.lock(&address, 0, &none()), Err(OutboxError::Busy { lane: 0, .. })));
    drop(lock);
    assert!(outbox.lock(&address, 0, &none()).is_ok());
}

/// Who waits for a wallet that is moved, and then for a lane that another command has, waits no longer in all than it was
/// told to.
#[test]
fn one_deadline() {
    const TOLD: Duration = Duration::from_secs(8);
    const MOVED: Duration = Duration::from_secs(6);
    let (_folder, outbox) = outbox();
    let sender = payment(0).transaction.sender;
    drop(outbox.lock(&sender, 0, &none()).expect("our folder"));
    let (_path, lane) = outbox.open(&sender, 0, "lock").expect("our folder");
    lane.lock().expect("nobody has it");
    let moving = outbox.lock_wallets(&none()).expect("nobody has it");
    let clock = SimulatedClock::with_event(MOVED, move || drop(moving));
    let patience = Patience::measured_by(TOLD, Box::new(clock.clone()));
    assert!(matches!(outbox.lock(&sender, 0, &patience), Err(OutboxError::Busy { lane: 0, .. })));
    assert_eq!((clock.now(), patience.left()), (TOLD, Duration::ZERO));
}

/// A transaction is one of a running command only where that command made it, and not one that was there before.
#[test]
fn made_by_a_running_command() {
    let (_folder, outbox) = outbox();
    let records = [0, 1].map(|sequence| Record::new(payment(sequence), 0, 0, None));
    let [first, second] = &records;
    let are_made = || records.each_ref().map(|record| outbox.is_made_now(record).expect("our folder"));
    let lock = outbox.lock(&first.sender(), 0, &none()).expect("our folder");
    assert_eq!(are_made(), [false, false]);
    let making = outbox.begin_making(&first.sender(), 0, &none()).expect("our folder");
    making.note(&first.id()).expect("our folder");
    assert_eq!(are_made(), [true, false]);
    drop(making);
    assert_eq!(are_made(), [false, false]);
    let making = outbox.begin_making(&first.sender(), 0, &none()).expect("our folder");
    making.note(&second.id()).expect("our folder");
    assert_eq!(are_made(), [false, true]);
    drop((making, lock));
}

/// A command that was stopped while it looked who is running is not waited for without end, and others in the lane are told
/// so.
#[test]
fn watched_for_too_long() {
    let (_folder, outbox) = outbox();
    let sender = payment(0).transaction.sender;
    let _lock = outbox.lock(&sender, 0, &none()).expect("our folder");
    let (_, watching) = outbox.open(&sender, 0, "running").expect("our folder");
    watching.lock_shared().expect("nobody has it");
    let begun = outbox.begin_making(&sender, 0, &none());
    assert!(matches!(begun, Err(OutboxError::Watched { lane: 0 })), "{begun:?}");
    drop(watching);
    assert!(outbox.begin_making(&sender, 0, &none()).is_ok());
}

/// The bytes on disk of a record and of a batch; what is on a user's disk has to be read by the next program too.
#[test]
fn golden() {
    let (_folder, outbox) = outbox();
    let part = Part { batch: Hash::from_bytes([3; 32]), round: 1, part: 2 };
    let record = Record::new(payment(3), 5, 6, Some(part)).in_state(State::Found(9));
    let (sender, chain) = (record.sender(), record.signed.transaction.chain_id.clone());
    let id = Batch::id_of(&chain, &sender, record.outputs());
    let batch = Batch::new(id, (&chain, FROM.to_owned()), "/a.csv".to_owned(), record.outputs(), Amount::ZERO, 7)
        .in_round(1)
        .with(&record.id());
    outbox.write(&record).expect("our folder");
    outbox.write_batch(&batch).expect("our folder");
    let written =
        [("record", outbox.path(&record.id())), ("batch", outbox.folder().join(format!("batches/{id}.json")))];
    for (name, path) in written {
        let found = std::fs::read_to_string(path).expect("our file");
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/outbox_{name}.json"));
        if std::env::var("FAIC_UPDATE_GOLDEN").is_ok_and(|value| value == "1") {
            std::fs::write(&path, found).expect("the sources can be written to");
            continue;
        }
        let golden = std::fs::read_to_string(&path).expect("it is among the sources");
        assert_eq!(found, golden, "a change of the disk format needs a decision record and another version");
    }
}

/// What another command wrote down meanwhile is not undone by an end that was found out from an older state.
#[test]
fn ends_found_out_late() {
    let (_folder, outbox) = outbox();
    let record = Record::new(payment(0), 0, 1, None);
    let found = record.in_state(State::Found(2));
    outbox.write_end(&found).expect("it was forgotten");
    assert_eq!(outbox.records().expect("our folder"), []);
    for (meanwhile, then) in [
        (State::Submitted, State::Found(2)),
        (State::Left, State::Final(2)),
        (State::Final(2), State::Final(2)),
        (State::Expired, State::Expired),
    ] {
        outbox.write(&record.in_state(meanwhile)).expect("our folder");
        outbox.write_end(&found).expect("our folder");
        assert_eq!(outbox.records().expect("our folder"), [record.in_state(then)]);
    }
}

/// What is final and was not told of is kept, however many came to their end since.
#[test]
fn untold_records_are_kept() {
    let (_folder, outbox) = outbox();
    let untold = Record::new(payment(0), 0, 1, None).in_state(State::Found(2));
    outbox.write(&untold).expect("our folder");
    for number in 1..=u64::try_from(ENDED_KEPT).expect("a number") {
        outbox.write(&Record::new(payment(number), number, 1, None).in_state(State::Final(3))).expect("our folder");
    }
    assert!(outbox.prune(outbox.records().expect("our folder")).expect("our folder").contains(&untold));
    outbox.write(&untold.in_state(State::Final(2))).expect("our folder");
    assert_eq!(outbox.prune(outbox.records().expect("our folder")).expect("our folder").len(), ENDED_KEPT);
}

/// Records of a batch that is done are forgotten as others are; those of one that is not are kept.
#[test]
fn pruning_of_batches() {
    let (_folder, outbox) = outbox();
    let (sender, chain) = (payment(0).transaction.sender, payment(0).transaction.chain_id);
    let outputs = Record::new(payment(0), 0, 0, None).outputs().to_vec();
    let id = Batch::id_of(&chain, &sender, &outputs);
    let batch = Batch::new(id, (&chain, FROM.to_owned()), "a.csv".to_owned(), &outputs, Amount::ZERO, 1);
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
        Batch::new(id, (&chain, FROM.to_owned()), "a.csv".to_owned(), &outputs, Amount::ZERO, 1)
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

/// A document that an earlier program wrote is refused by its version.
#[test]
fn earlier_versions() {
    let earlier = br#"{"version": 1, "id": "", "state": "built", "made_ms": 1, "made_at": 1, "signed": ""}"#;
    assert!(matches!(Record::from_json(earlier), Err(RecordError::Version(1))));
}

/// One other character in a field that nothing else checks is noticed, in both documents.
#[test]
fn altered_fields() {
    let (_folder, outbox) = outbox();
    let part = Part { batch: Hash::ZERO, round: 0, part: 0 };
    let text = String::from_utf8(Record::new(payment(0), 0, 1, Some(part)).to_json()).expect("JSON");
    let altered = text.replace("\"round\": 0", "\"round\": 1");
    assert_ne!(altered, text);
    assert!(matches!(Record::from_json(altered.as_bytes()), Err(RecordError::Checksum)));
    let batch = Batch::new(
        Hash::ZERO,
        (&payment(0).transaction.chain_id, FROM.to_owned()),
        "a.csv".to_owned(),
        &[],
        Amount::ZERO,
        1,
    );
    outbox.write_batch(&batch).expect("our folder");
    let path = outbox.folder().join(format!("batches/{}.json", Hash::ZERO));
    let text = std::fs::read_to_string(&path).expect("our file");
    let altered = text.replace("\"begun\"", "\"paid\"");
    assert_ne!(altered, text);
    std::fs::write(&path, altered).expect("our file");
    assert!(matches!(outbox.batches(), Err(OutboxError::Damaged { source: RecordError::Checksum, .. })));
}

/// One record more than may be written, as commands in two lanes can make it, is still read and can be forgotten.
#[test]
fn more_records_than_may_be_written() {
    let (_folder, outbox) = outbox();
    let record = Record::new(payment(0), 0, 1, None).in_state(State::Expired);
    outbox.write(&record).expect("our folder");
    let most = u64::try_from(RECORDS_MAX).expect("a number");
    for number in 1..=most {
        let record = Record::new(payment(number), number, 1, None).in_state(State::Expired);
        let path = outbox.folder().join(format!("{}.json", record.id()));
        std::fs::write(&path, record.to_json()).expect("our folder");
        #[cfg(unix)]
        set_private(&path);
    }
    assert!(matches!(outbox.write(&Record::new(payment(most + 1), 0, 1, None)), Err(OutboxError::Full { .. })));
    let left = outbox.prune(outbox.records().expect("one more is read")).expect("our folder");
    assert_eq!(left.len(), ENDED_KEPT);
    outbox.write(&Record::new(payment(most + 1), 0, 1, None)).expect("there is room again");
}

/// Gives a file to its owner only.
#[cfg(unix)]
fn set_private(path: &std::path::Path) {
    let permissions = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(path, permissions).expect("our file");
}

/// What a killed command left is taken away, and not what another command writes now.
#[test]
fn left_temporary_files() {
    let (_folder, outbox) = outbox();
    outbox.write(&Record::new(payment(0), 0, 1, None)).expect("our folder");
    outbox
        .write_batch(&Batch::new(
            Hash::ZERO,
            (&payment(0).transaction.chain_id, FROM.to_owned()),
            "a.csv".to_owned(),
            &[],
            Amount::ZERO,
            1,
        ))
        .expect("our folder");
    let hours_ago = std::time::SystemTime::now() - Duration::from_secs(2 * 60 * 60);
    for folder in [outbox.folder().to_owned(), outbox.folder().join("batches")] {
        let (old, new) = (folder.join(".tmpOld"), folder.join(".tmpNew"));
        let file = std::fs::File::create(&old).expect("our folder");
        file.set_modified(hours_ago).expect("our file");
        std::fs::File::create(&new).expect("our folder");
        outbox.prune(outbox.records().expect("our folder")).expect("our folder");
        assert_eq!((old.exists(), new.exists()), (false, true));
    }
    assert_eq!((outbox.records().expect("our folder").len(), outbox.batches().expect("our folder").len()), (1, 1));
}

/// Every folder that gets a new name is forced to disk, and none where all are there.
#[test]
fn holders_of_new_folders() {
    let folder = TempDir::new().expect("a temporary folder");
    let wallet = folder.path().join("payments").join("alice");
    let payments = folder.path().join("payments");
    assert_eq!(holders_of_missing(&wallet), [payments.as_path(), folder.path()]);
    create_private_folder(&wallet).expect("our folder");
    assert_eq!(holders_of_missing(&wallet.join("batches")), [wallet.as_path()]);
    assert!(wallet.is_dir() && holders_of_missing(&wallet).is_empty());
}

proptest! {
    /// Whatever is done to a record's bytes, it is refused or is the same record.
    #[test]
    fn altered_records(place in 0_usize..4000, byte: u8, cut in 0_usize..4000) {
        let part = Part { batch: Hash::from_bytes([3; 32]), round: 1, part: 2 };
        let record = Record::new(payment(3), 5, 6, Some(part)).in_state(State::Final(9));
        let mut bytes = record.to_json();
        let length = bytes.len();
        bytes[place % length] = byte;
        if let Ok(read) = Record::from_json(&bytes) {
            prop_assert_eq!(read, record.clone());
        }
        prop_assert!(Record::from_json(&record.to_json()[..cut % length]).is_err());
    }
}
