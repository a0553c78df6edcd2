//! Tests of the table of validators.

use serde_json::json;

use crate::{client::ValidatorsAnswer, output::Answer};

/// Shares are of the whole, a jailed candidate stands below those who vote, and money on its way back is told.
#[test]
fn table_tells_all() {
    let candidate = |operator, status, since: Option<u64>, absent_blocks| {
        let unbonding = if status == "active" { vec![] } else { vec![json!({"release": 900, "amount": "5000000000"})] };
        json!({"operator": operator, "key": "b", "stake": "1000000000", "unbonding": unbonding, "status": status,
            "since": since, "absent_blocks": absent_blocks})
    };
    let answer: ValidatorsAnswer = serde_json::from_value(json!({
        "height": 7, "hash": "h", "total_stake": "3000000000",
        "validators": [{"key": "a", "operator": "ann", "stake": "2000000000"}],
        "candidates": [candidate("ann", "active", None, 3), candidate("bob", "jailed", Some(5), 0)],
    }))
    .expect("the shape of an answer");
    let text = answer.to_text();
    for part in
        ["height 7", "66.6 %", "votes, missed 3", "jailed since height 5, 5 FAIC bound until height 900 at least"]
    {
        assert!(text.contains(part), "{part}: {text}");
    }
}
