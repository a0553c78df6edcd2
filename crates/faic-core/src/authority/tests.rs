//! Tests of authorities: one spelling, and every rule refused when broken.

use super::{Authority, AuthorityError, AuthorityKey};
use crate::{PublicKey, SecretKey};

/// So many distinct keys, from seeds.
fn keys(count: u8) -> Vec<PublicKey> {
    (1..=count).map(|seed| SecretKey::from_seed(&[seed; 32]).public_key()).collect()
}

/// The order in which keys are given does not matter, the threshold does.
#[test]
fn one_spelling() {
    let three = keys(3);
    let reversed: Vec<_> = three.iter().rev().copied().collect();
    let authority = Authority::multi(2, three.clone()).unwrap();
    assert_eq!(authority, Authority::multi(2, reversed).unwrap());
    assert_ne!(authority.address(), Authority::multi(3, three).unwrap().address());
    assert_ne!(authority.id().as_bytes(), authority.address().as_bytes());
}

/// Every rule has its refusal, also for decoded bytes.
#[test]
fn rules() {
    assert_eq!(Authority::multi(1, []), Err(AuthorityError::NoKeys));
    assert_eq!(Authority::multi(0, keys(2)), Err(AuthorityError::Threshold));
    assert_eq!(Authority::multi(3, keys(2)), Err(AuthorityError::Threshold));
    assert!(Authority::multi(16, keys(16)).is_ok());
    assert_eq!(Authority::multi(1, keys(17)), Err(AuthorityError::TooManyKeys));
    let twice = [keys(1), keys(1)].concat();
    assert_eq!(Authority::multi(1, twice), Err(AuthorityError::KeysNotAscending));
    let mut list: Vec<_> = keys(2).into_iter().map(AuthorityKey::Ed25519).collect();
    list.sort();
    list.reverse();
    let bytes = borsh::to_vec(&(1_u8, list)).unwrap();
    assert_eq!(borsh::from_slice::<Authority>(&bytes).unwrap().check(), Err(AuthorityError::KeysNotAscending));
}
