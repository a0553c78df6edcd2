//! Changing what the ledger keeps of an account.

use serde_json::{Value, json};

use crate::{
    process::NodeProcess,
    program::{Faic, on},
};

/// A wallet that requires memos is refused payments without one, until it does not any more.
#[test]
fn memo_required() {
    let faic = Faic::new();
    faic.import_rich();
    faic.new_wallet("bob");
    let node = NodeProcess::dev(&faic, "data");
    faic.json(&on(node.url(), &["send", "rich", "bob", "2"]));

    let changed = faic.json(&on(node.url(), &["settings", "bob", "--memo-required", "on"]));
    assert_eq!((&changed["state"], &changed["memo_required"]), (&json!("final"), &json!(true)));
    let nano = |field: &str| changed[field].as_str().and_then(|nano| nano.parse::<u64>().ok()).expect("nano");
    assert_eq!(nano("balance") + nano("fee"), 2_000_000_000);

    let line = faic.refuse(1, &on(node.url(), &["send", "rich", "bob", "1"]));
    let bob = faic.json(&["wallet", "address", "bob"])["address"].as_str().expect("an address").to_owned();
    assert!(line.starts_with(&format!("{bob} (bob) takes only payments with a memo")), "{line}");
    assert!(line.ends_with("put it on the payment with --memo"), "{line}");
    // No password was asked for, and nothing was signed.
    let without_password = faic.refuse(1, &["wallet", "send", "rich", "bob", "1", "--yes", "--node", node.url()]);
    assert_eq!(without_password, line);
    assert_eq!(faic.refuse_json(1, &on(node.url(), &["send", "rich", "bob", "1"])).0, "memo_required");
    faic.json(&on(node.url(), &["send", "rich", "bob", "1", "--memo", "17"]));

    assert_eq!(faic.refuse_json(1, &on(node.url(), &["settings", "bob", "--memo-required", "on"])).0, "nothing_to_do");
    let people = faic.run(&on(node.url(), &["settings", "bob", "--memo-required", "off", "--lane", "3"])).out;
    assert!(people.contains("memo required") && people.contains("off") && people.contains("final at"), "{people}");
    faic.json(&on(node.url(), &["send", "rich", "bob", "1"]));
    let history = faic.json(&["wallet", "history", "bob", "--node", node.url()]);
    assert_eq!(history["payments"].as_array().map(Vec::len), Some(5));
    let kinds: Vec<_> = history["payments"].as_array().into_iter().flatten().map(|item| item["kind"].clone()).collect();
    assert_eq!(json!(kinds), json!(["transfer", "set_account", "transfer", "set_account", "transfer"]));
    assert_eq!(history["payments"][3]["fee"], changed["fee"]);
    let people = faic.run(&["wallet", "history", "bob", "--node", node.url()]).out;
    let change = people.lines().find(|line| line.contains("settings")).expect("a row of the change");
    assert!(people.contains("fee (FAIC)") && change.contains("0.00000") && !change.contains(" 0 "), "{people}");
    node.stop();
}

/// A change that nobody waits for is accepted; one that cannot be made, or is not confirmed, sends nothing.
#[test]
fn changes_that_are_not_made() {
    let faic = Faic::new();
    faic.import_rich();
    faic.new_wallet("poor");
    let node = NodeProcess::dev(&faic, "data");
    faic.write("wrong", "not the password");
    let set = |wallet: &'static str, more: &[&'static str]| {
        on(node.url(), &[&["settings", wallet, "--memo-required", "on"], more].concat())
    };
    assert_eq!(faic.refuse_json(1, &set("poor", &[])).0, "insufficient_balance");
    assert_eq!(faic.refuse_json(1, &set("nobody", &[])).0, "wallet_unknown");
    assert_eq!(faic.refuse_json(1, &set("rich", &["--fee-max", "0.000000001"])).0, "fee_over_limit");
    let wrong = ["wallet", "settings", "rich", "--memo-required", "on", "--yes", "--node", node.url()];
    assert_eq!(faic.refuse_json(1, &[&wrong as &[&str], &["--password-file", "wrong"]].concat()).0, "wrong_password");
    let asks = ["wallet", "settings", "rich", "--memo-required", "on", "--password-file", "password"];
    let run = faic.run(&[&asks as &[&str], &["--node", node.url()]].concat());
    assert!(run.code == 2 && run.err.contains("--yes") && run.err.contains("balance after"), "{}", run.err);
    assert!(faic.refuse(2, &["wallet", "settings", "rich"]).contains("--memo-required"));
    assert!(faic.refuse(2, &["wallet", "settings", "rich", "--memo-required", "maybe"]).contains("on, off"));
    let sent = faic.json(&set("rich", &["--no-wait"]));
    assert_eq!((&sent["state"], &sent["height"]), (&json!("pooled"), &Value::Null));
    node.stop();
}

/// Every rich account of the development network opens at its index of the public mnemonic, and pays.
#[test]
fn every_public_account_pays() {
    let faic = Faic::new();
    faic.import_rich();
    let node = NodeProcess::dev(&faic, "data");
    for index in ["0", "1", "2", "3", "4"] {
        let name = format!("dev{index}");
        let import = ["wallet", "import", &name, "--index", index, "--network", "dev"];
        let files = ["--mnemonic-file", "public", "--password-file", "password"];
        let made = faic.json(&[&import as &[&str], &files].concat());
        let account = &node.answer["accounts"][index.parse::<usize>().expect("a digit")];
        assert_eq!((&made["address"], &made["path"]), (&account["address"], &account["path"]));
        let paid = faic.json(&on(node.url(), &["send", &name, "rich", "1"]));
        assert_eq!(paid["state"], json!("final"));
    }
    let list = faic.json(&["wallet", "list"]);
    assert_eq!(
        (&list["wallets"][3]["name"], &list["wallets"][3]["path"]),
        (&json!("dev3"), &json!("m/44'/1'/0'/0'/3'"))
    );
    node.stop();
}
