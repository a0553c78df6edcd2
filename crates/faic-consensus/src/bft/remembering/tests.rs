//! Tests of remembered signatures.

use std::sync::atomic::{AtomicUsize, Ordering};

use faic_core::{BasicCrypto, KeyManager, SecretKey, Signer, vote::VoteKind};

use super::*;

/// Verifies, and counts how often it is asked.
#[derive(Default)]
struct Counting(BasicCrypto, Arc<AtomicUsize>);

impl Verifier for Counting {
    fn verify_transaction(&self, transaction: &SignedTransaction) -> Result<(), VerifyError> {
        self.0.verify_transaction(transaction)
    }

    fn verify_transactions(&self, transactions: &[SignedTransaction]) -> Result<(), (usize, VerifyError)> {
        self.0.verify_transactions(transactions)
    }

    fn verify_vote(&self, key: &PublicKey, vote: &Vote, signature: &Signature) -> bool {
        self.1.fetch_add(1, Ordering::Relaxed);
        self.0.verify_vote(key, vote, signature)
    }

    fn verify_proposal(&self, key: &PublicKey, proposal: &Proposal, signature: &Signature) -> bool {
        self.0.verify_proposal(key, proposal, signature)
    }

    fn verify_possession(&self, possession: &Possession, signature: &Signature) -> bool {
        self.0.verify_possession(possession, signature)
    }

    fn verify_message(&self, key: &PublicKey, message: &Message<'_>, signature: &Signature) -> bool {
        self.0.verify_message(key, message, signature)
    }

    fn verify_certificate(
        &self,
        chain_id: &ChainId,
        certificate: &Certificate,
        validators: &ValidatorSet,
    ) -> Result<(), CertificateError> {
        self.0.verify_certificate(chain_id, certificate, validators)
    }
}

/// A vote of a height.
fn vote(height: u64) -> Vote {
    let chain_id = ChainId::new("faic-test").unwrap();
    Vote { chain_id, kind: VoteKind::Prevote, height, round: 0, block: None }
}

/// A vote that holds is verified once; one that does not hold each time, also where only one part of it differs from one
/// that does.
#[test]
fn only_what_holds_is_remembered() {
    let (secret, other) = (SecretKey::from_seed(&[1; 32]), SecretKey::from_seed(&[2; 32]).public_key());
    let key = secret.public_key();
    let signature = BasicCrypto { key_manager: KeyManager::from_iter([secret]) }.sign_vote(&key, &vote(1)).unwrap();
    let asked = Arc::new(AtomicUsize::new(0));
    let verifier = Remembering::new(Arc::new(Counting(BasicCrypto::default(), Arc::clone(&asked))));
    assert!((0..3).all(|_| verifier.verify_vote(&key, &vote(1), &signature)));
    assert_eq!(asked.load(Ordering::Relaxed), 1);
    for _ in 0..2 {
        assert!(!verifier.verify_vote(&key, &vote(2), &signature));
        assert!(!verifier.verify_vote(&other, &vote(1), &signature));
    }
    assert_eq!(asked.load(Ordering::Relaxed), 5);
}

/// The oldest are forgotten, so that no more than two halves are remembered.
#[test]
fn memory_is_bounded() {
    let key = SecretKey::from_seed(&[1; 32]).public_key();
    let held = |number: usize| {
        (key, Hash::from_bytes([0; 32]), Signature::from_bytes(std::array::from_fn(|at| number.to_be_bytes()[at % 8])))
    };
    let mut memory = Memory::default();
    for number in 0..=2 * HALF_MAX {
        memory.insert(held(number));
        assert!(memory.newer.len() <= HALF_MAX && memory.older.len() <= HALF_MAX);
    }
    assert!(!memory.contains(&held(0)) && memory.contains(&held(HALF_MAX)) && memory.contains(&held(2 * HALF_MAX)));
}
