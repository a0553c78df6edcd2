//! A node as a process of its own, which answers over its real HTTP API until it is asked to stop.

use std::{
    fs::File,
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Deserializer, Value};

use crate::program::Faic;

/// Has a node listen on free ports of this machine.
pub(crate) const PORTS: [&str; 4] = ["--http", "127.0.0.1:0", "--p2p", "/ip4/127.0.0.1/tcp/0"];
/// How long a node may take to stop.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often it is looked at.
const GLANCE: Duration = Duration::from_millis(5);

/// A running node; killed when dropped.
pub(crate) struct NodeProcess {
    /// The process.
    child: Child,
    /// What it told when it was ready.
    pub(crate) answer: Value,
}

impl NodeProcess {
    /// Starts `faic dev` on a data folder in the program's home, and waits until it is ready.
    pub(crate) fn dev(faic: &Faic, data_dir: &str) -> Self {
        Self::start(faic, &["dev", "--data-dir", data_dir, "--http", "127.0.0.1:0"])
    }

    /// Starts a node, and waits until it tells that it is ready.
    pub(crate) fn start(faic: &Faic, arguments: &[&str]) -> Self {
        let log = File::create(faic.path("node.log")).expect("the temporary folder can be written to");
        let mut command = faic.command(&[arguments, &["--json"]].concat());
        let mut child = command.stdout(Stdio::piped()).stderr(log).spawn().expect("the program was just built");
        let out = child.stdout.take().expect("it is piped");
        // The pipe ends with the process, so this waits for readiness or for the end, whichever comes first.
        let answer = Deserializer::from_reader(out).into_iter().next().and_then(Result::ok);
        let answer = answer.unwrap_or_else(|| panic!("the node did not start: {}", faic.read("node.log")));
        Self { child, answer }
    }

    /// Where it answers.
    pub(crate) fn url(&self) -> &str {
        self.answer["url"].as_str().expect("a node tells where it answers")
    }

    /// Sends a signal by its name, and waits until the process ended.
    pub(crate) fn signal(mut self, name: &str) -> ExitStatus {
        let sent = Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status();
        assert!(sent.is_ok_and(|status| status.success()), "the signal could not be sent");
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().expect("the process is ours") {
                return status;
            }
            assert!(Instant::now() < deadline, "the node did not stop in time");
            // sleep: between two looks at another process, within a deadline.
            thread::sleep(GLANCE);
        }
    }

    /// Asks it to stop, which it must do cleanly.
    pub(crate) fn stop(self) {
        assert_eq!(self.signal("TERM").code(), Some(0));
    }
}

impl From<Child> for NodeProcess {
    /// A node that somebody else started, of which nothing is told.
    fn from(child: Child) -> Self {
        Self { child, answer: Value::Null }
    }
}

impl Drop for NodeProcess {
    fn drop(&mut self) {
        // It has ended already where the test stopped it.
        let _ended = self.child.kill();
        let _ended = self.child.wait();
    }
}
