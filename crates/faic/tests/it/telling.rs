//! That a payment is final is written down as told after the user was told, so that whoever was not told does not pay twice.

#[cfg(target_os = "linux")]
use std::{io::PipeReader, process::Child};

use serde_json::{Value, json};

use crate::{
    background::{balance_of, kill, kill_at, network, pay, resume, states, wait_until},
    gate::{Gate, Lie, Passage},
    process::NodeProcess,
    program::Faic,
};

/// A network on which `rich` paid bob one FAIC by a command that was killed before it could tell so.
fn paid_untold() -> (Faic, NodeProcess) {
    let (faic, node) = network();
    let gate = Gate::before(node.url());
    kill_at(&faic, &gate, &[Passage::HeldAfter], &pay("rich", &gate.url, &[]));
    wait_until("the payment is not final", || balance_of(&faic, "bob", node.url()) == json!("1000000000"));
    (faic, node)
}

/// Another payment, which finds out that the first is final and tells nobody, does not make the first free to be repeated.
#[test]
fn another_command_in_between() {
    let (faic, node) = paid_untold();
    let other = ["wallet", "send", "rich", "rich", "2", "--yes", "--password-file", "password", "--node", node.url()];
    faic.json(&other);
    faic.json(&other);
    assert_eq!(states(&faic, "rich"), ["final", "final", "found"]);
    let refused = faic.run(&pay("rich", node.url(), &["--json"]));
    let answer: Value = serde_json::from_str(&refused.err).expect("one JSON document");
    assert_eq!(answer["error"]["code"], json!("sent_before"));
    assert_eq!(balance_of(&faic, "bob", node.url()), json!("1000000000"));
    // It is told of by a command that was not stopped from telling, and only by that.
    let told = faic.json(&resume(node.url(), &[]));
    assert_eq!(told["transactions"][0]["state"], json!("final"), "{told}");
    assert_eq!(faic.json(&resume(node.url(), &[]))["transactions"], json!([]));
    faic.json(&pay("rich", node.url(), &[]));
    assert_eq!(balance_of(&faic, "bob", node.url()), json!("2000000000"));
    node.stop();
}

/// `resume` that fails because of another payment told nothing, so the payment stays one to tell of.
#[test]
fn resume_that_fails() {
    let (faic, node) = paid_untold();
    let gate = Gate::before(node.url());
    let other = ["wallet", "send", "rich", "rich", "2", "--yes", "--password-file", "password", "--node", &gate.url];
    kill_at(&faic, &gate, &[Passage::HeldBefore], &other);
    gate.lie([("GET /v1/transactions/", Lie::Refused(503, "overloaded"))]);
    assert!(faic.refuse(1, &resume(&gate.url, &[])).contains("overloaded"));
    let line = faic.refuse(1, &pay("rich", node.url(), &["--despite-undecided"]));
    assert!(line.contains("the same was paid before"), "{line}");
    assert_eq!(balance_of(&faic, "bob", node.url()), json!("1000000000"));
    node.stop();
}

/// A history in which the payment stands tells of it as well.
#[test]
fn shown_by_the_history() {
    let (faic, node) = paid_untold();
    assert!(faic.refuse(1, &pay("rich", node.url(), &[])).contains("the same was paid before"));
    let history = faic.json(&["wallet", "history", "rich", "--node", node.url()]);
    assert_eq!((history["pending"].clone(), history["payments"].as_array().map(Vec::len)), (json!([]), Some(1)));
    faic.json(&pay("rich", node.url(), &[]));
    assert_eq!(balance_of(&faic, "bob", node.url()), json!("2000000000"));
    node.stop();
}

/// A wallet that knows of a payment of which nobody was told is not removed, unless the user insists; then the record stays.
#[test]
fn removed_before_it_told() {
    let (faic, node) = paid_untold();
    assert!(faic.refuse(1, &pay("rich", node.url(), &[])).contains("the same was paid before"));
    let remove = ["wallet", "remove", "rich", "--confirm", "rich", "--password-file", "password"];
    let refused = faic.run(&[&remove as &[&str], &["--json"]].concat());
    let answer: Value = serde_json::from_str(&refused.err).expect("one JSON document");
    assert_eq!(answer["error"]["code"], json!("sent_before"));
    let line = faic.refuse(1, &remove);
    assert!(line.contains("nothing was removed") && line.contains("--despite-undecided"), "{line}");
    faic.json(&[&remove as &[&str], &["--despite-undecided"]].concat());
    faic.import_rich();
    assert!(faic.refuse(1, &pay("rich", node.url(), &[])).contains("the same was paid before"));
    faic.json(&resume(node.url(), &[]));
    assert_eq!(faic.json(&remove).get("record"), None);
    node.stop();
}

/// Starts a payment that becomes final, and waits until the program tells of it to somebody who does not read; it goes on
/// when that reader reads.
#[cfg(target_os = "linux")]
fn telling_nobody(faic: &Faic, node: &NodeProcess) -> (Child, PipeReader) {
    use std::{
        fs,
        io::{ErrorKind, Write, pipe},
        process::Stdio,
    };

    use rustix::fs::{OFlags, fcntl_setfl};

    let (unread, mut full) = pipe().expect("the system has pipes");
    fcntl_setfl(&full, OFlags::NONBLOCK).expect("the pipe is ours");
    let filled = std::iter::repeat_with(|| full.write(b" ")).find_map(Result::err).expect("a pipe has an end");
    assert_eq!(filled.kind(), ErrorKind::WouldBlock);
    fcntl_setfl(&full, OFlags::empty()).expect("the pipe is ours");
    let mut command = faic.command(&pay("rich", node.url(), &["--json"]));
    let child = command.stdout(full).stderr(Stdio::null()).spawn().expect("the program was just built");
    let waits_in = format!("/proc/{}/wchan", child.id());
    let is_telling = || fs::read_to_string(&waits_in).is_ok_and(|name| name.contains("pipe_write"));
    wait_until("the program does not tell of the payment", is_telling);
    (child, unread)
}

/// A payment of which a running command is about to tell is its own to tell of: neither a history nor the same payment in
/// another lane takes it for one that nobody was told of.
#[test]
#[cfg(target_os = "linux")]
fn while_another_tells() {
    let (faic, node) = network();
    let (mut child, mut unread) = telling_nobody(&faic, &node);
    faic.json(&["wallet", "history", "rich", "--node", node.url()]);
    assert_eq!(states(&faic, "rich"), ["submitted"]);
    faic.json(&pay("rich", node.url(), &["--lane", "1"]));
    assert_eq!(states(&faic, "rich"), ["final", "submitted"]);
    std::io::copy(&mut unread, &mut std::io::sink()).expect("the pipe is ours");
    assert!(child.wait().expect("the process is ours").success());
    assert_eq!(states(&faic, "rich"), ["final", "final"]);
    faic.json(&pay("rich", node.url(), &[]));
    node.stop();
}

/// A program that is killed while it tells of a payment, to somebody who does not read, has not told of it.
#[test]
#[cfg(target_os = "linux")]
fn killed_while_telling() {
    let (faic, node) = network();
    let (child, unread) = telling_nobody(&faic, &node);
    kill(child);
    drop(unread);
    assert_eq!(balance_of(&faic, "bob", node.url()), json!("1000000000"));
    let line = faic.refuse(1, &pay("rich", node.url(), &[]));
    assert!(line.contains("the same was paid before"), "{line}");
    node.stop();
}

/// Runs a command whose answer cannot be written, and gives what it says of that, in one line or in one document.
#[cfg(target_os = "linux")]
fn untellable(faic: &Faic, arguments: &[&str]) -> String {
    let full = std::fs::File::options().write(true).open("/dev/full").expect("Linux has it");
    let output = faic.command(arguments).stdout(full).output().expect("the program was just built");
    let text = String::from_utf8(output.stderr).expect("the program writes UTF-8");
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {text}");
    let message = if arguments.contains(&"--json") {
        let document: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
        document["error"]["message"].as_str().expect("a text").to_owned()
    } else {
        assert_eq!(text.lines().count(), 1, "{text}");
        text
    };
    assert!(message.contains("standard output cannot be written"), "{arguments:?}: {message}");
    message
}

/// A payment that cannot be told of is named in the failure, and the same once more does not pay again.
#[test]
#[cfg(target_os = "linux")]
fn payments_on_a_full_disk() {
    let (faic, node) = network();
    let fixed = ["--yes", "--password-file", "password", "--node", node.url()];
    let request = faic.json(&["wallet", "request", "bob", "--amount", "1", "--no-qr"])["uri"].clone();
    let request = request.as_str().expect("a text");
    let pay = [&["wallet", "pay", "rich", request] as &[&str], &fixed].concat();
    for (number, command) in [pay, pay_two(node.url())].into_iter().enumerate() {
        for more in [&[] as &[&str], &["--json"]] {
            let command = [&command as &[&str], more].concat();
            let message = untellable(&faic, &command);
            assert!(message.contains("the payment ") && message.contains("is final at height"), "{message}");
            let id = message.split_whitespace().find(|word| word.len() == 64).unwrap_or_else(|| panic!("{message}"));
            let refused = faic.run(&command);
            assert!(refused.code == 1 && refused.err.contains(id) && refused.err.contains("was paid before"));
            faic.json(&resume(node.url(), &[]));
        }
        let paid = if number == 0 { "2000000000" } else { "6000000000" };
        assert_eq!(balance_of(&faic, "bob", node.url()), json!(paid));
    }
    let bob = faic.json(&["wallet", "address", "bob"])["address"].as_str().expect("an address").to_owned();
    faic.write("many.csv", &format!("to,amount\n{bob},1\n"));
    let many = [&["wallet", "send-many", "rich", "many.csv"] as &[&str], &fixed].concat();
    let message = untellable(&faic, &many);
    assert!(message.contains("all payments of many.csv are final"), "{message}");
    assert!(faic.refuse(1, &many).contains("were made before"));
    faic.write("copy.csv", &faic.read("many.csv"));
    let line = faic.refuse(1, &[&["wallet", "send-many", "rich", "copy.csv"] as &[&str], &fixed].concat());
    assert!(line.contains("as in copy.csv were made before, from") && line.contains("many.csv"), "{line}");
    assert_eq!(balance_of(&faic, "bob", node.url()), json!("7000000000"));
    node.stop();
}

/// The arguments of a payment of two FAIC to bob.
#[cfg(target_os = "linux")]
fn pay_two(url: &str) -> Vec<&str> {
    let fixed = ["wallet", "send", "rich", "bob", "2", "--yes", "--password-file", "password", "--node"];
    [&fixed as &[&str], &[url]].concat()
}

/// A change or a file that cannot be told of is named in the failure, with what to do.
#[test]
#[cfg(target_os = "linux")]
fn changes_and_files_on_a_full_disk() {
    let (faic, node) = network();
    let on = |arguments: &[&'static str], more: &[&'static str]| -> Vec<String> {
        let fixed = ["--yes", "--password-file", "password", "--node", node.url()];
        [&["wallet"], arguments, &fixed, more].concat().iter().map(ToString::to_string).collect()
    };
    let untold = |arguments: Vec<String>| untellable(&faic, &arguments.iter().map(String::as_str).collect::<Vec<_>>());
    for (more, wanted) in [(&[] as &[&str], "on"), (&["--json"], "off")] {
        let message = untold(on(&["settings", "rich", "--memo-required", wanted], more));
        assert!(message.contains("the change ") && message.contains("is final at height"), "{message}");
        let message = untold(on(&["rotate", "rich"], more));
        assert!(message.contains("the keys were changed, and `faic wallet mnemonic rich` shows"), "{message}");
        let file = if more.is_empty() { "tx" } else { "tx.json" };
        let build = ["wallet", "build", "rich", "bob", "1", "--out", file, "--password-file", "password"];
        let build = [&build as &[&str], &["--node", node.url()]].concat();
        assert!(untellable(&faic, &[&build as &[&str], more].concat()).contains(&format!("{file} was written")));
        let sign = ["wallet", "sign", "rich", file, "--yes", "--password-file", "password", "--out", "signed"];
        assert!(untellable(&faic, &[&sign as &[&str], more].concat()).contains("signed was written"));
        let submit = ["wallet", "submit", "signed", "--node", node.url()];
        let message = untellable(&faic, &[&submit as &[&str], more].concat());
        assert!(message.contains("the transaction ") && message.contains("is final at height"), "{message}");
        std::fs::remove_file(faic.path("signed")).expect("our own file");
        let backup = ["wallet", "backup", "rich", "--out", "backup", "--password-file", "password"];
        assert!(untellable(&faic, &[&backup as &[&str], more].concat()).contains("the backup backup was written"));
        std::fs::remove_file(faic.path("backup")).expect("our own file");
    }
    assert_eq!(balance_of(&faic, "bob", node.url()), json!("2000000000"));
    node.stop();
}

/// Nobody was told whose reader left before the answer.
#[test]
fn reader_left() {
    let (faic, node) = network();
    let (reader, writer) = std::io::pipe().expect("the system has pipes");
    drop(reader);
    let mut command = faic.command(&pay("rich", node.url(), &[]));
    assert!(command.stdout(writer).status().expect("the program was just built").success());
    let line = faic.refuse(1, &pay("rich", node.url(), &[]));
    assert!(line.contains("the same was paid before"), "{line}");
    assert_eq!(balance_of(&faic, "bob", node.url()), json!("1000000000"));
    node.stop();
}

/// Money that was put at stake by a command that could not tell so is not put there once more.
#[test]
fn stake() {
    let (faic, node) = network();
    faic.json(&["init", "--data-dir", "fresh", "--genesis", "data/genesis.json"]);
    let bond = |url| {
        let fixed = ["wallet", "bond", "rich", "100", "--data-dir", "fresh", "--node", url];
        [&fixed as &[&str], &["--yes", "--password-file", "password"]].concat()
    };
    let gate = Gate::before(node.url());
    kill_at(&faic, &gate, &[Passage::HeldAfter], &bond(&gate.url));
    let line = loop {
        let line = faic.refuse(1, &bond(node.url()));
        if !line.contains("undecided") {
            break line;
        }
    };
    assert!(line.contains("the same was done before"), "{line}");
    node.stop();
}

/// On a full disk nothing is sent, and what became of the earlier payment is shown all the same.
#[test]
fn full_disk() {
    let (faic, node) = paid_untold();
    // A file may have no byte, which is what a full disk is for a program that goes on after the signal.
    let run = |arguments: &[&str]| -> (Option<i32>, String, String) {
        let program = faic.command(arguments);
        let mut shell = std::process::Command::new("sh");
        shell.args(["-c", "trap '' XFSZ; ulimit -f 0; exec \"$0\" \"$@\""]).arg(program.get_program());
        shell.args(program.get_args()).current_dir(faic.path("")).env_clear().env("HOME", faic.path(""));
        let ended = shell.output().expect("the system has a shell");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (ended.status.code(), text(&ended.stdout), text(&ended.stderr))
    };
    let history = ["wallet", "history", "rich", "--unverified", "--node", node.url()];
    let (code, out, err) = run(&history);
    assert!(code == Some(0) && out.contains("-1") && !out.contains("Not final"), "{out}{err}");
    assert!(err.starts_with("warning: what you were told of just now will be told once more"), "{err}");
    let (code, out, err) = run(&[&history as &[&str], &["--json"]].concat());
    assert_eq!((code, err.as_str()), (Some(0), ""));
    assert_eq!(serde_json::from_str::<Value>(&out).expect("one JSON document")["pending"], json!([]));
    assert_eq!(states(&faic, "rich"), ["built"]);
    let (code, _, err) = run(&pay("rich", node.url(), &["--unverified", "--despite-undecided"]));
    assert!(code == Some(1) && err.contains("nothing was sent"), "{err}");
    assert_eq!(balance_of(&faic, "bob", node.url()), json!("1000000000"));
    node.stop();
}
