//! Amounts as people and programs write them: what is accepted is within the supply and is written back the same.

#![no_main]

use faic_core::Amount;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(amount) = Amount::parse_nano(text) {
        assert!(amount <= Amount::SUPPLY_MAX);
        assert_eq!(amount.nano().to_string(), text);
    }
    if let Ok(amount) = Amount::parse_faic(text) {
        assert!(amount <= Amount::SUPPLY_MAX);
        assert_eq!(Amount::parse_faic(&amount.to_string()), Ok(amount));
    }
});
