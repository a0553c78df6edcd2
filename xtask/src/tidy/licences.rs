//! The rule that every library's licence is one that we have decided to accept: the `allow` list in `deny.toml`.
//!
//! It reads the licence expressions of `cargo metadata` for the platform it runs on, so it works where cargo-deny is
//! not installed. It does not read the libraries' licence texts; cargo-deny does.
//! Grammar of the expressions: <https://spdx.github.io/spdx-spec/v2.3/SPDX-license-expressions/>.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use super::finding::Finding;
use super::workspace::Workspace;

/// Where the allowed licences are listed.
const LIST: &str = "deny.toml";

/// Finds libraries whose licence is not allowed, and allowed licences that nothing uses.
pub(crate) fn find(workspace: &Workspace) -> Vec<Finding> {
    let Some(list) = workspace.file(LIST) else {
        return vec![Finding::error(LIST, 1, "the list of allowed licences is missing", "write it: [licenses] allow")];
    };
    let allowed = allowed_licences(&list.text);
    let mut findings = Vec::new();
    let mut used = BTreeSet::new();
    for library in &workspace.libraries {
        let name = format!("{} {}", library.name, library.version);
        let problem = match &library.licence {
            None => Some(format!("{name} states no licence")),
            Some(licence) => match is_accepted(licence, &allowed, &mut used) {
                Ok(true) => None,
                Ok(false) => Some(format!("{name} is licensed under `{licence}`")),
                Err(reason) => Some(format!("{name} has a licence `{licence}` that cannot be read: {reason}")),
            },
        };
        if let Some(problem) = problem {
            let entry = format!("name = \"{}\"", library.name);
            let line = workspace.file("Cargo.lock").map_or(1, |lock| lock.line_starting_with(&entry));
            let remedy = "take another library, or decide on the licence in deny.toml";
            findings.push(Finding::error("Cargo.lock", line, problem, remedy));
        }
    }
    for licence in allowed.iter().filter(|licence| !used.contains(*licence)) {
        let line = list.line_starting_with(&format!("\"{licence}\""));
        let problem = format!("no library on this platform mentions the licence {licence}");
        findings.push(Finding::warning(LIST, line, problem, "remove it from the list"));
    }
    findings
}

/// Reads the names in the list `allow = [ … ]` of the section `[licenses]`.
fn allowed_licences(text: &str) -> BTreeSet<String> {
    let section = text.split_once("\n[licenses]").map_or("", |(_, rest)| rest);
    let list = section.split_once("\nallow = [").map_or("", |(_, rest)| rest);
    let list = list.split_once(']').map_or("", |(list, _)| list);
    list.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

/// Tells whether the expression can be satisfied with allowed licences, and notes those that it mentions.
///
/// # Errors
/// What is wrong with the expression.
fn is_accepted(expression: &str, allowed: &BTreeSet<String>, used: &mut BTreeSet<String>) -> Result<bool, String> {
    // Old packages write `MIT/Apache-2.0` for `MIT OR Apache-2.0`.
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let mut parser = Parser { tokens: spaced.split_whitespace().collect(), at: 0, allowed, used };
    let accepted = parser.any()?;
    match parser.peek() {
        None => Ok(accepted),
        Some(token) => Err(format!("`{token}` is not expected there")),
    }
}

/// A reader of licence expressions by recursive descent.
struct Parser<'a> {
    /// The words and parentheses of the expression.
    tokens: Vec<&'a str>,
    /// The index of the next token.
    at: usize,
    /// The licences that are allowed.
    allowed: &'a BTreeSet<String>,
    /// The allowed licences that an expression has mentioned.
    used: &'a mut BTreeSet<String>,
}

impl Parser<'_> {
    /// Reads the next token without taking it.
    fn peek(&self) -> Option<&str> {
        self.tokens.get(self.at).copied()
    }

    /// Takes the next token if it is the expected one.
    fn take(&mut self, expected: &str) -> bool {
        let found = self.peek() == Some(expected);
        self.at += usize::from(found);
        found
    }

    /// Reads alternatives, of which one must be accepted.
    fn any(&mut self) -> Result<bool, String> {
        let mut accepted = self.all()?;
        while self.take("OR") {
            accepted |= self.all()?;
        }
        Ok(accepted)
    }

    /// Reads licences that hold together, all of which must be accepted.
    fn all(&mut self) -> Result<bool, String> {
        let mut accepted = self.one()?;
        while self.take("AND") {
            accepted &= self.one()?;
        }
        Ok(accepted)
    }

    /// Reads a licence with its exception, or an expression in parentheses.
    fn one(&mut self) -> Result<bool, String> {
        if self.take("(") {
            let accepted = self.any()?;
            return if self.take(")") { Ok(accepted) } else { Err("a parenthesis is not closed".to_owned()) };
        }
        let mut name = match self.peek() {
            None | Some("OR" | "AND" | "WITH" | ")") => return Err("a licence is missing".to_owned()),
            Some(name) => name.to_owned(),
        };
        self.at += 1;
        if self.take("WITH") {
            name = format!("{name} WITH {}", self.peek().ok_or("an exception is missing")?);
            self.at += 1;
        }
        let accepted = self.allowed.contains(&name);
        if accepted {
            self.used.insert(name);
        }
        Ok(accepted)
    }
}
