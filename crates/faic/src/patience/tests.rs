//! Tests of how long is waited in all, and a clock whose time passes only in waits.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use super::{Clock, IsLimited, Patience};

/// A clock whose time passes only in waits, and at one moment of which something happens; its copies are the same clock.
#[derive(Clone)]
pub(crate) struct SimulatedClock(Arc<Mutex<Time>>);

/// What a simulated clock shows.
struct Time {
    /// How much time has passed.
    now: Duration,
    /// When something happens.
    moment: Duration,
    /// What happens, until it did.
    event: Option<Box<dyn FnOnce() + Send>>,
}

impl SimulatedClock {
    /// A clock at the moment of which that happens.
    pub(crate) fn with_event(moment: Duration, event: impl FnOnce() + Send + 'static) -> Self {
        Self(Arc::new(Mutex::new(Time { now: Duration::ZERO, moment, event: Some(Box::new(event)) })))
    }

    /// What it shows.
    fn time(&self) -> MutexGuard<'_, Time> {
        self.0.lock().expect("nothing panics while it is locked")
    }
}

impl fmt::Debug for SimulatedClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SimulatedClock({:?})", self.now())
    }
}

impl Clock for SimulatedClock {
    fn now(&self) -> Duration {
        self.time().now
    }

    fn pass(&self, time: Duration) {
        let mut shown = self.time();
        shown.now += time;
        if shown.moment <= shown.now
            && let Some(happen) = shown.event.take()
        {
            happen();
        }
    }
}

/// A wait is told what is left, and takes of it; what is endless stays so.
#[test]
fn waits_add_up() {
    const SECOND: Duration = Duration::from_secs(1);
    let clock = SimulatedClock::with_event(Duration::MAX, || {});
    let patience = Patience::measured_by(30 * SECOND, Box::new(clock.clone()));
    assert_eq!(patience.spend(20 * SECOND, |longest| longest), 20 * SECOND);
    assert_eq!(patience.left(), 30 * SECOND, "nothing was waited for");
    patience.pause(10 * SECOND);
    assert_eq!(patience.spend(Duration::MAX, |longest| longest), 20 * SECOND);
    patience.pause(3600 * SECOND);
    assert_eq!((patience.left(), clock.now()), (Duration::ZERO, 30 * SECOND));
    assert_eq!(patience.spend(20 * SECOND, |longest| longest), Duration::ZERO);
    patience.renew();
    assert_eq!(patience.left(), 30 * SECOND);
}

/// A wait without an end has one of its own, and leaves as much for the next.
#[test]
fn endless() {
    let patience = Patience::endless();
    assert_eq!(patience.spend(Duration::from_secs(20), |longest| longest), Duration::from_secs(20));
    assert_eq!((patience.left(), patience.is_limited()), (Duration::MAX, IsLimited::No));
}
