//! Normalisation of what people type (Unicode NFKD), so that one phrase or password is the same bytes on every keyboard.
//!
//! The texts are secrets: a result is wiped when dropped, and is built without growing, so that no copy stays behind.

use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

/// The NFKD form of `text`.
pub(crate) fn nfkd(text: &str) -> Zeroizing<String> {
    collect(|| text.nfkd())
}

/// The NFKD form of `text` in lower case, the form of every BIP-39 word list.
pub(crate) fn nfkd_lowercase(text: &str) -> Zeroizing<String> {
    collect(|| text.nfkd().flat_map(char::to_lowercase))
}

/// Collects the characters of an iterator that can be made twice into a text of exactly the right capacity.
fn collect<I: Iterator<Item = char>>(characters: impl Fn() -> I) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(characters().map(char::len_utf8).sum()));
    text.extend(characters());
    text
}

#[cfg(test)]
mod tests;
