//! Tests of the turns of proposers.

use faic_core::SecretKey;

use super::*;
use crate::bft::context::Key;

/// Validators of these stakes.
fn validators(stakes: &[u64]) -> Validators {
    let validator = |(seed, stake): (u8, &u64)| Validator {
        key: Key(SecretKey::from_seed(&[seed; 32]).public_key()),
        stake: *stake,
    };
    let mut list: Vec<_> = (1..).zip(stakes).map(validator).collect();
    list.sort_by_key(|validator| validator.key);
    Validators { total: stakes.iter().sum(), list: list.into() }
}

/// Over a thousand heights everybody proposes in proportion to stake, within one turn in a hundred.
#[test]
fn turns_are_proportional_to_stake() {
    let set = validators(&[100, 200, 300, 400]);
    for validator in set.list.iter() {
        let turns = (1..=1_000).filter(|height| select(&set, *height, 0) == validator).count();
        assert!(turns.abs_diff(usize::try_from(validator.stake).unwrap()) <= 10, "{turns} of {}", validator.stake);
    }
}

/// With equal stakes nobody waits longer than two rounds of everybody's turns.
#[test]
fn turns_never_bunch() {
    let set = validators(&[1; 7]);
    for validator in set.list.iter() {
        let turns: Vec<u64> = (1..=2_000).filter(|height| select(&set, *height, 0) == validator).collect();
        assert!(turns.windows(2).all(|pair| pair[1] - pair[0] <= 14));
    }
}

/// The next round has another proposer, as long as nobody has more than a third of the stake.
#[test]
fn next_round_has_another_proposer() {
    let set = validators(&[1; 4]);
    for height in 1..=1_000 {
        assert_ne!(select(&set, height, 0), select(&set, height, 1));
    }
}

/// The largest stakes that can exist do not overflow.
#[test]
fn whole_supply_does_not_overflow() {
    let set = validators(&[500_000_000_000_000_000, 500_000_000_000_000_000]);
    let first = (1..=1_000).filter(|height| select(&set, *height, 0) == &set.list[0]).count();
    assert!((490..=510).contains(&first));
}
