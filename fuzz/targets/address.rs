//! Addresses as people type them: a text that is accepted is the only one of its address, but for the case.

#![no_main]

use faic_core::{Address, Network};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    for network in Network::ALL {
        let parsed = Address::parse(text, network);
        assert_eq!(parsed.ok(), Address::parse_any(text).ok().filter(|(of, _)| *of == network).map(|(_, to)| to));
        if let Ok(address) = parsed {
            assert_eq!(address.encode(network), text.to_ascii_lowercase());
        }
    }
});
