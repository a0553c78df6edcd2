//! A node that does not answer: a command waits as long as it was told to, all its waits together.

use std::{
    collections::BTreeSet,
    fs::File,
    sync::atomic::{AtomicU64, Ordering},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{
    background::{kill_at, network, pay, resume, start, wait_until},
    gate::{Gate, Lie, Passage},
    process::NodeProcess,
    program::{Faic, on, with_password},
};

/// How long one may run that is told to wait a few seconds: less than it waits by default.
const LONGEST: Duration = Duration::from_secs(45);

/// How questions about a transaction begin.
const TRANSACTION: &str = "GET /v1/transactions/";
/// How all questions begin.
const ANYTHING: &str = "";

/// The code and the message of a command that is told to wait some seconds, and runs no longer.
fn refused(faic: &Faic, arguments: &[&str], seconds: u64) -> (String, String) {
    let begun = Instant::now();
    let refused = faic.refuse_json(1, &[arguments, &["--timeout", &seconds.to_string()]].concat());
    let took = begun.elapsed();
    assert!((Duration::from_secs(seconds)..LONGEST).contains(&took), "{arguments:?} took {took:?}");
    refused
}

/// The commands below one that ask a node, as their help tells, such as `wallet send`.
fn asking(faic: &Faic, above: &[&str]) -> BTreeSet<String> {
    let run = faic.run(&[above, &["--help"]].concat());
    let listed = run.out.split("Commands:\n").nth(1);
    let Some(listed) = listed.map(|listed| listed.split("\n\n").next().unwrap_or_default()) else {
        let asks = run.out.contains("--node <URL>");
        return asks.then(|| above.join(" ")).into_iter().collect();
    };
    let names = listed.lines().filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
    let names = names.filter(|name| !name.is_empty() && *name != "help");
    names.flat_map(|name| asking(faic, &[above, &[name]].concat())).collect()
}

/// Every command that asks a node, however deep it is, ends when the time is over that it was given.
#[test]
fn every_command_ends_in_time() {
    let (faic, node) = network();
    let bob = faic.json(&["wallet", "address", "bob"])["address"].as_str().expect("an address").to_owned();
    let key = faic.json(&with_password(&["public-key", "rich"]))["public_keys"][0].as_str().expect("a key").to_owned();
    let id = faic.json(&["status", "--node", node.url()])["id"].as_str().expect("an id").to_owned();
    let request = format!("faic:{bob}?amount=1");
    faic.write("many.csv", "to,amount\nbob,1\n");
    faic.write("web3.json", "{}");
    faic.json(&with_password(&["sign-message", "rich", "--message", "hello", "--out", "signature"]));
    faic.json(&with_password(&["build", "rich", "bob", "1", "--out", "built", "--node", node.url()]));
    faic.json(&with_password(&["sign", "rich", "built", "--out", "signed", "--yes"]));
    let gate = Gate::before(node.url());
    kill_at(&faic, &gate, &[Passage::HeldBefore], &pay("rich", &gate.url, &[]));
    gate.be_silent_about(ANYTHING);
    let pays = ["--yes", "--password-file", "password"];
    let (opens, token) = (["--password-file", "password"], ["--token-file", "data/api.token"]);
    let cases: &[(&str, &[&str], &[&str])] = &[
        ("status", &[], &[]),
        ("validators", &[], &[]),
        ("peers list", &[], &[]),
        ("peers connect", &["/ip4/127.0.0.1/tcp/1"], &token),
        ("peers disconnect", &[&id], &token),
        ("peers state", &[&id], &[]),
        ("peers nodes", &[], &[]),
        ("peers sync", &[], &token),
        ("wallet new", &["carol"], &opens),
        ("wallet import", &["carol", "--mnemonic-file", "public"], &opens),
        ("wallet import-web3", &["carol", "web3.json"], &opens),
        ("wallet balance", &["bob"], &[]),
        ("wallet send", &["rich", "bob", "1"], &pays),
        ("wallet send-many", &["rich", "many.csv"], &pays),
        ("wallet resume", &["rich"], &[]),
        ("wallet pay", &["rich", &request], &pays),
        ("wallet settings", &["rich", "--memo-required", "on"], &pays),
        ("wallet bond", &["rich", "1", "--data-dir", "data"], &pays),
        ("wallet unbond", &["rich", "1"], &pays),
        ("wallet withdraw", &["rich"], &pays),
        ("wallet unjail", &["rich"], &pays),
        ("wallet history", &["bob"], &[]),
        ("wallet account discover", &["rich"], &opens),
        ("wallet rotate", &["rich"], &pays),
        ("wallet build", &["rich", "bob", "1"], &opens),
        ("wallet submit", &["signed"], &[]),
        ("wallet multisig", &["joint", "--threshold", "1", "--key", &key], &[]),
        ("wallet verify-message", &["signature", "--message", "hello"], &[]),
    ];
    let known: BTreeSet<String> = cases.iter().map(|(command, ..)| (*command).to_owned()).collect();
    assert_eq!(asking(&faic, &[]), known, "a command is missing here");
    let ends = |command: &str, arguments: &[&str], more: &[&str]| {
        let words: Vec<&str> = command.split(' ').collect();
        let asked = [&words, arguments, more, &["--node", &gate.url]].concat();
        // A program has to name the network itself, so that the node is asked for a person only.
        if command == "wallet import-web3" {
            let line = faic.refuse(1, &[&asked as &[&str], &["--timeout", "1"]].concat());
            assert!(line.contains("--timeout"), "{line}");
            return;
        }
        let (code, message) = refused(&faic, &asked, 1);
        assert!(code == "node_timed_out" && message.contains("--timeout"), "{command:?}: {code}: {message}");
    };
    thread::scope(|scope| {
        for (command, arguments, more) in cases {
            scope.spawn(move || ends(command, arguments, more));
        }
    });
    node.stop();
}

/// A wallet that is imported does without the node's answer which accounts were used, in time.
#[test]
fn an_import_ends_in_time() {
    let faic = Faic::new();
    faic.import_rich();
    let node = NodeProcess::dev(&faic, "data");
    let gate = Gate::before(node.url());
    gate.be_silent_about(ANYTHING);
    let import = ["import", "again", "--mnemonic-file", "public", "--network", "dev", "--timeout", "1"];
    let begun = Instant::now();
    let made = faic.json(&with_password(&[&import as &[&str], &["--node", &gate.url]].concat()));
    assert_eq!(made["accounts"], json!([0]));
    assert!(begun.elapsed() < LONGEST);
    node.stop();
}

/// Whatever the node does not answer, the command ends in the time that it was given, and says whether something was sent.
#[test]
fn a_silent_node() {
    const TOLD: u64 = 4;
    let (faic, node) = network();
    let silent = |begin: &str| {
        let gate = Gate::before(node.url());
        gate.be_silent_about(begin);
        gate
    };
    let refuses_to_pay = |lane: &str, begin: &str, expected: &str| {
        let (code, message) = refused(&faic, &pay("rich", &silent(begin).url, &["--lane", lane]), TOLD);
        assert_eq!(code, "node_timed_out", "{begin}: {message}");
        assert!(message.contains(expected) && message.contains("--timeout"), "{begin}: {message}");
    };
    let before = ["GET /v1/status", "GET /v1/accounts/", "POST /v1/transactions/simulate"];
    thread::scope(|scope| {
        for (lane, begin) in ["0", "1", "2"].into_iter().zip(before) {
            scope.spawn(move || refuses_to_pay(lane, begin, "nothing was sent"));
        }
    });
    refuses_to_pay("0", "POST /v1/transactions HTTP", "may have been sent");
    // Its transaction is still to be decided.
    let gate = silent("POST /v1/transactions HTTP");
    let (code, message) = refused(&faic, &["wallet", "resume", "rich", "--node", &gate.url], TOLD);
    assert!(code == "node_timed_out" && message.contains("--timeout"), "{message}");
    faic.json(&["wallet", "resume", "rich", "--node", node.url()]);
    refuses_to_pay("0", TRANSACTION, "was sent: look at `faic wallet history");
    node.stop();
}

/// The wait for another command that pays a file counts like the wait for the node.
#[test]
fn another_command_and_a_silent_node() {
    const HELD: Duration = Duration::from_secs(10);
    /// Less than the command may wait in all, and more than that without what it waited for the files.
    const LEFT: Duration = Duration::from_secs(25);
    let (faic, node) = network();
    faic.write("one.csv", "to,amount\nbob,1\n");
    faic.write("two.csv", "to,amount\nbob,2\n");
    faic.json(&on(node.url(), &["send-many", "rich", "one.csv"]));
    let gate = Gate::before(node.url());
    gate.be_silent_about(ANYTHING);
    let open = |name: &str| {
        let folder = faic.path(".local/share/faic/wallets/payments");
        File::open(folder.join(name)).expect("it was made")
    };
    let (files, wallets) = (open("rich/.batches.lock"), open(".wallets.lock"));
    files.lock().expect("nobody has it");
    let mut paying = start(&faic, &on(&gate.url, &["send-many", "rich", "two.csv", "--timeout", "30"]));
    // It keeps the wallets in their places before it waits for the files.
    let is_kept = || wallets.try_lock().map(|()| wallets.unlock().expect("it is ours")).is_err();
    wait_until("it does not wait for the files", is_kept);
    // sleep: the files are to be locked for a good part of the time that the command may wait.
    thread::sleep(HELD);
    files.unlock().expect("it is ours");
    let begun = Instant::now();
    assert_eq!(paying.wait().expect("the process is ours").code(), Some(1));
    let left = begun.elapsed();
    assert!(gate.asked("GET /v1/status") > 0 && left < LEFT, "{left:?} were left for the node");
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

/// A node that catches up is waited for as long as it gets blocks, longer than the time that was given in all; one that gets
/// none, no longer than that.
#[test]
fn a_node_that_catches_up() {
    /// How many blocks the peers have: to look at each takes a quarter of a second.
    const TARGET: u64 = 20;
    /// How many blocks the node has, one more at each look.
    static HEIGHT: AtomicU64 = AtomicU64::new(1);
    /// How far a node of that height is.
    fn behind(height: u64) -> Value {
        let done = height >= TARGET;
        json!({ "height": height, "target": TARGET, "done": done, "blocks_per_second": 4.0, "eta_ms": null })
    }
    let faic = Faic::new();
    let node = NodeProcess::dev(&faic, "data");
    let gate = Gate::before(node.url());
    let begins = ("POST /v1/node/sync", Lie::Instead(|| behind(0)));
    let sync = |told: &str| {
        let sync = ["peers", "sync", "--data-dir", "data", "--node", &gate.url, "--timeout", told, "--json"];
        faic.run(&sync)
    };
    let grows = Lie::Changed(|node| {
        node["peers"] = json!(1);
        node["sync"] = behind(HEIGHT.fetch_add(1, Ordering::Relaxed));
    });
    gate.lie([begins, ("GET /v1/node HTTP", grows)]);
    let run = sync("4");
    assert_eq!(run.code, 0, "{}", run.err);
    let answer: Value = serde_json::from_str(&run.out).expect("JSON");
    assert_eq!(answer["height"], json!(TARGET));
    let stays = Lie::Changed(|node| {
        node["peers"] = json!(1);
        node["sync"] = behind(7);
    });
    gate.lie([begins, ("GET /v1/node HTTP", stays)]);
    let (code, message) = sync("1").error();
    assert!(code == "not_caught_up" && message.contains("has not caught up yet"), "{code}: {message}");
    node.stop();
}
