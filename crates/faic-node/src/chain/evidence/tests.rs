//! Tests of the proofs that wait.

use faic_core::{
    ChainId, SecretKey, Signature,
    vote::{Vote, VoteKind},
};

use super::*;

/// A proof against the validator of a number; the pool does not look at signatures.
fn proof(number: u8, height: u64) -> Equivocation {
    let vote =
        |block| Vote { chain_id: ChainId::new("faic-test").unwrap(), kind: VoteKind::Prevote, height, round: 0, block };
    let signature = Signature::from_bytes([0; 64]);
    Equivocation::Votes {
        validator: SecretKey::from_seed(&[number; 32]).public_key(),
        first: (vote(None), signature),
        second: (vote(Some(faic_core::Hash::ZERO)), signature),
    }
}

/// One proof against a validator is kept, and forgotten when it was carried out.
#[test]
fn one_proof_a_validator() {
    let mut pool = EvidencePool::default();
    pool.add(proof(1, 5));
    pool.add(proof(1, 6));
    pool.add(proof(2, 5));
    assert_eq!(pool.waiting(), [proof(1, 5), proof(2, 5)]);
    pool.forget(&[proof(1, 7)]);
    assert_eq!(pool.waiting(), [proof(2, 5)]);
}

/// The proof after the last that has room is not taken.
#[test]
fn proofs_65_wait_elsewhere() {
    let mut pool = EvidencePool::default();
    for number in 1..=65 {
        pool.add(proof(number, 5));
    }
    assert_eq!(pool.waiting().len(), WAITING_MAX);
}
