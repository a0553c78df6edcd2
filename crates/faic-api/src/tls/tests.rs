//! Tests of who may read a key.

use std::path::Path;

use super::{TlsError, check_mode};

/// The bits of an owner who is root and of any other: root's group may read, nobody else may do anything.
#[test]
fn a_key_is_for_its_owner_and_the_group_of_roots() {
    let key = Path::new("key.pem");
    for (mode, of_root, of_another) in [
        (0o400, true, true),
        (0o600, true, true),
        (0o440, true, false),
        (0o640, true, false),
        (0o660, false, false),
        (0o650, false, false),
        (0o644, false, false),
        (0o604, false, false),
        (0o601, false, false),
        (0o777, false, false),
    ] {
        for (owner, may) in [(0, of_root), (1000, of_another)] {
            let checked = check_mode(key, mode, owner);
            assert_eq!(checked.is_ok(), may, "mode {mode:o} of user {owner}");
            if let Err(error) = checked {
                assert!(matches!(error, TlsError::KeyNotPrivate { mode: told, .. } if told == mode), "{error}");
            }
        }
    }
}
