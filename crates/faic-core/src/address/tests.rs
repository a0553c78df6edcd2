//! Tests of addresses: round trips, and one error for each way in which an address can be wrong.

use bech32::{Bech32, Bech32m, Hrp};
use proptest::prelude::*;

use super::{Address, AddressError};
use crate::network::Network;

/// An address of fixed bytes.
fn sample() -> Address {
    Address::from_bytes([7; 32])
}

/// The text form is part of the protocol; the expected texts were computed by a program of its own from BIP-350.
#[test]
fn golden_text() {
    let expected = [
        "faic1qurswpc8qurswpc8qurswpc8qurswpc8qurswpc8qurswpc8qurscp4ra9",
        "tfaic1qurswpc8qurswpc8qurswpc8qurswpc8qurswpc8qurswpc8qurs85cv6g",
        "dfaic1qurswpc8qurswpc8qurswpc8qurswpc8qurswpc8qurswpc8qurszed7zx",
    ];
    for (network, golden) in Network::ALL.into_iter().zip(expected) {
        let text = sample().encode(network);
        assert_eq!(text, golden);
        assert_eq!(Address::parse(&text, network), Ok(sample()));
        assert_eq!(Address::parse(&text.to_uppercase(), network), Ok(sample()));
    }
}

/// Valid bech32m strings of BIP-350 pass the checksum and fail only for their prefix.
#[test]
fn bip350_valid_strings() {
    // Source: BIP-350, "Test vectors for Bech32m".
    for text in [
        "A1LQFN3A",
        "a1lqfn3a",
        "an83characterlonghumanreadablepartthatcontainsthetheexcludedcharactersbioandnumber11sg7hg6",
        "abcdef1l7aum6echk45nj3s0wdvt2fg8x9yrzpqzd3ryx",
        "split1checkupstagehandshakeupstreamerranterredcaperredlc445v",
        "?1v759aa",
    ] {
        assert_eq!(Address::parse_any(text), Err(AddressError::UnknownPrefix), "{text}");
        assert!(bech32::primitives::decode::CheckedHrpstring::new::<Bech32m>(text).is_ok(), "{text}");
    }
}

/// Invalid bech32m strings of BIP-350 are refused.
#[test]
fn bip350_invalid_strings() {
    // Source: BIP-350, "Test vectors for Bech32m": invalid character, separator and checksum.
    for text in [
        "\u{20}1xj0phk",
        "\u{7f}1g6xzxy",
        "\u{80}1vctc34",
        "qyrz8wqd2c9m",
        "1qyrz8wqd2c9m",
        "y1b0jsk6g",
        "lt1igcx5c0",
        "in1muywd",
        "mm1crxm3i",
        "au1s5cgom",
        "M1VUXWEZ",
        "16plkw9",
        "1p2gdwpf",
    ] {
        assert!(Address::parse_any(text).is_err(), "{text}");
    }
}

/// Each way of being wrong has its own error.
#[test]
fn each_error() {
    let text = sample().encode(Network::Dev);
    let mixed = text.replacen('q', "Q", 1);
    let (begin, last) = text.split_at(text.len() - 1);
    let mistyped = format!("{begin}{}", if last == "q" { "p" } else { "q" });
    let hrp = |text| Hrp::parse(text).unwrap();
    assert_eq!(Address::parse(&mixed, Network::Dev), Err(AddressError::MixedCase));
    assert_eq!(Address::parse(&mistyped, Network::Dev), Err(AddressError::BadChecksum));
    assert_eq!(Address::parse("hello", Network::Dev), Err(AddressError::NotBech32));
    assert_eq!(
        Address::parse(&text, Network::Main),
        Err(AddressError::OtherNetwork { found: Network::Dev, expected: Network::Main })
    );
    // The older checksum of BIP-173, other lengths and other prefixes.
    let older = bech32::encode::<Bech32>(hrp("dfaic"), &[7; 32]).unwrap();
    assert_eq!(Address::parse(&older, Network::Dev), Err(AddressError::BadChecksum));
    for length in [0, 20, 31, 33, 64] {
        let text = bech32::encode::<Bech32m>(hrp("dfaic"), &vec![7; length]).unwrap();
        assert_eq!(Address::parse(&text, Network::Dev), Err(AddressError::WrongLength), "{length}");
    }
    let other = bech32::encode::<Bech32m>(hrp("bc"), &[7; 32]).unwrap();
    assert_eq!(Address::parse(&other, Network::Dev), Err(AddressError::UnknownPrefix));
}

proptest! {
    /// Every address round-trips on every network, and one changed character is noticed.
    #[test]
    fn round_trip_and_typo(bytes in any::<[u8; 32]>(), at in 6_usize..64, new in "[ac-hj-np-z02-9]") {
        let address = Address::from_bytes(bytes);
        for network in Network::ALL {
            let text = address.encode(network);
            prop_assert_eq!(Address::parse(&text, network), Ok(address));
            let mut typo = text.clone();
            if let Some(old) = text.get(at..at + 1) && old != new && at > network.address_prefix().len() {
                typo.replace_range(at..at + 1, &new);
                prop_assert_eq!(Address::parse(&typo, network), Err(AddressError::BadChecksum));
            }
        }
    }

    /// No text makes the parser panic.
    #[test]
    fn any_text(text in "\\PC{0,100}") {
        let _ = Address::parse_any(&text);
    }
}
