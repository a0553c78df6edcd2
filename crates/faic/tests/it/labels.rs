//! Names of accounts and of the address book in the owner's own script, wherever they are typed, shown and refused.

use serde_json::json;

use crate::{
    process::NodeProcess,
    program::{Faic, on, with_password},
};

/// An address of nobody's wallet here.
fn stranger() -> String {
    Faic::new().new_wallet("bob")["address"].as_str().expect("an address").to_owned()
}

/// A wallet `rich` with the account `家用 钱`, and 李雷 with that address in its book.
fn with_names(address: &str) -> Faic {
    let faic = Faic::new();
    faic.import_rich();
    let added = faic.json(&with_password(&["account", "add", "rich", "--name", "家用 钱"]));
    assert_eq!(
        (&added["accounts"][1]["name"], &added["accounts"][1]["label"]),
        (&json!("家用 钱"), &json!("rich/家用 钱"))
    );
    let book = faic.json(&with_password(&["book", "add", "rich", "李雷", address]));
    assert_eq!(book["contacts"], json!([{ "name": "李雷", "address": address }]));
    faic
}

/// Money goes from and to such names, by every command that opens the wallet; another keyboard writes the same name.
#[test]
fn names_are_paid() {
    let li_lei = stranger();
    let faic = with_names(&li_lei);
    let node = NodeProcess::dev(&faic, "data");
    let home = faic.json(&["wallet", "address", "rich/1"])["address"].clone();
    let paid = faic.json(&on(node.url(), &["send", "rich", "rich/家用\u{3000}钱", "5"]));
    assert_eq!(paid["payments"][0]["to"], home);
    let paid = faic.json(&on(node.url(), &["send", "rich/家用 钱", "--to", "李雷=1", "--to", "rich=1"]));
    assert_eq!((&paid["from"], &paid["payments"][0]["to"]), (&home, &json!(li_lei)));
    faic.write("工资.csv", "\u{feff}to,amount,memo\n李雷,1,三月\nrich/家用 钱,1,\n\"李雷\",2,\n");
    assert_eq!(faic.json(&on(node.url(), &["send-many", "rich", "工资.csv"]))["payments"], json!(3));
    let request = faic.json(&["wallet", "request", "rich/1", "--amount", "1", "--label", "李雷的店", "--no-qr"]);
    let request = request["uri"].as_str().expect("a text");
    assert!(request.contains("label=%E6%9D%8E%E9%9B%B7%E7%9A%84%E5%BA%97"), "{request}");
    assert_eq!(faic.json(&on(node.url(), &["pay", "rich", request]))["payments"][0]["to"], home);
    let build =
        ["build", "rich/家用 钱", "--to", "李雷=1", "--to", "rich/家用 钱=1", "--out", "tx", "--node", node.url()];
    let built = faic.json(&with_password(&build));
    assert_eq!(built["from"], home);
    faic.json(&with_password(&["sign", "rich", "tx", "--account", "家用 钱", "--yes", "--out", "signed"]));
    assert_eq!(faic.json(&["wallet", "submit", "signed", "--node", node.url()])["state"], json!("final"));
    let balance = faic.json(&["wallet", "balance", &li_lei, "--node", node.url()]);
    assert_eq!(balance["accounts"][0]["balance_faic"], json!("5"));
    let (code, message) = faic.refuse_json(1, &on(node.url(), &["send", "rich", "李蕾", "1"]));
    assert_eq!(code, "contact_unknown");
    assert!(message.contains("no wallet named 李蕾"), "{message}");
    node.stop();
}

/// A receiver of a transaction that is built may be of the acting wallet's book or an account by its name; of a wallet that
/// is not opened for it, only numbers are known.
#[test]
fn build_knows_the_names() {
    let li_lei = stranger();
    let faic = with_names(&li_lei);
    let node = NodeProcess::dev(&faic, "data");
    for to in ["李雷", "rich/家用 钱"] {
        let file = if to == "李雷" { "one" } else { "other" };
        faic.json(&with_password(&["build", "rich", to, "1", "--out", file, "--node", node.url()]));
    }
    let own = faic.json(&["wallet", "address", "rich/1"])["address"].as_str().expect("an address").to_owned();
    for (file, to) in [("one", &li_lei), ("other", &own)] {
        let shown = faic.run(&["wallet", "show", file]).out;
        assert!(shown.contains(to), "{shown}");
    }
    faic.new_wallet("zoe");
    let (code, _) = faic.refuse_json(1, &["wallet", "build", "zoe", "rich/家用 钱", "1"]);
    assert_eq!(code, "account_name_sealed");
    let (code, _) = faic.refuse_json(1, &with_password(&["build", "rich", "韩梅梅", "1"]));
    assert_eq!(code, "contact_unknown");
    for command in
        [&["build", &li_lei, "李雷", "1"] as &[&str], &["balance", "李雷"], &["request", "rich", "--to", "李雷=1"]]
    {
        let (code, message) = faic.refuse_json(1, &[&["wallet"], command].concat());
        assert_eq!(code, "wallet_unknown", "{command:?}");
        assert!(message.contains("name of an address book"), "{message}");
    }
    node.stop();
}

/// What is no name is refused before the password is asked for, with the reason.
#[test]
fn refused_names() {
    let li_lei = stranger();
    let faic = with_names(&li_lei);
    for (name, reason) in [
        (li_lei.as_str(), "as addresses do"),
        ("FAIC1x", "as addresses do"),
        ("2026", "number"),
        ("２０２６", "number"),
        ("家/用", "U+002F"),
        ("家\u{200b}用", "U+200B"),
        ("家\u{202e}用", "U+202E"),
        ("а家", "mixes scripts"),
        ("Аlice", "mixes scripts"),
        (" 家", "space"),
        ("家👍", "U+1F44D"),
        (&"家".repeat(65), "64 characters"),
    ] {
        for command in [
            vec!["wallet", "account", "add", "rich", "--name", name],
            vec!["wallet", "account", "name", "rich", "0", name],
            vec!["wallet", "book", "add", "rich", name, &li_lei],
            vec!["wallet", "book", "rename", "rich", "李雷", name],
        ] {
            let (code, message) = faic.refuse_json(2, &command);
            assert_eq!(code, "usage", "{command:?}: {message}");
            assert!(message.contains(reason), "{command:?}: {message}");
            assert!(!message.contains(['\u{200b}', '\u{202e}']), "{message:?}");
        }
    }
    let (code, _) = faic.refuse_json(2, &["wallet", "new", "家用"]);
    assert_eq!(code, "usage");
}

/// A name that could be taken for another one of the wallet, or for a wallet, is refused, and the other one is named.
#[test]
fn look_alikes() {
    let li_lei = stranger();
    let faic = with_names(&li_lei);
    faic.json(&with_password(&["book", "add", "rich", "口岸", &li_lei]));
    for (command, other) in [
        (vec!["book", "add", "rich", "ロ岸", &li_lei], "口岸"),
        (vec!["book", "rename", "rich", "李雷", "ロ岸"], "口岸"),
        (vec!["book", "add", "rich", "Rich", &li_lei], "the wallet rich"),
    ] {
        let (code, message) = faic.refuse_json(1, &with_password(&command));
        assert_eq!(code, "look_alike_name", "{command:?}: {message}");
        assert!(message.contains(&format!("looks like {other}")), "{message}");
    }
    faic.json(&with_password(&["account", "name", "rich", "0", "Iris"]));
    let (code, message) = faic.refuse_json(1, &with_password(&["account", "add", "rich", "--name", "lris"]));
    assert_eq!(code, "look_alike_name");
    assert!(message.contains("rich/lris looks like rich/Iris"), "{message}");
    let (code, message) = faic.refuse_json(1, &with_password(&["send", "rich", "ロ岸", "1", "--yes"]));
    assert_eq!(code, "contact_unknown");
    assert!(message.contains("the book has 口岸"), "{message}");
}

/// The tables of a person are aligned though a Chinese letter is as wide as two Latin ones, and a backup brings the names.
#[test]
fn names_are_shown() {
    let li_lei = stranger();
    let faic = with_names(&li_lei);
    let table = faic.run(&with_password(&["account", "list", "rich"])).out;
    let lines: Vec<&str> = table.lines().collect();
    let columns = |text: &str| text.chars().map(|c| if c >= '\u{2e80}' { 2 } else { 1 }).sum::<usize>();
    let place = |line: &&&str| line.find("dfaic1").and_then(|at| line.get(..at)).map(columns);
    let places: Vec<usize> = lines.iter().filter_map(|line| place(&line)).collect();
    assert!(places.len() == 2 && places[0] == places[1] && table.contains("rich/家用 钱"), "{table}");
    let book = faic.run(&with_password(&["book", "list", "rich"])).out;
    assert!(book.contains("李雷") && book.contains(&li_lei), "{book}");
    faic.json(&with_password(&["backup", "rich", "--out", "备份"]));
    assert!(!faic.read("备份").contains("李雷"));
    faic.json(&with_password(&["restore", "备份", "--name", "again"]));
    assert_eq!(faic.json(&with_password(&["book", "list", "again"]))["contacts"][0]["name"], json!("李雷"));
    let named = faic.json(&with_password(&["account", "name", "again", "家用 钱", "旅行"]));
    assert_eq!(named["accounts"][1]["label"], json!("again/旅行"));
    faic.json(&with_password(&["book", "remove", "again", "李雷"]));
}
