//! What validators say to each other, from a stranger: what is read has one spelling, within its limits.

#![no_main]

use faic_consensus::bft::message::{Message, MessageError};
use faic_core::block::VALIDATORS_MAX;
use libfuzzer_sys::fuzz_target;

/// Most bytes of a block here.
const BLOCK_BYTES_MAX: usize = 256 * 1024;

fuzz_target!(|bytes: &[u8]| {
    let message = match Message::from_bytes(bytes, BLOCK_BYTES_MAX) {
        Ok(message) => message,
        Err(MessageError::TooLarge { found, most }) => {
            assert!(found > most);
            return;
        }
        Err(MessageError::Malformed(_)) => return,
    };
    assert_eq!(message.to_bytes(), bytes);
    let _ = (message.height(), message.name());
    match &message {
        Message::Polka(polka) => assert!(polka.signatures.len() <= VALIDATORS_MAX),
        Message::Round(proof) => assert!(proof.signatures.len() <= VALIDATORS_MAX),
        Message::Vote(_) | Message::Proposal(_) | Message::Block(_) | Message::GetBlock { .. } => {}
    }
});
