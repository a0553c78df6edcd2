//! Tests of the bytes of a wallet's secret.

use proptest::prelude::*;

use crate::keystore::secret::{PASSPHRASE_BYTES_MAX, PassphraseTooLong, SECRET_BYTES, WalletSecret};
use crate::mnemonic::{Language, Mnemonic};

/// An English mnemonic of zeros.
fn mnemonic() -> Mnemonic {
    Mnemonic::from_entropy(Language::English, &[0; 16]).unwrap()
}

/// The longest passphrase is kept and one byte more is refused.
#[test]
fn passphrase_limit() {
    let longest = "x".repeat(PASSPHRASE_BYTES_MAX);
    let secret = WalletSecret::new(mnemonic(), &longest).unwrap();
    assert_eq!(WalletSecret::from_bytes(&secret.to_bytes()), Some(secret));
    assert_eq!(WalletSecret::new(mnemonic(), &format!("{longest}x")), Err(PassphraseTooLong));
}

/// The bytes are language, entropy and passphrase, each with its length, and zeros.
#[test]
fn golden_bytes() {
    let japanese = Mnemonic::from_entropy(Language::Japanese, &[1; 16]).unwrap();
    let mut expected = [0; SECRET_BYTES];
    expected[..30].copy_from_slice(
        b"\x06\x10\0\0\0\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x05\0\0\0hello",
    );
    assert_eq!(*WalletSecret::new(japanese, "hello").unwrap().to_bytes(), expected);
}

/// An unknown language, an impossible entropy, a forged length, bad text and bytes in the padding are refused.
#[test]
fn invalid_bytes() {
    let valid = WalletSecret::new(mnemonic(), "é").unwrap().to_bytes();
    let invalid = |position: usize, byte: u8| {
        let mut bytes = *valid;
        bytes[position] = byte;
        WalletSecret::from_bytes(&bytes)
    };
    assert!(invalid(0, 0).is_some());
    for (position, byte) in [(0, 10), (1, 17), (1, 33), (4, 255), (21, 1), (24, 255), (25, 255), (SECRET_BYTES - 1, 1)]
    {
        assert_eq!(invalid(position, byte), None, "byte {position} = {byte}");
    }
}

proptest! {
    /// Every secret is read back from its bytes.
    #[test]
    fn round_trip(entropy: [u8; 32], length in 4_usize..=8, language in 0_usize..10, passphrase in "\\PC{0,60}") {
        let mnemonic = Mnemonic::from_entropy(Language::ALL[language], &entropy[..length * 4]).unwrap();
        let secret = WalletSecret::new(mnemonic, &passphrase).unwrap();
        prop_assert_eq!(WalletSecret::from_bytes(&secret.to_bytes()), Some(secret));
    }

    /// No bytes make the reader panic.
    #[test]
    fn any_bytes_are_answered(start: [u8; 32]) {
        let mut bytes = [0; SECRET_BYTES];
        bytes[..32].copy_from_slice(&start);
        let _ = WalletSecret::from_bytes(&bytes);
    }
}
