//! Paying from a wallet of the node.

use std::collections::BTreeSet;

use faic_core::Network;
use faic_node::dev;
use hyper::Method;
use serde_json::{Value, json};

use crate::node::{PASSWORD, TestNode};

/// The address of rich account number `index`.
fn rich_address(index: usize) -> String {
    dev::accounts()[index].address.encode(Network::Dev)
}

/// A transfer of those outputs.
fn pay(outputs: &Value) -> Value {
    json!({ "password": PASSWORD, "outputs": outputs })
}

#[tokio::test]
async fn money_arrives_and_the_receipt_adds_up() {
    let node = TestNode::start().await;
    let address = node.funded_wallet("a").await;
    let (before, to) = (node.balance(&address).await, rich_address(1));
    let receiver_before = node.balance(&to).await;
    let outputs = json!([{ "to": to, "amount": "2500000000", "memo": "rent" }, { "to": to, "amount": "1" }]);
    let answer =
        node.transfer("a", &json!({ "password": PASSWORD, "outputs": outputs, "valid_for": 500, "lane": 3 })).await;
    assert_eq!(answer.status, 202, "{:?}", answer.body);
    let sent = answer.json();
    assert_eq!((&sent["state"], &sent["lane"], &sent["sequence"]), (&json!("pooled"), &json!(3), &json!(0)));
    let done = node.wait_final(sent["id"].as_str().unwrap()).await;
    assert_eq!(done["transaction"]["action"]["outputs"][0]["memo"], "rent");
    assert_eq!(done["receipt"]["fee"], sent["fee"]);
    let fee: u64 = sent["fee"].as_str().unwrap().parse().unwrap();
    assert_eq!(node.balance(&address).await, before - 2_500_000_001 - fee);
    assert_eq!(node.balance(&to).await, receiver_before + 2_500_000_001);
    assert_eq!(done["receipt"]["sender_balance"], (before - 2_500_000_001 - fee).to_string());
}

#[tokio::test]
async fn concurrent_transfers_take_distinct_sequences_and_all_become_final() {
    let node = TestNode::start().await;
    node.funded_wallet("a").await;
    let body = pay(&json!([{ "to": rich_address(1), "amount": "7" }]));
    let call = node.with_token(Method::POST, "/v1/wallets/a/transfers").json(&body);
    let calls: Vec<_> = (0..6).map(|_| tokio::spawn(call.clone().send())).collect();
    let mut sequences = BTreeSet::new();
    for call in calls {
        let answer = call.await.unwrap();
        assert_eq!(answer.status, 202, "{:?}", answer.body);
        sequences.insert(answer.json()["sequence"].as_u64());
        node.wait_final(&answer.text("id")).await;
    }
    assert_eq!(sequences, (0..6).map(Some).collect());
}

#[tokio::test]
async fn outputs_that_break_a_rule_are_refused_by_name() {
    let node = TestNode::start().await;
    node.funded_wallet("a").await;
    let to = rich_address(1);
    let other = dev::accounts()[1].address.encode(Network::Main);
    let one = |amount: &str| json!([{ "to": to, "amount": amount }]);
    for (body, code) in [
        (pay(&one("0")), "invalid_amount"),
        (pay(&one("-1")), "invalid_amount"),
        (pay(&one("1.5")), "invalid_amount"),
        (pay(&one("1e9")), "invalid_amount"),
        (pay(&one("ten")), "invalid_amount"),
        (pay(&one("")), "invalid_amount"),
        (pay(&one("007")), "invalid_amount"),
        (pay(&one("1000000000000000001")), "invalid_amount"),
        (pay(&one("99999999999999999999999999")), "invalid_amount"),
        (pay(&json!([{ "to": to, "amount": 5 }])), "invalid_body"),
        (pay(&one("1000000000000000")), "insufficient_balance"),
        (pay(&json!([])), "invalid_transaction"),
        (pay(&Value::Array(vec![json!({ "to": to, "amount": "1" }); 257])), "invalid_transaction"),
        (pay(&json!([{ "to": to, "amount": "1", "memo": "x".repeat(65) }])), "invalid_transaction"),
        (pay(&json!([{ "to": to, "amount": "1", "memo": "é".repeat(33) }])), "invalid_transaction"),
        (pay(&json!([{ "to": to, "amount": "1", "note": "x" }])), "invalid_body"),
        (pay(&json!([{ "to": other, "amount": "1" }])), "address_of_other_network"),
        (json!({ "password": PASSWORD, "outputs": one("1"), "lane": 16 }), "invalid_body"),
        (json!({ "password": PASSWORD, "outputs": one("1"), "lane": 256 }), "invalid_body"),
        (json!({ "password": PASSWORD, "outputs": one("1"), "valid_for": 0 }), "invalid_body"),
        (json!({ "password": PASSWORD, "outputs": one("1"), "valid_for": 1_000_001 }), "invalid_body"),
    ] {
        let answer = node.transfer("a", &body).await;
        let body = format!("{:?}", answer.body);
        assert_eq!((answer.status, answer.problem().as_str()), (422, code), "{body}");
    }
    for second in [
        json!({ "to": to, "amount": "-1" }),
        json!({ "to": to, "amount": "0" }),
        json!({ "to": to, "amount": "1", "memo": "x".repeat(65) }),
    ] {
        let answer = node.transfer("a", &pay(&json!([{ "to": to, "amount": "1" }, second]))).await;
        let detail = answer.text("detail");
        assert!(detail.starts_with("outputs[1]: ") && !detail.contains("Build the transaction"), "{detail}");
    }
}

#[tokio::test]
async fn the_most_outputs_and_the_longest_memo_are_accepted() {
    let node = TestNode::start().await;
    node.funded_wallet("a").await;
    let output = json!({ "to": rich_address(1), "amount": "1", "memo": "x".repeat(64) });
    let answer = node.transfer("a", &pay(&Value::Array(vec![output; 256]))).await;
    assert_eq!(answer.status, 202, "{:?}", answer.body);
    node.wait_final(&answer.text("id")).await;
}

#[tokio::test]
async fn a_receiver_that_requires_a_memo_gets_one() {
    let node = TestNode::start().await;
    node.funded_wallet("a").await;
    let to = node.funded_wallet("b").await;
    let set = |required: bool, lane: u8| {
        let body = json!({ "password": PASSWORD, "memo_required": required, "valid_for": 500, "lane": lane });
        node.with_token(Method::POST, "/v1/wallets/b/settings").json(&body)
    };
    let answer = set(true, 2).send().await;
    assert_eq!(answer.status, 202, "{:?}", answer.body);
    let sent = answer.json();
    assert_eq!((&sent["state"], &sent["lane"], &sent["sequence"]), (&json!("pooled"), &json!(2), &json!(0)));
    let done = node.wait_final(sent["id"].as_str().unwrap()).await;
    assert_eq!(done["transaction"]["action"]["kind"], "set_account");
    assert_eq!(done["receipt"]["fee"], sent["fee"]);
    let memo_required = async || node.get(format!("/v1/accounts/{to}")).await.json()["memo_required"].clone();
    assert_eq!(memo_required().await, true);
    let balance = node.balance(&to).await;
    let again = set(true, 0).send().await;
    assert_eq!((again.status, again.problem().as_str()), (409, "nothing_to_do"));
    assert_eq!(node.balance(&to).await, balance);
    let answer = node.transfer("a", &pay(&json!([{ "to": to, "amount": "1" }]))).await;
    assert_eq!((answer.status, answer.problem().as_str()), (422, "memo_required"));
    let answer = node.transfer("a", &pay(&json!([{ "to": to, "amount": "1", "memo": "17" }]))).await;
    assert_eq!(answer.status, 202);
    node.wait_final(&set(false, 0).send().await.text("id")).await;
    assert_eq!(memo_required().await, false);
    let answer = node.transfer("a", &pay(&json!([{ "to": to, "amount": "1" }]))).await;
    assert_eq!(answer.status, 202);
}

#[tokio::test]
async fn settings_that_break_a_rule_are_refused_by_name() {
    let node = TestNode::start().await;
    node.funded_wallet("a").await;
    let created = json!({ "name": "poor", "password": PASSWORD });
    assert_eq!(node.with_token(Method::POST, "/v1/wallets").json(&created).send().await.status, 201);
    for (wallet, body, status, code) in [
        ("a", json!({ "password": PASSWORD }), 422, "invalid_body"),
        ("a", json!({ "password": PASSWORD, "memo_required": "on" }), 422, "invalid_body"),
        ("a", json!({ "password": PASSWORD, "memo_required": null }), 422, "invalid_body"),
        ("a", json!({ "password": PASSWORD, "memo_required": true, "authority": null }), 422, "invalid_body"),
        ("a", json!({ "password": PASSWORD, "memo_required": true, "lane": 16 }), 422, "invalid_body"),
        ("a", json!({ "password": PASSWORD, "memo_required": true, "valid_for": 0 }), 422, "invalid_body"),
        ("a", json!({ "password": "not the password", "memo_required": true }), 403, "wrong_password"),
        ("poor", json!({ "password": PASSWORD, "memo_required": true }), 422, "insufficient_balance"),
        ("nobody", json!({ "password": PASSWORD, "memo_required": true }), 404, "wallet_unknown"),
        ("A b", json!({ "password": PASSWORD, "memo_required": true }), 422, "invalid_wallet_name"),
    ] {
        let path = format!("/v1/wallets/{}/settings", wallet.replace(' ', "%20"));
        let answer = node.with_token(Method::POST, path).json(&body).send().await;
        let place = format!("{body} {:?}", answer.body);
        assert_eq!((answer.status, answer.problem().as_str()), (status, code), "{place}");
    }
    let body = json!({ "password": PASSWORD, "memo_required": true });
    let answer = node.call(Method::POST, "/v1/wallets/a/settings").json(&body).send().await;
    assert_eq!((answer.status, answer.problem().as_str()), (401, "unauthorized"));
}

#[tokio::test]
async fn a_payment_with_a_key_may_be_repeated() {
    let node = TestNode::start().await;
    node.funded_wallet("a").await;
    let to = rich_address(1);
    let before = node.balance(&to).await;
    let send = |amount: &str, key: &str| {
        let body = pay(&json!([{ "to": to, "amount": amount }]));
        node.with_token(Method::POST, "/v1/wallets/a/transfers").json(&body).header("idempotency-key", key).send()
    };
    let first = send("7", "order-1").await;
    assert_eq!(first.status, 202, "{:?}", first.body);
    // While it waits for a block, and when it is final.
    let again = send("7", "order-1").await;
    assert_eq!((again.status, again.json()), (202, first.json()));
    node.wait_final(&first.text("id")).await;
    assert_eq!(send("7", "order-1").await.json(), first.json());
    let reused = send("8", "order-1").await;
    assert_eq!((reused.status, reused.problem().as_str()), (422, "idempotency_key_reused"));
    let other = send("7", "order-2").await;
    node.wait_final(&other.text("id")).await;
    assert_eq!(node.balance(&to).await, before + 14);
    for bad in ["", "a b", &"k".repeat(129)] {
        let refused = send("7", bad).await;
        assert_eq!((refused.status, refused.problem().as_str()), (400, "invalid_idempotency_key"), "{bad}");
    }
}
