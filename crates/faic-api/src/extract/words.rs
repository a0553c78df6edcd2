//! What the readers of JSON and of queries say, in the words of the document and not in those of Rust.

/// What stands for a type of Rust after `expected`.
const TYPES: [(&str, &str); 8] = [
    ("u8", "a whole number from 0 to 255"),
    ("u16", "a whole number from 0 to 65535"),
    ("u32", "a whole number from 0 to 4294967295"),
    ("u64", "a whole number, not negative"),
    ("usize", "a whole number, not negative"),
    ("a sequence", "a list"),
    ("a map", "an object"),
    ("unit", "null"),
];

/// What stands for how Rust names a value that was found.
const VALUES: [(&str, &str); 4] =
    [("sequence", "a list"), ("map", "an object"), ("integer ", "the number "), ("floating point ", "the number ")];

/// What stands for what Rust says of a text that is no number.
const NUMBERS: [(&str, &str); 4] = [
    ("invalid digit found in string", "this is not a whole number"),
    ("cannot parse integer from empty string", "this is not a whole number"),
    ("number too large to fit in target type", "this number is too large"),
    ("number too small to fit in target type", "this number is too small"),
];

/// What is wrong with a body of JSON.
pub(super) fn of_body(error: &str) -> String {
    let (what, place) = error.rsplit_once(" at line ").map_or((error, None), |(what, place)| (what, Some(place)));
    let place = place.map(|place| format!(" at line {place}")).unwrap_or_default();
    let what = match what.rsplit_once(", expected ") {
        Some((found, expected)) => format!("{}, expected {}", value(found), expected_type(expected)),
        None => what.to_owned(),
    };
    format!("{what}{place}")
}

/// What is wrong with a query.
pub(super) fn of_query(error: &str) -> String {
    let error = error.strip_prefix("Failed to deserialize query string: ").unwrap_or(error);
    let error = NUMBERS.iter().fold(error.to_owned(), |error, (rust, word)| error.replace(rust, word));
    let error =
        error.replace("unknown field", "unknown parameter").replace("duplicate field", "given twice: the parameter");
    error.replace("there are no fields", "there are none").replace("missing field", "missing parameter")
}

/// What was expected, of which only the name of its type is known.
fn expected_type(expected: &str) -> String {
    if expected.starts_with("struct ") || expected.starts_with("internally tagged enum ") {
        return "an object with named fields".to_owned();
    }
    let known = TYPES.iter().find(|(rust, _)| *rust == expected);
    known.map_or(expected, |(_, words)| words).to_owned()
}

/// What was found in the place of what was expected.
fn value(found: &str) -> String {
    let Some((kind, value)) = found.split_once(": ").filter(|(kind, _)| kind.starts_with("invalid ")) else {
        return found.to_owned();
    };
    let known = VALUES.iter().find_map(|(rust, words)| value.strip_prefix(rust).map(|rest| format!("{words}{rest}")));
    format!("{kind}: {}", known.unwrap_or_else(|| value.to_owned()))
}

#[cfg(test)]
mod tests;
