//! What the program writes: tables and lines for people, one JSON document for programs.
//!
//! Answers go to standard output, everything else to standard error. A reader that closes the pipe is no error. Texts that
//! a node or another person wrote pass through [`one_line`], so that they cannot steer the terminal.

use std::{
    io::{self, IsTerminal, Write},
    process::ExitCode,
};

use serde::Serialize;
use zeroize::Zeroizing;

use crate::{
    failure::{Context, Failure},
    interruption::{self, Prompt},
};

mod table;

pub(crate) use table::{Column, table};

/// Words in a row of a phrase that a person copies.
const WORDS_PER_ROW: usize = 4;

/// Who reads what the program writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Output {
    /// A person at a terminal.
    People,
    /// A program, which gets JSON.
    Json,
}

/// Whether an answer was read, as far as the program can know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Told {
    /// It was written to somebody who had not left.
    Yes,
    /// Its reader left before.
    ReaderLeft,
}

/// What a command answers: fields for programs, a text for people.
pub(crate) trait Answer: Serialize {
    /// The text for people, of whole lines.
    fn to_text(&self) -> String;
}

impl Output {
    /// Writes the answer of a command to standard output; a reader that left is no error.
    pub(crate) fn show(self, answer: &impl Answer) -> Result<(), Failure> {
        interruption::hold_off();
        print(&self.text_of(answer)?)
    }

    /// Writes the answer of a command as [`Output::show`] does, and tells whether somebody was there to read it.
    pub(crate) fn tell(self, answer: &impl Answer) -> Result<Told, Failure> {
        interruption::hold_off();
        match write_out(&self.text_of(answer)?) {
            Ok(()) => Ok(Told::Yes),
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Told::ReaderLeft),
            Err(error) => Err(error).context("standard output cannot be written"),
        }
    }

    /// Writes an answer that is lost unless it is read now.
    ///
    /// # Errors
    /// A failure also when the reader left.
    pub(crate) fn show_once(self, answer: &impl Answer) -> Result<(), Failure> {
        interruption::hold_off();
        write_out(&self.text_of(answer)?).context("standard output cannot be written")
    }

    /// The text of an answer, wiped when dropped because it may hold a secret.
    fn text_of(self, answer: &impl Answer) -> Result<Zeroizing<String>, Failure> {
        match self {
            Self::People => Ok(Zeroizing::new(answer.to_text())),
            Self::Json => {
                let text = serde_json::to_string_pretty(answer).context("the answer cannot be written as JSON")?;
                Ok(Zeroizing::new(text + "\n"))
            }
        }
    }

    /// Writes a remark to people, on standard error; programs get none.
    pub(crate) fn note(self, text: &str) {
        match self {
            Self::People => warn_raw(&clean_lines(text)),
            Self::Json => {}
        }
    }

    /// Asks a question on the terminal; yes only when the answer is `y` or `yes`.
    ///
    /// # Errors
    /// A failure where nobody can be asked: a program, or without a terminal.
    pub(crate) fn confirm(self, question: &str) -> Result<Confirmed, Failure> {
        let line = self.read_answer(&format!("{question} [y/N]"), |why| {
            format!("{why} to confirm at; add --yes to go ahead without being asked")
        })?;
        let yes = matches!(line.trim().to_ascii_lowercase().as_str(), "y" | "yes");
        Ok(if yes { Confirmed::Yes } else { Confirmed::No })
    }

    /// Asks for a text on the terminal; `option` answers without one.
    ///
    /// # Errors
    /// A failure where nobody can be asked: a program, or without a terminal.
    pub(crate) fn ask(self, question: &str, option: &str) -> Result<String, Failure> {
        self.read_answer(question, |why| format!("{why} to answer at; answer with {option}"))
    }

    /// Shows a question on the terminal and reads a line there; programs, which read one document only, are asked nothing.
    fn read_answer(self, question: &str, refusal: impl FnOnce(&str) -> String) -> Result<String, Failure> {
        if self == Self::Json {
            return Err(Failure::usage(refusal("with --json there is no person")));
        }
        if !io::stdin().is_terminal() {
            return Err(Failure::usage(refusal("there is no terminal")));
        }
        let _prompt = Prompt::begin();
        {
            let mut err = io::stderr().lock();
            write!(err, "{} ", clean_lines(question))
                .and_then(|()| err.flush())
                .context("the terminal cannot be written")?;
        }
        let mut line = String::new();
        io::stdin().read_line(&mut line).context("the terminal cannot be read")?;
        Ok(line)
    }
}

/// Writes text to standard output; a reader that left is no error.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    match write_out(text) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(error).context("standard output cannot be written")
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Writes text to standard output, all of it.
fn write_out(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush())
}

/// Writes a line to standard error; when that is closed, nobody is there to be told.
pub(crate) fn warn_raw(line: &str) {
    let _nobody_reads = writeln!(io::stderr().lock(), "{line}");
}

/// Writes what was asked for with `--help` or `--version`.
pub(crate) fn show_help(text: &str) -> ExitCode {
    match print(text) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(Output::People),
    }
}

/// What a person answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Confirmed {
    /// Go ahead.
    Yes,
    /// Do nothing.
    No,
}

/// How many letters a line of standard output has, where that is a terminal.
pub(crate) fn terminal_width() -> Option<usize> {
    width_of(&io::stdout())
}

/// How many letters a line of standard error has, where that is a terminal.
pub(crate) fn error_width() -> Option<usize> {
    width_of(&io::stderr())
}

/// How many letters a line has, where that is a terminal which tells.
#[cfg(unix)]
fn width_of(stream: &(impl IsTerminal + std::os::fd::AsFd)) -> Option<usize> {
    let size = stream.is_terminal().then(|| rustix::termios::tcgetwinsize(stream).ok()).flatten();
    size.map(|size| usize::from(size.ws_col)).filter(|columns| *columns > 0)
}

/// How many letters a line has; it is not known on this operating system.
#[cfg(not(unix))]
fn width_of(_: &impl IsTerminal) -> Option<usize> {
    None
}

/// Lines of a name and a value, aligned.
pub(crate) fn fields(fields: &[(&str, String)]) -> String {
    let width = fields.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
    let line =
        |(name, value): &(&str, String)| format!("{name:<width$}  {}", one_line(value)).trim_end().to_owned() + "\n";
    fields.iter().map(line).collect()
}

/// So many things, in words; a number beyond 64 bits is none that counts something.
pub(crate) fn counted(number: impl TryInto<u64>, noun: &str) -> String {
    let number = number.try_into().unwrap_or(u64::MAX);
    let end = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{end}")
}

/// The words of a phrase with their numbers, in rows that a person can copy.
pub(crate) fn numbered_words(phrase: &str) -> Vec<String> {
    let words: Vec<String> =
        phrase.split_whitespace().zip(1..).map(|(word, number)| format!("{number:>2}. {word:<12}")).collect();
    words.chunks(WORDS_PER_ROW).map(|row| row.concat().trim_end().to_owned()).collect()
}

/// The text with every control character and line break replaced by a space.
///
/// So are the characters that change the direction of text (Unicode Bidirectional Algorithm, UAX #9), which could make an
/// address or an amount look like another, and those that show nothing, which could make two texts look the same.
pub(crate) fn one_line(text: &str) -> String {
    text.chars().map(|c| if is_seen(c) { c } else { ' ' }).collect()
}

/// Whether a reader sees a character: it is no control character, no separator of lines, and none that Unicode lets a
/// program leave out where it cannot show it (`Default_Ignorable_Code_Point`, DerivedCoreProperties of Unicode 16) or that
/// annotates others.
fn is_seen(c: char) -> bool {
    let is_ignorable = matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}');
    !(c.is_control() || is_ignorable || matches!(c, '\u{2028}' | '\u{2029}'))
}

/// The text with each of its lines cleaned as [`one_line`] does.
fn clean_lines(text: &str) -> String {
    text.split('\n').map(one_line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests;
