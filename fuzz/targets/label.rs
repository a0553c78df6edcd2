//! Names of accounts and of address books as people type them: one form, which is read alike, and never an address.

#![no_main]

use borsh::BorshDeserialize;
use faic_core::{
    Address,
    keystore::{LABEL_BYTES_MAX, LABEL_CHARACTERS_MAX, Label},
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|texts: &str| {
    let (typed, other) = texts.split_once('\n').unwrap_or((texts, ""));
    let Ok(name) = typed.parse::<Label>() else { return };
    let text = name.as_str();
    assert!(text.chars().count() <= LABEL_CHARACTERS_MAX && text.len() <= LABEL_BYTES_MAX);
    assert!(!Address::is_begun_by(text) && !text.chars().any(char::is_control));
    assert_eq!(Label::stored(text).as_ref(), Ok(&name));
    assert_eq!(Label::stored(typed).is_ok(), typed == text);
    let bytes = borsh::to_vec(&name).expect("writing to memory does not fail");
    assert_eq!(Label::try_from_slice(&bytes).ok().as_ref(), Some(&name));
    let _is_mixed = name.mixes_scripts();
    assert!(name.looks_like(text));
    if let Ok(other) = other.parse::<Label>() {
        assert_eq!(name.looks_like(other.as_str()), other.looks_like(text));
    }
});
