//! Names that the owner of a wallet gives: to its accounts, and to those in its address book.
//!
//! They are in the owner's own script. What is typed is brought into one form (NFKC, UAX #15), so that two keyboards write
//! one name; what lies in a file must be in that form. Which texts are names depends on `XID_Continue` of UAX #31 and on
//! normal forms, which Unicode never takes back, and on what is a mark or a number, which it does not promise for ever and
//! hardly changes; so a file that opens today opens with later tables. What does change, which scripts are mixed and which names look alike (UTS #39), is asked of new names only.

use std::fmt;
use std::io;
use std::str::FromStr;

use borsh::{BorshDeserialize, BorshSerialize};
use unicode_ident::{is_xid_continue, is_xid_start};
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};
use unicode_security::{mixed_script::AugmentedScriptSet, skeleton};

use crate::address::Address;
use crate::bounded;

/// Most characters in a name.
pub const LABEL_CHARACTERS_MAX: usize = 64;

/// Most bytes in a name (UTF-8): three for each character, which is what one of the Basic Multilingual Plane takes.
pub const LABEL_BYTES_MAX: usize = 3 * LABEL_CHARACTERS_MAX;

/// Most bytes that are looked at to find a name: a letter may be typed with its marks one by one.
const TYPED_BYTES_MAX: usize = 4 * LABEL_BYTES_MAX;

/// Most marks on one letter (UTS #39, §5.4).
const MARKS_MAX: usize = 4;

/// Characters that show nothing, or what stands before them otherwise, though they count as part of a word or may do so one
/// day: of `Default_Ignorable_Code_Point`, and the blanks among the hieroglyphs.
const INVISIBLE: [(char, char); 13] = [
    ('\u{34f}', '\u{34f}'),
    ('\u{115f}', '\u{1160}'),
    ('\u{17b4}', '\u{17b5}'),
    ('\u{180b}', '\u{180f}'),
    ('\u{200c}', '\u{200d}'),
    ('\u{2065}', '\u{2065}'),
    ('\u{3164}', '\u{3164}'),
    ('\u{fe00}', '\u{fe0f}'),
    ('\u{ffa0}', '\u{ffa0}'),
    ('\u{fff0}', '\u{fff8}'),
    ('\u{13441}', '\u{13446}'),
    ('\u{1bca0}', '\u{1bca3}'),
    ('\u{e0000}', '\u{e0fff}'),
];

/// Connectors that count as part of a word, beside `_`, and that nobody has on a keyboard.
const TIES: [char; 3] = ['\u{203f}', '\u{2040}', '\u{2054}'];

/// A name of an account or of the address book: letters, marks and digits of any script, `_`, `-`, the middle dots of
/// names (`·`, `・`), and single spaces between words.
///
/// It begins with a letter, a digit or `_`; it is no number, which would mean an account's, and does not begin as an
/// address does.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, BorshSerialize)]
pub struct Label(String);

impl Label {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Takes a text that is in the form of names already.
    ///
    /// # Errors
    /// [`LabelError`]; [`LabelError::NotNormal`] for a text that means a name and is not written as it.
    pub fn stored(text: &str) -> Result<Self, LabelError> {
        let name: Self = text.parse()?;
        if name.0 == text { Ok(name) } else { Err(LabelError::NotNormal) }
    }

    /// Whether another name could be taken for this one (UTS #39, §4): written with letters that look the same, or
    /// differing in capital letters only.
    pub fn looks_like(&self, other: &str) -> bool {
        let forms: [fn(&str) -> String; 3] = [
            |text| skeleton(text).collect(),
            |text| skeleton(&text.to_lowercase()).collect(),
            |text| skeleton(text).collect::<String>().to_lowercase(),
        ];
        forms.iter().any(|form| form(&self.0) == form(other))
    }

    /// Whether the name mixes scripts that are not written together: more than one, and more than Latin letters with
    /// those of Chinese, Japanese or Korean (the level "highly restrictive" of UTS #39, §5.2).
    pub fn mixes_scripts(&self) -> bool {
        let latin = AugmentedScriptSet::for_char('a').base;
        let (mut all, mut others) = (AugmentedScriptSet::default(), AugmentedScriptSet::default());
        for scripts in self.0.chars().map(AugmentedScriptSet::for_char) {
            all.intersect_with(scripts);
            let mut as_latin = scripts.base;
            as_latin.intersect_with(latin);
            if as_latin.is_empty() {
                others.intersect_with(scripts);
            }
        }
        all.is_empty() && !(others.hanb || others.jpan || others.kore)
    }
}

impl FromStr for Label {
    type Err = LabelError;

    /// Reads what somebody typed.
    fn from_str(text: &str) -> Result<Self, LabelError> {
        let text = normal(text).ok_or(LabelError::Length)?;
        check_length(&text)?;
        check_characters(&text)?;
        if text.chars().all(char::is_numeric) {
            return Err(LabelError::Number);
        }
        if Address::is_begun_by(&text) {
            return Err(LabelError::Address);
        }
        Ok(Self(text))
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl BorshDeserialize for Label {
    /// Reads a name of a file, which is in its form already.
    fn deserialize_reader<R: io::Read>(reader: &mut R) -> io::Result<Self> {
        let text = bounded::read_text(reader, LABEL_BYTES_MAX)?;
        Self::stored(&text).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
    }
}

/// The one form of a text that was typed (NFKC): letters composed, wide letters and digits narrow, the ideographic space a
/// space; nothing for a text that is too long to be a name.
pub(super) fn normal(text: &str) -> Option<String> {
    (text.len() <= TYPED_BYTES_MAX).then(|| text.nfkc().collect())
}

/// Refuses an empty text, and one beyond the limits.
fn check_length(text: &str) -> Result<(), LabelError> {
    let characters = text.chars().count();
    if characters == 0 || characters > LABEL_CHARACTERS_MAX || text.len() > LABEL_BYTES_MAX {
        return Err(LabelError::Length);
    }
    Ok(())
}

/// What stands before a character.
#[derive(Clone, Copy)]
enum Before {
    /// Nothing: the name begins.
    Nothing,
    /// A space.
    Space,
    /// A character that carries no marks.
    Punctuation,
    /// A letter or a digit with so many marks.
    Letter(usize),
}

/// Refuses characters that no name has, and those that stand where they show nothing.
fn check_characters(text: &str) -> Result<(), LabelError> {
    let mut before = Before::Nothing;
    for character in text.chars() {
        before = match (character, before) {
            (' ', Before::Nothing | Before::Space) => return Err(LabelError::Space),
            (' ', Before::Punctuation | Before::Letter(_)) => Before::Space,
            _ if !is_visible(character) => return Err(LabelError::Character { character }),
            (_, Before::Letter(marks)) if is_combining_mark(character) && marks < MARKS_MAX => {
                Before::Letter(marks.saturating_add(1))
            }
            _ if is_combining_mark(character) => return Err(LabelError::Mark { character }),
            ('_', _) => Before::Punctuation,
            _ if is_xid_start(character) || character.is_numeric() => Before::Letter(0),
            (_, Before::Nothing) => return Err(LabelError::Start { character }),
            _ => Before::Punctuation,
        };
    }
    match before {
        Before::Space => Err(LabelError::Space),
        Before::Nothing | Before::Punctuation | Before::Letter(_) => Ok(()),
    }
}

/// Whether a character may stand in a name, and shows something.
fn is_visible(character: char) -> bool {
    let is_hidden = INVISIBLE.iter().any(|(first, last)| (*first..=*last).contains(&character));
    character == '-' || is_xid_continue(character) && !is_hidden && !TIES.contains(&character)
}

/// A character as an error tells it: by its number, and itself where everybody sees it.
fn shown(character: char) -> String {
    let number = format!("U+{:04X}", u32::from(character));
    if character.is_ascii_graphic() { format!("{character} ({number})") } else { number }
}

/// Why a text is no name of an account or of the address book.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LabelError {
    /// Nothing, or too much.
    #[error("a name has 1 to {LABEL_CHARACTERS_MAX} characters, and at most {LABEL_BYTES_MAX} bytes")]
    Length,
    /// A character that is none of those of names.
    #[error("a name has letters, digits, spaces, hyphens and underscores, and not {}", shown(*character))]
    Character {
        /// The character.
        character: char,
    },
    /// A name begins otherwise.
    #[error("a name begins with a letter, a digit or an underscore, and not with {character}")]
    Start {
        /// The character.
        character: char,
    },
    /// A space at an end, or beside another one.
    #[error("a space in a name stands alone, between two words")]
    Space,
    /// A mark on no letter, or one too many.
    #[error("a mark in a name stands on a letter, with {MARKS_MAX} at most, and U+{:04X} does not", u32::from(*character))]
    Mark {
        /// The mark.
        character: char,
    },
    /// Nothing but digits.
    #[error("a name has more than digits, because a number means the account of that number")]
    Number,
    /// The beginning of an address.
    #[error("a name does not begin as addresses do: faic1, tfaic1, dfaic1")]
    Address,
    /// A name that is not in the form of names.
    #[error("the name is not in its normal form")]
    NotNormal,
}

#[cfg(test)]
mod tests;
