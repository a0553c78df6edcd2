//! A node that does not answer: a command waits as long as it was told to, all its waits together.

use std::{
    fs::File,
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{
    background::{kill_at, network, pay, resume, wait_until},
    gate::{Gate, Lie, Passage},
    process::NodeProcess,
    program::Faic,
};

/// How long the commands are told to wait.
const TOLD: Duration = Duration::from_secs(2);
/// How long one may run: far more than it was told to, and less than a single request may take.
const LONGEST: Duration = Duration::from_secs(15);

/// How questions about a transaction begin.
const TRANSACTION: &str = "GET /v1/transactions/";

/// The code and the message of a command that is told to wait a little, and runs no longer.
fn refused(faic: &Faic, arguments: &[&str]) -> (String, String) {
    let begun = Instant::now();
    let run = faic.run(&[arguments, &["--timeout", "2", "--json"]].concat());
    let took = begun.elapsed();
    assert_eq!((run.code, run.out.as_str()), (1, ""), "{arguments:?}: {}", run.err);
    assert!((TOLD..LONGEST).contains(&took), "{arguments:?} took {took:?}");
    let answer: Value = serde_json::from_str(&run.err).expect("one JSON document");
    let part = |name: &str| answer["error"][name].as_str().expect("a text").to_owned();
    (part("code"), part("message"))
}

/// Whatever the node does not answer, the command ends in the time that it was given, and says whether something was sent.
#[test]
fn a_silent_node() {
    let faic = Faic::new();
    faic.import_rich();
    faic.new_wallet("bob");
    let node = NodeProcess::dev(&faic, "data");
    let gate = Gate::before(node.url());
    let pay = ["wallet", "send", "rich", "bob", "1", "--yes", "--password-file", "password", "--node", &gate.url];
    let cases = [
        ("GET /v1/status", "nothing was sent"),
        ("GET /v1/accounts/", "nothing was sent"),
        ("POST /v1/transactions/simulate", "nothing was sent"),
        ("POST /v1/transactions HTTP", "may have been sent"),
    ];
    for (begin, expected) in cases {
        gate.be_silent_about(begin);
        let (code, message) = refused(&faic, &pay);
        assert_eq!(code, "node_timed_out", "{begin}: {message}");
        assert!(message.contains(expected) && message.contains("--timeout"), "{begin}: {message}");
    }
    // Its transaction is still to be decided.
    let (code, message) = refused(&faic, &["wallet", "resume", "rich", "--node", &gate.url]);
    assert!(code == "node_timed_out" && message.contains("--timeout"), "{message}");
    faic.json(&["wallet", "resume", "rich", "--node", node.url()]);
    gate.be_silent_about("GET /v1/transactions/");
    let (code, message) = refused(&faic, &pay);
    assert!(code == "node_timed_out" && message.contains("was sent: look at `faic wallet history"), "{message}");
    let token = ["--token-file", "data/api.token", "--node", &gate.url];
    gate.be_silent_about("POST /v1/node/sync");
    let (code, _) = refused(&faic, &[&["peers", "sync"] as &[&str], &token].concat());
    assert_eq!(code, "node_timed_out");
    node.stop();
}

/// The wait for another command that pays a file counts like the wait for the node.
#[test]
fn another_command_and_a_silent_node() {
    const TOLD: Duration = Duration::from_secs(8);
    const HELD: Duration = Duration::from_secs(7);
    let faic = Faic::new();
    faic.import_rich();
    faic.new_wallet("bob");
    let node = NodeProcess::dev(&faic, "data");
    let pay = |file: &'static str, url| {
        let fixed = ["wallet", "send-many", "rich", file, "--yes", "--password-file", "password"];
        [&fixed as &[&str], &["--timeout", "8", "--node", url]].concat()
    };
    faic.write("one.csv", "to,amount\nbob,1\n");
    faic.write("two.csv", "to,amount\nbob,2\n");
    faic.json(&pay("one.csv", node.url()));
    let gate = Gate::before(node.url());
    gate.be_silent_about("GET /v1/status");
    let lock = File::open(faic.path(".local/share/faic/wallets/payments/rich/.batches.lock")).expect("it was made");
    lock.lock().expect("nobody has it");
    let held = thread::spawn(move || {
        // sleep: the lock is to be held for most of the time that the command may wait.
        thread::sleep(HELD);
        drop(lock);
    });
    let begun = Instant::now();
    let run = faic.run(&[&pay("two.csv", &gate.url) as &[&str], &["--json"]].concat());
    let took = begun.elapsed();
    assert!(run.code == 1 && run.err.contains("node_timed_out"), "{}", run.err);
    assert!((TOLD..TOLD + HELD / 2).contains(&took), "it took {took:?}");
    held.join().expect("it does not panic");
    node.stop();
}

/// Where the time to wait is over before the end of a payment, `resume` tells how far it and those of the other accounts
/// are, though the node answers no more.
#[test]
fn resume_tells_when_the_time_is_over() {
    let (faic, node) = network();
    faic.json(&["wallet", "account", "add", "rich", "--password-file", "password"]);
    faic.json(&["wallet", "send", "rich", "rich/1", "5", "--yes", "--password-file", "password", "--node", node.url()]);
    let gate = Gate::before(node.url());
    for from in ["rich", "rich/1"] {
        kill_at(&faic, &gate, &[Passage::HeldBefore], &pay(from, &gate.url, &[]));
    }
    // The first one never gets to the node, which has no time to say what became of it.
    gate.plan(&[Passage::Swallowed]);
    gate.lie([(TRANSACTION, Lie::Refused(503, "rate_limited"))]);
    let told = faic.path("told.json");
    let mut command = faic.command(&resume(&gate.url, &["--timeout", "4", "--json"]));
    let mut resuming =
        command.stdout(File::create(&told).expect("our folder")).spawn().expect("the program was just built");
    wait_until("it is not waited for", || gate.asked(TRANSACTION) > 0);
    gate.be_silent_about("GET /v1/accounts/");
    assert!(resuming.wait().expect("the process is ours").success());
    let answer: Value = serde_json::from_str(&faic.read("told.json")).expect("JSON");
    let states: Vec<_> = answer["transactions"].as_array().expect("a list").iter().map(|item| &item["state"]).collect();
    assert_eq!(states, [&json!("submitted"), &json!("built")]);
    node.stop();
}
