//! `cargo xtask check`: the steps that a change must pass, in the order in which they are cheap to fail.
//!
//! Each step prints its command and how long it took. The first failure ends the run with a sentence that says what
//! to run next, so that nobody has to read this file to repair a step.

#[cfg(test)]
mod tests;

use std::process::{Command, Stdio};
use std::time::Instant;

use crate::tidy;

/// Whether `check` runs the workspace's tests itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tests {
    /// `cargo test --workspace` is one of the steps.
    Run,
    /// The caller has run the tests.
    Skip,
}

/// One `cargo` command of the check.
#[derive(Debug)]
struct Step {
    /// What the step is called in the output.
    name: &'static str,
    /// An environment variable that the command is given, with its value.
    environment: Option<(&'static str, &'static str)>,
    /// The arguments to `cargo`.
    arguments: &'static [&'static str],
    /// What to do when the step fails, as the end of a sentence.
    remedy: &'static str,
}

impl Step {
    /// Writes the command as a person would type it.
    fn command_line(&self) -> String {
        let environment = self.environment.map(|(name, value)| format!("{name}='{value}' ")).unwrap_or_default();
        format!("{environment}cargo {}", self.arguments.join(" "))
    }

    /// Runs the command with its output on the terminal.
    ///
    /// # Errors
    /// A sentence that says what failed and what to run.
    fn run(&self) -> Result<(), String> {
        self.run_as(&mut cargo())
    }

    /// Runs the step with a `cargo` that the caller has prepared.
    fn run_as(&self, cargo: &mut Command) -> Result<(), String> {
        let line = self.command_line();
        let command = cargo.args(self.arguments).envs(self.environment);
        timed(self.name, &line, || match command.status() {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(format!("`{line}` ended with {status}: {}", self.remedy)),
            Err(error) => Err(format!("`{line}` could not be started: {error}")),
        })
    }
}

/// How every step fails with broken documentation links and the like.
const DENY_WARNINGS: Option<(&str, &str)> = Some(("RUSTDOCFLAGS", "-D warnings"));

/// The format step.
const FORMAT: Step = Step {
    name: "format",
    environment: None,
    arguments: &["fmt", "--all", "--check"],
    remedy: "run `cargo fmt --all`, and `rustup component add rustfmt` if cargo has no such command",
};

/// The lint step.
const CLIPPY: Step = Step {
    name: "clippy",
    environment: None,
    arguments: &["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"],
    remedy: "repair what it names, and run `rustup component add clippy` if cargo has no such command",
};

/// The test step; its command is the one in the README.
const TESTS: Step = Step {
    name: "tests",
    environment: None,
    arguments: &["test", "--workspace"],
    remedy: "run the failing crate alone with `cargo test -p <crate>`",
};

/// The documentation as a user of the crates sees it: no link from public to private items.
const DOCS: Step = Step {
    name: "docs",
    environment: DENY_WARNINGS,
    arguments: &["doc", "--workspace", "--no-deps", "--locked"],
    remedy: "repair the documentation comments that it names",
};

/// The documentation as a developer of this workspace sees it.
const DOCS_PRIVATE: Step = Step {
    name: "docs of private items",
    environment: DENY_WARNINGS,
    arguments: &["doc", "--workspace", "--no-deps", "--document-private-items", "--locked"],
    remedy: "repair the documentation comments that it names",
};

/// The dependency step, where cargo-deny is installed.
const DENY: Step = Step {
    name: "deny",
    environment: None,
    arguments: &["deny", "--all-features", "check"],
    remedy: "replace the dependency that it names, or decide on it in deny.toml; reading the advisories needs the network",
};

/// Runs the whole check and stops at the first failure.
///
/// # Errors
/// A sentence that names the step and says what to run.
pub(crate) fn run(tests: Tests) -> Result<(), String> {
    let start = Instant::now();
    timed("tidy", "cargo xtask tidy", tidy::run)?;
    for step in steps(tests) {
        step.run()?;
    }
    if is_deny_installed() {
        DENY.run()?;
    } else {
        println!("== deny: skipped, because cargo-deny is not installed (`cargo install --locked cargo-deny`);");
        println!("   tidy has checked the licences, nothing has checked the advisories");
    }
    let left_out = match tests {
        Tests::Run => "",
        Tests::Skip => ", tests left to the caller",
    };
    println!("== check: passed in {:.1} s{left_out}", start.elapsed().as_secs_f64());
    Ok(())
}

/// Lists the steps that need nothing but the Rust toolchain.
fn steps(tests: Tests) -> Vec<&'static Step> {
    match tests {
        Tests::Run => vec![&FORMAT, &CLIPPY, &TESTS, &DOCS, &DOCS_PRIVATE],
        Tests::Skip => vec![&FORMAT, &CLIPPY, &DOCS, &DOCS_PRIVATE],
    }
}

/// Prints the step's command before it runs and its duration after.
fn timed(name: &str, line: &str, work: impl FnOnce() -> Result<(), String>) -> Result<(), String> {
    println!("== {name}: {line}");
    let start = Instant::now();
    let outcome = work();
    let seconds = start.elapsed().as_secs_f64();
    match outcome {
        Ok(()) => {
            println!("== {name}: ok in {seconds:.1} s");
            Ok(())
        }
        Err(sentence) => Err(format!("== {name}: FAILED after {seconds:.1} s\n{sentence}")),
    }
}

/// Tells whether `cargo deny` can be run.
fn is_deny_installed() -> bool {
    let probe = cargo().args(["deny", "--version"]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    probe.is_ok_and(|status| status.success())
}

/// Prepares the same `cargo` that runs this program, in the workspace's root.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(tidy::workspace_root());
    command
}
