//! One shell that runs all commands of a document.

use std::{
    fs,
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use super::Step;

/// How long all commands of a document may take.
const PATIENCE: Duration = Duration::from_secs(240);
/// How often it is looked whether they ended.
const GLANCE: Duration = Duration::from_millis(20);
/// What no command prints (ASCII's record separator); each is followed by it and its exit status.
const MARK: char = '\u{1e}';

/// The first of those programs that this machine does not have.
pub fn missing<'a>(programs: &[&'a str]) -> Option<&'a str> {
    let is_there = |program: &str| {
        let probe = Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
        probe.is_ok_and(|status| status.success())
    };
    programs.iter().copied().find(|program| !is_there(program))
}

/// Runs the commands in `folder` and returns what each printed and its exit status, of those that were reached.
///
/// The shell has the variables given and `PATH`, no configuration of its user, and no proxy.
///
/// # Errors
/// A sentence when it could not be started or took too long.
pub fn run(steps: &[Step], folder: &Path, variables: &[(&str, &str)]) -> Result<Vec<(String, i32)>, String> {
    let lines = steps.iter().map(|step| format!("{}\nprintf '\\n\\036%d\\n' $?\n", step.command));
    let script = folder.join("walkthrough.sh");
    let printed = folder.join("walkthrough.out");
    let failed = |error: std::io::Error| format!("the shell could not be prepared: {error}");
    fs::write(&script, lines.collect::<String>()).map_err(failed)?;
    let output = fs::File::create(&printed).map_err(failed)?;
    let mut shell = Command::new("bash");
    shell.args(["--noprofile", "--norc"]).arg(&script).current_dir(folder).env_clear();
    shell.env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("HOME", folder).env("LC_ALL", "C.UTF-8");
    shell.envs(variables.iter().copied()).stdin(Stdio::null());
    shell.stdout(output.try_clone().map_err(failed)?).stderr(output);
    let ended = wait(&mut shell.spawn().map_err(failed)?);
    let text = fs::read(&printed).map_err(failed)?;
    let text = String::from_utf8_lossy(&text).replace('\r', "");
    ended.map_err(|sentence| format!("{sentence}; it printed:\n{text}"))?;
    Ok(split(&text))
}

/// Waits for the shell, and ends it when it takes too long.
fn wait(shell: &mut Child) -> Result<(), String> {
    let deadline = Instant::now() + PATIENCE;
    while shell.try_wait().map_err(|error| error.to_string())?.is_none() {
        if Instant::now() >= deadline {
            let _ = shell.kill();
            let _ = shell.wait();
            return Err(format!("the commands took longer than {} s", PATIENCE.as_secs()));
        }
        // sleep: between two looks at another process, within a deadline.
        thread::sleep(GLANCE);
    }
    Ok(())
}

/// Splits all that was printed into what each command printed and its exit status.
fn split(text: &str) -> Vec<(String, i32)> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((printed, after)) = rest.split_once(MARK) {
        let (status, after) = after.split_once('\n').unwrap_or((after, ""));
        parts.push((printed.trim_end_matches('\n').to_owned(), status.parse().unwrap_or(-1)));
        rest = after;
    }
    parts
}
