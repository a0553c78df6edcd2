//! Help, completions, and command lines that are not well formed.

use serde_json::{Value, json};

use crate::{
    background::{balance_of, network},
    program::Faic,
};

/// Every command with what its help must speak of.
const COMMANDS: &[(&[&str], &str)] = &[
    (&[], "faic dev"),
    (&["wallet"], "history"),
    (&["wallet", "new"], "--words"),
    (&["wallet", "import"], "--mnemonic-file"),
    (&["wallet", "list"], "--keystore"),
    (&["wallet", "balance"], "--node"),
    (&["wallet", "send"], "--fee-max"),
    (&["wallet", "settings"], "--memo-required"),
    (&["wallet", "history"], "--cursor"),
    (&["wallet", "account", "add"], "--name"),
    (&["wallet", "account", "list"], "<WALLET>"),
    (&["wallet", "account", "discover"], "--node"),
    (&["wallet", "book", "add"], "<ADDRESS>"),
    (&["wallet", "book", "list"], "<WALLET>"),
    (&["wallet", "account", "name"], "[NAME]"),
    (&["wallet", "book", "rename"], "<NEW>"),
    (&["wallet", "book", "remove"], "<NAME>"),
    (&["wallet", "rename"], "<NEW>"),
    (&["wallet", "remove"], "--confirm"),
    (&["wallet", "watch"], "--name"),
    (&["wallet", "password"], "--new-password-file"),
    (&["wallet", "backup"], "--out"),
    (&["wallet", "restore"], "--name"),
    (&["wallet", "mnemonic"], "--confirm"),
    (&["wallet", "rotate"], "--fee-max"),
    (&["wallet", "sign-message"], "--out"),
    (&["wallet", "verify-message"], "--offline"),
    (&["genesis"], "check"),
    (&["genesis", "new"], "--validator"),
    (&["genesis", "check"], "<FILE>"),
    (&["genesis", "show"], "<FILE>"),
    (&["completions"], "bash"),
    (&["tour"], "--json"),
    (&["dev"], "--http"),
    (&["node"], "--config"),
    (&["init"], "--genesis"),
    (&["audit"], "--data-dir"),
];

/// Every command explains itself and ends with success.
#[test]
fn help_of_every_command() {
    let faic = Faic::new();
    for (command, expected) in COMMANDS {
        let run = faic.run(&[command, &["--help"] as &[&str]].concat());
        assert_eq!((run.code, run.err.as_str()), (0, ""), "{command:?}");
        assert!(run.out.contains("Usage:") && run.out.contains(expected), "{command:?}: {}", run.out);
    }
    assert!(faic.run(&["--version"]).out.starts_with("faic 0."));
}

/// The shells that people use get a script that knows the commands.
#[test]
fn completions_for_shells() {
    let faic = Faic::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let run = faic.run(&["completions", shell]);
        assert_eq!(run.code, 0);
        assert!(run.out.contains("wallet") && run.out.contains("history"), "{shell}");
    }
}

/// A misuse is one line with exit code 2 that names the culprit and the way to help.
#[test]
fn misuse_is_one_line() {
    let faic = Faic::new();
    let cases: &[(&[&str], &str)] = &[
        (&[], "a command is missing"),
        (&["wallet"], "--help"),
        (&["walet"], "wallet"),
        (&["wallet", "list", "--colour"], "--colour"),
        (&["wallet", "new"], "<NAME>"),
        (&["wallet", "new", "Ann"], "lower-case"),
        (&["wallet", "new", "ann", "--index", "2147483648"], "below 2147483648"),
        (&["wallet", "new", "ann", "--index", "first"], "not a number"),
        (&["wallet", "import", "ann", "--netwok", "dev"], "--netwok"),
        (&["wallet", "import", "--netwok", "dev", "ann"], "--netwok"),
        (&["wallet", "import", "ann", "-x"], "-x"),
        (&["wallet", "new", "ann", "--words", "13"], "12, 15, 18, 21 or 24"),
        (&["wallet", "new", "ann", "--language", "klingon"], "english"),
        (&["wallet", "new", "ann", "--network", "moon"], "main, test, dev"),
        (&["wallet", "balance", "--node", "https://example.org/v1"], "a host and a port only"),
        (&["wallet", "balance", "--node", "ftp://example.org"], "https://"),
        (&["wallet", "balance", "--node", "127.0.0.1:8420"], "http://"),
        (&["wallet", "balance", "--node", "http://example.org/v1"], "a host and a port only"),
        (&["wallet", "balance", "--trust-period", "0s"], "proves nothing"),
        (&["wallet", "resume", "old/1"], "with all its accounts: write old, without /1"),
        (&["wallet", "rename", "old/rent", "new"], "write old, without /rent"),
        (&["wallet", "resume", "Old/1"], "lower-case"),
        (&["completions", "dos"], "bash"),
    ];
    for (arguments, expected) in cases {
        let line = faic.refuse(2, arguments);
        assert!(line.contains(expected), "{arguments:?}: {line}");
    }
}

/// With `--json` also a misuse is one JSON document, on standard error.
#[test]
fn misuse_as_json() {
    let run = Faic::new().run(&["wallet", "list", "--colour", "--json"]);
    assert_eq!((run.code, run.out.as_str()), (2, ""));
    let answer: Value = serde_json::from_str(&run.err).expect("one JSON document");
    assert_eq!((&answer["error"]["code"], &answer["error"]["exit_code"]), (&"usage".into(), &2.into()));
    assert!(answer["error"]["message"].as_str().is_some_and(|message| message.contains("--colour")));
}

/// A secret that was typed as an argument is refused and not repeated.
#[test]
fn secrets_are_no_arguments() {
    let faic = Faic::new();
    for arguments in [
        &["wallet", "import", "ann", "hunter", "hunter", "--network", "dev"] as &[&str],
        &["wallet", "import", "ann", "--mnemonic=hunter"],
        &["wallet", "import", "ann", "--mnemonic", "hunter", "hunter"],
        &["wallet", "send", "ann", "bob", "1", "--password=hunter"],
        &["wallet", "new", "ann", "--passphrase=hunter"],
    ] {
        let line = faic.refuse(2, arguments);
        assert!(!line.contains("hunter") && line.contains("-file"), "{line}");
    }
}

/// A program is asked nothing: where a person would be asked, it reads one document and nothing else.
#[test]
fn programs_are_not_asked() {
    let (faic, node) = network();
    let url = node.url();
    faic.write("many.csv", "to,amount\nbob,1\n");
    let build = ["wallet", "build", "rich", "bob", "1", "--out", "tx", "--password-file", "password", "--node", url];
    faic.json(&build);
    let asking: [(&[&str], &[&str]); 7] = [
        (&["send", "rich", "bob", "1"], &["--node", url]),
        (&["send", "rich", "rich", "1"], &["--node", url]),
        (&["send-many", "rich", "many.csv"], &["--node", url]),
        (&["settings", "rich", "--memo-required", "on"], &["--node", url]),
        (&["sign", "rich", "tx", "--out", "signed"], &[]),
        (&["remove", "bob"], &[]),
        (&["mnemonic", "rich"], &[]),
    ];
    for (command, node) in asking {
        let fixed = ["--password-file", "password", "--json"];
        let run = faic.run(&[&["wallet"], command, node, &fixed].concat());
        assert_eq!((run.code, run.out.as_str()), (2, ""), "{command:?}: {}", run.err);
        let answer: Value = serde_json::from_str(&run.err).unwrap_or_else(|error| panic!("{error}: {}", run.err));
        assert_eq!(answer["error"]["code"], json!("usage"), "{command:?}");
        let message = answer["error"]["message"].as_str().expect("a text");
        assert!(message.contains("--yes") || message.contains("--confirm"), "{message}");
    }
    assert_eq!(balance_of(&faic, "bob", url), json!("0"));
    node.stop();
}
