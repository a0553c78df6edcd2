//! Names of accounts: sealed with the wallet, known to the commands that open it, and in no file.

use std::{fs, path::Path};
#[cfg(unix)]
use std::{io::Write, process::Stdio};

use serde_json::json;

#[cfg(unix)]
use crate::program::{PASSWORD, Run};
use crate::{
    process::NodeProcess,
    program::{Faic, on, with_password},
};

/// Calls `look` with every file below a folder.
fn each_file(folder: &Path, look: &mut impl FnMut(&Path, &[u8])) {
    for entry in fs::read_dir(folder).expect("the folder can be read") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            each_file(&path, look);
        } else {
            look(&path, &fs::read(&path).expect("the file can be read"));
        }
    }
}

/// A wallet `rich` whose second account is named `savings`.
fn with_savings() -> Faic {
    let faic = Faic::new();
    faic.import_rich();
    let added = faic.json(&with_password(&["account", "add", "rich", "--name", "savings"]));
    assert_eq!(added["accounts"][1]["label"], json!("rich/savings"));
    faic
}

/// Names are shown where the wallet is opened, and only there.
#[test]
fn names_need_the_password() {
    let faic = with_savings();
    let list = ["wallet", "account", "list", "rich"];
    let people = faic.run(&list).out;
    assert!(people.contains("rich/1") && !people.contains("savings"), "{people}");
    assert_eq!(faic.json(&list)["accounts"][1].get("name"), None);
    assert!(!faic.run(&["wallet", "list"]).out.contains("savings"));
    for asked in [with_password(&["account", "list", "rich"]), with_password(&["account", "list", "rich", "--names"])] {
        assert_eq!(faic.json(&asked)["accounts"][1]["name"], json!("savings"));
    }
    assert!(faic.refuse(1, &[&list as &[&str], &["--names"]].concat()).contains("--password-file"));
    let key = faic.json(&with_password(&["public-key", "rich/savings"]));
    assert_eq!(key["wallet"], json!("rich/savings"));
    let signed = faic.json(&with_password(&["sign-message", "rich", "--account", "savings", "--message", "x"]));
    assert_eq!(signed["address"], key["address"]);
    let words = faic.json(&with_password(&["mnemonic", "rich/savings", "--confirm", "rich"]));
    assert_eq!(words["mnemonic"], json!(faic.read("public")));
}

/// A wallet that is opened for a name is opened once: the password can be read once only, from a pipe.
#[cfg(unix)]
#[test]
fn one_question_for_the_password() {
    let faic = with_savings();
    faic.json(&with_password(&["book", "add", "rich", "bob", &address_of_another()]));
    let node = NodeProcess::dev(&faic, "data");
    faic.json(&on(node.url(), &["send", "rich", "rich/savings", "5"]));
    let pay =
        ["wallet", "send", "rich/savings", "--to", "bob=1", "--to", "rich/savings=1", "--yes", "--node", node.url()];
    let mut command = faic.command(&[&pay as &[&str], &["--password-file", "/dev/stdin", "--json"]].concat());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program was just built");
    child.stdin.take().expect("it is piped").write_all(PASSWORD.as_bytes()).expect("the program reads it");
    let run: Run = child.wait_with_output().expect("the process is ours").into();
    assert_eq!((run.code, run.err.as_str()), (0, ""));
    node.stop();
}

/// An address of nobody's wallet here.
fn address_of_another() -> String {
    Faic::new().new_wallet("bob")["address"].as_str().expect("an address").to_owned()
}

/// A command that does not open the wallet refuses the name of an account, and says what to do; numbers it knows.
#[test]
fn names_without_the_password() {
    let faic = with_savings();
    faic.json(&["wallet", "watch", &address_of_another(), "--name", "cold"]);
    for command in [
        &["address", "rich/savings"] as &[&str],
        &["address", "rich", "--account", "savings"],
        &["balance", "rich/savings"],
        &["balance", "rich", "--account", "savings"],
        &["history", "rich/savings"],
        &["request", "rich/savings", "--no-qr"],
        &["request", "rich", "--to", "rich/savings=1", "--no-qr"],
        &["build", "cold", "rich/savings", "1"],
    ] {
        let (code, message) = faic.refuse_json(1, &[&["wallet"], command].concat());
        assert_eq!(code, "account_name_sealed", "{command:?}");
        assert!(message.contains("account list rich --names") && message.contains("by its number"), "{message}");
    }
    let by_number = faic.json(&["wallet", "address", "rich/1"]);
    assert_eq!(by_number, faic.json(&["wallet", "address", "rich", "--account", "1"]));
    assert_eq!(by_number["wallet"], json!("rich/1"));
    let (code, message) = faic.refuse_json(2, &["wallet", "address", "rich/1", "--account", "2"]);
    assert_eq!(code, "usage");
    assert!(message.contains("rich/1 and --account 2 are two accounts"), "{message}");
    // A number that the wallet does not have is told before a password is asked for.
    let (code, _) = faic.refuse_json(1, &["wallet", "send", "rich/7", "rich", "1", "--yes"]);
    assert_eq!(code, "account_unknown");
    let (code, _) = faic.refuse_json(1, &with_password(&["send", "rich/rent", "rich", "1", "--yes"]));
    assert_eq!(code, "account_unknown");
}

/// Who opens the wallet pays from an account, and to one, by its name; nothing on the disk tells it.
#[test]
fn names_pay_and_are_paid() {
    let faic = with_savings();
    faic.new_wallet("bob");
    let node = NodeProcess::dev(&faic, "data");
    let savings = faic.json(&["wallet", "address", "rich/1"])["address"].clone();
    let paid = faic.json(&on(node.url(), &["send", "rich", "rich/savings", "5"]));
    assert_eq!(paid["payments"][0]["to"], savings);
    assert_eq!(faic.json(&on(node.url(), &["send", "rich/savings", "bob", "1"]))["from"], savings);
    assert_eq!(
        faic.json(&on(node.url(), &["send", "bob", "rich/1", "0.1", "--account", "0"]))["state"],
        json!("final")
    );
    let request = faic.json(&["wallet", "request", "bob", "--amount", "1", "--no-qr"])["uri"].clone();
    let request = request.as_str().expect("a text");
    assert_eq!(faic.json(&on(node.url(), &["pay", "rich", request, "--account", "savings"]))["from"], savings);
    faic.write("many.csv", "to,amount\nrich/savings,1\nbob,1\n");
    assert_eq!(faic.json(&on(node.url(), &["send-many", "rich", "many.csv"]))["payments"], json!(2));
    assert_eq!(faic.json(&on(node.url(), &["settings", "rich/savings", "--memo-required", "on"]))["from"], savings);
    let sponsored = on(node.url(), &["send", "bob", "rich", "0.1", "--fee-payer", "rich/savings"]);
    let sponsored = [&sponsored as &[&str], &["--fee-payer-password-file", "password"]].concat();
    assert_eq!(faic.json(&sponsored)["fee_payer"], savings);
    assert_eq!(faic.json(&on(node.url(), &["rotate", "rich/savings"]))["from"], savings);
    assert_eq!(faic.json(&on(node.url(), &["send", "rich/savings", "bob", "1"]))["from"], savings);

    let built = faic.json(&with_password(&["build", "rich/savings", "bob", "1", "--out", "tx", "--node", node.url()]));
    assert_eq!(built["from"], savings);
    faic.json(&with_password(&["sign", "rich", "tx", "--account", "savings", "--yes", "--out", "signed"]));
    assert_eq!(faic.json(&["wallet", "submit", "signed", "--node", node.url()])["state"], json!("final"));

    // Another wallet is not opened for its names.
    let (code, message) = faic.refuse_json(1, &on(node.url(), &["send", "bob", "rich/savings", "1"]));
    assert_eq!(code, "account_name_sealed");
    assert!(message.contains("rich/1"), "{message}");
    let backup = with_password(&["backup", "rich", "--out", "rich.backup"]);
    faic.json(&backup);
    faic.json(&["wallet", "history", "rich", "--format", "json", "--out", "rich.json", "--node", node.url()]);
    node.stop();
    let mut files = 0;
    each_file(&faic.path("."), &mut |path, bytes| {
        files += 1;
        let is_named = bytes.windows("savings".len()).any(|part| part == b"savings");
        // The file of payments is the user's own.
        assert!(!is_named || path.ends_with("many.csv"), "{} tells the name of an account", path.display());
    });
    assert!(files > 10, "wallets, records, trusted blocks and the node's data are there: {files}");
}
