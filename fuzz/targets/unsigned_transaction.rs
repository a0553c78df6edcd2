//! Unsigned transactions from a stranger, as the node is asked to simulate them: what is read has one spelling and a size.

#![no_main]

use faic_core::{Transaction, transaction::TRANSACTION_BYTES_MAX};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(transaction) = Transaction::from_bytes(bytes) else { return };
    assert_eq!(transaction.to_bytes(), bytes);
    assert!(bytes.len() <= TRANSACTION_BYTES_MAX);
    assert!(transaction.signed_bytes() > bytes.len());
    if transaction.check().is_ok() {
        assert!(transaction.outputs_total().is_ok());
        assert!(transaction.participants().contains(transaction.payer()));
    }
});
