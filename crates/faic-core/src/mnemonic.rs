//! BIP-39 mnemonics: the words from which every key of a wallet is derived.
//!
//! A [`Mnemonic`] always has a valid word count and checksum, since only [`Mnemonic::generate`] and [`Mnemonic::parse`]
//! make one. It is a secret: wiped when dropped, absent from `Debug`, and no error carries more of a rejected phrase than
//! the one word that is in no list. Keys come from its [`Seed`] by [`crate::derivation`].

use std::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::entropy::{self, EntropyError};
use crate::nfkd::{nfkd, nfkd_lowercase};

mod language;

pub use language::{Language, LanguageParseError};

/// Most bytes of text that are looked at as a phrase; the longest real one is well below.
pub const PHRASE_BYTES_MAX: usize = 4096;

/// The separator of Japanese words, which BIP-39 asks for.
const IDEOGRAPHIC_SPACE: &str = "\u{3000}";

/// How many words a mnemonic has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum WordCount {
    /// 12 words, 128 bits of entropy.
    Twelve,
    /// 15 words, 160 bits of entropy.
    Fifteen,
    /// 18 words, 192 bits of entropy.
    Eighteen,
    /// 21 words, 224 bits of entropy.
    TwentyOne,
    /// 24 words, 256 bits of entropy.
    TwentyFour,
}

impl WordCount {
    /// The word count of that number.
    ///
    /// # Errors
    /// [`MnemonicError::WordCount`] when no mnemonic has that many words.
    pub const fn from_number(found: usize) -> Result<Self, MnemonicError> {
        match found {
            12 => Ok(Self::Twelve),
            15 => Ok(Self::Fifteen),
            18 => Ok(Self::Eighteen),
            21 => Ok(Self::TwentyOne),
            24 => Ok(Self::TwentyFour),
            _ => Err(MnemonicError::WordCount { found }),
        }
    }

    /// The number of words.
    pub const fn number(self) -> usize {
        match self {
            Self::Twelve => 12,
            Self::Fifteen => 15,
            Self::Eighteen => 18,
            Self::TwentyOne => 21,
            Self::TwentyFour => 24,
        }
    }

    /// The bytes of entropy behind that many words.
    const fn entropy_bytes(self) -> usize {
        match self {
            Self::Twelve => 16,
            Self::Fifteen => 20,
            Self::Eighteen => 24,
            Self::TwentyOne => 28,
            Self::TwentyFour => 32,
        }
    }
}

/// Why a text is not a mnemonic.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MnemonicError {
    /// The text is longer than any phrase.
    #[error("a mnemonic is at most {PHRASE_BYTES_MAX} bytes of text")]
    TooLong,
    /// No mnemonic has that many words.
    #[error("a mnemonic has 12, 15, 18, 21 or 24 words, not {found}")]
    WordCount {
        /// The number of words in the text.
        found: usize,
    },
    /// A word is not in the list of the language that knows most of the words.
    #[error("word {position} is not in the {language} word list")]
    UnknownWord {
        /// Which word it is, counted from 1.
        position: usize,
        /// The language that knows most of the words.
        language: Language,
        /// The word itself, for the answer to the person who typed it.
        word: UnknownWord,
    },
    /// All words are known, but the checksum says that one is wrong or two are swapped.
    #[error("every word is known but the checksum fails: a word is wrong or out of place")]
    Checksum,
}

/// A word that is in no list: hidden from `Debug` and `Display`, to be shown to nobody but who typed it.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct UnknownWord(String);

impl UnknownWord {
    /// The word, normalised; never for a log.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for UnknownWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UnknownWord(..)")
    }
}

/// A valid BIP-39 mnemonic.
#[derive(Clone, PartialEq, Eq, ZeroizeOnDrop)]
pub struct Mnemonic(bip39::Mnemonic);

impl Mnemonic {
    /// Makes a new mnemonic from the operating system's randomness.
    ///
    /// # Errors
    /// [`EntropyError`] when the operating system gives no randomness.
    pub fn generate(words: WordCount, language: Language) -> Result<Self, EntropyError> {
        let mut bytes = Zeroizing::new(vec![0; words.entropy_bytes()]);
        entropy::fill(&mut bytes)?;
        Ok(Self::from_entropy(language, &bytes).expect("a word count names a valid length of entropy"))
    }

    /// The mnemonic of that entropy, or nothing unless it has 16, 20, 24, 28 or 32 bytes.
    pub fn from_entropy(language: Language, entropy: &[u8]) -> Option<Self> {
        bip39::Mnemonic::from_entropy_in(language.list(), entropy).ok().map(Self)
    }

    /// Reads a mnemonic in any language, with any white space between the words, in either case and any Unicode form.
    ///
    /// Where several languages know all the words, the first of [`Language::ALL`] whose checksum passes is taken; the
    /// seed does not depend on that choice, because BIP-39 derives it from the text.
    ///
    /// # Errors
    /// [`MnemonicError`] says what is wrong with the text.
    pub fn parse(text: &str) -> Result<Self, MnemonicError> {
        if text.len() > PHRASE_BYTES_MAX {
            return Err(MnemonicError::TooLong);
        }
        let phrase = nfkd_lowercase(text);
        WordCount::from_number(phrase.split_whitespace().count())?;
        let mut checksum_failed = false;
        for language in Language::ALL {
            match bip39::Mnemonic::parse_in_normalized(language.list(), &phrase) {
                Ok(mnemonic) => return Ok(Self(mnemonic)),
                Err(bip39::Error::InvalidChecksum) => checksum_failed = true,
                Err(
                    bip39::Error::UnknownWord(_)
                    | bip39::Error::BadWordCount(_)
                    | bip39::Error::BadEntropyBitCount(_)
                    | bip39::Error::AmbiguousLanguages(_),
                ) => {}
            }
        }
        Err(if checksum_failed { MnemonicError::Checksum } else { unknown_word(&phrase) })
    }

    /// The words as BIP-39 lists them (NFKD), separated by a space; by an ideographic space in Japanese.
    pub fn phrase(&self) -> Zeroizing<String> {
        let separator = if self.language() == Language::Japanese { IDEOGRAPHIC_SPACE } else { " " };
        let capacity = self.0.words().map(|word| word.len().saturating_add(separator.len())).sum();
        let mut phrase = Zeroizing::new(String::with_capacity(capacity));
        for (index, word) in self.0.words().enumerate() {
            if index > 0 {
                phrase.push_str(separator);
            }
            phrase.push_str(word);
        }
        phrase
    }

    /// The language of the words.
    pub fn language(&self) -> Language {
        Language::of_list(self.0.language())
    }

    /// The number of words.
    pub fn word_count(&self) -> WordCount {
        WordCount::from_number(self.0.word_count()).expect("a mnemonic has a valid word count")
    }

    /// The entropy that the words encode, without the checksum.
    pub fn to_entropy(&self) -> Zeroizing<Vec<u8>> {
        let (mut padded, length) = self.0.to_entropy_array();
        let entropy = Zeroizing::new(padded.iter().copied().take(length).collect());
        padded.zeroize();
        entropy
    }

    /// Derives the seed by 2048 rounds of PBKDF2-HMAC-SHA512 (BIP-39); another passphrase is another, equally valid, seed.
    ///
    /// `passphrase` is BIP-39's optional "25th word", empty where there is none.
    pub fn to_seed(&self, passphrase: &str) -> Seed {
        let mut bytes = self.0.to_seed_normalized(&nfkd(passphrase));
        let seed = Seed(bytes);
        bytes.zeroize();
        seed
    }
}

impl fmt::Debug for Mnemonic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mnemonic")
            .field("words", &self.word_count().number())
            .field("language", &self.language())
            .finish_non_exhaustive()
    }
}

/// The error for the first word that the best fitting language does not know.
///
/// `phrase` is normalised and no language knows all of its words.
fn unknown_word(phrase: &str) -> MnemonicError {
    let is_known = |language: Language, word: &str| language.list().find_word(word).is_some();
    let known_words = |language: &Language| phrase.split_whitespace().filter(|word| is_known(*language, word)).count();
    // The first of those that know most words, so that English wins where nothing is known.
    let language = Language::ALL.into_iter().rev().max_by_key(known_words).expect("there are languages");
    phrase
        .split_whitespace()
        .zip(1..)
        .find(|(word, _)| !is_known(language, word))
        .map(|(word, position)| MnemonicError::UnknownWord { position, language, word: UnknownWord(word.to_owned()) })
        .expect("no language knows every word of the phrase")
}

/// The 64 bytes that BIP-39 derives from a mnemonic and a passphrase: the root of a wallet's keys.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct Seed([u8; 64]);

impl Seed {
    /// The secret bytes.
    pub fn as_bytes(&self) -> &[u8; 64] {
        &self.0
    }
}

impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seed(..)")
    }
}

#[cfg(test)]
mod tests;
