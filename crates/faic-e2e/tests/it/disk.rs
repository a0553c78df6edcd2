//! A disk that is full: the node stops with a sentence, keeps what it answered as final, and goes on when there is room.

use std::{fs, path::Path, process::Command};

use faic_e2e::{NodeProcess, namespace};

use crate::load::{Load, audit, receiver};

/// The small disk's size at first: too little for long.
const SMALL: &str = "size=5m";
/// The small disk's size later.
const LARGE: &str = "size=256m";

/// Mounts or resizes the small disk.
fn mount(options: &str, folder: &Path) {
    let status = Command::new("mount").args(["-t", "tmpfs", "-o", options, "none"]).arg(folder).status().unwrap();
    assert!(status.success(), "mount -o {options} ended with {status}");
}

/// What a user sees when the disk fills up, in a namespace of its own where this test may mount a small disk.
#[test]
fn disk_full_under_load() {
    if namespace::enter("-rm", "disk::disk_full_under_load") {
        fill(tempfile::tempdir().unwrap().path());
    }
}

/// Fills the small disk with payments, makes it larger, and goes on.
fn fill(base: &Path) {
    mount(SMALL, base);
    let folder = base.join("node");
    fs::create_dir(&folder).unwrap();
    let mut node = NodeProcess::start(&folder);
    let load = Load::start(node.api(), receiver());
    load.until(|| node.ended().is_some());
    let mut receipts = load.finish();
    assert!(!receipts.is_empty(), "some payments became final before the disk was full");
    let status = node.ended().unwrap();
    let printed = node.printed();
    assert!(!status.success(), "the node ended with {status}");
    assert!(
        printed.contains("there is no room for the data folder on its disk"),
        "the node says why it stopped:\n{printed}"
    );
    mount(&format!("remount,{LARGE}"), base);
    let node = NodeProcess::start(&folder);
    let load = Load::start(node.api(), receiver());
    load.wait_for(10);
    receipts.extend(load.finish());
    assert!(node.stop().success());
    audit(&folder, &receipts);
}
