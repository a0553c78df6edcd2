//! Answers with gzip for clients that ask for it.
//!
//! Only what needs no token is compressed: a mnemonic leaves no traces in a compressor's memory, and the size of an answer
//! betrays nothing of a secret in it. Small answers and streams of events go out as they are.

use tower_http::compression::{
    CompressionLayer, Predicate,
    predicate::{NotForContentType, SizeAbove},
};

/// Fewest bytes of a body that is compressed; a smaller one travels in one packet anyway.
const COMPRESSED_BYTES_MIN: u64 = 1024;

/// What compresses the answers of the routes under it.
pub(crate) fn layer() -> CompressionLayer<impl Predicate> {
    let worth_it = SizeAbove::new(COMPRESSED_BYTES_MIN).and(NotForContentType::SSE).and(NotForContentType::IMAGES);
    CompressionLayer::new().compress_when(worth_it)
}
