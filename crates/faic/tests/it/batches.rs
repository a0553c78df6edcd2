//! Files of payments: a run that is killed at a bad moment is gone on with, and every receiver gets its amount once.

use std::{fmt::Write, fs, process::Stdio};

use faic_core::{Address, Authority, Network, SecretKey};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::{
    background::{documents, kill, kill_at, make_blocks, network, record_folder, set_mode, start},
    gate::{Gate, Passage},
    program::NOBODY,
};

/// The receiver of a line.
fn receiver(number: u64) -> Address {
    let mut seed = [9; 32];
    seed[..8].copy_from_slice(&number.to_le_bytes());
    Authority::single(SecretKey::from_seed(&seed).public_key()).address()
}

/// A file that pays so many receivers, each as many nano as its number.
fn file(many: u64) -> String {
    let mut text = "to,amount\n".to_owned();
    for number in 1..=many {
        let to = receiver(number).encode(Network::Dev);
        writeln!(text, "{to},{}.{:09}", number / 1_000_000_000, number % 1_000_000_000).expect("memory");
    }
    text
}

/// The arguments that pay a file.
fn send_many<'a>(file: &'a str, url: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let fixed = ["wallet", "send-many", "rich", file, "--yes", "--password-file", "password", "--node", url];
    [&fixed as &[&str], more].concat()
}

/// What an account has, in nano, as the node says.
fn balance(url: &str, address: &Address) -> u64 {
    let path = format!("{url}/v1/accounts/{}", address.encode(Network::Dev));
    let bytes = ureq::get(path).call().expect("the node answers").body_mut().read_to_vec().expect("a body");
    let answer: Value = serde_json::from_slice(&bytes).expect("JSON");
    answer["balance"].as_str().expect("a balance").parse().expect("a number of nano")
}

/// Checks that every receiver has its amount, once.
fn check_paid(url: &str, many: u64) {
    for number in 1..=many {
        assert_eq!(balance(url, &receiver(number)), number, "receiver {number}");
    }
}

/// 600 payments are killed before a transaction reaches the node, after it did, and between transactions; run again until
/// it is done, each receiver has its amount once. Then the file is refused.
#[test]
fn killed_and_run_again() {
    use Passage::{HeldAfter, HeldBefore, Open};
    let (faic, node) = network();
    faic.write("many.csv", &file(600));
    let gate = Gate::before(node.url());
    let kills: [&[Passage]; 4] = [&[HeldBefore], &[HeldAfter], &[Open, HeldBefore], &[HeldAfter]];
    for plan in kills {
        kill_at(&faic, &gate, plan, &send_many("many.csv", &gate.url, &[]));
        if plan.last() == Some(&HeldBefore) {
            let pay = ["wallet", "send", "rich", "rich", "1", "--yes", "--password-file", "password"];
            let line = faic.refuse(1, &[&pay as &[&str], &["--node", node.url()]].concat());
            assert!(line.contains("undecided"), "{line}");
        }
    }
    gate.plan(&[]);
    let paid = faic.json(&send_many("many.csv", &gate.url, &[]));
    assert_eq!((&paid["payments"], &paid["total"]), (&json!(600), &json!("180300")));
    let transactions = paid["transactions"].as_array().expect("a list");
    let lines: Vec<_> =
        transactions.iter().map(|item| (item["first_line"].clone(), item["last_line"].clone())).collect();
    assert_eq!(lines, [(json!(2), json!(257)), (json!(258), json!(513)), (json!(514), json!(601))]);
    check_paid(node.url(), 600);
    let line = faic.refuse(1, &send_many("many.csv", node.url(), &[]));
    assert!(line.contains("all payments of many.csv") && line.contains("--restart"), "{line}");
    let history = faic.json(&["wallet", "history", "rich", "--node", node.url()]);
    assert_eq!((history["pending"].clone(), history["payments"].as_array().map(Vec::len)), (json!([]), Some(3)));
    assert!(documents(&record_folder(&faic, "rich")).is_empty());
    node.stop();
}

/// A file that was changed after it was begun is refused, and so is one that was given up; the user may insist.
#[test]
fn changed_files() {
    let (faic, node) = network();
    faic.write("many.csv", &file(300));
    let gate = Gate::before(node.url());
    kill_at(&faic, &gate, &[Passage::Open, Passage::HeldBefore], &send_many("many.csv", &gate.url, &[]));
    // The first 256 are settled, and the one that was never sent is sent.
    faic.json(&["wallet", "resume", "rich", "--node", node.url()]);
    faic.write("many.csv", &file(301));
    let line = faic.refuse(1, &send_many("many.csv", node.url(), &[]));
    assert!(line.contains("was changed since") && line.contains("restore the file"), "{line}");
    check_paid(node.url(), 300);
    let paid = faic.json(&send_many("many.csv", node.url(), &["--restart"]));
    assert_eq!(paid["payments"], json!(301));
    assert_eq!((balance(node.url(), &receiver(300)), balance(node.url(), &receiver(301))), (600, 301));
    faic.write("many.csv", &file(300));
    let line = faic.refuse(1, &send_many("many.csv", node.url(), &[]));
    assert!(line.contains("given up"), "{line}");
    node.stop();
}

/// A wallet that has not paid a file to its end is not removed, unless the user insists; when it comes back it goes on.
#[test]
fn removed_before_the_end() {
    let (faic, node) = network();
    faic.write("many.csv", &file(300));
    let gate = Gate::before(node.url());
    kill_at(&faic, &gate, &[Passage::Open, Passage::HeldAfter], &send_many("many.csv", &gate.url, &[]));
    faic.json(&["wallet", "resume", "rich", "--node", node.url()]);
    let remove = ["wallet", "remove", "rich", "--confirm", "rich", "--password-file", "password"];
    let refused = faic.run(&[&remove as &[&str], &["--json"]].concat());
    let answer: Value = serde_json::from_str(&refused.err).expect("one JSON document");
    assert_eq!(answer["error"]["code"], json!("batch_partly_paid"));
    let line = faic.refuse(1, &remove);
    assert!(line.contains("many.csv") && line.contains("`faic wallet send-many rich`"), "{line}");
    let gone = faic.json(&[&remove as &[&str], &["--despite-undecided"]].concat());
    assert!(gone["record"].as_str().is_some_and(|record| record.ends_with("payments/rich")), "{gone}");
    faic.import_rich();
    faic.json(&send_many("many.csv", node.url(), &[]));
    check_paid(node.url(), 300);
    assert_eq!(faic.json(&remove).get("record"), None);
    node.stop();
}

/// Paying a file once more is not begun twice when it is interrupted, goes on in its lane only, and is done by one command
/// at a time; a file that was paid and has other lines now is refused.
#[test]
fn paid_once_more() {
    let (faic, node) = network();
    faic.write("many.csv", &file(300));
    faic.json(&send_many("many.csv", node.url(), &[]));
    let gate = Gate::before(node.url());
    gate.plan(&[Passage::Open, Passage::HeldAfter]);
    let child = start(&faic, &send_many("many.csv", &gate.url, &["--restart"]));
    gate.wait_until_held();
    let line = faic.refuse(1, &send_many("many.csv", node.url(), &["--restart", "--lane", "1", "--timeout", "1"]));
    assert!(line.contains(&format!("another command (process {}) is paying a file", child.id())), "{line}");
    kill(child);
    let line = faic.refuse(1, &send_many("many.csv", node.url(), &["--restart"]));
    assert!(line.contains("under way") && line.contains("leave out --restart"), "{line}");
    faic.json(&send_many("many.csv", node.url(), &[]));
    assert_eq!((balance(node.url(), &receiver(1)), balance(node.url(), &receiver(300))), (2, 600));
    faic.write("many.csv", &file(301));
    let line = faic.refuse(1, &send_many("many.csv", node.url(), &[]));
    assert!(line.contains("paid before with other lines") && line.contains("another name"), "{line}");
    node.stop();
}

/// A file that another account paid, or began to pay, is not said to have other lines, and is paid once more by those only
/// who insist, when nothing of it is undecided.
#[test]
fn from_another_account() {
    let (faic, node) = network();
    faic.json(&["wallet", "account", "add", "rich", "--password-file", "password"]);
    let first = faic.json(&["wallet", "address", "rich"])["address"].as_str().expect("an address").to_owned();
    faic.write("many.csv", &file(2));
    let gate = Gate::before(node.url());
    kill_at(&faic, &gate, &[Passage::HeldBefore], &send_many("many.csv", &gate.url, &[]));
    let line = faic.refuse(1, &send_many("many.csv", node.url(), &["--account", "1"]));
    assert!(line.contains(&format!("were begun from {first}")) && line.contains("name that account"), "{line}");
    let line = faic.refuse(1, &send_many("many.csv", node.url(), &["--account", "1", "--restart"]));
    assert!(line.contains("undecided"), "{line}");
    faic.json(&send_many("many.csv", node.url(), &[]));
    let line = faic.refuse(1, &send_many("many.csv", node.url(), &["--account", "1"]));
    assert!(line.contains(&format!("was paid before from {first}")) && !line.contains("other lines"), "{line}");
    check_paid(node.url(), 2);
    faic.json(&send_many("many.csv", node.url(), &["--account", "1", "--restart"]));
    assert_eq!(balance(node.url(), &receiver(2)), 4);
    faic.write("many.csv", &file(3));
    let line = faic.refuse(1, &send_many("many.csv", node.url(), &[]));
    assert!(line.contains("was paid before with other lines"), "{line}");
    node.stop();
}

/// A signal ends it with how much is paid, and the same command goes on.
#[test]
fn interrupted() {
    let (faic, node) = network();
    faic.write("many.csv", &file(300));
    let gate = Gate::before(node.url());
    gate.plan(&[Passage::Open, Passage::HeldBefore]);
    let mut command = faic.command(&send_many("many.csv", &gate.url, &["--json"]));
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program was just built");
    gate.wait_until_held();
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw).expect("a process id");
    kill_process(pid, Signal::INT).expect("the process is ours");
    let ended = child.wait_with_output().expect("the process is ours");
    let answer: Value = serde_json::from_slice(&ended.stderr).expect("one JSON document");
    assert_eq!((ended.status.code(), &answer["error"]["code"]), (Some(1), &json!("interrupted")));
    let message = answer["error"]["message"].as_str().expect("a text");
    // The first part may be final, and the second may have been sent: neither is told as not done.
    let known = "at least 0 of 300 payments are final, and up to 300 more were sent; the same command goes on";
    assert!(message.contains(known) && message.contains("pays none twice"), "{message}");
    let unreachable = faic.run(&send_many("many.csv", NOBODY, &["--json"]));
    let answer: Value = serde_json::from_str(&unreachable.err).expect("one JSON document");
    assert_eq!(answer["error"]["code"], json!("batch_partly_paid"), "{answer}");
    let message = answer["error"]["message"].as_str().expect("a text");
    assert!(message.starts_with("at least 0 of 300 payments are final, and up to 300 more were sent before; now:"));
    assert!(message.contains(NOBODY) && message.contains("pays none twice"), "{message}");
    faic.json(&send_many("many.csv", node.url(), &[]));
    check_paid(node.url(), 300);
    node.stop();
}

/// A part that can never become final any more is built again, and only then; other parts are not touched.
#[test]
fn expired_parts() {
    let (faic, node) = network();
    faic.write("many.csv", &file(300));
    let gate = Gate::before(node.url());
    kill_at(
        &faic,
        &gate,
        &[Passage::Open, Passage::HeldBefore],
        &send_many("many.csv", &gate.url, &["--valid-for", "4"]),
    );
    make_blocks(&faic, node.url(), 7);
    let paid = faic.json(&send_many("many.csv", node.url(), &[]));
    assert_eq!(paid["transactions"].as_array().map(Vec::len), Some(2));
    check_paid(node.url(), 300);
    node.stop();
}

/// A batch of which something is damaged or missing is refused by name, and nothing is sent.
#[test]
fn damaged_batches() {
    let (faic, node) = network();
    faic.write("many.csv", &file(300));
    let gate = Gate::before(node.url());
    kill_at(&faic, &gate, &[Passage::Open, Passage::HeldBefore], &send_many("many.csv", &gate.url, &[]));
    let folder = record_folder(&faic, "rich");
    let [batch] = documents(&folder.join("batches")).try_into().expect("one batch");
    let whole = fs::read(&batch).expect("our own file");
    let other_round = String::from_utf8(whole.clone()).expect("JSON").replace("\"version\": 4", "\"version\": 5");
    let bad: [&[u8]; 4] = [b"", b"{}", &whole[..whole.len() / 2], other_round.as_bytes()];
    for bytes in bad {
        fs::write(&batch, bytes).expect("our own file");
        let line = faic.refuse(1, &send_many("many.csv", node.url(), &[]));
        assert!(line.contains(&batch.display().to_string()) && line.contains("backup"), "{line}");
    }
    fs::write(&batch, &whole).expect("our own file");
    for record in documents(&folder) {
        let kept = fs::read(&record).expect("our own file");
        fs::remove_file(&record).expect("our own file");
        let line = faic.refuse(1, &send_many("many.csv", node.url(), &[]));
        assert!(line.contains("is missing") && line.contains("faic wallet history rich"), "{line}");
        fs::write(&record, kept).expect("our own folder");
        set_mode(&record, 0o600);
    }
    faic.json(&send_many("many.csv", node.url(), &[]));
    check_paid(node.url(), 300);
    node.stop();
}

/// What is wrong with a file is told by line before anything is sent; what may be a mistake is pointed out.
#[test]
fn lines() {
    let (faic, node) = network();
    let bob = faic.json(&["wallet", "address", "bob"])["address"].as_str().expect("an address").to_owned();
    let book = ["wallet", "book", "add", "rich", "carol", &receiver(1).encode(Network::Dev)];
    faic.json(&[&book as &[&str], &["--password-file", "password"]].concat());
    let main = receiver(1).encode(Network::Main);
    let long = "m".repeat(65);
    let bad = [
        (format!("to,amount\n{bob},1\nbob,x\nbob,0\n,1\n"), vec!["line 3:", "line 4:", "line 5: it names no receiver"]),
        (
            format!("to,amount\n{bob}x,1\n{main},1\nnobody,1\n"),
            vec!["line 2:", "line 3:", "main network", "line 4:", "address book"],
        ),
        (
            format!("to,amount,memo\nbob,1,{long}\nbob,1,a,b\nbob\n"),
            vec!["line 2: its memo has 65 bytes", "line 3: it has 4 fields", "line 4:"],
        ),
        ("to,amount,memo\nbob,1,\"a\nb\"\n".to_owned(), vec!["control character"]),
        ("to;amount\nbob;1\n".to_owned(), vec!["the header is to,amount"]),
        ("amount,memo\n1,x\n".to_owned(), vec!["the header is to,amount"]),
        ("to,amount,to\nbob,1,bob\n".to_owned(), vec!["the header is to,amount"]),
        ("to,amount\n# nobody\n\n".to_owned(), vec!["no payments"]),
        (String::new(), vec!["the header is to,amount"]),
        (
            "to,amount,memo\nbob,1,a\n# \"\nbob,1,\"b\nbob,1,c\n".to_owned(),
            vec!["line 4: it opens a quote that is never"],
        ),
        ("to,\"amount\nbob,1\n".to_owned(), vec!["line 1: it opens a quote that is never"]),
    ];
    for (text, expected) in bad {
        faic.write("bad.csv", &text);
        let line = faic.refuse(2, &send_many("bad.csv", node.url(), &[]));
        for part in expected {
            assert!(line.contains(part), "{part}: {line}");
        }
        assert_eq!(line.matches("nothing was sent").count(), 1, "{line}");
    }
    // A wallet that cannot be opened to look into its book is not a fault of the file.
    faic.write("wrong", "not the password\n");
    faic.write("bad.csv", "to,amount\nanna,1\nberta,1\n");
    let wrong = ["wallet", "send-many", "rich", "bad.csv", "--yes", "--password-file", "wrong", "--node", node.url()];
    let line = faic.refuse(1, &wrong);
    assert!(line.starts_with("the password is wrong") && line.matches("nothing was sent").count() == 1, "{line}");
    fs::write(faic.path("bad.csv"), b"to,amount\n\xff,1\n").expect("our own folder");
    for (file, expected) in [("bad.csv", "UTF-8"), ("none.csv", "none.csv")] {
        let line = faic.refuse(2, &send_many(file, node.url(), &[]));
        assert!(line.contains(expected) && line.matches("nothing was sent").count() == 1, "{line}");
    }
    let good = "\u{feff}Amount, To ,MEMO\r\n# to friends\r\n\r\n1,bob,\"rent, March\"\r\n2,carol,\r\n1,bob,\"rent, March\"\r\n";
    faic.write("good.csv", good);
    let run = faic.run(&send_many("good.csv", node.url(), &[]));
    assert!(
        run.code == 0 && run.err.contains("lines that pay the same as an earlier line, and are paid as well: 6"),
        "{}",
        run.err
    );
    assert!(run.out.contains("paid") && run.out.contains("4 FAIC to 3 receivers"), "{}", run.out);
    assert_eq!(balance(node.url(), &receiver(1)), 2_000_000_000);
    let memo = faic.json(&["wallet", "history", "bob", "--node", node.url()]);
    assert_eq!(memo["payments"][0]["memos"], json!(["rent, March"]));
    let fixed = ["--yes", "--password-file", "password", "--node", node.url()];
    faic.json(&[&["wallet", "settings", "bob", "--memo-required", "on"] as &[&str], &fixed].concat());
    faic.write("memo.csv", "to,amount\ncarol,1\nbob,1\n");
    let line = faic.refuse(1, &send_many("memo.csv", node.url(), &[]));
    assert!(line.starts_with("line 3: ") && line.contains("only payments with a memo"), "{line}");
    assert_eq!(balance(node.url(), &receiver(1)), 2_000_000_000);
    node.stop();
}

/// One line more than there may be, more than the account has, and fees above the limit are refused before anything is
/// sent; without `--yes` the sums are shown and asked about.
#[test]
fn limits() {
    let (faic, node) = network();
    let to = receiver(1).encode(Network::Dev);
    let mut text = "to,amount\n".to_owned();
    for _ in 0..100_001 {
        writeln!(text, "{to},0.000000001").expect("memory");
    }
    faic.write("long.csv", &text);
    let line = faic.refuse(2, &send_many("long.csv", node.url(), &[]));
    assert!(line.contains("line 100002: there are more than 100000 payments"), "{line}");
    faic.write("large.csv", &"#".repeat(32 * 1024 * 1024 + 1));
    assert!(faic.refuse(2, &send_many("large.csv", node.url(), &[])).contains("more than 33554432 bytes"));
    faic.write("dear.csv", &format!("to,amount\n{to},999999\n{to},999998\n"));
    assert!(faic.refuse(1, &send_many("dear.csv", node.url(), &[])).contains("the payments need 1999997."));
    faic.write("many.csv", &file(300));
    let line = faic.refuse(1, &send_many("many.csv", node.url(), &["--fee-max", "0.0001"]));
    assert!(line.contains("--fee-max"), "{line}");
    assert!(faic.refuse(2, &send_many("many.csv", node.url(), &["--no-wait"])).contains("--no-wait"));
    let asked = ["wallet", "send-many", "rich", "many.csv", "--password-file", "password", "--node", node.url()];
    let run = faic.run(&asked);
    assert!(
        run.code == 2 && run.err.contains("300 in 2 transactions") && run.err.contains("0.00004515 FAIC"),
        "{}",
        run.err
    );
    assert_eq!(balance(node.url(), &receiver(1)), 0);
    node.stop();
}
