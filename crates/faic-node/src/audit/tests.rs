//! Tests of the audit: a good ledger passes, and what is no stopped node's folder is refused.

use tempfile::TempDir;

use super::{AuditError, audit};
use crate::{DataFolder, data_folder::DataFolderError, dev};

/// A folder that a node never ran on passes with the money of its genesis.
#[test]
fn good_ledger() {
    let place = TempDir::new().expect("a temporary folder");
    dev::prepare(&DataFolder::open(place.path()).expect("an empty folder")).expect("a new folder");
    let found = audit(place.path()).expect("a good ledger");
    let genesis = dev::genesis();
    assert_eq!((found.height, found.transactions), (0, 0));
    assert_eq!(found.accounts, u64::try_from(genesis.balances.len()).expect("a small number"));
    let sum = found.balances.checked_add(found.stakes);
    assert_eq!(sum, Some(genesis.supply().expect("below the supply")));
}

/// A folder in use, one without a chain and none at all are refused.
#[test]
fn nothing_to_audit() {
    let place = TempDir::new().expect("a temporary folder");
    for nowhere in [place.path().join("no"), place.path().to_owned()] {
        assert!(matches!(audit(&nowhere), Err(AuditError::DataFolder(DataFolderError::Missing { .. }))));
    }
    assert!(place.path().read_dir().expect("our own folder").next().is_none());
    drop(DataFolder::open(place.path()).expect("an empty folder"));
    assert!(matches!(audit(place.path()), Err(AuditError::NoChain { .. })));
    let _running = DataFolder::open(place.path()).expect("nobody uses it");
    assert!(matches!(audit(place.path()), Err(AuditError::DataFolder(DataFolderError::InUse { .. }))));
}
