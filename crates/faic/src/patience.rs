//! How long a command waits for others, all its waits together.
//!
//! It is a value that is handed down to whatever waits, so that a later wait gets what the earlier ones left. Time that
//! the command needs for its own work, such as for opening a wallet, is not taken of it.

use std::{
    cell::Cell,
    fmt::Debug,
    thread,
    time::{Duration, Instant},
};

/// The time that is left to a command for waiting; nothing that it does by itself takes of it.
#[derive(Debug)]
pub(crate) struct Patience {
    /// What there is from the beginning; the longest duration there is where it has no end.
    whole: Duration,
    /// What is left of it.
    left: Cell<Duration>,
    /// Measures the waits.
    clock: Box<dyn Clock>,
}

/// Whether the waits have one end together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IsLimited {
    /// The user said when, with `--timeout`.
    Yes,
    /// Every single wait has one of its own.
    No,
}

/// Measures time and lets it pass.
pub(crate) trait Clock: Debug + Send {
    /// The time since some moment in the past; it never goes back.
    fn now(&self) -> Duration;

    /// Lets so much time pass, or a little more.
    fn pass(&self, time: Duration);
}

/// The clock of this machine.
#[derive(Debug)]
struct SystemClock {
    /// When it began.
    begun: Instant,
}

impl Clock for SystemClock {
    fn now(&self) -> Duration {
        self.begun.elapsed()
    }

    fn pass(&self, time: Duration) {
        thread::sleep(time);
    }
}

impl Patience {
    /// Without an end; every single wait has one of its own.
    pub(crate) fn endless() -> Self {
        Self::of(Duration::MAX)
    }

    /// So much for all waits together.
    pub(crate) fn of(whole: Duration) -> Self {
        Self::measured_by(whole, Box::new(SystemClock { begun: Instant::now() }))
    }

    /// So much for all waits together, by that clock.
    pub(crate) fn measured_by(whole: Duration, clock: Box<dyn Clock>) -> Self {
        Self { whole, left: Cell::new(whole), clock }
    }

    /// Begins anew: as much is left as in the beginning.
    pub(crate) fn renew(&self) {
        self.left.set(self.whole);
    }

    /// What is left.
    pub(crate) fn left(&self) -> Duration {
        self.left.get()
    }

    /// Whether the waits have one end together.
    pub(crate) fn is_limited(&self) -> IsLimited {
        if self.whole == Duration::MAX { IsLimited::No } else { IsLimited::Yes }
    }

    /// Waits for something that is told how long it may take: `longest`, or what is left where that is less.
    pub(crate) fn spend<T>(&self, longest: Duration, wait: impl FnOnce(Duration) -> T) -> T {
        let begun = self.clock.now();
        let waited = wait(self.left().min(longest));
        // What is endless stays so.
        match self.is_limited() {
            IsLimited::Yes => self.left.set(self.left().saturating_sub(self.clock.now().saturating_sub(begun))),
            IsLimited::No => {}
        }
        waited
    }

    /// Waits so long, or what is left where that is less.
    pub(crate) fn pause(&self, longest: Duration) {
        self.spend(longest, |time| self.clock.pass(time));
    }
}

#[cfg(test)]
pub(crate) mod tests;
