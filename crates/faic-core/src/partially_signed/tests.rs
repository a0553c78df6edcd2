//! Tests of transactions that are signed in several places.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{CombineError, PARTIALLY_SIGNED_BYTES_MAX, PartiallySignedError, PartiallySignedTransaction, Role};
use crate::{
    Amount, BasicCrypto, Network, Transaction, Verifier,
    samples::{address, any_transaction, authority, chain, nano, output, public, signer, transfer, transfer_by},
    transaction::{Action, OUTPUTS_MAX, Output, TransactionBuilder, TransactionError},
};

/// A transfer that two of the keys 1, 2 and 3 must sign.
fn joint() -> PartiallySignedTransaction {
    PartiallySignedTransaction::new(Network::Dev, transfer_by(authority(2, [1, 2, 3]))).unwrap()
}

/// A transfer of the key of seed 1 whose fee two of the keys 4, 5 and 6 pay.
fn sponsored() -> PartiallySignedTransaction {
    let payer = authority(2, [4, 5, 6]);
    let transaction = TransactionBuilder::transfer(chain(), authority(1, [1]), vec![output()])
        .fee_payer(payer.address(), payer)
        .build(1)
        .unwrap();
    PartiallySignedTransaction::new(Network::Dev, transaction).unwrap()
}

/// The transaction with the signatures of these seeds.
fn signed_by(
    mut transaction: PartiallySignedTransaction,
    seeds: impl IntoIterator<Item = u8>,
) -> PartiallySignedTransaction {
    transaction.sign(&signer(seeds)).unwrap();
    transaction
}

/// The document as a value that can be tampered with.
fn document(transaction: &PartiallySignedTransaction) -> Value {
    serde_json::from_str(&transaction.to_json()).unwrap()
}

/// Reads a document that was tampered with.
fn read(document: &Value) -> Result<PartiallySignedTransaction, PartiallySignedError> {
    PartiallySignedTransaction::read(document.to_string().as_bytes())
}

/// Signers add one signature each, and the last one completes it; then the ledger's own check holds.
#[test]
fn two_of_three() {
    let one = signed_by(joint(), [2]);
    assert_eq!((one.missing(Role::Sender), one.signers(Role::Sender)), (1, vec![public(2)]));
    let incomplete = one.complete().unwrap_err();
    assert!(incomplete.to_string().starts_with("1 of 2 signatures of the sender dfaic1"), "{incomplete}");
    let mut both = one.clone();
    assert_eq!(both.combine(&signed_by(joint(), [1])), Ok(1));
    let signed = both.complete().unwrap();
    assert_eq!(BasicCrypto::default().verify_transaction(&signed), Ok(()));
    assert_eq!(signed.id(), joint().id());
}

/// Sender and fee payer sign in their own roles, in any order.
#[test]
fn fee_payer() {
    let mut transaction = sponsored();
    assert_eq!(transaction.roles_of(&[public(5)]), [Role::FeePayer]);
    assert_eq!(transaction.sign(&signer([5])), Ok(vec![(Role::FeePayer, public(5))]));
    assert_eq!(transaction.sign(&signer([1])), Ok(vec![(Role::Sender, public(1))]));
    let incomplete = transaction.complete().unwrap_err();
    assert!(incomplete.to_string().starts_with("1 of 2 signatures of the fee payer"), "{incomplete}");
    let signed = signed_by(transaction, [6]).complete().unwrap();
    assert_eq!(BasicCrypto::default().verify_transaction(&signed), Ok(()));
}

/// A key signs once, strangers not at all, and nobody more than is needed.
#[test]
fn only_what_is_needed() {
    let mut transaction = signed_by(joint(), [3]);
    assert_eq!(transaction.sign(&signer([3])), Ok(vec![]));
    assert_eq!(transaction.sign(&signer([9])), Ok(vec![]));
    assert_eq!(transaction.roles_of(&[public(9)]), []);
    assert_eq!(transaction.sign(&signer([1, 2])).unwrap().len(), 1);
    assert_eq!(transaction.missing(Role::Sender), 0);
}

/// Of more signatures than are needed those of the first keys stay, in whatever order files come.
#[test]
fn combined_in_any_order() {
    let parts = [1, 2, 3].map(|seed| signed_by(joint(), [seed]));
    let combine = |order: [usize; 3]| {
        let mut all = joint();
        for index in order {
            all.combine(&parts[index]).unwrap();
        }
        all
    };
    let expected = combine([0, 1, 2]);
    for order in [[0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        assert_eq!(combine(order), expected);
    }
    assert!(expected.complete().is_ok());
}

/// Another transaction is not combined.
#[test]
fn another_transaction() {
    let (mut one, other) = (joint(), sponsored());
    let error = CombineError::OtherTransaction { expected: one.id(), found: other.id() };
    assert_eq!(one.combine(&other), Err(error));
    let elsewhere = PartiallySignedTransaction::new(Network::Main, one.transaction.clone()).unwrap();
    let error = CombineError::OtherNetwork { expected: Network::Dev, found: Network::Main };
    assert_eq!(one.combine(&elsewhere), Err(error));
}

/// A readable part that says something else than the bytes is refused, and what differs is named.
#[test]
fn tampered_readable_part() {
    let places: [(&str, Value, &str); 9] = [
        ("/id", json!("00"), "id"),
        ("/chain_id", json!("faic-main"), "chain_id"),
        ("/signed_bytes", json!(1), "signed_bytes"),
        ("/transaction/fee", json!("1"), "transaction.fee"),
        ("/transaction/valid_until", json!(7), "transaction.valid_until"),
        ("/transaction/action/outputs/0/amount", json!("1"), "transaction.action.outputs[0].amount"),
        (
            "/transaction/action/outputs/0/to",
            json!(address(1).encode(Network::Dev)),
            "transaction.action.outputs[0].to",
        ),
        ("/transaction/action/outputs", json!([]), "transaction.action.outputs"),
        ("/transaction/authority/threshold", json!(1), "transaction.authority.threshold"),
    ];
    for (place, value, expected) in places {
        let mut document = document(&joint());
        *document.pointer_mut(place).unwrap() = value;
        match read(&document) {
            Err(PartiallySignedError::Differs { field, .. }) => assert_eq!(field, expected),
            other => panic!("{place}: {other:?}"),
        }
    }
    let mut other_kind = document(&joint());
    other_kind["transaction"]["action"] = json!({"kind": "withdraw"});
    assert!(matches!(read(&other_kind), Err(PartiallySignedError::Differs { .. })));
    let mut other_network = document(&joint());
    other_network["transaction"]["sender"] = json!(joint().transaction.sender.encode(Network::Main));
    assert!(matches!(read(&other_network), Err(PartiallySignedError::Differs { .. })));
}

/// Bytes that were changed have another id, and so no signature holds.
#[test]
fn tampered_bytes() {
    let signed = signed_by(joint(), [1]);
    let Action::Transfer { outputs } = &signed.transaction.action else { panic!("it is a transfer") };
    let more = Output { amount: nano(6), ..outputs[0].clone() };
    let transaction = Transaction { action: Action::Transfer { outputs: vec![more] }, ..signed.transaction.clone() };
    let mut only_bytes = document(&signed);
    only_bytes["unsigned"] = json!(hex::encode(transaction.to_bytes()));
    assert!(matches!(read(&only_bytes), Err(PartiallySignedError::Differs { field, .. }) if field == "id"));
    let mut all = document(&PartiallySignedTransaction::new(Network::Dev, transaction).unwrap());
    all["signatures"] = document(&signed)["signatures"].clone();
    assert_eq!(read(&all), Err(PartiallySignedError::BadSignature { role: Role::Sender, key: public(1) }));
}

/// The key at a position of the joint authority.
fn public_of(position: usize) -> crate::PublicKey {
    let crate::authority::AuthorityKey::Ed25519(key) = joint().transaction.authority.keys()[position];
    key
}

/// Signatures of strangers, twice, out of order, too many, or for a fee payer that there is not.
#[test]
fn tampered_signatures() {
    let part = |seeds: &[u8]| document(&signed_by(joint(), seeds.iter().copied()))["signatures"].clone();
    let with = |field: &str, signatures: Value| {
        let mut document = document(&joint());
        document[field] = signatures;
        read(&document)
    };
    let all: Vec<Value> = [1, 2, 3].iter().flat_map(|seed| part(&[*seed]).as_array().unwrap().clone()).collect();
    let mut sorted = all.clone();
    sorted.sort_by_key(|signature| signature["key"].as_u64());
    let role = Role::Sender;
    assert_eq!(
        with("signatures", json!(sorted)),
        Err(PartiallySignedError::TooManySignatures { role, needed: 2, found: 3 })
    );
    let order = Err(PartiallySignedError::SignatureOrder { role });
    assert_eq!(with("signatures", json!([sorted[1], sorted[0]])), order);
    assert_eq!(with("signatures", json!([sorted[0], sorted[0]])), order);
    let mut foreign = sorted[0].clone();
    foreign["key"] = json!(1);
    assert_eq!(
        with("signatures", json!([foreign])),
        Err(PartiallySignedError::BadSignature { role, key: public_of(1) })
    );
    foreign["key"] = json!(3);
    assert_eq!(with("signatures", json!([foreign])), Err(PartiallySignedError::UnknownKey { role, position: 3 }));
    assert!(matches!(
        with("fee_payer_signatures", json!([sorted[0]])),
        Err(PartiallySignedError::TooManySignatures { role: Role::FeePayer, needed: 0, found: 1 })
    ));
}

/// What is no document is refused: another version, unknown and double fields, rules of the ledger.
#[test]
fn no_document() {
    let mut later = document(&joint());
    later["version"] = json!(2);
    assert_eq!(read(&later), Err(PartiallySignedError::UnsupportedVersion { found: 2 }));
    let malformed = |text: &str| {
        let read = PartiallySignedTransaction::read(text.as_bytes());
        assert!(matches!(read, Err(PartiallySignedError::Malformed { .. })), "{read:?}");
    };
    let text = joint().to_json();
    malformed("");
    malformed(&text.replacen("{", "{\"more\": 1,", 1));
    malformed(&text.replacen("\"fee\":", "\"fee\": \"1\", \"fee\":", 1));
    malformed(&text.replacen("\"kind\":", "\"kind\": \"transfer\", \"kind\":", 1));
    malformed(&text.replacen("\"kind\":", "\"more\": 1, \"kind\":", 1));
    malformed(&(text + "{}"));
    let no_outputs = Transaction { action: Action::Transfer { outputs: vec![] }, ..transfer() };
    let refused = PartiallySignedTransaction::new(Network::Dev, no_outputs);
    assert_eq!(refused, Err(TransactionError::NoOutputs.into()));
    let mut bond = transfer();
    bond.action = crate::samples::bond(5, Amount::ZERO);
    bond.sender = address(9);
    assert_eq!(PartiallySignedTransaction::new(Network::Dev, bond), Err(PartiallySignedError::BadPossession));
}

/// The largest transaction fits the document, and a larger text is refused before it is read.
#[test]
fn largest_document() {
    let memo = "\u{1}".repeat(64);
    let outputs = vec![Output { to: address(1), amount: nano(1_000_000_000_000_000), memo: memo.clone() }; OUTPUTS_MAX];
    let payer = authority(16, 1..=16);
    let transaction = TransactionBuilder::transfer(chain(), authority(16, 1..=16), outputs)
        .fee_payer(address(7), payer)
        .memo(memo)
        .build(1)
        .unwrap();
    let signed = signed_by(PartiallySignedTransaction::new(Network::Test, transaction).unwrap(), 1..=16);
    assert!(signed.complete().is_ok());
    let json = signed.to_json();
    assert!(json.len() <= PARTIALLY_SIGNED_BYTES_MAX, "{} bytes", json.len());
    assert_eq!(PartiallySignedTransaction::read(json.as_bytes()), Ok(signed.clone()));
    assert_eq!(PartiallySignedTransaction::read(signed.to_text().as_bytes()), Ok(signed));
    for text in
        [" ".repeat(PARTIALLY_SIGNED_BYTES_MAX + 1), "faic-tx:".to_owned() + &"q".repeat(PARTIALLY_SIGNED_BYTES_MAX)]
    {
        assert_eq!(PartiallySignedTransaction::read(text.as_bytes()), Err(PartiallySignedError::TooLarge));
    }
}

/// A compact text is read in either case and with the line break of its file; what was not copied whole is told.
#[test]
fn compact_text() {
    let signed = signed_by(joint(), [1]);
    let text = signed.to_text();
    assert_eq!(PartiallySignedTransaction::from_text(&text), Ok(signed.clone()));
    assert_eq!(PartiallySignedTransaction::read(format!("{}\n", text.to_uppercase()).as_bytes()), Ok(signed));
    let mixed = text.replacen("faic-tx", "FAIC-TX", 1);
    for (text, expected) in [
        (mixed.as_str(), PartiallySignedError::BadText),
        ("faic-tx:", PartiallySignedError::BadText),
        ("faic-tx:qqqqb", PartiallySignedError::BadText),
        (&text[..text.len() - 8], PartiallySignedError::BadChecksum),
        (&text.replacen("faic-tx:q", "faic-tx:p", 1), PartiallySignedError::BadChecksum),
    ] {
        assert_eq!(PartiallySignedTransaction::read(text.as_bytes()), Err(expected), "{text}");
    }
}

proptest! {
    /// Both forms of any transaction, with any of its signatures, are read as what was written, and have one spelling.
    #[test]
    fn round_trips(transaction in any_transaction(), network in 0_usize..3, seeds in proptest::collection::btree_set(1_u8..=16, 0..16)) {
        let network = Network::ALL[network];
        prop_assume!(transaction.check().is_ok());
        let signed = signed_by(PartiallySignedTransaction::new(network, transaction).unwrap(), seeds);
        let (json, text) = (signed.to_json(), signed.to_text());
        prop_assert_eq!(&PartiallySignedTransaction::read(json.as_bytes()), &Ok(signed.clone()));
        prop_assert_eq!(&PartiallySignedTransaction::read(text.as_bytes()), &Ok(signed.clone()));
        if let Ok(complete) = signed.complete() {
            prop_assert_eq!(BasicCrypto::default().verify_transaction(&complete), Ok(()));
        }
    }

    /// No change of one letter of a compact text is read as another transaction.
    #[test]
    fn one_letter_changed(index in any::<prop::sample::Index>(), letter in "[a-z0-9]") {
        let text = signed_by(joint(), [1]).to_text();
        let index = index.index(text.len());
        let changed = format!("{}{letter}{}", &text[..index], &text[index + 1..]);
        prop_assume!(changed != text);
        prop_assert!(PartiallySignedTransaction::read(changed.as_bytes()).is_err());
    }
}
