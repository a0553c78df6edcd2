//! Tests of hashes and their domains.

use super::{Domain, Hash, HashParseError};

/// The same bytes under two domains are two hashes; under one domain they are BLAKE3's own derivation.
#[test]
fn domains_separate() {
    let one = Domain::Address.hash(&[b"x"]);
    assert_ne!(one, Domain::Authority.hash(&[b"x"]));
    assert_eq!(one.as_bytes(), &blake3::derive_key("faic v1 address", b"x"));
}

/// Text form and parser are inverse, and the parser takes nothing but 64 digits.
#[test]
fn text_round_trip() {
    let hash = Domain::BlockId.hash(&[b"a", b"b"]);
    assert_eq!(Hash::parse(&hash.to_string()), Ok(hash));
    for bad in ["", "00", &"g".repeat(64), &"0".repeat(65)] {
        assert_eq!(Hash::parse(bad), Err(HashParseError));
    }
}

/// Each domain's key stands at its own place, and its digests are those of BLAKE3's `derive_key`, also over many parts.
#[test]
fn every_domain_is_its_derivation() {
    for (place, domain) in Domain::ALL.into_iter().enumerate() {
        assert_eq!(domain as usize, place);
        let digest = domain.hash(&[b"free ", b"ai ", b"chain"]);
        assert_eq!(digest.as_bytes(), &blake3::derive_key(domain.context(), b"free ai chain"));
    }
}
