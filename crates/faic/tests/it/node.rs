//! `faic init` and `faic node`: a network of one's own.

use serde_json::json;

use crate::{process::NodeProcess, program::Faic};

/// From an empty folder to a running node of a chain of one's own.
#[test]
fn own_chain() {
    let faic = Faic::new();
    faic.init_chain("data", "faic-x");
    let node = NodeProcess::start(
        &faic,
        &["node", "--data-dir", "data", "--http", "127.0.0.1:0", "--p2p", "/ip4/127.0.0.1/tcp/0"],
    );
    assert_eq!(node.answer["chain_id"], json!("faic-x"));
    let balances = faic.json(&["wallet", "balance", "operator", "--node", node.url()]);
    assert_eq!((&balances["chain_id"], &balances["accounts"][0]["balance"]), (&json!("faic-x"), &json!("7000000000")));
    node.stop();
    assert_eq!(faic.json(&["audit", "--data-dir", "data"])["balances"], json!("7000000000"));
}

/// What is there stays when the folder is made again: keys, token and configuration.
#[test]
fn init_again() {
    let faic = Faic::new();
    let first = faic.json(&["init", "--data-dir", "data"]);
    let token = faic.read("data/api.token");
    faic.write("data/faic.toml", "# mine");
    let second = faic.json(&["init", "--data-dir", "data"]);
    assert_eq!(first, second);
    assert_eq!((faic.read("data/api.token"), faic.read("data/faic.toml").as_str()), (token.clone(), "# mine"));
    let people = faic.run(&["init", "--data-dir", "data"]).out;
    assert!(people.contains("--genesis") && !people.contains(token.trim()), "{people}");
    #[cfg(unix)]
    for secret in ["data/node.key", "data/validator.key", "data/api.token"] {
        assert_eq!(crate::program::mode(&faic.path(secret)), 0o600, "{secret}");
    }
}

/// The configuration file is read, and what it says wrongly is told with its name.
#[test]
fn configuration() {
    let faic = Faic::new();
    faic.init_chain("data", "faic-x");
    faic.write("own.toml", "data_dir = 'data'\n[api]\nlisten = '127.0.0.1:0'\n[network]\nenabled = false\n");
    NodeProcess::start(&faic, &["node", "--config", "own.toml"]).stop();
    for (bad, expected) in [
        ("color = 1", "color"),
        ("[api]\nlisten = 'here'", "listen"),
        ("[consensus]\nhold = '1 fortnight'", "hold"),
        ("[faucet]\namount = '0'", "faucet"),
    ] {
        faic.write("own.toml", bad);
        let line = faic.refuse(1, &["node", "--config", "own.toml"]);
        assert!(line.contains("own.toml") && line.contains(expected), "{bad}: {line}");
    }
    assert!(faic.refuse(1, &["node", "--config", "no.toml"]).contains("no.toml"));
}

/// A folder without a chain, and one whose key the genesis does not name, can't run a node.
#[test]
fn folders_that_cannot_run() {
    let faic = Faic::new();
    faic.json(&["init", "--data-dir", "empty"]);
    let line = faic.refuse(1, &["node", "--data-dir", "empty", "--http", "127.0.0.1:0"]);
    assert!(line.contains("belongs to no chain") && line.contains("faic init --genesis"), "{line}");
    faic.init_chain("data", "faic-x");
    let run = faic.run(&["init", "--data-dir", "stranger", "--genesis", "faic-x.toml"]);
    assert!(run.code == 0 && run.err.starts_with("warning:"), "{}", run.err);
    let line = faic.refuse(1, &["node", "--data-dir", "stranger", "--http", "127.0.0.1:0", "--p2p", "off"]);
    assert!(line.contains("can't decide blocks alone"), "{line}");
    faic.init_chain("other", "faic-y");
    let line = faic.refuse(1, &["init", "--data-dir", "data", "--genesis", "faic-y.toml"]);
    assert!(line.contains("faic-x") && line.contains("faic-y"), "{line}");
    let line = faic.refuse(1, &["audit", "--data-dir", "empty"]);
    assert!(line.contains("no chain"), "{line}");
}

/// A path without a node is told as such and left without a trace; a configuration that names a genesis begins a node.
#[test]
fn no_node_there() {
    let faic = Faic::new();
    for folder in ["typo", "deep/typo"] {
        let line = faic.refuse(1, &["node", "--data-dir", folder, "--http", "127.0.0.1:0"]);
        assert!(line.contains(folder) && line.contains("faic init"), "{line}");
        assert!(!faic.path(folder.split('/').next().expect("a part")).exists());
    }
    std::fs::create_dir(faic.path("empty")).expect("our own folder");
    let line = faic.refuse(1, &["node", "--data-dir", "empty", "--http", "127.0.0.1:0"]);
    assert!(line.contains("empty") && line.contains("faic init"), "{line}");
    assert!(faic.path("empty").read_dir().expect("our own folder").next().is_none());
    faic.init_chain("data", "faic-x");
    faic.write("own.toml", "data_dir = 'new'\ngenesis = 'faic-x.toml'\n");
    let line = faic.refuse(1, &["node", "--config", "own.toml", "--http", "127.0.0.1:0", "--p2p", "off"]);
    assert!(line.contains("no validator.key") && faic.path("new/genesis.json").exists(), "{line}");
}
