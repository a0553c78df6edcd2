//! What to do here about a node's refusal of a transaction, where the node's own advice is for programs, and what it says of
//! the transaction.

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

/// Whether a refusal with that code tells that the node did not take the transaction.
pub(super) fn is_not_taken(code: &str) -> bool {
    !matches!(code, "timed_out" | "internal" | "shutting_down" | "storage_unavailable")
}

/// Whether a refusal with that code may mean that the transaction is final already.
pub(super) fn may_be_final(code: &str) -> bool {
    matches!(code, "sequence_used" | "transaction_expired" | "replacement_fee_too_low")
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

/// What to do about a refusal of that code, where others signed the transaction.
pub(super) fn advice_for_signed(code: &str) -> Option<&'static str> {
    match code {
        "sequence_used" | "replacement_fee_too_low" => {
            Some("another transaction of the account has its place: build it anew and have it signed again")
        }
        "transaction_expired" | "fee_too_low" | "not_the_authority" => Some("build it anew and have it signed again"),
        "memo_required" => Some("build it anew with --memo"),
        _ => None,
    }
}

/// What to do about a refusal of that code, where the transaction was only built.
pub(super) fn advice_for_built(code: &str) -> Option<&'static str> {
    match code {
        "memo_required" => Some("put it on the payment with --memo"),
        "sequence_used" | "sequence_too_far" => Some("an earlier transaction of the account waits: use another --lane"),
        _ => None,
    }
}
