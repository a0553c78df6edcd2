//! Accounts, histories, blocks and status.

use faic_core::{Address, Network};
use faic_node::dev;
use hyper::Method;
use serde_json::Value;

use crate::node::{TestNode, sign, transfer_of, unknown_id};

#[tokio::test]
async fn an_unused_address_has_nothing() {
    let node = TestNode::start().await;
    let address = Address::from_bytes([9; 32]).encode(Network::Dev);
    let answer = node.get(format!("/v1/accounts/{address}")).await;
    assert_eq!(answer.status, 200);
    let account = answer.json();
    assert_eq!(account["balance"], "0");
    assert_eq!(account["lanes"], serde_json::json!([]));
    assert_eq!(account["height"].to_string(), answer.header("faic-height"));
    let upper = node.get(format!("/v1/accounts/{}", address.to_uppercase())).await;
    assert_eq!(upper.text("address"), address);
}

#[tokio::test]
async fn the_status_says_where_the_chain_is() {
    let node = TestNode::start().await;
    let signed = sign(transfer_of(0), 0);
    node.submit(signed.to_bytes()).await;
    let receipt = node.wait_final(&signed.id().to_string()).await;
    let status = node.get("/v1/status").await.json();
    assert_eq!(status["chain_id"], "faic-dev");
    assert_eq!(status["network"], "dev");
    assert_eq!(status["genesis"], dev::genesis().id().to_string());
    assert!(status["height"].as_u64() >= receipt["height"].as_u64());
    assert_eq!(status["mempool"]["transactions"], 0);
    assert_eq!(status["faucet"], true);
}

#[tokio::test]
async fn a_history_is_read_page_by_page() {
    let node = TestNode::start().await;
    let mut ids: Vec<String> = Vec::new();
    for sequence in 0..5 {
        let signed = sign(transfer_of(sequence), 0);
        node.submit(signed.to_bytes()).await;
        node.wait_final(&signed.id().to_string()).await;
        ids.insert(0, signed.id().to_string());
    }
    let receiver = dev::accounts()[1].address.encode(Network::Dev);
    let path = format!("/v1/accounts/{receiver}/transactions");
    let mut found: Vec<String> = Vec::new();
    let mut page = node.get(format!("{path}?limit=2")).await.json();
    loop {
        for item in page["transactions"].as_array().unwrap() {
            assert_eq!(item["transaction"]["action"]["kind"], "transfer");
            assert_eq!(item["transaction"]["action"]["outputs"][0]["to"], receiver);
            found.push(item["id"].as_str().unwrap().to_owned());
        }
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        // Its form is fixed: wallets make it by themselves of the last transaction of the page.
        let last = page["transactions"].as_array().unwrap().last().unwrap();
        let (height, index) = (last["height"].as_u64().unwrap(), last["index"].as_u64().unwrap());
        let mark = hex::encode(&dev::accounts()[1].address.as_bytes()[..4]);
        assert_eq!(cursor, format!("{height:016x}{index:08x}{mark}"));
        // It leads to no place in the history of another account.
        let other = dev::accounts()[4].address.encode(Network::Dev);
        let refused = node.get(format!("/v1/accounts/{other}/transactions?cursor={cursor}")).await;
        assert_eq!((refused.status, refused.problem().as_str()), (400, "invalid_cursor"));
        page = node.get(format!("{path}?limit=2&cursor={cursor}")).await.json();
    }
    assert_eq!(found, ids);
}

#[tokio::test]
async fn blocks_are_chained_and_certified() {
    let node = TestNode::start().await;
    for sequence in 0..3 {
        let signed = sign(transfer_of(sequence), 0);
        node.submit(signed.to_bytes()).await;
        let height = node.wait_final(&signed.id().to_string()).await["height"].as_u64().unwrap();
        let block = node.get(format!("/v1/blocks/{height}")).await;
        assert_eq!(block.header("faic-height"), height.to_string());
        assert_eq!(block.json()["transactions"][0], signed.id().to_string());
        assert_eq!(block.json()["certificate"]["signatures"].as_array().unwrap().len(), 1);
    }
    assert!(node.get("/v1/blocks/latest").await.json()["height"].as_u64() >= Some(3));
    let page = node.get("/v1/blocks?limit=2").await.json();
    let [newer, older] = page["blocks"].as_array().unwrap().as_slice() else { panic!("{page}") };
    assert_eq!(newer["parent"], older["id"]);
    let cursor = page["next_cursor"].as_str().unwrap();
    let next = node.get(format!("/v1/blocks?limit=1&cursor={cursor}")).await.json();
    assert_eq!(older["parent"], next["blocks"][0]["id"]);
}

#[tokio::test]
async fn a_block_is_found_by_its_id() {
    let node = TestNode::start().await;
    node.wait_height(2).await;
    let block = node.get("/v1/blocks/2").await.json();
    let id = block["id"].as_str().unwrap();
    assert_eq!(node.get(format!("/v1/blocks/{id}")).await.json(), block);
    assert_eq!(node.get(format!("/v1/blocks/{}", id.to_uppercase())).await.json(), block);
    let certificate = node.get(format!("/v1/blocks/{id}/certificate")).await.json();
    assert_eq!((&certificate["block"], &certificate["height"]), (&block["id"], &Value::from(2)));
}

#[tokio::test]
async fn what_waits_is_listed_page_by_page() {
    let node = TestNode::start_follower().await;
    let empty = node.get("/v1/mempool").await.json();
    assert_eq!((&empty["transactions"], &empty["next_cursor"]), (&serde_json::json!([]), &Value::Null));
    let mut ids = Vec::new();
    let mut bytes = 0;
    for sequence in 0..5 {
        let signed = sign(transfer_of(sequence), 0);
        assert_eq!(node.submit(signed.to_bytes()).await.status, 202);
        bytes += signed.to_bytes().len();
        ids.push(Value::from(signed.id().to_string()));
    }
    let page = node.get("/v1/mempool?limit=2").await.json();
    assert_eq!(page["mempool"]["transactions"], 5);
    assert_eq!(page["mempool"]["bytes"], bytes);
    let [first, second] = page["transactions"].as_array().unwrap().as_slice() else { panic!("{page}") };
    assert_eq!((&first["id"], &second["id"]), (&ids[0], &ids[1]));
    assert_eq!(first["transaction"]["action"]["kind"], "transfer");
    assert!(first["fee_per_byte"].as_str().unwrap().parse::<u64>().unwrap() >= 10);
    assert_eq!(rest_of(&node, "/v1/mempool", &page, "transactions", "id").await, ids[2..]);
    for (query, code) in
        [("cursor=00", "invalid_cursor"), ("limit=101", "invalid_query"), ("sort=fee", "invalid_query")]
    {
        assert_eq!(node.get(format!("/v1/mempool?{query}")).await.problem(), code, "{query}");
    }
}

/// The pages that follow a first one, as values of a field of their items; ends with the last page.
async fn rest_of(node: &TestNode, path: &str, page: &Value, list: &str, field: &str) -> Vec<Value> {
    let mut found = Vec::new();
    let mut cursor = page["next_cursor"].as_str().map(str::to_owned);
    while let Some(text) = cursor {
        let page = node.get(format!("{path}?limit=2&cursor={text}")).await.json();
        found.extend(page[list].as_array().unwrap().iter().map(|item| item[field].clone()));
        cursor = page["next_cursor"].as_str().map(str::to_owned);
    }
    found
}

#[tokio::test]
async fn blocks_that_arrive_do_not_shift_the_pages() {
    let node = TestNode::start().await;
    node.wait_height(6).await;
    let page = node.get("/v1/blocks?limit=2").await.json();
    let top = page["blocks"][0]["height"].as_u64().unwrap();
    for ahead in [0, 3] {
        node.wait_height(top + ahead).await;
        let found = rest_of(&node, "/v1/blocks", &page, "blocks", "height").await;
        assert_eq!(found, (1..top - 1).rev().map(Value::from).collect::<Vec<_>>());
    }
}

/// The rich account's payment of that sequence, once it is final; its id.
async fn pay(node: &TestNode, sequence: u64) -> Value {
    let signed = sign(transfer_of(sequence), 0);
    node.submit(signed.to_bytes()).await;
    node.wait_final(&signed.id().to_string()).await;
    Value::from(signed.id().to_string())
}

#[tokio::test]
async fn payments_that_arrive_do_not_shift_the_pages_of_a_history() {
    let node = TestNode::start().await;
    let mut ids = Vec::new();
    for sequence in 0..5 {
        ids.insert(0, pay(&node, sequence).await);
    }
    let path = format!("/v1/accounts/{}/transactions", dev::accounts()[1].address.encode(Network::Dev));
    let page = node.get(format!("{path}?limit=2")).await.json();
    for sequence in 5..7 {
        let newest = pay(&node, sequence).await;
        assert_eq!(rest_of(&node, &path, &page, "transactions", "id").await, ids[2..]);
        assert_eq!(node.get(format!("{path}?limit=1")).await.json()["transactions"][0]["id"], newest);
    }
}

#[tokio::test]
async fn a_node_that_began_later_names_its_oldest_block() {
    let (source, newcomer) = (TestNode::start().await, TestNode::start_newcomer().await);
    pay(&source, 0).await;
    source.wait_height(10).await;
    let address = source.get("/v1/node").await.json()["addresses"][0].clone();
    let body = serde_json::json!({ "address": address });
    let joined = newcomer.with_token(Method::POST, "/v1/node/peers").json(&body).send().await;
    assert_eq!(joined.status, 200, "{:?}", joined.body);
    newcomer.wait_height(12).await;
    let pruned = newcomer.get("/v1/blocks/1").await;
    assert_eq!((pruned.status, pruned.problem().as_str()), (410, "block_pruned"));
    let oldest: u64 = pruned.header("faic-oldest-height").parse().unwrap();
    newcomer.wait_height(oldest).await;
    assert_eq!(newcomer.get(format!("/v1/blocks/{oldest}")).await.json()["height"], oldest);
    let below = newcomer.get(format!("/v1/blocks/{}/certificate", oldest - 1)).await;
    assert_eq!((below.status, below.header("faic-oldest-height")), (410, oldest.to_string().as_str()));
    assert_eq!(source.get("/v1/blocks/1").await.header("faic-oldest-height"), "");
    // A transaction that may be older is not told to be unknown without saying so.
    let old = newcomer.get(&format!("/v1/transactions/{}", "ab".repeat(32))).await;
    assert_eq!((old.status, old.problem().as_str()), (404, "transaction_unknown"));
    assert_eq!(old.header("faic-oldest-height"), oldest.to_string());
    assert!(old.json()["detail"].as_str().unwrap().contains("ask a node that has every block"), "{:?}", old.body);
    // Of headers it has one more: that of the block at which it began.
    let header = newcomer.get("/v1/light-blocks/1").await;
    assert_eq!((header.status, header.problem().as_str()), (410, "block_pruned"));
    assert_eq!(header.header("faic-oldest-height"), (oldest - 1).to_string());
    assert_eq!(newcomer.get(&format!("/v1/light-blocks/{}", oldest - 2)).await.status, 410);
    let base = newcomer.get(&format!("/v1/light-blocks/{}", oldest - 1)).await.json();
    assert_eq!(base, source.get(&format!("/v1/light-blocks/{}", oldest - 1)).await.json());
    // Of a history the same is told: where nothing is left to show, and where older transactions are missing.
    let history = format!("/v1/accounts/{}/transactions", dev::accounts()[1].address.encode(Network::Dev));
    let none = newcomer.get(&history).await;
    assert_eq!((none.status, none.problem().as_str()), (410, "block_pruned"));
    assert_eq!(none.header("faic-oldest-height"), oldest.to_string());
    let newest = pay(&source, 1).await;
    newcomer.wait_final(newest.as_str().unwrap()).await;
    let some = newcomer.get(&history).await;
    assert_eq!(some.json()["transactions"].as_array().unwrap().len(), 1);
    assert_eq!(some.header("faic-oldest-height"), oldest.to_string());
    let all = source.get(&history).await;
    assert_eq!((all.json()["transactions"].as_array().unwrap().len(), all.header("faic-oldest-height")), (2, ""));
}

#[tokio::test]
async fn what_does_not_exist_is_said() {
    let node = TestNode::start().await;
    for (path, status, code) in [
        (format!("/v1/transactions/{}", unknown_id()), 404, "transaction_unknown"),
        (format!("/v1/transactions/{}?wait=final&timeout=30s", unknown_id()), 404, "transaction_unknown"),
        ("/v1/blocks/0".to_owned(), 404, "block_is_genesis"),
        (format!("/v1/blocks/{}", dev::genesis().id()), 404, "block_is_genesis"),
        ("/v1/blocks/18446744073709551615".to_owned(), 404, "block_unknown"),
        (format!("/v1/blocks/{}", unknown_id()), 404, "block_unknown"),
        (format!("/v1/blocks/{}/certificate", unknown_id()), 404, "block_unknown"),
        ("/v1/nothing".to_owned(), 404, "not_found"),
    ] {
        let answer = node.get(&path).await;
        assert_eq!((answer.status, answer.problem().as_str()), (status, code), "{path}");
    }
    let genesis = node.get("/v1/blocks/0").await;
    assert_eq!(genesis.json()["retryable"], false);
    assert!(genesis.text("detail").contains("the genesis document"), "{}", genesis.text("detail"));
}

#[tokio::test]
async fn the_trace_id_of_the_client_comes_back() {
    let node = TestNode::start().await;
    let call = node.call(hyper::Method::GET, "/v1/status").header("x-request-id", "order-17");
    assert_eq!(call.send().await.header("x-request-id"), "order-17");
}
