//! What to do here about a node's refusal of a transaction, where the node's own advice is for programs, and what it says of
//! the transaction.

use faic_core::Height;

use crate::outbox::State;

/// The state of a transaction in that state that was given to a node once more, and refused with that code.
///
/// Only a refusal that is about the transaction itself changes it: one for the moment, or one that is about where the chain
/// is, says nothing of a transaction that a node may have.
pub(super) fn state_after(state: State, code: &str) -> State {
    match code {
        "invalid_transaction"
        | "invalid_signature"
        | "signatures_missing"
        | "wrong_chain"
        | "valid_until_too_far"
        | "fee_too_low"
        | "insufficient_balance"
        | "memo_required"
        | "not_the_authority"
        | "staking_refused"
        | "replacement_fee_too_low" => State::Refused,
        _ => state,
    }
}

/// Whether a node that refused something with that code may take it, or answer it, later.
pub(super) fn is_for_later(code: &str) -> bool {
    matches!(code, "mempool_full" | "too_many_waiting" | "sequence_too_far" | "rate_limited" | "overloaded")
}

/// Whether a refusal with that code tells that the node did not take the transaction, as far as it tells the truth.
///
/// One with a code that is not known here may mean anything.
pub(super) fn is_not_taken(code: &str) -> bool {
    let is_about_it = state_after(State::Built, code) == State::Refused;
    let is_about_the_chain =
        matches!(code, "sequence_used" | "transaction_expired" | "staking_too_early" | "nothing_to_do");
    is_about_it || is_about_the_chain || is_for_later(code)
}

/// What is said of a transaction that a node refused, where nothing proves that it can never be made: the node may have
/// passed it on or had it before, and others may have it.
pub(super) fn may_be_final(what: &str, until: Height) -> String {
    format!("{what} may still become final all the same, by height {until}, at this node or another")
}

/// What to do about a refusal of that code, where the wallet makes the transaction itself.
pub(super) fn advice(code: &str) -> Option<&'static str> {
    match code {
        "replacement_fee_too_low" | "sequence_used" | "sequence_too_far" => {
            Some("an earlier transaction of this wallet waits: wait until it is final, or use another --lane")
        }
        "memo_required" => Some("put it on the payment with --memo"),
        _ => None,
    }
}

/// What a transaction in the place of one that others signed needs, after a refusal of that code.
pub(super) fn advice_for_replacement(code: &str) -> Option<&'static str> {
    match code {
        "memo_required" => Some("what takes its place needs --memo"),
        _ => None,
    }
}

/// What to do about a refusal of that code, where the transaction was only built.
pub(super) fn advice_for_built(code: &str) -> Option<&'static str> {
    match code {
        "memo_required" => Some("put it on the payment with --memo"),
        "sequence_used" => Some("another transaction has this place"),
        "sequence_too_far" => Some("an earlier place of the lane is free, which is to be used first"),
        _ => None,
    }
}
