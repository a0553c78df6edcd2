//! Tests of the file of peers.

use std::fs;

use super::{FILE_BYTES_MAX, FILE_NAME, PEERS_MAX, Remembered, RememberedError, load, save};
use crate::samples::{address, node};

/// What is written is read again, up to the limit; no file is no peer.
#[test]
fn round_trip() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(load(folder.path()).unwrap(), []);
    let peer = Remembered { id: node(1), addresses: vec![address(1), address(2)], seen: 7 };
    save(folder.path(), vec![peer.clone(); 2]).unwrap();
    assert_eq!(load(folder.path()).unwrap(), [peer.clone(), peer.clone()]);
    save(folder.path(), vec![peer; PEERS_MAX + 1]).unwrap();
    assert_eq!(load(folder.path()).unwrap().len(), PEERS_MAX);
}

/// Garbage and a file beyond the limit are told apart from no file.
#[test]
fn bad_files_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(FILE_NAME);
    fs::write(&path, "{\"version\":1}").unwrap();
    assert!(matches!(load(folder.path()), Err(RememberedError::Malformed(..))));
    fs::File::create(&path).unwrap().set_len(FILE_BYTES_MAX + 1).unwrap();
    assert!(matches!(load(folder.path()), Err(RememberedError::TooLarge(..))));
    assert!(matches!(save(&folder.path().join("none"), Vec::new()), Err(RememberedError::Io(..))));
}
