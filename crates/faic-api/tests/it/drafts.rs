//! Fees, built and simulated transactions, and many submitted at once.

use faic_core::{
    BasicCrypto, KeyManager, Network, PartiallySignedTransaction, Signer, Transaction, staking::Possession,
};
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

/// An order of the rich account 0 that does this.
fn order_of(action: Value) -> Value {
    json!({ "authority": order("1")["authority"], "action": action })
}

#[tokio::test]
async fn every_action_is_built_as_a_document_that_wallets_read() {
    let node = TestNode::start().await;
    let sender = dev::accounts()[0].address;
    let (key, other) = (hex::encode(rich(0).public_key().as_bytes()), hex::encode(rich(1).public_key().as_bytes()));
    let claim = Possession { chain_id: transfer_of(0).chain_id, operator: sender, key: rich(1).public_key() };
    let crypto = BasicCrypto { key_manager: KeyManager::from_iter([rich(1)]) };
    let possession = hex::encode(crypto.sign_possession(&claim).unwrap().as_bytes());
    let joint = json!({ "threshold": 2, "keys": [key, other] });
    for action in [
        json!({ "kind": "transfer", "outputs": order("5")["outputs"] }),
        json!({ "kind": "set_account", "authority": joint, "memo_required": true }),
        json!({ "kind": "bond", "key": other, "possession": possession, "amount": "5" }),
        json!({ "kind": "unbond", "amount": "5" }),
        json!({ "kind": "withdraw" }),
        json!({ "kind": "unjail" }),
    ] {
        let mut order = order_of(action.clone());
        order["memo"] = json!("note");
        order["fee_payer"] = json!({ "authority": joint });
        let built = post(&node, "build", &order).await;
        assert_eq!(built.status, 200, "{action}: {:?}", built.body);
        let document = PartiallySignedTransaction::read(&built.body).unwrap();
        assert_eq!(serde_json::from_str::<Value>(&document.to_json()).unwrap(), built.json());
        let transaction = document.transaction();
        assert_eq!((transaction.action.name(), transaction.memo.as_str()), (action["kind"].as_str().unwrap(), "note"));
        assert_eq!(transaction.fee_payer.as_ref().unwrap().authority.threshold(), 2);
        assert_eq!(built.json()["transaction"]["fee_payer_authority"]["threshold"], json!(2));
    }
}

#[tokio::test]
async fn a_document_is_simulated_and_submitted_with_its_signatures() {
    let node = TestNode::start().await;
    let mut order = order("7");
    order["fee_payer"] = json!({ "authority": { "keys": [hex::encode(rich(1).public_key().as_bytes())] } });
    let built = post(&node, "build", &order).await.json();
    let simulated = post(&node, "simulate", &built).await.json();
    assert_eq!((&simulated["outcome"], &simulated["signed"]), (&json!("accepted"), &json!(false)));
    let submit = |body: Value| {
        let node = &node;
        async move { node.call(Method::POST, "/v1/transactions").json(&body).send().await }
    };
    let mut document = PartiallySignedTransaction::read(built.to_string().as_bytes()).unwrap();
    for account in [0, 1] {
        let missing = submit(serde_json::from_str(&document.to_json()).unwrap()).await;
        assert_eq!((missing.status, missing.problem().as_str()), (422, "signatures_missing"));
        let crypto = BasicCrypto { key_manager: KeyManager::from_iter([rich(account)]) };
        assert_eq!(document.sign(&crypto).unwrap().len(), 1);
    }
    let signed: Value = serde_json::from_str(&document.to_json()).unwrap();
    assert_eq!(post(&node, "simulate", &signed).await.json()["signed"], json!(true));
    let sent = submit(signed.clone()).await;
    assert_eq!((sent.status, sent.text("id")), (202, document.id().to_string()));
    let done = node.wait_final(&document.id().to_string()).await;
    assert_eq!(done["receipt"]["payer"], json!(dev::accounts()[1].address.encode(Network::Dev)));
    assert_eq!(submit(signed.clone()).await.status, 200);

    type Edit = fn(&mut Value);
    let edits: [(Edit, &str); 6] = [
        (|document| document["transaction"]["fee"] = json!("1"), "invalid_transaction"),
        (|document| document["id"] = json!("00"), "invalid_transaction"),
        (|document| document["version"] = json!(2), "invalid_body"),
        (|document| document["more"] = json!(2), "invalid_body"),
        (|document| document["signatures"][0]["key"] = json!(9), "invalid_signature"),
        (|document| document["signatures"] = document["fee_payer_signatures"].clone(), "invalid_signature"),
    ];
    for (edit, code) in edits {
        let mut altered = signed.clone();
        edit(&mut altered);
        let refused = submit(altered.clone()).await;
        assert_eq!((refused.status, refused.problem().as_str()), (422, code), "{altered}");
        assert_eq!(post(&node, "simulate", &altered).await.problem(), code);
    }
}

#[tokio::test]
async fn actions_that_cannot_be_built_are_refused_by_name() {
    let node = TestNode::start().await;
    let key = hex::encode(rich(1).public_key().as_bytes());
    let mut both = order("1");
    both["action"] = json!({ "kind": "withdraw" });
    let mut neither = order("1");
    neither.as_object_mut().unwrap().remove("outputs");
    let mut own_fee = order("1");
    own_fee["fee_payer"] = json!({ "authority": own_fee["authority"] });
    let second = hex::encode(rich(1).public_key().as_bytes());
    let mut long_memo = order("1");
    long_memo["memo"] = json!("x".repeat(65));
    let bond = json!({ "kind": "bond", "key": key, "possession": "00".repeat(64), "amount": "5" });
    for (body, code) in [
        (both, "invalid_body"),
        (neither, "invalid_body"),
        (own_fee, "invalid_transaction"),
        (long_memo, "invalid_transaction"),
        (order_of(json!({ "kind": "mint", "amount": "5" })), "invalid_body"),
        (order_of(json!({ "kind": "withdraw", "amount": "5" })), "invalid_body"),
        (order_of(json!({ "kind": "set_account" })), "invalid_transaction"),
        (order_of(json!({ "kind": "set_account", "authority": { "keys": [] } })), "invalid_body"),
        // How many of several keys must sign is nothing to guess.
        (order_of(json!({ "kind": "set_account", "authority": { "keys": [key, second] } })), "invalid_body"),
        (order_of(json!({ "kind": "unbond", "amount": "0" })), "invalid_amount"),
        (order_of(json!({ "kind": "bond", "key": key, "possession": "00", "amount": "5" })), "invalid_body"),
        (order_of(bond), "invalid_signature"),
    ] {
        let answer = post(&node, "build", &body).await;
        assert_eq!((answer.status, answer.problem().as_str()), (422, code), "{body}");
    }
}
