//! Accounts of one mnemonic, address books, accounts that are only watched, changes of keys.

use serde_json::{Value, json};

use crate::{
    process::NodeProcess,
    program::{Faic, on, with_password},
};

/// The public accounts of the development network are found from their mnemonic, each pays, and each is shown.
#[test]
fn discovered_accounts() {
    let faic = Faic::new();
    let node = NodeProcess::dev(&faic, "data");
    faic.write("public", "test test test test test test test test test test test junk");
    let import = ["import", "rich", "--mnemonic-file", "public", "--node", node.url()];
    let made = faic.json(&with_password(&import));
    assert_eq!(made["accounts"], json!([0, 1, 2, 3, 4]));
    let list = faic.json(&["wallet", "account", "list", "rich"]);
    for (index, account) in node.answer["accounts"].as_array().expect("a list").iter().enumerate() {
        assert_eq!(list["accounts"][index]["address"], account["address"]);
    }
    faic.new_wallet("bob");
    faic.json(&on(node.url(), &["send", "rich", "bob", "2", "--account", "3"]));
    faic.json(&on(node.url(), &["send", "bob", "rich/4", "1"]));
    let balances = faic.json(&["wallet", "balance", "--node", node.url()]);
    let of = |name: &str| {
        let items = balances["accounts"].as_array().into_iter().flatten();
        items.clone().find(|item| item["wallet"] == name).expect("it is listed")["balance_faic"].clone()
    };
    assert_eq!((of("rich"), of("rich/4")), (json!("1000000"), json!("1000001")));
    let history = faic.json(&["wallet", "history", "rich", "--account", "3", "--node", node.url()]);
    assert_eq!(history["payments"][0]["direction"], json!("out"));

    let alone = ["import", "alone", "--no-discovery", "--mnemonic-file", "public", "--node", node.url()];
    assert_eq!(faic.json(&with_password(&alone))["accounts"], json!([0]));
    let found = faic.json(&with_password(&["account", "discover", "alone", "--node", node.url()]));
    assert_eq!(found["accounts"].as_array().map(Vec::len), Some(5));
    let again = with_password(&["account", "discover", "alone", "--node", node.url()]);
    assert_eq!(faic.refuse_json(1, &again).0, "nothing_to_do");
    node.stop();
}

/// Accounts are added without a node, by name and number; what is taken or unknown is told.
#[test]
fn added_accounts() {
    let faic = Faic::new();
    faic.import_rich();
    let added = faic.json(&with_password(&["account", "add", "rich", "--name", "savings"]));
    assert_eq!(added["accounts"][1]["path"], json!("m/44'/1'/0'/0'/1'"));
    faic.json(&with_password(&["account", "add", "rich", "--number", "7"]));
    let people = faic.run(&["wallet", "list"]).out;
    assert!(people.contains("rich/1") && people.contains("rich/7"), "{people}");
    let add = |more: &[&'static str]| with_password(&[&["account", "add", "rich"], more].concat());
    assert_eq!(faic.refuse_json(1, &add(&["--name", "savings"])).0, "account_exists");
    assert_eq!(faic.refuse_json(1, &add(&["--number", "7"])).0, "account_exists");
    let sign = ["sign-message", "rich", "--message", "x", "--account"];
    let signed = faic.json(&with_password(&[&sign as &[&str], &["savings"]].concat()));
    assert_eq!(signed["address"], added["accounts"][1]["address"]);
    assert_eq!(faic.refuse_json(1, &with_password(&[&sign as &[&str], &["8"]].concat())).0, "account_unknown");
}

/// A name of the address book is paid; the book is in no file, and its names are told from those of wallets.
#[test]
fn address_book() {
    let faic = Faic::new();
    faic.import_rich();
    let bob = Faic::new().new_wallet("bob")["address"].as_str().expect("an address").to_owned();
    let node = NodeProcess::dev(&faic, "data");
    let line = faic.refuse(1, &on(node.url(), &["send", "rich", "bob", "2"]));
    assert!(line.contains("no name of the address book of rich"), "{line}");
    faic.json(&with_password(&["book", "add", "rich", "bob", &bob]));
    let paid = faic.json(&on(node.url(), &["send", "rich", "--to", "bob=2"]));
    assert_eq!(paid["payments"][0]["to"], json!(bob));
    let asked = faic.run(&with_password(&["send", "rich", "bob", "1", "--node", node.url()]));
    assert!(asked.err.contains("(bob)"), "{}", asked.err);

    let book = faic.json(&with_password(&["book", "list", "rich"]));
    assert_eq!(book["contacts"], json!([{ "name": "bob", "address": bob }]));
    assert!(!faic.read(".local/share/faic/wallets/rich.wallet.json").contains(&bob));
    assert_eq!(faic.refuse_json(1, &with_password(&["book", "add", "rich", "bob", &bob])).0, "contact_exists");
    assert_eq!(faic.refuse_json(1, &with_password(&["book", "add", "rich", "rich", &bob])).0, "contact_exists");
    // Who may write into the folder of the wallets, and knows no password, cannot redirect a name of the book.
    let other = Faic::new().new_wallet("other")["address"].as_str().expect("an address").to_owned();
    faic.json(&["wallet", "watch", &other, "--name", "bob"]);
    for command in ["send", "build"] {
        let mut arguments = vec![command, "rich", "bob", "2", "--node", node.url()];
        arguments.extend((command == "send").then_some("--yes"));
        let line = faic.refuse(1, &with_password(&arguments));
        assert!(line.contains("another address in the address book"), "{line}");
    }
    faic.json(&with_password(&["book", "remove", "rich", "bob"]));
    assert_eq!(faic.refuse_json(1, &with_password(&["book", "remove", "rich", "bob"])).0, "contact_unknown");
    node.stop();
}

/// An address that is only watched is shown as wallets are, and refused wherever keys are needed.
#[test]
fn watched_address() {
    let faic = Faic::new();
    let cold = Faic::new().new_wallet("cold")["address"].as_str().expect("an address").to_owned();
    let node = NodeProcess::dev(&faic, "data");
    faic.import_rich();
    faic.json(&["wallet", "watch", &cold, "--name", "cold"]);
    faic.json(&on(node.url(), &["send", "rich", "cold", "2"]));
    let list = faic.json(&["wallet", "list"]);
    assert_eq!((&list["wallets"][0]["watch_only"], &list["wallets"][0]["path"]), (&json!(true), &json!(null)));
    let balance = faic.json(&["wallet", "balance", "cold", "--node", node.url()]);
    assert_eq!(balance["accounts"][0]["balance_faic"], json!("2"));
    let history = faic.json(&["wallet", "history", "cold", "--node", node.url()]);
    assert_eq!(history["payments"][0]["direction"], json!("in"));
    for command in [
        on(node.url(), &["send", "cold", "rich", "1"]),
        with_password(&["sign-message", "cold", "--message", "x"]),
        with_password(&["account", "add", "cold"]),
        with_password(&["book", "list", "cold"]),
    ] {
        assert_eq!(faic.refuse_json(1, &command).0, "watch_only", "{command:?}");
    }
    node.stop();
}

/// After a change of keys the address stays, the new key pays and signs, and the old mnemonic does not.
#[test]
fn rotated_keys() {
    let faic = Faic::new();
    faic.import_rich();
    let node = NodeProcess::dev(&faic, "data");
    let before = faic.json(&["wallet", "list"])["wallets"][0]["address"].clone();
    let rotated = faic.json(&on(node.url(), &["rotate", "rich"]));
    assert_eq!((&rotated["state"], &rotated["from"]), (&json!("final"), &before));
    let shown = faic.json(&with_password(&["mnemonic", "rich", "--confirm", "rich"]));
    assert_eq!(shown["mnemonic"], rotated["mnemonic"]);
    faic.new_wallet("bob");
    faic.json(&on(node.url(), &["send", "rich", "bob", "2"]));
    assert_eq!(faic.json(&["wallet", "list"])["wallets"][1]["address"], before);
    // Which of the two mnemonics an account's key is made of stands in the lists.
    let mnemonics = |wallet: &Value| -> Vec<Value> {
        wallet["accounts"].as_array().expect("a list").iter().map(|account| account["mnemonic"].clone()).collect()
    };
    assert_eq!(mnemonics(&faic.json(&["wallet", "list"])["wallets"][1]), [json!(2)]);
    assert!(faic.run(&["wallet", "list"]).out.contains("m/44'/1'/0'/0'/0' of mnemonic 2"));
    // The other accounts still have their first keys, and are found by the words of those.
    let found = faic.json(&with_password(&["account", "discover", "rich", "--node", node.url()]));
    assert_eq!(found["accounts"][3]["address"], node.answer["accounts"][3]["address"]);
    assert_eq!(mnemonics(&found)[..2], [json!(2), json!(1)]);
    assert!(faic.run(&["wallet", "account", "list", "rich"]).out.contains("of mnemonic 2"));
    faic.json(&on(node.url(), &["send", "rich", "bob", "2", "--account", "3"]));

    faic.json(&with_password(&["import", "old", "--network", "dev", "--no-discovery", "--mnemonic-file", "public"]));
    assert_eq!(faic.refuse_json(1, &on(node.url(), &["send", "old", "bob", "1"])).0, "wallet_unusable");

    // A node that is asked tells whoever imports the old words what they do not open.
    let import = with_password(&["import", "older", "--mnemonic-file", "public", "--node", node.url()]);
    assert_eq!(faic.json(&import)["governed_by_other_keys"], json!([0]));
    let import = with_password(&["import", "oldest", "--mnemonic-file", "public", "--node", node.url()]);
    let told = faic.run(&import).err;
    let lost = format!("other keys govern {}", before.as_str().expect("an address"));
    assert!(told.contains(&lost) && told.lines().count() == 1, "{told}");

    // So does the search for accounts of a wallet that began at another one.
    for (name, is_json) in [("second", true), ("third", false)] {
        let import =
            ["import", name, "--index", "1", "--network", "dev", "--no-discovery", "--mnemonic-file", "public"];
        faic.json(&with_password(&import));
        let discover = with_password(&["account", "discover", name, "--node", node.url()]);
        if is_json {
            assert_eq!(faic.json(&discover)["governed_by_other_keys"], json!([0]));
        } else {
            let told = faic.run(&discover).err;
            assert!(told.contains(&lost) && told.lines().count() == 1, "{told}");
        }
    }

    // Neither does a backup of the old words, and whoever restores it is told how to see that.
    faic.json(&with_password(&["backup", "old", "--out", "old.backup"]));
    let told = faic.run(&with_password(&["restore", "old.backup", "--name", "restored"])).err;
    assert!(told.contains("`faic wallet account discover restored`") && told.lines().count() == 1, "{told}");
    let discover = with_password(&["account", "discover", "restored", "--node", node.url()]);
    for _ in 0..2 {
        assert_eq!(faic.json(&discover)["governed_by_other_keys"], json!([0]));
    }

    // Who has the new words and the address has the account, on another machine too.
    let address = before.as_str().expect("an address");
    faic.write("new-words", rotated["mnemonic"].as_str().expect("words"));
    let import = |name: &'static str, words: &'static str| {
        let import = ["import", name, "--address", address, "--mnemonic-file", words, "--node", node.url()];
        faic.run(&[&with_password(&import) as &[&str], &["--json"]].concat())
    };
    assert_eq!(import("wrong", "public").error().0, "invalid_mnemonic");
    assert_eq!(import("new", "new-words").code, 0);
    faic.json(&on(node.url(), &["send", "new", "bob", "1"]));
    let verify = |name: &str| {
        faic.json(&with_password(&["sign-message", name, "--message", "x", "--out", &format!("{name}.sig")]));
        let file = format!("{name}.sig");
        faic.run(&["wallet", "verify-message", &file, "--message", "x", "--node", node.url(), "--json"])
    };
    assert_eq!(verify("rich").code, 0);
    assert_eq!(verify("old").error().0, "invalid_signature");
    let offline = ["wallet", "verify-message", "rich.sig", "--message", "x", "--offline"];
    assert_eq!(faic.refuse_json(1, &offline).0, "invalid_signature");
    node.stop();
}

/// A change that did not reach the node keeps both keys, and goes on with the same new one; one that nobody waited for is
/// found out later.
#[test]
fn interrupted_rotation() {
    let faic = Faic::new();
    faic.import_rich();
    faic.new_wallet("bob");
    let node = NodeProcess::dev(&faic, "data");
    let limited = on(node.url(), &["rotate", "rich", "--fee-max", "0.000000001"]);
    assert_eq!(faic.refuse_json(1, &limited).0, "fee_over_limit");
    faic.json(&on(node.url(), &["send", "rich", "bob", "1"]));
    let limited_again = on(node.url(), &["rotate", "rich", "--fee-max", "0.000000001"]);
    assert_eq!(faic.refuse_json(1, &limited_again).0, "fee_over_limit");
    let sent = faic.json(&on(node.url(), &["rotate", "rich", "--no-wait"]));
    assert_eq!(sent["state"], json!("pooled"));
    faic.json(&on(node.url(), &["send", "bob", "rich", "0.5"]));
    faic.json(&on(node.url(), &["send", "rich", "bob", "1"]));
    assert_eq!(faic.refuse_json(1, &on(node.url(), &["rotate", "rich"])).0, "nothing_to_do");
    let shown = faic.json(&with_password(&["mnemonic", "rich", "--confirm", "rich"]));
    assert_eq!(shown["mnemonic"], sent["mnemonic"]);
    node.stop();
}
