//! `faic dev`: what it keeps between starts, how it stops, and what it refuses to start on.

use std::{
    fs,
    io::{Read, Write},
    net::TcpStream,
    process::Command,
};

use serde_json::json;

use crate::{process::NodeProcess, program::Faic};

/// The address and the balance of the first account, as a start tells them.
fn first_account(node: &NodeProcess) -> (String, u64) {
    let account = &node.answer["accounts"][0];
    let text = |field: &str| account[field].as_str().expect("a text").to_owned();
    (text("address"), text("balance").parse().expect("a number of nano"))
}

/// A restart finds every balance again; the stopped node passes an audit.
#[test]
fn balances_survive_a_restart() {
    let faic = Faic::new();
    faic.import_rich();
    let bob = faic.new_wallet("bob")["address"].clone();
    let node = NodeProcess::dev(&faic, "data");
    let (rich, before) = first_account(&node);
    let fixed = ["--yes", "--password-file", "password", "--node", node.url()];
    let paid = faic.json(&[&["wallet", "send", "rich", "bob", "2.5"] as &[&str], &fixed].concat());
    let fee: u64 = paid["fee"].as_str().expect("a fee").parse().expect("a number of nano");
    assert!(faic.path("data/api.addr").exists());
    node.stop();
    assert!(!faic.path("data/api.addr").exists());

    let audit = faic.json(&["audit", "--data-dir", "data"]);
    assert_eq!((&audit["transactions"], &audit["stakes"]), (&json!(1), &json!("1000000000000000")));

    let node = NodeProcess::dev(&faic, "data");
    assert_eq!(first_account(&node), (rich, before - 2_500_000_000 - fee));
    let balances = faic.json(&["wallet", "balance", "bob", "--node", node.url()]);
    assert_eq!(balances["accounts"][0]["balance"], json!("2500000000"));
    assert_eq!(balances["accounts"][0]["address"], bob);
    node.stop();
}

/// Ctrl-C stops it as cleanly as SIGTERM does.
#[test]
fn stops_on_interrupt() {
    let faic = Faic::new();
    let node = NodeProcess::dev(&faic, "data");
    assert_eq!(node.signal("INT").code(), Some(0));
}

/// After `kill -9` it starts again.
#[test]
fn starts_after_a_kill() {
    let faic = Faic::new();
    let node = NodeProcess::dev(&faic, "data");
    assert_eq!(node.signal("KILL").code(), None);
    NodeProcess::dev(&faic, "data").stop();
}

/// For people it marks the mnemonic as public, and the lines to paste do the main job without showing the token.
#[test]
fn lines_to_paste() {
    let faic = Faic::new();
    let log = fs::File::create(faic.path("out")).expect("the temporary folder can be written to");
    let mut people = faic.command(&["dev", "--data-dir", "my data", "--http", "127.0.0.1:0"]);
    let node = NodeProcess::from(people.stdout(log).spawn().expect("the program was just built"));
    faic.wait_for_text("out", "Stop with Ctrl-C");
    let text = faic.read("out");
    for expected in ["PUBLIC mnemonic \"test test", "for play", "my data/api.token", "/docs"] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
    assert!(!text.contains(faic.read("my data/api.token").trim()));
    let lines: String = text
        .lines()
        .filter(|line| line.starts_with("  ") && !line.starts_with("  faic"))
        .collect::<Vec<_>>()
        .join("\n");
    // A bare machine has no curl; there the walkthrough of docs/api.md covers the same requests.
    if Command::new("curl").arg("--version").output().is_ok() {
        let pasted = Command::new("sh").args(["-ec", &lines]).current_dir(faic.path(".")).output();
        let pasted = String::from_utf8(pasted.expect("there is a shell").stdout).expect("JSON is UTF-8");
        for expected in ["\"mnemonic\":", "\"state\":\"final\"", "\"balance\":\"102500000000\""] {
            assert!(pasted.contains(expected), "{expected}: {pasted}");
        }
    }
    node.stop();
}

/// A second node on the same data folder or the same address is refused, and so is an audit of a running one.
#[test]
fn one_instance() {
    let faic = Faic::new();
    let node = NodeProcess::dev(&faic, "data");
    let line = faic.refuse(1, &["dev", "--data-dir", "data", "--http", "127.0.0.1:0"]);
    assert!(line.contains("data is in use by process") && line.contains("--data-dir"), "{line}");
    let address = faic.read("data/api.addr");
    let line = faic.refuse(1, &["dev", "--data-dir", "other", "--http", address.trim()]);
    assert!(line.contains(&format!("{} is in use", address.trim())) && line.contains("--http"), "{line}");
    assert!(!faic.path("other/ledger").exists());
    let line = faic.refuse(1, &["audit", "--data-dir", "data"]);
    assert!(line.contains("in use by process"), "{line}");
    node.stop();
}

/// A folder of another chain, of a newer program, of somebody else or that can't be written to is refused by name.
#[test]
fn folders_that_are_refused() {
    let faic = Faic::new();
    faic.init_chain("chain", "faic-x");
    let dev = |folder: &str| faic.refuse(1, &["dev", "--data-dir", folder, "--http", "127.0.0.1:0"]);
    let line = dev("chain");
    assert!(["faic-x", "faic-dev", "--data-dir"].iter().all(|part| line.contains(part)), "{line}");

    NodeProcess::dev(&faic, "newer").stop();
    faic.write("newer/format.json", r#"{"format": 999}"#);
    let line = dev("newer");
    assert!(line.contains("format 999") && line.contains("newer program"), "{line}");

    fs::create_dir(faic.path("photos")).expect("our own folder");
    faic.write("photos/holiday.jpg", "sun");
    let line = dev("photos");
    assert!(line.contains("holiday.jpg"), "{line}");

    faic.write("file", "");
    assert!(dev("file").contains("file"));
    if cfg!(target_os = "linux") {
        let line = dev("/sys/faic");
        assert!(line.contains("/sys/faic can't be written to"), "{line}");
    }
}

/// A request in flight at a SIGTERM is answered, and is no error in the log.
#[test]
fn a_request_in_flight_at_a_stop() {
    let faic = Faic::new();
    faic.init_chain("data", "faic-x");
    faic.write(
        "slow.toml",
        "data_dir = 'data'\n[consensus]\nhold = '59s'\nblock_interval_min = '59s'\ntimeout_propose = '60s'\n",
    );
    let node = NodeProcess::start(&faic, &["node", "--config", "slow.toml", "--http", "127.0.0.1:0", "--p2p", "off"]);
    let pay = ["wallet", "send", "operator", "operator", "1", "--yes", "--password-file", "password"];
    let pay = [&pay as &[&str], &["--node", node.url()]].concat();
    // The first block comes at once, the next one not before a minute has passed.
    faic.json(&pay);
    let sent = faic.json(&[&pay as &[&str], &["--no-wait"]].concat());
    let id = sent["id"].as_str().expect("an id");

    let mut stream = TcpStream::connect(node.url().trim_start_matches("http://")).expect("the node listens");
    let head = |path: &str| format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n");
    let waits = head(&format!("/v1/transactions/{id}?wait=final&timeout=30s"));
    // Both in one write: when the first is answered, the second has been read.
    stream.write_all(format!("{}{waits}", head("/v1/status")).as_bytes()).expect("the node reads");
    let mut first = [0; 15];
    stream.read_exact(&mut first).expect("an answer");
    assert_eq!(&first, b"HTTP/1.1 200 OK");
    node.stop();
    let mut rest = String::new();
    stream.read_to_string(&mut rest).expect("an answer");
    assert!(rest.contains("HTTP/1.1 503") && rest.contains("shutting_down"), "{rest}");
    assert_eq!(faic.read("node.log"), "");
}
