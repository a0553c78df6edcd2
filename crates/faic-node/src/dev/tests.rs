//! Tests of the development network.

use std::collections::BTreeSet;

use faic_core::{Amount, Network};
use faic_ledger::Genesis;
use tempfile::TempDir;

use super::{accounts, faucet, genesis, prepare};
use crate::data_folder::DataFolder;

/// The genesis is good, always the same, and survives being written down.
#[test]
fn genesis_is_good() {
    let genesis = genesis();
    genesis.check().expect("a good genesis");
    assert_eq!(genesis.id(), super::genesis().id());
    assert_eq!(Genesis::parse(&genesis.to_json()).expect("our own text").id(), genesis.id());
    assert_eq!(Genesis::parse(&genesis.to_toml()).expect("our own text").id(), genesis.id());
    assert_eq!(genesis.supply().expect("below the supply"), Amount::from_faic(106_000_000).expect("below the supply"));
}

/// Documents and people name these addresses, so they never change.
#[test]
fn addresses_are_fixed() {
    let first = &accounts()[0];
    assert_eq!(first.path, "m/44'/1'/0'/0'/0'");
    assert_eq!(first.address.encode(Network::Dev), "dfaic19sjftv0cg943ed7p0ngwpgk4fyy4clma7rfuzrlp3p30ncxcs2xqvt3tjw");
    assert_eq!(
        (faucet().path.as_str(), faucet().address.encode(Network::Dev).as_str()),
        ("m/44'/1'/1'/0'/0'", "dfaic1c9dkn20muq867j8st5fqjlenztkg9s9xlrpreh7lnekqlr8ydy3stn69aj")
    );
}

/// No two accounts are one, and none is the validator's.
#[test]
fn accounts_are_distinct() {
    let genesis = genesis();
    let operators = genesis.validators.iter().map(|validator| validator.operator);
    let addresses: BTreeSet<_> =
        accounts().into_iter().chain([faucet()]).map(|account| account.address).chain(operators).collect();
    assert_eq!(addresses.len(), 7);
}

/// A prepared folder has the validator's key that the genesis names, and may be prepared again.
#[test]
fn preparation() {
    let place = TempDir::new().expect("a temporary folder");
    let folder = DataFolder::open(place.path()).expect("an empty folder");
    prepare(&folder).expect("a new folder");
    prepare(&folder).expect("a prepared folder");
    let key = folder.validator_key().expect("readable").expect("there").public_key();
    assert!(folder.genesis().expect("readable").expect("there").validators.get(&key).is_some());
    assert!(folder.faucet_key().expect("readable").is_some());
}
