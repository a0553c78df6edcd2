//! Two wallets of the same keys, as a renaming leaves that a crash ended: neither sends again what the other's record knows.

use std::fs;

use crate::{
    background::{balance_of, kill_at, network, pay, record_folder, set_mode, wait_until},
    gate::{Gate, Passage},
    process::NodeProcess,
    program::Faic,
};

/// The arguments that rename `rich`.
const RENAME: [&str; 6] = ["wallet", "rename", "rich", "wealthy", "--password-file", "password"];

/// Where a crash ended the renaming.
#[derive(Debug, Clone, Copy)]
enum Crash {
    /// Before the record was moved.
    BeforeTheRecord,
    /// After it was moved.
    AfterTheRecord,
}

/// Renames `rich` to `wealthy` and leaves what a crash leaves; gives the name with the record, and the one without.
fn half_renamed(faic: &Faic, crash: Crash) -> (&'static str, &'static str) {
    let old_file = faic.path(".local/share/faic/wallets/rich.wallet.json");
    let old = fs::read(&old_file).expect("our own file");
    faic.json(&RENAME);
    fs::write(&old_file, old).expect("our own folder");
    set_mode(&old_file, 0o600);
    // What a renaming writes down until it has come to its end.
    let begun = faic.path(".local/share/faic/wallets/payments/.rich.renaming");
    fs::write(&begun, "wealthy").expect("our own folder");
    set_mode(&begun, 0o600);
    match crash {
        Crash::AfterTheRecord => ("wealthy", "rich"),
        Crash::BeforeTheRecord => {
            fs::rename(record_folder(faic, "wealthy"), record_folder(faic, "rich")).expect("our own folder");
            ("rich", "wealthy")
        }
    }
}

/// The arguments that pay the file of one payment to bob.
fn send_many<'a>(from: &'a str, url: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let fixed = ["wallet", "send-many", from, "many.csv", "--yes", "--password-file", "password", "--node", url];
    [&fixed as &[&str], more].concat()
}

/// What bob has, in FAIC.
fn bob_has(faic: &Faic, node: &NodeProcess) -> u64 {
    let balance = balance_of(faic, "bob", node.url());
    balance.as_str().expect("a text").parse::<u64>().expect("a number") / 1_000_000_000
}

/// A file that was paid, or begun, under one name is not paid under the other; after the renaming has come to its end the
/// wallet knows the file and pays.
#[test]
fn files() {
    for crash in [Crash::BeforeTheRecord, Crash::AfterTheRecord] {
        let (faic, node) = network();
        faic.write("many.csv", "to,amount\nbob,1\n");
        faic.json(&send_many("rich", node.url(), &[]));
        let (known, other) = half_renamed(&faic, crash);
        let (code, message) = faic.refuse_json(1, &send_many(other, node.url(), &[]));
        assert_eq!(code, "batch_paid");
        assert!(message.contains(&format!("`faic wallet rename {known} {other}`")), "{message}");
        faic.write("many.csv", "to,amount\nbob,1\nbob,2\n");
        assert_eq!(faic.refuse_json(1, &send_many(other, node.url(), &[])).0, "batch_changed");
        assert_eq!(bob_has(&faic, &node), 1);

        faic.json(&["wallet", "rename", known, other, "--password-file", "password"]);
        assert_eq!(faic.json(&["wallet", "list"])["wallets"].as_array().map(Vec::len), Some(2));
        assert_eq!(faic.refuse_json(1, &send_many(other, node.url(), &[])).0, "batch_changed");
        faic.json(&pay(other, node.url(), &[]));
        assert_eq!(bob_has(&faic, &node), 2);
        node.stop();
    }
}

/// Where the same words were imported under two names, nothing is told of a renaming, neither of one that came to its end.
#[test]
fn imported_twice() {
    let (faic, node) = network();
    faic.json(&[
        "wallet",
        "import",
        "copy",
        "--network",
        "dev",
        "--mnemonic-file",
        "public",
        "--password-file",
        "password",
    ]);
    faic.write("many.csv", "to,amount\nbob,1\n");
    faic.json(&send_many("rich", node.url(), &[]));
    for known in ["rich", "wealthy"] {
        let (code, message) = faic.refuse_json(1, &send_many("copy", node.url(), &[]));
        assert_eq!(code, "batch_paid");
        assert!(message.contains(&format!("the wallet {known}")) && !message.contains("renam"), "{message}");
        if known == "rich" {
            faic.json(&RENAME);
        }
    }
    node.stop();
}

/// A file that was begun under one name is not paid under the other, also where the user insists.
#[test]
fn begun_files() {
    let (faic, node) = network();
    faic.write("many.csv", "to,amount\nbob,1\n");
    let gate = Gate::before(node.url());
    kill_at(&faic, &gate, &[Passage::HeldAfter], &send_many("rich", &gate.url, &[]));
    wait_until("the payment is not final", || bob_has(&faic, &node) == 1);
    faic.json(&["wallet", "resume", "rich", "--node", node.url()]);
    let (known, other) = half_renamed(&faic, Crash::AfterTheRecord);
    for more in [&[] as &[&str], &["--restart"], &["--despite-undecided"]] {
        assert_eq!(faic.refuse_json(1, &send_many(other, node.url(), more)).0, "batch_partly_paid", "{more:?}");
    }
    faic.json(&send_many(known, node.url(), &[]));
    assert_eq!(bob_has(&faic, &node), 1);
    node.stop();
}

/// A payment of which nobody was told is pointed out under the other name too, and one that is undecided holds it up.
#[test]
fn payments() {
    let (faic, node) = network();
    let gate = Gate::before(node.url());
    kill_at(&faic, &gate, &[Passage::HeldAfter], &pay("rich", &gate.url, &[]));
    wait_until("the payment is not final", || bob_has(&faic, &node) == 1);
    assert_eq!(faic.refuse_json(1, &pay("rich", node.url(), &[])).0, "sent_before");
    let (known, other) = half_renamed(&faic, Crash::AfterTheRecord);
    let (code, message) = faic.refuse_json(1, &pay(other, node.url(), &[]));
    assert_eq!(code, "sent_before");
    assert!(message.contains(&format!("`faic wallet resume {known}`")), "{message}");
    faic.json(&["wallet", "resume", known, "--node", node.url()]);
    faic.json(&pay(other, node.url(), &[]));
    assert_eq!(bob_has(&faic, &node), 2);

    kill_at(&faic, &gate, &[Passage::HeldBefore], &pay(known, &gate.url, &[]));
    let (code, message) = faic.refuse_json(1, &pay(other, node.url(), &[]));
    assert_eq!(code, "earlier_undecided");
    assert!(message.contains(&format!("`faic wallet resume {known}`")), "{message}");
    faic.json(&["wallet", "resume", known, "--node", node.url()]);
    faic.json(&pay(other, node.url(), &[]));
    assert_eq!(bob_has(&faic, &node), 4);
    node.stop();
}

/// Where the wallet with the record is removed, the other one takes the record over; where the other is removed, nothing
/// is lost either.
#[test]
fn removed() {
    for removes_known in [true, false] {
        let (faic, node) = network();
        faic.write("many.csv", "to,amount\nbob,1\n");
        faic.json(&send_many("rich", node.url(), &[]));
        let (known, other) = half_renamed(&faic, Crash::AfterTheRecord);
        let (gone, stays) = if removes_known { (known, other) } else { (other, known) };
        let remove = ["wallet", "remove", gone, "--confirm", gone, "--password-file", "password"];
        let answer = faic.json(&remove);
        let record = answer["record"].as_str();
        assert_eq!(record.is_some_and(|record| record.ends_with(&format!("payments/{stays}"))), removes_known);
        let begun = faic.path(".local/share/faic/wallets/payments/.rich.renaming");
        assert!(!begun.exists(), "a wallet that is called {gone} later would be taken for a half of {stays}");
        assert_eq!(faic.refuse_json(1, &send_many(stays, node.url(), &[])).0, "batch_paid");
        faic.json(&pay(stays, node.url(), &[]));
        assert_eq!(bob_has(&faic, &node), 2);
        node.stop();
    }
}
