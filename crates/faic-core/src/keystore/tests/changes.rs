//! Tests of files that change: passwords, backups, and what a crash or another program leaves.

use std::collections::BTreeSet;
use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};

use super::{Fixture, PASSWORD, entry, label, name, secret};
use crate::keystore::{
    EditError, Folder, KeystoreError, RestoreError, WALLET_FILE_BYTES_MAX, WalletFileError, envelope::WalletFile,
};
use crate::samples::address;

/// Another password.
const OTHER: &str = "battery staple";

/// After a change the new password opens the wallet and the old one does not.
#[test]
fn password_change() {
    let fixture = Fixture::with_alice();
    fixture.keystore.change_password(&name("alice"), PASSWORD, OTHER).unwrap();
    assert_eq!(fixture.keystore.unlock(&name("alice"), OTHER).unwrap().secret_at(0), Some(&secret()));
    let old = fixture.keystore.unlock(&name("alice"), PASSWORD);
    assert!(matches!(old, Err(KeystoreError::WrongPassword)));
    let change = |old, new| fixture.keystore.change_password(&name("alice"), old, new);
    assert!(matches!(change(PASSWORD, "another one"), Err(KeystoreError::WrongPassword)));
    assert!(matches!(change(OTHER, "short"), Err(KeystoreError::PasswordTooShort)));
    assert!(fixture.keystore.unlock(&name("alice"), OTHER).is_ok());
}

/// Whoever looks at the file while the password changes finds a whole file, of the old password or the new one.
#[test]
fn file_is_whole_at_any_moment() {
    let fixture = Fixture::with_alice();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut seen = 0_u32;
            while !done.load(Ordering::Relaxed) || seen == 0 {
                let bytes = fs::read(fixture.file("alice")).expect("there is a file at any moment");
                let file = WalletFile::from_json(&bytes).expect("it is a whole document");
                assert!(
                    [PASSWORD, OTHER].iter().any(|password| file.open(password).is_ok()),
                    "one of the two opens it"
                );
                seen += 1;
            }
        });
        for (old, new) in [(PASSWORD, OTHER), (OTHER, PASSWORD)].into_iter().cycle().take(12) {
            fixture.keystore.change_password(&name("alice"), old, new).unwrap();
        }
        done.store(true, Ordering::Relaxed);
        reader.join().unwrap();
    });
}

/// What a crash before the last step leaves, a new file under its temporary name, changes nothing.
#[test]
fn crash_before_the_new_file_counts() {
    let fixture = Fixture::with_alice();
    let whole = fs::read(fixture.file("alice")).unwrap();
    fs::write(fixture.folder().join(".alice.00ff00ff00ff00ff.tmp"), &whole[..whole.len() / 2]).unwrap();
    assert!(fixture.keystore.unlock(&name("alice"), PASSWORD).is_ok());
    assert!(fixture.keystore.list().unwrap().unusable.is_empty());
    fixture.keystore.change_password(&name("alice"), PASSWORD, OTHER).unwrap();
    assert!(fixture.keystore.unlock(&name("alice"), OTHER).is_ok());
}

/// Where a file cannot take its place, what is there stays as it was, and the new one does not stay behind.
#[test]
fn failed_replacement_leaves_nothing_behind() {
    let fixture = Fixture::with_alice();
    let folder = Folder::open(&fixture.folder()).unwrap();
    // Not even a superuser puts a file in the place of a folder.
    fs::create_dir(fixture.file("bob")).unwrap();
    let before: BTreeSet<_> = fs::read_dir(fixture.folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(folder.replace(&name("bob"), b"{}").is_err());
    let after = fs::read_dir(fixture.folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(before, after);
    assert!(fixture.file("bob").is_dir() && fixture.keystore.unlock(&name("alice"), PASSWORD).is_ok());
}

/// Of changes that several programs make at once none is lost, and a refused one leaves the file alone.
#[test]
fn racing_changes() {
    let fixture = Fixture::with_alice();
    let names: Vec<String> = (0..6).map(|index| format!("friend-{index}")).collect();
    std::thread::scope(|scope| {
        for contact in &names {
            let add = || {
                fixture
                    .keystore
                    .update(&name("alice"), PASSWORD, |wallet| wallet.add_contact(label(contact), address(1)))
            };
            scope.spawn(move || add().unwrap());
        }
    });
    let opened = fixture.keystore.unlock(&name("alice"), PASSWORD).unwrap();
    let found: Vec<String> = opened.book().iter().map(|contact| contact.name.to_string()).collect();
    assert_eq!(found, names);
    let before = fs::read(fixture.file("alice")).unwrap();
    let refusal = fixture.keystore.update(&name("alice"), PASSWORD, |wallet| {
        wallet.remove_contact(&label("friend-0"))?;
        Err::<(), _>(EditError::BookFull)
    });
    assert!(matches!(refusal, Err(EditError::BookFull)));
    assert_eq!(fs::read(fixture.file("alice")).unwrap(), before);
}

/// A backup gives the same wallet in another keystore, under its own name or another.
#[test]
fn backup_and_restore() {
    let (here, there) = (Fixture::with_alice(), Fixture::new());
    let backup = here.keystore.backup(&name("alice"), PASSWORD).unwrap();
    assert_eq!(there.keystore.restore(&backup, PASSWORD, None).unwrap(), entry("alice"));
    assert_eq!(there.keystore.unlock(&name("alice"), PASSWORD).unwrap().secret_at(0), Some(&secret()));
    let again = there.keystore.restore(&backup, PASSWORD, None);
    assert!(matches!(again, Err(RestoreError::Keystore(KeystoreError::NameTaken { .. }))));
    let renamed = there.keystore.restore(&backup, PASSWORD, Some(name("again"))).unwrap();
    assert_eq!((renamed.name, renamed.address), (name("again"), entry("alice").address));
    assert!(there.keystore.unlock(&name("again"), PASSWORD).is_ok());
    let wrong = here.keystore.backup(&name("alice"), OTHER);
    assert!(matches!(wrong, Err(KeystoreError::WrongPassword)));
}

/// A wrong password, a cut and an altered backup restore nothing.
#[test]
fn bad_backups() {
    let (here, there) = (Fixture::with_alice(), Fixture::new());
    let backup = here.keystore.backup(&name("alice"), PASSWORD).unwrap();
    let wrong = there.keystore.restore(&backup, OTHER, None);
    assert!(matches!(wrong, Err(RestoreError::Keystore(KeystoreError::WrongPassword))));
    for length in [0, 1, backup.len() / 2, backup.len() - 3] {
        let cut = there.keystore.restore(&backup[..length], PASSWORD, None);
        let Err(RestoreError::Backup { source }) = cut else { panic!("{length}: {cut:?}") };
        assert!(matches!(source, WalletFileError::Malformed { .. }), "{length}: {source}");
    }
    let text = String::from_utf8(backup).unwrap();
    let (before, sealed) = text.split_once("\"ciphertext\": \"").unwrap();
    let flipped = if sealed.starts_with('0') { '1' } else { '0' };
    let altered = format!("{before}\"ciphertext\": \"{flipped}{}", &sealed[1..]);
    let refusal = there.keystore.restore(altered.as_bytes(), PASSWORD, None);
    assert!(matches!(refusal, Err(RestoreError::Keystore(KeystoreError::WrongPassword))));
    let large = there.keystore.restore(&vec![b' '; WALLET_FILE_BYTES_MAX + 1], PASSWORD, None);
    assert!(matches!(large, Err(RestoreError::Backup { source: WalletFileError::TooLarge })));
    assert!(there.keystore.list().unwrap().wallets.is_empty());
}
