//! A node joins, gets stake, votes, and gives its stake back: with the program that an operator uses.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use faic_e2e::{Network, program};
use faic_ledger::genesis::Parameters;
use faic_node::dev;
use serde_json::Value;

/// What the new validator has at stake, in FAIC: nearly as much as each of the others, so that its vote is often needed.
const STAKE: &str = "900000";

/// The program with a keystore that holds the first rich account as the wallet `rich`.
struct Operator {
    /// The folder with keystore, words and password.
    folder: PathBuf,
    /// Where the node that it asks answers.
    node: String,
}

impl Operator {
    /// Imports the wallet.
    fn new(folder: &Path, node: &str) -> Self {
        let operator = Self { folder: folder.to_owned(), node: node.to_owned() };
        fs::write(folder.join("words"), dev::PUBLIC_MNEMONIC).unwrap();
        fs::write(folder.join("password"), "correct horse").unwrap();
        operator.run(&[
            "wallet",
            "import",
            "rich",
            "--network",
            "dev",
            "--mnemonic-file",
            "words",
            "--password-file",
            "password",
        ]);
        operator
    }

    /// The program with these arguments, its keystore and its node.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(program());
        command.args(arguments).arg("--json").current_dir(&self.folder);
        command.env("FAIC_KEYSTORE", self.folder.join("keystore")).env("FAIC_NODE", &self.node);
        command
    }

    /// Runs a command, which must succeed, and reads its answer.
    fn run(&self, arguments: &[&str]) -> Value {
        let done = self.command(arguments).output().unwrap();
        assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
        serde_json::from_slice(&done.stdout).unwrap()
    }

    /// Makes a transaction with the wallet, which must become final.
    fn act(&self, arguments: &[&str]) -> Value {
        let fixed = ["--yes", "--password-file", "password"];
        let answer = self.run(&[&["wallet"], arguments, &fixed].concat());
        assert_eq!(answer["state"], "final");
        answer
    }

    /// Tries a transaction with the wallet; the code of its refusal, where it is refused.
    fn refused(&self, arguments: &[&str]) -> Option<String> {
        let fixed = ["--yes", "--password-file", "password"];
        let done = self.command(&[&["wallet"], arguments, &fixed].concat()).output().unwrap();
        let refusal = || serde_json::from_slice::<Value>(&done.stderr).unwrap()["error"]["code"].clone();
        (!done.status.success()).then(|| refusal().as_str().unwrap().to_owned())
    }

    /// What the wallet has, in nano.
    fn balance(&self) -> u64 {
        let balance = self.run(&["wallet", "balance", "rich"])["accounts"][0]["balance"].clone();
        balance.as_str().unwrap().parse().unwrap()
    }

    /// Whether the key decides the next block.
    fn votes(&self, key: &str) -> bool {
        let validators = self.run(&["validators"]);
        validators["validators"].as_array().unwrap().iter().any(|validator| validator["key"] == key)
    }
}

/// A fifth node follows with a key that has no stake; once somebody bonds for it, its signature stands in certificates,
/// also after a restart; after the unbond it follows again, and its operator's money is on its way back.
#[test]
fn a_full_node_becomes_a_validator() {
    let base = tempfile::tempdir().unwrap();
    let mut network = Network::start(base.path(), 4);
    let joined = network.join_to_validate();
    network.reaches(joined, network.height(0));
    let operator = Operator::new(base.path(), network.api(0).url());
    let folder = network.folder(joined).display().to_string();
    let address = operator.run(&["wallet", "list"])["wallets"][0]["address"].as_str().unwrap().to_owned();
    // The node runs meanwhile.
    let proof = operator.run(&["validator", "possession", "--data-dir", &folder, "--operator", &address]);
    let key = proof["key"].as_str().unwrap().to_owned();
    assert!(!operator.votes(&key));
    let status = || operator.run(&["status", "--node", network.api(joined).url()]);
    assert_eq!(status()["node_type"], "full");

    let possession = proof["possession"].as_str().unwrap();
    operator.act(&["bond", "rich", STAKE, "--key", &key, "--possession", possession]);
    assert!(operator.votes(&key));
    signs(&network, joined, &key);
    assert_eq!(status()["node_type"], "validator");
    network.kill(joined);
    network.restart(joined);
    signs(&network, joined, &key);
    let status = operator.run(&["status", "--node", network.api(joined).url()]);
    assert_eq!((&status["validator"], &status["votes"]), (&Value::from(key.as_str()), &Value::from(true)));

    operator.act(&["bond", "rich", "1", "--data-dir", &folder]);
    operator.act(&["unbond", "rich", "900001"]);
    assert!(!operator.votes(&key));
    let candidates = operator.run(&["validators"])["candidates"].clone();
    let ours = candidates.as_array().unwrap().iter().find(|candidate| candidate["key"] == key.as_str()).unwrap();
    assert_eq!((&ours["stake"], &ours["unbonding"][0]["amount"]), (&"0".into(), &"900001000000000".into()));
    let height = network.height(0);
    network.reaches(joined, height + 1);
    network.agrees();
    network.stop();
}

/// Waits until a certificate that comes after now has the key's signature, as the node itself keeps it.
fn signs(network: &Network, number: usize, key: &str) {
    let from = network.height(number) + 1;
    let mut height = from;
    network.until("the new validator's signature is in a certificate", || {
        let answer = network.api(number).get(&format!("/v1/blocks/{height}/certificate"));
        let Some(signatures) = answer.body["signatures"].as_array() else { return false };
        height += 1;
        signatures.iter().any(|signature| signature["validator"] == key)
    });
}

/// A validator that is away for too long is jailed and returns by an unjail; what its operator unbonds comes back to the
/// balance by a withdrawal once its time has passed, and not before.
#[test]
fn stake_comes_back() {
    let base = tempfile::tempdir().unwrap();
    let parameters = Parameters {
        unbonding_blocks: 12,
        unbonding_seconds: 1,
        absent_blocks_max: 10,
        jail_blocks: 3,
        ..Parameters::default()
    };
    let mut network = Network::start_by(base.path(), 4, parameters);
    let joined = network.join_to_validate();
    let operator = Operator::new(base.path(), network.api(0).url());
    let folder = network.folder(joined).display().to_string();
    operator.act(&["bond", "rich", STAKE, "--data-dir", &folder]);
    let ours = || {
        let candidates = operator.run(&["validators"])["candidates"].as_array().unwrap().clone();
        candidates.into_iter().find(|candidate| candidate["stake"] == "900000000000000")
    };
    let key = ours().unwrap()["key"].as_str().unwrap().to_owned();
    signs(&network, joined, &key);

    network.kill(joined);
    network.until("the absent validator is jailed", || ours().is_some_and(|ours| ours["status"] == "jailed"));
    assert!(!operator.votes(&key));
    let since = ours().unwrap()["since"].as_u64().unwrap();
    network.restart(joined);
    network.reaches(joined, since + parameters.jail_blocks);
    operator.act(&["unjail", "rich"]);
    assert_eq!(ours().unwrap()["status"], "active");
    signs(&network, joined, &key);

    operator.act(&["unbond", "rich", STAKE]);
    let unbonded = network.height(0);
    let early = Some("staking_too_early".to_owned());
    assert_eq!(operator.refused(&["withdraw", "rich"]), early);
    let before = operator.balance();
    network.reaches(0, unbonded + parameters.unbonding_blocks);
    network.until("its time has passed too", || {
        let refused = operator.refused(&["withdraw", "rich"]);
        assert!(refused.is_none() || refused == early);
        refused.is_none()
    });
    let came = operator.balance() - before;
    assert!((899_999_000_000_000..900_000_000_000_000).contains(&came), "{came} nano came back, less the fee");
    network.stop();
}

/// A running node's peers are listed, disconnected and connected again, and it says that it has caught up.
#[test]
fn peers_come_and_go() {
    let base = tempfile::tempdir().unwrap();
    let mut network = Network::start(base.path(), 1);
    let joined = network.join();
    let (operator, folder) = (Operator::new(base.path(), network.api(joined).url()), network.folder(joined));
    let token = folder.join("api.token").display().to_string();
    let peers = || operator.run(&["peers", "list"])["peers"].as_array().unwrap().clone();
    network.until("the node has a peer", || !peers().is_empty());
    let peer = peers().remove(0);
    let (id, address) = (peer["id"].as_str().unwrap(), peer["address"].as_str().unwrap());
    assert_eq!(operator.run(&["peers", "state", id])["chain_id"], network.chain_id().as_str());
    assert_eq!(operator.run(&["peers", "nodes"])["nodes"][0]["id"], id);
    let synced = operator.run(&["peers", "sync", "--token-file", &token]);
    assert_eq!((&synced["done"], &synced["peers"]), (&true.into(), &1.into()));
    let data_dir = folder.display().to_string();
    assert_eq!(operator.run(&["peers", "disconnect", id, "--data-dir", &data_dir])["id"], id);
    let connected = operator.run(&["peers", "connect", address, "--token-file", &token]);
    assert_eq!(connected["id"], id);
    assert_eq!(operator.run(&["status"])["node_type"], "full");
    network.stop();
}
