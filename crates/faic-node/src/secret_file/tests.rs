//! Tests of files with a secret.

use std::{
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
};

use tempfile::TempDir;

use super::{BYTES_MAX, SecretFileError, create, create_key, read, read_key, read_or_create_key};

/// A folder and the path of a file in it that is not there yet.
fn place() -> (TempDir, PathBuf) {
    let folder = TempDir::new().expect("a temporary folder");
    let path = folder.path().join("some.key");
    (folder, path)
}

/// Sets the permission bits of a file.
#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode)).expect("our own file");
}

/// A key is made once, in a file for its owner alone, and is the same ever after.
#[test]
fn made_once() {
    let (folder, path) = place();
    assert!(read_key(&path).expect("no file is no error").is_none());
    let key = read_or_create_key(&path).expect("a new key");
    let again = read_or_create_key(&path).expect("the same key");
    assert_eq!(key.public_key(), again.public_key());
    assert_eq!(fs::read_dir(folder.path()).expect("our own folder").count(), 1, "nothing temporary stays");
    #[cfg(unix)]
    {
        let metadata = fs::metadata(&path).expect("the file is there");
        assert_eq!(std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o777, 0o600);
    }
}

/// An existing secret is never overwritten.
#[test]
fn never_overwritten() {
    let (_folder, path) = place();
    create(&path, "first").expect("a new file");
    let error = create(&path, "second").expect_err("there is one");
    let SecretFileError::Storage { source, .. } = error else { panic!("another error: {error}") };
    assert_eq!(source.kind(), ErrorKind::AlreadyExists);
    assert_eq!(read(&path).expect("readable").as_deref().map(String::as_str), Some("first"));
}

/// A file that others may read is refused, whatever it holds.
#[cfg(unix)]
#[test]
fn must_be_private() {
    let (_folder, path) = place();
    read_or_create_key(&path).expect("a new key");
    for mode in [0o604, 0o640, 0o602, 0o644] {
        set_mode(&path, mode);
        let error = read_or_create_key(&path).expect_err("others may use it");
        assert!(matches!(error, SecretFileError::NotPrivate { mode: found, .. } if found == mode));
    }
    set_mode(&path, 0o400);
    read_or_create_key(&path).expect("for the owner alone");
}

/// A file without a key is refused and left as it is, and the error does not repeat what is in it.
#[test]
fn damaged_files() {
    let (_folder, path) = place();
    let digits = "ab".repeat(32);
    let bad = [
        String::new(),
        digits.clone(),
        format!("ed25519:{digits}00"),
        format!("ed25519:{}", "g".repeat(64)),
        format!("rsa:{digits}"),
    ];
    for text in bad {
        create(&path, &text).expect("a new file");
        let error = read_or_create_key(&path).expect_err("no key");
        assert!(matches!(error, SecretFileError::Malformed { .. }));
        assert!(!format!("{error} {error:?}").contains("abab"));
        fs::remove_file(&path).expect("our own file");
    }
    create(&path, &"a".repeat(BYTES_MAX as usize)).expect("a new file");
    assert!(matches!(read(&path), Err(SecretFileError::Malformed { .. })));
}

/// A key given by the caller is what is read back.
#[test]
fn given_key() {
    let (_folder, path) = place();
    let key = faic_core::SecretKey::from_seed(&[7; 32]);
    create_key(&path, &key).expect("a new file");
    assert_eq!(read_key(&path).expect("readable").expect("there").public_key(), key.public_key());
}
