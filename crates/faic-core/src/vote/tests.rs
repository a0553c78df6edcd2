//! Tests of votes, proposals and the evidence that two of them make.

use super::*;
use crate::{BasicCrypto, KeyManager, SecretKey, Signer};

/// The chain of these tests.
fn chain() -> ChainId {
    ChainId::new("faic-test-1").unwrap()
}

/// A signer with one key, and the key.
fn signer() -> (BasicCrypto, PublicKey) {
    let secret = SecretKey::from_seed(&[7; 32]);
    let key = secret.public_key();
    (BasicCrypto { key_manager: [secret].into_iter().collect::<KeyManager>() }, key)
}

/// A prevote of round 2 for the block whose id is all `byte`.
fn vote(byte: u8) -> Vote {
    let block = Some(Hash::from_bytes([byte; 32]));
    Vote { chain_id: chain(), kind: VoteKind::Prevote, height: 5, round: 2, block }
}

/// The two votes, signed.
fn votes(first: Vote, second: Vote) -> Equivocation {
    let (signer, validator) = signer();
    let sign = |vote: Vote| (vote.clone(), signer.sign_vote(&validator, &vote).unwrap());
    Equivocation::Votes { validator, first: sign(first), second: sign(second) }
}

/// Two prevotes for different blocks prove equivocation, also when one is for no block.
#[test]
fn two_votes_are_evidence() {
    assert_eq!(votes(vote(1), vote(2)).check(&chain()), Ok(()));
    assert_eq!(votes(vote(1), Vote { block: None, ..vote(1) }).check(&chain()), Ok(()));
}

/// Votes that an honest validator casts are no evidence.
#[test]
fn honest_votes_are_no_evidence() {
    for other in [
        vote(1),
        Vote { round: 3, ..vote(2) },
        Vote { height: 6, ..vote(2) },
        Vote { kind: VoteKind::Precommit, ..vote(2) },
        Vote { chain_id: ChainId::new("faic-test-2").unwrap(), ..vote(2) },
    ] {
        assert_eq!(votes(vote(1), other).check(&chain()), Err(EquivocationError::NoConflict));
    }
}

/// Evidence of another chain, or with a signature that is not the validator's, is refused.
#[test]
fn forged_evidence_is_refused() {
    let other = ChainId::new("faic-test-2").unwrap();
    assert_eq!(votes(vote(1), vote(2)).check(&other), Err(EquivocationError::OtherChain));
    let mut forged = votes(vote(1), vote(2));
    if let Equivocation::Votes { second, .. } = &mut forged {
        second.1 = Signature::from_bytes([9; 64]);
    }
    assert_eq!(forged.check(&chain()), Err(EquivocationError::BadSignature));
}

/// Two proposals of one round are evidence, also when only their valid rounds differ.
#[test]
fn two_proposals_are_evidence() {
    let (signer, validator) = signer();
    let proposal = |valid_round, byte| {
        let block = Hash::from_bytes([byte; 32]);
        let proposal = Proposal { chain_id: chain(), height: 5, round: 2, valid_round, block };
        let signature = signer.sign_proposal(&validator, &proposal).unwrap();
        (proposal, signature)
    };
    let check = |first, second| Equivocation::Proposals { validator, first, second }.check(&chain());
    assert_eq!(check(proposal(None, 1), proposal(None, 2)), Ok(()));
    assert_eq!(check(proposal(None, 1), proposal(Some(0), 1)), Ok(()));
    assert_eq!(check(proposal(None, 1), proposal(None, 1)), Err(EquivocationError::NoConflict));
}
