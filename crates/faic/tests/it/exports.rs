//! Whole histories as files: every page, checked, and safe to open in a spreadsheet.

use std::fs;

use faic_core::{
    Address, Amount, Authority, BasicCrypto, ChainId, KeyManager, Network,
    crypto::sign_transaction,
    derivation::AccountPath,
    keystore::WalletSecret,
    mnemonic::Mnemonic,
    transaction::{Output, TransactionBuilder},
};
use serde_json::{Value, json};

use crate::{
    background::{kill_at, network, pay},
    gate::{Gate, Lie, Passage},
    process::NodeProcess,
    program::{Faic, NOBODY, PUBLIC},
    terminal::screen,
};

/// The fields of a line of CSV whose fields are all in quotes.
fn fields(line: &str) -> Vec<String> {
    let inner = line.trim_end().strip_prefix('"').and_then(|line| line.strip_suffix('"')).expect("fields in quotes");
    inner.split("\",\"").map(|field| field.replace("\"\"", "\"")).collect()
}

/// Pays one FAIC a hundred times from the account of `rich` to another, as a program of somebody with the same key does.
fn pay_a_hundred_times(url: &str, to: &str) {
    const NANO_PER_BYTE: u64 = 1_000;
    let secret = WalletSecret::new(Mnemonic::parse(PUBLIC).expect("well-known words"), "").expect("no passphrase");
    let key = secret.account_key(Network::Dev, AccountPath::default());
    let to = Address::parse(to, Network::Dev).expect("an address");
    let output = Output { to, amount: Amount::parse_faic("1").expect("an amount"), memo: String::new() };
    let chain = ChainId::new("faic-dev").expect("a name");
    let authority = Authority::single(key.public_key());
    let crypto = BasicCrypto { key_manager: KeyManager::from_iter([key]) };
    for sequence in 0..100 {
        let transfer = TransactionBuilder::transfer(chain.clone(), authority.clone(), vec![output.clone()]);
        let built = transfer.nonce(0, sequence).valid_until(1_000).build(NANO_PER_BYTE).expect("a payment");
        let signed = sign_transaction(&crypto, built).expect("its key");
        let request = ureq::post(format!("{url}/v1/transactions")).content_type("application/octet-stream");
        request.send(signed.to_bytes()).expect("the node takes it");
    }
}

/// More transactions than a page has are all in the file, in both formats, with memos that a spreadsheet does not compute.
#[test]
fn whole_histories() {
    let faic = Faic::new();
    faic.import_rich();
    faic.new_wallet("bob");
    let node = NodeProcess::dev(&faic, "data");
    let pay = |arguments: &[&str], more: &[&str]| {
        let fixed = ["--yes", "--password-file", "password", "--node", node.url()];
        faic.json(&[&["wallet", "send", "rich"], arguments, &fixed, more].concat())
    };
    let bob = faic.json(&["wallet", "address", "bob"])["address"].as_str().expect("an address").to_owned();
    pay_a_hundred_times(node.url(), &bob);
    pay(&["--to", "bob=2", "--to", "rich=3", "--to", "bob=4"], &["--memo", "=SUM(1;2), \"x\""]);
    let export = |account: &'static str, more: &[&str]| -> Vec<String> {
        let fixed = ["wallet", "history", account, "--node", node.url()];
        [&fixed as &[&str], more].concat().iter().map(ToString::to_string).collect()
    };
    let run = |arguments: Vec<String>| faic.run(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    let told = run(export("bob", &["--format", "csv", "--out", "bob.csv", "--json"]));
    let told: Value = serde_json::from_str(&told.out).unwrap_or_else(|_| panic!("{}", told.err));
    assert_eq!((&told["transactions"], &told["older"], told["proved_at"].is_u64()), (&json!(101), &json!(0), true));
    let csv = faic.read("bob.csv");
    let lines: Vec<Vec<String>> = csv.lines().map(fields).collect();
    assert_eq!(lines[0].join(","), "time,height,transaction,kind,direction,amount_faic,fee_faic,counterparty,memo");
    assert_eq!(lines.len(), 1 + 100 + 2);
    let rich = faic.json(&["wallet", "address", "rich"])["address"].clone();
    assert_eq!((&lines[1][4], &lines[1][5], &lines[1][6]), (&"in".to_owned(), &"2".to_owned(), &String::new()));
    assert_eq!((&json!(lines[1][7]), lines[1][8].as_str()), (&rich, "'=SUM(1;2), \"x\""));
    assert_eq!(lines[2][5], "4");
    assert!(lines[1][0].ends_with('Z') && lines[102][5] == "1", "{:?}", lines[102]);
    let sent = run(export("rich", &["--format", "csv"])).out;
    let sent: Vec<Vec<String>> = sent.lines().map(fields).collect();
    // The fee stands on the first line of its transaction only.
    assert!(!sent[1][6].is_empty() && sent[2][6].is_empty() && sent[1][2] == sent[2][2]);
    assert_eq!((sent.len(), sent[1][4].as_str()), (1 + 100 + 2, "out"));
    let list = run(export("bob", &["--format", "json"])).out;
    let list: Value = serde_json::from_str(&list).expect("one JSON document");
    assert_eq!(list.as_array().map(Vec::len), Some(101));
    assert_eq!(
        list[0]["payments"][0],
        json!({"counterparty": rich, "amount": "2000000000", "memo": "=SUM(1;2), \"x\""})
    );
    let said = run(export("bob", &["--format", "json", "--unverified"])).out;
    assert_eq!(serde_json::from_str::<Value>(&said).expect("one JSON document"), list);
    // A file is never overwritten, and a failure leaves none behind.
    let refused =
        |arguments: Vec<String>, code| faic.refuse(code, &arguments.iter().map(String::as_str).collect::<Vec<_>>());
    assert!(refused(export("bob", &["--format", "csv", "--out", "bob.csv"]), 1).contains("file already"));
    assert_eq!(faic.read("bob.csv"), csv);
    refused(export("bob", &["--format", "csv", "--out", "old.csv", "--max-age", "0s"]), 1);
    refused(export("bob", &["--format", "csv", "--limit", "3"]), 2);
    refused(export("bob", &["--out", "x.csv"]), 2);
    let names: Vec<_> =
        fs::read_dir(faic.path("")).expect("our folder").flatten().map(|file| file.file_name()).collect();
    assert!(!names.iter().any(|name| name == "old.csv" || name.to_string_lossy().starts_with(".tmp")), "{names:?}");
    node.stop();
}

/// The history of an account, as of a node that hides the older transactions.
fn hide(answer: &mut Value) {
    if answer.get("transactions").is_some() {
        answer["transactions"] = json!([]);
        answer["next_cursor"] = Value::Null;
    }
}

/// A history of which the node does not show all is not taken for the whole one, unless the user is content with a part.
#[test]
fn parts_of_histories() {
    let (faic, node) = network();
    faic.json(&pay("rich", node.url(), &[]));
    let gate = Gate::before(node.url());
    gate.lie([("GET /v1/accounts/", Lie::Changed(hide))]);
    for format in ["csv", "json"] {
        let export = ["wallet", "history", "bob", "--format", format, "--node", &gate.url];
        let line = faic.refuse(1, &export);
        assert!(line.contains("lacks 1 older transaction,") && line.contains("--partial"), "{line}");
        let refused = faic.run(&[&export as &[&str], &["--out", "bob", "--json"]].concat());
        let answer: Value = serde_json::from_str(&refused.err).expect("one JSON document");
        assert_eq!(answer["error"]["code"], json!("history_incomplete"));
        assert!(!faic.path("bob").exists());
        let part = faic.run(&[&export as &[&str], &["--partial"]].concat());
        assert!(part.code == 0 && part.err.starts_with("warning: the history lacks 1 older"), "{}", part.err);
        assert_eq!(part.out.lines().count(), if format == "csv" { 1 } else { 2 }, "{}", part.out);
    }
    let export = ["wallet", "history", "bob", "--format", "json", "--partial", "--node", &gate.url];
    assert_eq!(faic.json(&export), json!([]));
    node.stop();
}

/// What others wrote steers no terminal, and is in a file as it was written.
#[test]
fn memos_that_steer_a_terminal() {
    /// Puts a command to a terminal into the memo.
    fn steer(answer: &mut Value) {
        if answer["transactions"].is_array() {
            answer["transactions"][0]["transaction"]["memo"] = json!("\u{1b}[2J\u{9b}1mhello");
        }
    }
    let (faic, node) = network();
    faic.json(&pay("rich", node.url(), &[]));
    let gate = Gate::before(node.url());
    gate.lie([("GET /v1/accounts/", Lie::Changed(steer))]);
    for format in ["csv", "json"] {
        let export = ["wallet", "history", "bob", "--format", format, "--unverified", "--node", &gate.url];
        let shown = screen(&faic, &export, 80);
        assert!(shown.contains("hello") && !shown.contains(['\u{1b}', '\u{9b}']), "{shown:?}");
        let piped = faic.run(&export).out;
        assert!(piped.contains('\u{9b}') && piped.contains("2J"), "{piped:?}");
    }
    node.stop();
}

/// Where the node cannot be asked, what was sent from here and is undecided is shown as it was last known.
#[test]
fn without_a_node() {
    let (faic, node) = network();
    let gate = Gate::before(node.url());
    kill_at(&faic, &gate, &[Passage::HeldBefore], &pay("rich", &gate.url, &[]));
    node.stop();
    let history = ["wallet", "history", "rich", "--node", NOBODY];
    let run = faic.run(&history);
    assert_eq!((run.code, run.err.lines().count()), (1, 1), "{}", run.err);
    assert!(run.err.contains(NOBODY) && run.err.contains("as it was last known"), "{}", run.err);
    assert!(run.out.starts_with("Not final, as last known:\n") && run.out.contains("perhaps sent"), "{}", run.out);
    let run = faic.run(&[&history as &[&str], &["--json"]].concat());
    let answer: Value = serde_json::from_str(&run.err).expect("one JSON document");
    assert_eq!((run.out.as_str(), &answer["error"]["code"]), ("", &json!("node_unreachable")));
    assert_eq!(answer["error"]["pending"][0]["state"], json!("built"), "{answer}");
    assert_eq!(answer["error"]["pending"][0]["amount"], json!("1000000000"), "{answer}");
}
