//! What to do here about a node's refusal of a transaction, where the node's own advice is for programs.

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
