//! How long processes have used the processors, as Linux tells it; other systems are not asked.

use std::{fs, time::Duration};

/// Where the time that a process spent as itself stands, counted from after its name (proc_pid_stat(5), field 14); the
/// time that the system spent for it follows.
const USER_FIELD: usize = 11;

/// The time that some processes have used the processors, all threads together; `None` where one of them is gone or the
/// system does not tell.
pub(super) fn of_processes(pids: impl IntoIterator<Item = u32>) -> Option<Duration> {
    pids.into_iter().map(of_process).sum()
}

/// The time that a process has used the processors.
fn of_process(pid: u32) -> Option<Duration> {
    let ticks = ticks(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)?;
    Some(Duration::from_secs_f64(ticks as f64 / ticks_per_second()? as f64))
}

/// The ticks that a process has used, out of what its `stat` file holds.
fn ticks(stat: &str) -> Option<u64> {
    // The name of the process stands in brackets, and may hold blanks and brackets itself.
    let (_, after_the_name) = stat.rsplit_once(')')?;
    let mut fields = after_the_name.split_whitespace().skip(USER_FIELD);
    let mut next = || fields.next()?.parse::<u64>().ok();
    next()?.checked_add(next()?)
}

/// How many of those ticks a second has.
#[cfg(target_os = "linux")]
fn ticks_per_second() -> Option<u64> {
    Some(rustix::param::clock_ticks_per_second()).filter(|ticks| *ticks > 0)
}

/// How many of those ticks a second has: other systems have none.
#[cfg(not(target_os = "linux"))]
fn ticks_per_second() -> Option<u64> {
    None
}

#[cfg(test)]
mod tests;
