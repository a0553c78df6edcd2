//! Tests of the second and third gate: a block must be exactly what its execution says, and decided.

use std::sync::Arc;

use faic_core::{
    Amount, Block, Certificate, Hash, Signature, block::last_certificate_hash, crypto::CertificateError,
    transaction::Output,
};

use super::BlockError;
use crate::{
    execution::ExecutionError,
    genesis::{Genesis, Parameters},
    ledger::CommitError,
    store::MemoryStore,
    testing::{Chain, bond, faic, genesis, genesis_of, output, secret},
    validation::FinalityError,
};

/// A block of two transfers, as built.
fn block(chain: &Chain) -> Block {
    let transfers = [1, 2].map(|from| chain.verify(chain.sign(chain.transfer(from, vec![output(3, 1)]))).unwrap());
    chain.build(transfers.to_vec()).verified.block().clone()
}

/// What was built passes, and is found to do the same.
#[test]
fn built_passes() {
    let chain = Chain::new();
    let built = block(&chain);
    let checked = chain.validation.block.check(&chain.ledger, built.clone()).unwrap();
    assert_eq!(checked.id(), built.id());
}

/// Every field of the header that is changed is noticed.
#[test]
fn every_field_counts() {
    let chain = Chain::new();
    let good = block(&chain);
    let other = Hash::from_bytes([9; 32]);
    let changes: [fn(&mut Block, Hash); 13] = [
        |block, _| block.header.version = 2,
        |block, _| block.header.chain_id = faic_core::ChainId::new("other").unwrap(),
        |block, _| block.header.height += 1,
        |block, _| block.header.time_ms = 1_000,
        |block, _| block.header.proposer = secret(1).public_key(),
        |block, other| block.header.parent = other,
        |block, other| block.header.last_certificate = other,
        |block, other| block.header.evidence_root = other,
        |block, other| block.header.transactions_root = other,
        |block, other| block.header.receipts_root = other,
        |block, other| block.header.state_root = other,
        |block, other| block.header.validators = other,
        |block, other| block.header.next_validators = other,
    ];
    for (index, change) in changes.into_iter().enumerate() {
        let mut bad = good.clone();
        change(&mut bad, other);
        assert!(chain.validation.block.check(&chain.ledger, bad).is_err(), "change {index}");
    }
}

/// A bad signature inside is named by its position.
#[test]
fn bad_signature_is_named() {
    let chain = Chain::new();
    let mut bad = block(&chain);
    bad.transactions[1].signatures[0].signature = Signature::from_bytes([1; 64]);
    bad.header.transactions_root = faic_core::block::transactions_root(&bad.transactions);
    assert!(matches!(chain.validation.block.check(&chain.ledger, bad), Err(BlockError::Signature { index: 1, .. })));
}

/// What was verified before is not verified again; other signatures of the same transaction are, and so is all that is not
/// known, which is named by its position in the block.
#[test]
fn only_what_is_unknown_is_verified() {
    let chain = Chain::new();
    let good = block(&chain);
    let known: Vec<_> = good.transactions.iter().map(|signed| chain.verify(signed.clone()).unwrap()).collect();
    let knows = |count: usize| {
        let known = known[..count].to_vec();
        move |id: &Hash| known.iter().find(|known| known.id() == *id).cloned()
    };
    for count in 0..=2 {
        let checked = chain.validation.block.check_with(&chain.ledger, good.clone(), &knows(count)).unwrap();
        assert_eq!(*checked.block(), good);
    }
    let mut bad = good.clone();
    bad.transactions[1].signatures[0].signature = Signature::from_bytes([1; 64]);
    bad.header.transactions_root = faic_core::block::transactions_root(&bad.transactions);
    for count in 0..=2 {
        let refused = chain.validation.block.check_with(&chain.ledger, bad.clone(), &knows(count));
        assert!(matches!(refused, Err(BlockError::Signature { index: 1, .. })), "{count} known");
    }
}

/// The same transaction twice in a block is refused.
#[test]
fn replay_within_a_block() {
    let chain = Chain::new();
    let mut bad = block(&chain);
    bad.transactions.push(bad.transactions[0].clone());
    bad.header.transactions_root = faic_core::block::transactions_root(&bad.transactions);
    assert!(matches!(
        chain.validation.block.check(&chain.ledger, bad),
        Err(BlockError::Transaction { index: 2, source: ExecutionError::Sequence { expected: 1, found: 0 } })
    ));
}

/// A chain of four validators of equal stake, keys 101 to 104, one block after its beginning.
fn four() -> Chain {
    let validators = [(101, 1, 100), (102, 2, 100), (103, 3, 100), (104, 4, 100)];
    let mut chain = Chain::with(Arc::new(MemoryStore::new()), genesis_of(&validators, Parameters::default()));
    chain.advance(vec![], vec![], &[]);
    chain
}

/// The verdict on a block with another certificate of its parent than it was built with.
fn carrying(chain: &Chain, last_certificate: Option<Certificate>) -> Result<(), BlockError> {
    let mut block = chain.build(vec![]).verified.block().clone();
    block.header.last_certificate = last_certificate_hash(last_certificate.as_ref());
    block.last_certificate = last_certificate;
    chain.validation.block.check(&chain.ledger, block).map(drop)
}

/// The certificate of the parent that the next block would carry, with this change.
fn changed(chain: &Chain, change: impl FnOnce(&mut Certificate)) -> Option<Certificate> {
    let mut certificate = chain.ledger.decision().unwrap().certificate.clone();
    change(&mut certificate);
    Some(certificate)
}

/// Only the first block carries no certificate, because its parent is the genesis.
#[test]
fn certificate_of_the_parent_is_needed() {
    let chain = four();
    assert!(matches!(carrying(&chain, None), Err(BlockError::Mismatch("last_certificate"))));
    let begun = Chain::new();
    let some = chain.ledger.decision().unwrap().certificate.clone();
    assert!(matches!(carrying(&begun, Some(some)), Err(BlockError::Mismatch("last_certificate"))));
    assert!(carrying(&begun, None).is_ok());
}

/// A certificate of the parent with fewer signatures than this ledger has is as good, as long as it holds.
#[test]
fn another_certificate_of_the_parent_is_as_good() {
    let chain = four();
    let without = |count: usize| changed(&chain, |certificate| certificate.signatures.truncate(count));
    assert!(carrying(&chain, without(3)).is_err(), "three of four signed, so one was absent, and the state says so");
    assert!(matches!(carrying(&chain, without(3)), Err(BlockError::Mismatch("state_root"))));
    let too_few = carrying(&chain, without(2));
    assert!(matches!(too_few, Err(BlockError::LastCertificate(CertificateError::NotEnoughStake))));
    // A proposer that has only those three signatures builds a block that everybody takes.
    let (mut proposer, mut other) = (four(), four());
    let first = proposer.build(vec![]).verified;
    let (few, all) = (proposer.certify_without(&first, &[103]), proposer.certify(&first));
    for (chain, certificate) in [(&mut proposer, few.clone()), (&mut other, all)] {
        let verified = chain.validation.block.check(&chain.ledger, first.block().clone()).unwrap();
        let decided = chain.validation.finality.check(&chain.ledger, verified, certificate).unwrap();
        chain.ledger.commit(decided).unwrap();
    }
    let second = proposer.build(vec![]).verified;
    assert_eq!(second.block().last_certificate, Some(few));
    let verified = other.validation.block.check(&other.ledger, second.block().clone()).unwrap();
    other.commit(verified);
    assert_eq!(other.candidate(3).unwrap().absent_blocks, 1);
    other.audit();
}

/// A certificate of another block, of another height, in another round, or with a signature of nothing is refused.
#[test]
fn bad_certificate_of_the_parent_is_refused() {
    let chain = four();
    let check = |change: fn(&mut Certificate)| carrying(&chain, changed(&chain, change)).unwrap_err();
    assert!(matches!(check(|certificate| certificate.height = 2), BlockError::Mismatch("last_certificate")));
    assert!(matches!(check(|certificate| certificate.block = Hash::ZERO), BlockError::Mismatch("last_certificate")));
    assert!(matches!(check(|certificate| certificate.round = 1), BlockError::LastCertificate(_)));
    assert!(matches!(check(|certificate| certificate.signatures.reverse()), BlockError::LastCertificate(_)));
    let forged = check(|certificate| certificate.signatures[0].signature = Signature::from_bytes([1; 64]));
    assert!(matches!(forged, BlockError::LastCertificate(CertificateError::BadSignature(_))));
}

/// The certificate of the parent is by the parent's validators, also after the parent changed them.
#[test]
fn certificate_is_of_the_parent_s_set() {
    let mut chain = Chain::new();
    chain.include(vec![chain.act(1, 0, bond(1, 101, faic(900)))]);
    assert_eq!(chain.ledger.validators().iter().len(), 2);
    assert_eq!(chain.ledger.decision().unwrap().validators.iter().len(), 1);
    // The new validator, with nine tenths of the new set, did not vote for the parent, and was not absent.
    let mut again = Chain::on(Arc::clone(&chain.store));
    again.advance(vec![], vec![], &[]);
    assert_eq!(again.candidate(1).unwrap().absent_blocks, 0);
    let carried = again.ledger.block(2).unwrap().unwrap().0.last_certificate.unwrap();
    assert_eq!(carried.signatures.len(), 1);
    again.audit();
}

/// A builder fills a block up to the limit and not beyond; what has one transaction more is refused.
#[test]
fn too_large() {
    let parameters = Parameters { block_bytes_max: 128 * 1024, ..Parameters::default() };
    let chain = Chain::with(Arc::new(MemoryStore::new()), Genesis { parameters, ..genesis() });
    let outputs: Vec<_> = (0..255).map(|_| Output { amount: Amount::from_nano(1).unwrap(), ..output(3, 1) }).collect();
    let large = |sequence| chain.sign(chain.transfer(1, outputs.clone()).nonce(0, sequence));
    let most = chain.ledger.block_bytes_max();
    let fitting = most / large(0).transaction.signed_bytes();
    let candidates = (0..20).map(|sequence| chain.verify(large(sequence)).unwrap());
    let built = chain.build(candidates.collect());
    assert!(built.refused.is_empty(), "what has no room waits for another block");
    let mut block = built.verified.block().clone();
    assert_eq!(block.transactions.len(), fitting);
    chain.validation.block.check(&chain.ledger, block.clone()).unwrap();
    block.transactions.push(large(u64::try_from(fitting).unwrap()));
    let refused = chain.validation.block.check(&chain.ledger, block);
    assert!(matches!(refused, Err(BlockError::TooLarge { most: 131_072 })));
}

/// Candidates that can't be in the block are left out with their reasons.
#[test]
fn build_leaves_out() {
    let chain = Chain::new();
    let good = chain.verify(chain.sign(chain.transfer(1, vec![output(2, 1)]))).unwrap();
    let gap = chain.verify(chain.sign(chain.transfer(2, vec![output(1, 1)]).nonce(0, 5))).unwrap();
    let built = chain.build(vec![gap.clone(), good.clone(), good.clone()]);
    assert_eq!(built.verified.block().transactions, [good.signed().clone()]);
    let refused: Vec<_> = built.refused.iter().map(|(transaction, _)| transaction.id()).collect();
    assert_eq!(refused, [gap.id(), good.id()]);
}

/// A block without a certificate of its own, or a certificate without enough stake, is not final.
#[test]
fn finality() {
    let chain = Chain::new();
    let first = chain.build(vec![]).verified;
    let transfer = chain.verify(chain.sign(chain.transfer(1, vec![output(2, 1)]))).unwrap();
    let second = chain.build(vec![transfer]).verified;
    let check = |block, certificate| chain.validation.finality.check(&chain.ledger, block, certificate).err();
    assert_eq!(check(first.clone(), chain.certify(&second)), Some(FinalityError::OtherBlock));
    let mut empty = chain.certify(&first);
    empty.signatures.clear();
    assert_eq!(check(first.clone(), empty), Some(FinalityError::Certificate(CertificateError::NotEnoughStake)));
    assert_eq!(check(first.clone(), chain.certify(&first)), None);
}

/// A block that was verified on an older tip can't be committed any more.
#[test]
fn stale_block_is_not_committed() {
    let mut chain = Chain::new();
    let stale = chain.build(vec![]).verified;
    let certificate = chain.certify(&stale);
    let decided = chain.validation.finality.check(&chain.ledger, stale, certificate).unwrap();
    chain.include(vec![chain.sign(chain.transfer(1, vec![output(2, 1)]))]);
    assert!(matches!(chain.ledger.commit(decided), Err(CommitError::NotNext { height: 1, tip: 1 })));
}

/// A block by somebody who is no validator, or for another set, costs no signature.
#[test]
fn proposer_and_set_come_before_signatures() {
    let chain = Chain::new();
    let mut forged = block(&chain);
    forged.transactions[1].signatures[0].signature = Signature::from_bytes([1; 64]);
    forged.header.transactions_root = faic_core::block::transactions_root(&forged.transactions);
    let check = |block| chain.validation.block.check(&chain.ledger, block).unwrap_err();
    let stranger = secret(1).public_key();
    let mut by_stranger = forged.clone();
    by_stranger.header.proposer = stranger;
    assert!(matches!(check(by_stranger), BlockError::UnknownProposer(key) if key == stranger));
    let mut other_set = forged.clone();
    other_set.header.validators = Hash::ZERO;
    assert!(matches!(check(other_set), BlockError::Mismatch("validators")));
    assert!(matches!(check(forged), BlockError::Signature { index: 1, .. }));
}

/// A block that another ledger verified is refused before anything is written, though both ledgers stand at one tip.
#[test]
fn block_of_another_ledger_is_not_committed() {
    let (here, mut there) = (Chain::new(), Chain::new());
    let built = here.build(vec![]).verified;
    let certificate = here.certify(&built);
    let decided = here.validation.finality.check(&here.ledger, built, certificate).unwrap();
    assert!(matches!(there.ledger.commit(decided), Err(CommitError::NotNext { height: 1, tip: 0 })));
    there.audit();
}

/// After the last moment of 64 bits there is no next block, which is an error and not a wrong time.
#[test]
fn no_time_after_the_last() {
    let mut chain = Chain::new();
    let last = chain.ledger.build(secret(200).public_key(), u64::MAX, [], []).unwrap().verified;
    chain.commit(last);
    let next = chain.ledger.build(secret(200).public_key(), 2_000, [], []);
    assert!(matches!(next, Err(BlockError::Time { parent_ms: u64::MAX, .. })));
}
