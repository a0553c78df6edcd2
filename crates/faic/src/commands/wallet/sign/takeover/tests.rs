//! Tests of what a wallet is told when it signs its account away.

use faic_core::{
    Authority, ChainId, Network, PartiallySignedTransaction, PublicKey, SecretKey,
    transaction::{Action, TransactionBuilder},
};

use super::finding;

/// The public key of a number.
fn key(number: u8) -> PublicKey {
    SecretKey::from_seed(&[number; 32]).public_key()
}

/// So many of the keys of these numbers.
fn authority(threshold: u8, keys: &[u8]) -> Authority {
    Authority::multi(threshold, keys.iter().map(|number| key(*number))).expect("an authority")
}

/// A transaction of the account of that authority, which `action` describes.
fn transaction(authority: Authority, action: Action) -> PartiallySignedTransaction {
    let chain = ChainId::new("faic-test").expect("a name");
    let built = TransactionBuilder::new(chain, authority.address(), authority, action).valid_until(9).build(1);
    PartiallySignedTransaction::new(Network::Dev, built.expect("a transaction")).expect("it keeps the rules")
}

/// The transaction that gives the account of one authority to another.
fn handed_over(before: Authority, after: Authority) -> PartiallySignedTransaction {
    transaction(before, Action::SetAccount { authority: Some(after), memo_required: None })
}

/// A wallet with the keys 1 and 2 is told what it loses, and nothing where it loses nothing.
#[test]
fn losses() {
    let own = [key(1), key(2)];
    let (alone, joint) = (authority(1, &[1]), authority(2, &[1, 3, 4]));
    for (before, after, expected) in [
        (&alone, authority(1, &[3]), Some("not open it any more")),
        (&joint, authority(2, &[3, 4]), Some("not open it any more")),
        (&alone, authority(1, &[2, 3]), Some("without this wallet")),
        (&alone, authority(2, &[2, 3, 4]), Some("without this wallet")),
        (&alone, authority(2, &[2, 3]), Some("alone any more")),
        (&alone, authority(2, &[1, 2, 3]), None),
        (&alone, authority(1, &[2]), None),
        (&alone, authority(2, &[1, 2]), None),
        // Two of three others could take the money before, too.
        (&joint, authority(2, &[1, 3, 5]), None),
        (&joint, authority(1, &[1]), None),
    ] {
        let told = finding(&handed_over(before.clone(), after.clone()), &own);
        assert_eq!(told.is_some(), expected.is_some(), "{after:?}: {told:?}");
        let told = told.unwrap_or_default();
        assert!(told.contains(expected.unwrap_or_default()), "{after:?}: {told}");
    }
    let account = alone.address().encode(Network::Dev);
    assert!(finding(&handed_over(alone, authority(1, &[3])), &own).is_some_and(|told| told.contains(&account)));
}

/// Whoever only pays the fee, and whoever changes no keys, is told nothing.
#[test]
fn no_loss() {
    assert_eq!(finding(&handed_over(authority(1, &[1]), authority(1, &[3])), &[key(2)]), None);
    let settings = Action::SetAccount { authority: None, memo_required: Some(true) };
    assert_eq!(finding(&transaction(authority(1, &[1]), settings), &[key(1)]), None);
}
