//! The node among its peers: what it tells without a token, what it changes with one, and what it refuses.

use std::time::Duration;

use hyper::Method;
use serde_json::json;
use tokio::time::timeout;

use crate::node::TestNode;

/// How long a test waits for what must happen.
const PATIENCE: Duration = Duration::from_secs(30);

/// Two nodes of one chain connect by what the one tells about itself, see each other, follow each other's blocks, and part again.
#[tokio::test]
async fn nodes_meet_and_part() {
    let (here, there) = (TestNode::start().await, TestNode::start_follower().await);
    let other = there.get("/v1/node").await.json();
    assert_eq!((&other["node_type"], &other["networked"]), (&json!("full"), &json!(true)));
    let (id, address) = (other["id"].as_str().unwrap(), &other["addresses"][0]);

    let connected = here.with_token(Method::POST, "/v1/node/peers").json(&json!({ "address": address })).send().await;
    assert_eq!((connected.status, connected.text("id").as_str()), (200, id));
    let peers = here.get("/v1/node/peers").await.json();
    assert_eq!((&peers["peers"][0]["id"], &peers["peers"][0]["direction"]), (&json!(id), &json!("outbound")));
    let state = here.get(format!("/v1/node/peers/{id}/state")).await.json();
    assert_eq!((&state["chain_id"], &state["node_type"]), (&json!("faic-dev"), &json!("full")));
    assert_eq!(here.get("/v1/network/nodes").await.json()["nodes"][0]["id"], id);
    assert_eq!(here.with_token(Method::POST, "/v1/node/sync").send().await.status, 200);
    let body = |body| here.with_token(Method::POST, "/v1/node/sync").json(&body).send();
    assert_eq!(body(json!({})).await.status, 200);
    let unknown = body(json!({"from": "12D3KooW"})).await;
    assert_eq!((unknown.status, unknown.problem().as_str()), (422, "invalid_body"));
    assert_eq!(body(json!([])).await.problem(), "invalid_body");

    let height = here.get("/v1/status").await.json()["height"].as_u64();
    let follows = async { while there.get("/v1/status").await.json()["height"].as_u64() < height {} };
    timeout(PATIENCE, follows).await.expect("it follows");

    let parted = here.with_token(Method::DELETE, format!("/v1/node/peers/{id}")).send().await;
    assert_eq!(parted.status, 204);
    let again = here.with_token(Method::DELETE, format!("/v1/node/peers/{id}")).send().await;
    assert_eq!((again.status, again.problem().as_str()), (404, "node_unknown"));
}

/// What changes something needs the token; ids and addresses that are none are told as such.
#[tokio::test]
async fn requests_that_are_refused() {
    let node = TestNode::start().await;
    for (method, path) in
        [(Method::POST, "/v1/node/peers"), (Method::POST, "/v1/node/sync"), (Method::DELETE, "/v1/node/peers/12D3KooW")]
    {
        assert_eq!(node.call(method, path).send().await.problem(), "unauthorized", "{path}");
    }
    let connect =
        |address: &str| node.with_token(Method::POST, "/v1/node/peers").json(&json!({ "address": address })).send();
    assert_eq!(connect("127.0.0.1:8421").await.problem(), "invalid_node_address");
    assert_eq!(connect("/ip4/127.0.0.1/tcp/1").await.problem(), "peer_unreachable");
    assert_eq!(node.get("/v1/node/peers/somebody/state").await.problem(), "invalid_node_id");
}

/// The example of a node's id in the document is one, which nobody is.
#[tokio::test]
async fn the_example_of_a_node_id_is_one() {
    let document: serde_json::Value = serde_json::from_str(&faic_api::document()).unwrap();
    let id = document["components"]["schemas"]["NodeId"]["examples"][0].as_str().unwrap();
    let node = TestNode::start().await;
    assert_eq!(node.get(format!("/v1/node/peers/{id}/state")).await.problem(), "node_unknown");
}

/// The validators of a height and the certificate of its block belong together.
#[tokio::test]
async fn certificates_name_their_validators() {
    let node = TestNode::start().await;
    let first_block = async { while node.get("/v1/blocks/latest").await.status != 200 {} };
    timeout(PATIENCE, first_block).await.expect("the chain goes on");
    let certificate = node.get("/v1/blocks/latest/certificate").await.json();
    let validators = node.get(format!("/v1/validators?height={}", certificate["height"])).await.json();
    assert_eq!(validators["hash"], certificate["validators"]);
    assert_eq!(validators["validators"][0]["key"], certificate["signatures"][0]["validator"]);
    let candidate = &validators["candidates"][0];
    assert_eq!((&candidate["key"], &candidate["status"]), (&validators["validators"][0]["key"], &"active".into()));
    assert!(node.get("/v1/validators").await.json()["height"].as_u64() > certificate["height"].as_u64());
    assert_eq!(node.get("/v1/validators?height=0").await.problem(), "block_is_genesis");
    assert_eq!(node.get("/v1/validators?height=-1").await.problem(), "invalid_query");
}
