//! The only error that leaves a service: its kind, its stable code, what happened and what to do.
//!
//! Inside, every operation has its own error enum; the conversions below map each variant to one [`ErrorCode`]. The
//! table of codes decides HTTP status, advice and whether the same request may succeed later, so that no two places
//! differ. A message is for the one who asked and never holds a secret.

use std::{error::Error, fmt, sync::Arc, time::Duration};

use faic_core::Height;

mod code;
mod conversions;

pub use code::{ErrorCode, ErrorKind};

/// What a service answers when it cannot do what was asked.
#[derive(Debug, Clone)]
pub struct FaicError {
    /// What went wrong, as programs tell it.
    code: ErrorCode,
    /// What happened this time: a clause without a capital and a full stop.
    message: String,
    /// What to do this time, as a sentence, where the code's own advice does not fit.
    advice: Option<&'static str>,
    /// How long to wait before another try, where that is known.
    retry_after: Option<Duration>,
    /// The lowest height of which the node has the block, where a lower one was asked for.
    oldest_height: Option<Height>,
    /// The error below, for the log.
    source: Option<Arc<dyn Error + Send + Sync>>,
}

impl FaicError {
    /// An error of that code; `message` says what happened, as a clause.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), advice: None, retry_after: None, oldest_height: None, source: None }
    }

    /// Keeps the error below for the log.
    #[must_use]
    pub fn because(mut self, source: impl Error + Send + Sync + 'static) -> Self {
        self.source = Some(Arc::new(source));
        self
    }

    /// Says how long to wait before another try.
    #[must_use]
    pub fn wait(mut self, time: Duration) -> Self {
        self.retry_after = Some(time);
        self
    }

    /// Says which is the lowest height of which the node has the block.
    #[must_use]
    pub fn oldest(mut self, height: Height) -> Self {
        self.oldest_height = Some(height);
        self
    }

    /// Says what to do, as a sentence, in place of what the code says.
    #[must_use]
    pub fn advise(mut self, advice: &'static str) -> Self {
        self.advice = Some(advice);
        self
    }

    /// Says where in the request it went wrong, such as `outputs[1].to`.
    #[must_use]
    pub fn at(mut self, place: &str) -> Self {
        self.message = format!("{place}: {}", self.message);
        self
    }

    /// What went wrong, as programs tell it.
    pub fn code(&self) -> ErrorCode {
        self.code
    }

    /// The kind of the error.
    pub fn kind(&self) -> ErrorKind {
        self.code.kind()
    }

    /// What happened, as a clause.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// How long to wait before another try, where that is known.
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// The lowest height of which the node has the block, where a lower one was asked for.
    pub fn oldest_height(&self) -> Option<Height> {
        self.oldest_height
    }

    /// What happened and what to do about it, as sentences; a field's name at the beginning keeps its spelling.
    pub fn detail(&self) -> String {
        let advice = self.advice.unwrap_or_else(|| self.code.advice());
        let first_word = self.message.split([' ', ':']).next().unwrap_or_default();
        if first_word.contains(['_', '[', '.']) {
            return format!("{}. {advice}", self.message);
        }
        let mut letters = self.message.chars();
        let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
        format!("{first}{}. {advice}", letters.as_str())
    }
}

impl fmt::Display for FaicError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for FaicError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn Error + 'static))
    }
}

#[cfg(test)]
mod tests;
