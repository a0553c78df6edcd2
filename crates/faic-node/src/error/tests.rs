//! Tests of the table of codes and of the conversions into it.

use std::{collections::BTreeSet, error::Error as _, io, time::Duration};

use faic_core::{Address, Amount, Network, mnemonic::Mnemonic};

use super::{ErrorCode, ErrorKind, FaicError};

/// An address of the development network.
fn dev_address() -> String {
    Address::from_bytes([7; 32]).encode(Network::Dev)
}

#[test]
fn every_code_has_its_own_name_and_says_what_to_do() {
    let names: BTreeSet<_> = ErrorCode::ALL.iter().map(|code| code.name()).collect();
    assert_eq!(names.len(), ErrorCode::ALL.len());
    for code in ErrorCode::ALL {
        assert!(code.name().bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{code}");
        assert!(code.advice().ends_with('.') && code.advice().len() > 15, "{code}");
        assert!(code.cause().ends_with('.') && code.cause().len() > code.title().len(), "{code}");
        assert!(!code.title().is_empty() && !code.title().ends_with('.'), "{code}");
        assert!((400..=599).contains(&code.http_status()), "{code}");
    }
}

#[test]
fn what_overload_causes_may_be_tried_again_and_what_a_typing_error_causes_may_not() {
    for code in ErrorCode::ALL {
        match code.http_status() {
            408 | 429 | 503 => assert!(code.is_retryable(), "{code}"),
            400 | 401 | 403 | 405 | 413 | 415 | 422 => assert!(!code.is_retryable(), "{code}"),
            _ => {}
        }
        assert!(!(code.kind() == ErrorKind::User && code.is_retryable()), "{code}");
    }
}

#[test]
fn the_detail_says_what_happened_and_what_to_do() {
    let error = FaicError::from(Amount::parse_nano("-1").unwrap_err());
    assert_eq!(error.code().name(), "invalid_amount");
    assert!(error.detail().starts_with("The amount is negative. Write the amount"), "{}", error.detail());
}

#[test]
fn an_address_of_another_network_has_its_own_code() {
    let other = Address::parse(&dev_address(), Network::Main).unwrap_err();
    assert_eq!(FaicError::from(other).code(), ErrorCode::AddressOfOtherNetwork);
    let mistyped = Address::parse(&dev_address().replace("dfaic1", "dfaic1q"), Network::Dev).unwrap_err();
    assert_eq!(FaicError::from(mistyped).code(), ErrorCode::InvalidAddress);
}

#[test]
fn a_refused_mnemonic_is_not_in_the_error() {
    let phrase = "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon secretword";
    let error = FaicError::from(Mnemonic::parse(phrase).unwrap_err());
    for text in [error.detail(), format!("{error:?}"), error.to_string()] {
        assert!(!text.contains("secretword") && !text.contains("abandon"), "{text}");
    }
    assert!(error.detail().contains("Word 12 is not in the english word list"), "{}", error.detail());
}

#[test]
fn the_source_is_kept_for_the_log_and_not_shown() {
    let below = io::Error::other("disk on fire");
    let error = FaicError::new(ErrorCode::StorageUnavailable, "the store cannot be written")
        .because(below)
        .wait(Duration::from_secs(3));
    assert_eq!(error.source().map(ToString::to_string).as_deref(), Some("disk on fire"));
    assert!(!error.detail().contains("fire"));
    assert_eq!(error.retry_after(), Some(Duration::from_secs(3)));
}

/// A sentence begins with a capital, but a field's name keeps its spelling; advice for the moment goes before the code's.
#[test]
fn fields_keep_their_spelling() {
    for (message, begins) in [
        ("the memo is long", "The memo"),
        ("valid_for is 0 blocks", "valid_for is"),
        ("outputs[1]: the memo is long", "outputs[1]: the"),
    ] {
        let detail = FaicError::new(ErrorCode::InvalidBody, message).advise("Shorten it.").detail();
        assert!(detail.starts_with(begins) && detail.ends_with(". Shorten it."), "{detail}");
    }
}
