//! Tests of what is remembered, and of how checkpoints are written.

use faic_core::{ChainId, Hash, Network, light_client::Head};
use faic_node::dev;
use tempfile::tempdir;

use super::{
    Remembered,
    beginning::{Beginning, check_first_use},
    file, parse_checkpoint,
};
use crate::{failure::Code, output::Output};

/// The beginning of the development network, remembered as begun there or elsewhere.
fn remembered(height: u64, begun: Beginning) -> Remembered {
    let genesis = dev::genesis();
    let head = Head::genesis(genesis.id(), genesis.validators);
    let id = Hash::from_bytes([u8::try_from(height).unwrap(); 32]);
    Remembered { head: Head { height, id, ..head }, begun }
}

/// What was remembered is read again, of its own chain only; a damaged file is named.
#[test]
fn heads_are_remembered() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("trust").join("faic-dev.json");
    let chain = ChainId::new("faic-dev").unwrap();
    assert_eq!(file::read(&path, &chain).unwrap(), None);
    let id = Hash::from_bytes([7; 32]);
    for begun in [Beginning::FirstUse, Beginning::Genesis { id }, Beginning::Checkpoint { height: 3, id }] {
        let kept = remembered(4, begun);
        let _was_there = std::fs::remove_file(&path);
        file::write(&path, &chain, &kept, None).unwrap();
        assert_eq!(file::read(&path, &chain).unwrap(), Some(kept));
    }
    assert!(file::read(&path, &ChainId::new("faic-other").unwrap()).is_err());
    std::fs::write(&path, b"{}").unwrap();
    let damaged = format!("{:?}", file::read(&path, &chain).unwrap_err());
    assert!(damaged.contains("faic-dev.json"), "{damaged}");
}

/// A file that does not say how its trust began counts as begun on a node's word.
#[test]
fn files_without_a_beginning() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("faic-dev.json");
    let chain = ChainId::new("faic-dev").unwrap();
    let id = Hash::from_bytes([7; 32]);
    file::write(&path, &chain, &remembered(4, Beginning::Genesis { id }), None).unwrap();
    let mut document: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    document.as_object_mut().unwrap().remove("begun");
    document["version"] = 1.into();
    std::fs::write(&path, document.to_string()).unwrap();
    assert_eq!(file::read(&path, &chain).unwrap(), Some(remembered(4, Beginning::FirstUse)));
}

/// Of two commands at the same time the slower does not write an older head over a newer one, nor one that began on a
/// node's word over one that a person named; who begins anew replaces what was seen at the beginning.
#[test]
fn nothing_goes_back() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("faic-x.json");
    let chain = ChainId::new("faic-x").unwrap();
    let named = Beginning::Genesis { id: Hash::from_bytes([7; 32]) };
    let other = Beginning::Checkpoint { height: 1, id: Hash::from_bytes([8; 32]) };
    let write = |height, begun, seen: Option<u8>| {
        let seen = seen.map(|seen| Hash::from_bytes([seen; 32]));
        file::write(&path, &chain, &remembered(height, begun), seen).unwrap();
        let kept = file::read(&path, &chain).unwrap().unwrap();
        (kept.head.height, kept.begun)
    };
    assert_eq!(write(3, Beginning::FirstUse, None), (3, Beginning::FirstUse));
    assert_eq!(write(2, Beginning::FirstUse, None), (3, Beginning::FirstUse));
    assert_eq!(write(5, Beginning::FirstUse, Some(3)), (5, Beginning::FirstUse));
    assert_eq!(write(4, Beginning::FirstUse, Some(3)), (5, Beginning::FirstUse));
    assert_eq!(write(4, named, Some(3)), (4, named));
    assert_eq!(write(9, Beginning::FirstUse, Some(5)), (4, named));
    assert_eq!(write(9, other, Some(3)), (4, named));
    assert_eq!(write(9, other, Some(4)), (9, other));
    assert_eq!(write(1, other, Some(9)), (1, other));
}

/// A node is believed once by a person, and for the first chain of a network; a development network may have many.
#[test]
fn first_use() {
    let folder = tempdir().unwrap();
    let file = |name: &str| folder.path().join("main").join(format!("{name}.json"));
    let chain = |name: &str| ChainId::new(name).unwrap();
    let check = |name: &str, network, output| check_first_use(&file(name), &chain(name), network, output);
    assert!(check("faic-main", Network::Main, Output::People).is_ok());
    let refused = format!("{:?}", check("faic-main", Network::Main, Output::Json).unwrap_err());
    assert!(refused.contains(Code::CheckpointNeeded.name()), "{refused}");
    file::write(&file("faic-main"), &chain("faic-main"), &remembered(1, Beginning::FirstUse), None).unwrap();
    assert!(check("faic-main-2", Network::Main, Output::People).is_err());
    assert!(check("faic-dev-2", Network::Dev, Output::Json).is_ok());
}

/// A checkpoint is a height and an id, and nothing else.
#[test]
fn checkpoints() {
    let id = Hash::from_bytes([7; 32]);
    assert_eq!(parse_checkpoint(&format!("12:{id}")), Ok((12, id)));
    for bad in ["", "12", "12:", "x:00", &format!("-1:{id}"), &format!("0:{id}"), &format!("12:{id}0")] {
        assert!(parse_checkpoint(bad).is_err(), "{bad}");
    }
}
