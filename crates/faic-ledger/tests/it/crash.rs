//! `kill -9` at moments that nobody chose, and a full disk: the store holds the last acknowledged block, or the one after.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::chain::Chain;

/// How often the writer is killed.
const KILLS: u64 = 25;

/// Starts this test binary again as a writer in `folder`.
fn start_writer(folder: &Path) -> Child {
    run_writer(&mut Command::new(std::env::current_exe().expect("a running program has a path")), folder)
}

/// Starts a command that ends in the path of this test binary as a writer in `folder`.
fn run_writer(command: &mut Command, folder: &Path) -> Child {
    command
        .args(["crash::writer", "--exact", "--ignored", "--nocapture", "--test-threads=1"])
        .current_dir(folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the writer starts")
}

/// The program that is killed: commits blocks in its working folder, and says each height when it is durable.
///
/// It goes on for ever or until the store refuses twice, and says both reasons.
#[test]
#[ignore = "runs for ever; other tests start it as a process of its own"]
fn writer() {
    let mut chain = Chain::open_checked(Path::new("store")).unwrap();
    let mut out = std::io::stdout();
    let mut refusals = 0;
    while refusals < 2 {
        match chain.try_commit_next() {
            Ok(()) => writeln!(out, "\ndurable {}", chain.height()).unwrap(),
            Err(error) => {
                writeln!(out, "\nrefused {error}").unwrap();
                refusals += 1;
            }
        }
        out.flush().unwrap();
    }
}

/// After each of 25 kills the store opens at the last acknowledged height or the one after it, whole in every table.
#[test]
fn killed_at_any_moment() {
    let folder = tempfile::tempdir().unwrap();
    let mut height = 0;
    for kill in 0..KILLS {
        let mut writer = start_writer(folder.path());
        let mut lines = BufReader::new(writer.stdout.take().unwrap()).lines();
        let mut acknowledged = height;
        // Between one and a few blocks live; the kill falls wherever the writer is when the line is read here.
        let blocks = 1 + kill * 5 % 13;
        let mut durable =
            lines.by_ref().map_while(Result::ok).filter_map(|line| line.strip_prefix("durable ")?.parse().ok());
        for _ in 0..blocks {
            acknowledged = durable.next().expect("the writer goes on until it is killed");
        }
        writer.kill().unwrap();
        acknowledged = durable.last().unwrap_or(acknowledged);
        writer.wait().unwrap();
        height = Chain::open_checked(&folder.path().join("store")).unwrap().height();
        assert!(
            (acknowledged..=acknowledged + 1).contains(&height),
            "kill {kill}: height {height} after {acknowledged} was acknowledged"
        );
    }
    assert!(height > KILLS, "every run got on");
}

/// A writer that is killed before it said anything leaves a store that opens, however young it is.
#[test]
fn killed_while_the_store_is_created() {
    for _ in 0..8 {
        let folder = tempfile::tempdir().unwrap();
        let store = folder.path().join("store");
        let mut writer = start_writer(folder.path());
        // The condition waited for is the first trace of the store on the disk.
        while !store.exists() {
            assert!(writer.try_wait().unwrap().is_none(), "the writer goes on until it is killed");
            std::thread::yield_now();
        }
        writer.kill().unwrap();
        writer.wait().unwrap();
        let mut chain = Chain::open_checked(&store).unwrap();
        chain.commit_next();
        let height = chain.height();
        drop(chain);
        assert_eq!(Chain::open_checked(&store).unwrap().height(), height);
    }
}

/// A full disk is named, the store then takes no more, and with room again it goes on from the last durable height.
///
/// The disk is a limit on the size of files, which the operating system reports in the same place.
#[test]
#[cfg(unix)]
fn disk_full() {
    let folder = tempfile::tempdir().unwrap();
    let mut shell = Command::new("sh");
    shell.args(["-c", "trap '' XFSZ; ulimit -f 8192; exec \"$0\" \"$@\""]);
    shell.arg(std::env::current_exe().expect("a running program has a path"));
    let output = run_writer(&mut shell, folder.path()).wait_with_output().unwrap();
    let lines: Vec<String> = String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect();
    let said = |label: &str| lines.iter().filter_map(|line| line.strip_prefix(label)).collect::<Vec<_>>();
    assert_eq!(
        said("refused "),
        [
            "there is no room for the data folder on its disk",
            "an earlier write failed; the store takes no more until it is opened again"
        ]
    );
    let acknowledged: u64 = said("durable ").last().expect("there was room at first").parse().unwrap();
    let mut chain = Chain::open_checked(&folder.path().join("store")).unwrap();
    assert!((acknowledged..=acknowledged + 1).contains(&chain.height()));
    chain.commit_next();
}
