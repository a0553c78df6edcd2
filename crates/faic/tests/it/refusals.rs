//! Payments that are refused before a node is asked.

use std::fs;

use serde_json::Value;

use crate::program::Faic;

/// A program with a wallet of the development network, and the wallet's address.
fn with_wallet() -> (Faic, String) {
    let faic = Faic::new();
    let address = faic.new_wallet("ann")["address"].as_str().expect("an address").to_owned();
    (faic, address)
}

/// Amounts that cannot be paid are refused with what is wrong with them.
#[test]
fn amounts() {
    let (faic, address) = with_wallet();
    let cases = [
        ("0", "more than zero"),
        ("0.000000000", "more than zero"),
        ("-1", "negative"),
        ("NaN", "not a plain decimal number"),
        ("1e3", "not a plain decimal number"),
        ("1,5", "not a plain decimal number"),
        ("", "not a plain decimal number"),
        ("1.0000000001", "nine"),
        ("1000000000.000000001", "over the supply"),
        ("99999999999999999999999", "over the supply"),
    ];
    for (amount, expected) in cases {
        let payment = format!("{address}={amount}");
        let line = faic.refuse(2, &["wallet", "send", "ann", "--to", &payment, "--yes"]);
        assert!(line.contains(expected), "{amount}: {line}");
        if !amount.is_empty() {
            let line = faic.refuse(2, &["wallet", "send", "ann", &address, amount, "--yes"]);
            assert!(line.contains(expected), "{amount}: {line}");
        }
    }
    let line = faic.refuse(2, &["wallet", "send", "ann", "--to", &address, "--yes"]);
    assert!(line.contains("ADDRESS=AMOUNT"), "{line}");
}

/// Receivers that cannot be paid are refused with what is wrong with them.
#[test]
fn receivers() {
    let (faic, address) = with_wallet();
    let main = faic.json(&["wallet", "new", "main", "--network", "main", "--password-file", "password"]);
    let main = main["address"].as_str().expect("an address");
    let mut mistyped = address.clone();
    mistyped.pop();
    mistyped.push(if address.ends_with('q') { 'p' } else { 'q' });
    let mixed = address.replacen("dfaic1", "dfAIC1", 1);
    let cases = [
        (mistyped.as_str(), 2, "checksum"),
        (mixed.as_str(), 2, "upper and lower case"),
        (main, 2, "main network"),
        ("main", 2, "main network"),
        ("dfaic1", 2, "dfaic1"),
        ("Alice!", 2, "neither an address"),
        ("nobody", 1, "no wallet named nobody"),
    ];
    for (to, code, expected) in cases {
        let line = faic.refuse(code, &["wallet", "send", "ann", to, "1", "--yes", "--password-file", "password"]);
        assert!(line.contains(expected), "{to}: {line}");
    }
}

/// A sender, a memo, a lane or a time that cannot be is refused.
#[test]
fn senders_memos_lanes_and_times() {
    let (faic, address) = with_wallet();
    assert!(faic.refuse(1, &["wallet", "send", "bob", &address, "1", "--yes"]).contains("no wallet named bob"));
    let memo = "x".repeat(65);
    assert!(faic.refuse(2, &["wallet", "send", "ann", &address, "1", "--memo", &memo]).contains("at most 64"));
    assert!(faic.refuse(2, &["wallet", "send", "ann", &address, "1", "--lane", "16"]).contains("from 0 to 15"));
    for (option, value) in
        [("--valid-for", "0"), ("--valid-for", "1000001"), ("--timeout", "0"), ("--timeout", "86401")]
    {
        assert!(faic.refuse(2, &["wallet", "send", "ann", &address, "1", option, value]).contains(option));
    }
}

/// Where no node answers, every command that needs one says so and what to do, for people and for programs.
#[test]
fn no_node() {
    let (faic, address) = with_wallet();
    for arguments in [
        &["wallet", "balance"] as &[&str],
        &["wallet", "history", "ann"],
        &["wallet", "send", "ann", &address, "1", "--yes", "--password-file", "password"],
    ] {
        let line = faic.refuse(1, arguments);
        assert!(line.contains("http://127.0.0.1:1 cannot be reached") && line.contains("--node"), "{line}");
        let run = faic.run(&[arguments, &["--json"]].concat());
        let answer: Value = serde_json::from_str(&run.err).expect("one JSON document");
        assert_eq!((run.code, run.out.as_str(), &answer["error"]["exit_code"]), (1, "", &1.into()));
        assert_eq!(answer["error"]["code"], "node_unreachable");
    }
}

/// Failures on this machine have codes of their own, and say what to do.
#[test]
fn codes_of_local_failures() {
    let (faic, address) = with_wallet();
    faic.write("short", "seven c");
    faic.write("words", "legal winner");
    faic.write("bad.toml", "color = 1");
    faic.write(".local/share/faic/wallets/bad.wallet.json", "{}");
    fs::create_dir(faic.path("photos")).expect("our own folder");
    faic.write("photos/holiday.jpg", "sun");
    let new = ["wallet", "new", "bob", "--network", "dev", "--password-file"];
    let new = |file: &'static str| [&new as &[&str], &[file]].concat();
    let import = ["wallet", "import", "bob", "--network", "dev", "--password-file", "password", "--mnemonic-file"];
    let import = |file: &'static str| [&import as &[&str], &[file]].concat();
    for (arguments, code, advice) in [
        (new("short"), "invalid_password", "longer"),
        (new("nowhere"), "secret_unreadable", "check its path"),
        (vec!["wallet", "new", "bob", "--network", "dev"], "no_terminal", "--password-file"),
        (import("words"), "invalid_mnemonic", "the paper"),
        (
            vec!["wallet", "new", "ann", "--network", "dev", "--password-file", "password"],
            "wallet_exists",
            "another name",
        ),
        (vec!["wallet", "history", "nobody"], "wallet_unknown", "faic wallet list"),
        (vec!["wallet", "send", "nobody", &address, "1"], "wallet_unknown", "faic wallet list"),
        (vec!["wallet", "send", "bad", &address, "1"], "wallet_unusable", "backup"),
        (vec!["node", "--config", "no.toml"], "invalid_configuration", "check its path"),
        (vec!["node", "--config", "bad.toml"], "invalid_configuration", "faic init"),
        (vec!["node", "--data-dir", "typo", "--http", "127.0.0.1:0"], "data_folder_missing", "faic init"),
        (vec!["audit", "--data-dir", "typo"], "data_folder_missing", "check the path"),
        (vec!["init", "--data-dir", "photos"], "data_folder_not_ours", "empty or a new folder"),
        (vec!["genesis", "check", "bad.toml"], "invalid_genesis", "faic genesis new"),
        (vec!["genesis", "check", "no.toml"], "io", "check its path"),
    ] {
        let run = faic.run(&[arguments.as_slice(), &["--json"]].concat());
        let answer: Value = serde_json::from_str(&run.err).unwrap_or_else(|error| panic!("{error}: {}", run.err));
        assert_eq!((run.code, &answer["error"]["code"]), (1, &code.into()), "{arguments:?}: {}", run.err);
        let message = answer["error"]["message"].as_str().expect("a message");
        assert!(message.contains(advice), "{arguments:?}: {message}");
    }
}

/// Arguments that are no address, no amount, or of another network have codes of their own and end with 2.
#[test]
fn codes_of_arguments() {
    let (faic, address) = with_wallet();
    let main = faic.json(&["wallet", "new", "main", "--network", "main", "--password-file", "password"]);
    let main = main["address"].as_str().expect("an address");
    let (mistyped, nothing) = (format!("{address}q"), format!("{address}=0"));
    let genesis = ["genesis", "new", "--chain-id", "x", "--network", "dev", "--balance"];
    let genesis = |balance: &'static str| [&genesis as &[&str], &[balance]].concat();
    for (arguments, code, advice) in [
        (vec!["wallet", "send", "ann", &mistyped, "1"], "invalid_address", "copy the address again"),
        (vec!["wallet", "balance", &mistyped], "invalid_address", "copy the address again"),
        (vec!["wallet", "send", "ann", main, "1"], "other_network", "ask for an address of the dev network"),
        (vec!["wallet", "send", "ann", &address, "0"], "invalid_amount", "more than zero"),
        (vec!["wallet", "send", "ann", &address, "-1"], "invalid_amount", "such as 12.5"),
        (vec!["wallet", "send", "ann", "--to", &nothing], "invalid_amount", "more than zero"),
        (vec!["wallet", "send", "ann", &address, "1", "--fee-max", "x"], "invalid_amount", "such as 12.5"),
        (vec!["wallet", "send", "ann", "--to", &address], "usage", "ADDRESS=AMOUNT"),
        (genesis("dfaic1x=1"), "invalid_address", "--balance"),
        (vec!["wallet", "list", "--colour"], "usage", "--colour"),
    ] {
        let run = faic.run(&[arguments.as_slice(), &["--json"]].concat());
        let answer: Value = serde_json::from_str(&run.err).unwrap_or_else(|error| panic!("{error}: {}", run.err));
        assert_eq!((run.code, &answer["error"]["code"]), (2, &code.into()), "{arguments:?}: {}", run.err);
        assert_eq!(answer["error"]["exit_code"], 2);
        let message = answer["error"]["message"].as_str().expect("a message");
        assert!(message.contains(advice), "{arguments:?}: {message}");
    }
}

/// Sentences say a thing once, in words, and without pictures.
#[test]
fn sentences() {
    let (faic, address) = with_wallet();
    let mixed = address.replacen("dfaic1", "dfAIC1", 1);
    let line = faic.refuse(2, &["wallet", "balance", &mixed]);
    assert_eq!(line.matches("again").count(), 1, "{line}");
    for (option, words) in [("--lane", "from 0 to 15"), ("--valid-for", "from 1 to 1000000")] {
        let line = faic.refuse(2, &["wallet", "send", "ann", &address, "1", option, "2000000"]);
        assert!(line.contains(words) && !line.contains(".."), "{line}");
    }
    faic.write("notes.txt", "mine");
    for command in [&["node", "--data-dir", "notes.txt"] as &[&str], &["init", "--data-dir", "notes.txt"]] {
        let line = faic.refuse(1, command);
        assert!(line.contains("notes.txt is a file") && line.contains("--data-dir"), "{line}");
    }
    for (text, words) in [
        ("data_dir = 'data'\n\ncolour = 1\n", "line 3, colour: unknown field"),
        ("[mempool]\n[api]\nlisten = 5\n[consensus]\nhold = 7\n", "line 3, listen: "),
        ("[api] # where\nlisten = '127.0.0.1:0'\n[consensus]\nhold = 7\n", "line 4, hold: "),
    ] {
        faic.write("bad.toml", text);
        let line = faic.refuse(1, &["node", "--config", "bad.toml"]);
        assert!(line.contains(words) && !line.contains(" | "), "{line}");
    }
}
