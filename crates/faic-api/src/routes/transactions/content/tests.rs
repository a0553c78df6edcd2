//! Tests of what actions look like as JSON.

use faic_core::{Amount, Network, SecretKey, Signature, transaction::Action};
use serde_json::json;

use super::ActionContent;

/// What an action looks like.
fn shown(action: &Action) -> serde_json::Value {
    serde_json::to_value(ActionContent::new(action, Network::Dev)).unwrap()
}

/// Each action of staking names its kind, amounts are in nano, keys and signatures in hexadecimal.
#[test]
fn actions_of_staking() {
    let key = SecretKey::from_seed(&[1; 32]).public_key();
    let amount = Amount::from_faic(2).unwrap();
    let bond = Action::Bond { key, possession: Signature::from_bytes([0xab; 64]), amount };
    assert_eq!(
        shown(&bond),
        json!({ "kind": "bond", "key": key.to_string(), "possession": "ab".repeat(64), "amount": "2000000000" })
    );
    assert_eq!(shown(&Action::Unbond { amount }), json!({ "kind": "unbond", "amount": "2000000000" }));
    for action in [bond, Action::Unbond { amount }, Action::Withdraw, Action::Unjail] {
        assert_eq!(shown(&action)["kind"], action.name());
    }
}
