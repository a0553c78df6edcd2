//! Tests of candidates: one spelling of their bytes, and a possession that is good for one operator on one chain.

use proptest::prelude::*;

use super::{Candidate, CandidateStatus, Possession, UNBONDING_MAX, Unbonding};
use crate::{
    Amount, BasicCrypto, ChainId, Signer, Verifier,
    samples::{address, any_candidate, chain, nano, public, signer},
};

/// A candidate with so many entries of unbonding money.
fn unbonding(count: usize) -> Candidate {
    let entry = |release| Unbonding { release, amount: nano(1) };
    Candidate { unbonding: (1..).take(count).map(entry).collect(), ..Candidate::new(public(1)) }
}

/// What is read back from the bytes of a candidate.
fn read(candidate: &Candidate) -> Option<Candidate> {
    borsh::from_slice(&borsh::to_vec(candidate).unwrap()).ok()
}

/// 16 entries of unbonding money are read and 17 are not.
#[test]
fn unbonding_entries_17_are_refused() {
    assert_eq!(read(&unbonding(UNBONDING_MAX)), Some(unbonding(UNBONDING_MAX)));
    assert_eq!(read(&unbonding(UNBONDING_MAX + 1)), None);
}

/// Entries out of order, two of one height and an entry of nothing are refused.
#[test]
fn unbonding_has_one_spelling() {
    let with = |change: fn(&mut Vec<Unbonding>)| {
        let mut candidate = unbonding(2);
        change(&mut candidate.unbonding);
        candidate
    };
    assert_eq!(read(&with(|entries| entries.reverse())), None);
    assert_eq!(read(&with(|entries| entries[1].release = entries[0].release)), None);
    assert_eq!(read(&with(|entries| entries[0].amount = Amount::ZERO)), None);
}

/// Money at stake or on its way back is money.
#[test]
fn money_is_stake_or_unbonding() {
    assert!(!Candidate::new(public(1)).has_money());
    assert!(Candidate { stake: nano(1), ..Candidate::new(public(1)) }.has_money());
    assert!(unbonding(1).has_money());
    assert_eq!(unbonding(3).unbonding_total(), Some(nano(3)));
    assert!(Candidate { status: CandidateStatus::Tombstoned { since: 4 }, ..unbonding(1) }.is_tombstoned());
}

/// A possession holds for its own key, operator and chain, and for nothing else.
#[test]
fn possession_is_for_one_operator_and_chain() {
    let claim = Possession { chain_id: chain(), operator: address(1), key: public(5) };
    let signature = signer([5]).sign_possession(&claim).unwrap();
    let holds = |claim: &Possession| BasicCrypto::default().verify_possession(claim, &signature);
    assert!(holds(&claim));
    assert!(!holds(&Possession { operator: address(2), ..claim.clone() }));
    assert!(!holds(&Possession { key: public(6), ..claim.clone() }));
    assert!(!holds(&Possession { chain_id: ChainId::new("faic-other").unwrap(), ..claim.clone() }));
    assert!(signer([6]).sign_possession(&claim).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Every candidate is read back from its bytes.
    #[test]
    fn bytes_round_trip(candidate in any_candidate()) {
        prop_assert_eq!(read(&candidate), Some(candidate));
    }

    /// Bytes from a stranger are refused, or are the only spelling of a candidate.
    #[test]
    fn strange_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(candidate) = borsh::from_slice::<Candidate>(&bytes) {
            prop_assert_eq!(borsh::to_vec(&candidate).unwrap(), bytes);
        }
    }
}
