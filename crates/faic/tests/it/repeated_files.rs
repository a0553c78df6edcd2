//! Files of payments that were paid before in another way: by another wallet of the keystore, in another order, or in part.

use std::thread;

use serde_json::{Value, json};

use crate::{
    background::{balance_of, kill_at, network},
    gate::{Gate, Passage},
    process::NodeProcess,
    program::Faic,
};

/// A development network with the wallets `rich`, `other`, which has money too, and `bob`.
fn two_payers() -> (Faic, NodeProcess) {
    let (faic, node) = network();
    let other = ["wallet", "import", "other", "--index", "1", "--network", "dev", "--mnemonic-file", "public"];
    faic.json(&[&other as &[&str], &["--password-file", "password"]].concat());
    (faic, node)
}

/// The arguments that pay a file.
fn send_many<'a>(from: &'a str, file: &'a str, url: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let fixed = ["wallet", "send-many", from, file, "--yes", "--password-file", "password", "--node", url];
    [&fixed as &[&str], more].concat()
}

/// Runs a command that must fail, and gives the error.
fn refused(faic: &Faic, arguments: &[&str]) -> (String, String, Value) {
    let run = faic.run(&[arguments, &["--json"]].concat());
    assert_eq!((run.code, run.out.as_str()), (1, ""), "{arguments:?}: {}", run.err);
    let answer: Value = serde_json::from_str(&run.err).expect("one JSON document");
    let text = |field: &str| answer["error"][field].as_str().expect("a text").to_owned();
    (text("code"), text("message"), answer["error"].clone())
}

/// Checks what bob has, in FAIC.
fn check_bob_has(faic: &Faic, node: &NodeProcess, faic_amount: u64) {
    assert_eq!(balance_of(faic, "bob", node.url()), json!((faic_amount * 1_000_000_000).to_string()));
}

/// A file, or the payments of it, that one wallet paid is not paid by another one of the keystore, unless the user insists.
#[test]
fn by_another_wallet() {
    let (faic, node) = two_payers();
    faic.write("fin.csv", "to,amount\nbob,1\nbob,2\n");
    faic.json(&send_many("rich", "fin.csv", node.url(), &[]));
    faic.write("copy.csv", "# a copy\nto,amount\nbob,1\nbob,2\n");
    for file in ["fin.csv", "copy.csv"] {
        let (code, message, _) = refused(&faic, &send_many("other", file, node.url(), &[]));
        assert_eq!(code, "batch_paid", "{message}");
        assert!(message.contains("by the wallet rich") && message.contains("--restart"), "{message}");
    }
    faic.write("fin.csv", "to,amount\nbob,1\nbob,2\nbob,4\n");
    let (code, message, _) = refused(&faic, &send_many("other", "fin.csv", node.url(), &[]));
    assert_eq!(code, "batch_changed", "{message}");
    check_bob_has(&faic, &node, 3);
    faic.json(&send_many("other", "copy.csv", node.url(), &["--restart"]));
    check_bob_has(&faic, &node, 6);
    node.stop();
}

/// A file that one wallet began is gone on with by that one, and two wallets that are given the same one at the same moment
/// pay it once.
#[test]
fn begun_by_another_wallet() {
    let (faic, node) = two_payers();
    faic.write("fin.csv", "to,amount\nbob,1\n");
    let gate = Gate::before(node.url());
    kill_at(&faic, &gate, &[Passage::HeldBefore], &send_many("rich", "fin.csv", &gate.url, &[]));
    let (code, message, _) = refused(&faic, &send_many("other", "fin.csv", node.url(), &[]));
    assert_eq!(code, "batch_partly_paid", "{message}");
    assert!(message.contains("`faic wallet send-many rich`"), "{message}");
    faic.json(&send_many("rich", "fin.csv", node.url(), &[]));
    check_bob_has(&faic, &node, 1);

    faic.write("both.csv", "to,amount\nbob,2\n");
    let codes = thread::scope(|scope| {
        let pay = |from| faic.run(&send_many(from, "both.csv", node.url(), &[])).code;
        let (one, two) = (scope.spawn(move || pay("rich")), scope.spawn(move || pay("other")));
        let mut codes = [one, two].map(|thread| thread.join().expect("it does not panic"));
        codes.sort_unstable();
        codes
    });
    assert_eq!(codes, [0, 1]);
    check_bob_has(&faic, &node, 3);
    node.stop();
}

/// The lines of a file that was paid are known in another order and among others; who pays the same once more says so.
#[test]
fn in_another_order_or_among_others() {
    let (faic, node) = two_payers();
    faic.write("march.csv", "to,amount,memo\nbob,1,a\nbob,2,b\nbob,2,b\n");
    faic.json(&send_many("rich", "march.csv", node.url(), &[]));
    faic.write("turned.csv", "to,amount,memo\nbob,2,b\nbob,1,a\nbob,2,b\n");
    faic.write("part.csv", "to,amount,memo\nbob,2,b\n");
    for from in ["rich", "other"] {
        for file in ["turned.csv", "part.csv"] {
            let (code, message, _) = refused(&faic, &send_many(from, file, node.url(), &[]));
            assert_eq!(code, "batch_paid", "{message}");
            assert!(message.contains("march.csv by the wallet rich"), "{message}");
        }
        faic.write("april.csv", "to,amount,memo\nbob,2,b\nbob,1,a\nbob,4,c\nbob,2,b\nbob,2,b\n");
        let (code, message, error) = refused(&faic, &send_many(from, "april.csv", node.url(), &[]));
        assert_eq!(code, "batch_overlap", "{message}");
        assert!(message.contains("3 of the 5 payments") && message.contains("--restart"), "{message}");
        let before = &error["paid_before"];
        assert_eq!((&before["payments"], &before["wallet"]), (&json!(3), &json!("rich")), "{error}");
        assert!(before["begun_ms"].as_u64().is_some_and(|time| time > 0), "{error}");
    }
    check_bob_has(&faic, &node, 5);
    // A person is told, and asked.
    let asked = ["wallet", "send-many", "rich", "april.csv", "--password-file", "password", "--node", node.url()];
    let run = faic.run(&asked);
    assert!(run.code == 2 && run.err.contains("note: 3 of the 5 payments were made before"), "{}", run.err);
    assert!(run.err.contains("5 in 1 transaction\n"), "{}", run.err);
    // Another memo is another payment.
    faic.write("may.csv", "to,amount,memo\nbob,1,a in May\n");
    assert_eq!(faic.json(&send_many("rich", "may.csv", node.url(), &[])).get("paid_before"), None);
    let paid = faic.json(&send_many("rich", "april.csv", node.url(), &["--restart"]));
    assert_eq!(paid["paid_before"]["payments"], json!(3), "{paid}");
    check_bob_has(&faic, &node, 17);
    node.stop();
}

/// What was sent of a file that was given up counts as paid before.
#[test]
fn of_a_file_that_was_given_up() {
    let (faic, node) = two_payers();
    let gate = Gate::before(node.url());
    faic.write("given.csv", "to,amount\nbob,7\n");
    kill_at(&faic, &gate, &[Passage::HeldAfter], &send_many("rich", "given.csv", &gate.url, &[]));
    faic.json(&["wallet", "resume", "rich", "--node", node.url()]);
    faic.write("given.csv", "to,amount\nbob,8\n");
    faic.json(&send_many("rich", "given.csv", node.url(), &["--restart"]));
    faic.write("new.csv", "to,amount\nbob,7\n");
    let (code, message, _) = refused(&faic, &send_many("rich", "new.csv", node.url(), &[]));
    assert!(code == "batch_paid" && message.contains("given up"), "{code}: {message}");
    let (code, message, _) = refused(&faic, &send_many("other", "new.csv", node.url(), &[]));
    assert!(code == "batch_partly_paid" && message.contains("made or begun before"), "{code}: {message}");
    check_bob_has(&faic, &node, 15);
    node.stop();
}
