//! Tests of what a wallet is told when it signs its account away.

use faic_core::{
    Authority, ChainId, Network, PartiallySignedTransaction, PublicKey, SecretKey,
    transaction::{Action, TransactionBuilder},
};

use super::warning;

/// The public key of a number.
fn key(number: u8) -> PublicKey {
    SecretKey::from_seed(&[number; 32]).public_key()
}

/// A transaction of the account of the first key, which `action` describes.
fn transaction(action: Action) -> PartiallySignedTransaction {
    let (chain, authority) = (ChainId::new("faic-test").expect("a name"), Authority::single(key(1)));
    let built = TransactionBuilder::new(chain, authority.address(), authority, action).valid_until(9).build(1);
    PartiallySignedTransaction::new(Network::Dev, built.expect("a transaction")).expect("it keeps the rules")
}

/// The transaction that gives the account to so many of these keys.
fn handed_over(threshold: u8, keys: &[u8]) -> PartiallySignedTransaction {
    let next = Authority::multi(threshold, keys.iter().map(|number| key(*number))).expect("an authority");
    transaction(Action::SetAccount { authority: Some(next), memo_required: None })
}

/// A wallet with the keys 1 and 2 is told what it loses, and nothing where it loses nothing.
#[test]
fn losses() {
    let own = [key(1), key(2)];
    for (threshold, keys, expected) in [
        (1, &[3_u8] as &[u8], Some("not open the account any more")),
        (2, &[3, 4], Some("not open the account any more")),
        (1, &[2, 3], Some("without this wallet")),
        (2, &[2, 3, 4], Some("without this wallet")),
        (2, &[2, 3], Some("alone any more")),
        (2, &[1, 2, 3], None),
        (1, &[2], None),
        (2, &[1, 2], None),
    ] {
        let told = warning(&handed_over(threshold, keys), &own);
        assert_eq!(told.is_some(), expected.is_some(), "{threshold} of {keys:?}: {told:?}");
        let told = told.unwrap_or_default();
        assert!(told.contains(expected.unwrap_or_default()), "{threshold} of {keys:?}: {told}");
    }
    let account = Authority::single(key(1)).address().encode(Network::Dev);
    assert!(warning(&handed_over(1, &[3]), &own).is_some_and(|told| told.contains(&account)));
}

/// Whoever only pays the fee, and whoever changes no keys, is told nothing.
#[test]
fn no_loss() {
    assert_eq!(warning(&handed_over(1, &[3]), &[key(2)]), None);
    let settings = Action::SetAccount { authority: None, memo_required: Some(true) };
    assert_eq!(warning(&transaction(settings), &[key(1)]), None);
}
