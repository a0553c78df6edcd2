//! Fees, built and simulated transactions, and many submitted at once.

use faic_core::{Network, Transaction};
use faic_node::dev;
use hyper::Method;
use serde_json::{Value, json};

use crate::{
    client::Answer,
    node::{TestNode, rich, sign, transfer_of},
};

/// Posts a body to `/v1/transactions/` and the rest of the path.
async fn post(node: &TestNode, path: &str, body: &Value) -> Answer {
    node.call(Method::POST, format!("/v1/transactions/{path}")).json(body).send().await
}

/// A payment of that much by rich account 0 to rich account 1, to be built.
fn order(amount: &str) -> Value {
    let to = dev::accounts()[1].address.encode(Network::Dev);
    let key = hex::encode(rich(0).public_key().as_bytes());
    json!({ "authority": { "keys": [key] }, "outputs": [{ "to": to, "amount": amount }] })
}

#[tokio::test]
async fn a_payment_is_built_simulated_signed_elsewhere_and_paid() {
    let node = TestNode::start().await;
    let fees = node.get("/v1/fees").await.json();
    assert_eq!((&fees["base_fee_per_byte"], &fees["suggested_fee_per_byte"]), (&json!("10"), &json!("15")));
    let built = post(&node, "build", &order("2500000000")).await;
    assert_eq!(built.status, 200, "{:?}", built.body);
    assert_eq!(built.json()["transaction"]["fee"], fees["transfer"]["fee"]);
    let simulated = post(&node, "simulate", &json!({ "transaction": built.text("unsigned") })).await.json();
    assert_eq!((&simulated["outcome"], &simulated["signed"]), (&json!("accepted"), &json!(false)));
    let sender = dev::accounts()[0].address.encode(Network::Dev);
    let change = simulated["balances"].as_array().unwrap().iter().find(|change| change["address"] == *sender).unwrap();
    assert_eq!(change["before"], node.balance(&sender).await.to_string());
    let bytes = hex::decode(built.text("unsigned")).unwrap();
    let signed = sign(Transaction::from_bytes(&bytes).unwrap(), 0);
    assert_eq!(signed.id().to_string(), built.text("id"));
    assert_eq!(node.submit(signed.to_bytes()).await.status, 202);
    let done = node.wait_final(&built.text("id")).await;
    assert_eq!(done["receipt"]["sender_balance"], simulated["receipt"]["sender_balance"]);
    assert_eq!(change["after"], node.balance(&sender).await.to_string());
}

#[tokio::test]
async fn a_simulation_says_why_it_would_be_refused() {
    let node = TestNode::start().await;
    let built = post(&node, "build", &order("900000000000000000")).await;
    let simulated = post(&node, "simulate", &json!({ "transaction": built.text("unsigned") })).await;
    assert_eq!(simulated.status, 200);
    let simulated = simulated.json();
    assert_eq!(
        (&simulated["outcome"], &simulated["problem"]["code"]),
        (&json!("refused"), &json!("insufficient_balance"))
    );
}

#[tokio::test]
async fn each_of_many_is_answered_and_none_is_paid_twice() {
    let node = TestNode::start().await;
    let [first, second] = [0, 1].map(|sequence| hex::encode(sign(transfer_of(sequence), 0).to_bytes()));
    let body = json!({ "transactions": [first, "zz", second, first] });
    let results = post(&node, "batch", &body).await.json()["results"].clone();
    let outcomes: Vec<_> = results.as_array().unwrap().iter().map(|result| result["outcome"].clone()).collect();
    assert_eq!(outcomes, ["accepted", "refused", "accepted", "accepted"]);
    assert_eq!((&results[0]["id"], &results[1]["problem"]["code"]), (&results[3]["id"], &json!("invalid_transaction")));
    node.wait_final(results[2]["id"].as_str().unwrap()).await;
    let again = post(&node, "batch", &body).await.json();
    assert_eq!((&again["results"][0]["id"], &again["results"][0]["state"]), (&results[0]["id"], &json!("final")));
}

#[tokio::test]
async fn what_cannot_be_built_simulated_or_submitted_is_refused_by_name() {
    let node = TestNode::start().await;
    let mut bad_key = order("1");
    bad_key["authority"]["keys"] = json!(["zz"]);
    let mut two_of_one = order("1");
    two_of_one["authority"]["threshold"] = json!(2);
    let mut bad_sender = order("1");
    bad_sender["sender"] = json!("alice");
    let mut no_lane = order("1");
    no_lane["lane"] = json!(16);
    let text = hex::encode(sign(transfer_of(0), 0).to_bytes());
    for (path, body, code) in [
        ("build", bad_key, "invalid_body"),
        ("build", two_of_one, "invalid_body"),
        ("build", bad_sender, "invalid_address"),
        ("build", no_lane, "invalid_body"),
        ("build", order("0"), "invalid_amount"),
        ("simulate", json!({ "transaction": "zz" }), "invalid_transaction"),
        ("simulate", json!({ "transaction": "010203" }), "invalid_transaction"),
        ("batch", json!({ "transactions": [] }), "invalid_body"),
        ("batch", json!({ "transactions": vec!["00"; 101] }), "invalid_body"),
        ("batch", json!({ "transactions": text }), "invalid_body"),
    ] {
        let answer = post(&node, path, &body).await;
        assert_eq!((answer.status, answer.problem().as_str()), (422, code), "{path} {body}");
    }
}
