//! What keeps a wallet: its password, its backups, its words.

use std::{
    process::Stdio,
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{
    process::NodeProcess,
    program::{Faic, PASSWORD},
};

/// Another password.
const OTHER: &str = "battery staple";

/// A program with the wallet `ann`, and the file `other` with another password.
fn with_ann() -> (Faic, Value) {
    let faic = Faic::new();
    let ann = faic.new_wallet("ann");
    faic.write("other", OTHER);
    (faic, ann)
}

/// Whether a password opens the wallet `ann`.
fn opens(faic: &Faic, file: &str) -> bool {
    faic.run(&["wallet", "book", "list", "ann", "--password-file", file]).code == 0
}

/// The arguments of a change of password.
const CHANGE: [&str; 7] = ["wallet", "password", "ann", "--password-file", "password", "--new-password-file", "other"];

/// The new password opens the wallet, the old one does not, and a wrong or a short one changes nothing.
#[test]
fn password() {
    let (faic, _) = with_ann();
    faic.write("short", "seven c");
    let short = [&CHANGE[..6], &["short"]].concat();
    assert!(faic.refuse(1, &short).contains("at least 8 characters"));
    assert!(opens(&faic, "password"));
    faic.json(&CHANGE);
    assert!(opens(&faic, "other") && !opens(&faic, "password"));
    assert!(faic.refuse(1, &CHANGE).contains("password is wrong"));
    let line = faic.refuse(1, &["wallet", "password", "ann", "--password-file", "other"]);
    assert!(line.contains("--new-password-file"), "{line}");
}

/// A program that is killed while it changes the password leaves a wallet that one of the two passwords opens.
#[test]
fn killed_during_a_change_of_password() {
    let (faic, _) = with_ann();
    let started = Instant::now();
    faic.json(&CHANGE);
    let whole = started.elapsed();
    let (mut from, mut to) = ("other", "password");
    for part in 1..=8 {
        let arguments = ["wallet", "password", "ann", "--password-file", from, "--new-password-file", to];
        let mut child = faic.command(&arguments).stdout(Stdio::null()).spawn().expect("the program was just built");
        // sleep: the kill is to come at another moment of the change each time.
        thread::sleep(whole * part / 8 + Duration::from_millis(1));
        // It has ended already where the change was quick.
        let _ended = child.kill();
        child.wait().expect("the process is ours");
        match (opens(&faic, from), opens(&faic, to)) {
            (true, false) => {}
            (false, true) => (from, to) = (to, from),
            both => panic!("after a kill in part {part} the passwords open: {both:?}"),
        }
    }
    assert_eq!(faic.json(&["wallet", "list"])["unusable"], json!([]));
}

/// A backup gives the wallet again, under its password at that time, its own name or another.
#[test]
fn backup_and_restore() {
    let (faic, ann) = with_ann();
    let backup = ["wallet", "backup", "ann", "--out", "ann.backup", "--password-file", "password"];
    assert_eq!(faic.json(&backup)["address"], ann["address"]);
    assert!(faic.refuse(1, &backup).contains("ann.backup"));
    faic.json(&CHANGE);
    let restore = |more: &[&'static str]| [&["wallet", "restore", "ann.backup"], more].concat();
    let taken = faic.refuse(1, &restore(&["--password-file", "password"]));
    assert!(taken.contains("a wallet named ann already"), "{taken}");
    let wrong = faic.refuse(1, &restore(&["--name", "again", "--password-file", "other"]));
    assert!(wrong.contains("password is wrong") && wrong.contains("nothing was made"), "{wrong}");
    let again = faic.json(&restore(&["--name", "again", "--password-file", "password"]));
    assert_eq!((&again["wallet"], &again["address"]), (&json!("again"), &ann["address"]));
    let elsewhere = faic.json(&restore(&["--keystore", "elsewhere", "--password-file", "password"]));
    assert_eq!(elsewhere["wallet"], json!("ann"));

    let text = faic.read("ann.backup");
    for damaged in [&text[..text.len() / 2], &text.replace("argon2id", "argon2i"), ""] {
        faic.write("damaged", damaged);
        let run = faic.run(&["wallet", "restore", "damaged", "--name", "bad", "--password-file", "password", "--json"]);
        assert!(run.code == 1 && run.err.contains("backup_unusable"), "{}", run.err);
    }
    let (before, after) = text.split_once("dfaic1").expect("an address");
    let other = Faic::new().new_wallet("bob")["address"].as_str().expect("an address").to_owned();
    faic.write("damaged", &format!("{before}{other}{}", &after[other.len() - "dfaic1".len()..]));
    let run = faic.run(&["wallet", "restore", "damaged", "--name", "bad", "--password-file", "password", "--json"]);
    assert!(run.code == 1 && run.err.contains("wrong_password"), "{}", run.err);
}

/// The words are shown again behind the password and a typed confirmation, and not without.
#[test]
fn words_once_more() {
    let (faic, ann) = with_ann();
    let show = |more: &[&'static str]| [&["wallet", "mnemonic", "ann", "--password-file", "password"], more].concat();
    assert_eq!(faic.json(&show(&["--confirm", "ann"]))["mnemonic"], ann["mnemonic"]);
    let people = faic.run(&show(&["--confirm", "ann"])).out;
    assert!(people.contains("24. ") && people.contains("has the money"), "{people}");
    assert!(faic.refuse(1, &show(&["--confirm", "bob"])).contains("nothing was shown"));
    assert!(faic.refuse(2, &show(&[])).contains("--confirm"));
    let wrong = ["wallet", "mnemonic", "ann", "--confirm", "ann", "--password-file", "other"];
    assert!(!faic.refuse(1, &wrong).contains(PASSWORD));
}

/// A key file of another program becomes a wallet of one key, which signs; a wrong password and another file make nothing.
#[test]
fn key_file_of_another_program() {
    // The first test vector of Web3 Secret Storage, version 3.
    let document = json!({ "version": 3, "id": "3198bc9c-6672-5ab3-d995-4942343ae5b6", "crypto": {
        "cipher": "aes-128-ctr",
        "cipherparams": { "iv": "6087dab2f9fdbbfaddc31a909735c1e6" },
        "ciphertext": "5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46",
        "kdf": "pbkdf2",
        "kdfparams": { "c": 262_144, "dklen": 32, "prf": "hmac-sha256",
            "salt": "ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd" },
        "mac": "517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2" } });
    let (faic, _) = with_ann();
    faic.write("key.json", &document.to_string());
    faic.write("theirs", "testpassword\n");
    let import = |name: &'static str, file: &'static str, password: &'static str| {
        let import = ["wallet", "import-web3", name, file, "--network", "dev", "--password-file", "password"];
        [&import as &[&str], &["--file-password-file", password]].concat()
    };
    assert!(faic.refuse(1, &import("key", "key.json", "other")).contains("password of the file is wrong"));
    assert!(faic.refuse(1, &import("key", "password", "theirs")).contains("not a document of Web3 Secret Storage"));
    assert!(faic.refuse(1, &import("ann", "key.json", "theirs")).contains("there is a wallet named ann"));
    let made = faic.json(&import("key", "key.json", "theirs"));
    let sign = ["wallet", "sign-message", "key", "--message", "x", "--password-file", "password"];
    let signed = faic.json(&sign);
    assert_eq!(signed["address"], made["address"]);
    faic.write("signature", &signed.to_string());
    let valid = faic.json(&["wallet", "verify-message", "signature", "--message", "x", "--offline"]);
    assert_eq!((&valid["valid"], &valid["address"]), (&json!(true), &made["address"]));
    // Whoever restores it is told to look whether its keys were changed; they were not.
    let node = NodeProcess::dev(&faic, "data");
    let discover = ["wallet", "account", "discover", "key", "--password-file", "password", "--node", node.url()];
    let (code, message) = faic.refuse_json(1, &discover);
    assert!(code == "nothing_to_do" && message.contains("its key governs its account"), "{code}: {message}");
    node.stop();
}
