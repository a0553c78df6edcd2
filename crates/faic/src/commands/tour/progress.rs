//! The steps of the tour as they happen: a spinner on a terminal, plain lines elsewhere, nothing for programs.

use std::{
    io::{self, IsTerminal},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use indicatif::{ProgressBar, ProgressStyle};

use crate::output::{self, Output};

/// How often the spinner turns.
const TICK: Duration = Duration::from_millis(80);

/// Who sees the steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Audience {
    /// A person at a terminal.
    Terminal,
    /// A file or a pipe that a person will read.
    Lines,
    /// A program, which waits for the answer.
    Nobody,
}

/// The steps of the tour; clones show the same steps.
#[derive(Clone)]
pub(in crate::commands) struct Progress {
    /// Who sees them.
    audience: Audience,
    /// How many there are.
    steps: usize,
    /// The step at hand.
    current: Arc<Mutex<Current>>,
}

/// The step at hand.
#[derive(Default)]
struct Current {
    /// Its number, from 1.
    number: usize,
    /// Its number and what is done in it.
    title: String,
    /// What turns meanwhile.
    spinner: Option<ProgressBar>,
}

impl Progress {
    /// So many steps, none of them begun.
    pub(in crate::commands) fn new(output: Output, steps: usize) -> Self {
        let audience = match output {
            Output::Json => Audience::Nobody,
            Output::People if io::stdout().is_terminal() && io::stderr().is_terminal() => Audience::Terminal,
            Output::People => Audience::Lines,
        };
        Self { audience, steps, current: Arc::default() }
    }

    /// Shows that a step begins.
    pub(in crate::commands) fn begin(&self, what: &str) {
        let mut current = self.current();
        current.number += 1;
        current.title = format!("[{}/{}] {what}", current.number, self.steps);
        match self.audience {
            Audience::Terminal => {
                let spinner = ProgressBar::new_spinner().with_style(ProgressStyle::default_spinner());
                spinner.set_message(current.title.clone());
                spinner.enable_steady_tick(TICK);
                current.spinner = Some(spinner);
            }
            Audience::Lines => say(&format!("{} …\n", current.title)),
            Audience::Nobody => {}
        }
    }

    /// Shows that the step ended well, and what came of it.
    pub(in crate::commands) fn end(&self, facts: &[(&str, String)]) {
        let mut current = self.current();
        if let Some(spinner) = current.spinner.take() {
            spinner.finish_and_clear();
        }
        match self.audience {
            Audience::Terminal => say(&format!("{} ✓\n{}", current.title, indented(facts))),
            Audience::Lines => say(&indented(facts)),
            Audience::Nobody => {}
        }
    }

    /// The step at hand.
    fn current(&self) -> MutexGuard<'_, Current> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A time in seconds, to the millisecond.
pub(super) fn seconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 1000.0).round() / 1000.0
}

/// Names and values, a little to the right.
fn indented(facts: &[(&str, String)]) -> String {
    output::fields(facts).lines().map(|line| format!("      {line}\n")).collect()
}

/// Writes to standard output; the tour goes on when nobody reads.
fn say(text: &str) {
    let _nobody_reads = output::print(text);
}
