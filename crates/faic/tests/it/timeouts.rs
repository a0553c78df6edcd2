//! A node that does not answer: a command waits as long as it was told to, all its waits together.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::{gate::Gate, process::NodeProcess, program::Faic};

/// How long the commands are told to wait.
const TOLD: Duration = Duration::from_secs(2);
/// How long one may run: far more than it was told to, and less than a single request may take.
const LONGEST: Duration = Duration::from_secs(15);

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
