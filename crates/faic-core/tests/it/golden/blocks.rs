//! Golden files of headers, blocks, receipts, validator sets and certificates.

use faic_core::{
    Block, Certificate, Equivocation, Header, Proposal, Signer, Verifier, Vote,
    block::{
        BLOCK_VERSION, Receipt, Validator, ValidatorSet, VoteSignature, evidence_root, last_certificate_hash,
        receipts_root, transactions_root,
    },
    crypto::sign_transaction,
    transaction::{Output, TransactionBuilder},
    vote::VoteKind,
};

use super::{
    Golden, bytes,
    samples::{address, chain, hash, nano, public, signer, single, two_of_three},
};

/// A header of fixed fields.
fn header() -> Header {
    Header {
        version: BLOCK_VERSION,
        chain_id: chain(),
        height: 7,
        time_ms: 1_700_000_000_000,
        proposer: public(5),
        parent: hash(1),
        ancestors: hash(17),
        last_certificate: hash(7),
        evidence_root: hash(8),
        transactions_root: hash(2),
        receipts_root: hash(3),
        state_root: hash(4),
        validators: hash(5),
        next_validators: hash(6),
    }
}

/// A block of so many transfers, whose header commits to them.
fn block(transfers: u64) -> Block {
    let transfer = |sequence| {
        let output = Output { to: address(0xaa), amount: nano(sequence + 1), memo: String::new() };
        let authority = if sequence == 1 { two_of_three() } else { single(1) };
        let transaction = TransactionBuilder::transfer(chain(), authority, vec![output])
            .nonce(0, sequence)
            .valid_until(100)
            .build(10)
            .unwrap();
        sign_transaction(&signer(), transaction).unwrap()
    };
    let transactions: Vec<_> = (0..transfers).map(transfer).collect();
    let header = Header {
        last_certificate: last_certificate_hash(None),
        evidence_root: evidence_root(&[]),
        transactions_root: transactions_root(&transactions),
        ..header()
    };
    Block { header, last_certificate: None, evidence: Vec::new(), transactions }
}

/// The block of one transfer with a certificate of its parent and two pieces of evidence, which its header commits to.
fn block_with_evidence() -> Block {
    let block = block(1);
    let last_certificate = Some(certificate(&[5, 6, 8]));
    let evidence = vec![votes(6), proposals(7)];
    let header = Header {
        last_certificate: last_certificate_hash(last_certificate.as_ref()),
        evidence_root: evidence_root(&evidence),
        ..block.header
    };
    Block { header, last_certificate, evidence, ..block }
}

/// Two prevotes of one round by the key of a seed.
fn votes(seed: u8) -> Equivocation {
    let sign = |block| {
        let vote = Vote { chain_id: chain(), kind: VoteKind::Prevote, height: 6, round: 2, block };
        let signature = signer().sign_vote(&public(seed), &vote).unwrap();
        (vote, signature)
    };
    Equivocation::Votes { validator: public(seed), first: sign(Some(hash(1))), second: sign(None) }
}

/// Two proposals of one round by the key of a seed.
fn proposals(seed: u8) -> Equivocation {
    let sign = |valid_round, block| {
        let proposal = Proposal { chain_id: chain(), height: 6, round: 2, valid_round, block };
        let signature = signer().sign_proposal(&public(seed), &proposal).unwrap();
        (proposal, signature)
    };
    Equivocation::Proposals { validator: public(seed), first: sign(None, hash(1)), second: sign(Some(0), hash(2)) }
}

/// A receipt of a number.
fn receipt(number: u8) -> Receipt {
    Receipt {
        transaction: hash(number),
        payer: address(0xcc),
        fee: nano(2_040),
        base_fee_per_byte: 10,
        sender_balance: nano(1_000_000_000),
    }
}

/// The validators of the seeds 5, 6, … with these stakes.
fn validators(stakes: &[u64]) -> ValidatorSet {
    let validator =
        |(seed, stake): (u8, &u64)| Validator { key: public(seed), operator: address(seed), stake: nano(*stake) };
    ValidatorSet::new((5..).zip(stakes).map(validator).collect()).unwrap()
}

/// A certificate by the keys of these seeds, over the block of one transfer.
fn certificate(seeds: &[u8]) -> Certificate {
    let mut certificate = Certificate { height: 7, round: 1, block: block(1).id(), signatures: Vec::new() };
    let vote = certificate.vote(&chain());
    let sign = |seed: &u8| VoteSignature {
        validator: public(*seed),
        signature: signer().sign_vote(&public(*seed), &vote).unwrap(),
    };
    certificate.signatures = seeds.iter().map(sign).collect();
    certificate.signatures.sort_by_key(|signature| signature.validator);
    certificate
}

/// Headers and blocks with their ids and roots.
#[test]
fn golden_blocks() {
    let mut golden = Golden::default();
    golden.case("header", [("bytes", bytes(&header())), ("id", header().id().to_string())]);
    for (name, transfers) in [("empty block", 0), ("block of one transfer", 1), ("block of three transfers", 3)] {
        let block = block(transfers);
        let root = block.header.transactions_root.to_string();
        golden.case(name, [("bytes", bytes(&block)), ("id", block.id().to_string()), ("transactions root", root)]);
    }
    let block = block_with_evidence();
    let last_certificate = block.header.last_certificate.to_string();
    let root = block.header.evidence_root.to_string();
    golden.case(
        "block with a certificate of its parent and evidence",
        [
            ("bytes", bytes(&block)),
            ("id", block.id().to_string()),
            ("last certificate", last_certificate),
            ("evidence root", root),
        ],
    );
    golden.check("blocks.json");
}

/// Evidence, whose signatures hold.
#[test]
fn golden_evidence() {
    let mut golden = Golden::default();
    for (name, evidence) in [("two votes", votes(6)), ("two proposals", proposals(7))] {
        evidence.check(&chain()).unwrap();
        golden.case(name, [("bytes", bytes(&evidence))]);
    }
    golden.check("evidence.json");
}

/// Receipts, and the roots over lists of them.
#[test]
fn golden_receipts() {
    let mut golden = Golden::default();
    golden.case("receipt", [("bytes", bytes(&receipt(1)))]);
    for (name, count) in [("no receipt", 0), ("one receipt", 1), ("two receipts", 2), ("five receipts", 5)] {
        let receipts: Vec<_> = (1..=count).map(receipt).collect();
        golden.case(name, [("receipts root", receipts_root(&receipts).to_string())]);
    }
    golden.check("receipts.json");
}

/// Validator sets with their hashes.
#[test]
fn golden_validator_sets() {
    let mut golden = Golden::default();
    for (name, stakes) in [("one validator", &[1_000][..]), ("four validators", &[4, 3, 2, 1])] {
        let set = validators(stakes);
        golden.case(name, [("bytes", bytes(&set)), ("hash", set.hash().to_string())]);
    }
    golden.check("validator_sets.json");
}

/// Certificates, and the votes that their signatures are over.
#[test]
fn golden_certificates() {
    let mut golden = Golden::default();
    for (name, stakes, seeds) in [("one of one", &[1_000][..], &[5][..]), ("three of four", &[1, 1, 1, 1], &[5, 6, 8])]
    {
        let certificate = certificate(seeds);
        signer().verify_certificate(&chain(), &certificate, &validators(stakes)).unwrap();
        golden.case(name, [("bytes", bytes(&certificate)), ("vote", bytes(&certificate.vote(&chain())))]);
    }
    golden.check("certificates.json");
}
