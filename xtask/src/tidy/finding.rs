//! One violation of a rule, in the form that editors and people jump to: `file:line: problem; remedy`.
//!
//! A finding always says where, what is wrong and what to do; it never decides whether the run fails.

use std::fmt;

/// Whether a finding fails the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Severity {
    /// The run fails.
    Error,
    /// The finding is printed and nothing more.
    Warning,
}

/// A place that breaks a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    /// Whether it fails the run.
    pub(crate) severity: Severity,
    /// The file, relative to the workspace's root.
    pub(crate) path: String,
    /// The line, counted from 1.
    pub(crate) line: usize,
    /// What is wrong.
    pub(crate) problem: String,
    /// What to do about it.
    pub(crate) remedy: String,
}

impl Finding {
    /// Describes a violation that fails the run.
    pub(crate) fn error(path: &str, line: usize, problem: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { severity: Severity::Error, path: path.to_owned(), line, problem: problem.into(), remedy: remedy.into() }
    }

    /// Describes something that deserves a look and does not fail the run.
    pub(crate) fn warning(path: &str, line: usize, problem: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(path, line, problem, remedy) }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        let Self { path, line, problem, remedy, .. } = self;
        write!(formatter, "{path}:{line}: {severity}: {problem}; {remedy}")
    }
}
