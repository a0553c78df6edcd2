//! Tests of many transactions at once: the verdict is that of one by one, and the culprit is named.

use proptest::{collection, prelude::*, sample::Index};

use super::*;
use crate::samples::any_signed;

/// The verdict on many transactions at once.
fn verify_all(transactions: &[SignedTransaction]) -> Result<(), (usize, VerifyError)> {
    BasicCrypto::default().verify_transactions(transactions)
}

/// So many good transfers, each by another key.
fn transfers(count: u8) -> Vec<SignedTransaction> {
    (1..=count).map(|seed| signed(transfer_by(authority(1, [seed])))).collect()
}

/// Nothing to verify is nothing wrong.
#[test]
fn empty_batch_is_accepted() {
    assert_eq!(verify_all(&[]), Ok(()));
}

/// The position of a bad signature is named, wherever it stands; of two, the first.
#[test]
fn culprit_is_named() {
    let good = transfers(8);
    assert_eq!(verify_all(&good), Ok(()));
    for place in 0..8 {
        let mut bad = good.clone();
        let other = bad[(place + 1) % 8].signatures[0].signature;
        bad[place].signatures[0].signature = other;
        assert_eq!(verify_all(&bad), Err((place, VerifyError::BadSignature)));
        bad[7].signatures[0].signature = malleated(&other);
        assert_eq!(verify_all(&bad), Err((place, VerifyError::BadSignature)));
    }
}

/// A broken rule costs less to find than a bad signature, so it is found first.
#[test]
fn broken_rule_is_named_before_a_bad_signature() {
    let mut bad = transfers(4);
    bad[0].signatures[0].signature = bad[1].signatures[0].signature;
    bad[3].transaction.nonce.lane = 16;
    assert_eq!(verify_all(&bad), Err((3, VerifyError::Transaction(TransactionError::Lane(16)))));
}

/// Swapping the signatures of two transactions by one key is noticed, though all four values stand in the batch.
#[test]
fn swapped_signatures_are_refused() {
    let mut pair: Vec<_> =
        ["one", "two"].map(|memo| signed(Transaction { memo: memo.to_owned(), ..transfer() })).into();
    let [one, two] = [0, 1].map(|place: usize| pair[place].signatures[0].signature);
    pair[0].signatures[0].signature = two;
    pair[1].signatures[0].signature = one;
    assert_eq!(verify_all(&pair), Err((0, VerifyError::BadSignature)));
}

/// A way to spoil a signature.
#[derive(Debug, Clone, Copy)]
enum Spoil {
    /// Flips one bit.
    Flip(u16),
    /// Adds the group's order to s.
    Malleate,
    /// Takes any 64 bytes instead.
    Replace([u8; 32], [u8; 32]),
}

/// Any way to spoil a signature.
fn any_spoil() -> impl Strategy<Value = Spoil> {
    prop_oneof![
        (0_u16..512).prop_map(Spoil::Flip),
        Just(Spoil::Malleate),
        any::<([u8; 32], [u8; 32])>().prop_map(|(left, right)| Spoil::Replace(left, right)),
    ]
}

/// Spoils one signature of a transaction.
fn spoil(transaction: &mut SignedTransaction, at: Index, how: Spoil) {
    let signatures = transaction.signatures.iter_mut().chain(&mut transaction.fee_payer_signatures);
    let mut signatures: Vec<&mut KeySignature> = signatures.collect();
    let at = at.index(signatures.len());
    let signature = &mut signatures[at].signature;
    let mut bytes = *signature.as_bytes();
    *signature = match how {
        Spoil::Flip(bit) => {
            bytes[usize::from(bit / 8)] ^= 1 << (bit % 8);
            Signature::from_bytes(bytes)
        }
        Spoil::Malleate => malleated(signature),
        Spoil::Replace(left, right) => Signature::from_bytes([left, right].concat().try_into().unwrap()),
    };
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// At once and one by one have the same verdict, with and without spoilt signatures.
    #[test]
    fn batch_agrees_with_one_by_one(
        mut transactions in collection::vec(any_signed(), 1..8),
        spoils in collection::vec((any::<Index>(), any::<Index>(), any_spoil()), 0..3),
    ) {
        for (transaction, at, how) in spoils {
            let place = transaction.index(transactions.len());
            spoil(&mut transactions[place], at, how);
        }
        let one_by_one =
            transactions.iter().map(verify).enumerate().find_map(|(place, verdict)| verdict.err().map(|error| (place, error)));
        prop_assert_eq!(verify_all(&transactions).err(), one_by_one);
    }

    /// A signature by somebody else fails at once and one by one, for every place.
    #[test]
    fn stolen_account_is_refused(place in 0_usize..6, sender in any::<[u8; 32]>()) {
        let mut transactions = transfers(6);
        transactions[place].transaction.sender = Address::from_bytes(sender);
        prop_assert_eq!(verify(&transactions[place]), Err(VerifyError::BadSignature));
        prop_assert_eq!(verify_all(&transactions), Err((place, VerifyError::BadSignature)));
    }
}
