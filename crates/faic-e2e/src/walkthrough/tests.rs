//! Tests of the reading and running of documents.

use std::path::PathBuf;

use super::{Document, Step, requests, shell, steps};

/// Commands stand in `console` blocks only, may go on after a backslash, and are followed by what they print.
#[test]
fn commands_of_a_document() {
    let text =
        "$ no command\n```sh\n$ none either\n```\n```console\n$ echo one\none\n$ echo \\\n  two\n\ntwo\n$ true\n```\n";
    let step = |line, command: &str, expected: &str| Step { line, command: command.into(), expected: expected.into() };
    assert_eq!(steps(text), [step(6, "echo one", "one"), step(8, "echo \\\n  two", "two"), step(12, "true", "")]);
}

/// Requests are found with their methods.
#[test]
fn requests_of_a_command() {
    for (command, expected) in [
        ("curl -s $NODE/v1/status", ("GET", "/v1/status")),
        ("A=$(curl -s \"$NODE/v1/blocks?limit=2\" | field id)", ("GET", "/v1/blocks")),
        ("curl -s $NODE/v1/faucet --json '{}'", ("POST", "/v1/faucet")),
        ("curl -s -X DELETE $NODE/v1/wallets/bob", ("DELETE", "/v1/wallets/bob")),
    ] {
        assert_eq!(requests(command), [(expected.0, expected.1.to_owned())]);
    }
    assert_eq!(requests("echo $ALICE"), []);
}

/// The commands of a document share a shell; every difference is reported with its line.
#[test]
fn differences_are_reported() {
    if let Some(program) = shell::missing(&["bash"]) {
        println!("skipped: this machine has no {program}");
        return;
    }
    let text = "```console\n$ A=1\n$ echo \"$A $B\"\n1 2\n$ false\n$ echo no; echo end\nyes\nend\n```\n";
    let document = Document { path: PathBuf::from("a.md"), steps: steps(text) };
    let folder = tempfile::tempdir().unwrap();
    let report = document.run(folder.path(), &[("B", "2")]).unwrap_err();
    let reported: Vec<&str> = report.lines().filter(|line| line.starts_with("a.md:")).collect();
    assert_eq!(reported, ["a.md:5: `false`", "a.md:6: `echo no; echo end`"]);
    assert!(report.contains("the line `yes` is `no`"), "{report}");
}
