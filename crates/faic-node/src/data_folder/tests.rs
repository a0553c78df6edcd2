//! Tests of the data folder: who is let in, and what is refused with which sentence.

use std::{fs, io, path::Path};

use faic_core::SecretKey;
use tempfile::TempDir;

use super::{DataFolder, DataFolderError, FORMAT, SMALL_FILE_BYTES_MAX, storage};
use crate::{dev, secret_file::SecretFileError};

/// A temporary folder.
fn temporary() -> TempDir {
    TempDir::new().expect("a temporary folder")
}

/// The permission bits of a file or folder.
#[cfg(unix)]
fn mode(path: &Path) -> u32 {
    let metadata = fs::metadata(path).expect("it is there");
    std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o777
}

/// A new folder is made with its parents, is for its owner alone, and can be opened again after it was closed.
#[test]
fn new_folder() {
    let place = temporary();
    let path = place.path().join("deep/data");
    let folder = DataFolder::open(&path).expect("a new folder");
    assert!(folder.genesis().expect("readable").is_none());
    assert!(folder.validator_key().expect("readable").is_none());
    #[cfg(unix)]
    assert_eq!((mode(&path), mode(&path.join("lock"))), (0o700, 0o600));
    drop(folder);
    DataFolder::open(&path).expect("it was closed");
}

/// An existing folder is asked for: where there is none, or one that is nobody's, no trace is left.
#[test]
fn existing_only() {
    let place = temporary();
    let path = place.path().join("data");
    assert!(matches!(DataFolder::open_existing(&path), Err(DataFolderError::Missing { .. })));
    assert!(!path.exists());
    fs::create_dir(&path).expect("our own folder");
    assert!(matches!(DataFolder::open_existing(&path), Err(DataFolderError::Missing { .. })));
    assert_eq!(fs::read_dir(&path).expect("our own folder").count(), 0);
    drop(DataFolder::open(&path).expect("an empty folder"));
    let folder = DataFolder::open_existing(&path).expect("it was made");
    assert!(matches!(DataFolder::open_existing(&path), Err(DataFolderError::InUse { .. })));
    drop(folder);
    fs::write(place.path().join("file"), "").expect("our own folder");
    assert!(matches!(DataFolder::open_existing(place.path()), Err(DataFolderError::NotOurs { .. })));
}

/// A second opening is refused with the holder's process id, and changes nothing for the first.
#[test]
fn one_at_a_time() {
    let place = temporary();
    let first = DataFolder::open(place.path()).expect("an empty folder");
    let error = DataFolder::open(place.path()).expect_err("it is in use");
    let holder = format!("process {}", std::process::id());
    assert!(error.to_string().ends_with(&format!("is in use by {holder}")), "{error}");
    assert!(matches!(error, DataFolderError::InUse { holder: found, .. } if found == holder));
    drop(first);
    DataFolder::open(place.path()).expect("it was closed");
}

/// A folder with something in it that no node made is refused and left without a trace.
#[test]
fn not_ours() {
    let place = temporary();
    fs::write(place.path().join("holiday.jpg"), "sun").expect("our own folder");
    let error = DataFolder::open(place.path()).expect_err("somebody's pictures");
    assert!(matches!(error, DataFolderError::NotOurs { found, .. } if found == "holiday.jpg"));
    assert_eq!(fs::read_dir(place.path()).expect("our own folder").count(), 1);
}

/// What a crash at the very first start leaves behind does not stand in the way.
#[test]
fn crash_at_the_first_start() {
    let place = temporary();
    for name in ["lock", "format.tmp"] {
        fs::write(place.path().join(name), "").expect("our own folder");
    }
    DataFolder::open(place.path()).expect("it is still nobody's");
}

/// A folder of a newer program is refused with both formats, and a damaged format file with its name.
#[test]
fn newer_or_damaged_format() {
    let place = temporary();
    drop(DataFolder::open(place.path()).expect("an empty folder"));
    let file = place.path().join("format.json");
    let newer = format!(r#"{{"format": {}, "shape": "unheard of"}}"#, FORMAT + 1);
    fs::write(&file, newer).expect("our own folder");
    let error = DataFolder::open(place.path()).expect_err("it is newer");
    assert!(matches!(error, DataFolderError::NewerFormat { found, .. } if found == FORMAT + 1));
    for damaged in ["", "{", r#"{"format": -1}"#, &" ".repeat(SMALL_FILE_BYTES_MAX as usize + 1)] {
        fs::write(&file, damaged).expect("our own folder");
        assert!(matches!(DataFolder::open(place.path()), Err(DataFolderError::Damaged { .. })));
    }
}

/// A folder belongs to one chain: the same genesis is welcome again, another is refused by name.
#[test]
fn other_chain() {
    let place = temporary();
    let folder = DataFolder::open(place.path()).expect("an empty folder");
    let genesis = dev::genesis();
    folder.bind(&genesis).expect("it belongs to no chain");
    folder.bind(&genesis).expect("it belongs to this chain");
    assert_eq!(folder.genesis().expect("readable").map(|found| found.id()), Some(genesis.id()));
    let other = faic_ledger::Genesis { time_ms: genesis.time_ms + 1, ..genesis };
    assert!(matches!(folder.bind(&other), Err(DataFolderError::OtherChain { .. })));
    fs::write(place.path().join("genesis.json"), "{}").expect("our own folder");
    assert!(matches!(folder.bind(&other), Err(DataFolderError::Genesis { .. })));
}

/// A place that can't be written to is refused as such.
#[cfg(target_os = "linux")]
#[test]
fn read_only() {
    let error = DataFolder::open(Path::new("/sys/faic")).expect_err("nobody may write there");
    assert!(matches!(error, DataFolderError::ReadOnly { .. }), "{error:?}");
    assert_eq!(error.to_string(), "/sys/faic can't be written to");
}

/// What the operating system says decides the kind of error.
#[test]
fn kinds_of_storage_errors() {
    let of = |kind: io::ErrorKind| storage(Path::new("x"), kind.into());
    for kind in [io::ErrorKind::ReadOnlyFilesystem, io::ErrorKind::PermissionDenied] {
        assert!(matches!(of(kind), DataFolderError::ReadOnly { .. }));
    }
    assert!(matches!(of(io::ErrorKind::StorageFull), DataFolderError::Storage { .. }));
}

/// The node's secrets are made once; a key that is there is not replaced by another.
#[test]
fn secrets_stay() {
    let place = temporary();
    let folder = DataFolder::open(place.path()).expect("an empty folder");
    let again = |name: &str| fs::read(place.path().join(name)).expect("the file is there");
    let node = folder.node_key().expect("a new key").public_key();
    let validator = folder.create_validator_key().expect("a new key").public_key();
    let token = folder.api_token().expect("a new token");
    assert_ne!(node, validator);
    let before = ["node.key", "validator.key", "api.token"].map(again);
    assert_eq!(folder.node_key().expect("the same key").public_key(), node);
    assert_eq!(folder.validator_key().expect("readable").expect("there").public_key(), validator);
    assert!(folder.api_token().expect("the same token").matches(token.reveal()));
    assert_eq!(["node.key", "validator.key", "api.token"].map(again), before);

    let given = SecretKey::from_seed(&[9; 32]);
    assert!(matches!(folder.put_validator_key(&given), Err(SecretFileError::Storage { .. })));
    folder.put_faucet_key(&given).expect("there was none");
    folder.put_faucet_key(&given).expect("it is the same");
    assert_eq!(folder.faucet_key().expect("readable").expect("there").public_key(), given.public_key());
}

/// The address of the HTTP interface is told while the node runs.
#[test]
fn api_address() {
    let place = temporary();
    let folder = DataFolder::open(place.path()).expect("an empty folder");
    let file = place.path().join("api.addr");
    for port in [8420, 8421] {
        folder.announce_api_address(([127, 0, 0, 1], port).into()).expect("our own folder");
        assert_eq!(fs::read_to_string(&file).expect("it was told"), format!("127.0.0.1:{port}"));
    }
    folder.withdraw_api_address();
    folder.withdraw_api_address();
    assert!(!file.exists());
}

/// A file in the place of the folder is said to be one, and is left as it is.
#[test]
fn a_file_is_no_folder() {
    let place = TempDir::new().unwrap();
    let path = place.path().join("notes.txt");
    fs::write(&path, "mine").unwrap();
    for refused in [DataFolder::open(&path), DataFolder::open_existing(&path)] {
        assert!(matches!(refused, Err(DataFolderError::IsAFile { .. })), "{refused:?}");
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), "mine");
}
