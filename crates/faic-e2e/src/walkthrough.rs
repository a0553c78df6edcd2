//! Documents that run: the commands of a Markdown file, and what they should print.
//!
//! A block fenced as `console` holds commands, on lines that begin with `$ `, each followed by what it prints. All
//! commands of a document run in order in one shell, so that a variable set by one is seen by the next. What varies from
//! run to run is written `…`; see [`pattern`]. A document is compared, never corrected.

use std::{
    fs,
    path::{Path, PathBuf},
};

pub mod pattern;
pub mod shell;

/// A document with commands.
#[derive(Debug)]
pub struct Document {
    /// Where it is.
    path: PathBuf,
    /// Its commands, in order.
    steps: Vec<Step>,
}

/// One command and what it should print.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The line of the document, from 1.
    pub line: usize,
    /// What a shell is given.
    pub command: String,
    /// The lines that should be printed, with `…` for what varies.
    pub expected: String,
}

impl Document {
    /// Reads the document at `path`, relative to the root of the workspace.
    ///
    /// # Panics
    /// When it can't be read.
    pub fn read(path: &str) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let text = fs::read_to_string(root.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
        Self { path: path.into(), steps: steps(&text) }
    }

    /// The commands, in order.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Runs every command in `folder`, with those environment variables, and compares what each printed.
    ///
    /// # Errors
    /// One paragraph for each command that printed something else or failed.
    pub fn run(&self, folder: &Path, variables: &[(&str, &str)]) -> Result<(), String> {
        let printed = shell::run(&self.steps, folder, variables)?;
        let mut differences = Vec::new();
        for (index, step) in self.steps.iter().enumerate() {
            let difference = match printed.get(index) {
                None => Err("was not reached".to_owned()),
                Some((_, status)) if *status != 0 => Err(format!("ended with status {status}")),
                Some((text, _)) => pattern::compare(&step.expected, text),
            };
            if let Err(difference) = difference {
                let text = printed.get(index).map_or("", |(text, _)| text);
                let place = format!("{}:{}", self.path.display(), step.line);
                differences.push(format!("{place}: `{}`\n{difference}\nit printed:\n{text}\n", step.command));
            }
        }
        if differences.is_empty() { Ok(()) } else { Err(differences.join("\n")) }
    }

    /// The requests that the commands make to a node: method and path, with shell variables as they are written.
    pub fn requests(&self) -> Vec<(&'static str, String)> {
        self.steps.iter().flat_map(|step| requests(&step.command)).collect()
    }
}

/// Finds the commands in the `console` blocks of a Markdown text.
pub fn steps(text: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut in_block = false;
    let mut goes_on = false;
    for (line, content) in (1..).zip(text.lines()) {
        if content.starts_with("```") {
            in_block = content == "```console";
            goes_on = false;
        } else if !in_block {
        } else if let Some(command) = content.strip_prefix("$ ") {
            steps.push(Step { line, command: command.to_owned(), expected: String::new() });
            goes_on = command.ends_with('\\');
        } else if let Some(step) = steps.last_mut() {
            let target = if goes_on { &mut step.command } else { &mut step.expected };
            if !target.is_empty() {
                target.push('\n');
            }
            target.push_str(content);
            goes_on = goes_on && content.ends_with('\\');
        }
    }
    steps
}

/// The requests to `$NODE` in one command; with data it is a POST unless the command says otherwise.
fn requests(command: &str) -> Vec<(&'static str, String)> {
    const METHODS: [&str; 3] = ["GET", "POST", "DELETE"];
    let named = METHODS.into_iter().find(|method| command.contains(&format!("-X {method}")));
    let sends = ["-d ", "--json ", "--data"].iter().any(|option| command.contains(option));
    let method = named.unwrap_or(if sends { "POST" } else { "GET" });
    let ends = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '?' | ')' | '|' | ';');
    let rests = command.split("$NODE").skip(1);
    rests.map(|rest| (method, rest.split(ends).next().unwrap_or_default().to_owned())).collect()
}

#[cfg(test)]
mod tests;
