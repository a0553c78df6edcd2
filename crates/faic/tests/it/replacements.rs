//! Transactions that others signed, which a node refuses or lets go of: what may still become final is told, and what is
//! built next takes its place, so that nobody pays twice.

use serde_json::{Value, json};

use crate::{
    background::{balance_of, network, slow_network, wait_until, waiting},
    gate::{Gate, Lie, Passage, SUBMISSION},
    program::Faic,
};

/// How questions about a transaction begin.
const TRANSACTION: &str = "GET /v1/transactions/";

/// Builds a payment to bob and signs it; the file is `NAME-signed`.
fn build<'a>(faic: &Faic, from: &'a str, name: &'a str, url: &'a str, more: &[&'a str]) -> Value {
    let fixed = ["wallet", "build", from, "bob", "1", "--password-file", "password", "--out", name, "--node", url];
    let built = faic.json(&[&fixed as &[&str], more].concat());
    let signed = format!("{name}-signed");
    faic.json(&["wallet", "sign", from, name, "--yes", "--out", &signed, "--password-file", "password"]);
    built
}

/// A refusal is no proof that the transaction is never made, whatever its code is: where nothing proves it, the wallet says
/// until when it may be, and what takes its place.
#[test]
fn refusal_is_no_end() {
    let (faic, node) = network();
    let gate = Gate::before(node.url());
    build(&faic, "rich", "tx", node.url(), &[]);
    let submit = ["wallet", "submit", "tx-signed", "--node", &gate.url];
    for code in ["mempool_full", "insufficient_balance", "fee_too_low", "transaction_expired", "a_new_reason"] {
        gate.lie([(SUBMISSION, Lie::Kept(409, code))]);
        let line = faic.refuse(1, &submit);
        assert!(line.contains("may still become final all the same, by height ") && line.contains(code), "{line}");
        assert!(line.contains("--lane 0 --sequence 0") && !line.contains("build it anew"), "{line}");
    }
    // The node has it and lets go of it, as it says.
    let rejected = || json!({ "state": "rejected", "reason": "It made room for others." });
    gate.lie([(TRANSACTION, Lie::Instead(rejected))]);
    gate.plan(&[Passage::Swallowed]);
    let line = faic.refuse(1, &submit);
    assert!(line.contains("It made room") && line.contains("may still become final all the same"), "{line}");
    // It is made all the same, which the history proves.
    let rejected = |answer: &mut Value| *answer = json!({ "state": "rejected", "reason": "It made room for others." });
    gate.lie([(TRANSACTION, Lie::Changed(rejected))]);
    let line = faic.refuse(1, &submit);
    assert!(line.contains("is final at height") && line.contains("says that it was rejected"), "{line}");
    gate.lie([(SUBMISSION, Lie::Kept(503, "mempool_full"))]);
    let line = faic.refuse(1, &submit);
    assert!(line.contains("is final already, at height"), "{line}");
    assert_eq!(balance_of(&faic, "bob", node.url()), json!("1000000000"));
    node.stop();
}

/// A transaction that a node refused and took all the same is not paid a second time by what is built next: that is refused
/// until the user says whether it takes its place, and then only one of the two is made.
#[test]
fn one_of_two_is_made() {
    let (faic, node) = slow_network();
    let gate = Gate::before(node.url());
    let first = build(&faic, "operator", "first", node.url(), &[]);
    gate.lie([(SUBMISSION, Lie::Refused(503, "mempool_full"))]);
    let line = faic.refuse(1, &["wallet", "submit", "first-signed", "--node", &gate.url]);
    assert!(line.contains("may still become final") && line.contains("--lane 0 --sequence 1"), "{line}");
    let again = ["wallet", "build", "operator", "bob", "1", "--password-file", "password", "--node", node.url()];
    let run = faic.run(&[&again as &[&str], &["--json"]].concat());
    let error: Value = serde_json::from_str(&run.err).expect("one JSON document");
    let message = error["error"]["message"].as_str().expect("a text");
    assert_eq!(error["error"]["code"], json!("earlier_undecided"), "{message}");
    assert!(
        message.contains("--sequence 1 builds what takes its place") && message.contains("--sequence 2"),
        "{message}"
    );

    let second = build(&faic, "operator", "second", node.url(), &["--sequence", "1"]);
    assert_ne!(first["id"], second["id"]);
    let sent = faic.json(&["wallet", "submit", "second-signed", "--no-wait", "--node", node.url()]);
    assert_eq!((&sent["state"], waiting(node.url())), (&json!("pooled"), 1));
    let line = faic.refuse(1, &["wallet", "submit", "first-signed", "--node", node.url()]);
    assert!(line.contains("replacement_fee_too_low"), "{line}");
    // What is meant to come after it is built after it.
    build(&faic, "operator", "third", node.url(), &["--sequence", "2"]);
    // Where nothing is proved, what waits is not taken for what is final.
    build(&faic, "operator", "fourth", node.url(), &["--sequence", "1", "--unverified"]);
    for (name, place) in
        [("second", "lane 0, sequence 1"), ("third", "lane 0, sequence 2"), ("fourth", "lane 0, sequence 1")]
    {
        let shown = faic.run(&["wallet", "show", name]).out;
        assert!(shown.contains(place), "{shown}");
    }
    node.stop();
}

/// A place that was used is not built for again.
#[test]
fn used_place() {
    let (faic, node) = network();
    build(&faic, "rich", "tx", node.url(), &[]);
    faic.json(&["wallet", "submit", "tx-signed", "--node", node.url()]);
    wait_until("the payment is not final", || balance_of(&faic, "bob", node.url()) == json!("1000000000"));
    let again = ["wallet", "build", "rich", "bob", "1", "--password-file", "password", "--node", node.url()];
    let run = faic.run(&[&again as &[&str], &["--sequence", "0", "--json"]].concat());
    let error: Value = serde_json::from_str(&run.err).expect("one JSON document");
    assert_eq!(error["error"]["code"], json!("sequence_used"), "{error}");
    node.stop();
}
