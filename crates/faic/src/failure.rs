//! How a command fails: one line for people or one JSON document for programs, and an exit code.
//!
//! Any error becomes a [`Failure`] by `?`: its message is the whole chain of errors in one line, with what to do, and
//! without control characters, because parts of it may come from a node that is not trusted. Its [`Code`] is that of the
//! uppermost error that has one.

use std::{borrow::Cow, error::Error, fmt, io, process::ExitCode};

use faic_node::FaicError;
use serde_json::{Value, json};

use crate::{
    client::Problem,
    interruption,
    output::{self, Output},
};

mod cause;
mod code;

use cause::Cause;
pub(crate) use code::Code;

/// The exit code of a command that was not well formed.
const EXIT_USAGE: u8 = 2;
/// The exit code of a command that could not be done.
pub(crate) const EXIT_FAILED: u8 = 1;

/// Why a command did not do what it was asked to.
#[derive(Debug)]
pub(crate) struct Failure {
    /// What the program ends with.
    exit: u8,
    /// What went wrong, as programs tell it.
    code: Cow<'static, str>,
    /// What went wrong and what to do, in one line.
    message: String,
    /// What is known all the same, for programs: its name and what it is.
    known: Option<(&'static str, Value)>,
}

impl Failure {
    /// A command that was not well formed.
    pub(crate) fn usage(message: impl fmt::Display) -> Self {
        Self { exit: EXIT_USAGE, code: Code::Usage.name().into(), message: message.to_string(), known: None }
    }

    /// A command that could not be done.
    pub(crate) fn new(code: Code, message: impl fmt::Display) -> Self {
        Self { exit: EXIT_FAILED, code: code.name().into(), message: message.to_string(), known: None }
    }

    /// What went wrong and what to do.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// Adds what is known all the same, for programs.
    #[must_use]
    pub(crate) fn known(self, name: &'static str, value: Value) -> Self {
        Self { known: Some((name, value)), ..self }
    }

    /// Says in front what was being done.
    #[must_use]
    pub(crate) fn context(mut self, context: impl fmt::Display) -> Self {
        self.message = format!("{context}: {}", self.message);
        self
    }

    /// Says at the end what to do.
    #[must_use]
    pub(crate) fn advice(mut self, advice: impl fmt::Display) -> Self {
        // The code of a node's refusal stays at the end.
        let code = format!(" ({})", self.code);
        let (message, code) = self.message.strip_suffix(&code).map_or((&*self.message, ""), |message| (message, &code));
        self.message = format!("{}; {advice}{code}", message.trim_end_matches('.'));
        self
    }

    /// Says at the end what to do, where that is known.
    #[must_use]
    pub(crate) fn advised(self, advice: Option<impl fmt::Display>) -> Self {
        match advice {
            Some(advice) => self.advice(advice),
            None => self,
        }
    }

    /// Makes it the failure of a command that was not well formed.
    #[must_use]
    pub(crate) fn into_usage(self) -> Self {
        Self { exit: EXIT_USAGE, code: Code::Usage.name().into(), message: self.message, known: self.known }
    }

    /// Makes it the failure of a command that was not well formed, and keeps its code.
    #[must_use]
    pub(crate) fn of_argument(self) -> Self {
        Self { exit: EXIT_USAGE, ..self }
    }

    /// A command with an argument that is not well formed: the code is that of the error, if it has one.
    pub(crate) fn argument(message: impl fmt::Display, error: Option<&(dyn Error + 'static)>) -> Self {
        let cause = error.and_then(|error| chain(error).find_map(cause::of));
        let code = cause.map_or(Code::Usage, |cause| cause.code);
        Self::new(code, message).of_argument()
    }

    /// Writes the line or the document to standard error and gives the exit code; a signal changes nothing any more.
    pub(crate) fn report(&self, output: Output) -> ExitCode {
        interruption::hold_off();
        self.write(output);
        ExitCode::from(self.exit)
    }

    /// Writes the line or the document to standard error.
    pub(crate) fn write(&self, output: Output) {
        let message = output::one_line(&self.message);
        match output {
            Output::People => output::warn_raw(&format!("error: {message}")),
            Output::Json => {
                let mut error = json!({ "code": self.code, "message": message, "exit_code": self.exit });
                if let Some((name, value)) = &self.known {
                    error[*name] = value.clone();
                }
                output::warn_raw(&json!({ "error": error }).to_string());
            }
        }
    }
}

impl<E: Error + 'static> From<E> for Failure {
    fn from(error: E) -> Self {
        let failure =
            Self { exit: EXIT_FAILED, code: Code::Internal.name().into(), message: sentence(&error), known: None };
        if let Some(code) = chain(&error).find_map(code_of_node) {
            return Self { code, ..failure };
        }
        match chain(&error).find_map(cause::of) {
            Some(Cause { code, advice: Some(advice) }) => Self { code: code.name().into(), ..failure }.advice(advice),
            Some(Cause { code, advice: None }) => Self { code: code.name().into(), ..failure },
            None => failure,
        }
    }
}

/// The code that a node gave, here or over HTTP.
fn code_of_node(error: &(dyn Error + 'static)) -> Option<Cow<'static, str>> {
    let remote = error.downcast_ref::<Problem>().map(|problem| Cow::from(problem.code.clone()));
    remote.or_else(|| error.downcast_ref::<FaicError>().map(|error| error.code().name().into()))
}

/// Adds to a result what was being done.
pub(crate) trait Context<T> {
    /// Says in front what was being done, if it failed.
    fn context(self, context: impl fmt::Display) -> Result<T, Failure>;

    /// Says at the end what to do, if it failed.
    fn advice(self, advice: impl fmt::Display) -> Result<T, Failure>;
}

impl<T, E: Into<Failure>> Context<T> for Result<T, E> {
    fn context(self, context: impl fmt::Display) -> Result<T, Failure> {
        self.map_err(|error| error.into().context(context))
    }

    fn advice(self, advice: impl fmt::Display) -> Result<T, Failure> {
        self.map_err(|error| error.into().advice(advice))
    }
}

/// The error and what lies below it.
fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error| (*error).source())
}

/// The whole chain in one line; an error that only repeats the one above it is left out.
pub(crate) fn sentence(error: &(dyn Error + 'static)) -> String {
    let mut parts: Vec<String> = Vec::new();
    for error in chain(error) {
        let part = in_words(error);
        if !parts.last().is_some_and(|last| last.ends_with(&part)) {
            parts.push(part);
        }
    }
    parts.join(": ")
}

/// An error in words that are not those of the operating system alone, where people meet it often.
fn in_words(error: &(dyn Error + 'static)) -> String {
    let is_there = |error: &io::Error| error.kind() == io::ErrorKind::AlreadyExists && error.raw_os_error().is_some();
    match error.downcast_ref::<io::Error>() {
        Some(error) if is_there(error) => "there is a file of that name already".to_owned(),
        Some(_) | None => error.to_string(),
    }
}

#[cfg(test)]
mod tests;
