//! Tests of what fits.

use super::*;

/// A message that fits has, as the network sends it, no more bytes than a request may have, and one more is too many.
#[test]
fn largest_request() {
    let sent = |bytes| NetworkMessage::Consensus(vec![0; bytes]).to_bytes().len();
    let most = REQUEST_BYTES_MAX - OVERHEAD_BYTES;
    assert!(fits_a_request(most) && sent(most) == REQUEST_BYTES_MAX);
    assert!(!fits_a_request(most + 1) && sent(most + 1) > REQUEST_BYTES_MAX);
}
