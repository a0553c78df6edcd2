//! Tests of names of accounts and of the address book, as the owner of a wallet meets them.

use std::fs;

use super::{Fixture, PASSWORD, label, name, secret};
use crate::derivation::AccountPath;
use crate::keystore::envelope::WalletFile;
use crate::keystore::{
    ACCOUNTS_MAX, AccountEntry, AccountLabel, AccountLabelError, BOOK_ENTRIES_MAX, EditError, KdfParams,
    LABEL_BYTES_MAX, LABEL_CHARACTERS_MAX, LabelError, SECRETS_MAX, UnlockedWallet, WALLET_FILE_BYTES_MAX, WalletEntry,
};
use crate::samples::address;
use crate::{Authority, Network};

/// A file with names in Chinese, which every later program must open.
const GOLDEN: &str = include_str!("../../../tests/vectors/wallet-v3-names.json");

/// A wallet with the accounts `家用 钱` and `旅行`, and `艾力·买买提` and `李雷` in its book.
fn wallet() -> UnlockedWallet {
    let path = AccountPath::default();
    let address_of_first = Authority::single(secret().account_key(Network::Dev, path).public_key()).address();
    let mut wallet =
        UnlockedWallet::new(WalletEntry::new(name("alice"), Network::Dev, path, address_of_first), secret());
    wallet.add_account(None, Some(label("家用 钱"))).unwrap();
    wallet.add_account(None, Some(label("旅行"))).unwrap();
    wallet.add_contact(label("艾力·买买提"), address(1)).unwrap();
    wallet.add_contact(label("李雷"), address(2)).unwrap();
    wallet
}

/// The golden file opens with its names.
#[test]
fn golden_file() {
    let file = WalletFile::from_json(GOLDEN.as_bytes()).unwrap();
    assert_eq!(file.to_json(), GOLDEN.as_bytes());
    let (opened, expected) = (file.open(PASSWORD).unwrap(), wallet());
    assert_eq!((&opened.entry, opened.book()), (&expected.entry, expected.book()));
    let labels: Vec<_> = opened.entry.accounts.iter().map(|account| opened.label(account)).collect();
    assert_eq!(labels, ["alice", "alice/家用 钱", "alice/旅行"]);
    let names: Vec<_> = opened.book().iter().map(|contact| contact.name.as_str()).collect();
    assert_eq!(names, ["李雷", "艾力·买买提"]);
}

/// A file with such names is written and read, and neither it nor a backup shows one.
#[test]
fn names_are_kept_and_sealed() {
    let fixture = Fixture::new();
    fixture.keystore.add(&wallet(), PASSWORD).unwrap();
    let opened = fixture.keystore.unlock(&name("alice"), PASSWORD).unwrap();
    assert_eq!(opened.book(), wallet().book());
    let account = opened.account(Some(&"旅行".parse().unwrap())).map(AccountEntry::number);
    assert_eq!(account, Some(2));
    let backup = fixture.keystore.backup(&name("alice"), PASSWORD).unwrap();
    let shown = String::from_utf8([backup, fs::read(fixture.file("alice")).unwrap()].concat()).unwrap();
    let debug = format!("{opened:?}");
    for hidden in ["家用", "旅行", "李雷", "艾力"] {
        assert!(!shown.contains(hidden) && !shown.contains(&hex::encode(hidden)) && !debug.contains(hidden));
    }
}

/// What is typed otherwise and is the same name finds the account; a number in wide digits is a number.
#[test]
fn labels_of_accounts() {
    let wallet = wallet();
    let number = |text: &str| wallet.account(Some(&text.parse().unwrap())).map(AccountEntry::number);
    assert_eq!((number("家用\u{3000}钱"), number("１"), number("旅行")), (Some(1), Some(1), Some(2)));
    assert_eq!("４294967296".parse::<AccountLabel>(), Err(AccountLabelError::Number));
    assert_eq!("٣".parse::<AccountLabel>(), Err(AccountLabelError::Number));
    assert_eq!("".parse::<AccountLabel>(), Err(AccountLabelError::Name(LabelError::Length)));
}

/// A name that looks like another one of the accounts is refused, and the error names that one; its own name is not.
#[test]
fn accounts_that_look_alike() {
    let mut wallet = wallet();
    wallet.name_account(&AccountLabel::Number(0), Some(label("rent"))).unwrap();
    let refused = wallet.add_account(None, Some(label("Rent")));
    let Err(EditError::LooksLike { name, other }) = refused else { panic!("{refused:?}") };
    assert_eq!((name.as_str(), other.as_str()), ("alice/Rent", "alice/rent"));
    let refused = wallet.name_account(&AccountLabel::Number(1), Some(label("rеnt")));
    assert!(matches!(refused, Err(EditError::MixedScripts { .. })));
    wallet.name_account(&AccountLabel::Number(0), Some(label("Rent"))).unwrap();
    assert_eq!(wallet.label(&wallet.entry.accounts[0]), "alice/Rent");
}

/// The same for the address book.
#[test]
fn contacts_that_look_alike() {
    let mut wallet = wallet();
    wallet.add_contact(label("口一"), address(3)).unwrap();
    for alike in ["ロ一", "口ー"] {
        let refused = wallet.add_contact(label(alike), address(4));
        let Err(EditError::LooksLike { name, other }) = refused else { panic!("{refused:?}") };
        assert_eq!((name.as_str(), other.as_str()), (alike, "口一"));
    }
    let refused = wallet.rename_contact(&label("李雷"), label("艾力・买买提"));
    assert!(matches!(refused, Err(EditError::LooksLike { other, .. }) if other == "艾力·买买提"));
    let refused = wallet.add_contact(label("Аlice"), address(4));
    assert!(matches!(refused, Err(EditError::MixedScripts { name }) if name == label("Аlice")));
    wallet.rename_contact(&label("艾力·买买提"), label("艾力・买买提")).unwrap();
    assert_eq!(wallet.book().len(), 3);
}

/// The fullest wallet, with the longest names, is within the limit of a file.
#[test]
fn fullest_wallet() {
    let mut wallet = wallet();
    let long = |number: usize| {
        let number = char::from_u32(0x4e00 + u32::try_from(number).unwrap()).unwrap();
        label(&format!("{number}{}", "家".repeat(LABEL_CHARACTERS_MAX - 1)))
    };
    assert_eq!(long(0).as_str().len(), LABEL_BYTES_MAX);
    let first = wallet.entry.accounts[0].clone();
    wallet.entry.accounts.clear();
    for number in 0..ACCOUNTS_MAX {
        let path = AccountPath::new(1 << 30, u32::try_from((1 << 30) + number).unwrap()).unwrap();
        wallet.entry.accounts.push(AccountEntry { path: Some(path), ..first.clone() });
        wallet.content.names.set(path.index(), Some(long(number)));
    }
    (0..BOOK_ENTRIES_MAX).for_each(|number| {
        let name = long(0x1000 + number);
        wallet.content.book.push(crate::keystore::Contact { name, address: address(1) });
    });
    while wallet.add_secret(secret()).is_ok() {}
    assert_eq!(wallet.mnemonics().len(), SECRETS_MAX);
    let file = WalletFile::seal(&wallet.entry, PASSWORD, &wallet.content, KdfParams::LEAST).unwrap().to_json();
    assert!(file.len() < WALLET_FILE_BYTES_MAX, "{}", file.len());
}
