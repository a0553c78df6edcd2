//! Tests that need a piece of the system for themselves, such as a small disk or cables to pull.

use std::{
    env,
    io::{self, Write},
    process::{Command, Stdio},
};

/// Set in the process that has namespaces of its own.
const INSIDE: &str = "FAIC_E2E_INSIDE";

/// Whether this process is the one with namespaces of its own that [`enter`] began.
///
/// Otherwise the named test is run again in such a process, with `options` of `unshare`, and what there is to do here is
/// done; where that is not possible the reason is printed.
///
/// # Panics
/// When the test fails there.
pub fn enter(options: &str, test: &str) -> bool {
    if env::var_os(INSIDE).is_some() {
        return true;
    }
    let possible = Command::new("unshare").args([options, "true"]).stderr(Stdio::null()).status();
    if !possible.is_ok_and(|status| status.success()) {
        skip(test, &format!("this machine does not let `unshare {options}` make namespaces"));
        return false;
    }
    let status = Command::new("unshare")
        .arg(options)
        .arg(env::current_exe().expect("a running program has a path"))
        .args(["--exact", test, "--nocapture"])
        .env(INSIDE, "1")
        .status()
        .expect("it was possible a moment ago");
    assert!(status.success(), "the test in namespaces of its own ended with {status}");
    false
}

/// Says that a test was skipped, also where the output of tests is kept back.
///
/// # Panics
/// When standard error is gone.
pub fn skip(test: &str, reason: &str) {
    writeln!(io::stderr(), "SKIPPED {test}: {reason}").expect("tests have a standard error");
}
