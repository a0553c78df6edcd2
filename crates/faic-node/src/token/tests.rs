//! Tests of the bearer token.

use std::fs;

use tempfile::TempDir;

use super::ApiToken;
use crate::secret_file::SecretFileError;

/// A token is made once, matches itself alone and stays out of `Debug`.
#[test]
fn made_once_and_matches_itself() {
    let folder = TempDir::new().expect("a temporary folder");
    let path = folder.path().join("api.token");
    let token = ApiToken::read_or_create(&path).expect("a new token");
    let text = token.reveal().to_owned();
    assert_eq!(text.len(), 64);
    assert!(ApiToken::read_or_create(&path).expect("the same token").matches(&text));
    let mut flipped = text.clone();
    flipped.replace_range(63.., if text.ends_with('0') { "1" } else { "0" });
    for wrong in ["", &text[..63], &format!("{text}0"), &flipped] {
        assert!(!token.matches(wrong));
    }
    assert!(!format!("{token:?}").contains(&text));

    let other = ApiToken::read_or_create(&folder.path().join("other")).expect("another token");
    assert!(!other.matches(&text));
}

/// A file that holds no token is refused instead of taken for a weak one.
#[test]
fn damaged_file() {
    let folder = TempDir::new().expect("a temporary folder");
    let path = folder.path().join("api.token");
    ApiToken::read_or_create(&path).expect("a new token");
    for text in ["", "secret", &"z".repeat(64)] {
        fs::write(&path, text).expect("our own file");
        assert!(matches!(ApiToken::read_or_create(&path), Err(SecretFileError::Malformed { .. })));
    }
}
