//! Transactions that are built on one machine, signed on others and submitted by any: watched accounts, accounts of several
//! keys, sponsored fees.

use serde_json::{Value, json};

use crate::{
    process::NodeProcess,
    program::{Faic, Run},
};

/// The code of a failure.
fn code(run: &Run) -> String {
    let answer: Value = serde_json::from_str(&run.err).unwrap_or_else(|_| panic!("{}{}", run.out, run.err));
    assert_eq!(run.out, "", "{}", run.err);
    answer["error"]["code"].as_str().expect("a code").to_owned()
}

/// Runs a command that must fail, and gives the code.
fn refused(faic: &Faic, arguments: &[&str]) -> String {
    code(&faic.run(&[&["wallet"], arguments, &["--json"]].concat()))
}

/// A text field of an answer.
fn text(answer: &Value, field: &str) -> String {
    answer[field].as_str().unwrap_or_else(|| panic!("{field}: {answer}")).to_owned()
}

/// The public key of a wallet's first account.
fn public_key(faic: &Faic, wallet: &str) -> String {
    let shown = faic.json(&["wallet", "public-key", wallet, "--password-file", "password"]);
    shown["public_keys"][0].as_str().expect("a key").to_owned()
}

/// Signs a file on a machine that has no node: `FAIC_NODE` is a port at which nobody listens.
fn sign(faic: &Faic, wallet: &str, file: &str, out: &str) -> Value {
    faic.json(&["wallet", "sign", wallet, file, "--yes", "--out", out, "--password-file", "password"])
}

/// Carries a file from one machine to another.
fn carry(from: &Faic, to: &Faic, file: &str) {
    to.write(file, &from.read(file));
}

/// What an account has, in FAIC.
fn balance(faic: &Faic, node: &NodeProcess, account: &str) -> String {
    let answer = faic.json(&["wallet", "balance", account, "--node", node.url()]);
    answer["accounts"][0]["balance_faic"].as_str().expect("a balance").to_owned()
}

/// Two machines: one with a node, and `rich`; the other with the wallet `cold`, which has 10 FAIC and no network.
fn two_machines() -> (Faic, Faic, NodeProcess, String) {
    let (online, offline) = (Faic::new(), Faic::new());
    online.import_rich();
    let cold = text(&offline.new_wallet("cold"), "address");
    let node = NodeProcess::dev(&online, "data");
    let fixed = ["--yes", "--password-file", "password", "--node", node.url()];
    online.json(&[&["wallet", "send", "rich", &cold, "10"] as &[&str], &fixed].concat());
    (online, offline, node, cold)
}

/// A watched account pays: built with its public key, signed without a network, submitted, and once more to no harm.
#[test]
fn watched_account_pays() {
    let (online, offline, node, cold) = two_machines();
    let key = public_key(&offline, "cold");
    online.json(&["wallet", "watch", &cold, "--label", "cold", "--key", &key]);
    let build = ["wallet", "build", "cold", "rich", "2.5", "--memo", "rent", "--out", "unsigned", "--node", node.url()];
    let built = online.json(&build);
    assert_eq!((&built["complete"], &built["signatures"][0]["missing"]), (&json!(false), &json!(1)));
    let missing = online.run(&["wallet", "submit", "unsigned", "--json", "--node", node.url()]);
    assert_eq!(code(&missing), "signatures_missing");
    assert!(missing.err.contains("1 of 1 signatures of the sender"), "{}", missing.err);

    carry(&online, &offline, "unsigned");
    let people = offline.run(&["wallet", "show", "unsigned"]).out;
    for expected in ["2.5 FAIC", "rent", "faic-dev", "valid until", "fee paid by", "by 0 of the 1"] {
        assert!(people.contains(expected), "{expected}: {people}");
    }
    let signed = sign(&offline, "cold", "unsigned", "signed");
    assert_eq!((&signed["complete"], &signed["id"]), (&json!(true), &built["id"]));
    carry(&offline, &online, "signed");
    let submit = ["wallet", "submit", "signed", "--node", node.url()];
    let sent = online.json(&submit);
    assert_eq!((&sent["state"], &sent["known"], &sent["id"]), (&json!("final"), &json!(false), &built["id"]));
    let again = online.json(&submit);
    assert_eq!((&again["state"], &again["known"], &again["height"]), (&json!("final"), &json!(true), &sent["height"]));
    let fee: u64 = text(&sent, "fee").parse().expect("nano");
    assert_eq!(balance(&online, &node, "cold"), format!("7.{}", 500_000_000 - fee));
    node.stop();
}
