//! Tests of names in any script.

use borsh::BorshDeserialize;
use proptest::prelude::*;
use unicode_security::{GeneralSecurityProfile, general_security_profile::IdentifierType};

use super::{LABEL_BYTES_MAX, LABEL_CHARACTERS_MAX, Label, LabelError, MARKS_MAX, TYPED_BYTES_MAX};

/// A name.
fn label(text: &str) -> Label {
    text.parse().unwrap_or_else(|error| panic!("{text:?}: {error}"))
}

/// Why a text is none.
fn refusal(text: &str) -> LabelError {
    text.parse::<Label>().expect_err(text)
}

/// Names of people and purposes in many scripts are names, in the form in which they are written.
#[test]
fn names_of_many_scripts() {
    for text in [
        "savings",
        "Bob",
        "rent-2026",
        "_old",
        "9-lives",
        "家用",
        "家用 钱",
        "李雷",
        "艾力·买买提",
        "㛃䶮",
        "𬭎",
        "微信pay",
        "ジョン・スミス",
        "東京タワー",
        "한국漢字",
        "Anna Schmidt",
        "José",
        "Ελένη",
        "Алёна",
        "नमस्ते",
        "ไทย",
        "བཀྲ",
        "ئۇيغۇر",
        "ꆈꌠ",
        "ᠮᠣᠩᠭᠣᠯ",
        "שלום",
    ] {
        assert_eq!(label(text).as_str(), text);
        assert_eq!(Label::stored(text), Ok(label(text)));
        assert!(!label(text).mixes_scripts(), "{text}");
    }
}

/// What two keyboards write is one name: composed or not, wide or narrow, with an ideographic space or a plain one.
#[test]
fn one_name_for_two_keyboards() {
    for (typed, name) in [
        ("Jose\u{301}", "José"),
        ("Ｗｅｃｈａｔ＿１", "Wechat_1"),
        ("家用\u{3000}钱", "家用 钱"),
        ("ｶﾞﾙ", "ガル"),
        ("\u{1112}\u{1161}\u{11ab}", "한"),
        ("金\u{f90a}", "金金"),
        ("\u{fb01}n", "fin"),
        ("ｌｉ－ｌｅｉ", "li-lei"),
    ] {
        assert_eq!(label(typed).as_str(), name, "{typed:?}");
        assert_eq!(Label::stored(typed), Err(LabelError::NotNormal), "{typed:?}");
    }
}

/// A name has so many characters and bytes at most; the next one is refused, and a flood is not even normalised.
#[test]
fn limits() {
    assert_eq!(refusal(""), LabelError::Length);
    for letter in ["a", "家"] {
        assert_eq!(label(&letter.repeat(LABEL_CHARACTERS_MAX)).as_str().chars().count(), LABEL_CHARACTERS_MAX);
        assert_eq!(refusal(&letter.repeat(LABEL_CHARACTERS_MAX + 1)), LabelError::Length);
    }
    let wide = "𬭎".repeat(LABEL_BYTES_MAX / 4);
    assert_eq!(label(&wide).as_str().len(), LABEL_BYTES_MAX);
    assert_eq!(refusal(&(wide + "a")), LabelError::Length);
    assert_eq!(refusal(&"e\u{301}".repeat(TYPED_BYTES_MAX)), LabelError::Length);
    // One character that becomes eighteen.
    assert_eq!(refusal(&"\u{fdfa}".repeat(8)), LabelError::Length);
}

/// Characters that steer, show nothing or separate are refused, wherever they stand; so are signs that are in no word.
#[test]
fn characters() {
    for character in [
        '\0',
        '\n',
        '\t',
        '\u{1b}',
        '\u{7f}',
        '\u{85}',
        '\u{ad}',
        '\u{34f}',
        '\u{61c}',
        '\u{115f}',
        '\u{1160}',
        '\u{180b}',
        '\u{200b}',
        '\u{200c}',
        '\u{200d}',
        '\u{200e}',
        '\u{202e}',
        '\u{2060}',
        '\u{2066}',
        '\u{2800}',
        '\u{3164}',
        '\u{fe0f}',
        '\u{feff}',
        '\u{ffa0}',
        '\u{fffd}',
        '\u{13441}',
        '\u{e0001}',
        '\u{e0100}',
        '\u{e000}',
        '/',
        '=',
        ',',
        '.',
        ':',
        '@',
        '#',
        '"',
        '\'',
        '\\',
        '$',
        '*',
        '|',
        '～',
        '／',
        '，',
        '。',
        '（',
        '👍',
        '♥',
        '‿',
        '⁀',
    ] {
        for text in [format!("{character}ab"), format!("a{character}b"), format!("家{character}")] {
            assert!(matches!(refusal(&text), LabelError::Character { .. }), "{:04X}", u32::from(character));
        }
    }
    let nothing_is_hidden = |character: &char| {
        character.identifier_type() == Some(IdentifierType::Default_Ignorable)
            && format!("a{character}b").parse::<Label>().is_ok_and(|name| name.as_str().chars().count() > 2)
    };
    assert_eq!(('\0'..=char::MAX).find(nothing_is_hidden), None);
}

/// Spaces stand alone between words, marks on letters, and a name begins with something to see.
#[test]
fn places() {
    for text in [" ", " a", "a ", "a  b", "\u{3000}家", "家\u{a0}\u{3000}用"] {
        assert_eq!(refusal(text), LabelError::Space, "{text:?}");
    }
    for text in ["-", "-a", "·a", "・"] {
        assert!(matches!(refusal(text), LabelError::Start { .. }), "{text:?}");
    }
    for text in ["\u{301}a", "a \u{301}", "a-\u{301}", "_\u{301}"] {
        assert!(matches!(refusal(text), LabelError::Mark { character: '\u{301}' }), "{text:?}");
    }
    let marks = |count: usize| format!("b{}", "\u{302}".repeat(count));
    assert_eq!(label(&marks(MARKS_MAX)).as_str(), marks(MARKS_MAX));
    assert!(matches!(refusal(&marks(MARKS_MAX + 1)), LabelError::Mark { .. }));
}

/// A number, in any digits, is no name: it means an account's number.
#[test]
fn numbers() {
    for text in ["0", "17", "１７", "٣", "〇", "99999999999999999999"] {
        assert_eq!(refusal(text), LabelError::Number, "{text}");
    }
    for text in ["0x", "1-2", "1 2", "三", "3号"] {
        assert_eq!(label(text).as_str(), text);
    }
}

/// Nothing that begins as an address of some network does is a name, however it is written.
#[test]
fn addresses() {
    let address = crate::samples::address(1);
    for network in crate::Network::ALL {
        let text = address.encode(network);
        for text in [&text, &text.to_uppercase(), &format!("{}1", network.address_prefix())] {
            assert_eq!(refusal(text), LabelError::Address, "{text}");
        }
    }
    for text in ["DFaic1x", "ｄｆａｉｃ１x", "faic1 钱"] {
        assert_eq!(refusal(text), LabelError::Address, "{text}");
    }
    for text in ["faic", "faic2", "xfaic1", "dfaic-1"] {
        assert_eq!(label(text).as_str(), text);
    }
}

/// Names that could be taken for each other look alike; others do not.
#[test]
fn look_alikes() {
    for (one, other) in [
        ("bob", "Bob"),
        ("bob", "b0b"),
        ("Iris", "lris"),
        ("iris", "IRIS"),
        ("paypal", "раураӏ"),
        ("rn", "m"),
        ("力", "カ"),
        ("口", "ロ"),
        ("艾力·买", "艾力・买"),
        ("rent-1", "rent-l"),
        ("家用", "家用"),
    ] {
        assert!(label(one).looks_like(other) && label(other).looks_like(one), "{one} {other}");
    }
    for (one, other) in [("bob", "rob"), ("家用", "家"), ("家用 钱", "家用钱"), ("一月", "二月"), ("rent-1", "rent-2")]
    {
        assert!(!label(one).looks_like(other) && !label(other).looks_like(one), "{one} {other}");
    }
}

/// Scripts that are not written together are found, and those that are pass.
#[test]
fn mixed_scripts() {
    for text in ["аlice", "bоb", "Αlpha", "家Д", "अa", "ไทยa", "한かな", "ㄅかな", "Алиса Smith"]
    {
        assert!(label(text).mixes_scripts(), "{text}");
    }
    for text in ["家用a", "日本のabc", "한국a漢", "ㄅ家a", "㛃Mac", "алиса-2", "naïve", "Ελένη 2", "३-२"]
    {
        assert!(!label(text).mixes_scripts(), "{text}");
    }
}

/// The tables of words know no letter that the tables of normal forms do not: such a one could get a normal form later, and a
/// name with it would not be in its form any more.
#[test]
fn tables_of_one_version() {
    let (words, forms) = (unicode_ident::UNICODE_VERSION, unicode_normalization::UNICODE_VERSION);
    assert!(words <= forms, "unicode-ident {words:?} is newer than unicode-normalization {forms:?}");
}

/// Errors say what is wrong without repeating what cannot be seen.
#[test]
fn errors_are_readable() {
    assert!(refusal("a\u{202e}b").to_string().ends_with("not U+202E"));
    assert!(refusal("a/b").to_string().ends_with("not / (U+002F)"));
}

/// Characters of many kinds, among them those that compose, steer, and are in few names.
fn character() -> impl Strategy<Value = char> {
    let picked: Vec<char> =
        "abzAZ09_-· ・家用钱ガｶﾞ한\u{1112}\u{1161}é\u{301}\u{302}Ａ１\u{3000}аДαהलि\u{200d}\u{fe0f}/1faic"
            .chars()
            .collect();
    prop_oneof![4 => prop::sample::select(picked), 1 => any::<char>()]
}

proptest! {
    /// No text makes the reader panic. A name is within its limits, is read alike when it is written, and lies in a file as
    /// it is shown.
    #[test]
    fn any_text_is_answered(characters in prop::collection::vec(character(), 0..80)) {
        let text: String = characters.into_iter().collect();
        let Ok(name) = text.parse::<Label>() else { return Ok(()) };
        prop_assert!(name.as_str().chars().count() <= LABEL_CHARACTERS_MAX && name.as_str().len() <= LABEL_BYTES_MAX);
        prop_assert_eq!(name.to_string().parse::<Label>(), Ok(name.clone()));
        prop_assert_eq!(Label::stored(&text).is_ok(), name.as_str() == text);
        let bytes = borsh::to_vec(&name).unwrap();
        prop_assert_eq!(Label::try_from_slice(&bytes).unwrap(), name.clone());
        prop_assert!(name.looks_like(name.as_str()));
        let _mixed = name.mixes_scripts();
    }

    /// Looking alike is mutual.
    #[test]
    fn looking_alike_is_mutual(one in prop::collection::vec(character(), 1..4), other in prop::collection::vec(character(), 1..4)) {
        let parse = |characters: Vec<char>| characters.into_iter().collect::<String>().parse::<Label>();
        let (Ok(one), Ok(other)) = (parse(one), parse(other)) else { return Ok(()) };
        prop_assert_eq!(one.looks_like(other.as_str()), other.looks_like(one.as_str()));
    }
}
