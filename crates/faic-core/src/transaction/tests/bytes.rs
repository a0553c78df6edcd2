//! Tests of the canonical bytes of transactions: their layout, their one spelling, and what a stranger may send.

use proptest::{prelude::*, sample::Index};

use super::*;
use crate::{
    Signature,
    samples::{any_signed, any_transaction},
    transaction::TRANSACTION_VERSION,
};

/// Appends a text with its length, as borsh has it.
fn push_text(bytes: &mut Vec<u8>, text: &str) {
    bytes.extend(u32::try_from(text.len()).unwrap().to_le_bytes());
    bytes.extend(text.as_bytes());
}

/// Appends an authority of one key.
fn push_authority(bytes: &mut Vec<u8>, key: &PublicKey) {
    bytes.push(1);
    bytes.extend(1_u32.to_le_bytes());
    bytes.push(0);
    bytes.extend(key.as_bytes());
}

/// The bytes of a sponsored transfer, written field by field without the encoder.
#[test]
fn layout() {
    let transaction = Transaction {
        version: TRANSACTION_VERSION,
        chain_id: chain(),
        sender: address(0x11),
        authority: authority(1, [1]),
        nonce: Nonce { lane: 2, sequence: 3 },
        valid_until: 4,
        fee: nano(5),
        fee_payer: Some(FeePayer { address: address(0x22), authority: authority(1, [2]) }),
        memo: "whole".to_owned(),
        action: Action::Transfer {
            outputs: vec![Output { to: address(0x33), amount: nano(6), memo: "one".to_owned() }],
        },
    };
    let signature = |fill| vec![KeySignature { key: 0, signature: Signature::from_bytes([fill; 64]) }];
    let signed = SignedTransaction { transaction, signatures: signature(0x44), fee_payer_signatures: signature(0x55) };
    let mut bytes = vec![1];
    push_text(&mut bytes, "faic-test");
    bytes.extend([0x11; 32]);
    push_authority(&mut bytes, &public(1));
    bytes.push(2);
    for number in [3_u64, 4, 5] {
        bytes.extend(number.to_le_bytes());
    }
    bytes.push(1);
    bytes.extend([0x22; 32]);
    push_authority(&mut bytes, &public(2));
    push_text(&mut bytes, "whole");
    bytes.push(0);
    bytes.extend(1_u32.to_le_bytes());
    bytes.extend([0x33; 32]);
    bytes.extend(6_u64.to_le_bytes());
    push_text(&mut bytes, "one");
    for fill in [0x44, 0x55] {
        bytes.extend(1_u32.to_le_bytes());
        bytes.push(0);
        bytes.extend([fill; 64]);
    }
    assert_eq!(signed.to_bytes(), bytes);
    assert_eq!(SignedTransaction::from_bytes(&bytes), Ok(signed));
}

/// Asserts that bytes are refused as malformed.
fn assert_malformed(bytes: &[u8]) {
    let result = SignedTransaction::from_bytes(bytes);
    assert!(matches!(result, Err(TransactionError::Malformed(_))), "{result:?}");
}

/// Bytes after the transaction are refused.
#[test]
fn trailing_bytes_are_refused() {
    for extra in [&[0][..], &[1], &[0; 64]] {
        assert_malformed(&[signed(transfer()).to_bytes().as_slice(), extra].concat());
    }
}

/// A transaction that ends early is refused, wherever it is cut.
#[test]
fn truncated_bytes_are_refused() {
    let bytes = signed(transfer()).to_bytes();
    for length in 0..bytes.len() {
        assert_malformed(&bytes[..length]);
    }
}

/// A body over the limit is refused unread; one of exactly the limit is read.
#[test]
fn body_over_the_limit_is_refused() {
    let most = TRANSACTION_BYTES_MAX;
    assert_malformed(&vec![0; most]);
    assert_eq!(SignedTransaction::from_bytes(&vec![0; most + 1]), Err(TransactionError::TooLarge(most + 1)));
}

/// An amount that is negative as a signed number, or over the supply, is refused while reading.
#[test]
fn negative_and_too_large_amounts_are_refused() {
    let bytes = signed(transfer()).to_bytes();
    let amount = nano(5).nano().to_le_bytes();
    let at = bytes.windows(8).rposition(|window| window == amount).unwrap();
    for bad in [u64::MAX, (-5_i64).cast_unsigned(), Amount::SUPPLY_MAX.nano() + 1] {
        let mut bad_bytes = bytes.clone();
        bad_bytes[at..at + 8].copy_from_slice(&bad.to_le_bytes());
        assert_malformed(&bad_bytes);
    }
}

/// Unknown kinds of action, of key, of option and of flag are refused, not skipped.
#[test]
fn unknown_tags_are_refused() {
    let settings = Action::SetAccount { authority: None, memo_required: Some(true) };
    let good = signed(changed(|transaction| transaction.action = settings));
    let bytes = good.to_bytes();
    let [action, authority, memo_option, memo_flag] = [77, 76, 75, 74].map(|back| bytes.len() - back);
    assert_eq!(bytes[action..=memo_flag], [1, 0, 1, 1]);
    let key = 1 + (4 + 9) + 32 + (1 + 4);
    assert_eq!(bytes[key], 0);
    for place in [action, authority, memo_option, memo_flag, key] {
        for unknown in [2, 0xff] {
            let mut bad = bytes.clone();
            bad[place] = unknown;
            assert_malformed(&bad);
        }
    }
}

/// A memo is UTF-8.
#[test]
fn memo_that_is_no_text_is_refused() {
    let bytes = signed(changed(|transaction| transaction.memo = "memo".to_owned())).to_bytes();
    let at = bytes.windows(4).position(|window| window == b"memo").unwrap();
    let mut bad = bytes;
    bad[at] = 0xff;
    assert_malformed(&bad);
}

/// A public key in a second spelling, or of small order, is refused while reading.
#[test]
fn keys_that_are_no_keys_are_refused() {
    let bytes = signed(transfer()).to_bytes();
    let at = bytes.windows(32).position(|window| window == public(1).as_bytes()).unwrap();
    let mut not_canonical = [0xff; 32];
    not_canonical[31] = 0x7f;
    for bad in [[0; 32], not_canonical] {
        let mut bad_bytes = bytes.clone();
        bad_bytes[at..at + 32].copy_from_slice(&bad);
        assert_malformed(&bad_bytes);
    }
}

/// A length of 2^32 − 1 in the place of any length is refused.
#[test]
fn forged_lengths_are_refused() {
    let memo = "memo".to_owned();
    let good = signed(changed(|transaction| {
        transaction.memo.clone_from(&memo);
        transaction.action = Action::Transfer { outputs: vec![Output { memo, ..output() }] };
    }));
    let bytes = good.to_bytes();
    let lengths = [9_u32, 1, 4, 1, 4, 1, 0];
    let mut places = Vec::new();
    let mut rest = 1;
    for length in lengths {
        let found = bytes[rest..].windows(4).position(|window| window == length.to_le_bytes()).unwrap();
        places.push(rest + found);
        rest += found + 4;
    }
    for place in places {
        let mut bad = bytes.clone();
        bad[place..place + 4].fill(0xff);
        assert_malformed(&bad);
    }
}

/// Unsigned transactions are refused as signed ones are: cut, continued, over the limit, or with signatures behind.
#[test]
fn strange_unsigned_bytes_are_refused() {
    let malformed = |bytes: &[u8]| {
        let result = Transaction::from_bytes(bytes);
        assert!(matches!(result, Err(TransactionError::Malformed(_))), "{result:?}");
    };
    let bytes = transfer().to_bytes();
    assert_eq!(Transaction::from_bytes(&bytes), Ok(transfer()));
    for length in 0..bytes.len() {
        malformed(&bytes[..length]);
    }
    malformed(&[&bytes[..], &[0]].concat());
    malformed(&signed(transfer()).to_bytes());
    let most = TRANSACTION_BYTES_MAX;
    malformed(&vec![0; most]);
    assert_eq!(Transaction::from_bytes(&vec![0; most + 1]), Err(TransactionError::TooLarge(most + 1)));
}

/// Memos between 65 bytes and the limit of a transaction are read, so that the refusal can name what is wrong.
#[test]
fn long_memo_is_read_and_named() {
    let huge = SignedTransaction { transaction: changed(|body| body.memo = "m".repeat(1_000)), ..signed(transfer()) };
    let decoded = SignedTransaction::from_bytes(&huge.to_bytes()).unwrap();
    assert_eq!(decoded.check(), Err(TransactionError::MemoTooLong(1_000)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// Every valid transaction passes the check, and is read back from its bytes.
    #[test]
    fn bytes_round_trip(signed in any_signed()) {
        prop_assert_eq!(signed.check(), Ok(()));
        prop_assert_eq!(SignedTransaction::from_bytes(&signed.to_bytes()), Ok(signed));
    }

    /// Every transaction is read back from its bytes without signatures, and what is signed afterwards begins with them.
    #[test]
    fn unsigned_bytes_round_trip(transaction in any_transaction()) {
        let bytes = transaction.to_bytes();
        prop_assert_eq!(Transaction::from_bytes(&bytes), Ok(transaction.clone()));
        prop_assert!(signed(transaction).to_bytes().starts_with(&bytes));
    }

    /// With one byte changed, an unsigned transaction is refused or is the only spelling of another one.
    #[test]
    fn changed_unsigned_bytes_have_one_spelling(
        transaction in any_transaction(),
        at in any::<Index>(),
        new in any::<u8>(),
    ) {
        let mut bytes = transaction.to_bytes();
        let at = at.index(bytes.len());
        let old = std::mem::replace(&mut bytes[at], new);
        if let Ok(other) = Transaction::from_bytes(&bytes) {
            prop_assert_eq!(other.to_bytes(), bytes);
            prop_assert_eq!(other == transaction, old == new);
            let _ = other.check();
        }
    }

    /// The size that the fee is by is the real one, for every shape, and known before signing.
    #[test]
    fn signed_bytes_is_the_encoded_length(transaction in any_transaction()) {
        let expected = transaction.signed_bytes();
        prop_assert_eq!(signed(transaction).to_bytes().len(), expected);
    }

    /// With one byte changed, a transaction is refused or is the only spelling of another one.
    #[test]
    fn changed_bytes_have_one_spelling(signed in any_signed(), at in any::<Index>(), new in any::<u8>()) {
        let mut bytes = signed.to_bytes();
        let at = at.index(bytes.len());
        let old = std::mem::replace(&mut bytes[at], new);
        if let Ok(other) = SignedTransaction::from_bytes(&bytes) {
            prop_assert_eq!(other.to_bytes(), bytes);
            prop_assert_eq!(other == signed, old == new);
            let _ = other.check();
        }
    }

    /// Bytes from a stranger never break the reader.
    #[test]
    fn strange_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        if let Ok(signed) = SignedTransaction::from_bytes(&bytes) {
            prop_assert_eq!(signed.to_bytes(), bytes.clone());
        }
        if let Ok(unsigned) = Transaction::from_bytes(&bytes) {
            prop_assert_eq!(unsigned.to_bytes(), bytes);
        }
    }
}
