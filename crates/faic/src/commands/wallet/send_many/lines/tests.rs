//! Tests of the numbers of lines.

use csv::{ReaderBuilder, Trim};
use proptest::prelude::*;

use super::LineNumbers;

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

proptest! {
    /// Whatever the text is, the numbers ascend and are those of lines that it has.
    #[test]
    fn any_text(text in "[a#,\" \r\n]{0,60}") {
        let numbers = numbers(&text);
        let lines = text.replace("\r\n", "\n").split(['\r', '\n']).count() as u64;
        prop_assert!(numbers.is_sorted_by(|one, next| one < next), "{:?}", numbers);
        prop_assert!(numbers.iter().all(|number| (1..=lines).contains(number)), "{:?} of {}", numbers, lines);
    }
}
