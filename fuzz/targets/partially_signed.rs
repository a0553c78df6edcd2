//! Transactions that collect signatures, as files and as compact texts: what is read is written so that it is read alike, in
//! both forms, and holds only signatures that hold.

#![no_main]

use faic_core::{
    BasicCrypto, PartiallySignedTransaction, Verifier,
    partially_signed::{PARTIALLY_SIGNED_BYTES_MAX, Role},
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(transaction) = PartiallySignedTransaction::read(bytes) else { return };
    let (json, text) = (transaction.to_json(), transaction.to_text());
    assert!(json.len() <= PARTIALLY_SIGNED_BYTES_MAX);
    assert_eq!(PartiallySignedTransaction::read(json.as_bytes()), Ok(transaction.clone()));
    assert_eq!(PartiallySignedTransaction::read(text.as_bytes()), Ok(transaction.clone()));
    for role in Role::ALL {
        assert!(transaction.signatures(role).count() <= transaction.needed(role));
    }
    match transaction.complete() {
        Ok(signed) => assert_eq!(BasicCrypto::default().verify_transaction(&signed), Ok(())),
        Err(incomplete) => assert!(!incomplete.missing.is_empty()),
    }
});
