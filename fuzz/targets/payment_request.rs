//! Payment requests as they come in links: one that is accepted is written in a form that is read alike.

#![no_main]

use faic_core::PaymentRequest;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(request) = PaymentRequest::parse(text) {
        assert_eq!(PaymentRequest::parse(&request.to_string()), Ok(request));
    }
});
