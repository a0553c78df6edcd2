//! Tests of what is remembered, and of how checkpoints are written.

use faic_core::{ChainId, Hash, Network, light_client::Head};
use faic_node::dev;
use tempfile::tempdir;

use super::{check_first_use, file, parse_checkpoint};
use crate::{failure::Code, output::Output};

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
    let genesis = dev::genesis();
    let head = Head::genesis(genesis.id(), genesis.validators);
    file::write(&file("faic-main"), &chain("faic-main"), &head).unwrap();
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
