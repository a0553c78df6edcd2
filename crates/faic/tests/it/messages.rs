//! Signing and verifying messages.

use std::{io::Write, process::Stdio};

use serde_json::json;

use crate::{
    process::NodeProcess,
    program::{Faic, Run},
};

/// Signs a text with the wallet `ann` into a file.
fn sign(faic: &Faic, text: &str, out: &str) {
    let command = ["wallet", "sign-message", "ann", "--message", text, "--out", out, "--password-file", "password"];
    faic.json(&command);
}

/// A signature is good for its text only, without a node, and tells who signed.
#[test]
fn text_offline() {
    let faic = Faic::new();
    let address = faic.new_wallet("ann")["address"].clone();
    faic.new_wallet("bob");
    sign(&faic, "I am Ann", "ann.sig");
    let verify = |text: &'static str, more: &[&'static str]| {
        [&["wallet", "verify-message", "ann.sig", "--offline", "--message", text], more].concat()
    };
    let good = faic.json(&verify("I am Ann", &["--by", "ann"]));
    assert_eq!((&good["valid"], &good["address"], &good["height"]), (&json!(true), &address, &json!(null)));
    let line = faic.refuse(1, &verify("I am Bob", &[]));
    assert!(line.contains("does not match the message") && line.contains("compare"), "{line}");
    assert!(faic.refuse(1, &verify("I am Ann", &["--by", "bob"])).contains("signed, not"));
    let people = faic.run(&verify("I am Ann", &[])).out;
    assert!(people.contains("good") && people.contains("was not asked"), "{people}");

    let line = faic.refuse(1, &["wallet", "verify-message", "ann.sig", "--message", "I am Ann"]);
    assert!(line.contains("cannot be reached") && line.contains("--offline"), "{line}");
    let again = ["wallet", "sign-message", "ann", "--message", "x", "--out", "ann.sig", "--password-file", "password"];
    assert!(faic.refuse(1, &again).contains("ann.sig"));
    faic.write("ann.sig", "{}");
    let run = faic.run(&[&verify("I am Ann", &[]) as &[&str], &["--json"]].concat());
    assert!(run.code == 1 && run.err.contains("invalid_signature"), "{}", run.err);
}

/// A file and standard input hold the same message; what is shown is what the file has.
#[test]
fn file_and_standard_input() {
    let faic = Faic::new();
    faic.new_wallet("ann");
    faic.write("text", "two\nlines\n");
    let sign = ["wallet", "sign-message", "ann", "--password-file", "password", "--json"];
    let of_file = faic.run(&[&sign as &[&str], &["--file", "text"]].concat());
    faic.write("ann.sig", &of_file.out);
    let mut child = faic.command(&sign).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the program");
    child.stdin.take().expect("it is piped").write_all(b"two\nlines\n").expect("the program reads");
    let of_input = Run::from(child.wait_with_output().expect("the program ends"));
    assert_eq!(of_input.out, of_file.out);
    faic.json(&["wallet", "verify-message", "ann.sig", "--offline", "--file", "text"]);
}

/// A node says that the keys govern the account, on its own network only.
#[test]
fn asked_of_a_node() {
    let faic = Faic::new();
    faic.new_wallet("ann");
    sign(&faic, "I am Ann", "ann.sig");
    let node = NodeProcess::dev(&faic, "data");
    let verify = ["wallet", "verify-message", "ann.sig", "--message", "I am Ann", "--node", node.url()];
    assert!(faic.json(&verify)["height"].is_u64());
    node.stop();
}
