//! Tests of the election.

use std::collections::BTreeMap;

use faic_core::{
    Address, Amount, Candidate,
    block::{VALIDATORS_MAX, Validator},
    staking::CandidateStatus,
};

use super::elect;
use crate::testing::{address, faic, secret};

/// A candidate of that key and stake.
fn candidate(key: u8, stake: Amount) -> Candidate {
    Candidate { stake, ..Candidate::new(secret(key).public_key()) }
}

/// The keys of the elected and their stakes, where the least stake is 10 FAIC.
fn elected(candidates: &[(u8, Candidate)]) -> Option<Vec<Validator>> {
    let candidates: BTreeMap<Address, Candidate> =
        candidates.iter().map(|(operator, candidate)| (address(*operator), candidate.clone())).collect();
    elect(candidates.iter(), faic(10)).map(|set| set.iter().copied().collect())
}

/// Who has the least stake is elected, who has a nano less, is jailed or was removed is not.
#[test]
fn least_stake_and_good_standing() {
    let jailed = Candidate { status: CandidateStatus::Jailed { since: 1 }, ..candidate(4, faic(50)) };
    let removed = Candidate { status: CandidateStatus::Tombstoned { since: 1 }, ..candidate(5, faic(50)) };
    let nearly = faic(10).checked_sub(Amount::from_nano(1).unwrap()).unwrap();
    let found = elected(&[(1, candidate(2, faic(10))), (2, candidate(3, nearly)), (3, jailed.clone()), (4, removed)]);
    let expected = Validator { key: secret(2).public_key(), operator: address(1), stake: faic(10) };
    assert_eq!(found, Some(vec![expected]));
    assert_eq!(elected(&[(3, jailed)]), None);
    assert_eq!(elected(&[]), None);
}

/// Of 257 candidates the one with the least stake stays out; of equal stakes, the one with the largest key.
#[test]
fn validators_257_are_not_elected() {
    let many = |stake: fn(u32) -> u64| -> BTreeMap<Address, Candidate> {
        let one = |index: u32| {
            let mut seed = [9; 32];
            seed[..4].copy_from_slice(&index.to_be_bytes());
            let key = faic_core::SecretKey::from_seed(&seed).public_key();
            (Address::from_bytes(seed), Candidate { stake: faic(stake(index)), ..Candidate::new(key) })
        };
        (0..257).map(one).collect()
    };
    let left_out = |candidates: BTreeMap<Address, Candidate>| {
        let set = elect(candidates.iter(), faic(10)).unwrap();
        assert_eq!(set.iter().len(), VALIDATORS_MAX);
        candidates.into_values().find(|candidate| set.get(&candidate.key).is_none()).unwrap()
    };
    assert_eq!(left_out(many(|index| 10 + u64::from(index))).stake, faic(10));
    let largest = many(|_| 10).into_values().map(|candidate| candidate.key).max().unwrap();
    assert_eq!(left_out(many(|_| 10)).key, largest);
}

/// All stake together stays below a third of what 64 bits hold, which the agreement counts votes in.
#[test]
fn total_stake_is_below_a_third_of_64_bits() {
    assert!(Amount::SUPPLY_MAX.nano() < u64::MAX / 3);
    let all = elected(&[(1, candidate(2, Amount::SUPPLY_MAX))]).unwrap();
    assert_eq!(all[0].stake, Amount::SUPPLY_MAX);
}
