//! The configuration of the limits.

use std::num::NonZeroU32;

use serde::Deserialize;

use crate::routes::transactions::BATCH_MAX;

/// How much one client may ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default, try_from = "Fields")]
pub struct RateLimit {
    /// How many requests a second in the long run; 0 for any number.
    pub requests_per_second: u32,
    /// How many requests at once, after a pause; at least as many as a batch has transactions.
    pub burst: NonZeroU32,
    /// How many streams of events at a time.
    pub event_streams: u32,
    /// Whether programs of the node's own machine are limited too.
    pub loopback: bool,
}

impl Default for RateLimit {
    fn default() -> Self {
        let burst = const { NonZeroU32::new(400).expect("it is not zero") };
        Self { requests_per_second: 100, burst, event_streams: 16, loopback: false }
    }
}

/// The fields as the file has them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Fields {
    /// As in [`RateLimit`].
    requests_per_second: u32,
    /// As in [`RateLimit`], not yet checked.
    burst: u32,
    /// As in [`RateLimit`].
    event_streams: u32,
    /// As in [`RateLimit`].
    loopback: bool,
}

impl Default for Fields {
    fn default() -> Self {
        let RateLimit { requests_per_second, burst, event_streams, loopback } = RateLimit::default();
        Self { requests_per_second, burst: burst.get(), event_streams, loopback }
    }
}

impl TryFrom<Fields> for RateLimit {
    type Error = RateLimitError;

    fn try_from(fields: Fields) -> Result<Self, RateLimitError> {
        let Fields { requests_per_second, burst, event_streams, loopback } = fields;
        let enough = NonZeroU32::new(burst).filter(|burst| usize::try_from(burst.get()).is_ok_and(|n| n >= BATCH_MAX));
        let burst = enough.ok_or(RateLimitError { burst })?;
        Ok(Self { requests_per_second, burst, event_streams, loopback })
    }
}

/// The burst is so small that a whole batch of transactions could never be submitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("burst is {burst}, and must be at least {BATCH_MAX}, because a batch has up to as many transactions")]
pub struct RateLimitError {
    /// The burst.
    burst: u32,
}
