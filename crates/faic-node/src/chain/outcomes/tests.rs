//! Tests of the memory of ends.

use faic_core::{Amount, Hash};
use faic_ledger::execution::ExecutionError;

use super::{OUTCOMES_MAX, Outcome, Outcomes, Reason};
use crate::{ErrorCode, FaicError};

/// A hash of a number.
fn id(number: usize) -> Hash {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&u64::try_from(number).unwrap().to_be_bytes());
    Hash::from_bytes(bytes)
}

/// The oldest end is forgotten when there is no room for one more, and a second end of one transaction takes no room.
#[test]
fn bounded() {
    let mut outcomes = Outcomes::default();
    for number in 0..OUTCOMES_MAX {
        outcomes.insert(id(number), Outcome::Expired);
    }
    outcomes.insert(id(0), Outcome::Rejected(Reason::Evicted));
    assert_eq!(outcomes.get(&id(0)), Some(Outcome::Rejected(Reason::Evicted)));
    outcomes.insert(id(OUTCOMES_MAX), Outcome::Expired);
    assert_eq!(outcomes.get(&id(0)), None);
    assert_eq!(outcomes.get(&id(1)), Some(Outcome::Expired));
}

/// What the ledger refuses at the building of a block has the code that it would have at the door, and the ledger's words.
#[test]
fn refusal_has_the_code_of_the_door() {
    let poor = || ExecutionError::InsufficientBalance { balance: Amount::ZERO, needed: Amount::SUPPLY_MAX };
    let reason = Reason::refused(poor());
    assert_eq!(reason.code(), ErrorCode::InsufficientBalance);
    assert_eq!(reason.code(), FaicError::from(poor()).code());
    assert_eq!(reason.to_string(), poor().to_string());
}
