//! A node as a process: started, watched, ended.

use std::{
    env, fs,
    io::{Read, Write},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::OnceLock,
    thread,
    time::{Duration, Instant},
};

use crate::{Api, Wires};

/// How long a node may take to start or to stop.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often a condition is looked at.
const GLANCE: Duration = Duration::from_millis(10);

/// The program `faic`, built once for this test binary in its own profile.
///
/// # Panics
/// When it can't be built.
pub fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let test = env::current_exe().expect("a running program has a path");
        let folder = test.ancestors().nth(2).expect("test binaries lie in target/<profile>/deps");
        let mut build = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        build.args(["build", "--quiet", "--package", "faic"]);
        // What cargo told this test about its own package would make build scripts that look at it run again.
        for (name, _) in env::vars_os() {
            if name.to_str().is_some_and(|name| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")) {
                build.env_remove(name);
            }
        }
        if folder.ends_with("release") {
            build.arg("--release");
        }
        build.arg("--target-dir").arg(folder.parent().expect("a profile lies in the target folder"));
        let status = build.status().expect("cargo runs this test, so it can be run");
        assert!(status.success(), "the program faic could not be built");
        folder.join("faic")
    })
}

/// A node in a process of its own; killed when dropped.
pub struct NodeProcess {
    /// The process.
    child: Child,
    /// Its data folder.
    folder: PathBuf,
    /// Its HTTP API.
    api: Api,
}

impl NodeProcess {
    /// Starts `faic dev` on a data folder and a free port, and waits until it answers.
    ///
    /// # Panics
    /// With what the node printed, when it ends or does not answer in time.
    pub fn start(folder: &Path) -> Self {
        Self::start_at(folder, "127.0.0.1:0")
    }

    /// Starts `faic dev` like [`NodeProcess::start`] at an address of its API.
    ///
    /// # Panics
    /// With what the node printed, when it ends or does not answer in time.
    pub fn start_at(folder: &Path, http: &str) -> Self {
        Self::run(folder, &["dev", "--http", http], None)
    }

    /// Starts `faic node` on a data folder that says by itself where the node answers, and waits until it does.
    ///
    /// # Panics
    /// With what the node printed, when it ends or does not answer in time.
    pub fn resume(folder: &Path) -> Self {
        Self::run(folder, &["node"], None)
    }

    /// Starts `faic node --validator` like [`NodeProcess::resume`], so that it votes once its key has stake.
    ///
    /// # Panics
    /// With what the node printed, when it ends or does not answer in time.
    pub fn validate(folder: &Path) -> Self {
        Self::run(folder, &["node", "--validator"], None)
    }

    /// Starts `faic node` like [`NodeProcess::resume`], as the node of that number at the end of cables.
    ///
    /// # Panics
    /// With what the node printed, when it ends or does not answer in time.
    pub fn resume_on(wires: &Wires, number: usize, folder: &Path) -> Self {
        Self::run(folder, &["node"], Some((wires, number)))
    }

    /// Starts the program on a data folder, and waits until it answers.
    fn run(folder: &Path, arguments: &[&str], place: Option<(&Wires, usize)>) -> Self {
        // A restart must not find the address of the process before it.
        let address_file = folder.join("api.addr");
        let _ = fs::remove_file(&address_file);
        let log = fs::OpenOptions::new().create(true).append(true).open(folder.with_extension("log"));
        let log = log.expect("the folder of the test can be written to");
        let mut words = if place.is_some() { Wires::launcher() } else { Vec::new() };
        words.push(program().into());
        let mut child = Command::new(&words[0])
            .args(&words[1..])
            .args(arguments)
            .arg("--data-dir")
            .arg(folder)
            .env("FAIC_LOG", "info")
            .stdin(if place.is_some() { Stdio::piped() } else { Stdio::null() })
            .stdout(log.try_clone().expect("a file can be opened twice"))
            .stderr(log)
            .spawn()
            .expect("the program was just built");
        if let (Some((wires, number)), Some(mut input)) = (place, child.stdin.take()) {
            wires.plug(number, child.id());
            input.write_all(b"\n").expect("the process waits for the line");
        }
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = child.try_wait().expect("the process is ours") {
                panic!("the node ended with {status}:\n{}", printed(folder));
            }
            let api = fs::read_to_string(&address_file).ok().and_then(|address| Api::new(folder, address.trim()));
            if let Some(api) = api.filter(|api| api.try_get("/v1/status").is_some_and(|answer| answer.status == 200)) {
                return Self { child, folder: folder.to_owned(), api };
            }
            if Instant::now() >= deadline {
                let _ = child.kill();
                panic!("the node did not answer in time:\n{}", printed(folder));
            }
            // sleep: between two looks at another process, within a deadline.
            thread::sleep(GLANCE);
        }
    }

    /// The node's HTTP API.
    pub const fn api(&self) -> &Api {
        &self.api
    }

    /// How the process ended, when it did.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().expect("the process is ours")
    }

    /// What the process has printed so far.
    pub fn printed(&self) -> String {
        printed(&self.folder)
    }

    /// Freezes the node: it neither speaks nor hears, as if its network were cut, until it is thawed.
    ///
    /// # Panics
    /// When the operating system refuses.
    pub fn freeze(&self) {
        self.signal("-STOP");
    }

    /// Lets a frozen node go on.
    ///
    /// # Panics
    /// When the operating system refuses.
    pub fn thaw(&self) {
        self.signal("-CONT");
    }

    /// Sends a signal to the process.
    fn signal(&self, signal: &str) {
        let sent = Command::new("kill").args([signal, &self.child.id().to_string()]).status();
        assert!(sent.is_ok_and(|status| status.success()), "{signal} could not be sent to the node");
    }

    /// Ends the node at once, as a power cut would end its process.
    pub fn kill(mut self) {
        self.child.kill().expect("the process is ours");
        self.child.wait().expect("the process is ours");
    }

    /// Asks the node to stop, as an operator would, and waits until it did.
    ///
    /// # Panics
    /// When it does not stop in time.
    pub fn stop(mut self) -> ExitStatus {
        self.signal("-TERM");
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().expect("the process is ours") {
                return status;
            }
            assert!(Instant::now() < deadline, "the node did not stop in time:\n{}", printed(&self.folder));
            // sleep: between two looks at another process, within a deadline.
            thread::sleep(GLANCE);
        }
    }
}

impl Drop for NodeProcess {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What the node of a data folder printed, for the message of a failed test.
fn printed(folder: &Path) -> String {
    let mut text = String::new();
    if let Ok(mut file) = fs::File::open(folder.with_extension("log")) {
        let _ = file.read_to_string(&mut text);
    }
    text
}
