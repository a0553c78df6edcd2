//! Tests that a secret leaves no trace in texts.

use super::SecretText;

#[test]
fn a_secret_is_not_in_debug() {
    let secret: SecretText = serde_json::from_str(r#""hunter22""#).unwrap();
    assert_eq!(secret.reveal(), "hunter22");
    assert!(!format!("{secret:?}").contains("hunter"));
}

#[test]
fn a_value_of_another_type_is_not_quoted() {
    for text in ["8675309", "-8675309", "86753.09", "true", "[8675309]"] {
        let error = serde_json::from_str::<SecretText>(text).unwrap_err().to_string();
        assert!(error.contains("string") && !error.contains("8675309") && !error.contains("86753.09"), "{error}");
    }
}
