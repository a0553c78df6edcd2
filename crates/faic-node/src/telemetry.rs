//! Telemetry: what the node tells an operator while it runs.
//!
//! Lines go to standard error: for people on a terminal, otherwise one JSON object a line, each with the context that the
//! customer's `LogContext` asks for. Our code calls `tracing`; this module is the only one that knows how a line looks.

use std::{
    io::{self, IsTerminal},
    panic,
    sync::{Arc, OnceLock},
};

use serde::{Deserialize, Serialize};
use tracing_subscriber::{EnvFilter, Layer, fmt, layer::SubscriberExt, util::SubscriberInitExt};

use crate::supervision::panic_message;

mod json;

use json::JsonLines;

/// What goes before every filter: the warnings of libp2p, such as that a node alone knows nobody, and the engine's lines
/// on every vote are no news to an operator; a filter that names them, or a part of them, has its way.
const QUIET: &str = "libp2p=error,arc_malachitebft_core_consensus=error,arc_malachitebft_core_driver=error,\
                     arc_malachitebft_core_votekeeper=error";

/// The environment variable that overrides [`Config::filter`].
pub const FILTER_VARIABLE: &str = "FAIC_LOG";

/// What is logged, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The form of a line.
    pub format: Format,
    /// Which events are logged, such as `info` or `info,faic_node=debug`; the environment variable `FAIC_LOG` overrides
    /// it.
    pub filter: String,
}

impl Default for Config {
    fn default() -> Self {
        Self { format: Format::Auto, filter: "info".to_owned() }
    }
}

/// The form of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// For people where standard error is a terminal, for programs otherwise.
    Auto,
    /// For people.
    Human,
    /// For programs: one JSON object a line.
    Json,
}

/// Who writes the lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The node's id: its public key as hexadecimal digits.
    pub node_id: String,
    /// What the node does: `validator` or `full`.
    pub node_type: &'static str,
}

/// The running telemetry of this process.
#[derive(Debug, Clone, Default)]
pub struct Telemetry {
    /// Who writes the lines, once that is known.
    identity: Arc<OnceLock<Identity>>,
}

impl Telemetry {
    /// Begins to log what this process does, panics too; once a process.
    ///
    /// # Errors
    /// [`TelemetryError`] for a filter that can't be read, and for a second call.
    pub fn begin(config: &Config) -> Result<Self, TelemetryError> {
        let text = std::env::var(FILTER_VARIABLE).unwrap_or_else(|_| config.filter.clone());
        let filter = EnvFilter::builder()
            .parse(format!("{QUIET},{text}"))
            .map_err(|source| TelemetryError::Filter { filter: text, source })?;
        let telemetry = Self::default();
        let people = match config.format {
            Format::Auto => io::stderr().is_terminal(),
            Format::Human => true,
            Format::Json => false,
        };
        let lines = if people {
            fmt::layer().with_writer(io::stderr).with_ansi(io::stderr().is_terminal()).boxed()
        } else {
            JsonLines::new(io::stderr, telemetry.identity.clone()).boxed()
        };
        let subscriber = tracing_subscriber::registry().with(filter).with(lines);
        subscriber.try_init().map_err(|_| TelemetryError::Twice)?;
        log_panics();
        Ok(telemetry)
    }

    /// Says who writes the lines from now on; the first to say it counts.
    pub fn identify(&self, identity: Identity) {
        // A second node in one process, as in tests, logs under the first one's name.
        let _already_known = self.identity.set(identity);
    }
}

/// Makes a panic a line like any other, in place of the text that Rust would print.
fn log_panics() {
    panic::set_hook(Box::new(|info| {
        let place = info.location().map(ToString::to_string);
        let message = panic_message(info.payload());
        tracing::error!(place, thread = std::thread::current().name(), "panic: {message}");
    }));
}

/// Why nothing can be logged.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The filter can't be read.
    #[error("the log filter `{filter}` can't be read")]
    Filter {
        /// The filter as written.
        filter: String,
        /// What is wrong with it.
        source: tracing_subscriber::filter::ParseError,
    },
    /// This process logs already.
    #[error("this process logs already")]
    Twice,
}

#[cfg(test)]
mod tests;
