//! The OpenAPI document, and the page that shows it.

use std::{env, fs, path::Path};

use serde_json::Value;

use crate::node::TestNode;

/// Set to write the document anew instead of comparing it.
const WRITE: &str = "FAIC_WRITE_OPENAPI";

#[test]
fn the_committed_document_is_that_of_the_routes() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../openapi/faic.json");
    if env::var_os(WRITE).is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, faic_api::document()).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == faic_api::document(),
        "openapi/faic.json is not the document of the routes; run {WRITE}=1 cargo test -p faic-api --test it document"
    );
}

#[test]
fn the_committed_catalogue_of_errors_is_that_of_the_codes() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/errors.md");
    if env::var_os(WRITE).is_some() {
        fs::write(&path, faic_api::error_catalogue()).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == faic_api::error_catalogue(),
        "docs/errors.md is not the table of codes; run {WRITE}=1 cargo test -p faic-api --test it document"
    );
}

#[tokio::test]
async fn the_type_of_a_problem_leads_to_its_entry() {
    let node = TestNode::start().await;
    let link = node.get("/v1/blocks/0").await.text("type");
    let (path, code) = link.split_once('#').unwrap();
    let page = node.get(path).await;
    assert!(page.header("content-type").starts_with("text/html") && page.status == 200);
    let html = String::from_utf8(page.body.to_vec()).unwrap();
    assert!(html.contains(&format!("<section id=\"{code}\">")) && html.contains("&lt;token&gt;"), "{code}");
}

#[test]
fn every_answer_is_described_with_headers_and_body() {
    let document: Value = serde_json::from_str(&faic_api::document()).unwrap();
    assert_eq!(document["openapi"], "3.1.0");
    let mut operations = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            operations += 1;
            let place = format!("{method} {path}");
            assert!(operation["summary"].is_string() && operation["operationId"].is_string(), "{place}");
            for (status, response) in operation["responses"].as_object().unwrap() {
                assert!(response["headers"]["faic-chain-id"].is_object(), "{place} {status}");
                assert!(response["headers"]["faic-height"].is_object(), "{place} {status}");
                let problem = &response["content"]["application/problem+json"]["schema"]["$ref"];
                let is_problem = status.starts_with('4') || status.starts_with('5');
                assert_eq!(is_problem, problem == "#/components/schemas/Problem", "{place} {status}");
            }
            for status in ["400", "431", "500", "503"] {
                assert!(operation["responses"][status].is_object(), "{place} {status}");
            }
            if path.starts_with("/v1/wallets") || (path.starts_with("/v1/node") && method != "get") {
                assert_eq!(operation["security"][0]["token"], serde_json::json!([]), "{place}");
            }
        }
    }
    assert_eq!(operations, 30);
}

#[test]
fn every_reference_has_its_schema() {
    let document: Value = serde_json::from_str(&faic_api::document()).unwrap();
    let mut references = Vec::new();
    collect_references(&document, &mut references);
    assert!(references.len() > 100);
    for reference in references {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
}

#[test]
fn every_shape_of_a_union_has_a_name() {
    let document: Value = serde_json::from_str(&faic_api::document()).unwrap();
    let mut unions = 0;
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        let Some(shapes) = schema["oneOf"].as_array() else { continue };
        assert!(schema["discriminator"]["propertyName"].is_string(), "{name}");
        assert!(shapes.iter().all(|shape| shape["$ref"].is_string()), "{name}");
        unions += 1;
    }
    assert!(unions >= 4, "{unions}");
    assert_eq!(document["components"]["schemas"]["FinalTransaction"]["properties"]["state"]["const"], "final");
}

/// Collects the targets of all references below a value.
fn collect_references(value: &Value, references: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            references.extend(fields.get("$ref").and_then(Value::as_str).map(str::to_owned));
            fields.values().for_each(|value| collect_references(value, references));
        }
        Value::Array(items) => items.iter().for_each(|value| collect_references(value, references)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn the_example_of_an_address_is_one() {
    let document: Value = serde_json::from_str(&faic_api::document()).unwrap();
    let example = document["components"]["schemas"]["Address"]["examples"][0].as_str().unwrap();
    assert_eq!(example, faic_node::dev::accounts()[0].address.encode(faic_core::Network::Dev));
}

#[tokio::test]
async fn the_node_serves_the_document_and_the_page_without_the_internet() {
    let node = TestNode::start().await;
    let served = node.get("/openapi.json").await;
    assert_eq!(served.header("content-type"), "application/json");
    assert_eq!(served.json(), serde_json::from_str::<Value>(&faic_api::document()).unwrap());
    assert_eq!(node.get("/docs").await.header("location"), "/docs/");
    let page = node.get("/docs/").await;
    assert_eq!(page.status, 200);
    assert!(page.header("content-security-policy").starts_with("default-src 'self'"));
    let html = String::from_utf8(page.body.to_vec()).unwrap();
    assert!(!html.contains("https://"), "{html}");
    for file in html.split(['"', '\'']).filter(|text| text.ends_with(".js") || text.ends_with(".css")) {
        let answer = node.get(format!("/docs/{}", file.trim_start_matches("./"))).await;
        assert_eq!(answer.status, 200, "{file}");
    }
    assert_eq!(node.get("/docs/nothing").await.problem(), "not_found");
}

/// What a policy of the page must say, so that nothing foreign runs on it and nothing is sent elsewhere.
const PAGE_POLICY: &[&str] =
    &["default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", "frame-ancestors 'none'"];

#[tokio::test]
async fn the_node_serves_the_page_under_a_strict_policy() {
    let node = TestNode::start().await;
    let page = node.get("/").await;
    let html = String::from_utf8(page.body.to_vec()).unwrap();
    let loaded: Vec<&str> = html.split('"').filter(|text| text.starts_with("/page/")).collect();
    assert!(loaded.len() >= 3, "{html}");
    for path in loaded.into_iter().chain(["/", "/page/wallet.js"]) {
        let answer = node.get(path).await;
        assert_eq!((answer.status, answer.header("x-content-type-options")), (200, "nosniff"), "{path}");
        let policy = answer.header("content-security-policy");
        assert!(PAGE_POLICY.iter().all(|part| policy.contains(part)) && !policy.contains("unsafe"), "{path}: {policy}");
    }
    assert_eq!(node.get("/page/nothing.js").await.problem(), "not_found");
    let qr = node.get("/page/qr?text=dfaic1").await;
    assert_eq!((qr.status, qr.header("content-type")), (200, "image/svg+xml"));
    for wrong in ["/page/qr", "/page/qr?text=", &format!("/page/qr?text={}", "x".repeat(513)), "/page/qr?text=a&size=9"]
    {
        assert_eq!(node.get(wrong).await.problem(), "invalid_query", "{wrong}");
    }
}
