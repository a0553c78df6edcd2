//! Tests of mnemonics against public vectors, and of every way in which a phrase can be wrong.

use proptest::prelude::*;

use super::{Language, LanguageParseError, Mnemonic, MnemonicError, PHRASE_BYTES_MAX, WordCount};

/// Public vectors in every language; the file names their sources.
const VECTORS: &str = include_str!("../../tests/vectors/bip39.json");

/// A valid English phrase of 12 words.
const OZONE: &str = "ozone drill grab fiber curtain grace pudding thank cruise elder eight picnic";

/// A valid Chinese phrase whose words are the same characters in both Chinese lists.
const BOTH_CHINESE: &str = "的 的 的 的 的 的 的 的 的 的 的 在";

/// The file of vectors.
#[derive(serde::Deserialize)]
struct Vectors {
    /// Language, entropy, phrase, passphrase, seed.
    rows: Vec<[String; 5]>,
}

/// The rows of the file of vectors.
fn vectors() -> Vec<[String; 5]> {
    serde_json::from_str::<Vectors>(VECTORS).expect("the file of vectors is valid").rows
}

/// The error for that text.
fn refusal(text: &str) -> MnemonicError {
    Mnemonic::parse(text).expect_err("the text is no mnemonic")
}

/// Every vector's phrase gives its language, its entropy and its seed, and its entropy gives its phrase.
#[test]
fn public_vectors() {
    for [language, entropy, phrase, passphrase, seed] in vectors() {
        let language: Language = language.parse().unwrap();
        let entropy = hex::decode(entropy).unwrap();
        let parsed = Mnemonic::parse(&phrase).unwrap();
        assert_eq!(hex::encode(parsed.to_seed(&passphrase).as_bytes()), seed, "{phrase}");
        assert_eq!(*parsed.to_entropy(), entropy, "{phrase}");
        let made = Mnemonic::from_entropy(language, &entropy).unwrap();
        assert_eq!(hex::encode(made.to_seed(&passphrase).as_bytes()), seed, "{phrase}");
        assert_eq!(made, Mnemonic::parse(&made.phrase()).unwrap(), "{phrase}");
        assert_eq!(parsed.language(), language, "{phrase}");
    }
}

/// The vectors cover every language and every word list has at least one of 24 words.
#[test]
fn vectors_cover_every_language() {
    for language in Language::ALL {
        let longest = vectors().into_iter().filter(|row| row[0] == language.name());
        assert_eq!(longest.map(|row| row[1].len()).max(), Some(64), "{language}");
    }
}

/// Capital letters, composed accents, tabs, line ends and ideographic spaces are all the same phrase.
#[test]
fn spelling_does_not_matter() {
    let mnemonic = Mnemonic::parse(OZONE).unwrap();
    let loose = format!("\t{}\r\n", OZONE.to_uppercase().replace(' ', "\u{3000} \u{a0}"));
    assert_eq!(Mnemonic::parse(&loose).unwrap(), mnemonic);

    let spanish = Mnemonic::from_entropy(Language::Spanish, &[0; 16]).unwrap();
    assert_eq!(*spanish.phrase(), format!("{}abierto", "a\u{301}baco ".repeat(11)), "the lists are decomposed");
    let composed = format!("{}Abierto", "\u{e1}baco ".repeat(11));
    assert_eq!(Mnemonic::parse(&composed).unwrap(), spanish);
}

/// Japanese words are separated by ideographic spaces and read back with either space.
#[test]
fn japanese_separator() {
    let mnemonic = Mnemonic::from_entropy(Language::Japanese, &[7; 16]).unwrap();
    assert_eq!(mnemonic.phrase().matches('\u{3000}').count(), 11);
    assert_eq!(Mnemonic::parse(&mnemonic.phrase().replace('\u{3000}', " ")).unwrap(), mnemonic);
}

/// A phrase that is valid in both Chinese lists is read as simplified, and its seed is the same in both.
#[test]
fn ambiguous_chinese() {
    let parsed = Mnemonic::parse(BOTH_CHINESE).unwrap();
    assert_eq!(parsed.language(), Language::ChineseSimplified);
    let traditional = Mnemonic::from_entropy(Language::ChineseTraditional, &[0; 16]).unwrap();
    assert_eq!(*traditional.phrase(), BOTH_CHINESE);
    assert_eq!(traditional.to_seed("x"), parsed.to_seed("x"));
}

/// Of two languages that know every word, the one whose checksum passes is taken.
#[test]
fn ambiguity_is_decided_by_the_checksum() {
    // Every word is in the English and in the French list, in different places.
    let common = |word: &&str| Language::French.list().find_word(word).is_some();
    let words: Vec<&str> = Language::English.list().word_list().iter().copied().filter(common).collect();
    let mut seen = [false, false];
    for start in words.windows(12) {
        match Mnemonic::parse(&start.join(" ")) {
            Ok(mnemonic) if mnemonic.language() == Language::English => seen[0] = true,
            Ok(mnemonic) => {
                assert_eq!(mnemonic.language(), Language::French);
                seen[1] = true;
            }
            Err(error) => assert_eq!(error, MnemonicError::Checksum),
        }
    }
    assert_eq!(seen, [true, true], "the windows contain a valid phrase of each language");
}

/// Wrong word counts are refused with the count, the empty text too.
#[test]
fn wrong_word_count() {
    for found in (0..40).filter(|count| ![12, 15, 18, 21, 24].contains(count)) {
        let text = ["abandon"].repeat(found).join(" ");
        assert_eq!(refusal(&text), MnemonicError::WordCount { found });
    }
    assert_eq!(WordCount::from_number(13), Err(MnemonicError::WordCount { found: 13 }));
}

/// A text beyond the limit is refused unread; one at the limit is read.
#[test]
fn too_long() {
    let padded = format!("{OZONE}{}", " ".repeat(PHRASE_BYTES_MAX - OZONE.len()));
    assert!(Mnemonic::parse(&padded).is_ok());
    assert_eq!(refusal(&format!("{padded} ")), MnemonicError::TooLong);
}

/// An unknown word is named by its position, in the language of the other words.
#[test]
fn unknown_word() {
    let error = refusal(&OZONE.replace("grab", "grabb"));
    assert_eq!(error.to_string(), "word 3 is not in the english word list");
    let MnemonicError::UnknownWord { position: 3, language: Language::English, word } = error else {
        panic!("{error:?}");
    };
    assert_eq!(word.reveal(), "grabb");

    let error = refusal(&BOTH_CHINESE.replace('在', "picnic"));
    assert_eq!(error.to_string(), "word 12 is not in the chinese-simplified word list");
    let error = refusal(&["qqq"; 12].join(" "));
    assert_eq!(error.to_string(), "word 1 is not in the english word list");
}

/// Two swapped words and a wrong last word fail the checksum.
#[test]
fn wrong_checksum() {
    for (from, to) in [("ozone drill", "drill ozone"), ("picnic", "abandon")] {
        assert_eq!(refusal(&OZONE.replace(from, to)), MnemonicError::Checksum);
    }
    assert_eq!(refusal(&["的"; 12].join(" ")), MnemonicError::Checksum);
}

/// Neither errors nor `Debug` show a word, not even the unknown one.
#[test]
fn nothing_leaks_into_texts() {
    let texts = [OZONE.replace("grab", "grabb"), OZONE.replace("ozone", "drill"), OZONE.replace(" picnic", "")];
    for text in &texts {
        let error = refusal(text);
        let shown = format!("{error} {error:?}");
        assert!(!text.split(' ').any(|word| shown.contains(word)), "{shown}");
    }
    let mnemonic = Mnemonic::parse(OZONE).unwrap();
    assert_eq!(format!("{mnemonic:?}"), "Mnemonic { words: 12, language: English, .. }");
    assert_eq!(format!("{:?}", mnemonic.to_seed("")), "Seed(..)");
}

/// Two mnemonics of the same kind differ, and each has the words and the language that were asked for.
#[test]
fn generation() {
    let counts =
        [WordCount::Twelve, WordCount::Fifteen, WordCount::Eighteen, WordCount::TwentyOne, WordCount::TwentyFour];
    for language in Language::ALL {
        for words in counts {
            let mnemonic = Mnemonic::generate(words, language).unwrap();
            assert_eq!((mnemonic.word_count(), mnemonic.language()), (words, language));
            assert_ne!(mnemonic, Mnemonic::generate(words, language).unwrap());
        }
    }
}

/// A language's name reads back, and no other text is a language.
#[test]
fn language_names() {
    for language in Language::ALL {
        assert_eq!(language.to_string().parse(), Ok(language));
    }
    for bad in ["", "English", "chinese", "klingon"] {
        assert_eq!(bad.parse::<Language>(), Err(LanguageParseError));
    }
}

proptest! {
    /// Every mnemonic is read back from its phrase, with the same entropy and the same seed.
    #[test]
    fn phrase_round_trip(entropy: [u8; 32], length in 4_usize..=8, language in 0_usize..10) {
        let mnemonic = Mnemonic::from_entropy(Language::ALL[language], &entropy[..length * 4]).unwrap();
        let parsed = Mnemonic::parse(&mnemonic.phrase()).unwrap();
        prop_assert_eq!(parsed.phrase(), mnemonic.phrase());
        prop_assert_eq!(&*parsed.to_entropy(), &entropy[..length * 4]);
    }

    /// No text makes the parser panic.
    #[test]
    fn any_text_is_answered(text in "\\PC{0,200}") {
        let _ = Mnemonic::parse(&text);
    }
}
