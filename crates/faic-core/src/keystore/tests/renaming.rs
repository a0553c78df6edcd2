//! Tests of other names for wallets: nothing is overwritten, and a crash between the steps is made good by the same again.

use std::fs;

use super::{Fixture, PASSWORD, label, name, secret};
use crate::derivation::AccountPath;
use crate::keystore::{KeystoreError, RenameError, UnlockedWallet, WalletEntry};
use crate::samples::{address, authority};
use crate::{Authority, Network};

/// A wallet with the account `savings` and the contact `bob`.
fn wallet() -> UnlockedWallet {
    let key = secret().account_key(Network::Dev, AccountPath::default());
    let address_of_key = Authority::single(key.public_key()).address();
    let entry = WalletEntry::new(name("alice"), Network::Dev, AccountPath::default(), address_of_key);
    let mut wallet = UnlockedWallet::new(entry, secret());
    wallet.add_account(None, Some(label("savings"))).unwrap();
    wallet.add_contact(label("bob"), address(1)).unwrap();
    wallet
}

/// Renames `old` with nothing to take along.
fn rename(fixture: &Fixture, old: &str, new: &str, password: &str) -> Result<WalletEntry, RenameError> {
    fixture.keystore.rename(&name(old), &name(new), password, || Ok(()))
}

/// A renamed wallet opens with its password and has everything that it had; its old name is free.
#[test]
fn renamed_wallet() {
    let fixture = Fixture::new();
    fixture.keystore.add(&wallet(), PASSWORD).unwrap();
    let entry = rename(&fixture, "alice", "carol", PASSWORD).unwrap();
    assert_eq!((&entry.name, &entry.accounts), (&name("carol"), &wallet().entry.accounts));
    assert_eq!(fixture.keystore.list().unwrap().wallets, [entry]);
    let opened = fixture.keystore.unlock(&name("carol"), PASSWORD).unwrap();
    let savings = opened.account(Some(&"savings".parse().unwrap())).unwrap();
    assert_eq!((opened.label(savings).as_str(), opened.book()), ("carol/savings", wallet().book()));
    assert_eq!(opened.secret_at(0), Some(&secret()));
    fixture.keystore.add(&wallet(), PASSWORD).unwrap();
}

/// A watched account gets another name without a password, and keeps its authority.
#[test]
fn renamed_watched_account() {
    let fixture = Fixture::new();
    let joint = authority(2, [1, 2, 3]);
    fixture.keystore.watch(&name("cold"), Network::Dev, joint.address(), Some(joint.clone())).unwrap();
    let entry = rename(&fixture, "cold", "vault", "").unwrap();
    assert_eq!((entry.watch_only, entry.authority), (true, Some(joint)));
    assert_eq!(fixture.keystore.list().unwrap().wallets.len(), 1);
}

/// A name that is taken, whatever has it, a wrong password and a name of the wallet's own book change no file.
#[test]
fn refused_names() {
    let fixture = Fixture::new();
    fixture.keystore.add(&wallet(), PASSWORD).unwrap();
    let mut other = wallet();
    other.entry.name = name("other");
    other.remove_contact(&label("bob")).unwrap();
    fixture.keystore.add(&other, PASSWORD).unwrap();
    fixture.keystore.watch(&name("cold"), Network::Dev, wallet().entry.address, None).unwrap();
    fs::create_dir(fixture.file("folder")).unwrap();
    let files = || ["alice", "other", "cold"].map(|wallet| fs::read(fixture.file(wallet)).unwrap());
    let before = files();
    for taken in ["alice", "other", "cold", "folder"] {
        let refusal = rename(&fixture, "alice", taken, PASSWORD);
        let is_taken = matches!(refusal, Err(RenameError::Keystore(KeystoreError::NameTaken { .. })));
        assert!(is_taken, "{taken}: {refusal:?}");
    }
    let wrong = rename(&fixture, "alice", "carol", "another one");
    assert!(matches!(wrong, Err(RenameError::Keystore(KeystoreError::WrongPassword))));
    let unknown = rename(&fixture, "nobody", "carol", PASSWORD);
    assert!(matches!(unknown, Err(RenameError::Keystore(KeystoreError::UnknownWallet { .. }))));
    assert!(matches!(rename(&fixture, "alice", "bob", PASSWORD), Err(RenameError::InBook { .. })));
    assert!(files() == before && !fixture.file("carol").exists() && !fixture.file("bob").exists());
}

/// A crash after the new file was made leaves both; the same again takes the rest along and the old file away.
#[test]
fn crash_between_the_files() {
    for watched in [None, Some(address(4))] {
        let fixture = Fixture::new();
        match watched {
            Some(address) => fixture.keystore.watch(&name("alice"), Network::Dev, address, None).unwrap(),
            None => fixture.keystore.add(&wallet(), PASSWORD).unwrap(),
        }
        let old = fs::read(fixture.file("alice")).unwrap();
        rename(&fixture, "alice", "carol", PASSWORD).unwrap();
        let new = fs::read(fixture.file("carol")).unwrap();
        fs::write(fixture.file("alice"), old).unwrap();
        let mut carried = 0;
        let carry = || {
            carried += 1;
            Ok::<_, RenameError>(())
        };
        fixture.keystore.rename(&name("alice"), &name("carol"), PASSWORD, carry).unwrap();
        assert_eq!(carried, 1);
        assert!(!fixture.file("alice").exists() && fs::read(fixture.file("carol")).unwrap() == new);
    }
}

/// Where the rest cannot be taken along, the wallet keeps its old name, and the new one stays free.
#[test]
fn rest_that_stays() {
    let fixture = Fixture::new();
    fixture.keystore.add(&wallet(), PASSWORD).unwrap();
    let before = fs::read(fixture.file("alice")).unwrap();
    let refusal = fixture.keystore.rename(&name("alice"), &name("carol"), PASSWORD, || {
        assert!(fixture.file("alice").exists() && fixture.file("carol").exists());
        Err(RenameError::from(KeystoreError::TooManyWallets))
    });
    assert!(matches!(refusal, Err(RenameError::Keystore(KeystoreError::TooManyWallets))));
    assert!(fs::read(fixture.file("alice")).unwrap() == before && !fixture.file("carol").exists());
}
