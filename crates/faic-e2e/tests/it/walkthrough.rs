//! The README, the guides of operators and of the command line, and the walkthrough of the HTTP API are executed; the
//! walkthrough shows every endpoint and every error code; translations show the same.

use std::{collections::BTreeSet, env, fs, path::Path};

use faic_core::{
    Amount, Authority, BasicCrypto, ChainId, KeyManager, Network, SignedTransaction,
    crypto::sign_transaction,
    derivation::{AccountPath, derive_account_key},
    mnemonic::Mnemonic,
    transaction::{Output, TransactionBuilder},
};
use faic_e2e::{Document, NodeProcess, program, walkthrough::shell};
use faic_node::{ErrorCode, dev};
use serde_json::Value;

/// The walkthrough.
const ENGLISH: &str = "docs/api.md";
/// Its translation.
const CHINESE: &str = "docs/api.zh-CN.md";

/// A file of the workspace.
fn text(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every command of the walkthrough prints what the document says.
#[test]
fn walkthrough_is_true() {
    check_commands(ENGLISH);
}

/// Every command of the README's quick start prints what the document says.
#[test]
fn readme_is_true() {
    check_commands("README.md");
}

/// Every command of the operator's guide prints what the document says.
#[test]
fn operations_are_true() {
    check_commands("docs/operations.md");
}

/// Every command of the page on the command line prints what the document says.
#[test]
fn command_line_is_true() {
    check_commands("docs/cli.md");
}

/// Every command of the page on the wallet prints what the document says.
#[test]
fn wallet_is_true() {
    check_commands("docs/wallet.md");
}

/// Every command of the page on signing elsewhere prints what the document says.
#[test]
fn signing_elsewhere_is_true() {
    check_commands("docs/offline.md");
}

/// Runs the commands of a document against a development network of their own.
#[expect(clippy::print_stdout, reason = "whoever reads the test's output should know that it was skipped")]
fn check_commands(document: &str) {
    if let Some(program) = shell::missing(&["bash", "curl", "sed", "grep"]) {
        println!("skipped: this machine has no {program}, which the commands of {document} need");
        return;
    }
    let folder = tempfile::tempdir().expect("the system has a folder for temporary files");
    let node = NodeProcess::start(&folder.path().join("node"));
    let shell_folder = folder.path().join("shell");
    fs::create_dir(&shell_folder).expect("a temporary folder can be written to");
    let bin = program().parent().expect("a program lies in a folder").display().to_string();
    let path = format!("{bin}:{}", env::var("PATH").expect("programs are found by PATH"));
    let (url, token) = (node.api().url(), node.api().token());
    let variables = [("NODE", url), ("TOKEN", token), ("FAIC_NODE", url), ("PATH", path.as_str())];
    let document = Document::read(document);
    assert!(!document.steps().is_empty());
    if let Err(differences) = document.run(&shell_folder, &variables) {
        panic!("{differences}");
    }
    assert!(node.stop().success());
}

/// The walkthrough calls every endpoint of the API's document.
#[test]
fn walkthrough_shows_every_endpoint() {
    let document: Value = serde_json::from_str(&text("openapi/faic.json")).unwrap();
    let requests = Document::read(ENGLISH).requests();
    let mut missing = BTreeSet::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for method in operations.as_object().unwrap().keys().map(|method| method.to_uppercase()) {
            if !requests.iter().any(|(used, target)| *used == method && is_at(path, target)) {
                missing.insert(format!("{method} {path}"));
            }
        }
    }
    assert!(missing.is_empty(), "{ENGLISH} does not show {missing:?}");
}

/// Whether a request's target is an instance of a path with parameters in braces.
fn is_at(path: &str, target: &str) -> bool {
    let (parts, targets): (Vec<_>, Vec<_>) = (path.split('/').collect(), target.split('/').collect());
    let fits = |(part, target): (&&str, &&str)| part == target || (part.starts_with('{') && !target.is_empty());
    parts.len() == targets.len() && parts.iter().zip(&targets).all(fits)
}

/// A literal path beside one with a parameter is told apart from it.
#[test]
fn targets_are_instances_of_paths() {
    assert!(is_at("/v1/wallets/{name}", "/v1/wallets/alice") && is_at("/v1/status", "/v1/status"));
    assert!(!is_at("/v1/wallets/{name}", "/v1/wallets/") && !is_at("/v1/wallets", "/v1/wallets/alice"));
}

/// The translations have the same commands and the same answers.
#[test]
fn translations_show_the_same() {
    let pairs = [
        (ENGLISH, CHINESE),
        ("README.md", "README.zh-CN.md"),
        ("docs/operations.md", "docs/operations.zh-CN.md"),
        ("docs/cli.md", "docs/cli.zh-CN.md"),
        ("docs/wallet.md", "docs/wallet.zh-CN.md"),
        ("docs/offline.md", "docs/offline.zh-CN.md"),
    ];
    for (english, chinese) in pairs {
        let (english, chinese) = (Document::read(english), Document::read(chinese));
        for (english, chinese) in english.steps().iter().zip(chinese.steps()) {
            assert_eq!((&english.command, &english.expected), (&chinese.command, &chinese.expected));
        }
        assert_eq!(english.steps().len(), chinese.steps().len());
    }
}

/// Both documents list every error code with its status, its kind and whether to try again.
#[test]
fn error_codes_are_listed() {
    for path in [ENGLISH, CHINESE] {
        let text = text(path);
        let listed: Vec<Vec<&str>> = text
            .lines()
            .filter_map(|line| line.strip_prefix("| `"))
            .map(|row| row.split('|').map(|cell| cell.trim().trim_matches('`')).collect())
            .collect();
        for code in ErrorCode::ALL {
            let status = code.http_status().to_string();
            let again = if code.is_retryable() { "✓" } else { "" };
            let row = listed.iter().find(|row| row.first() == Some(&code.name()));
            let Some([_, found_status, kind, found_again, ..]) = row.map(Vec::as_slice) else {
                panic!("{path} does not list {code}");
            };
            assert_eq!(
                (*found_status, *kind, *found_again),
                (status.as_str(), code.kind().name(), again),
                "{path}: {code}"
            );
        }
    }
}

/// The signed transaction that the walkthrough submits: the fifth public account pays 5 FAIC to the first.
fn example() -> SignedTransaction {
    let seed = Mnemonic::parse(dev::PUBLIC_MNEMONIC).expect("it is a mnemonic").to_seed("");
    let key = derive_account_key(&seed, Network::Dev, AccountPath::new(0, 4).expect("small numbers fit"));
    let authority = Authority::single(key.public_key());
    let outputs = vec![Output {
        to: dev::accounts()[0].address,
        amount: Amount::from_faic(5).expect("below the supply"),
        memo: "signed elsewhere".to_owned(),
    }];
    let body = TransactionBuilder::transfer(ChainId::new(dev::CHAIN_ID).expect("it is a chain id"), authority, outputs)
        .valid_until(1_000_000)
        .build(20)
        .expect("it keeps every rule");
    sign_transaction(&BasicCrypto { key_manager: KeyManager::from_iter([key]) }, body).expect("the key is at hand")
}

/// The transaction in the walkthrough is the one that a wallet would sign; it is shown when it is not.
#[test]
fn signed_example_is_in_the_walkthrough() {
    let bytes = hex::encode(example().to_bytes());
    assert!(text(ENGLISH).contains(&bytes), "{ENGLISH} should submit {bytes}, which is {}", example().id());
}
