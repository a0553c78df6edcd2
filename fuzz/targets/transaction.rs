//! Signed transactions from a stranger: what is read has one spelling, a known size, and two equal verdicts.

#![no_main]

use faic_core::{BasicCrypto, SignedTransaction, Verifier};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(signed) = SignedTransaction::from_bytes(bytes) else { return };
    assert_eq!(signed.to_bytes(), bytes);
    let crypto = BasicCrypto::default();
    let verdict = crypto.verify_transaction(&signed);
    if signed.check().is_ok() {
        assert_eq!(signed.transaction.signed_bytes(), bytes.len());
    } else {
        assert!(verdict.is_err());
    }
    assert_eq!(crypto.verify_transactions(&[signed]), verdict.map_err(|error| (0, error)));
});
