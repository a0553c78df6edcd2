//! What a signal does to a command that works by itself, such as those of the wallet: it ends with one line or one document
//! that says whether anything was sent, leaves the terminal as it was, and leaves nothing behind.
//!
//! A thread waits for SIGINT and SIGTERM while the command works. Whichever of the two comes to an end first takes the
//! lock and keeps it: a command that has begun to answer is not interrupted any more.

use std::{
    fs::{File, OpenOptions},
    io::Write,
    process,
    sync::{Mutex, MutexGuard, PoisonError},
    thread,
};

use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};
use tokio::runtime::{self, Runtime};

use crate::{
    failure::{Code, Context, EXIT_FAILED, Failure},
    output::Output,
    running::StopSignals,
};

/// The terminal of this process.
const TERMINAL: &str = "/dev/tty";

/// How far the command is.
static STATE: Mutex<State> =
    Mutex::new(State { heeded: true, missed: None, sending: Sending::Never, prompt: None, before_the_end: None });

/// What a signal has to know.
struct State {
    /// Whether a signal still ends the command.
    heeded: bool,
    /// How to end the command, where a signal came while it was not heeded.
    missed: Option<Output>,
    /// Whether it sent something.
    sending: Sending,
    /// The terminal and its settings, while something is asked there.
    prompt: Option<(File, Termios)>,
    /// What there is to clear away.
    before_the_end: Option<Box<dyn FnOnce() + Send>>,
}

/// Whether a command sent something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Sending {
    /// It is none that sends.
    Never,
    /// Not yet.
    NotYet,
    /// It is being sent: what it is with its id, and the wallet.
    Begun(String, String),
    /// It was sent: what it is with its id, and the wallet.
    Done(String, String),
    /// Of many payments some were made, as this clause tells.
    Partly(String),
}

impl Sending {
    /// What is told when a signal comes now.
    fn message(&self) -> String {
        let begin = "interrupted by a signal";
        match self {
            Self::Never => begin.to_owned(),
            Self::NotYet => format!("{begin}; nothing was sent"),
            Self::Partly(told) => format!("{begin}; {told}"),
            Self::Begun(what, wallet) => {
                format!(
                    "{begin} while the {what} was being sent; `faic wallet history {wallet}` tells whether it became final"
                )
            }
            Self::Done(what, wallet) => {
                format!(
                    "{begin}; the {what} was sent, and `faic wallet history {wallet}` tells whether it became final"
                )
            }
        }
    }
}

/// Signals that are caught, and heeded later.
pub(crate) struct Caught {
    /// What listens to them.
    runtime: Runtime,
    /// The signals.
    signals: StopSignals,
}

/// Catches signals from now on; nothing comes of them until they are heeded.
///
/// # Errors
/// A failure when the operating system does not let signals be caught.
pub(crate) fn catch() -> Result<Caught, Failure> {
    let runtime = runtime::Builder::new_current_thread().enable_all().build().context("signals cannot be caught")?;
    let signals = {
        let _inside = runtime.enter();
        StopSignals::catch().context("signals cannot be caught")?
    };
    Ok(Caught { runtime, signals })
}

impl Caught {
    /// Has a signal end the program, also one that has come since it was caught.
    pub(crate) fn heed(self, output: Output) {
        let Self { runtime, signals } = self;
        thread::spawn(move || {
            runtime.block_on(signals.wait());
            end(output);
        });
    }
}

/// Lets the command come to its own end: from here on a signal changes nothing.
pub(crate) fn hold_off() {
    state().heeded = false;
}

/// As [`hold_off`], until what this gives is dropped; a signal that came meanwhile ends the program then.
pub(crate) fn hold_off_for_now() -> HeldOff {
    hold_off();
    HeldOff(())
}

/// While it is there, a signal changes nothing.
#[must_use = "a signal is heeded again as soon as this is dropped"]
pub(crate) struct HeldOff(());

impl Drop for HeldOff {
    fn drop(&mut self) {
        let mut state = state();
        state.heeded = true;
        if let Some(output) = state.missed.take() {
            drop(state);
            end(output);
        }
    }
}

/// Remembers whether something was sent.
pub(crate) fn note(sending: Sending) {
    state().sending = sending;
}

/// Has something cleared away before a signal ends the program.
pub(crate) fn before_the_end(clear: impl FnOnce() + Send + 'static) {
    state().before_the_end = Some(Box::new(clear));
}

/// Something that is asked on the terminal; the terminal is not touched any more when this is dropped.
pub(crate) struct Prompt;

impl Prompt {
    /// Remembers the terminal's settings, where there is one, before something is asked.
    pub(crate) fn begin() -> Self {
        let terminal = OpenOptions::new().read(true).write(true).open(TERMINAL).ok();
        state().prompt = terminal.and_then(|file| tcgetattr(&file).ok().map(|settings| (file, settings)));
        Self
    }
}

impl Drop for Prompt {
    fn drop(&mut self) {
        state().prompt = None;
    }
}

/// Ends the program, unless the command comes to an end by itself.
fn end(output: Output) {
    let mut state = state();
    if !state.heeded {
        state.missed = Some(output);
        return;
    }
    if let Some((terminal, settings)) = &mut state.prompt {
        // Where the terminal is gone, nobody sees it.
        let _gone = tcsetattr(&*terminal, OptionalActions::Now, settings);
        let _gone = terminal.write_all(b"\n");
    }
    if let Some(clear) = state.before_the_end.take() {
        clear();
    }
    Failure::new(Code::Interrupted, state.sending.message()).write(output);
    // The lock is kept, so that the command writes nothing more.
    process::exit(i32::from(EXIT_FAILED))
}

/// How far the command is.
fn state() -> MutexGuard<'static, State> {
    STATE.lock().unwrap_or_else(PoisonError::into_inner)
}
