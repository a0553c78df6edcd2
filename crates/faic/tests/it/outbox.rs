//! The record of what a wallet sent: a program that is killed at a bad moment forgets nothing and pays nothing twice.

use std::{
    fs,
    path::PathBuf,
    process::{Child, Stdio},
};

use serde_json::{Value, json};

use crate::{
    gate::{Gate, Passage},
    process::NodeProcess,
    program::{Faic, mode},
};

/// A program with the wallets `rich` and `bob`, and a development network.
fn network() -> (Faic, NodeProcess) {
    let faic = Faic::new();
    faic.import_rich();
    faic.new_wallet("bob");
    let node = NodeProcess::dev(&faic, "data");
    (faic, node)
}

/// The arguments of a payment of one FAIC.
fn send<'a>(url: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let fixed = ["wallet", "send", "rich", "bob", "1", "--yes", "--password-file", "password", "--node", url];
    [&fixed as &[&str], more].concat()
}

/// Starts a payment of which nobody reads what it says.
fn start(faic: &Faic, arguments: &[&str]) -> Child {
    let mut command = faic.command(arguments);
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program was just built")
}

/// Kills it as `kill -9` does.
fn kill(mut child: Child) {
    child.kill().expect("the process is ours");
    child.wait().expect("the process is ours");
}

/// What bob has, in nano.
fn balance_of_bob(faic: &Faic, url: &str) -> Value {
    faic.json(&["wallet", "balance", "bob", "--node", url])["accounts"][0]["balance"].clone()
}

/// The folder of the record.
fn folder(faic: &Faic) -> PathBuf {
    faic.path(".local/share/faic/wallets/payments/rich")
}

/// The files of the record.
fn files(faic: &Faic) -> Vec<PathBuf> {
    let files = fs::read_dir(folder(faic)).expect("the folder is there").map(|file| file.expect("a file").path());
    files.filter(|path| path.extension().is_some_and(|end| end == "json")).collect()
}

/// A payment that became final without the user being told is not made again by repeating the command, but once told it is.
#[test]
fn repeated_after_a_kill() {
    let (faic, node) = network();
    let gate = Gate::before(node.url());
    gate.plan(&[Passage::HeldAfter]);
    let child = start(&faic, &send(&gate.url, &[]));
    gate.wait_until_held();
    kill(child);
    let line = loop {
        // Until it is final, it is told that it is undecided.
        let line = faic.refuse(1, &send(node.url(), &[]));
        if !line.contains("undecided") {
            break line;
        }
    };
    assert!(line.contains("the same was paid before") && line.contains("run this again"), "{line}");
    assert_eq!(balance_of_bob(&faic, node.url()), json!("1000000000"));
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
        gate.plan(&[passage]);
        let child = start(&faic, &send(&gate.url, &[]));
        gate.wait_until_held();
        kill(child);
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
        let resumed = faic.json(&["wallet", "resume", "rich", "--node", node.url()]);
        let states: Vec<_> =
            resumed["transactions"].as_array().expect("a list").iter().map(|item| &item["state"]).collect();
        assert_eq!(states, [&json!("final")], "{resumed}");
        assert_eq!(balance_of_bob(&faic, node.url()), json!("1000000000"));
        let again = faic.json(&["wallet", "resume", "rich", "--node", node.url()]);
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
    gate.plan(&[Passage::HeldBefore]);
    let child = start(&faic, &send(&gate.url, &[]));
    gate.wait_until_held();
    kill(child);
    assert!(faic.refuse(1, &send(node.url(), &["--lane", "3"])).contains("--despite-undecided"));
    faic.json(&send(node.url(), &["--despite-undecided", "--valid-for", "500"]));
    // It had the place of the other in the lane, so the other is known never to be made.
    let resumed = faic.json(&["wallet", "resume", "rich", "--node", node.url()]);
    assert_eq!(resumed["transactions"][0]["state"], json!("replaced"));
    assert_eq!(balance_of_bob(&faic, node.url()), json!("1000000000"));
    node.stop();
}

/// A transaction whose last height has passed is known never to be made, and the next one is not held up.
#[test]
fn expired() {
    let (faic, node) = network();
    let gate = Gate::before(node.url());
    gate.plan(&[Passage::HeldBefore]);
    let child = start(&faic, &send(&gate.url, &["--valid-for", "1"]));
    gate.wait_until_held();
    kill(child);
    // A payment of somebody else makes the block that passes its last height.
    let other = ["wallet", "import", "other", "--index", "1", "--network", "dev", "--mnemonic-file", "public"];
    faic.json(&[&other as &[&str], &["--password-file", "password"]].concat());
    let pay = ["wallet", "send", "other", "other", "1", "--yes", "--password-file", "password", "--node", node.url()];
    faic.json(&pay);
    faic.json(&pay);
    let resumed = faic.json(&["wallet", "resume", "rich", "--node", node.url()]);
    assert_eq!(resumed["transactions"][0]["state"], json!("expired"), "{resumed}");
    faic.json(&send(node.url(), &[]));
    assert_eq!(balance_of_bob(&faic, node.url()), json!("1000000000"));
    node.stop();
}

/// Where the node's word is taken, it is taken for the end of an earlier payment too.
#[test]
fn believed() {
    let (faic, node) = network();
    let gate = Gate::before(node.url());
    gate.plan(&[Passage::HeldBefore]);
    let child = start(&faic, &send(&gate.url, &["--unverified"]));
    gate.wait_until_held();
    kill(child);
    let on = ["--unverified", "--node", node.url()];
    let history = ["wallet", "history", "rich"];
    let pending = faic.json(&[&history as &[&str], &on].concat());
    assert_eq!(pending["pending"].as_array().map(Vec::len), Some(1));
    assert!(faic.refuse(1, &send(node.url(), &["--unverified"])).contains("undecided"));
    let resumed = faic.json(&[&["wallet", "resume", "rich"] as &[&str], &on].concat());
    assert_eq!(resumed["transactions"][0]["state"], json!("final"));
    faic.json(&send(node.url(), &["--unverified"]));
    assert_eq!(balance_of_bob(&faic, node.url()), json!("2000000000"));
    node.stop();
}

/// That a node is too busy says nothing of an earlier payment, and the end that it only claims is not kept.
#[test]
fn busy_is_not_expired() {
    let (faic, node) = network();
    let gate = Gate::before(node.url());
    gate.plan(&[Passage::HeldAfter]);
    let child = start(&faic, &send(&gate.url, &["--valid-for", "1"]));
    gate.wait_until_held();
    kill(child);
    let state = |faic: &Faic| {
        let text = fs::read_to_string(&files(faic)[0]).expect("our own file");
        serde_json::from_str::<Value>(&text).expect("JSON")["state"].clone()
    };
    let more: [&[&str]; 2] = [&[], &["--unverified"]];
    let resume = ["wallet", "resume", "rich", "--node", &gate.url];
    let unverified = [&resume as &[&str], &["--unverified"]].concat();
    gate.lie(Some(("GET /v1/transactions/", 503, "overloaded")));
    for more in more {
        assert!(faic.refuse(1, &[&resume as &[&str], more].concat()).contains("overloaded"));
        assert!(faic.refuse(1, &send(&gate.url, more)).contains("overloaded"));
    }
    // One that says that it never heard of it does not make it free to pay again either.
    gate.lie(Some(("GET /v1/transactions/", 404, "transaction_unknown")));
    faic.json(&unverified);
    assert_ne!(state(&faic), json!("expired"));
    gate.lie(None);
    let resumed = faic.json(&resume);
    assert_eq!(resumed["transactions"][0]["state"], json!("final"), "{resumed}");
    node.stop();
}

/// A payment that the node has, and that it refuses for the moment when it is sent again, is still undecided.
#[test]
fn refused_for_the_moment() {
    let (faic, node) = network();
    let gate = Gate::before(node.url());
    gate.plan(&[Passage::HeldBefore]);
    let child = start(&faic, &send(&gate.url, &[]));
    gate.wait_until_held();
    kill(child);
    // The next one holds it as well, and is ended too; then the node gets it and says that it has no room.
    gate.plan(&[Passage::HeldBefore]);
    let resuming = start(&faic, &["wallet", "resume", "rich", "--node", &gate.url]);
    gate.wait_until_held();
    // A command that only sends it again excuses it in no other lane.
    let line = faic.refuse(1, &send(node.url(), &["--lane", "2"]));
    assert!(line.contains("undecided"), "{line}");
    kill(resuming);
    gate.lie(Some(("POST /v1/transactions HTTP", 503, "mempool_full")));
    let resumed = faic.json(&["wallet", "resume", "rich", "--node", &gate.url]);
    assert_eq!(resumed["transactions"][0]["state"], json!("final"), "{resumed}");
    assert_eq!(balance_of_bob(&faic, node.url()), json!("1000000000"));
    node.stop();
}

/// Where the record cannot be written after the payment was sent, what became of the payment is told, with a warning.
#[test]
fn unwritable_after_sending() {
    let (faic, node) = network();
    let gate = Gate::before(node.url());
    gate.plan(&[Passage::Late]);
    let mut command = faic.command(&send(&gate.url, &[]));
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program was just built");
    gate.wait_until_held();
    set_mode(&folder(&faic), 0o755);
    gate.let_pass();
    let ended = child.wait_with_output().expect("the process is ours");
    let (out, err) = (String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr));
    assert!(ended.status.success() && out.contains("final at height"), "{out}{err}");
    assert!(err.contains("was sent") && err.contains("faic wallet history rich"), "{err}");
    set_mode(&folder(&faic), 0o700);
    let resumed = faic.json(&["wallet", "resume", "rich", "--node", node.url()]);
    assert_eq!(resumed["transactions"][0]["state"], json!("final"), "{resumed}");
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
        gate.lie(Some(("POST /v1/transactions HTTP", 409, code)));
        let submit = ["wallet", "submit", "signed", "--node", &gate.url];
        let line = faic.refuse(1, &submit);
        assert!(line.contains("is final already") || line.contains("may be final"), "{line}");
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
    let lanes = ["0", "0", "1", "2"];
    let children: Vec<Child> = lanes.iter().map(|lane| start(&faic, &send(node.url(), &["--lane", lane]))).collect();
    for mut child in children {
        assert!(child.wait().expect("the process is ours").success());
    }
    assert_eq!(balance_of_bob(&faic, node.url()), json!("4000000000"));
    // A command that has the lane is waited for, and not for ever.
    let gate = Gate::before(node.url());
    gate.plan(&[Passage::HeldBefore]);
    let held = start(&faic, &send(&gate.url, &[]));
    gate.wait_until_held();
    let line = faic.refuse(1, &send(node.url(), &[]));
    assert!(line.contains("another command") && line.contains("--lane"), "{line}");
    faic.json(&send(node.url(), &["--lane", "1"]));
    kill(held);
    node.stop();
}

/// The record is private, and one that is damaged, open to others or foreign is refused by name with what to do.
#[test]
fn damaged_records() {
    let (faic, node) = network();
    faic.json(&send(node.url(), &[]));
    let [file] = files(&faic).try_into().expect("one record");
    assert_eq!((mode(&folder(&faic)), mode(&file)), (0o700, 0o600));
    let whole = fs::read(&file).expect("our own file");
    let flipped = String::from_utf8(whole.clone()).expect("JSON").replace("\"signed\": \"01", "\"signed\": \"02");
    let without_height = String::from_utf8(whole.clone()).expect("JSON").replace("\"final\"", "\"built\"");
    let version = String::from_utf8(whole.clone()).expect("JSON").replace("\"version\": 3", "\"version\": 9");
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
    let renamed = folder(&faic).join(format!("{}.json", "ab".repeat(32)));
    fs::rename(&file, &renamed).expect("our own file");
    assert!(faic.refuse(1, &send(node.url(), &[])).contains("name is not the id"));
    fs::rename(&renamed, &file).expect("our own file");
    set_mode(&file, 0o644);
    assert!(faic.refuse(1, &send(node.url(), &[])).contains("others may use"));
    set_mode(&file, 0o600);
    set_mode(&folder(&faic), 0o755);
    assert!(faic.refuse(1, &send(node.url(), &[])).contains("others may use"));
    set_mode(&folder(&faic), 0o700);
    faic.json(&send(node.url(), &[]));
    node.stop();
}

/// Sets the permission bits of a file or folder.
fn set_mode(path: &std::path::Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("our own file");
}
