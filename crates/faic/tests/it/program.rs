//! Running the program in a folder of its own, so that a test neither sees nor touches the user's wallets.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

use faic_core::{
    Authority, Network,
    derivation::AccountPath,
    keystore::{KdfParams, Keystore, WalletEntry, WalletSecret},
    mnemonic::{Language, Mnemonic, WordCount},
};
use serde_json::{Value, json};
use tempfile::TempDir;

/// A password that is long enough.
pub(crate) const PASSWORD: &str = "correct horse battery";
/// An address at which nobody listens: the port of a service that no machine runs any more.
pub(crate) const NOBODY: &str = "http://127.0.0.1:1";

/// The mnemonic of the development network, which everybody knows.
pub(crate) const PUBLIC: &str = "test test test test test test test test test test test junk";
/// Where the program keeps its wallets, in the home folder.
pub(crate) const WALLETS: &str = ".local/share/faic/wallets";

/// How long another process may take to write something.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often its output is looked at.
const GLANCE: Duration = Duration::from_millis(5);

/// The arguments of a wallet command with the password's file.
pub(crate) fn with_password<'a>(command: &[&'a str]) -> Vec<&'a str> {
    [&["wallet"], command, &["--password-file", "password"]].concat()
}

/// The arguments of a wallet command that sends by way of the node at `url`, without asking.
pub(crate) fn on<'a>(url: &'a str, command: &[&'a str]) -> Vec<&'a str> {
    [&with_password(command) as &[&str], &["--yes", "--node", url]].concat()
}

/// The program with a home folder of its own.
pub(crate) struct Faic {
    /// The home folder, removed when dropped.
    home: TempDir,
}

/// How one run of the program ended.
pub(crate) struct Run {
    /// The exit code.
    pub(crate) code: i32,
    /// What it wrote to standard output.
    pub(crate) out: String,
    /// What it wrote to standard error.
    pub(crate) err: String,
}

impl Faic {
    /// A program without wallets, with a file `password`.
    pub(crate) fn new() -> Self {
        let faic = Self { home: TempDir::new().expect("a temporary folder") };
        faic.write("password", &format!("{PASSWORD}\n"));
        faic
    }

    /// The path of a file in the home folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// Writes a file in the home folder.
    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).expect("the temporary folder can be written to");
    }

    /// Reads a file in the home folder.
    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Waits until a file in the home folder holds a text.
    pub(crate) fn wait_for_text(&self, name: &str, text: &str) {
        let deadline = Instant::now() + PATIENCE;
        while !fs::read_to_string(self.path(name)).is_ok_and(|found| found.contains(text)) {
            assert!(Instant::now() < deadline, "{text} did not appear in {name}");
            // sleep: between two looks at the output of another process, within a deadline.
            thread::sleep(GLANCE);
        }
    }

    /// A run of the program that is yet to be started, without a terminal and in the home folder.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_faic"));
        command.args(arguments).current_dir(self.home.path()).stdin(Stdio::null());
        command.env_clear().env("HOME", self.home.path()).env("FAIC_NODE", NOBODY).env("FAIC_LOG", "error");
        command
    }

    /// Runs the program.
    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        self.command(arguments).output().expect("the program was just built").into()
    }

    /// Runs the program with `--json`, which must succeed, and reads its answer.
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        let run = self.run(&[arguments, &["--json"]].concat());
        assert_eq!(run.code, 0, "{arguments:?}: {}", run.err);
        assert_eq!(run.err, "", "{arguments:?}");
        serde_json::from_str(&run.out).expect("one JSON document")
    }

    /// Makes a new wallet of the development network, and gives its name, address and mnemonic.
    pub(crate) fn new_wallet(&self, name: &str) -> Value {
        self.keep_wallet(name, Mnemonic::generate(WordCount::TwentyFour, Language::English).expect("randomness"))
    }

    /// Makes the wallet `rich` of the first account of the development network, and the file `public` with its words.
    pub(crate) fn import_rich(&self) {
        self.write("public", PUBLIC);
        self.keep_wallet("rich", Mnemonic::parse(PUBLIC).expect("well-known words"));
    }

    /// Puts the wallet of a mnemonic where the program looks for it, at the least cost of its password that is accepted:
    /// that of a wallet which the program makes would be most of what the tests take.
    fn keep_wallet(&self, name: &str, mnemonic: Mnemonic) -> Value {
        let (network, path, phrase) = (Network::Dev, AccountPath::default(), mnemonic.phrase().to_string());
        let secret = WalletSecret::new(mnemonic, "").expect("no passphrase");
        let address = Authority::single(secret.account_key(network, path).public_key()).address();
        let entry = WalletEntry::new(name.parse().expect("a name"), network, path, address);
        let keystore = Keystore::open_with(&self.path(WALLETS), KdfParams::LEAST).expect("our own folder");
        keystore.create(&entry, PASSWORD, &secret).expect("there is none of that name");
        json!({ "name": name, "address": address.encode(network), "mnemonic": phrase })
    }

    /// Makes a data folder for the only validator of a chain, and the wallet `operator` with 7 FAIC; the genesis document
    /// is the chain's name with `.toml`.
    pub(crate) fn init_chain(&self, data_dir: &str, chain_id: &str) {
        self.init_chain_with(data_dir, chain_id, &[]);
    }

    /// The same with further options of the genesis document.
    pub(crate) fn init_chain_with(&self, data_dir: &str, chain_id: &str, more: &[&str]) {
        let list = self.json(&["wallet", "list"]);
        let known = list["wallets"].as_array().into_iter().flatten().find(|wallet| wallet["name"] == "operator");
        let operator = known.cloned().unwrap_or_else(|| self.new_wallet("operator"));
        let operator = operator["address"].as_str().expect("an address");
        let made = self.json(&["init", "--data-dir", data_dir]);
        let key = made["validator_key"].as_str().expect("a key");
        let (validator, balance) = (format!("{key},{operator},100"), format!("{operator}=7"));
        let file = format!("{chain_id}.toml");
        let genesis = ["genesis", "new", "--chain-id", chain_id, "--network", "dev", "--out", &file];
        self.json(&[&genesis as &[&str], &["--validator", &validator, "--balance", &balance], more].concat());
        self.json(&["init", "--data-dir", data_dir, "--genesis", &file]);
    }

    /// Runs the program, which must fail with that code and one line, and gives the line.
    pub(crate) fn refuse(&self, code: i32, arguments: &[&str]) -> String {
        let run = self.run(arguments);
        assert_eq!(run.code, code, "{arguments:?}: {}{}", run.out, run.err);
        assert_eq!(run.out, "", "{arguments:?}");
        assert_eq!(run.err.lines().count(), 1, "{arguments:?}: {}", run.err);
        run.err.strip_prefix("error: ").unwrap_or_else(|| panic!("{}", run.err)).trim_end().to_owned()
    }

    /// Runs the program with `--json`, which must fail with that exit code and one document, and gives the code and the
    /// message.
    pub(crate) fn refuse_json(&self, exit: i32, arguments: &[&str]) -> (String, String) {
        let run = self.run(&[arguments, &["--json"]].concat());
        assert_eq!(run.code, exit, "{arguments:?}: {}{}", run.out, run.err);
        run.error()
    }
}

impl Run {
    /// The code and the message of a failure that was told with `--json`.
    pub(crate) fn error(&self) -> (String, String) {
        assert_eq!(self.out, "", "{}", self.err);
        let answer: Value = serde_json::from_str(&self.err).unwrap_or_else(|error| panic!("{error}: {}", self.err));
        let text = |field: &str| answer["error"][field].as_str().expect("a text").to_owned();
        (text("code"), text("message"))
    }
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("the program writes UTF-8");
        let code = output.status.code().expect("the program is not killed");
        Self { code, out: text(output.stdout), err: text(output.stderr) }
    }
}

/// The permission bits of a file.
#[cfg(unix)]
pub(crate) fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).expect("the file is there").permissions().mode() & 0o777
}
