//! Transactions that clients sign themselves.

use base64::{Engine, prelude::BASE64_STANDARD};
use faic_core::{
    Amount, Authority, BasicCrypto, ChainId, Signature, Signer,
    transaction::{Action, Output},
};
use faic_node::dev;
use hyper::Method;
use serde_json::json;

use crate::node::{TestNode, rich, sign, transfer_of};

#[tokio::test]
async fn hexadecimal_base64_and_bytes_are_the_same_transaction() {
    let node = TestNode::start().await;
    let signed = sign(transfer_of(0), 0);
    let (id, bytes) = (signed.id().to_string(), signed.to_bytes());
    let texts = [hex::encode(&bytes), BASE64_STANDARD.encode(&bytes)];
    let mut statuses = Vec::new();
    for text in texts {
        let answer = node.call(Method::POST, "/v1/transactions").json(&json!({ "transaction": text })).send().await;
        assert_eq!(answer.text("id"), id);
        statuses.push(answer.status);
    }
    assert_eq!(statuses, [202, 200]);
    assert_eq!(node.submit(bytes.clone()).await.status, 200);
    let first = node.wait_final(&id).await;
    // Once more after it is final: it is not paid twice.
    let again = node.submit(bytes).await;
    assert_eq!((again.status, again.text("state").as_str()), (200, "final"));
    assert_eq!(node.wait_final(&id).await, first);
}

#[tokio::test]
async fn every_broken_rule_has_its_code() {
    let node = TestNode::start().await;
    let first = sign(transfer_of(0), 0);
    node.submit(first.to_bytes()).await;
    node.wait_final(&first.id().to_string()).await;

    let mut other_chain = transfer_of(1);
    other_chain.chain_id = ChainId::new("faic-main").unwrap();
    let mut expired = transfer_of(1);
    expired.valid_until = 0;
    let mut too_long = transfer_of(1);
    too_long.valid_until = u64::MAX;
    let mut cheap = transfer_of(1);
    cheap.fee = Amount::ZERO;
    let mut replay = transfer_of(0);
    replay.memo = "again".to_owned();
    let mut overspent = transfer_of(1);
    if let Action::Transfer { outputs } = &mut overspent.action {
        outputs[0].amount = Amount::from_faic(100_000_000).unwrap();
    }
    let mut crowded = transfer_of(1);
    let one = Output { to: dev::accounts()[1].address, amount: Amount::from_faic(1).unwrap(), memo: String::new() };
    crowded.action = Action::Transfer { outputs: vec![one; 257] };
    let mut long_memo = transfer_of(1);
    long_memo.memo = "x".repeat(65);
    let mut no_lane = transfer_of(1);
    no_lane.nonce.lane = 16;
    for (transaction, status, code) in [
        (crowded, 422, "invalid_transaction"),
        (long_memo, 422, "invalid_transaction"),
        (no_lane, 422, "invalid_transaction"),
        (other_chain, 422, "wrong_chain"),
        (expired, 422, "transaction_expired"),
        (too_long, 422, "valid_until_too_far"),
        (cheap, 422, "fee_too_low"),
        (overspent, 422, "insufficient_balance"),
        (replay, 409, "sequence_used"),
        (transfer_of(9), 409, "sequence_too_far"),
    ] {
        let answer = node.submit(sign(transaction, 0).to_bytes()).await;
        assert_eq!((answer.status, answer.problem().as_str()), (status, code));
    }
}

#[tokio::test]
async fn signatures_that_do_not_hold_are_refused() {
    let node = TestNode::start().await;
    let good = sign(transfer_of(0), 0);
    let mut altered = good.clone();
    altered.transaction.memo = "altered".to_owned();
    let mut garbage = good.clone();
    garbage.signatures[0].signature = Signature::from_bytes([0xff; 64]);
    // s + L, which verifies where s is not reduced (RFC 8032, §5.1.7).
    let mut malleated = good.clone();
    malleated.signatures[0].signature = add_order(&good.signatures[0].signature);
    let mut missing = good.clone();
    missing.signatures.clear();
    let mut twice = good.clone();
    twice.signatures.push(twice.signatures[0]);
    let other = BasicCrypto { key_manager: [rich(1)].into_iter().collect() };
    let mut by_other = good.clone();
    by_other.signatures[0].signature = other.sign_transaction(&rich(1).public_key(), &good.transaction).unwrap();
    for signed in [altered, garbage, malleated, missing, twice, by_other] {
        let answer = node.submit(signed.to_bytes()).await;
        assert_eq!((answer.status, answer.problem().as_str()), (422, "invalid_signature"));
    }
    let mut foreign = transfer_of(0);
    foreign.authority = Authority::single(rich(1).public_key());
    let answer = node.submit(sign(foreign, 1).to_bytes()).await;
    assert_eq!((answer.status, answer.problem().as_str()), (422, "not_the_authority"));
}

/// The bytes of a known transaction with another signature are a forgery until that signature holds.
#[tokio::test]
async fn a_known_transaction_with_another_signature_is_refused() {
    let node = TestNode::start().await;
    let good = sign(transfer_of(0), 0);
    let mut flipped = good.clone();
    let mut bytes = *good.signatures[0].signature.as_bytes();
    bytes[40] ^= 1;
    flipped.signatures[0].signature = Signature::from_bytes(bytes);
    assert_eq!(flipped.id(), good.id());
    assert_eq!(node.submit(good.to_bytes()).await.status, 202);
    // It is refused while the good one waits, and when it is final.
    let refused = node.submit(flipped.to_bytes()).await;
    assert_eq!((refused.status, refused.problem().as_str()), (422, "invalid_signature"));
    node.wait_final(&good.id().to_string()).await;
    let refused = node.submit(flipped.to_bytes()).await;
    assert_eq!((refused.status, refused.problem().as_str()), (422, "invalid_signature"));
    assert_eq!(node.submit(good.to_bytes()).await.status, 200);
}

/// The signature with the group's order added to s.
fn add_order(signature: &Signature) -> Signature {
    const ORDER: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let mut bytes = *signature.as_bytes();
    let mut carry = 0;
    for (byte, order) in bytes[32..].iter_mut().zip(ORDER) {
        let sum = u16::from(*byte) + u16::from(order) + carry;
        *byte = sum.to_le_bytes()[0];
        carry = sum >> 8;
    }
    Signature::from_bytes(bytes)
}

#[tokio::test]
async fn garbage_bytes_are_refused() {
    let node = TestNode::start().await;
    let good = sign(transfer_of(0), 0).to_bytes();
    let mut trailing = good.clone();
    trailing.push(0);
    // A key whose y coordinate is not below the field prime (RFC 8032, §5.1.3).
    let mut not_canonical = good.clone();
    let key = *rich(0).public_key().as_bytes();
    let place = good.windows(32).position(|window| window == key).unwrap();
    not_canonical[place..place + 32].fill(0xff);
    let short = good[..good.len() - 1].to_vec();
    for bytes in [Vec::new(), vec![0xff; 500], short, trailing, not_canonical, vec![1; 49_153]] {
        let answer = node.submit(bytes).await;
        assert_eq!((answer.status, answer.problem().as_str()), (422, "invalid_transaction"));
    }
}
