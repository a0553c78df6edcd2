//! Tests of the succession: every link is signed by the set before it, and none can be left out.

use super::{Handover, Succession, SuccessionError, history_after};
use crate::{
    BasicCrypto, Certificate, ChainId, Hash, Header, Signer,
    block::{Validator, ValidatorSet, VoteSignature},
    crypto::CertificateError,
    samples::{address, chain, nano, public, signer},
};

/// The set of the keys of these seeds, each with the same stake.
fn set(seeds: &[u8]) -> ValidatorSet {
    let validator = |seed: &u8| Validator { key: public(*seed), operator: address(*seed), stake: nano(10) };
    ValidatorSet::new(seeds.iter().map(validator).collect()).unwrap()
}

/// A header of that height that goes from one set to the next, with the votes of these seeds.
fn signed(height: u64, sets: [&ValidatorSet; 2], seeds: &[u8]) -> (Header, Certificate) {
    let header = Header {
        version: 1,
        chain_id: chain(),
        height,
        time_ms: height,
        proposer: public(1),
        parent: Hash::ZERO,
        ancestors: Hash::ZERO,
        last_certificate: Hash::ZERO,
        evidence_root: Hash::ZERO,
        transactions_root: Hash::ZERO,
        receipts_root: Hash::ZERO,
        state_root: Hash::from_bytes([4; 32]),
        validators: sets[0].hash(),
        next_validators: sets[1].hash(),
    };
    let mut certificate = Certificate { height, round: 0, block: header.id(), signatures: Vec::new() };
    let vote = certificate.vote(&chain());
    for seed in seeds {
        let signature = signer([*seed]).sign_vote(&public(*seed), &vote).unwrap();
        certificate.signatures.push(VoteSignature { validator: public(*seed), signature });
    }
    certificate.signatures.sort_by_key(|vote| vote.validator);
    (header, certificate)
}

/// The change at that height, decided by these seeds.
fn handover(height: u64, sets: [&ValidatorSet; 2], seeds: &[u8]) -> Handover {
    let (header, certificate) = signed(height, sets, seeds);
    Handover { header, certificate, next: sets[1].clone() }
}

/// Follows a change.
fn follow(succession: &mut Succession, handover: &Handover) -> Result<(), SuccessionError> {
    succession.follow(&BasicCrypto::default(), &chain(), handover)
}

/// Asks whether a header is trusted.
fn check(succession: &Succession, (header, certificate): &(Header, Certificate)) -> Result<(), SuccessionError> {
    succession.check(&BasicCrypto::default(), &chain(), header, certificate)
}

/// Trust goes from set to set to the last header, and the history is that of all of them.
#[test]
fn trust_is_handed_over() {
    let (one, two, three) = (set(&[1, 2, 3]), set(&[2, 3, 4]), set(&[5]));
    let mut succession = Succession::begin(one.clone());
    check(&succession, &signed(9, [&one, &one], &[1, 2, 3])).unwrap();
    follow(&mut succession, &handover(5, [&one, &two], &[1, 2, 3])).unwrap();
    follow(&mut succession, &handover(6, [&two, &three], &[2, 3, 4])).unwrap();
    check(&succession, &signed(40, [&three, &three], &[5])).unwrap();
    let expected = [(1, &one), (6, &two), (7, &three)]
        .into_iter()
        .fold(Hash::ZERO, |before, (from, set)| history_after(&before, from, &set.hash()));
    assert_eq!((succession.from(), succession.history()), (7, &expected));
}

/// A set that was not announced, or that too few of the old one signed for, is not trusted.
#[test]
fn forged_sets_are_refused() {
    let (one, forged) = (set(&[1, 2, 3]), set(&[9]));
    let mut succession = Succession::begin(one.clone());
    let few = follow(&mut succession, &handover(5, [&one, &forged], &[1, 2]));
    assert_eq!(few, Err(SuccessionError::Certificate { height: 5, source: CertificateError::NotEnoughStake }));
    let strangers = follow(&mut succession, &handover(5, [&one, &forged], &[9]));
    assert!(matches!(
        strangers,
        Err(SuccessionError::Certificate { source: CertificateError::UnknownValidator(_), .. })
    ));
    let other = Handover { next: forged.clone(), ..handover(5, [&one, &set(&[1, 2])], &[1, 2, 3]) };
    assert_eq!(follow(&mut succession, &other), Err(SuccessionError::NotAnnounced { height: 5 }));
    let none = follow(&mut succession, &handover(5, [&one, &one], &[1, 2, 3]));
    assert_eq!(none, Err(SuccessionError::NotAnnounced { height: 5 }));
    let own = handover(5, [&forged, &forged], &[9]);
    assert_eq!(check(&succession, &(own.header, own.certificate)), Err(SuccessionError::OtherValidators { height: 5 }));
    assert_eq!(succession, Succession::begin(one), "nothing of it is trusted");
}

/// A change that is left out is noticed, at once or, where a set came back, by the history.
#[test]
fn missing_links_are_noticed() {
    let (one, two) = (set(&[1, 2, 3]), set(&[2, 3, 4]));
    let mut honest = Succession::begin(one.clone());
    let mut liar = honest.clone();
    let last = handover(8, [&two, &one], &[2, 3, 4]);
    assert_eq!(follow(&mut liar, &last), Err(SuccessionError::OtherValidators { height: 8 }));
    follow(&mut honest, &handover(5, [&one, &two], &[1, 2, 3])).unwrap();
    follow(&mut honest, &last).unwrap();
    let tip = signed(20, [&one, &one], &[1, 2, 3]);
    assert_eq!((check(&honest, &tip), check(&liar, &tip)), (Ok(()), Ok(())));
    assert_ne!(honest.history(), liar.history());
}

/// A header of a height that an earlier set decided, of another chain, or with another block's certificate is refused.
#[test]
fn places_are_checked() {
    let (one, two) = (set(&[1, 2, 3]), set(&[2, 3, 4]));
    let mut succession = Succession::begin(one.clone());
    follow(&mut succession, &handover(5, [&one, &two], &[1, 2, 3])).unwrap();
    let early = signed(5, [&two, &two], &[2, 3, 4]);
    assert_eq!(check(&succession, &early), Err(SuccessionError::Order { height: 5, from: 6 }));
    let (mut header, certificate) = signed(6, [&two, &two], &[2, 3, 4]);
    header.state_root = Hash::ZERO;
    assert_eq!(check(&succession, &(header.clone(), certificate)), Err(SuccessionError::OtherBlock { height: 6 }));
    header.chain_id = ChainId::new("faic-other").unwrap();
    let certificate = Certificate { block: header.id(), ..signed(6, [&two, &two], &[2, 3, 4]).1 };
    assert_eq!(check(&succession, &(header, certificate)), Err(SuccessionError::OtherChain));
    let at_the_end = handover(u64::MAX, [&two, &one], &[2, 3, 4]);
    assert_eq!(follow(&mut succession, &at_the_end), Err(SuccessionError::NotAnnounced { height: u64::MAX }));
}
