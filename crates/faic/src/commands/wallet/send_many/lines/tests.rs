//! Tests of the numbers of lines.

use csv::{ReaderBuilder, Trim};
use proptest::prelude::*;

use super::{LineNumbers, open_quote};

/// The numbers of the records of a text, after its header.
fn numbers(text: &str) -> Vec<u64> {
    let mut numbers = LineNumbers { text: text.as_bytes(), place: 0, number: 1 };
    let mut builder = ReaderBuilder::new();
    let mut reader = builder.flexible(true).comment(Some(b'#')).trim(Trim::All).from_reader(text.as_bytes());
    reader.records().flatten().map(|record| numbers.of(record.position())).collect()
}

/// Blank lines, comments and line breaks in quotes are counted as an editor counts them, whatever ends the lines.
#[test]
fn as_an_editor_shows_them() {
    assert_eq!(numbers("h\na\nb"), [2, 3]);
    assert_eq!(numbers("h\r\na\r\n\r\n\r\nb\r\n"), [2, 5]);
    assert_eq!(numbers("h\ra\r\rb\r"), [2, 4]);
    assert_eq!(numbers("# x\n\nh\n# y\n\"a\nb\nc\"\n#\nd\n"), [5, 9]);
}

/// Only a quote at the beginning of a field opens one.
#[test]
fn quotes_that_are_never_closed() {
    for (text, open) in [("h\na,\"b\nc,d\n", Some(4)), ("\"h", Some(0)), ("a\n# \"\n\"", Some(6)), ("\"a\"\"", Some(0))]
    {
        assert_eq!(open_quote(text.as_bytes()), open, "{text}");
    }
    for text in ["", "a\"b", " \"a", "\"a\"", "\"a\"\"\"", "# \"", "\"a\nb\",c"] {
        assert_eq!(open_quote(text.as_bytes()), None, "{text}");
    }
}

proptest! {
    /// A quote is open at the end of a text where the reader takes another line for a part of the last field.
    #[test]
    fn open_quotes_are_the_readers(text in "[a#,\" \r\n]{0,60}") {
        let longer = format!("{text}\nZ\n");
        let mut builder = ReaderBuilder::new();
        let mut reader = builder.flexible(true).has_headers(false).comment(Some(b'#')).from_reader(longer.as_bytes());
        let last = reader.records().flatten().last().expect("there is a line");
        prop_assert_eq!(open_quote(text.as_bytes()).is_some(), last != vec!["Z"]);
    }

    /// Whatever the text is, the numbers ascend and are those of lines that it has.
    #[test]
    fn any_text(text in "[a#,\" \r\n]{0,60}") {
        let numbers = numbers(&text);
        let lines = text.replace("\r\n", "\n").split(['\r', '\n']).count() as u64;
        prop_assert!(numbers.is_sorted_by(|one, next| one < next), "{:?}", numbers);
        prop_assert!(numbers.iter().all(|number| (1..=lines).contains(number)), "{:?} of {}", numbers, lines);
    }
}
