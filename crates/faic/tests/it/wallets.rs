//! Making and listing wallets, which needs no node.

use std::fs;

use serde_json::json;

#[cfg(unix)]
use crate::program::mode;
use crate::program::{Faic, PASSWORD};

/// BIP-39's first English test vector.
const MNEMONIC: &str = "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about";

/// A new wallet has an address, is listed, and its file is for its owner alone and does not hold its words.
#[test]
fn new_wallet() {
    let faic = Faic::new();
    let made = faic.json(&["wallet", "new", "ann", "--network", "dev", "--password-file", "password"]);
    assert!(made["address"].as_str().is_some_and(|address| address.starts_with("dfaic1")));
    assert_eq!((&made["network"], &made["path"]), (&json!("dev"), &json!("m/44'/1'/0'/0'/0'")));
    let words = made["mnemonic"].as_str().expect("words");
    assert_eq!(words.split(' ').count(), 24);
    let list = faic.json(&["wallet", "list"]);
    assert_eq!(
        list["wallets"],
        json!([{
            "name": "ann", "network": "dev", "address": made["address"], "path": made["path"], "watch_only": false,
            "accounts": [{
                "label": "ann", "number": 0, "address": made["address"], "path": made["path"], "mnemonic": 1
            }]
        }])
    );
    let file = faic.path(".local/share/faic/wallets/ann.wallet.json");
    let kept = fs::read_to_string(&file).expect("the wallet is in the user's data folder");
    let words: Vec<&str> = words.split(' ').collect();
    assert!(words.windows(2).all(|pair| !kept.contains(&pair.join(" "))));
    #[cfg(unix)]
    assert_eq!(mode(&file), 0o600);
}

/// The mnemonic of a new wallet gives the same wallet again, in every language and length.
#[test]
fn mnemonic_gives_the_same_wallet() {
    let faic = Faic::new();
    for (name, language, words) in [("a", "english", "12"), ("b", "chinese-simplified", "24"), ("c", "japanese", "15")]
    {
        let fixed = ["--network", "test", "--password-file", "password"];
        let new = ["wallet", "new", name, "--language", language, "--words", words];
        let made = faic.json(&[&new as &[&str], &fixed].concat());
        assert_eq!(made["language"], json!(language));
        faic.write("words", made["mnemonic"].as_str().expect("words"));
        let again = format!("{name}2");
        let import = ["wallet", "import", &again, "--mnemonic-file", "words"];
        let imported = faic.json(&[&import as &[&str], &fixed].concat());
        assert_eq!(imported["address"], made["address"]);
        assert_eq!(imported["words"].to_string(), words);
    }
}

/// For people the words are numbered, with advice; the list of wallets never shows them.
#[test]
fn words_for_people() {
    let faic = Faic::new();
    let run = faic.run(&["wallet", "new", "ann", "--network", "dev", "--password-file", "password", "--words", "12"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!((1..=12).all(|number| run.out.contains(&format!("{number:>2}. "))), "{}", run.out);
    assert!(run.out.contains("on paper") && !run.out.contains("13. "));
    let list = faic.run(&["wallet", "list"]).out;
    assert!(list.contains("ann") && list.contains("dfaic1") && !list.contains("12."), "{list}");
    assert!(Faic::new().run(&["wallet", "list"]).out.contains("faic wallet new"));
}

/// Another passphrase is another wallet, another network is another address.
#[test]
fn passphrase_and_network() {
    let faic = Faic::new();
    faic.write("words", MNEMONIC);
    faic.write("passphrase", "TREZOR\n");
    let import = |name: &str, more: &[&str]| {
        let fixed = ["wallet", "import", name, "--password-file", "password", "--mnemonic-file", "words"];
        faic.json(&[&fixed as &[&str], more].concat())["address"].clone()
    };
    let plain = import("plain", &["--network", "main"]);
    let secret = import("secret", &["--network", "main", "--passphrase-file", "passphrase"]);
    let test = import("test", &["--network", "test"]);
    assert!(plain.as_str().is_some_and(|address| address.starts_with("faic1")));
    assert!(test.as_str().is_some_and(|address| address.starts_with("tfaic1")));
    assert_ne!(plain, secret);
}

/// A name is taken once, a password has a least length, and a missing terminal or file is said.
#[test]
fn refusals() {
    let faic = Faic::new();
    faic.new_wallet("ann");
    let new = |name: &'static str, file: &'static str| {
        vec!["wallet", "new", name, "--network", "dev", "--password-file", file]
    };
    assert!(faic.refuse(1, &new("ann", "password")).contains("a wallet named ann already"));
    faic.write("short", "seven c");
    assert!(faic.refuse(1, &new("bob", "short")).contains("at least 8 characters"));
    faic.write("long", &"x".repeat(5000));
    assert!(faic.refuse(1, &new("bob", "long")).contains("1024 bytes"));
    assert!(faic.refuse(1, &new("bob", "nowhere")).contains("nowhere"));
    let line = faic.refuse(1, &["wallet", "new", "bob", "--network", "dev"]);
    assert!(line.contains("--password-file"), "{line}");
    let line = faic.refuse(1, &["wallet", "new", "bob", "--password-file", "password"]);
    assert!(line.contains("cannot be reached") && line.contains("--network"), "{line}");
    assert_eq!(faic.json(&["wallet", "list"])["wallets"].as_array().map(Vec::len), Some(1));
}

/// A folder that others may enter is refused with the command that repairs it.
#[cfg(unix)]
#[test]
fn open_keystore_folder() {
    use std::os::unix::fs::PermissionsExt;
    let faic = Faic::new();
    let folder = faic.path("keys");
    fs::create_dir(&folder).expect("our own folder");
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).expect("our own folder");
    let line = faic.refuse(1, &["wallet", "list", "--keystore", "keys"]);
    assert!(line.contains("chmod 700"), "{line}");
}

/// A file that is no wallet is told of and hides no other wallet.
#[test]
fn damaged_file() {
    let faic = Faic::new();
    faic.new_wallet("ann");
    faic.write(".local/share/faic/wallets/bad.wallet.json", "{}");
    let list = faic.json(&["wallet", "list"]);
    assert_eq!(list["wallets"][0]["name"], json!("ann"));
    assert_eq!(list["unusable"][0]["file"], json!("bad.wallet.json"));
    let run = faic.run(&["wallet", "list"]);
    assert!(run.err.starts_with("warning: bad.wallet.json") && run.out.contains("ann"));
    assert!(!run.err.contains(PASSWORD));
}

/// A wallet whose words could not be shown is not made, because nobody could ever restore it.
#[cfg(target_os = "linux")]
#[test]
fn words_that_nobody_saw() {
    let faic = Faic::new();
    let full = fs::File::options().write(true).open("/dev/full").expect("Linux has it");
    let mut command = faic.command(&["wallet", "new", "ann", "--network", "dev", "--password-file", "password"]);
    let output = command.stdout(full).output().expect("the program was just built");
    let line = String::from_utf8(output.stderr).expect("the program writes UTF-8");
    assert!(output.status.code() == Some(1) && line.contains("no wallet was made"), "{line}");
    assert_eq!(faic.json(&["wallet", "list"])["wallets"], json!([]));
}
