//! Tests of files of other programs: the vectors of the definition, and files that are wrong or ask for too much.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{PASSWORD_BYTES_MAX, PBKDF2_ITERATIONS_MAX, WEB3_FILE_BYTES_MAX, Web3FileError, open_web3_file};

/// The password of the vectors.
const PASSWORD: &str = "testpassword";
/// The 32 bytes of the vectors.
const SECRET: &str = "7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d";

/// The first vector of "Web3 Secret Storage Definition", version 3, section "Test Vectors".
fn pbkdf2() -> Value {
    json!({ "version": 3, "id": "3198bc9c-6672-5ab3-d995-4942343ae5b6", "crypto": {
        "cipher": "aes-128-ctr",
        "cipherparams": { "iv": "6087dab2f9fdbbfaddc31a909735c1e6" },
        "ciphertext": "5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46",
        "kdf": "pbkdf2",
        "kdfparams": { "c": 262_144, "dklen": 32, "prf": "hmac-sha256",
            "salt": "ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd" },
        "mac": "517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2" } })
}

/// The second vector.
fn scrypt() -> Value {
    json!({ "version": 3, "id": "3198bc9c-6672-5ab3-d995-4942343ae5b6", "crypto": {
        "cipher": "aes-128-ctr",
        "cipherparams": { "iv": "83dbcc02d8ccb40e466191a123791e0e" },
        "ciphertext": "d172bf743a674da9cdad04534d56926ef8358534d458fffccd4e6ad2fbde479c",
        "kdf": "scrypt",
        "kdfparams": { "dklen": 32, "n": 262_144, "p": 8, "r": 1,
            "salt": "ab0c7876052600dd703518d6fc3fe8984592145b591fc8fb5c6d43190334ba19" },
        "mac": "2103ac29920d71da29f15d75b4a16dbe95cfd7ff8faea1056c33131d846e3097" } })
}

/// Opens a document; gives the seed of its key.
fn open(document: &Value, password: &str) -> Result<String, Web3FileError> {
    open_web3_file(document.to_string().as_bytes(), password).map(|key| hex::encode(key.seed().as_slice()))
}

/// The vectors open with their password and with no other, also where the document writes `Crypto`.
#[test]
fn vectors() {
    for mut document in [pbkdf2(), scrypt()] {
        assert_eq!(open(&document, PASSWORD).as_deref(), Ok(SECRET));
        assert_eq!(open(&document, "Testpassword"), Err(Web3FileError::WrongPassword));
        let crypto = document.as_object_mut().unwrap().remove("crypto").unwrap();
        document["Crypto"] = crypto;
        assert_eq!(open(&document, PASSWORD).as_deref(), Ok(SECRET));
    }
}

/// The vector of PBKDF2 or scrypt with another value at that place.
fn with(document: Value, pointer: &str, value: Value) -> Result<String, Web3FileError> {
    let mut document = document;
    *document.pointer_mut(pointer).unwrap() = value;
    open(&document, PASSWORD)
}

/// Altered files, other versions and impossible values have their errors.
#[test]
fn refusals() {
    use Web3FileError as E;
    let wrong = |field| E::WrongBytes { field };
    let cases = [
        ("/version", json!(1), E::UnsupportedVersion { found: 1 }),
        ("/crypto/cipher", json!("aes-128-cbc"), E::UnsupportedCipher),
        ("/crypto/cipherparams/iv", json!("00"), wrong("iv")),
        ("/crypto/ciphertext", json!("00".repeat(31)), wrong("ciphertext")),
        ("/crypto/ciphertext", json!("zz".repeat(32)), wrong("ciphertext")),
        ("/crypto/ciphertext", json!("00".repeat(32)), E::WrongPassword),
        ("/crypto/mac", json!("00".repeat(33)), wrong("mac")),
        ("/crypto/mac", json!("00".repeat(32)), E::WrongPassword),
        ("/crypto/kdfparams/salt", json!("0"), wrong("salt")),
        ("/crypto/kdfparams/salt", json!("00".repeat(257)), E::InvalidKdf),
        ("/crypto/kdfparams/prf", json!("hmac-sha1"), E::InvalidKdf),
        ("/crypto/kdfparams/dklen", json!(31), E::InvalidKdf),
        ("/crypto/kdfparams/dklen", json!(129), E::InvalidKdf),
        ("/crypto/kdfparams/c", json!(0), E::InvalidKdf),
        ("/crypto/kdfparams/c", json!(PBKDF2_ITERATIONS_MAX + 1), E::TooCostly),
    ];
    for (pointer, value, expected) in cases {
        assert_eq!(with(pbkdf2(), pointer, value), Err(expected), "{pointer}");
    }
    for (name, value, expected) in [
        ("n", json!(0), E::InvalidKdf),
        ("n", json!(1), E::InvalidKdf),
        ("n", json!(262_143), E::InvalidKdf),
        ("n", json!(1_u64 << 23), E::TooCostly),
        ("n", json!(1_u64 << 63), E::TooCostly),
        ("r", json!(0), E::InvalidKdf),
        ("r", json!(u32::MAX), E::TooCostly),
        ("p", json!(0), E::InvalidKdf),
        ("p", json!(65), E::TooCostly),
    ] {
        let pointer = format!("/crypto/kdfparams/{name}");
        assert_eq!(with(scrypt(), &pointer, value), Err(expected), "{name}");
    }
    // Little of all but of `p`, for which memory is needed as well.
    let mut wide = scrypt();
    for (name, value) in [("n", 2), ("r", 1), ("p", 1 << 23)] {
        *wide.pointer_mut(&format!("/crypto/kdfparams/{name}")).unwrap() = json!(value);
    }
    assert_eq!(open(&wide, PASSWORD), Err(E::TooCostly));
    let malformed = [json!({}), json!([]), json!({ "version": 3 })];
    assert!(malformed.iter().all(|document| matches!(open(document, PASSWORD), Err(E::Malformed { .. }))));
    assert!(matches!(with(pbkdf2(), "/crypto/kdf", json!("argon2")), Err(E::Malformed { .. })));
    assert_eq!(open_web3_file(&vec![b' '; WEB3_FILE_BYTES_MAX + 1], PASSWORD).err(), Some(E::TooLarge));
    assert_eq!(open(&pbkdf2(), &"x".repeat(PASSWORD_BYTES_MAX + 1)), Err(E::WrongPassword));
}

proptest! {
    /// Nothing that is no such file makes the program panic.
    #[test]
    fn anything(bytes in any::<Vec<u8>>()) {
        prop_assert!(open_web3_file(&bytes, PASSWORD).is_err());
    }
}
