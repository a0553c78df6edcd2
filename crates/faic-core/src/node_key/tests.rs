//! Tests of what node keys sign.

use super::{sign_state, verify_state};
use crate::{
    Domain,
    samples::{public, secret},
};

/// A state's signature holds for its key and its bytes, and for no others.
#[test]
fn state_signature_is_bound_to_key_and_bytes() {
    let signature = sign_state(&secret(1), b"state");
    assert!(verify_state(&public(1), b"state", &signature));
    assert!(!verify_state(&public(2), b"state", &signature));
    assert!(!verify_state(&public(1), b"stata", &signature));
}

/// A signature over the same bytes under another domain is no signature of a state.
#[test]
fn state_signature_has_its_own_domain() {
    let as_vote = secret(1).sign(Domain::SignVote.hash(&[b"state"]).as_bytes());
    assert!(!verify_state(&public(1), b"state", &as_vote));
}
