//! Mnemonics that are not valid: the error says what is wrong and repeats nothing of the phrase.

use std::fs;

use crate::program::Faic;

/// Imports a phrase, which must fail, and gives the error's line.
fn refuse(phrase: &str) -> String {
    let faic = Faic::new();
    faic.write("words", phrase);
    let fixed = ["--network", "dev", "--password-file", "password", "--mnemonic-file", "words"];
    let line = faic.refuse(1, &[&["wallet", "import", "ann"] as &[&str], &fixed].concat());
    let repeats = |word: &str| line.split(|c: char| !c.is_alphanumeric()).any(|found| found == word);
    assert!(!phrase.split_whitespace().any(repeats), "the error repeats a word: {line}");
    assert_eq!(faic.json(&["wallet", "list"])["wallets"].as_array().map(Vec::len), Some(0));
    line
}

/// An unknown word is named by its position.
#[test]
fn unknown_word() {
    let line = refuse("abandon abandon abandon abandon abandon abandon hunter2 abandon abandon abandon abandon about");
    assert!(line.contains("word 7") && line.contains("english"), "{line}");
}

/// A wrong checksum is told apart from an unknown word.
#[test]
fn wrong_checksum() {
    let line = refuse("legal legal legal legal legal legal legal legal legal legal legal legal");
    assert!(line.contains("checksum"), "{line}");
}

/// A wrong number of words is told with the numbers that there are.
#[test]
fn wrong_count() {
    let line = refuse("zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo");
    assert!(line.contains("12, 15, 18, 21 or 24") && line.contains("13"), "{line}");
    assert!(refuse("").contains("not 0"));
}

/// Text that is no phrase at all is refused within its limits.
#[test]
fn not_a_phrase() {
    assert!(refuse(&"vast ".repeat(2000)).contains("4096 bytes"));
    let faic = Faic::new();
    fs::write(faic.path("words"), [0xff, 0xfe]).expect("our own folder");
    let line = faic.refuse(1, &["wallet", "import", "ann", "--network", "dev", "--mnemonic-file", "words"]);
    assert!(line.contains("UTF-8"), "{line}");
}
