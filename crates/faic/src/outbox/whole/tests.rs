//! Tests of records that move with their wallet, and of who may make transactions meanwhile.

use std::{fs, slice};

use faic_core::{Address, Amount, ChainId, keystore::WalletName};
use tempfile::TempDir;

use super::super::{
    Batch, Outbox, OutboxError, Record, State,
    tests::{none, payment},
};

/// The outboxes of two wallets of one keystore.
fn outboxes() -> (TempDir, Outbox, Outbox) {
    let folder = TempDir::new().expect("a temporary folder");
    let name = |text: &str| text.parse::<WalletName>().expect("a name");
    let (alice, carol) = (Outbox::of(folder.path(), &name("alice")), Outbox::of(folder.path(), &name("carol")));
    (folder, alice, carol)
}

/// A file of payments that was paid, by its name.
fn paid(file: &str) -> Batch {
    let chain = ChainId::new("faic-test").expect("a name");
    let id = Batch::id_of(&chain, &Address::from_bytes([u8::try_from(file.len()).expect("a short name"); 32]), &[]);
    Batch::new(id, (&chain, "the account".to_owned()), file.to_owned(), &[], Amount::ZERO, 5).paid(Vec::new())
}

/// Everything goes along, nothing is left, and the same again changes nothing.
#[test]
fn moved() {
    let (_folder, alice, carol) = outboxes();
    alice.move_to(&carol).expect("there is nothing yet");
    alice.write_batch(&paid("march.csv")).expect("our own folder");
    drop(carol.lock(&Address::from_bytes([1; 32]), 0, &none()).expect("our own folder"));
    alice.move_to(&carol).expect("only a lock is there");
    assert_eq!(carol.batches().expect("our own folder"), [paid("march.csv")]);
    assert!(!alice.folder().exists());
    drop(alice.lock(&Address::from_bytes([1; 32]), 0, &none()).expect("our own folder"));
    alice.move_to(&carol).expect("it was moved before");
    assert_eq!((carol.batches().expect("our own folder").len(), alice.folder().exists()), (1, false));
}

/// What another wallet of that name sent is not mixed with it.
#[test]
fn occupied_place() {
    let (_folder, alice, carol) = outboxes();
    alice.write_batch(&paid("march.csv")).expect("our own folder");
    carol.write_batch(&paid("april.csv")).expect("our own folder");
    assert!(matches!(alice.move_to(&carol), Err(OutboxError::Occupied { folder }) if folder == carol.folder()));
    assert_eq!(alice.batches().expect("our own folder"), [paid("march.csv")]);
    assert_eq!(carol.batches().expect("our own folder"), [paid("april.csv")]);
    carol.forget_all().expect("our own folder");
    carol.forget_all().expect("it is gone already");
    alice.move_to(&carol).expect("the place is free");
}

/// A wallet is not moved while a transaction of any is made, and none is made while one is moved.
#[test]
fn makers_and_movers() {
    let (folder, alice, carol) = outboxes();
    let sender = Address::from_bytes([1; 32]);
    let lock = |outbox: &Outbox, lane| outbox.lock(&sender, lane, &none());
    let first = lock(&alice, 0).expect("nobody has it");
    let second = lock(&carol, 3).expect("nobody has it");
    assert!(matches!(alice.lock_wallets(&none()), Err(OutboxError::WalletsBusy { .. })));
    drop(first);
    assert!(matches!(alice.lock_wallets(&none()), Err(OutboxError::WalletsBusy { .. })));
    drop(second);
    let moving = alice.lock_wallets(&none()).expect("nobody makes a transaction");
    fs::remove_dir_all(carol.folder()).expect("our own folder");
    assert!(matches!(lock(&carol, 0), Err(OutboxError::WalletsMoving { .. })));
    assert!(!carol.folder().exists(), "nothing is made for a wallet that may be gone");
    drop(moving);
    lock(&carol, 0).expect("nobody moves a wallet any more");
    assert!(folder.path().join("payments").is_dir());
}

/// What became of a transaction is not written down anew for a wallet that has another name meanwhile, or is gone.
#[test]
fn news_after_the_wallet_went() {
    let (_folder, alice, carol) = outboxes();
    let record = Record::new(payment(0), 5, 6, None);
    let (found, told) = (record.in_state(State::Found(8)), record.in_state(State::Final(8)));
    let news = |outbox: &Outbox| {
        outbox.write_end(&found).expect("our own folder");
        outbox.write_told(&told).expect("our own folder");
    };
    alice.write(&record).expect("our own folder");
    alice.move_to(&carol).expect("the place is free");
    news(&alice);
    assert!(!alice.folder().exists());
    assert_eq!(carol.records().expect("our own folder"), slice::from_ref(&record));
    news(&carol);
    assert_eq!(carol.records().expect("our own folder"), slice::from_ref(&told));
    carol.forget_all().expect("our own folder");
    news(&carol);
    assert!(!carol.folder().exists());
}

/// Nothing is written down while a wallet is moved or removed, and no wallet is while something is.
#[test]
fn writers_and_movers() {
    let (_folder, alice, carol) = outboxes();
    let writing = alice.keep_in_place(&none()).expect("nobody moves a wallet");
    assert!(matches!(carol.lock_wallets(&none()), Err(OutboxError::WalletsBusy { .. })));
    drop(writing);
    let _moving = carol.lock_wallets(&none()).expect("nobody writes");
    assert!(matches!(alice.keep_in_place(&none()), Err(OutboxError::WalletsMoving { .. })));
}

/// A wallet is not moved while a file of it is being paid, and none is begun while one is moved.
#[test]
fn files_and_movers() {
    let (_folder, alice, carol) = outboxes();
    let paying = alice.lock_batches(&none()).expect("nobody pays");
    assert!(matches!(carol.lock_wallets(&none()), Err(OutboxError::WalletsBusy { .. })));
    drop(paying);
    let _moving = alice.lock_wallets(&none()).expect("nobody pays");
    assert!(matches!(carol.lock_batches(&none()), Err(OutboxError::WalletsMoving { .. })));
    assert!(!carol.folder().exists(), "nothing is made for a wallet that may be gone");
}
