//! Mnemonics as people type them: what is accepted is read again from its own words, and no error echoes the phrase.

#![no_main]

use faic_core::mnemonic::{Mnemonic, MnemonicError};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    match Mnemonic::parse(text) {
        Ok(mnemonic) => {
            let again = Mnemonic::parse(&mnemonic.phrase()).expect("the words of a mnemonic are one");
            assert_eq!(*again.phrase(), *mnemonic.phrase());
            assert_eq!(*again.to_entropy(), *mnemonic.to_entropy());
            assert_eq!(mnemonic.phrase().split_whitespace().count(), mnemonic.word_count().number());
        }
        Err(error @ MnemonicError::UnknownWord { position, .. }) => {
            assert!((1..=24).contains(&position));
            assert!(error.to_string().len() < 100);
        }
        Err(MnemonicError::TooLong | MnemonicError::WordCount { .. } | MnemonicError::Checksum) => {}
    }
});
