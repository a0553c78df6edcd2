//! Tests of what is read beside a running node.

use faic_core::{Address, BasicCrypto, Verifier, staking::Possession};
use tempfile::TempDir;

use super::{Seat, SeatError};
use crate::{DataFolder, data_folder::DataFolderError, dev};

/// The validator of a folder that is in use signs for one operator on its chain.
#[test]
fn of_a_folder_in_use() {
    let place = TempDir::new().expect("a temporary folder");
    let path = place.path().join("data");
    assert!(matches!(Seat::read(&path), Err(SeatError::DataFolder(DataFolderError::Missing { .. }))));
    let folder = DataFolder::open(&path).expect("a new folder");
    assert!(matches!(Seat::read(&path), Err(SeatError::NoKey { .. })));
    let key = folder.create_validator_key().expect("our own folder").public_key();
    assert!(matches!(Seat::read(&path), Err(SeatError::NoChain { .. })));
    folder.bind(&dev::genesis()).expect("it belongs to no chain");
    let seat = Seat::read(&path).expect("everything is there");
    let operator = Address::from_bytes([7; 32]);
    let signature = seat.sign_possession(operator).expect("the key is at hand");
    let claim = Possession { chain_id: dev::genesis().chain_id, operator, key };
    assert!(BasicCrypto::default().verify_possession(&claim, &signature));
    let other = Possession { operator: Address::from_bytes([8; 32]), ..claim };
    assert!(!BasicCrypto::default().verify_possession(&other, &signature));
    drop(folder);
}
