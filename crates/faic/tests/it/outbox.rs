//! The record of what a wallet sent: a program that is killed at a bad moment forgets nothing and pays nothing twice.

use std::{
    fs,
    process::{Child, Stdio},
};

use serde_json::{Value, json};

use crate::{
    background::{
        balance_of, documents, kill, kill_at, make_blocks, network, pay, record_folder, resume, set_mode, start,
    },
    gate::{Gate, Lie, Passage, SUBMISSION},
    program::{Faic, Run, mode},
};

/// The arguments of a payment of one FAIC by `rich`.
fn send<'a>(url: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    pay("rich", url, more)
}

/// What bob has, in nano.
fn balance_of_bob(faic: &Faic, url: &str) -> Value {
    balance_of(faic, "bob", url)
}

/// A payment that became final without the user being told is not made again by repeating the command, however often, but
/// once it was shown it is.
#[test]
fn repeated_after_a_kill() {
    let (faic, node) = network();
    let gate = Gate::before(node.url());
    kill_at(&faic, &gate, &[Passage::HeldAfter], &send(&gate.url, &[]));
    let line = loop {
        // Until it is final, it is told that it is undecided.
        let line = faic.refuse(1, &send(node.url(), &[]));
        if !line.contains("undecided") {
            break line;
        }
    };
    assert!(line.contains("the same was paid before") && line.contains("faic wallet resume rich"), "{line}");
    assert_eq!(faic.refuse(1, &send(node.url(), &[])), line);
    assert_eq!(balance_of_bob(&faic, node.url()), json!("1000000000"));
    let resumed = faic.json(&resume(node.url(), &[]));
    assert_eq!(resumed["transactions"][0]["state"], json!("final"), "{resumed}");
    faic.json(&send(node.url(), &[]));
    assert_eq!(balance_of_bob(&faic, node.url()), json!("2000000000"));
    node.stop();
}

/// Whether the node got the payment before the program was killed or not: the next one is refused until the wallet
/// knows, and the one that was begun is paid once.
#[test]
fn killed_while_paying() {
    for passage in [Passage::HeldBefore, Passage::HeldAfter] {
        let (faic, node) = network();
        let gate = Gate::before(node.url());
        kill_at(&faic, &gate, &[passage], &send(&gate.url, &[]));
        if passage == Passage::HeldBefore {
            let line = faic.refuse(1, &send(&gate.url, &[]));
            assert!(line.contains("of 1 FAIC is undecided") && line.contains("faic wallet resume rich"), "{line}");
            let refused = faic.run(&send(&gate.url, &["--json"]));
            let answer: Value = serde_json::from_str(&refused.err).expect("one JSON document");
            assert_eq!(answer["error"]["code"], json!("earlier_undecided"));
            let history = faic.json(&["wallet", "history", "rich", "--node", node.url()]);
            let pending = &history["pending"][0];
            assert_eq!((&pending["state"], &pending["amount"]), (&json!("built"), &json!("1000000000")));
            let people = faic.run(&["wallet", "history", "rich", "--node", node.url()]).out;
            assert!(people.starts_with("Not final:") && people.contains("perhaps sent"), "{people}");
            assert_eq!(balance_of_bob(&faic, node.url()), json!("0"));
        }
        let resumed = faic.json(&resume(node.url(), &[]));
        let states: Vec<_> =
            resumed["transactions"].as_array().expect("a list").iter().map(|item| &item["state"]).collect();
        assert_eq!(states, [&json!("final")], "{resumed}");
        assert_eq!(balance_of_bob(&faic, node.url()), json!("1000000000"));
        let again = faic.json(&resume(node.url(), &[]));
        assert_eq!(again["transactions"], json!([]));
        faic.json(&send(node.url(), &[]));
        assert_eq!(balance_of_bob(&faic, node.url()), json!("2000000000"));
        assert_eq!(faic.json(&["wallet", "history", "rich", "--node", node.url()])["pending"], json!([]));
        node.stop();
    }
}

/// The user may go on without knowing; what the place of an undecided payment takes, replaces it.
#[test]
fn going_on_without_knowing() {
    let (faic, node) = network();
    let gate = Gate::before(node.url());
    kill_at(&faic, &gate, &[Passage::HeldBefore], &send(&gate.url, &[]));
    assert!(faic.refuse(1, &send(node.url(), &["--lane", "3"])).contains("--despite-undecided"));
    faic.json(&send(node.url(), &["--despite-undecided", "--valid-for", "500"]));
    // It had the place of the other in the lane, so the other is known never to be made.
    let resumed = faic.json(&resume(node.url(), &[]));
    assert_eq!(resumed["transactions"][0]["state"], json!("replaced"));
    assert_eq!(balance_of_bob(&faic, node.url()), json!("1000000000"));
    node.stop();
}

/// A transaction whose last height has passed is known never to be made, and the next one is not held up.
#[test]
fn expired() {
    let (faic, node) = network();
    let gate = Gate::before(node.url());
    kill_at(&faic, &gate, &[Passage::HeldBefore], &send(&gate.url, &["--valid-for", "4"]));
    make_blocks(&faic, node.url(), 7);
    let resumed = faic.json(&resume(node.url(), &[]));
    assert_eq!(resumed["transactions"][0]["state"], json!("expired"), "{resumed}");
    faic.json(&send(node.url(), &[]));
    assert_eq!(balance_of_bob(&faic, node.url()), json!("1000000000"));
    node.stop();
}

/// Where the node's word is taken, it is taken for the block of an earlier payment too.
#[test]
fn believed() {
    let (faic, node) = network();
    let gate = Gate::before(node.url());
    kill_at(&faic, &gate, &[Passage::HeldBefore], &send(&gate.url, &["--unverified"]));
    let on = ["--unverified", "--node", node.url()];
    let history = ["wallet", "history", "rich"];
    let pending = faic.json(&[&history as &[&str], &on].concat());
    assert_eq!(pending["pending"].as_array().map(Vec::len), Some(1));
    assert!(faic.refuse(1, &send(node.url(), &["--unverified"])).contains("undecided"));
    let resumed = faic.json(&resume(node.url(), &["--unverified"]));
    assert_eq!(resumed["transactions"][0]["state"], json!("final"));
    faic.json(&send(node.url(), &["--unverified"]));
    assert_eq!(balance_of_bob(&faic, node.url()), json!("2000000000"));
    node.stop();
}

/// Pays, and has the record be one that cannot be written from the moment at which the node has the payment.
fn pay_unwritable(faic: &Faic, gate: &Gate, more: &[&str]) -> Run {
    gate.plan(&[Passage::Late]);
    let mut command = faic.command(&send(&gate.url, more));
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program was just built");
    gate.wait_until_held();
    let folder = record_folder(faic, "rich");
    set_mode(&folder, 0o755);
    gate.let_pass();
    let ended = child.wait_with_output().expect("the process is ours");
    set_mode(&folder, 0o700);
    ended.into()
}

/// Where the record cannot be written after the payment was sent, what became of the payment is told: to people with a
/// warning, to programs in one document.
#[test]
fn unwritable_after_sending() {
    let (faic, node) = network();
    let gate = Gate::before(node.url());
    let Run { code, out, err } = pay_unwritable(&faic, &gate, &[]);
    assert!(code == 0 && out.contains("final at height"), "{out}{err}");
    assert!(err.starts_with("warning: ") && err.contains("faic wallet history rich"), "{err}");
    let resumed = faic.json(&resume(node.url(), &[]));
    assert_eq!(resumed["transactions"][0]["state"], json!("final"), "{resumed}");
    let Run { code, out, err } = pay_unwritable(&faic, &gate, &["--json"]);
    assert_eq!((code, err.as_str()), (0, ""));
    assert_eq!(serde_json::from_str::<Value>(&out).expect("one JSON document")["state"], json!("final"));
    faic.json(&resume(node.url(), &[]));
    // A refusal is one failure as well, which says both.
    gate.lie([(SUBMISSION, Lie::Refused(422, "insufficient_balance"))]);
    let Run { code, out, err } = pay_unwritable(&faic, &gate, &["--json"]);
    let answer: Value = serde_json::from_str(&err).expect("one JSON document");
    assert_eq!((code, out.as_str(), &answer["error"]["code"]), (1, "", &json!("insufficient_balance")));
    assert!(answer["error"]["message"].as_str().is_some_and(|text| text.contains("cannot be written down")), "{err}");
    assert_eq!(balance_of_bob(&faic, node.url()), json!("3000000000"));
    node.stop();
}

/// On a node's bare word that a signed transaction is too late nobody is told to sign another one: it may be final.
#[test]
fn refused_submit() {
    let (faic, node) = network();
    faic.json(&[
        "wallet",
        "build",
        "rich",
        "bob",
        "1",
        "--out",
        "tx",
        "--password-file",
        "password",
        "--node",
        node.url(),
    ]);
    faic.json(&["wallet", "sign", "rich", "tx", "--out", "signed", "--yes", "--password-file", "password"]);
    let gate = Gate::before(node.url());
    for code in ["transaction_expired", "sequence_used"] {
        // The node has it, and it becomes final, whatever its answer says.
        gate.lie([(SUBMISSION, Lie::Refused(409, code))]);
        let submit = ["wallet", "submit", "signed", "--node", &gate.url];
        let line = faic.refuse(1, &submit);
        assert!(line.contains("is final already") || line.contains("may still become final"), "{line}");
        assert!(!line.contains("have it signed again"), "{line}");
        faic.json(&["wallet", "submit", "signed", "--node", node.url()]);
        assert!(faic.refuse(1, &submit).contains("is final already"));
    }
    node.stop();
}

/// Lanes are paid from at the same time; in one lane a command waits for the other.
#[test]
fn at_the_same_time() {
    let (faic, node) = network();
    let pay = |to, amount, lane| {
        let options =
            ["--lane", lane, "--timeout", "300", "--yes", "--password-file", "password", "--node", node.url()];
        start(&faic, &[&["wallet", "send", "rich", to, amount] as &[&str], &options].concat())
    };
    let children: Vec<Child> =
        [("1", "0"), ("1", "1"), ("1", "2"), ("2", "0")].map(|(amount, lane)| pay("bob", amount, lane)).into();
    for mut child in children {
        assert!(child.wait().expect("the process is ours").success());
    }
    assert_eq!(balance_of_bob(&faic, node.url()), json!("5000000000"));
    // A command that has the lane is waited for, and not for ever.
    let gate = Gate::before(node.url());
    gate.plan(&[Passage::HeldBefore]);
    let held = start(&faic, &send(&gate.url, &[]));
    gate.wait_until_held();
    let line = faic.refuse(1, &send(node.url(), &["--timeout", "5"]));
    let holder = format!("another command (process {}) is making a transaction", held.id());
    assert!(line.contains(&holder) && line.contains("--timeout, or use another --lane"), "{line}");
    faic.json(&send(node.url(), &["--lane", "1"]));
    // So it is where a wallet is to be renamed or removed.
    let rename: &[&str] = &["wallet", "rename", "bob", "robert"];
    let remove: &[&str] = &["wallet", "remove", "bob", "--confirm", "bob"];
    for command in [rename, remove] {
        let line = faic.refuse(1, &[command, &["--password-file", "password", "--timeout", "1"]].concat());
        assert!(line.contains(&holder) && line.contains("longer with --timeout"), "{line}");
    }
    kill(held);
    faic.json(&[rename, &["--password-file", "password"]].concat());
    node.stop();
}

/// The record is private, and one that is damaged, open to others or foreign is refused by name with what to do.
#[test]
fn damaged_records() {
    let (faic, node) = network();
    faic.json(&send(node.url(), &[]));
    let [file] = documents(&record_folder(&faic, "rich")).try_into().expect("one record");
    assert_eq!((mode(&record_folder(&faic, "rich")), mode(&file)), (0o700, 0o600));
    let whole = fs::read(&file).expect("our own file");
    let flipped = String::from_utf8(whole.clone()).expect("JSON").replace("\"signed\": \"01", "\"signed\": \"02");
    let without_height = String::from_utf8(whole.clone()).expect("JSON").replace("\"final\"", "\"built\"");
    let version = String::from_utf8(whole.clone()).expect("JSON").replace("\"version\": 4", "\"version\": 9");
    let long = vec![b' '; 200 * 1024];
    let bad: [&[u8]; 7] = [
        b"",
        b"{}",
        &whole[..whole.len() / 2],
        flipped.as_bytes(),
        without_height.as_bytes(),
        version.as_bytes(),
        &long,
    ];
    for bytes in bad {
        fs::write(&file, bytes).expect("our own file");
        for command in [
            send(node.url(), &[]),
            vec!["wallet", "history", "rich", "--node", node.url()],
            vec!["wallet", "resume", "rich", "--node", node.url()],
        ] {
            let line = faic.refuse(1, &command);
            assert!(line.contains(&file.display().to_string()) && line.contains("backup"), "{line}");
        }
    }
    assert_eq!(balance_of_bob(&faic, node.url()), json!("1000000000"));
    fs::write(&file, &whole).expect("our own file");
    let renamed = record_folder(&faic, "rich").join(format!("{}.json", "ab".repeat(32)));
    fs::rename(&file, &renamed).expect("our own file");
    assert!(faic.refuse(1, &send(node.url(), &[])).contains("name is not the id"));
    fs::rename(&renamed, &file).expect("our own file");
    set_mode(&file, 0o644);
    assert!(faic.refuse(1, &send(node.url(), &[])).contains("others may use"));
    set_mode(&file, 0o600);
    set_mode(&record_folder(&faic, "rich"), 0o755);
    assert!(faic.refuse(1, &send(node.url(), &[])).contains("others may use"));
    set_mode(&record_folder(&faic, "rich"), 0o700);
    faic.json(&send(node.url(), &[]));
    node.stop();
}
