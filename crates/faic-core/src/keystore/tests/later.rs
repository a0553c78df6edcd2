//! Tests of the third and fourth versions of a wallet's file: several accounts, a book, single keys, watched accounts.

use std::fs;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Fixture, PASSWORD, entry, label, name, secret};
use crate::derivation::AccountPath;
use crate::keystore::envelope::WalletFile;
use crate::keystore::{
    ACCOUNTS_MAX, AccountEntry, AccountLabel, EditError, KdfParams, KeystoreError, UnlockedWallet, WalletEntry,
    WalletFileError,
};
use crate::samples::{address, authority};
use crate::{Authority, Network};

/// A file of the third version, which every later program must open.
const GOLDEN: &str = include_str!("../../../tests/vectors/wallet-v3.json");

/// A file of the fourth version, which every later program must read.
const GOLDEN_WATCHED: &str = include_str!("../../../tests/vectors/wallet-v4.json");

/// The address of the account of that number.
fn address_of(number: u32) -> crate::Address {
    let path = AccountPath::new(0, number).unwrap();
    Authority::single(secret().account_key(Network::Dev, path).public_key()).address()
}

/// A wallet with the accounts 0, 3 and 7, of which the second has a name, and two names in its book.
fn wallet() -> UnlockedWallet {
    let entry = WalletEntry::new(name("alice"), Network::Dev, AccountPath::default(), address_of(0));
    let mut wallet = UnlockedWallet::new(entry, secret());
    wallet.add_account(Some(3), Some(label("savings"))).unwrap();
    wallet.add_account(Some(7), None).unwrap();
    wallet.add_contact(label("zoe"), address(2)).unwrap();
    wallet.add_contact(label("bob"), address(1)).unwrap();
    wallet
}

/// The golden file opens, and says what it was written with.
#[test]
fn golden_file() {
    let file = WalletFile::from_json(GOLDEN.as_bytes()).unwrap();
    assert_eq!(file.to_json(), GOLDEN.as_bytes());
    let (opened, expected) = (file.open(PASSWORD).unwrap(), wallet());
    assert_eq!((&opened.entry, opened.book()), (&expected.entry, expected.book()));
    let names = |wallet: &UnlockedWallet| {
        let accounts = wallet.entry.accounts.iter();
        accounts.map(|account| wallet.account_name(account).cloned()).collect::<Vec<_>>()
    };
    assert_eq!(names(&opened), [None, Some(label("savings")), None]);
    assert_eq!(names(&opened), names(&expected));
    assert_eq!(opened.secret_at(0), Some(&secret()));
}

/// Accounts have the addresses of their paths, are found by number and name, and are kept in order.
#[test]
fn accounts() {
    let fixture = Fixture::new();
    fixture.keystore.add(&wallet(), PASSWORD).unwrap();
    let added = fixture.keystore.update(&name("alice"), PASSWORD, |wallet| wallet.add_account(Some(5), None)).unwrap();
    assert_eq!(added.address, address_of(5));
    let entry = fixture.keystore.find(&name("alice")).unwrap();
    let numbers: Vec<_> = entry.accounts.iter().map(AccountEntry::number).collect();
    assert_eq!((numbers, entry.address), (vec![0, 3, 5, 7], address_of(0)));
    let opened = fixture.keystore.unlock(&name("alice"), PASSWORD).unwrap();
    let found = |label: &str| opened.account(Some(&label.parse().unwrap())).map(|account| account.address);
    assert_eq!(
        (found("3"), found("savings"), found("7")),
        (Some(address_of(3)), Some(address_of(3)), Some(address_of(7)))
    );
    assert_eq!((found("4"), found("none")), (None, None));
    assert_eq!(entry.account(None).map(|account| account.address), Some(address_of(0)));
    let labels: Vec<_> = entry.accounts.iter().map(|account| entry.label(account)).collect();
    assert_eq!(labels, ["alice", "alice/3", "alice/5", "alice/7"]);
    let labels: Vec<_> = opened.entry.accounts.iter().map(|account| opened.label(account)).collect();
    assert_eq!(labels, ["alice", "alice/savings", "alice/5", "alice/7"]);
    for account in &opened.entry.accounts {
        assert_eq!(Authority::single(opened.key(account).public_key()).address(), account.address);
    }
}

/// A number or a name is taken once, a name is no number, and there is a limit; a refused change changes nothing.
#[test]
fn refused_accounts() {
    let mut wallet = wallet();
    let before = wallet.entry.clone();
    assert!(matches!(wallet.add_account(Some(3), None), Err(EditError::AccountExists { .. })));
    assert!(matches!(wallet.add_account(None, Some(label("savings"))), Err(EditError::AccountExists { .. })));
    assert!(matches!(wallet.add_account(Some(1 << 31), None), Err(EditError::Path(_))));
    assert_eq!(wallet.entry, before);
    assert!("-1".parse::<AccountLabel>().is_err() && "A/B".parse::<AccountLabel>().is_err());
    assert!("4294967296".parse::<AccountLabel>().is_err());

    let key =
        UnlockedWallet::of_key(WalletEntry::of_key(name("key"), Network::Dev, address(1)), &crate::samples::secret(1));
    assert!(matches!(key.clone().add_account(None, None), Err(EditError::NoMnemonic)));

    let mut full = wallet;
    while full.entry.accounts.len() < ACCOUNTS_MAX {
        let account =
            AccountEntry { path: full.entry.accounts.last().and_then(next_path), ..before.accounts[0].clone() };
        full.entry.accounts.push(account);
    }
    assert!(matches!(full.add_account(None, None), Err(EditError::TooManyAccounts)));
}

/// The path after that of an account.
fn next_path(account: &AccountEntry) -> Option<AccountPath> {
    AccountPath::new(0, account.number() + 1).ok()
}

/// Names of accounts and of the book are under the seal: neither a file nor a program's log shows them, nor an address of
/// the book.
#[test]
fn names_are_sealed() {
    let fixture = Fixture::new();
    fixture.keystore.add(&wallet(), PASSWORD).unwrap();
    fixture
        .keystore
        .update(&name("alice"), PASSWORD, |wallet| wallet.name_account(&AccountLabel::Number(7), Some(label("rent"))))
        .unwrap();
    let backup = String::from_utf8(fixture.keystore.backup(&name("alice"), PASSWORD).unwrap()).unwrap();
    let file = fs::read_to_string(fixture.file("alice")).unwrap();
    let listed = format!("{:?}", fixture.keystore.list().unwrap());
    let opened = format!("{:?}", fixture.keystore.unlock(&name("alice"), PASSWORD).unwrap());
    let names = ["savings", "rent", "bob", "zoe"].map(str::to_owned);
    for hidden in names.into_iter().chain([address(1).encode(Network::Dev)]) {
        for (place, text) in [("file", &file), ("backup", &backup), ("list", &listed), ("log", &opened)] {
            let in_hex = text.contains(&hex::encode(&hidden));
            assert!(!text.contains(&hidden) && !in_hex, "{hidden} in the {place}: {text}");
        }
    }
}

/// An account gets a name, another one, and none; one that is taken or would be a number is refused.
#[test]
fn named_accounts() {
    let mut wallet = wallet();
    let account = |text: &str| text.parse::<AccountLabel>().unwrap();
    wallet.name_account(&account("7"), Some(label("rent"))).unwrap();
    wallet.name_account(&account("savings"), Some(label("travel"))).unwrap();
    let number = |wallet: &UnlockedWallet, text: &str| wallet.account(Some(&account(text))).map(AccountEntry::number);
    assert_eq!(
        (number(&wallet, "rent"), number(&wallet, "travel"), number(&wallet, "savings")),
        (Some(7), Some(3), None)
    );
    let taken = wallet.name_account(&account("0"), Some(label("rent")));
    assert!(matches!(taken, Err(EditError::AccountExists { account }) if account == "alice/rent"));
    assert!(matches!(wallet.name_account(&account("4"), None), Err(EditError::UnknownAccount { .. })));
    wallet.name_account(&account("rent"), Some(label("rent"))).unwrap();
    wallet.name_account(&account("rent"), None).unwrap();
    assert_eq!((number(&wallet, "rent"), number(&wallet, "7")), (None, Some(7)));
}

/// A wallet with its mnemonic's first key and a name for it keeps the name, and has the first version again without it.
#[test]
fn name_of_the_only_account() {
    let fixture = Fixture::with_alice();
    let version = || {
        let document: Value = serde_json::from_slice(&fs::read(fixture.file("alice")).unwrap()).unwrap();
        document["version"].clone()
    };
    let rename = |new: Option<&str>| {
        let named = |wallet: &mut UnlockedWallet| wallet.name_account(&AccountLabel::Number(0), new.map(label));
        fixture.keystore.update(&name("alice"), PASSWORD, named).unwrap();
    };
    rename(Some("savings"));
    assert_eq!(version(), json!(3));
    let opened = fixture.keystore.unlock(&name("alice"), PASSWORD).unwrap();
    assert_eq!(opened.label(&opened.entry.accounts[0]), "alice/savings");
    rename(None);
    assert_eq!(version(), json!(1));
}

/// A name that is sealed for an account which the file does not list makes the file unusable.
#[test]
fn name_of_no_account() {
    let mut wallet = wallet();
    wallet.entry.accounts.remove(1);
    let file = WalletFile::seal(&wallet.entry, PASSWORD, &wallet.content, KdfParams::LEAST).unwrap();
    let refusal = file.open(PASSWORD).expect_err("the account of the name is not there");
    assert!(matches!(refusal, KeystoreError::UnusableFile { source: WalletFileError::InvalidSecret, .. }));
}

/// Names of the book are added, changed and taken out; a name that is there, or is not, is told.
#[test]
fn changed_book() {
    let fixture = Fixture::new();
    fixture.keystore.add(&wallet(), PASSWORD).unwrap();
    let edit = |change: &dyn Fn(&mut UnlockedWallet) -> Result<(), EditError>| {
        fixture.keystore.update(&name("alice"), PASSWORD, |wallet| change(wallet))
    };
    let taken = edit(&|wallet| wallet.add_contact(label("bob"), address(3)));
    assert!(matches!(taken, Err(EditError::ContactExists { .. })));
    let taken = edit(&|wallet| wallet.rename_contact(&label("zoe"), label("bob")));
    assert!(matches!(taken, Err(EditError::ContactExists { .. })));
    edit(&|wallet| wallet.rename_contact(&label("zoe"), label("amy"))).unwrap();
    let unknown = edit(&|wallet| wallet.rename_contact(&label("zoe"), label("eva")));
    assert!(matches!(unknown, Err(EditError::UnknownContact { .. })));
    edit(&|wallet| wallet.remove_contact(&label("bob")).map(drop)).unwrap();
    let unknown = edit(&|wallet| wallet.remove_contact(&label("bob")).map(drop));
    assert!(matches!(unknown, Err(EditError::UnknownContact { .. })));
    let opened = fixture.keystore.unlock(&name("alice"), PASSWORD).unwrap();
    assert_eq!((opened.book().len(), opened.contact("amy").unwrap().address), (1, address(2)));
}

/// An account that is only watched is listed, has no password, and takes a name like any wallet.
#[test]
fn watched_account() {
    let fixture = Fixture::with_alice();
    fixture.keystore.watch(&name("cold"), Network::Main, address(5), None).unwrap();
    let found = fixture.keystore.find(&name("cold")).unwrap();
    assert!(found.watch_only && found.address == address(5) && found.network == Network::Main);
    assert_eq!(fixture.keystore.list().unwrap().wallets, [entry("alice"), found]);
    let refusal = fixture.keystore.unlock(&name("cold"), PASSWORD);
    assert!(matches!(refusal, Err(KeystoreError::WatchOnly { .. })));
    let taken = fixture.keystore.watch(&name("alice"), Network::Dev, address(5), None);
    assert!(matches!(taken, Err(KeystoreError::NameTaken { .. })));
    let taken = fixture.keystore.create(&entry("cold"), PASSWORD, &secret());
    assert!(matches!(taken, Err(KeystoreError::NameTaken { .. })));
}

/// The authority of a watched account is kept, replaced, and refused beside keys of one's own or in an older version.
#[test]
fn watched_authority() {
    let fixture = Fixture::new();
    let (joint, later) = (authority(2, [1, 2, 3]), authority(2, [1, 2, 4]));
    let cold = name("cold");
    fixture.keystore.watch(&cold, Network::Dev, joint.address(), Some(joint.clone())).unwrap();
    let found = fixture.keystore.find(&cold).unwrap();
    assert_eq!((found.watch_only, found.authority, found.address), (true, Some(joint.clone()), joint.address()));
    fixture.keystore.set_authority(&cold, later.clone()).unwrap();
    let found = fixture.keystore.find(&cold).unwrap();
    assert_eq!((found.authority, found.address), (Some(later), joint.address()));
    fixture.keystore.add(&wallet(), PASSWORD).unwrap();
    let refused = fixture.keystore.set_authority(&name("alice"), joint.clone());
    assert!(matches!(refused, Err(KeystoreError::HasKeys { .. })));

    let file = WalletFile::watching(&cold, Network::Dev, joint.address(), Some(joint));
    assert_eq!(String::from_utf8(file.to_json()).unwrap(), GOLDEN_WATCHED);
    let document: Value = serde_json::from_str(GOLDEN_WATCHED).unwrap();
    assert_eq!(document["version"], json!(4));
    let altered = |edit: fn(&mut Value)| {
        let mut document = document.clone();
        edit(&mut document);
        WalletFile::from_json(document.to_string().as_bytes()).expect_err("it was altered")
    };
    assert_eq!(altered(|document| document["version"] = json!(3)), WalletFileError::BadAccounts);
    let without = altered(|document| drop(document.as_object_mut().unwrap().remove("authority")));
    assert_eq!(without, WalletFileError::BadAccounts);
    let bad = altered(|document| document["authority"]["threshold"] = json!(4));
    assert!(matches!(bad, WalletFileError::BadAuthority { .. }));
    let bad = altered(|document| document["authority"]["ed25519_keys"].as_array_mut().unwrap().reverse());
    assert!(matches!(bad, WalletFileError::BadAuthority { .. }));
}

/// A single key is kept, and its account opens with it.
#[test]
fn single_key() {
    let fixture = Fixture::new();
    let key = crate::samples::secret(4);
    let address = Authority::single(key.public_key()).address();
    let wallet = UnlockedWallet::of_key(WalletEntry::of_key(name("key"), Network::Dev, address), &key);
    fixture.keystore.add(&wallet, PASSWORD).unwrap();
    let opened = fixture.keystore.unlock(&name("key"), PASSWORD).unwrap();
    assert_eq!(opened.account_key().public_key(), key.public_key());
    assert_eq!((opened.entry.accounts[0].path, opened.secret_at(0)), (None, None));
}

/// The keys that an account may have after a change of keys: the new one is there, the old one stays.
#[test]
fn changed_keys() {
    let fixture = Fixture::new();
    fixture.keystore.add(&wallet(), PASSWORD).unwrap();
    let next = super::WalletSecret::new(super::Mnemonic::from_entropy(super::Language::English, &[3; 32]).unwrap(), "");
    let next = next.unwrap();
    let added = fixture.keystore.update(&name("alice"), PASSWORD, |wallet| wallet.add_secret(next.clone())).unwrap();
    let label: AccountLabel = "savings".parse().unwrap();
    let opened = fixture.keystore.unlock(&name("alice"), PASSWORD).unwrap();
    let account = opened.account(Some(&label)).unwrap();
    let path = account.path.unwrap();
    let keys: Vec<_> = opened.candidates(account).into_iter().map(|it| (it.secret, it.key.public_key())).collect();
    let key = |secret: &super::WalletSecret| secret.account_key(Network::Dev, path).public_key();
    assert_eq!(keys, [(1, key(&next)), (0, key(&secret()))]);
    assert_eq!(opened.key(account).public_key(), key(&secret()));

    let settle = |secret| fixture.keystore.update(&name("alice"), PASSWORD, |wallet| wallet.settle(3, secret));
    assert!(matches!(settle(2), Err(EditError::UnknownAccount { .. })));
    settle(added).unwrap();
    let opened = fixture.keystore.unlock(&name("alice"), PASSWORD).unwrap();
    let account = opened.account(Some(&label)).unwrap();
    assert_eq!((opened.key(account).public_key(), account.address), (key(&next), address_of(3)));
    assert_eq!(opened.secret(account), Some(&next));
    assert_eq!(opened.account_key().public_key(), wallet().account_key().public_key());
}

/// The document of [`wallet`] after `edit`: what comes of reading and opening it.
fn refusal(edit: impl FnOnce(&mut Value)) -> String {
    let file = WalletFile::seal(&wallet().entry, PASSWORD, &wallet().content, KdfParams::LEAST).unwrap();
    let mut document: Value = serde_json::from_slice(&file.to_json()).unwrap();
    edit(&mut document);
    match WalletFile::from_json(document.to_string().as_bytes()) {
        Ok(file) => file.open(PASSWORD).expect_err("it was altered").to_string(),
        Err(error) => error.to_string(),
    }
}

/// Whatever of the header is altered is noticed: by its rules, or by the seal.
#[test]
fn tampering() {
    let sealed: [fn(&mut Value); 5] = [
        |document| drop(document["accounts"].as_array_mut().unwrap().pop()),
        |document| document["accounts"][2]["path"]["index"] = json!(8),
        |document| document["accounts"][0]["secret"] = json!(1),
        |document| drop(document["accounts"][0].as_object_mut().unwrap().remove("path")),
        |document| document["cipher"]["ciphertext"] = json!("00".repeat(1024)),
    ];
    for (index, edit) in sealed.into_iter().enumerate() {
        assert_eq!(refusal(edit), KeystoreError::WrongPassword.to_string(), "edit {index}");
    }
    let rules: [fn(&mut Value); 7] = [
        |document| document["accounts"] = json!([]),
        |document| document["accounts"].as_array_mut().unwrap().reverse(),
        |document| document["accounts"][1]["path"]["index"] = json!(0),
        |document| document["accounts"][1]["address"] = json!(address(1).encode(Network::Main)),
        |document| drop(document.as_object_mut().unwrap().remove("kdf")),
        |document| drop(document.as_object_mut().unwrap().remove("cipher")),
        |document| (document["kdf"], document["cipher"]) = (Value::Null, Value::Null),
    ];
    for (index, edit) in rules.into_iter().enumerate() {
        assert_eq!(refusal(edit), WalletFileError::BadAccounts.to_string(), "edit {index}");
    }
    for field in ["more", "name"] {
        assert!(
            refusal(|document| document["accounts"][0][field] = json!("savings")).contains("not a wallet's document")
        );
    }
    assert!(refusal(|document| document["version"] = json!(2)).contains("not a wallet's document"));
}

proptest! {
    /// No bytes make the reader panic, and what it accepts it writes back with the same meaning.
    #[test]
    fn any_bytes_are_answered(position in 0..GOLDEN.len(), byte: u8) {
        let mut bytes = GOLDEN.as_bytes().to_vec();
        bytes[position] = byte;
        if let Ok(file) = WalletFile::from_json(&bytes) {
            let again = WalletFile::from_json(&file.to_json()).unwrap();
            prop_assert_eq!(again.to_json(), file.to_json());
        }
    }
}
