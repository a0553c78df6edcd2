//! `faic init` and `faic node`: a network of one's own.

use std::time::{Duration, Instant};

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

/// A validator whose journal is gone does not begin: nothing is announced, and nothing is left in the journal's place.
#[test]
fn lost_journal() {
    let faic = Faic::new();
    faic.init_chain("data", "faic-x");
    let start = ["node", "--data-dir", "data", "--http", "127.0.0.1:0", "--p2p", "off"];
    let node = NodeProcess::start(&faic, &start);
    let deadline = Instant::now() + Duration::from_secs(60);
    while faic.json(&["status", "--node", node.url()])["height"] == 0 {
        assert!(Instant::now() < deadline, "there is no block");
    }
    node.stop();
    std::fs::remove_dir_all(faic.path("data/consensus")).unwrap();
    let line = faic.refuse(1, &start);
    assert!(line.contains("journal") && line.contains("vote_from"), "{line}");
    assert!(!faic.path("data/consensus").exists());

    // With the height named it follows, and says from where on it votes.
    let config = "data_dir = 'data'\n[api]\nlisten = '127.0.0.1:0'\n[network]\nenabled = false\n";
    faic.write("own.toml", &format!("{config}[consensus]\nvote_from = 1000\n"));
    let node = NodeProcess::start(&faic, &["node", "--config", "own.toml"]);
    let deadline = Instant::now() + Duration::from_secs(60);
    while faic.json(&["status", "--node", node.url()])["vote_from"] != json!(1000) {
        assert!(Instant::now() < deadline, "the status does not say from where on it votes");
    }
    let people = faic.run(&["status", "--node", node.url()]).out;
    assert!(people.contains("restrains from voting before height 1000"), "{people}");
    node.stop();
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

/// A node that is to validate makes its key and follows; its possession is proved while it runs, and only for a bond
/// with what belongs to it.
#[test]
fn validator_without_stake() {
    let faic = Faic::new();
    faic.init_chain("data", "faic-x");
    faic.import_rich();
    let at = ["--http", "127.0.0.1:0", "--listen", "/ip4/127.0.0.1/tcp/0,/ip4/127.0.0.1/udp/0/quic-v1"];
    let fresh = ["node", "--data-dir", "fresh", "--genesis", "faic-x.toml", "--validator"];
    let node = NodeProcess::start(&faic, &[&fresh as &[&str], &at].concat());
    let key = node.answer["validator_key"].as_str().expect("it was made").to_owned();
    assert_eq!(node.answer["votes"], json!(false));
    let status = faic.json(&["status", "--node", node.url()]);
    assert_eq!((&status["validator"], &status["votes"]), (&json!(key), &json!(false)));
    let people = faic.run(&["status", "--node", node.url()]).out;
    assert!(people.contains("does not vote"), "{people}");
    let operator = faic.json(&["wallet", "list"])["wallets"][0]["address"].as_str().expect("an address").to_owned();
    let proof = faic.json(&["validator", "possession", "--data-dir", "fresh", "--operator", &operator]);
    assert_eq!(proof["key"], json!(key));
    let line = faic.refuse(2, &["validator", "possession", "--data-dir", "fresh", "--operator", "nobody"]);
    assert!(line.contains("--operator"), "{line}");
    let line = faic.refuse(1, &["validator", "possession", "--data-dir", "none", "--operator", &operator]);
    assert!(line.contains("no data folder"), "{line}");
    // The proof is the operator's, not that of another wallet. The chain has no block that could be proved.
    let possession = proof["possession"].as_str().expect("a signature");
    let asked = ["wallet", "bond", "operator", "1", "--yes", "--password-file", "password", "--node", node.url()];
    let asked = [&asked as &[&str], &["--unverified"]].concat();
    let line = faic.refuse(1, &[&asked as &[&str], &["--key", &key, "--possession", &"ab".repeat(64)]].concat());
    assert!(line.contains("possession") && line.contains("nothing was sent"), "{line}");
    let line = faic.refuse(
        1,
        &[&asked as &[&str], &["--key", &key, "--possession", possession, "--fee-max", "0.000000001"]].concat(),
    );
    assert!(line.contains("--fee-max"), "{line}");
    assert!(faic.refuse(2, &asked).contains("--data-dir"));
    node.stop();
    let node =
        NodeProcess::start(&faic, &[&["node", "--data-dir", "fresh", "--no-validator"] as &[&str], &at].concat());
    assert!(node.answer.get("validator_key").is_none());
    node.stop();
}

/// What a node is told about its network must make sense.
#[test]
fn networks_that_make_no_sense() {
    let faic = Faic::new();
    faic.init_chain("data", "faic-x");
    let node = ["node", "--data-dir", "data", "--http", "127.0.0.1:0"];
    for (code, options, expected) in [
        (2, vec!["--p2p", "off", "--join", "/ip4/192.0.2.1/tcp/8421"], "no network"),
        (2, vec!["--join", "192.0.2.1:8421"], "--join"),
        (2, vec!["--validator", "--no-validator"], "--no-validator"),
    ] {
        let line = faic.refuse(code, &[&node as &[&str], &options].concat());
        assert!(line.contains(expected), "{line}");
    }
    let line = faic.refuse(2, &["peers", "state", "somebody"]);
    assert!(line.contains("12D3KooW"), "{line}");
    let line = faic.refuse(1, &["peers", "sync", "--data-dir", "none"]);
    assert!(line.contains("--token-file"), "{line}");
}
