//! Other names for wallets, accounts and contacts, and wallets that go: with everything that is kept by their names, and
//! never while a payment of theirs is undecided.

use std::{
    process::Stdio,
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{
    process::NodeProcess,
    program::{Faic, NOBODY, WALLETS, on, with_password},
};

/// The names of the wallets, in their order.
fn wallets(faic: &Faic) -> Vec<String> {
    let list = faic.json(&["wallet", "list"]);
    assert_eq!(list["unusable"], json!([]));
    let name = |wallet: &Value| wallet["name"].as_str().expect("a name").to_owned();
    list["wallets"].as_array().into_iter().flatten().map(name).collect()
}

/// An account is named, gets another name and loses it; a contact gets another name; what is taken is told.
#[test]
fn names_change() {
    let faic = Faic::new();
    faic.import_rich();
    let bob = Faic::new().new_wallet("bob")["address"].clone();
    let bob = bob.as_str().expect("an address");
    let names = |answer: &Value| {
        let accounts = answer["accounts"].as_array().into_iter().flatten();
        accounts.map(|account| account["name"].as_str().map(str::to_owned)).collect::<Vec<_>>()
    };
    let name = |arguments: &[&'static str]| with_password(&[&["account", "name", "rich"], arguments].concat());
    faic.json(&with_password(&["account", "add", "rich", "--name", "savings"]));
    let named = faic.json(&name(&["0", "spending"]));
    assert_eq!(names(&named), [Some("spending".to_owned()), Some("savings".to_owned())]);
    assert_eq!(named["accounts"][0]["label"], json!("rich/spending"));
    assert_eq!(
        names(&faic.json(&name(&["savings", "travel"]))),
        [Some("spending".to_owned()), Some("travel".to_owned())]
    );
    assert_eq!(names(&faic.json(&name(&["0"]))), [None, Some("travel".to_owned())]);
    assert_eq!(faic.refuse_json(1, &name(&["0", "travel"])).0, "account_exists");
    assert_eq!(faic.refuse_json(1, &name(&["savings", "rent"])).0, "account_unknown");

    faic.json(&with_password(&["book", "add", "rich", "bob", bob]));
    let book = faic.json(&with_password(&["book", "rename", "rich", "bob", "robert"]));
    assert_eq!(book["contacts"], json!([{ "name": "robert", "address": bob }]));
    assert_eq!(faic.refuse_json(1, &with_password(&["book", "rename", "rich", "bob", "carl"])).0, "contact_unknown");
    assert_eq!(faic.refuse_json(1, &with_password(&["book", "rename", "rich", "robert", "rich"])).0, "contact_exists");
}

/// A renamed wallet pays, knows which files it paid and what it sent, and its old name is free; not while it pays.
#[test]
fn renamed_wallet() {
    let faic = Faic::new();
    faic.import_rich();
    faic.json(&with_password(&["account", "add", "rich", "--name", "savings"]));
    faic.new_wallet("bob");
    let node = NodeProcess::dev(&faic, "data");
    faic.write("many.csv", "to,amount\nbob,1\nrich/savings,2\n");
    faic.json(&on(node.url(), &["send-many", "rich", "many.csv"]));
    let left = faic.json(&on(node.url(), &["send", "rich", "bob", "1", "--no-wait"]));
    let rename = with_password(&["rename", "rich", "wealthy"]);
    let (code, message) = faic.refuse_json(1, &rename);
    assert_eq!(code, "earlier_undecided");
    let told = left["id"].as_str().is_some_and(|id| message.contains(id));
    assert!(told && message.contains("`faic wallet resume rich`"), "{message}");
    assert_eq!(wallets(&faic), ["bob", "rich"]);
    faic.json(&["wallet", "resume", "rich", "--node", node.url()]);

    let renamed = faic.json(&rename);
    assert_eq!((&renamed["wallet"], &renamed["old_name"]), (&json!("wealthy"), &json!("rich")));
    assert_eq!(wallets(&faic), ["bob", "wealthy"]);
    assert_eq!(faic.refuse_json(1, &["wallet", "address", "rich"]).0, "wallet_unknown");
    assert!(!faic.path(&format!("{WALLETS}/payments/rich")).exists());
    faic.write("many.csv", "to,amount\nbob,1\nwealthy/savings,2\n");
    assert_eq!(faic.refuse_json(1, &on(node.url(), &["send-many", "wealthy", "many.csv"])).0, "batch_paid");
    let history = faic.json(&["wallet", "history", "wealthy", "--node", node.url()]);
    assert_eq!((&history["payments"][0]["id"], &history["pending"]), (&left["id"], &json!([])));
    assert_eq!(faic.json(&on(node.url(), &["send", "wealthy/savings", "bob", "1"]))["state"], json!("final"));
    node.stop();
}

/// A name that is taken, a wrong password and a name of the wallet's own book leave the wallet as it is; a watched account
/// needs no password.
#[test]
fn refused_names() {
    let faic = Faic::new();
    faic.import_rich();
    let bob = faic.new_wallet("bob")["address"].clone();
    let bob = bob.as_str().expect("an address");
    faic.json(&with_password(&["book", "add", "rich", "zoe", bob]));
    faic.write("other", "another password");
    for taken in ["bob", "rich"] {
        // It is told before a password is asked for.
        assert_eq!(faic.refuse_json(1, &["wallet", "rename", "rich", taken]).0, "wallet_exists");
    }
    assert_eq!(faic.refuse_json(1, &["wallet", "rename", "nobody", "rich"]).0, "wallet_unknown");
    assert_eq!(faic.refuse_json(1, &with_password(&["rename", "rich", "zoe"])).0, "contact_exists");
    let wrong = ["wallet", "rename", "rich", "wealthy", "--password-file", "other"];
    assert_eq!(faic.refuse_json(1, &wrong).0, "wrong_password");
    assert_eq!(wallets(&faic), ["bob", "rich"]);
    faic.json(&["wallet", "watch", bob, "--name", "cold"]);
    faic.json(&["wallet", "rename", "cold", "colder"]);
    faic.json(&["wallet", "remove", "colder"]);
    assert_eq!(wallets(&faic), ["bob", "rich"]);
}

/// A program that is killed while it renames a wallet leaves it under its old name or its new one, and the same again
/// comes to its end, with the record of what the wallet sent.
#[test]
fn killed_during_a_rename() {
    let faic = Faic::new();
    faic.import_rich();
    let node = NodeProcess::dev(&faic, "data");
    let sent = faic.json(&on(node.url(), &["send", "rich", "rich", "1"]))["id"].clone();
    node.stop();
    let record = format!("{}.json", sent.as_str().expect("an id"));
    let has_record = |wallet: &str| faic.path(&format!("{WALLETS}/payments/{wallet}/{record}")).exists();
    let rename = |old: &'static str, new: &'static str| with_password(&["rename", old, new]);
    let started = Instant::now();
    faic.json(&rename("rich", "one"));
    let whole = started.elapsed();
    let (mut from, mut to) = ("one", "two");
    for round in 1..=14 {
        let child = faic.command(&rename(from, to)).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let mut child = child.expect("the program was just built");
        if round % 2 == 0 {
            // sleep: the kill is to come at another moment of the renaming each time.
            thread::sleep(whole * round / 14 + Duration::from_millis(1));
        } else {
            // What comes after the new file takes a moment only, which hardly any of the other kills meets.
            let is_there = || faic.path(&format!("{WALLETS}/{to}.wallet.json")).exists();
            while !is_there() {
                let is_over = child.try_wait().expect("the process is ours").is_some();
                assert!(!is_over || is_there(), "it ended and renamed nothing");
                thread::yield_now();
            }
        }
        // It has ended already where it was quick.
        let _ended = child.kill();
        child.wait().expect("the process is ours");
        let names = wallets(&faic);
        assert!(names == [from] || names == [to] || names == ["one", "two"], "after kill {round}: {names:?}");
        assert!(has_record(from) || has_record(to), "after kill {round} of {names:?}");
        if names != [to] {
            faic.json(&rename(from, to));
        }
        assert_eq!(wallets(&faic), [to]);
        assert_eq!((has_record(from), has_record(to)), (false, true), "after kill {round} of {names:?}");
        faic.json(&with_password(&["account", "list", to, "--names"]));
        (from, to) = (to, from);
    }
}

/// A wallet goes only with its password and its name typed, and not while a payment of it is undecided unless told; then
/// the record of that stays, and whoever has the words goes on with it.
#[test]
fn removed_wallet() {
    let faic = Faic::new();
    faic.import_rich();
    faic.new_wallet("bob");
    faic.write("other", "another password");
    let node = NodeProcess::dev(&faic, "data");
    faic.json(&on(node.url(), &["send", "rich", "bob", "1"]));
    let remove = |more: &[&'static str]| with_password(&[&["remove", "rich"], more].concat());
    assert!(faic.refuse(2, &remove(&[])).contains("--confirm"));
    assert_eq!(faic.refuse_json(1, &remove(&["--confirm", "bob"])).0, "not_confirmed");
    let wrong = ["wallet", "remove", "rich", "--confirm", "rich", "--password-file", "other"];
    assert_eq!(faic.refuse_json(1, &wrong).0, "wrong_password");
    assert_eq!(wallets(&faic), ["bob", "rich"]);

    let left = faic.json(&on(node.url(), &["send", "rich", "bob", "1", "--no-wait", "--valid-for", "100000"]));
    let (code, message) = faic.refuse_json(1, &remove(&["--confirm", "rich"]));
    assert_eq!(code, "earlier_undecided");
    assert!(message.contains("--despite-undecided"), "{message}");
    let gone = faic.json(&remove(&["--confirm", "rich", "--despite-undecided"]));
    assert!(gone["record"].as_str().is_some_and(|record| record.ends_with("payments/rich")), "{gone}");
    assert_eq!(wallets(&faic), ["bob"]);
    assert_eq!(faic.refuse_json(1, &with_password(&["rename", "bob", "rich"])).0, "outbox_unusable");
    assert_eq!(wallets(&faic), ["bob"]);

    faic.import_rich();
    let resumed = faic.json(&["wallet", "resume", "rich", "--node", node.url()]);
    assert_eq!(resumed["transactions"][0]["id"], left["id"]);
    let people = faic.run(&remove(&["--confirm", "rich"]));
    assert_eq!((people.code, people.err.as_str()), (0, ""));
    assert!(people.out.contains("Its words, or a backup") && !people.out.contains("record"), "{}", people.out);
    assert!(!faic.path(&format!("{WALLETS}/payments/rich")).exists());
    assert_eq!(wallets(&faic), ["bob"]);
    let unknown = faic.refuse_json(1, &["wallet", "history", "rich", "--node", NOBODY]);
    assert_eq!(unknown.0, "wallet_unknown");
    node.stop();
}
