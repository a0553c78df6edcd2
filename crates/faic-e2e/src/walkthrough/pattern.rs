//! What a command should print: JSON by its structure, any other text line by line.
//!
//! JSON may be laid out for reading, and its fields may stand in any order. `…` stands for what varies: inside a text for
//! any characters, as a value for any value, at the end of a list or an object for whatever follows, and as a whole line
//! of text for any lines. Whatever is not covered by a `…` must be there, and nothing else may be.

use serde_json::Value;

/// The sign of what varies.
const ANY: char = '…';

/// What a JSON value should be.
#[derive(Debug, PartialEq)]
enum Pattern {
    /// Whatever it is.
    Any,
    /// A text, in which [`ANY`] stands for any characters.
    Text(String),
    /// A number, a truth value or null.
    Literal(Value),
    /// A list of those values.
    List(Vec<Pattern>, Rest),
    /// An object of those fields.
    Object(Vec<(String, Pattern)>, Rest),
}

/// Whether a list or an object may go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rest {
    /// Nothing may follow.
    None,
    /// Whatever follows.
    Any,
}

/// Compares what was printed with what should be.
///
/// # Errors
/// Where they differ, in one line.
pub fn compare(expected: &str, printed: &str) -> Result<(), String> {
    match Parser::whole(expected) {
        Some(pattern) => {
            let value = serde_json::from_str(printed).map_err(|error| format!("it should be JSON: {error}"))?;
            pattern.compare("", &value)
        }
        None => compare_lines(&lines(expected), &lines(printed)),
    }
}

/// The lines of a text; none of an empty one.
fn lines(text: &str) -> Vec<&str> {
    text.lines().map(str::trim_end).collect()
}

/// Compares texts line by line.
fn compare_lines(expected: &[&str], printed: &[&str]) -> Result<(), String> {
    match (expected, printed) {
        ([], []) => Ok(()),
        ([any], _) if *any == ANY.to_string() => Ok(()),
        ([any, rest @ ..], _) if *any == ANY.to_string() => {
            let fits = (0..=printed.len()).any(|skipped| compare_lines(rest, &printed[skipped..]).is_ok());
            if fits { Ok(()) } else { Err(format!("after `{ANY}` nothing fits the line `{}`", rest[0])) }
        }
        ([line, ..], []) => Err(format!("the line `{line}` is missing")),
        ([], [line, ..]) => Err(format!("the line `{line}` should not be there")),
        ([line, rest @ ..], [found, others @ ..]) if fits(line, found) => compare_lines(rest, others),
        ([line, ..], [found, ..]) => Err(format!("the line `{line}` is `{found}`")),
    }
}

/// Whether a text fits one in which [`ANY`] stands for any characters.
fn fits(expected: &str, found: &str) -> bool {
    let Some((start, rest)) = expected.split_once(ANY) else { return expected == found };
    let Some(mut found) = found.strip_prefix(start) else { return false };
    let mut parts: Vec<&str> = rest.split(ANY).collect();
    let end = parts.pop().unwrap_or_default();
    for part in parts {
        let Some(at) = found.find(part) else { return false };
        found = &found[at + part.len()..];
    }
    found.ends_with(end)
}

impl Pattern {
    /// Compares the value at `path`.
    fn compare(&self, path: &str, value: &Value) -> Result<(), String> {
        let differs = |expected: &dyn std::fmt::Display| Err(format!("{path} should be {expected}, and is {value}"));
        match (self, value) {
            (Self::Any, _) => Ok(()),
            (Self::Text(expected), Value::String(found)) if fits(expected, found) => Ok(()),
            (Self::Text(expected), _) => differs(&format!("\"{expected}\"")),
            (Self::Literal(expected), _) if expected == value => Ok(()),
            (Self::Literal(expected), _) => differs(expected),
            (Self::List(items, rest), Value::Array(values)) => {
                let long_enough = values.len() == items.len() || (*rest == Rest::Any && values.len() > items.len());
                if !long_enough {
                    return differs(&format!("a list of {}", items.len()));
                }
                let mut pairs = items.iter().zip(values).enumerate();
                pairs.try_for_each(|(index, (item, value))| item.compare(&format!("{path}[{index}]"), value))
            }
            (Self::List(..), _) => differs(&"a list"),
            (Self::Object(fields, rest), Value::Object(values)) => {
                for (name, pattern) in fields {
                    let value = values.get(name).ok_or_else(|| format!("{path}.{name} is missing"))?;
                    pattern.compare(&format!("{path}.{name}"), value)?;
                }
                let known = |name: &String| fields.iter().any(|(field, _)| field == name);
                match values.keys().find(|name| *rest == Rest::None && !known(name)) {
                    Some(name) => Err(format!("{path}.{name} should not be there")),
                    None => Ok(()),
                }
            }
            (Self::Object(..), _) => differs(&"an object"),
        }
    }
}

/// Reads a pattern.
struct Parser<'a> {
    /// What is left to read.
    rest: &'a str,
}

impl Parser<'_> {
    /// Reads a text that is a list or an object; `None` for any other text.
    fn whole(text: &str) -> Option<Pattern> {
        let mut parser = Parser { rest: text };
        let pattern = parser.value().filter(|pattern| matches!(pattern, Pattern::List(..) | Pattern::Object(..)))?;
        parser.rest.trim().is_empty().then_some(pattern)
    }

    /// Takes a sign, if it comes next.
    fn take(&mut self, sign: char) -> bool {
        self.rest = self.rest.trim_start();
        let rest = self.rest.strip_prefix(sign);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// Reads a value.
    fn value(&mut self) -> Option<Pattern> {
        if self.take(ANY) {
            return Some(Pattern::Any);
        }
        if self.take('[') {
            let (items, rest) = self.members(']', Self::value)?;
            return Some(Pattern::List(items, rest));
        }
        if self.take('{') {
            let (fields, rest) = self.members('}', Self::field)?;
            return Some(Pattern::Object(fields, rest));
        }
        let literal = self.literal()?;
        Some(literal.as_str().map_or_else(|| Pattern::Literal(literal.clone()), |text| Pattern::Text(text.to_owned())))
    }

    /// Reads members up to `end`; a lone [`ANY`] as the last one lets the rest be anything.
    fn members<T>(&mut self, end: char, member: impl Fn(&mut Self) -> Option<T>) -> Option<(Vec<T>, Rest)> {
        let mut members = Vec::new();
        while !self.take(end) {
            let before = self.rest;
            if self.take(ANY) && self.take(end) {
                return Some((members, Rest::Any));
            }
            self.rest = before;
            members.push(member(self)?);
            if !self.take(',') && !self.rest.trim_start().starts_with(end) {
                return None;
            }
        }
        Some((members, Rest::None))
    }

    /// Reads the name and the value of a field.
    fn field(&mut self) -> Option<(String, Pattern)> {
        let Value::String(name) = self.literal()? else { return None };
        if self.take(':') { Some((name, self.value()?)) } else { None }
    }

    /// Reads a text, a number, a truth value or null.
    fn literal(&mut self) -> Option<Value> {
        let mut values = serde_json::Deserializer::from_str(self.rest).into_iter::<Value>();
        let value = values.next()?.ok()?;
        let end = values.byte_offset();
        self.rest = &self.rest[end..];
        Some(value)
    }
}

#[cfg(test)]
mod tests;
