//! How long a command waits for others, all its waits together.

use std::{
    cell::Cell,
    thread,
    time::{Duration, Instant},
};

/// The time that is left to a command for waiting; nothing that it does by itself takes of it.
#[derive(Debug)]
pub(crate) struct Patience {
    /// What is left; the longest duration there is where it has no end.
    left: Cell<Duration>,
}

/// Whether the user said how long to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IsLimited {
    /// With `--timeout`.
    Yes,
    /// The command has no such option.
    No,
}

impl Patience {
    /// Without an end; every single wait has one of its own.
    pub(super) const fn endless() -> Self {
        Self { left: Cell::new(Duration::MAX) }
    }

    /// Sets what is left.
    pub(crate) fn renew(&self, left: Duration) {
        self.left.set(left);
    }

    /// What is left.
    pub(crate) fn left(&self) -> Duration {
        self.left.get()
    }

    /// Whether the user set it.
    pub(super) fn is_limited(&self) -> IsLimited {
        if self.left() == Duration::MAX { IsLimited::No } else { IsLimited::Yes }
    }

    /// Waits for something that is told how long it may take: `longest`, or what is left where that is less.
    pub(crate) fn spend<T>(&self, longest: Duration, wait: impl FnOnce(Duration) -> T) -> T {
        let begun = Instant::now();
        let waited = wait(self.left().min(longest));
        // What is endless stays so.
        match self.is_limited() {
            IsLimited::Yes => self.left.set(self.left().saturating_sub(begun.elapsed())),
            IsLimited::No => {}
        }
        waited
    }

    /// Waits so long, or what is left where that is less.
    pub(crate) fn pause(&self, longest: Duration) {
        self.spend(longest, thread::sleep);
    }
}

#[cfg(test)]
mod tests;
