//! Tests of processor time.

use std::time::{Duration, Instant};

use super::{of_processes, ticks};

#[test]
fn ticks_are_read_behind_any_name() {
    let rest = "S 1 2 3 4 5 6 7 8 9 10 250 50 0 0 20";
    assert_eq!(ticks(&format!("7 (faic) {rest}")), Some(300));
    assert_eq!(ticks(&format!("7 (a) S 1 (b) {rest}")), Some(300));
}

#[test]
fn what_is_no_stat_has_no_ticks() {
    for text in [
        "",
        "7 (faic)",
        "7 faic S 1 2 3",
        "7 (faic) S 1 2 3 4 5 6 7 8 9 10 x 50",
        "7 (faic) S 1 2 3 4 5 6 7 8 9 10 250",
    ] {
        assert_eq!(ticks(text), None, "{text}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn work_is_seen() {
    let used = || of_processes([std::process::id()]).expect("Linux tells it");
    let (before, deadline) = (used(), Instant::now() + Duration::from_secs(30));
    while used() < before + Duration::from_millis(50) {
        assert!(Instant::now() < deadline, "this loop uses a processor");
    }
}

#[test]
fn a_process_that_is_gone_has_used_an_unknown_time() {
    assert_eq!(of_processes([u32::MAX]), None);
}
