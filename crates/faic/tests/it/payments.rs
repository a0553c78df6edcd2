//! Payments over a real node.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::{process::NodeProcess, program::Faic};

/// A program with the wallets `rich` and `bob`, and a development network.
fn network() -> (Faic, NodeProcess) {
    let faic = Faic::new();
    faic.import_rich();
    faic.new_wallet("bob");
    let node = NodeProcess::dev(&faic, "data");
    (faic, node)
}

/// The arguments of a payment that needs no terminal.
fn pay<'a>(node: &'a NodeProcess, arguments: &[&'a str]) -> Vec<&'a str> {
    let fixed = ["--yes", "--password-file", "password", "--node", node.url()];
    [&["wallet", "send"], arguments, &fixed].concat()
}

/// What the node says that an account has, in nano.
fn balance(faic: &Faic, node: &NodeProcess, account: &str) -> u64 {
    let answer = faic.json(&["wallet", "balance", account, "--node", node.url()]);
    answer["accounts"][0]["balance"].as_str().expect("a balance").parse().expect("a number of nano")
}

/// The history of an account.
fn history(faic: &Faic, node: &NodeProcess, account: &str, more: &[&str]) -> Value {
    faic.json(&[&["wallet", "history", account, "--node", node.url()], more].concat())
}

/// A payment arrives, is final when the program returns, and stands in both histories with its memo.
#[test]
fn one_receiver() {
    let (faic, node) = network();
    let paid = faic.json(&pay(&node, &["rich", "bob", "2.5", "--memo", "rent 🏠"]));
    assert_eq!(paid["state"], json!("final"));
    assert_eq!(balance(&faic, &node, "bob"), 2_500_000_000);
    assert_eq!(paid["balance"], json!(balance(&faic, &node, "rich").to_string()));
    let (received, sent) = (history(&faic, &node, "bob", &[]), history(&faic, &node, "rich", &[]));
    for (page, direction) in [(&received, "in"), (&sent, "out")] {
        let payment = &page["payments"][0];
        assert_eq!((&payment["id"], &payment["direction"]), (&paid["id"], &json!(direction)));
        assert_eq!((&payment["amount"], &payment["memos"]), (&json!("2500000000"), &json!(["rent 🏠"])));
    }
    assert_eq!((&received["payments"][0]["fee"], &sent["payments"][0]["fee"]), (&json!("0"), &paid["fee"]));
    let people = faic.run(&["wallet", "history", "bob", "--node", node.url()]).out;
    assert!(people.contains("+2.5") && people.contains("rent 🏠"), "{people}");
    node.stop();
}

/// A first payment to somebody is pointed out where nobody was asked, once it was made: to people in a line, to programs in
/// a field; a refusal stays one line.
#[test]
fn somebody_new() {
    let (faic, node) = network();
    let [carol, dave, erin] = ["carol", "dave", "erin"]
        .map(|name| Faic::new().new_wallet(name)["address"].as_str().expect("text").to_owned());
    let refused = faic.refuse(1, &pay(&node, &["rich", &carol, "900000000"]));
    assert!(!refused.contains("warning"), "{refused}");
    for told in [format!("warning: {carol} was never used before\n"), String::new()] {
        let run = faic.run(&pay(&node, &["rich", &carol, "1"]));
        assert_eq!((run.code, run.err), (0, told), "{}", run.out);
    }
    let paid = faic.json(&pay(&node, &["rich", &dave, "1", "--to", "bob=1"]));
    assert_eq!(paid["warnings"], json!([format!("{dave} was never used before")]));
    assert_eq!(faic.json(&pay(&node, &["rich", &dave, "1"]))["warnings"], Value::Null);
    faic.write("one.csv", &format!("to,amount\n{erin},1\n"));
    let many = ["wallet", "send-many", "rich", "one.csv", "--yes", "--password-file", "password", "--node", node.url()];
    let run = faic.run(&many);
    assert_eq!(run.err, "warning: 1 receiver whom you have not paid before\n", "{}", run.out);
    assert!(run.out.contains("1 FAIC to 1 receiver of one.csv"), "{}", run.out);
    node.stop();
}

/// Several receivers are paid at once; a history has pages.
#[test]
fn several_receivers_and_pages() {
    let (faic, node) = network();
    faic.new_wallet("carol");
    faic.json(&pay(&node, &["rich", "bob", "1", "--to", "carol=0.000000001"]));
    faic.json(&pay(&node, &["rich", "--to", "bob=2", "--lane", "15"]));
    assert_eq!((balance(&faic, &node, "bob"), balance(&faic, &node, "carol")), (3_000_000_000, 1));
    let newest = history(&faic, &node, "bob", &["--limit", "1"]);
    assert_eq!(newest["payments"][0]["amount"], json!("2000000000"));
    let cursor = newest["next_cursor"].as_str().expect("there is more");
    let older = history(&faic, &node, "bob", &["--limit", "1", "--cursor", cursor]);
    assert_eq!((&older["payments"][0]["amount"], &older["next_cursor"]), (&json!("1000000000"), &Value::Null));
    let bad = ["wallet", "history", "bob", "--cursor", "x&y", "--node", node.url()];
    let line = faic.refuse(2, &bad);
    assert!(line.contains("not one that a checked page ended with"), "{line}");
    let line = faic.refuse(1, &[&bad as &[&str], &["--unverified"]].concat());
    assert!(line.contains("invalid_cursor"), "{line}");
    // A cursor of another account is refused here, and by the node.
    let other = ["wallet", "history", "rich", "--cursor", cursor, "--node", node.url(), "--json"];
    for (more, exit) in [(&[] as &[&str], 2), (&["--unverified"], 1)] {
        let run = faic.run(&[&other as &[&str], more].concat());
        let answer: Value = serde_json::from_str(&run.err).expect("one JSON document");
        assert_eq!((run.code, &answer["error"]["code"]), (exit, &json!("invalid_cursor")), "{}", run.err);
    }
    node.stop();
}

/// A payment to oneself costs the fee; one that nobody waits for becomes final all the same.
#[test]
fn to_oneself_without_waiting() {
    let (faic, node) = network();
    let before = balance(&faic, &node, "rich");
    let paid = faic.json(&pay(&node, &["rich", "rich", "5"]));
    let fee: u64 = paid["fee"].as_str().expect("a fee").parse().expect("a number of nano");
    assert_eq!(balance(&faic, &node, "rich"), before - fee);
    assert_eq!(history(&faic, &node, "rich", &[])["payments"][0]["direction"], json!("self"));
    let sent = faic.json(&pay(&node, &["rich", "bob", "1", "--no-wait"]));
    assert_eq!((&sent["state"], &sent["height"]), (&json!("pooled"), &Value::Null));
    faic.json(&pay(&node, &["rich", "bob", "1", "--lane", "1"]));
    node.stop();
}

/// Payments that nobody waits for queue up, equal ones too; waiting too long is told with what to do.
#[test]
fn payments_that_wait() {
    let faic = Faic::new();
    faic.init_chain("data", "faic-x");
    faic.new_wallet("bob");
    faic.write(
        "slow.toml",
        "data_dir = 'data'\n[consensus]\nhold = '59s'\nblock_interval_min = '59s'\ntimeout_propose = '60s'\n",
    );
    let node = NodeProcess::start(&faic, &["node", "--config", "slow.toml", "--http", "127.0.0.1:0", "--p2p", "off"]);
    let send = |amount: &'static str, more: &[&'static str]| pay(&node, &[&["operator", "bob", amount], more].concat());
    // The first block comes at once, the next one not before a minute has passed.
    faic.json(&send("1", &[]));
    let ids = ["1", "1", "2"].map(|amount| faic.json(&send(amount, &["--no-wait"]))["id"].to_string());
    assert_eq!(BTreeSet::from(ids).len(), 3);
    let line = faic.refuse(1, &send("1", &["--timeout", "5"]));
    assert!(line.contains("is not final yet") && line.contains("faic wallet history operator"), "{line}");
    assert_eq!(balance(&faic, &node, "bob"), 1_000_000_000);
    node.stop();
}

/// A wrong password, more than there is, a fee above the limit and a missing confirmation send nothing.
#[test]
fn nothing_is_sent() {
    let (faic, node) = network();
    let before = balance(&faic, &node, "rich");
    faic.write("wrong", "not the password");
    let fixed = ["--yes", "--node", node.url(), "--password-file"];
    let send = ["wallet", "send", "rich", "bob", "1"];
    let line = faic.refuse(1, &[&send as &[&str], &fixed, &["wrong"]].concat());
    assert!(line.contains("password is wrong") && line.contains("nothing was sent"), "{line}");
    let line = faic.refuse(1, &pay(&node, &["rich", "bob", "1000000"]));
    assert!(line.contains("the wallet has 1000000 FAIC") && line.contains("with the fee"), "{line}");
    let line = faic.refuse(1, &pay(&node, &["bob", "rich", "1"]));
    assert!(line.contains("bob has no money"), "{line}");
    let line = faic.refuse(1, &pay(&node, &["rich", "bob", "1", "--fee-max", "0.000000001"]));
    let limit = line.split_once("--fee-max ").and_then(|(_, rest)| rest.split(',').next()).expect("a number");
    let run = faic.run(&[&send as &[&str], &["--password-file", "password", "--node", node.url()]].concat());
    assert!(run.code == 2 && run.err.contains("--yes") && run.err.contains("balance after"), "{}", run.err);
    assert_eq!(balance(&faic, &node, "rich"), before);
    // The limit that the advice names is enough.
    faic.json(&pay(&node, &["rich", "bob", "1", "--fee-max", limit]));
    node.stop();
}

/// A wallet of another network is kept away from the node, in words and in JSON.
#[test]
fn wallet_of_another_network() {
    let (faic, node) = network();
    faic.json(&["wallet", "new", "main", "--network", "main", "--password-file", "password"]);
    for arguments in [
        pay(&node, &["main", "main", "1"]),
        vec!["wallet", "balance", "main", "--node", node.url()],
        vec!["wallet", "history", "main", "--node", node.url()],
    ] {
        let line = faic.refuse(1, &arguments);
        assert!(line.contains("belongs to the dev network"), "{line}");
    }
    let all = faic.json(&["wallet", "balance", "--node", node.url()]);
    assert_eq!(all["accounts"].as_array().map(Vec::len), Some(2));
    node.stop();
}

/// A new wallet is of the node's network when nobody says otherwise; a node's refusal keeps its code in JSON.
#[test]
fn network_and_codes_of_the_node() {
    let (faic, node) = network();
    let made = faic.json(&["wallet", "new", "dave", "--password-file", "password", "--node", node.url()]);
    assert_eq!(made["network"], json!("dev"));
    let run = faic.run(&["wallet", "history", "bob", "--cursor", "x", "--unverified", "--node", node.url(), "--json"]);
    let answer: Value = serde_json::from_str(&run.err).expect("one JSON document");
    assert_eq!((run.code, &answer["error"]["code"]), (1, &json!("invalid_cursor")));
    node.stop();
}
