//! `kill -9` at moments that nobody chose: the store holds the last acknowledged block, or the one after it.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::chain::Chain;

/// How often the writer is killed.
const KILLS: u64 = 25;

/// Starts this test binary again as a writer in `folder`.
fn start_writer(folder: &Path) -> Child {
    Command::new(std::env::current_exe().expect("a running program has a path"))
        .args(["crash::writer", "--exact", "--ignored", "--nocapture", "--test-threads=1"])
        .current_dir(folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the writer starts")
}

/// The program that is killed: commits blocks in its working folder for ever, and says each height when it is durable.
#[test]
#[ignore = "runs for ever; `killed_at_any_moment` starts it as a process of its own"]
fn writer() {
    let mut chain = Chain::open_checked(Path::new("store")).unwrap();
    let mut out = std::io::stdout();
    loop {
        chain.commit_next();
        writeln!(out, "\ndurable {}", chain.height()).unwrap();
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
