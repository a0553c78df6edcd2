//! Tests of signed messages: what a signature is good for, and above all what it is not.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{
    MESSAGE_BYTES_MAX, MESSAGE_SIGNATURE_BYTES_MAX, Message, MessageSignature, MessageSignatureError, SignMessageError,
    Standing, VerifyMessageError,
};
use crate::{
    Address, Authority, BasicCrypto, Network, SignedTransaction, Signer, Verifier,
    crypto::{SignError, VerifyError, sign_transaction},
    samples::{address, authority, chain, nano, public, signer},
    transaction::{KeySignature, Output, TransactionBuilder},
};

/// What is signed here.
const TEXT: &[u8] = "I am who pays you · 是我".as_bytes();

/// The message of an account on the development network.
fn message(address: Address) -> Message<'static> {
    Message { network: Network::Dev, address, bytes: TEXT }
}

/// The signature of an authority's account by the keys of all seeds.
fn signed(authority: Authority) -> MessageSignature {
    let message = message(authority.address());
    MessageSignature::sign(&signer(1..=9), authority, &message).unwrap()
}

/// What is found out about a signature of [`TEXT`].
fn verify(signature: &MessageSignature) -> Result<Standing, VerifyMessageError> {
    signature.verify(&BasicCrypto::default(), TEXT)
}

/// An account signs with its first authority or a later one, of one key or several, and the two are told apart.
#[test]
fn good_signatures() {
    for first in [authority(1, [1]), authority(2, [1, 2, 3])] {
        let signature = signed(first.clone());
        assert_eq!(verify(&signature), Ok(Standing::First));
        assert_eq!(signature.signatures.len(), usize::from(first.threshold()));
    }
    let later = MessageSignature::sign(&signer([2]), authority(1, [2]), &message(authority(1, [1]).address())).unwrap();
    assert_eq!(verify(&later), Ok(Standing::Later));
}

/// A signature is of one message, one account, one network and one set of keys.
#[test]
fn other_facts() {
    let good = signed(authority(1, [1]));
    let bad = Err(VerifyMessageError::BadSignature);
    assert_eq!(good.verify(&BasicCrypto::default(), b"I am who pays you"), bad);
    assert_eq!(verify(&MessageSignature { address: address(9), ..good.clone() }), bad);
    assert_eq!(verify(&MessageSignature { network: Network::Main, ..good.clone() }), bad);
    assert_eq!(verify(&MessageSignature { authority: authority(1, [2]), ..good.clone() }), bad);

    let two = signed(authority(2, [1, 2, 3]));
    let one_twice = MessageSignature { signatures: vec![two.signatures[0]; 2], ..two.clone() };
    assert!(matches!(verify(&one_twice), Err(VerifyMessageError::Signatures(_))));
    let one_missing = MessageSignature { signatures: vec![two.signatures[0]], ..two.clone() };
    assert!(matches!(verify(&one_missing), Err(VerifyMessageError::Signatures(_))));
    let unknown = KeySignature { key: 3, ..two.signatures[1] };
    let by_unknown = MessageSignature { signatures: vec![two.signatures[0], unknown], ..two };
    assert!(matches!(verify(&by_unknown), Err(VerifyMessageError::Signatures(_))));
}

/// Without enough keys, or beyond the limit, nothing is signed.
#[test]
fn refusals_to_sign() {
    let two = authority(2, [1, 2, 3]);
    let refusal = MessageSignature::sign(&signer([3]), two.clone(), &message(two.address()));
    assert_eq!(refusal, Err(SignMessageError::Sign(SignError::NotEnoughKeys { needed: 2, found: 1 })));
    let longest = vec![b'x'; MESSAGE_BYTES_MAX];
    let sign =
        |bytes| MessageSignature::sign(&signer([1]), authority(1, [1]), &Message { bytes, ..message(address(1)) });
    assert!(sign(&longest).is_ok());
    let longer = vec![b'x'; MESSAGE_BYTES_MAX + 1];
    assert_eq!(sign(&longer), Err(SignMessageError::TooLong(MESSAGE_BYTES_MAX + 1)));
}

/// A signed transaction of the account of the first key.
fn transaction() -> SignedTransaction {
    let output = Output { to: address(2), amount: nano(5), memo: String::new() };
    let body = TransactionBuilder::transfer(chain(), authority(1, [1]), vec![output]).build(1).unwrap();
    sign_transaction(&signer([1]), body).unwrap()
}

/// Signing the bytes of a transaction as a message, in whatever form, gives no signature of the transaction.
#[test]
fn message_is_no_transaction() {
    let good = transaction();
    let crypto = BasicCrypto::default();
    assert_eq!(crypto.verify_transaction(&good), Ok(()));
    let body = borsh::to_vec(&good.transaction).unwrap();
    let hash = good.transaction.signing_hash();
    for bytes in [body.as_slice(), hash.as_bytes(), &good.to_bytes()] {
        let message = Message { bytes, ..message(good.transaction.sender) };
        let signature = signer([1]).sign_message(&public(1), &message).unwrap();
        let mut forged = good.clone();
        forged.signatures[0].signature = signature;
        assert_eq!(crypto.verify_transaction(&forged), Err(VerifyError::BadSignature));
    }
}

/// The signature of a transaction is none of a message, whichever of the transaction's bytes the message has.
#[test]
fn transaction_is_no_message() {
    let good = transaction();
    let body = borsh::to_vec(&good.transaction).unwrap();
    let hash = good.transaction.signing_hash();
    for bytes in [body.as_slice(), hash.as_bytes(), &good.to_bytes()] {
        for network in Network::ALL {
            let forged = MessageSignature {
                network,
                address: good.transaction.sender,
                authority: good.transaction.authority.clone(),
                signatures: good.signatures.clone(),
            };
            let verdict = forged.verify(&BasicCrypto::default(), bytes);
            assert_eq!(verdict, Err(VerifyMessageError::BadSignature));
        }
    }
}

/// The document of a signature after `edit`.
fn edited(edit: impl FnOnce(&mut Value)) -> Result<MessageSignature, MessageSignatureError> {
    let mut document: Value = serde_json::from_str(&signed(authority(2, [1, 2, 3])).to_json()).unwrap();
    edit(&mut document);
    MessageSignature::from_json(document.to_string().as_bytes())
}

/// A document says what the signature says, and one of another shape is refused with the reason.
#[test]
fn documents() {
    assert_eq!(edited(|_| {}), Ok(signed(authority(2, [1, 2, 3]))));
    let version = edited(|document| *document = json!({ "version": 2, "shape": "unknown" }));
    assert_eq!(version, Err(MessageSignatureError::UnsupportedVersion { found: 2 }));
    let address = edited(|document| document["address"] = json!("dfaic1qqq"));
    assert!(matches!(address, Err(MessageSignatureError::BadAddress { .. })));
    let key = edited(|document| document["authority"]["ed25519_keys"][0] = json!("00".repeat(32)));
    assert!(matches!(key, Err(MessageSignatureError::BadKey { .. })));
    let order = edited(|document| document["authority"]["ed25519_keys"].as_array_mut().unwrap().reverse());
    assert!(matches!(order, Err(MessageSignatureError::BadAuthority { .. })));
    let threshold = edited(|document| document["authority"]["threshold"] = json!(4));
    assert!(matches!(threshold, Err(MessageSignatureError::BadAuthority { .. })));
    let malformed: [fn(&mut Value); 4] = [
        |document| document["extra"] = json!(1),
        |document| document["signatures"][0]["key"] = json!(256),
        |document| document["signatures"][0]["signature"] = json!("00"),
        |document| drop(document.as_object_mut().unwrap().remove("authority")),
    ];
    for edit in malformed {
        assert!(matches!(edited(edit), Err(MessageSignatureError::Malformed { .. })));
    }
    let large = vec![b' '; MESSAGE_SIGNATURE_BYTES_MAX + 1];
    assert_eq!(MessageSignature::from_json(&large), Err(MessageSignatureError::TooLarge));
}

proptest! {
    /// A signature holds for its message only, and its document gives it back.
    #[test]
    fn round_trip(threshold in 1_u8..=3, bytes: Vec<u8>, other: Vec<u8>) {
        let authority = authority(threshold, [1, 2, 3]);
        let message = Message { bytes: &bytes, ..message(authority.address()) };
        let signature = MessageSignature::sign(&signer(1..=3), authority, &message).unwrap();
        let read = MessageSignature::from_json(signature.to_json().as_bytes()).unwrap();
        prop_assert_eq!(&read, &signature);
        let crypto = BasicCrypto::default();
        prop_assert_eq!(read.verify(&crypto, &bytes), Ok(Standing::First));
        prop_assert_eq!(read.verify(&crypto, &other).is_ok(), bytes == other);
    }

    /// No bytes make the reader panic, and what it accepts it writes back with the same meaning.
    #[test]
    fn any_bytes_are_answered(position: prop::sample::Index, byte: u8) {
        let mut json = signed(authority(1, [1])).to_json().into_bytes();
        let position = position.index(json.len());
        json[position] = byte;
        if let Ok(read) = MessageSignature::from_json(&json) {
            prop_assert_eq!(MessageSignature::from_json(read.to_json().as_bytes()), Ok(read.clone()));
            let _verdict = verify(&read);
        }
    }
}
