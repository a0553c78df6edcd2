//! Tests of what is remembered, and of how checkpoints are written.

use faic_core::{ChainId, Hash, light_client::Head};
use faic_node::dev;
use tempfile::tempdir;

use super::{file, parse_checkpoint};

/// What was remembered is read again, of its own chain only; a damaged file is named.
#[test]
fn heads_are_remembered() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("trust").join("faic-dev.json");
    let chain = ChainId::new("faic-dev").unwrap();
    assert_eq!(file::read(&path, &chain).unwrap(), None);
    let genesis = dev::genesis();
    let head = Head::genesis(genesis.id(), genesis.validators);
    file::write(&path, &chain, &head).unwrap();
    assert_eq!(file::read(&path, &chain).unwrap(), Some(head));
    assert!(file::read(&path, &ChainId::new("faic-other").unwrap()).is_err());
    std::fs::write(&path, b"{}").unwrap();
    let damaged = format!("{:?}", file::read(&path, &chain).unwrap_err());
    assert!(damaged.contains("faic-dev.json"), "{damaged}");
}

/// A checkpoint is a height and an id, and nothing else.
#[test]
fn checkpoints() {
    let id = Hash::from_bytes([7; 32]);
    assert_eq!(parse_checkpoint(&format!("12:{id}")), Ok((12, id)));
    for bad in ["", "12", "12:", "x:00", &format!("-1:{id}"), &format!("12:{id}0")] {
        assert!(parse_checkpoint(bad).is_err(), "{bad}");
    }
}
