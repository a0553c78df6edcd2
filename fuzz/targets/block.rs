//! Blocks from a stranger: what is read has one spelling.

#![no_main]

use faic_core::{
    Block,
    block::{evidence_root, last_certificate_hash, transactions_root},
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(block) = Block::from_bytes(bytes, bytes.len()) else { return };
    assert_eq!(block.to_bytes(), bytes);
    let _ = (block.id(), transactions_root(&block.transactions));
    let _ = (last_certificate_hash(block.last_certificate.as_ref()), evidence_root(&block.evidence));
    for transaction in &block.transactions {
        let _ = (transaction.check(), transaction.id());
    }
});
