//! Tests of which receivers are pointed out.

use std::collections::BTreeSet;

use faic_core::{Address, Network};

use super::{END_CHARACTERS, Known, KnownAddresses, ends};

/// Another address with the same ends, found by trying.
fn look_alike_of(address: Address) -> Address {
    let wanted = ends(&address.encode(Network::Dev), Network::Dev);
    let with = |number: u32| {
        let mut bytes = *address.as_bytes();
        bytes[8..12].copy_from_slice(&number.to_be_bytes());
        Address::from_bytes(bytes)
    };
    let fits = |other: &Address| *other != address && ends(&other.encode(Network::Dev), Network::Dev) == wanted;
    (0..).map(with).find(fits).expect("one in 2^15 has the same last characters")
}

/// An address that is known.
fn known(address: Address) -> Known {
    Known { address, what: "known".to_owned() }
}

/// The ends are behind what every address of the network begins with.
#[test]
fn ends_of_an_address() {
    let text = Address::from_bytes([7; 32]).encode(Network::Dev);
    let (first, last) = ends(&text, Network::Dev);
    assert!(text.starts_with(&format!("dfaic1{first}")) && text.ends_with(&last));
    assert_eq!((first.len(), last.len()), (END_CHARACTERS, END_CHARACTERS));
}

/// A look-alike of a known address is found; the address itself, and one that is the user's own, are not.
#[test]
fn doubted_and_not() {
    let bob = Address::from_bytes([9; 32]);
    let poison = look_alike_of(bob);
    let of = |own: &[Address], recent: &[Address], paid: &[Address]| KnownAddresses {
        own: own.iter().copied().map(known).collect(),
        keyed: BTreeSet::new(),
        recent: recent.iter().copied().map(known).collect(),
        paid: paid.iter().copied().collect(),
    };
    let doubts = |known: &KnownAddresses, address| known.index(Network::Dev).look_alike(address).is_some();
    assert!(doubts(&of(&[bob], &[], &[]), &poison));
    assert!(doubts(&of(&[], &[bob, poison], &[bob]), &poison));
    assert!(!doubts(&of(&[bob], &[bob, poison], &[]), &bob));
    assert!(!doubts(&of(&[], &[bob, poison], &[bob]), &bob));
    // In the book it is doubted until it was paid, unless it only looks like one that paid the user, or is the user's own.
    assert!(doubts(&of(&[bob, poison], &[], &[]), &poison));
    assert!(doubts(&of(&[poison], &[bob], &[bob]), &poison));
    assert!(!doubts(&of(&[poison], &[bob], &[]), &poison));
    assert!(!doubts(&of(&[bob, poison], &[poison], &[poison]), &poison));
    let keyed = KnownAddresses { keyed: [poison].into(), ..of(&[bob, poison], &[], &[]) };
    assert!(!doubts(&keyed, &poison));
    // What was paid once by mistake still looks like the one of the book.
    assert!(doubts(&of(&[bob], &[poison], &[poison]), &poison));
    assert!(!doubts(&of(&[bob], &[], &[]), &Address::from_bytes([10; 32])));
}
