//! Tests of the bytes under the seal of a wallet that has more than one key of a mnemonic.

use proptest::prelude::*;

use super::{BLOCK_BYTES, KeySource, SECRETS_MAX, WalletContent};
use crate::keystore::account_names::AccountNames;
use crate::keystore::{ACCOUNTS_MAX, BOOK_ENTRIES_MAX, Contact, WalletSecret};
use crate::mnemonic::{Language, Mnemonic};
use crate::samples::{address, secret};

/// A content of so many secrets, a single key among them, and so many names of accounts and of the book.
fn content(secrets: usize, accounts: u32, contacts: usize) -> WalletContent {
    let mnemonic = |byte: u8| Mnemonic::from_entropy(Language::English, &[byte; 16]).unwrap();
    let source = |index: usize| match u8::try_from(index).unwrap() {
        1 => KeySource::Key(secret(1).seed()),
        byte => KeySource::Mnemonic(WalletSecret::new(mnemonic(byte), "pass").unwrap()),
    };
    let contact = |index: usize| Contact { name: format!("name-{index:04}").parse().unwrap(), address: address(7) };
    let mut names = AccountNames::default();
    (0..accounts).for_each(|number| names.set(number, Some(format!("account-{number:04}").parse().unwrap())));
    WalletContent { secrets: (0..secrets).map(source).collect(), names, book: (0..contacts).map(contact).collect() }
}

/// The bytes of a content with one secret and one account, whose name of at most three bytes is that text.
fn of_name(name: &str) -> Vec<u8> {
    let mut placeholder = content(1, 0, 0);
    placeholder.names.set(0, Some("abc"[..name.len()].parse().unwrap()));
    let mut bytes = placeholder.to_bytes().to_vec();
    let start = 1 + 513 + 4 + 4 + 4;
    bytes[start..start + name.len()].copy_from_slice(name.as_bytes());
    bytes
}

/// The fullest content is read back, in whole blocks that hide how many names a short book has.
#[test]
fn limits() {
    let most = u32::try_from(ACCOUNTS_MAX).unwrap();
    for (secrets, accounts, contacts) in [(1, 0, 0), (2, 2, 3), (SECRETS_MAX, most, BOOK_ENTRIES_MAX)] {
        let bytes = content(secrets, accounts, contacts).to_bytes();
        assert_eq!(bytes.len() % BLOCK_BYTES, 0);
        let read = WalletContent::from_bytes(&bytes).unwrap();
        assert_eq!((read.secrets.len(), read.book.len()), (secrets, contacts));
        assert_eq!((0..=accounts).filter(|number| read.names.of(*number).is_some()).count(), accounts as usize);
        assert_eq!(*read.to_bytes(), *bytes);
    }
    assert_eq!(content(1, 0, 0).to_bytes().len(), content(1, 4, 5).to_bytes().len());
    assert!(WalletContent::from_bytes(&content(1, 0, BOOK_ENTRIES_MAX + 1).to_bytes()).is_none());
    assert!(WalletContent::from_bytes(&content(1, most + 1, 0).to_bytes()).is_none());
    assert!(WalletContent::from_bytes(&content(SECRETS_MAX + 1, 0, 0).to_bytes()).is_none());
    assert!(WalletContent::from_bytes(&content(0, 0, 0).to_bytes()).is_none());
}

/// An unknown tag, names out of order or twice, a broken name, bytes in the padding and a missing or added block are refused.
#[test]
fn invalid_bytes() {
    let valid = content(2, 2, 2).to_bytes();
    let end = valid.len() - 1;
    let names = 1 + 513 + 33;
    let second = names + 4 + 4 + 4 + 12;
    let book = second + 4 + 4 + 12;
    let invalid = |position: usize, byte: u8| {
        let mut bytes = valid.clone();
        bytes[position] = byte;
        WalletContent::from_bytes(&bytes).is_none()
    };
    assert!(!invalid(0, 2));
    for (position, byte) in
        [(0, 0), (0, 17), (1, 2), (514, 9), (book, 0), (book, 3), (book + 8, b'z'), (book + 8, b'/')]
            .into_iter()
            // A name too many, a number that is not ascending, twice the same name, a letter that no name has.
            .chain([(names, 1), (names, 3), (second, 0), (second + 19, b'0'), (second + 8, b'/')])
    {
        assert!(invalid(position, byte), "byte {position} = {byte}");
    }
    assert!(invalid(end, 1));
    assert!(
        WalletContent::from_bytes(&of_name("17")).is_none()
            && WalletContent::from_bytes(&of_name("e\u{301}")).is_none()
    );
    assert!(WalletContent::from_bytes(&of_name("家")).is_some());
    assert!(WalletContent::from_bytes(&valid[..end]).is_none());
    assert!(WalletContent::from_bytes(&[&valid[..], &[0; BLOCK_BYTES]].concat()).is_none());
    assert!(WalletContent::from_bytes(&[]).is_none());
}

proptest! {
    /// No bytes make the reader panic, and what it accepts it writes back.
    #[test]
    fn any_bytes_are_answered(position: prop::sample::Index, byte: u8, cut: prop::sample::Index) {
        let mut bytes = content(2, 2, 3).to_bytes().to_vec();
        let position = position.index(bytes.len());
        bytes[position] = byte;
        if let Some(read) = WalletContent::from_bytes(&bytes) {
            prop_assert_eq!(&*read.to_bytes(), &bytes);
        }
        bytes.truncate(cut.index(bytes.len()));
        let _read = WalletContent::from_bytes(&bytes);
    }
}
