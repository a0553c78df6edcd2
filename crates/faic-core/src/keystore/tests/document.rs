//! Tests of a wallet's file against tampering, downgrades, damage and other versions.

use std::fs;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Fixture, PASSWORD, entry, name, secret};
use crate::derivation::AccountPath;
use crate::keystore::content::{KeySource, WalletContent};
use crate::keystore::envelope::WalletFile;
use crate::keystore::{KdfParams, KdfParamsError, KeystoreError, WalletEntry, WalletFileError};

/// A file of the first version of the format, which every later program must open; libsodium opens it too.
const GOLDEN: &str = include_str!("../../../tests/vectors/wallet-v1.json");

/// A file of the second version, of the fifth key.
const GOLDEN_OF_PATH: &str = include_str!("../../../tests/vectors/wallet-v2.json");

/// `alice` with another key of her mnemonic.
fn at(path: AccountPath) -> WalletEntry {
    WalletEntry::new(name("alice"), super::Network::Dev, path, entry("alice").address)
}

/// What is sealed in the file of `alice`.
fn content() -> WalletContent {
    WalletContent::new(KeySource::Mnemonic(secret()))
}

/// The document of `alice` after `edit`, written back.
fn edited(edit: impl FnOnce(&mut Value)) -> Fixture {
    let fixture = Fixture::with_alice();
    let mut document: Value = serde_json::from_slice(&fs::read(fixture.file("alice")).unwrap()).unwrap();
    edit(&mut document);
    fs::write(fixture.file("alice"), document.to_string()).unwrap();
    fixture
}

/// The error of a file that is not a wallet of this version.
fn file_refusal(fixture: &Fixture) -> WalletFileError {
    let refusal = fixture.refusal();
    let KeystoreError::UnusableFile { source, .. } = refusal else { panic!("{refusal:?}") };
    source
}

/// Flips the lowest bit of the first hexadecimal digit.
fn flip(value: &mut Value) {
    let mut bytes = hex::decode(value.as_str().unwrap()).unwrap();
    bytes[0] ^= 0x10;
    *value = Value::from(hex::encode(bytes));
}

/// The golden files open, and their headers say what they were written with.
#[test]
fn golden_files() {
    let fifth = at(AccountPath::new(0, 4).unwrap());
    for (golden, entry) in [(GOLDEN, entry("alice")), (GOLDEN_OF_PATH, fifth)] {
        let file = WalletFile::from_json(golden.as_bytes()).unwrap();
        assert_eq!(*file.entry(), entry);
        assert_eq!(file.open(PASSWORD).unwrap().secret_at(0), Some(&secret()));
        assert_eq!(file.to_json(), golden.as_bytes());
    }
}

/// A change of anything that is readable, or of the sealed bytes, is noticed.
#[test]
fn tampering() {
    let edits: [fn(&mut Value); 9] = [
        |document| document["address"] = json!(super::Address::from_bytes([8; 32]).encode(super::Network::Dev)),
        |document| document["address"] = json!(super::Address::from_bytes([7; 32]).encode(super::Network::Main)),
        |document| document["kdf"]["memory_kib"] = json!(8 * 1024 + 1),
        |document| document["kdf"]["iterations"] = json!(2),
        |document| document["kdf"]["parallelism"] = json!(2),
        |document| flip(&mut document["kdf"]["salt"]),
        |document| flip(&mut document["cipher"]["nonce"]),
        |document| flip(&mut document["cipher"]["tag"]),
        |document| flip(&mut document["cipher"]["ciphertext"]),
    ];
    assert!(edited(|_| {}).keystore.unlock(&name("alice"), PASSWORD).is_ok());
    for (index, edit) in edits.into_iter().enumerate() {
        assert!(matches!(edited(edit).refusal(), KeystoreError::WrongPassword), "edit {index}");
    }
}

/// A wallet of the first key has the first version, which names no path; any other has the second, which does.
#[test]
fn versions_follow_the_path() {
    let document = |path: AccountPath| {
        let file = WalletFile::seal(&at(path), PASSWORD, &content(), KdfParams::LEAST);
        serde_json::from_slice::<Value>(&file.unwrap().to_json()).unwrap()
    };
    let (first, other) = (document(AccountPath::default()), document(AccountPath::new(0, 4).unwrap()));
    assert_eq!((&first["version"], &first["path"]), (&json!(1), &Value::Null));
    assert_eq!((&other["version"], &other["path"]), (&json!(2), &json!({ "account": 0, "index": 4 })));

    let refusal = |edit: &dyn Fn(&mut Value)| {
        let mut document = other.clone();
        edit(&mut document);
        match WalletFile::from_json(document.to_string().as_bytes()) {
            Ok(file) => file.open(PASSWORD).expect_err("it was altered").to_string(),
            Err(error) => error.to_string(),
        }
    };
    let wrong = KeystoreError::WrongPassword.to_string();
    assert_eq!(refusal(&|document| document["path"]["index"] = json!(3)), wrong);
    assert_eq!(refusal(&|document| document["path"]["account"] = json!(1)), wrong);
    let misplaced = WalletFileError::MisplacedPath.to_string();
    assert_eq!(refusal(&|document| document["version"] = json!(1)), misplaced);
    assert_eq!(refusal(&|document| document["path"]["index"] = json!(0)), misplaced);
    assert_eq!(refusal(&|document| drop(document.as_object_mut().unwrap().remove("path"))), misplaced);
    assert!(refusal(&|document| document["path"]["index"] = json!(1_u32 << 31)).contains("path of its key is wrong"));
    assert!(refusal(&|document| document["path"]["change"] = json!(0)).contains("not a wallet's document"));
}

/// A wallet cannot be renamed outside the program, neither by its file alone nor by its document too.
#[test]
fn renaming() {
    let fixture = edited(|document| document["name"] = json!("bob"));
    assert_eq!(file_refusal(&fixture), WalletFileError::OtherName { found: name("bob") });
    fs::rename(fixture.file("alice"), fixture.file("bob")).unwrap();
    let refusal = fixture.keystore.unlock(&name("bob"), PASSWORD);
    assert!(matches!(refusal, Err(KeystoreError::WrongPassword)));
}

/// A file that asks for too little or too much work is refused before any is done.
#[test]
fn unacceptable_work() {
    let weak = [("memory_kib", 8 * 1024 - 1), ("iterations", 0), ("parallelism", 0)];
    let costly = [("memory_kib", 1024 * 1024 + 1), ("iterations", 11), ("parallelism", 17)];
    let cases = weak.map(|case| (case, KdfParamsError::TooWeak)).into_iter();
    for ((field, value), source) in cases.chain(costly.map(|case| (case, KdfParamsError::TooCostly))) {
        let fixture = edited(|document| document["kdf"][field] = json!(value));
        assert_eq!(file_refusal(&fixture), WalletFileError::UnacceptableKdf { source }, "{field}");
    }
}

/// The default work is at least 64 MiB in 3 passes, and is written into the file.
#[test]
fn default_work() {
    let kdf = KdfParams::INTERACTIVE;
    assert!(kdf.memory_kib() >= 64 * 1024 && kdf.iterations() >= 3);
    let file = WalletFile::seal(&entry("alice"), PASSWORD, &content(), kdf).unwrap();
    let document: Value = serde_json::from_slice(&file.to_json()).unwrap();
    assert_eq!(document["kdf"]["memory_kib"], kdf.memory_kib());
    let again = WalletFile::from_json(&file.to_json()).unwrap().open(PASSWORD).unwrap();
    assert_eq!(again.secret_at(0), Some(&secret()));
}

/// Another version is refused as such, whatever else it holds.
#[test]
fn other_versions() {
    for found in [0, 5, u32::MAX] {
        let fixture = edited(|document| *document = json!({ "version": found, "shape": "unknown" }));
        assert_eq!(file_refusal(&fixture), WalletFileError::UnsupportedVersion { found });
    }
}

/// Unknown and missing fields, other algorithms and wrong lengths make a document malformed.
#[test]
fn malformed_documents() {
    let edits: [fn(&mut Value); 10] = [
        |document| document["extra"] = json!(1),
        |document| document["kdf"]["extra"] = json!(1),
        |document| document["cipher"]["extra"] = json!(1),
        |document| document["kdf"]["name"] = json!("scrypt"),
        |document| document["cipher"]["name"] = json!("aes"),
        |document| document["kdf"]["salt"] = json!("00"),
        |document| document["cipher"]["ciphertext"] = json!("zz"),
        |document| document["name"] = json!("../alice"),
        |document| document["version"] = json!("1"),
        |document| drop(document.as_object_mut().unwrap().remove("cipher")),
    ];
    for (index, edit) in edits.into_iter().enumerate() {
        let refusal = file_refusal(&edited(edit));
        assert!(matches!(refusal, WalletFileError::Malformed { .. }), "edit {index}: {refusal}");
    }
    let fixture = edited(|document| document["address"] = json!("faic1qqqq"));
    assert!(matches!(file_refusal(&fixture), WalletFileError::BadAddress { .. }));
}

/// Every truncation of a file is noticed, and so is anything after its end.
#[test]
fn truncation() {
    let end = GOLDEN.trim_end().len();
    for length in 0..end {
        let refusal = WalletFile::from_json(&GOLDEN.as_bytes()[..length]).expect_err("the file is cut");
        assert!(matches!(refusal, WalletFileError::Malformed { .. }), "{length}");
    }
    assert!(WalletFile::from_json(format!("{GOLDEN}{{}}").as_bytes()).is_err());
}

/// Two files of the same wallet share neither salt nor nonce nor sealed bytes.
#[test]
fn seals_are_fresh() {
    let seal = || WalletFile::seal(&entry("alice"), PASSWORD, &content(), KdfParams::LEAST).unwrap();
    let document = || serde_json::from_slice::<Value>(&seal().to_json()).unwrap();
    let (one, other) = (document(), document());
    assert_ne!(one["kdf"]["salt"], other["kdf"]["salt"]);
    for field in ["nonce", "tag", "ciphertext"] {
        assert_ne!(one["cipher"][field], other["cipher"][field], "{field}");
    }
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
