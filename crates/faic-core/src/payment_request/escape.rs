//! Values of a URI's query: which characters stand for themselves, and `%` with two digits for all others (RFC 3986).

use std::fmt::Write;

use super::PaymentRequestError;

/// Whether a character stands for itself when it is written: the unreserved ones of RFC 3986, §2.3.
const fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// Whether a character may stand for itself when it is read: `qchar` of BIP-21 and ZIP-321, without `%`.
const fn is_allowed(byte: u8) -> bool {
    is_unreserved(byte)
        || matches!(byte, b'!' | b'$' | b'\'' | b'(' | b')' | b'*' | b'+' | b',' | b';' | b':' | b'@' | b'/' | b'?')
}

/// Writes a text as a value.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if is_unreserved(byte) {
            escaped.push(char::from(byte));
        } else {
            write!(escaped, "%{byte:02X}").expect("a string can be written to");
        }
    }
    escaped
}

/// Reads a value; `+` is a plus.
///
/// # Errors
/// [`PaymentRequestError::Character`], [`PaymentRequestError::Percent`], [`PaymentRequestError::NotUtf8`].
pub(super) fn unescape(value: &str) -> Result<String, PaymentRequestError> {
    let mut bytes = Vec::with_capacity(value.len());
    let mut characters = value.chars();
    while let Some(character) = characters.next() {
        match u8::try_from(character) {
            Ok(b'%') => bytes.push(escaped_byte(&mut characters)?),
            Ok(byte) if is_allowed(byte) => bytes.push(byte),
            Ok(_) | Err(_) => return Err(PaymentRequestError::Character(character)),
        }
    }
    String::from_utf8(bytes).map_err(|_| PaymentRequestError::NotUtf8)
}

/// The byte of two hexadecimal digits.
fn escaped_byte(characters: &mut impl Iterator<Item = char>) -> Result<u8, PaymentRequestError> {
    let mut digit = || characters.next().filter(char::is_ascii_hexdigit).ok_or(PaymentRequestError::Percent);
    let digits = [digit()?, digit()?];
    u8::from_str_radix(&String::from_iter(digits), 16).map_err(|_| PaymentRequestError::Percent)
}
