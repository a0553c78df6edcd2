//! A limit of how often something may happen.

use std::time::Duration;

use tokio::time::Instant;

/// Allows `burst` events at once and one more each `interval` (the generic cell rate algorithm, ITU-T I.371, annex A).
#[derive(Debug, Clone)]
pub(crate) struct Bucket {
    /// The time that one event costs.
    interval: Duration,
    /// How far the costs may run ahead of the clock.
    ahead_max: Duration,
    /// When all that happened will have been paid for.
    paid_at: Instant,
}

impl Bucket {
    /// A full bucket: `per_second` events in the long run, `burst` at once; each at least one.
    pub(crate) fn new(per_second: u32, burst: u32, now: Instant) -> Self {
        Self::over(Duration::from_secs(1) / per_second.max(1), burst, now)
    }

    /// A full bucket: one event each `interval`, `burst` at once, at least one.
    pub(crate) fn over(interval: Duration, burst: u32, now: Instant) -> Self {
        Self { interval, ahead_max: interval.saturating_mul(burst.max(1)), paid_at: now }
    }

    /// Takes note of an event if it is allowed, and says whether it is.
    pub(crate) fn take(&mut self, now: Instant) -> bool {
        self.take_many(1, now)
    }

    /// Takes note of some events if all of them are allowed, and says whether they are.
    pub(crate) fn take_many(&mut self, count: u32, now: Instant) -> bool {
        let paid_at = self.paid_at.max(now) + self.interval.saturating_mul(count);
        let is_allowed = paid_at.duration_since(now) <= self.ahead_max;
        if is_allowed {
            self.paid_at = paid_at;
        }
        is_allowed
    }

    /// Whether the bucket is as full as a new one, so that nothing is lost by forgetting it.
    pub(crate) fn is_full(&self, now: Instant) -> bool {
        self.paid_at <= now
    }
}

#[cfg(test)]
mod tests;
