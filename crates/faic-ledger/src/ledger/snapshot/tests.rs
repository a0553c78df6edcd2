//! Tests of snapshots: they stand still while the ledger goes on, and keep within their limits.

use borsh::BorshDeserialize;

use super::{HANDOVERS_MAX, Handovers, OFFER_BYTES_MAX, Offer};
use crate::{
    ledger::audit::tests::staked,
    testing::{Chain, output},
    tree::Rows,
};

/// Every part of a snapshot.
fn parts(snapshot: &super::Snapshot) -> Vec<Vec<u8>> {
    (0..).map_while(|index| snapshot.part(index).unwrap()).collect()
}

/// The genesis has no snapshot; one of a later height is the same after blocks were committed.
#[test]
fn stands_still() {
    let mut chain = Chain::new();
    assert!(chain.ledger.snapshot().unwrap().is_none());
    chain.include(vec![chain.sign(chain.transfer(1, vec![output(2, 5)]))]);
    let snapshot = chain.ledger.snapshot().unwrap().unwrap();
    let before = parts(&snapshot);
    chain.include(vec![chain.sign(chain.transfer(1, vec![output(7, 5)]))]);
    assert_eq!((snapshot.height(), parts(&snapshot)), (1, before.clone()));
    let offer: Offer = borsh::from_slice(snapshot.offer()).unwrap();
    assert!(snapshot.offer().len() <= OFFER_BYTES_MAX);
    assert_eq!((offer.header.height, offer.parts.len()), (1, before.len()));
    assert_ne!(parts(&chain.ledger.snapshot().unwrap().unwrap()), before);
}

/// The handovers are those of the chain, from the asked height on, and none is that of the snapshot's own block.
#[test]
fn handovers_are_given() {
    let chain = staked();
    let snapshot = chain.ledger.snapshot().unwrap().unwrap();
    let given = |from| {
        let Handovers(handovers) = borsh::from_slice(&snapshot.handovers(from).unwrap()).unwrap();
        handovers.iter().map(|handover| handover.header.height + 1).collect::<Vec<_>>()
    };
    let all = given(0);
    assert!(all.len() > 2 && all.is_sorted(), "{all:?}");
    assert_eq!(given(all[1]), all[1..]);
    assert_eq!(given(snapshot.height() + 1), Vec::<u64>::new());
}

/// One item more than a list may have is refused before the items are read.
#[test]
fn longer_lists_are_refused() {
    let length = |count: usize| u32::try_from(count).unwrap().to_le_bytes();
    let told = |bytes: &[u8], read: fn(&mut &[u8]) -> std::io::Error| read(&mut &*bytes).to_string();
    let handovers = |bytes: &mut &[u8]| Handovers::deserialize(bytes).unwrap_err();
    let rows = |bytes: &mut &[u8]| Rows::deserialize(bytes).unwrap_err();
    assert!(told(&length(HANDOVERS_MAX + 1), handovers).contains("at most"));
    assert!(!told(&length(HANDOVERS_MAX), handovers).contains("at most"));
    assert!(told(&length(2049), rows).contains("at most"));
    assert!(!told(&length(2048), rows).contains("at most"));
}
