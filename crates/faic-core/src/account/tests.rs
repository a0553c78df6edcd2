//! Tests of accounts: who governs one, and the one spelling of its bytes.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::{Account, History};
use crate::{
    Hash,
    block::Receipt,
    samples::{address, any_account, authority, nano},
    transaction::LANES,
};

/// The canonical bytes of an account with these lanes, written by hand.
fn bytes_with_lanes(lanes: &[(u8, u64)]) -> Vec<u8> {
    borsh::to_vec(&(nano(7), None::<Hash>, false, lanes.to_vec(), History::default())).unwrap()
}

/// An account that nobody has used has nothing and begins every lane at 0.
#[test]
fn unused_account() {
    let account = Account::default();
    assert!(account.balance.is_zero());
    assert!((0..LANES).all(|lane| account.next_sequence(lane) == 0));
}

/// Until another authority is set, only the one whose hash the address is governs.
#[test]
fn first_authority_governs() {
    let (first, other) = (authority(2, [1, 2, 3]), authority(1, [1, 2, 3]));
    let account = Account::default();
    assert!(account.is_governed_by(&first.address(), &first));
    assert!(!account.is_governed_by(&first.address(), &other));
}

/// Once another authority is set, the first one has no power any more.
#[test]
fn replaced_authority_governs_alone() {
    let (first, second) = (authority(1, [1]), authority(1, [2]));
    let account = Account { authority: Some(second.id()), ..Account::default() };
    assert!(account.is_governed_by(&first.address(), &second));
    assert!(!account.is_governed_by(&first.address(), &first));
    assert!(!account.is_governed_by(&second.address(), &first));
}

/// Two addresses have two places in the state tree.
#[test]
fn keys_differ() {
    assert_ne!(Account::key(&address(1)), Account::key(&address(2)));
    assert_ne!(Account::key(&address(1)).as_bytes(), address(1).as_bytes());
}

/// Lanes that do not exist, stand twice or are out of order are refused: an account has one spelling.
#[test]
fn other_spellings_of_lanes_are_refused() {
    let every: Vec<_> = (0..LANES).map(|lane| (lane, 1)).collect();
    for good in [&[][..], &[(3, 9)], &every] {
        let account: Account = borsh::from_slice(&bytes_with_lanes(good)).unwrap();
        assert_eq!(account.lanes.into_iter().collect::<Vec<_>>(), good);
    }
    let seventeen = [every.as_slice(), &[(15, 1)]].concat();
    for bad in [&[(LANES, 1)][..], &[(1, 1), (1, 1)], &[(1, 1), (1, 2)], &[(2, 1), (1, 1)], &seventeen] {
        assert!(borsh::from_slice::<Account>(&bytes_with_lanes(bad)).is_err(), "{bad:?}");
    }
}

proptest! {
    /// Every account is read back from its bytes; with one byte changed it is refused or spelt exactly so.
    #[test]
    fn bytes_round_trip(account in any_account(), at in any::<prop::sample::Index>(), new in any::<u8>()) {
        let mut bytes = borsh::to_vec(&account).unwrap();
        prop_assert_eq!(&borsh::from_slice::<Account>(&bytes).unwrap(), &account);
        let at = at.index(bytes.len());
        bytes[at] = new;
        if let Ok(other) = borsh::from_slice::<Account>(&bytes) {
            prop_assert_eq!(borsh::to_vec(&other).unwrap(), bytes);
        }
    }
}

/// A history tells its transactions by their order, their places and all that their receipts say.
#[test]
fn histories() {
    let receipt = |seed: u8| Receipt {
        transaction: Hash::from_bytes([seed; 32]),
        payer: address(seed),
        fee: nano(1),
        base_fee_per_byte: 1,
        sender_balance: nano(2),
    };
    let none = History::default();
    let (one, two) = (none.after(1, 0, &receipt(1)), none.after(1, 0, &receipt(1)).after(1, 1, &receipt(2)));
    assert_eq!((none.count, one.count, two.count), (0, 1, 2));
    let others = [
        none,
        one,
        none.after(2, 0, &receipt(1)),
        none.after(1, 1, &receipt(1)),
        none.after(1, 0, &receipt(2)),
        none.after(1, 0, &Receipt { fee: nano(3), ..receipt(1) }),
        none.after(1, 0, &receipt(2)).after(1, 1, &receipt(1)),
    ];
    let hashes: BTreeSet<_> = others.iter().chain([&two]).map(|history| history.hash).collect();
    assert_eq!(hashes.len(), others.len() + 1);
}
