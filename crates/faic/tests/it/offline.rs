//! Transactions that are built on one machine, signed on others and submitted by any: watched accounts, accounts of several
//! keys, sponsored fees.

use serde_json::{Value, json};

use crate::{process::NodeProcess, program::Faic};

/// Runs a wallet command that must fail, and gives the code.
fn refused(faic: &Faic, arguments: &[&str]) -> String {
    faic.run(&[&["wallet"], arguments, &["--json"]].concat()).error().0
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

/// Signs what takes the account from the wallet, which it warns of.
fn give_away(faic: &Faic, wallet: &str, file: &str, out: &str) {
    let sign = ["wallet", "sign", wallet, file, "--yes", "--allow-takeover", "--out", out];
    let run = faic.run(&[&sign as &[&str], &["--password-file", "password"]].concat());
    assert!(run.code == 0 && run.err.contains("gives the account dfaic1"), "{}", run.err);
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
    online.json(&["wallet", "watch", &cold, "--name", "cold", "--key", &key]);
    let build = ["wallet", "build", "cold", "rich", "2.5", "--memo", "rent", "--out", "unsigned", "--node", node.url()];
    let built = online.json(&build);
    assert_eq!((&built["complete"], &built["signatures"][0]["missing"]), (&json!(false), &json!(1)));
    let missing = online.run(&["wallet", "submit", "unsigned", "--json", "--node", node.url()]);
    assert_eq!(missing.error().0, "signatures_missing");
    assert!(missing.err.contains("1 of 1 signatures of the sender"), "{}", missing.err);

    carry(&online, &offline, "unsigned");
    let people = offline.run(&["wallet", "show", "unsigned"]).out;
    for expected in ["2.5 FAIC", "rent", "faic-dev", "valid until", "fee paid by", "0 of 1 signatures"] {
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

/// Two machines of those who share an account with `rich`'s: `bob` on the first, `carol` on the second; the account
/// `joint` of 2 of the 3 keys is known to the first and has 20 FAIC.
fn joint_account() -> (Faic, Faic, NodeProcess, Vec<String>) {
    let (online, offline) = (Faic::new(), Faic::new());
    online.import_rich();
    online.new_wallet("bob");
    offline.new_wallet("carol");
    let node = NodeProcess::dev(&online, "data");
    let keys = vec![public_key(&online, "rich"), public_key(&online, "bob"), public_key(&offline, "carol")];
    let create = ["wallet", "multisig", "joint", "--threshold", "2", "--network", "dev"];
    let named: Vec<&str> = keys.iter().flat_map(|key| ["--key", key.as_str()]).collect();
    let made = online.json(&[&create as &[&str], &named].concat());
    assert_eq!((&made["threshold"], made["keys"].as_array().map(Vec::len)), (&json!(2), Some(3)));
    let fixed = ["--yes", "--password-file", "password", "--node", node.url()];
    online.json(&[&["wallet", "send", "rich", "joint", "20"] as &[&str], &fixed].concat());
    (online, offline, node, keys)
}

/// Two of three sign in their own files, which are combined; the third signature is not needed, and nobody signs twice.
#[test]
fn two_of_three_pay() {
    let (online, offline, node, _) = joint_account();
    assert_eq!(balance(&online, &node, "joint"), "20");
    let listed = online.run(&["wallet", "list"]).out;
    assert!(listed.contains("watched, signed by 2 of 3 keys"), "{listed}");
    online.json(&["wallet", "build", "joint", "--to", "bob=3", "--to", "rich=4", "--out", "tx", "--node", node.url()]);
    carry(&online, &offline, "tx");
    assert_eq!(sign(&offline, "carol", "tx", "by-carol")["signatures"][0]["missing"], json!(1));
    let shown = online.run(&["wallet", "show", "tx"]).out;
    assert!(shown.contains("7 FAIC in 2 payments"), "{shown}");
    let dear = ["sign", "bob", "tx", "--yes", "--fee-max", "0.000000001", "--out", "no", "--password-file", "password"];
    assert_eq!(refused(&online, &dear), "fee_over_limit");
    sign(&online, "bob", "tx", "by-bob");
    let again = ["sign", "bob", "by-bob", "--yes", "--out", "twice", "--password-file", "password"];
    assert_eq!(refused(&online, &again), "nothing_to_do");
    carry(&offline, &online, "by-carol");
    let missing = online.run(&["wallet", "submit", "by-bob", "--node", node.url()]);
    assert!(missing.err.contains("1 of 2 signatures of the sender dfaic1"), "{}", missing.err);
    let combined = online.json(&["wallet", "combine", "by-bob", "by-carol", "--out", "both"]);
    assert_eq!(combined["complete"], json!(true));
    let sent = online.json(&["wallet", "submit", "both", "--node", node.url()]);
    assert_eq!((&sent["state"], balance(&online, &node, "bob")), (&json!("final"), "3".to_owned()));
    let history = online.json(&["wallet", "history", "joint", "--node", node.url()]);
    assert_eq!(history["payments"][0]["direction"], json!("out"));
    let full = ["sign", "rich", "both", "--yes", "--out", "three", "--password-file", "password"];
    assert_eq!(refused(&online, &full), "nothing_to_do");
    assert_eq!(refused(&online, &["send", "joint", "bob", "1", "--yes", "--node", node.url()]), "watch_only");
    node.stop();
}

/// One of three keys is replaced; the address stays, the watched account knows its new keys, the old key signs no more.
#[test]
fn one_key_rotates() {
    let (online, offline, node, mut keys) = joint_account();
    let address = text(&online.json(&["wallet", "address", "joint"]), "address");
    online.new_wallet("dave");
    keys[0] = public_key(&online, "dave");
    let build = ["wallet", "build", "joint", "--new-threshold", "2", "--out", "rotate", "--node", node.url()];
    let named: Vec<&str> = keys.iter().flat_map(|key| ["--new-key", key.as_str()]).collect();
    online.json(&[&build as &[&str], &named].concat());
    give_away(&online, "rich", "rotate", "rotate-1");
    sign(&online, "bob", "rotate-1", "rotate-2");
    let sent = online.json(&["wallet", "submit", "rotate-2", "--node", node.url()]);
    assert_eq!((&sent["action"], &sent["updated"]), (&json!("set_account"), &json!(["joint"])));
    assert_eq!(text(&online.json(&["wallet", "address", "joint"]), "address"), address);

    let again = online.json(&["wallet", "submit", "rotate-2", "--node", node.url()]);
    assert_eq!((&again["known"], &again["updated"]), (&json!(true), &Value::Null));

    online.json(&["wallet", "build", "joint", "bob", "1", "--out", "tx", "--node", node.url()]);
    let old = ["sign", "rich", "tx", "--yes", "--out", "old", "--password-file", "password"];
    assert_eq!(refused(&online, &old), "not_a_signer");
    carry(&online, &offline, "tx");
    sign(&offline, "carol", "tx", "signed-1");
    carry(&offline, &online, "signed-1");
    sign(&online, "dave", "signed-1", "signed-2");
    let sent = online.json(&["wallet", "submit", "signed-2", "--node", node.url()]);
    assert_eq!((&sent["state"], text(&sent, "from")), (&json!("final"), address));

    // Changed once more, the first change is submitted again: the keys of today stay.
    let build = ["wallet", "build", "joint", "--new-key", &keys[1], "--out", "alone", "--node", node.url()];
    online.json(&build);
    sign(&online, "bob", "alone", "alone-1");
    give_away(&online, "dave", "alone-1", "alone-2");
    let sent = online.json(&["wallet", "submit", "alone-2", "--node", node.url()]);
    assert_eq!(sent["updated"], json!(["joint"]));
    let again = online.json(&["wallet", "submit", "rotate-2", "--node", node.url()]);
    assert_eq!((&again["known"], &again["updated"]), (&json!(true), &Value::Null));
    online.json(&["wallet", "build", "joint", "bob", "1", "--out", "one", "--node", node.url()]);
    assert_eq!(sign(&online, "bob", "one", "one-1")["complete"], json!(true));
    node.stop();
}

/// An account of one key becomes one of two keys, which are listed when that is done; its own wallet cannot pay alone any more, and builds with what its
/// history shows.
#[test]
fn one_key_becomes_two() {
    let (online, _, node, cold) = two_machines();
    online.new_wallet("bob");
    let fixed = ["--yes", "--password-file", "password", "--node", node.url()];
    online.json(&[&["wallet", "send", "rich", "bob", "5"] as &[&str], &fixed].concat());
    let (bob, rich) = (public_key(&online, "bob"), public_key(&online, "rich"));
    let new = ["--new-threshold", "2", "--new-key", &bob, "--new-key", &rich, "--password-file", "password"];
    let build = ["wallet", "build", "bob", "--out", "change", "--node", node.url()];
    online.json(&[&build as &[&str], &new].concat());
    let asked = online.run(&["wallet", "sign", "bob", "change", "--password-file", "password"]);
    assert!(asked.err.contains("gives the account dfaic1") && asked.err.contains("alone any more"), "{}", asked.err);
    let unasked = ["sign", "bob", "change", "--yes", "--out", "signed", "--password-file", "password"];
    assert_eq!(refused(&online, &unasked), "account_takeover");
    give_away(&online, "bob", "change", "signed");
    let sent = online.run(&["wallet", "submit", "signed", "--node", node.url()]).out;
    let after = sent.split_once("2 of 2 keys must sign from now on:").map(|(_, after)| after);
    assert!(after.is_some_and(|after| after.contains(&bob) && after.contains(&rich)), "{sent}");
    let alone = ["send", "bob", "rich", "1", "--yes", "--password-file", "password", "--node", node.url()];
    assert_eq!(refused(&online, &alone), "wallet_unusable");
    let told = online.run(&[&["wallet"] as &[&str], &alone].concat()).err;
    assert!(told.contains("2 of 2 keys govern") && told.contains("`faic wallet build dfaic1"), "{told}");
    let address = text(&online.json(&["wallet", "address", "bob"]), "address");
    online.json(&["wallet", "build", &address, &cold, "1", "--out", "tx", "--node", node.url()]);
    sign(&online, "bob", "tx", "tx-1");
    sign(&online, "rich", "tx-1", "tx-2");
    assert_eq!(online.json(&["wallet", "submit", "tx-2", "--node", node.url()])["state"], json!("final"));
    assert_eq!(balance(&online, &node, &cold), "11");
    node.stop();
}

/// A fee that another account pays: signed by both on their machines, and in one step where both are at hand.
#[test]
fn sponsored_fees() {
    let (online, offline, node, _) = two_machines();
    let key = public_key(&offline, "cold");
    let cold = text(&offline.json(&["wallet", "address", "cold"]), "address");
    let build = ["wallet", "build", &cold, "rich", "10", "--key", &key, "--fee-payer", "rich", "--out", "tx"];
    let rest = ["--fee-payer-password-file", "password", "--node", node.url()];
    let built = online.json(&[&build as &[&str], &rest].concat());
    assert_eq!(
        (&built["signatures"][1]["role"], built["signatures"].as_array().map(Vec::len)),
        (&json!("fee_payer"), Some(2))
    );
    carry(&online, &offline, "tx");
    sign(&offline, "cold", "tx", "tx-1");
    carry(&offline, &online, "tx-1");
    let missing = online.run(&["wallet", "submit", "tx-1", "--node", node.url()]);
    assert!(missing.err.contains("1 of 1 signatures of the fee payer"), "{}", missing.err);
    sign(&online, "rich", "tx-1", "tx-2");
    let sent = online.json(&["wallet", "submit", "tx-2", "--node", node.url()]);
    assert_eq!((&sent["state"], balance(&online, &node, &cold)), (&json!("final"), "0".to_owned()));
    assert_eq!(sent["payer"], online.json(&["wallet", "address", "rich"])["address"]);

    online.new_wallet("poor");
    online.write("other", &online.read("password"));
    let fixed = ["--yes", "--password-file", "password", "--node", node.url()];
    online.json(&[&["wallet", "send", "rich", "poor", "2"] as &[&str], &fixed].concat());
    let sponsor = ["--fee-payer", "rich", "--fee-payer-password-file", "other"];
    let sent = online.json(&[&["wallet", "send", "poor", &cold, "2"] as &[&str], &fixed, &sponsor].concat());
    assert_eq!(
        (&sent["fee_payer"], balance(&online, &node, "poor")),
        (&json!(text(&online.json(&["wallet", "address", "rich"]), "address")), "0".to_owned())
    );
    // To the sponsor it is a fee for another, and no payment.
    let (sponsor_is, for_whom) = (sent["fee_payer"].clone(), sent["from"].clone());
    let history = ["wallet", "history", "rich", "--node", node.url()];
    let newest = online.json(&history)["payments"][0].clone();
    let shown = ["direction", "amount", "fee", "fee_for", "counterparties"].map(|field| newest[field].clone());
    assert_eq!(shown, [json!("other"), json!("0"), sent["fee"].clone(), for_whom.clone(), json!([for_whom])]);
    let list = online.run(&[&history as &[&str], &["--format", "json"]].concat()).out;
    let list: Value = serde_json::from_str(&list).expect("one JSON document");
    let shown = ["direction", "payments", "fee", "fee_for"].map(|field| list[0][field].clone());
    assert_eq!(shown, [json!("other"), json!([]), sent["fee"].clone(), for_whom.clone()]);
    let sheet = online.run(&[&history as &[&str], &["--format", "csv"]].concat()).out;
    let line = sheet.lines().nth(1).expect("a transaction");
    let fee = sent["fee"].as_str().and_then(|fee| faic_core::Amount::parse_nano(fee).ok()).expect("a fee");
    let end = format!("\"transfer\",\"other\",\"\",\"{fee}\",{for_whom},\"\"");
    assert!(line.ends_with(&end), "{line}\n{end}");
    let received = online.json(&["wallet", "history", &cold, "--node", node.url()])["payments"][0].clone();
    assert_eq!(
        (&received["direction"], &received["fee"], &received["fee_for"]),
        (&json!("in"), &json!("0"), &Value::Null)
    );
    let paid = online.json(&["wallet", "history", "poor", "--node", node.url()])["payments"][0].clone();
    assert_eq!((&paid["direction"], &paid["fee"], &paid["fee_for"]), (&json!("out"), &json!("0"), &Value::Null));
    assert_ne!(sponsor_is, for_whom);
    let settings = ["wallet", "settings", "poor", "--memo-required", "on"];
    assert_eq!(online.json(&[&settings as &[&str], &fixed, &sponsor].concat())["state"], json!("final"));
    online.json(&[&["wallet", "send", "rich", "poor", "3", "--memo", "x"] as &[&str], &fixed].concat());
    online.write("payments.csv", &format!("to,amount\n{cold},1\n{cold},2\n"));
    let many = ["wallet", "send-many", "poor", "payments.csv"];
    online.json(&[&many as &[&str], &fixed, &sponsor].concat());
    assert_eq!((balance(&online, &node, "poor"), balance(&online, &node, &cold)), ("0".to_owned(), "5".to_owned()));
    let own =
        ["settings", "poor", "--memo-required", "off", "--fee-payer", "poor", "--fee-payer-password-file", "password"];
    assert_eq!(refused(&online, &[&own as &[&str], &fixed].concat()), "invalid_transaction");
    node.stop();
}

/// A transaction goes as a QR code's text too, in either case, and is drawn; one that is too long is only written.
#[test]
fn compact_text() {
    let (online, offline, node, _) = two_machines();
    let key = public_key(&offline, "cold");
    let cold = text(&offline.json(&["wallet", "address", "cold"]), "address");
    let build = ["wallet", "build", &cold, "rich", "1", "--key", &key, "--out", "tx", "--qr", "--node", node.url()];
    let carried = text(&online.json(&build), "text");
    assert!(carried.starts_with("faic-tx:") && carried.len() < 500, "{carried}");
    let signed = sign(&offline, "cold", &carried.to_uppercase(), "signed");
    assert_eq!(signed["complete"], json!(true));
    let drawn = offline.run(&[
        "wallet",
        "sign",
        "cold",
        &carried,
        "--yes",
        "--qr",
        "--out",
        "drawn",
        "--password-file",
        "password",
    ]);
    assert!(drawn.out.contains('█'), "{}{}", drawn.out, drawn.err);
    online.write("text", &format!("{carried}\n"));
    assert_eq!(online.json(&["wallet", "show", "text"])["id"], signed["id"]);
    let many: Vec<String> = (0..80).map(|_| format!("--to={cold}=0.01")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let long =
        [&["build", &cold, "--key", &key, "--out", "long", "--qr", "--node", node.url()] as &[&str], &many].concat();
    let long: Vec<&str> = [&["wallet"] as &[&str], &long].concat();
    let told = online.run(&long);
    assert!(told.code == 0 && told.err.contains("too long for a QR code: carry the file"), "{}", told.err);
    assert!(!told.out.contains('█') && told.out.contains("long"), "{}", told.out);
    assert_eq!(
        sign(&offline, "cold", &online.path("long").display().to_string(), "long-signed")["complete"],
        json!(true)
    );
    let long: Vec<&str> = long.iter().map(|part| if *part == "long" { "long-too" } else { part }).collect();
    let answer = online.json(&long);
    assert!(text(&answer, "qr_error").contains("too long") && answer["text"].is_null(), "{answer}");
    node.stop();
}

/// Files that somebody tampered with are refused with what is wrong, before any password is asked for.
#[test]
fn hostile_files() {
    let (online, offline, node, keys) = joint_account();
    online.json(&["wallet", "build", "joint", "bob", "1", "--out", "tx", "--node", node.url()]);
    sign(&online, "bob", "tx", "by-bob");
    let document = |file: &str| serde_json::from_str::<Value>(&online.read(file)).expect("a document");
    let tampered = |file: &str, edit: &dyn Fn(&mut Value)| {
        let mut document = document(file);
        edit(&mut document);
        online.write("tampered", &document.to_string());
        let run = online.run(&["wallet", "sign", "rich", "tampered", "--yes", "--out", "no", "--json"]);
        (run.error().0, run.err)
    };
    let (refusal, line) = tampered("tx", &|document| {
        document["transaction"]["action"]["outputs"][0]["amount"] = json!("1");
    });
    assert!(
        refusal == "tampered_transaction" && line.contains("outputs[0].amount is 1, its bytes that it is 1000000000"),
        "{line}"
    );
    // The amount in the bytes, little-endian: the id is another one.
    let (refusal, line) = tampered("tx", &|document| {
        let bytes = text(document, "unsigned").replacen("00ca9a3b00000000", "00ca9a3c00000000", 1);
        document["unsigned"] = json!(bytes);
    });
    assert!(refusal == "tampered_transaction" && line.contains("says that id is"), "{line}");
    let (refusal, line) = tampered("by-bob", &|document| {
        document["signatures"][0]["signature"] = json!("00".repeat(64));
    });
    assert!(refusal == "tampered_transaction" && line.contains(&keys[1]), "{line}");
    let (refusal, line) = tampered("by-bob", &|document| document["signatures"][0]["key"] = json!(3));
    assert!(refusal == "tampered_transaction" && line.contains("key number 3"), "{line}");
    let (refusal, line) = tampered("by-bob", &|document| {
        let again = document["signatures"][0].clone();
        document["signatures"].as_array_mut().expect("a list").push(again);
    });
    assert!(refusal == "tampered_transaction" && line.contains("distinct keys"), "{line}");
    let (refusal, _) = tampered("by-bob", &|document| document["more"] = json!(1));
    assert_eq!(refusal, "invalid_transaction_file");
    online.write("tampered", &" ".repeat(300 * 1024));
    assert_eq!(refused(&online, &["show", "tampered"]), "invalid_transaction_file");

    sign(&online, "rich", "tx", "by-rich");
    carry(&online, &offline, "tx");
    sign(&offline, "carol", "tx", "by-carol");
    carry(&offline, &online, "by-carol");
    let all: Vec<Value> = ["by-bob", "by-rich", "by-carol"].map(|file| document(file)["signatures"][0].clone()).into();
    let (refusal, line) = tampered("tx", &|document| {
        let mut all = all.clone();
        all.sort_by_key(|signature| signature["key"].as_u64());
        document["signatures"] = json!(all);
    });
    assert!(refusal == "tampered_transaction" && line.contains("needs 2 signatures and has 3"), "{line}");

    online.json(&["wallet", "build", "joint", "bob", "2", "--out", "other", "--node", node.url()]);
    let combined = online.run(&["wallet", "combine", "by-bob", "other", "--out", "no", "--json"]);
    assert!(
        combined.error().0 == "other_transaction" && combined.err.contains("other: it is another"),
        "{}",
        combined.err
    );
    let stranger = offline.new_wallet("stranger");
    assert!(stranger["address"].is_string());
    let foreign = ["sign", "stranger", "tx", "--yes", "--out", "no", "--password-file", "password"];
    assert_eq!(refused(&offline, &foreign), "not_a_signer");
    assert!(!online.path("no").exists() && !offline.path("no").exists());
    node.stop();
}

/// What is for another chain, or expired, is not sent; what cannot be known or paid is not built.
#[test]
fn refused_by_the_chain() {
    let (online, _, node, cold) = two_machines();
    let fixed = ["--password-file", "password", "--node", node.url(), "--out"];
    let build = |out: &'static str, more: &[&'static str]| {
        online.json(&[&["wallet", "build", "rich", "rich", "1"] as &[&str], more, &fixed, &[out]].concat());
        let signed = format!("{out}-signed");
        sign(&online, "rich", out, &signed);
        signed
    };
    // Long enough that no block of the idle chain ends it while it is built.
    let short = build("short", &["--valid-for", "5", "--lane", "3"]);
    let until = online.json(&["wallet", "show", "short"])["valid_until"].as_u64().expect("a height");
    let send = ["wallet", "send", "rich", "rich", "1", "--yes", "--password-file", "password", "--node", node.url()];
    while online.json(&send)["height"].as_u64().expect("a height") <= until {}
    assert_eq!(refused(&online, &["submit", &short, "--node", node.url()]), "transaction_expired");
    let (first, second) = (build("first", &[]), build("second", &["--memo", "other"]));
    online.json(&["wallet", "submit", &first, "--node", node.url()]);
    assert_eq!(refused(&online, &["submit", &second, "--node", node.url()]), "sequence_used");

    let unknown = ["build", &cold, "rich", "1", "--node", node.url()];
    assert_eq!(refused(&online, &unknown), "authority_unknown");
    let stranger = public_key(&online, "rich");
    assert_eq!(refused(&online, &[&unknown as &[&str], &["--key", &stranger]].concat()), "authority_unknown");
    let much = ["build", "rich", "rich", "2000000", "--password-file", "password", "--node", node.url()];
    assert_eq!(refused(&online, &much), "insufficient_balance");
    online.json(&[&["wallet", "settings", "rich", "--memo-required", "on", "--yes"] as &[&str], &fixed[..4]].concat());
    let silent = ["build", "rich", "rich", "1", "--password-file", "password", "--node", node.url()];
    assert_eq!(refused(&online, &silent), "memo_required");
    for wrong in [&["build", "rich"] as &[&str], &["build", "rich", "rich", "1", "--withdraw"]] {
        assert_eq!(refused(&online, &[wrong, &["--node", node.url()]].concat()), "usage");
    }

    online.init_chain("other", "faic-x");
    let other = NodeProcess::start(&online, &["node", "--data-dir", "other", "--http", "127.0.0.1:0", "--p2p", "off"]);
    assert_eq!(refused(&online, &["submit", &first, "--node", other.url()]), "wrong_chain");
    other.stop();
    node.stop();
}
