//! How much a server gives to its clients.

use std::time::Duration;

/// The bounds of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServerLimits {
    /// How long something may wait to be written while the client takes nothing; its connection is closed then.
    pub write_timeout: Duration,
}

impl Default for ServerLimits {
    fn default() -> Self {
        Self { write_timeout: Duration::from_secs(30) }
    }
}
