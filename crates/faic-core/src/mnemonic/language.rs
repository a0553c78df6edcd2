//! The languages of the BIP-39 word lists and their names.

use std::fmt;
use std::str::FromStr;

use borsh::{BorshDeserialize, BorshSerialize};

/// A language with a BIP-39 word list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum Language {
    /// `english`.
    #[default]
    English = 0,
    /// `chinese-simplified`.
    ChineseSimplified = 1,
    /// `chinese-traditional`.
    ChineseTraditional = 2,
    /// `czech`.
    Czech = 3,
    /// `french`.
    French = 4,
    /// `italian`.
    Italian = 5,
    /// `japanese`.
    Japanese = 6,
    /// `korean`.
    Korean = 7,
    /// `portuguese`.
    Portuguese = 8,
    /// `spanish`.
    Spanish = 9,
}

impl Language {
    /// Every language, in the order in which a phrase of several languages is tried.
    pub const ALL: [Self; 10] = [
        Self::English,
        Self::ChineseSimplified,
        Self::ChineseTraditional,
        Self::Czech,
        Self::French,
        Self::Italian,
        Self::Japanese,
        Self::Korean,
        Self::Portuguese,
        Self::Spanish,
    ];

    /// The name, in lower case English.
    pub const fn name(self) -> &'static str {
        match self {
            Self::English => "english",
            Self::ChineseSimplified => "chinese-simplified",
            Self::ChineseTraditional => "chinese-traditional",
            Self::Czech => "czech",
            Self::French => "french",
            Self::Italian => "italian",
            Self::Japanese => "japanese",
            Self::Korean => "korean",
            Self::Portuguese => "portuguese",
            Self::Spanish => "spanish",
        }
    }

    /// The library's word list.
    pub(super) const fn list(self) -> bip39::Language {
        match self {
            Self::English => bip39::Language::English,
            Self::ChineseSimplified => bip39::Language::SimplifiedChinese,
            Self::ChineseTraditional => bip39::Language::TraditionalChinese,
            Self::Czech => bip39::Language::Czech,
            Self::French => bip39::Language::French,
            Self::Italian => bip39::Language::Italian,
            Self::Japanese => bip39::Language::Japanese,
            Self::Korean => bip39::Language::Korean,
            Self::Portuguese => bip39::Language::Portuguese,
            Self::Spanish => bip39::Language::Spanish,
        }
    }

    /// The language of one of the library's word lists.
    pub(super) const fn of_list(list: bip39::Language) -> Self {
        match list {
            bip39::Language::English => Self::English,
            bip39::Language::SimplifiedChinese => Self::ChineseSimplified,
            bip39::Language::TraditionalChinese => Self::ChineseTraditional,
            bip39::Language::Czech => Self::Czech,
            bip39::Language::French => Self::French,
            bip39::Language::Italian => Self::Italian,
            bip39::Language::Japanese => Self::Japanese,
            bip39::Language::Korean => Self::Korean,
            bip39::Language::Portuguese => Self::Portuguese,
            bip39::Language::Spanish => Self::Spanish,
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Language {
    type Err = LanguageParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|language| language.name() == text).ok_or(LanguageParseError)
    }
}

/// The text names no language that has a word list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a mnemonic's language is one of english, chinese-simplified, chinese-traditional, czech, french, italian, japanese, \
     korean, portuguese, spanish"
)]
pub struct LanguageParseError;
