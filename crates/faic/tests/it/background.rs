//! Commands that run beside a test on a development network: nobody reads what they say, and they are ended at a bad moment.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Stdio},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::{
    gate::{Gate, Passage},
    process::{NodeProcess, PORTS},
    program::Faic,
};

/// How long another process may take to get somewhere.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often it is looked at.
const GLANCE: Duration = Duration::from_millis(5);

/// A program with the wallets `rich` and `bob`, and a development network.
pub(crate) fn network() -> (Faic, NodeProcess) {
    let faic = Faic::new();
    faic.import_rich();
    faic.new_wallet("bob");
    let node = NodeProcess::dev(&faic, "data");
    (faic, node)
}

/// A program with the wallets `operator`, which has 7 FAIC, and `bob`, and a chain `faic-slow` that has a block, and whose
/// next ones take a minute each.
pub(crate) fn slow_network() -> (Faic, NodeProcess) {
    let faic = Faic::new();
    faic.init_chain("data", "faic-slow");
    faic.new_wallet("bob");
    faic.write(
        "slow.toml",
        "data_dir = 'data'\n[consensus]\nhold = '59s'\nblock_interval_min = '59s'\ntimeout_propose = '60s'\n",
    );
    let node = NodeProcess::start(&faic, &[&["node", "--config", "slow.toml"] as &[&str], &PORTS].concat());
    // The first block comes at once, and with it the chain is known.
    faic.json(&pay("operator", node.url(), &[]));
    faic.json(&["wallet", "balance", "operator", "--node", node.url()]);
    (faic, node)
}

/// The arguments of a payment of one FAIC to bob.
pub(crate) fn pay<'a>(from: &'a str, url: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let fixed = ["wallet", "send", from, "bob", "1", "--yes", "--password-file", "password", "--node", url];
    [&fixed as &[&str], more].concat()
}

/// The arguments that go on with what `rich` signed.
pub(crate) fn resume<'a>(url: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["wallet", "resume", "rich", "--node", url], more].concat()
}

/// Starts a command of which nobody reads what it says.
pub(crate) fn start(faic: &Faic, arguments: &[&str]) -> Child {
    let mut command = faic.command(arguments);
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program was just built")
}

/// Kills it as `kill -9` does.
pub(crate) fn kill(mut child: Child) {
    child.kill().expect("the process is ours");
    child.wait().expect("the process is ours");
}

/// Runs a command that asks at the gate, until a submission is held there, and kills it then.
pub(crate) fn kill_at(faic: &Faic, gate: &Gate, passages: &[Passage], arguments: &[&str]) {
    gate.plan(passages);
    let child = start(faic, arguments);
    gate.wait_until_held();
    kill(child);
}

/// Waits until something is so.
pub(crate) fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < deadline, "{what}");
        // sleep: between two looks at another process, within a deadline.
        thread::sleep(GLANCE);
    }
}

/// Makes some blocks by payments of somebody else.
pub(crate) fn make_blocks(faic: &Faic, url: &str, many: usize) {
    let other = ["wallet", "import", "other", "--index", "1", "--network", "dev", "--mnemonic-file", "public"];
    faic.json(&[&other as &[&str], &["--password-file", "password"]].concat());
    for _ in 0..many {
        faic.json(&["wallet", "send", "other", "other", "1", "--yes", "--password-file", "password", "--node", url]);
    }
}

/// How many transactions wait at a node.
pub(crate) fn waiting(url: &str) -> u64 {
    let bytes = ureq::get(format!("{url}/v1/status")).call().expect("it answers").body_mut().read_to_vec();
    let status: Value = serde_json::from_slice(&bytes.expect("a body")).expect("JSON");
    status["mempool"]["transactions"].as_u64().expect("a number")
}

/// What an account of a wallet has, in nano.
pub(crate) fn balance_of(faic: &Faic, wallet: &str, url: &str) -> Value {
    faic.json(&["wallet", "balance", wallet, "--node", url])["accounts"][0]["balance"].clone()
}

/// The folder of what a wallet signed.
pub(crate) fn record_folder(faic: &Faic, wallet: &str) -> PathBuf {
    faic.path(".local/share/faic/wallets/payments").join(wallet)
}

/// The records, or batches, of a folder.
pub(crate) fn documents(folder: &Path) -> Vec<PathBuf> {
    let files = fs::read_dir(folder).expect("the folder is there").map(|file| file.expect("a file").path());
    files.filter(|path| path.extension().is_some_and(|end| end == "json")).collect()
}

/// The states of the records of a wallet, in the order of their names.
pub(crate) fn states(faic: &Faic, wallet: &str) -> Vec<String> {
    let mut states: Vec<String> = documents(&record_folder(faic, wallet)).iter().map(|path| state(path)).collect();
    states.sort();
    states
}

/// The state of a record.
pub(crate) fn state(path: &Path) -> String {
    let document: Value = serde_json::from_slice(&fs::read(path).expect("our own file")).expect("JSON");
    document["content"]["state"].as_str().expect("a state").to_owned()
}

/// Sets the permission bits of a file or folder.
pub(crate) fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("our own file");
}
