//! Whole histories as files: every page, checked, and safe to open in a spreadsheet.

use std::fs;

use serde_json::{Value, json};

use crate::{process::NodeProcess, program::Faic};

/// The fields of a line of CSV whose fields are all in quotes.
fn fields(line: &str) -> Vec<String> {
    let inner = line.trim_end().strip_prefix('"').and_then(|line| line.strip_suffix('"')).expect("fields in quotes");
    inner.split("\",\"").map(|field| field.replace("\"\"", "\"")).collect()
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
    for _ in 0..100 {
        pay(&["bob", "1"], &["--no-wait"]);
    }
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
