//! Signals: a wallet command ends with one line or one document, says what was sent, and leaves the terminal as it was.

use std::{
    env,
    fs::OpenOptions,
    io::Write,
    net::TcpListener,
    os::unix::process::CommandExt,
    process::{Child, Command, Stdio},
};

use rustix::process::{Pid, Signal, ioctl_tiocsctty, kill_process, setsid};
use serde_json::Value;

use crate::{
    background::{pay, slow_network, wait_until, waiting},
    program::{Faic, Run},
    terminal::Terminal,
};

/// The variable that tells [`on_a_terminal`] which terminal it is to be on.
const TERMINAL: &str = "FAIC_TEST_TERMINAL";
/// The variable that tells [`on_a_terminal`] the program's arguments, one a line.
const ARGUMENTS: &str = "FAIC_TEST_ARGUMENTS";

/// Starts the program with its output piped.
fn start(faic: &Faic, arguments: &[&str]) -> Child {
    let mut command = faic.command(arguments);
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program was just built")
}

/// Sends a signal, and gives how the program ended.
fn interrupt(child: Child, signal: Signal) -> Run {
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw).expect("a process id");
    kill_process(pid, signal).expect("the process is ours");
    child.wait_with_output().expect("the process is ours").into()
}

/// The document of a failure, after checking that there is nothing else.
fn document(run: &Run) -> Value {
    assert_eq!((run.code, run.out.as_str()), (1, ""), "{}", run.err);
    serde_json::from_str(&run.err).unwrap_or_else(|error| panic!("{error}: {}", run.err))
}

/// A command that waits for a node ends with one line, or one document for programs.
#[test]
fn while_a_node_is_asked() {
    let faic = Faic::new();
    faic.new_wallet("ann");
    let silent = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}", silent.local_addr().expect("it listens"));
    for signal in [Signal::INT, Signal::TERM] {
        let child = start(&faic, &["wallet", "balance", "ann", "--node", &url]);
        let _asked = silent.accept().expect("the program asks");
        let run = interrupt(child, signal);
        assert_eq!((run.code, run.out.as_str(), run.err.as_str()), (1, "", "error: interrupted by a signal\n"));
    }
    let pay = ["wallet", "send", "ann", "ann", "1", "--yes", "--password-file", "password", "--node", &url, "--json"];
    let child = start(&faic, &pay);
    let _asked = silent.accept().expect("the program asks");
    let answer = document(&interrupt(child, Signal::TERM));
    assert_eq!(answer["error"]["code"], "interrupted");
    assert!(answer["error"]["message"].as_str().is_some_and(|message| message.ends_with("nothing was sent")));
}

/// A payment that was sent already is named, with where to look for its end.
#[test]
fn after_a_payment_was_sent() {
    let (faic, node) = slow_network();
    let child = start(&faic, &pay("operator", node.url(), &["--json"]));
    wait_until("the payment did not reach the node", || waiting(node.url()) == 1);
    // The node has it before the program has the answer; either way the payment is named.
    let answer = document(&interrupt(child, Signal::INT));
    assert_eq!(answer["error"]["code"], "interrupted");
    let message = answer["error"]["message"].as_str().expect("a message");
    let id = message.split_whitespace().find(|word| word.len() == 64).unwrap_or_else(|| panic!("{message}"));
    assert!(id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{message}");
    assert!(message.contains("`faic wallet history operator` tells whether it became final"), "{message}");
    node.stop();
}

/// Starts the program on a terminal, with standard error in a pipe.
fn start_on(terminal: &Terminal, faic: &Faic, arguments: &[&str]) -> Child {
    let mut command = Command::new(env::current_exe().expect("this test has a path"));
    command.args(["--exact", "interruption::on_a_terminal", "--ignored"]);
    command.current_dir(faic.path("")).env_clear().env("HOME", faic.path(""));
    command.env(TERMINAL, &terminal.path).env(ARGUMENTS, arguments.join("\n"));
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    command.spawn().expect("this test can be run again")
}

/// Is replaced by the program, at the head of a session with a terminal.
#[test]
#[ignore = "other tests run this as a process of its own"]
fn on_a_terminal() {
    let (Ok(terminal), Ok(arguments)) = (env::var(TERMINAL), env::var(ARGUMENTS)) else { return };
    setsid().expect("the process leads no group");
    let terminal = OpenOptions::new().read(true).write(true).open(terminal).expect("the terminal is there");
    // Linux has done this already, since the session had no terminal.
    let _done = ioctl_tiocsctty(&terminal);
    let error = Command::new(env!("CARGO_BIN_EXE_faic")).args(arguments.lines()).stdin(terminal).exec();
    panic!("{error}");
}

/// Ctrl-C and signals at a hidden prompt end the command in one line, and what is typed afterwards is shown again.
#[test]
fn at_a_password_prompt() {
    let faic = Faic::new();
    let new = ["wallet", "new", "ann", "--network", "dev"];
    for signal in [None, Some(Signal::INT), Some(Signal::TERM)] {
        let mut terminal = Terminal::new();
        let child = start_on(&terminal, &faic, &new);
        wait_until("the password was not asked for", || !terminal.echoes());
        let run = match signal {
            Some(signal) => interrupt(child, signal),
            None => {
                terminal.person.write_all(b"\x03").expect("the terminal takes a key");
                child.wait_with_output().expect("the process is ours").into()
            }
        };
        assert_eq!((run.code, run.err.as_str()), (1, "error: interrupted by a signal\n"), "{signal:?}");
        assert!(terminal.echoes(), "{signal:?}");
    }
    assert_eq!(faic.json(&["wallet", "list"])["wallets"].as_array().map(Vec::len), Some(0));
}

/// A new password that is too short is refused before it is to be typed once more.
#[test]
fn a_short_password() {
    let faic = Faic::new();
    let mut terminal = Terminal::new();
    let child = start_on(&terminal, &faic, &["wallet", "new", "ann", "--network", "dev"]);
    wait_until("the password was not asked for", || !terminal.echoes());
    terminal.person.write_all(b"short\n").expect("the terminal takes keys");
    let run: Run = child.wait_with_output().expect("the process is ours").into();
    assert_eq!(run.code, 1, "{}", run.err);
    assert!(run.err.contains("a password has at least 8 characters; choose a longer one"), "{}", run.err);
    assert!(terminal.echoes());
}
