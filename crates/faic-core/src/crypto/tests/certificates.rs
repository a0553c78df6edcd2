//! Tests of certificates: more than two thirds of the stake, each validator once, over this block of this chain.

use super::*;
use crate::{
    Amount,
    block::{Validator, ValidatorSet},
    crypto::CertificateError,
};

/// The validators of seeds 1, 2, … with these stakes.
fn validators(stakes: &[u64]) -> ValidatorSet {
    let validator =
        |(seed, stake): (u8, &u64)| Validator { key: public(seed), operator: address(0), stake: nano(*stake) };
    ValidatorSet::new((1..).zip(stakes).map(validator).collect()).unwrap()
}

/// The block of all tests.
const BLOCK: Hash = Hash::from_bytes([8; 32]);

/// A certificate for the vote, signed by the keys of these seeds, in the order that is asked for.
fn certificate(seeds: &[u8]) -> Certificate {
    let vote = vote(7, 2, BLOCK);
    let sign = |seed: &u8| VoteSignature {
        validator: public(*seed),
        signature: signer([*seed]).sign_vote(&public(*seed), &vote).unwrap(),
    };
    let mut signatures: Vec<_> = seeds.iter().map(sign).collect();
    signatures.sort_by_key(|signature| signature.validator);
    Certificate { height: vote.height, round: vote.round, block: BLOCK, signatures }
}

/// The verdict on a certificate of the samples' chain.
fn verify(certificate: &Certificate, validators: &ValidatorSet) -> Result<(), CertificateError> {
    BasicCrypto::default().verify_certificate(&chain(), certificate, validators)
}

/// Exactly two thirds are not enough, one nano more is; the sums do not overflow at the whole supply.
#[test]
fn more_than_two_thirds() {
    let third = Amount::SUPPLY_MAX.nano() / 3;
    let cases: [(&[u64], &[u8], bool); 12] = [
        (&[1], &[1], true),
        (&[1], &[], false),
        (&[1, 1, 1], &[1, 2], false),
        (&[1, 1, 1], &[1, 2, 3], true),
        (&[1, 1, 1, 1], &[1, 2], false),
        (&[1, 1, 1, 1], &[1, 2, 3], true),
        (&[200, 100], &[1], false),
        (&[201, 100], &[1], true),
        (&[200, 101], &[1], false),
        (&[third, third, third], &[1, 2], false),
        (&[third, third + 1, third], &[1, 2], true),
        (&[Amount::SUPPLY_MAX.nano()], &[1], true),
    ];
    for (stakes, seeds, enough) in cases {
        let expected = if enough { Ok(()) } else { Err(CertificateError::NotEnoughStake) };
        assert_eq!(verify(&certificate(seeds), &validators(stakes)), expected, "{seeds:?} of {stakes:?}");
    }
}

/// Stake is added up before any signature is looked at, which would cost more.
#[test]
fn stake_comes_before_signatures() {
    let mut poor = certificate(&[1, 2]);
    poor.signatures[0].signature = Signature::from_bytes([0xff; 64]);
    assert_eq!(verify(&poor, &validators(&[1, 1, 1])), Err(CertificateError::NotEnoughStake));
}

/// A vote by a key outside the set is refused, even where the others are enough.
#[test]
fn unknown_validator_is_refused() {
    let error = Err(CertificateError::UnknownValidator(public(5)));
    assert_eq!(verify(&certificate(&[1, 2, 3, 5]), &validators(&[1, 1, 1])), error);
}

/// A validator counts once.
#[test]
fn duplicate_vote_is_refused() {
    let error = Err(CertificateError::NotAscending);
    assert_eq!(verify(&certificate(&[1, 1, 1]), &validators(&[1, 1, 1])), error);
    let mut reversed = certificate(&[1, 2, 3]);
    reversed.signatures.reverse();
    assert_eq!(verify(&reversed, &validators(&[1, 1, 1])), error);
}

/// Votes for one block, height or round are none for another.
#[test]
fn votes_for_something_else_are_refused() {
    let changes: [fn(&mut Certificate); 3] = [
        |certificate| certificate.block = Hash::from_bytes([9; 32]),
        |certificate| certificate.height = 8,
        |certificate| certificate.round = 3,
    ];
    for change in changes {
        let mut other = certificate(&[1]);
        change(&mut other);
        assert_eq!(verify(&other, &validators(&[1])), Err(CertificateError::BadSignature(public(1))));
    }
}

/// Votes on one chain are none on another.
#[test]
fn votes_of_another_chain_are_refused() {
    let other = ChainId::new("faic-other").unwrap();
    let verdict = BasicCrypto::default().verify_certificate(&other, &certificate(&[1]), &validators(&[1]));
    assert_eq!(verdict, Err(CertificateError::BadSignature(public(1))));
}

/// A signature of a transaction, or over the bare id of the block, is no vote.
#[test]
fn transaction_signature_is_no_vote() {
    let vote_bytes = borsh::to_vec(&vote(7, 2, BLOCK)).unwrap();
    let key = secret(1);
    for signature in [
        signer([1]).sign_transaction(&public(1), &transfer()).unwrap(),
        key.sign(Domain::SignTransaction.hash(&[&vote_bytes]).as_bytes()),
        key.sign(BLOCK.as_bytes()),
        key.sign(&vote_bytes),
    ] {
        let mut forged = certificate(&[1]);
        forged.signatures[0].signature = signature;
        assert_eq!(verify(&forged, &validators(&[1])), Err(CertificateError::BadSignature(public(1))));
    }
}

/// A second spelling of a good vote is refused, and one bad vote spoils a certificate that has enough without it.
#[test]
fn malleated_vote_is_refused() {
    let mut bad = certificate(&[1, 2, 3, 4]);
    let vote = &mut bad.signatures[3];
    vote.signature = malleated(&vote.signature);
    let error = Err(CertificateError::BadSignature(vote.validator));
    assert_eq!(verify(&bad, &validators(&[1, 1, 1, 1])), error);
}
