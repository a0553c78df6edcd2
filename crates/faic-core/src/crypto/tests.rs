//! Tests of signatures: each is good for one purpose, one chain, one content and one key.

use super::{BasicCrypto, KeyManager, SignError, Signer, Verifier, VerifyError, sign_transaction};
use crate::{
    Address, ChainId, Domain, Hash, Signature, SignedTransaction, Transaction,
    block::{Certificate, VoteSignature},
    samples::{address, authority, bond, chain, nano, output, public, secret, signed, signer, transfer, transfer_by},
    transaction::{Action, FeePayer, KeySignature, Output, TransactionError},
    vote::{Vote, VoteKind},
};

mod batches;
mod certificates;

/// The order L of ed25519's group, little-endian (RFC 8032, §5.1).
const GROUP_ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

/// A precommit of the samples' chain.
fn vote(height: u64, round: u32, block: Hash) -> Vote {
    Vote { chain_id: chain(), kind: VoteKind::Precommit, height, round, block: Some(block) }
}

/// The verdict on one transaction.
fn verify(transaction: &SignedTransaction) -> Result<(), VerifyError> {
    BasicCrypto::default().verify_transaction(transaction)
}

/// The same signature with L added to s: the same equation, another spelling; of what is no signature, other bytes.
fn malleated(signature: &Signature) -> Signature {
    let mut bytes = *signature.as_bytes();
    let mut carry = 0;
    for (byte, order) in bytes[32..].iter_mut().zip(GROUP_ORDER) {
        let sum = u16::from(*byte) + u16::from(order) + carry;
        *byte = (sum & 0xff).try_into().unwrap();
        carry = sum >> 8;
    }
    Signature::from_bytes(bytes)
}

/// The transaction with its first signature replaced.
fn with_signature(mut transaction: SignedTransaction, signature: Signature) -> SignedTransaction {
    transaction.signatures[0].signature = signature;
    transaction
}

/// A transfer whose fee the account of key 9 pays.
fn sponsored() -> Transaction {
    let payer = FeePayer { address: address(9), authority: authority(1, [9]) };
    Transaction { fee_payer: Some(payer), ..transfer() }
}

/// A transaction that was signed as it stands is accepted.
#[test]
fn good_signatures_are_accepted() {
    for transaction in [transfer(), transfer_by(authority(16, 1..=16)), sponsored()] {
        assert_eq!(verify(&signed(transaction)), Ok(()));
    }
}

/// A signature by another key than the authority's is refused.
#[test]
fn signature_by_another_key_is_refused() {
    let other = signer([2]).sign_transaction(&public(2), &transfer()).unwrap();
    assert_eq!(verify(&with_signature(signed(transfer()), other)), Err(VerifyError::BadSignature));
}

/// A signature under the number of another key of the same authority is refused.
#[test]
fn signature_under_another_number_is_refused() {
    let mut transaction = signed(transfer_by(authority(1, [1, 2])));
    assert_eq!(transaction.signatures[0].key, 0);
    transaction.signatures[0].key = 1;
    assert_eq!(verify(&transaction), Err(VerifyError::BadSignature));
}

/// A signature with s + L in the place of s satisfies the equation and is refused all the same.
#[test]
fn malleated_signature_is_refused() {
    let good = signed(transfer());
    let bad = with_signature(good.clone(), malleated(&good.signatures[0].signature));
    assert_ne!(bad, good);
    assert_eq!(bad.check(), Ok(()));
    assert_eq!(verify(&bad), Err(VerifyError::BadSignature));
    assert_eq!(BasicCrypto::default().verify_transactions(&[bad]), Err((0, VerifyError::BadSignature)));
}

/// A bond needs the signature of its validator key, made for this operator; a batch finds what is wrong too.
#[test]
fn bond_needs_possession() {
    let with = |action| signed(Transaction { action, ..transfer() });
    let good = with(bond(5, nano(7)));
    assert_eq!(verify(&good), Ok(()));
    let Action::Bond { possession, amount, .. } = bond(5, nano(7)) else { panic!("a bond is a bond") };
    let other_key = with(Action::Bond { key: public(6), possession, amount });
    let other_operator = signed(Transaction { sender: address(8), ..good.transaction.clone() });
    let nothing = with(Action::Bond { key: public(5), possession: Signature::from_bytes([0; 64]), amount });
    for bad in [other_key, other_operator, nothing] {
        assert_eq!(verify(&bad), Err(VerifyError::BadPossession));
        let batch = [good.clone(), bad, good.clone()];
        assert_eq!(BasicCrypto::default().verify_transactions(&batch), Err((1, VerifyError::BadPossession)));
    }
    assert_eq!(BasicCrypto::default().verify_transactions(&[good.clone(), good]), Ok(()));
}

/// A transaction that was signed for one chain is refused on another.
#[test]
fn signature_of_another_chain_is_refused() {
    let mut transaction = signed(transfer());
    transaction.transaction.chain_id = ChainId::new("faic-other").unwrap();
    assert_eq!(verify(&transaction), Err(VerifyError::BadSignature));
}

/// Whatever of the body changes after signing, the signatures do not cover it.
#[test]
fn changes_after_signing_are_refused() {
    let changes: [fn(&mut Transaction); 9] = [
        |transaction| transaction.sender = address(1),
        |transaction| transaction.nonce.lane = 1,
        |transaction| transaction.nonce.sequence = 1,
        |transaction| transaction.valid_until += 1,
        |transaction| transaction.fee = nano(1),
        |transaction| transaction.memo = "memo".to_owned(),
        |transaction| transaction.action = Action::Transfer { outputs: vec![Output { to: address(3), ..output() }] },
        |transaction| transaction.action = Action::Transfer { outputs: vec![Output { amount: nano(6), ..output() }] },
        |transaction| transaction.action = Action::SetAccount { authority: None, memo_required: Some(true) },
    ];
    for (place, change) in changes.iter().enumerate() {
        let mut transaction = signed(transfer());
        change(&mut transaction.transaction);
        assert_eq!(verify(&transaction), Err(VerifyError::BadSignature), "change {place}");
    }
}

/// Any two of three keys pay; one is not enough to sign, and a second signature by it neither.
#[test]
fn two_of_three() {
    let transaction = transfer_by(authority(2, [1, 2, 3]));
    for seeds in [[1, 2], [1, 3], [2, 3]] {
        assert_eq!(verify(&sign_transaction(&signer(seeds), transaction.clone()).unwrap()), Ok(()));
    }
    let alone = sign_transaction(&signer([1, 7]), transaction.clone());
    assert_eq!(alone, Err(SignError::NotEnoughKeys { needed: 2, found: 1 }));
    let mut twice = sign_transaction(&signer([1, 2]), transaction).unwrap();
    twice.signatures = vec![twice.signatures[0]; 2];
    assert_eq!(verify(&twice), Err(VerifyError::Transaction(TransactionError::SignatureKeys)));
    twice.signatures.truncate(1);
    let error = TransactionError::SignatureCount { expected: 2, found: 1 };
    assert_eq!(verify(&twice), Err(VerifyError::Transaction(error)));
}

/// One bad signature among several good ones is enough to refuse.
#[test]
fn every_signature_counts() {
    let good = signed(transfer_by(authority(3, 1..=5)));
    for place in 0..3 {
        let mut bad = good.clone();
        bad.signatures[place].signature = malleated(&good.signatures[place].signature);
        assert_eq!(verify(&bad), Err(VerifyError::BadSignature), "signature {place}");
    }
}

/// The fee payer signs too, with its own key, over the same body.
#[test]
fn fee_payer_must_sign() {
    assert_eq!(sign_transaction(&signer([1]), sponsored()), Err(SignError::NotEnoughKeys { needed: 1, found: 0 }));
    let good = sign_transaction(&signer([1, 9]), sponsored()).unwrap();
    assert_eq!(verify(&good), Ok(()));
    let by_sender = SignedTransaction { fee_payer_signatures: good.signatures.clone(), ..good.clone() };
    assert_eq!(verify(&by_sender), Err(VerifyError::BadSignature));
    let without = SignedTransaction { fee_payer_signatures: Vec::new(), ..good };
    let error = TransactionError::SignatureCount { expected: 1, found: 0 };
    assert_eq!(verify(&without), Err(VerifyError::Transaction(error)));
}

/// A sponsor who signed for one transfer has not signed for the same transfer with a higher fee, or another sponsor.
#[test]
fn fee_payer_signature_covers_the_fee_and_the_payer() {
    let good = signed(sponsored());
    let mut dearer = good.clone();
    dearer.transaction.fee = nano(1_000_000);
    dearer.signatures = signed(dearer.transaction.clone()).signatures;
    assert_eq!(verify(&dearer), Err(VerifyError::BadSignature));
    let mut other = good;
    let payer = FeePayer { address: address(10), authority: authority(1, [9]) };
    other.transaction.fee_payer = Some(payer);
    other.signatures = signed(other.transaction.clone()).signatures;
    assert_eq!(verify(&other), Err(VerifyError::BadSignature));
}

/// Broken rules are told apart from bad signatures, and come first.
#[test]
fn rules_come_before_signatures() {
    let mut transaction = signed(transfer());
    transaction.transaction.nonce.lane = 16;
    assert_eq!(verify(&transaction), Err(VerifyError::Transaction(TransactionError::Lane(16))));
}

/// A validator's vote is no signature of a transaction, even by the same key over the same bytes.
#[test]
fn vote_is_no_transaction_signature() {
    let transaction = transfer();
    let signature = signer([1]).sign_vote(&public(1), &vote(1, 0, transaction.id())).unwrap();
    assert_eq!(verify(&with_signature(signed(transaction.clone()), signature)), Err(VerifyError::BadSignature));
    let body = borsh::to_vec(&transaction).unwrap();
    let as_block = secret(1).sign(Domain::SignVote.hash(&[&body]).as_bytes());
    assert_eq!(verify(&with_signature(signed(transaction), as_block)), Err(VerifyError::BadSignature));
}

/// A signature over the bare id of a transaction is no signature of the transaction.
#[test]
fn signature_of_the_id_is_refused() {
    let transaction = transfer();
    let over_id = secret(1).sign(transaction.id().as_bytes());
    let over_bytes = secret(1).sign(&borsh::to_vec(&transaction).unwrap());
    for signature in [over_id, over_bytes] {
        assert_eq!(verify(&with_signature(signed(transaction.clone()), signature)), Err(VerifyError::BadSignature));
    }
}

/// A key that is not at hand signs nothing; a key that was removed is not at hand.
#[test]
fn keys_at_hand() {
    let mut keys = KeyManager::default();
    let key = keys.add(secret(1));
    assert!(keys.remove(&key));
    assert!(!keys.remove(&key));
    let crypto = BasicCrypto { key_manager: keys };
    assert_eq!(crypto.public_keys(), Vec::new());
    assert_eq!(crypto.sign_vote(&key, &vote(1, 0, Hash::ZERO)), Err(SignError::UnknownKey(key)));
    assert_eq!(crypto.sign_transaction(&key, &transfer()), Err(SignError::UnknownKey(key)));
}

/// `Debug` of a signer shows public keys and no secret.
#[test]
fn debug_shows_no_secret() {
    let text = format!("{:?}", signer([1, 2]));
    assert!(text.contains(&public(1).to_string()));
    for seed in [1, 2] {
        assert!(!text.contains(&hex::encode(*secret(seed).seed())));
    }
}
