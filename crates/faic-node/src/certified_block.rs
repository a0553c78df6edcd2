//! A final block with its certificate, as nodes hand it to each other: the canonical bytes of the one, then of the other.

use std::io;

use faic_core::{Block, Certificate, bounded};

/// The most bytes of a block with its certificate; the largest block that a genesis allows is below.
pub(crate) const BYTES_MAX: usize = faic_network::message::RESPONSE_BYTES_MAX;

/// The bytes of a block and its certificate.
pub(crate) fn to_bytes(block: &Block, certificate: &Certificate) -> Vec<u8> {
    borsh::to_vec(&(block, certificate)).expect("writing to memory does not fail")
}

/// Reads a block and its certificate, neither of which is checked.
///
/// # Errors
/// Bytes that are not those of a block and a certificate, or too many.
pub(crate) fn from_bytes(bytes: &[u8]) -> io::Result<(Block, Certificate)> {
    if bytes.len() > BYTES_MAX {
        return Err(bounded::invalid("a block with its certificate has fewer bytes"));
    }
    borsh::from_slice(bytes)
}
