//! Tests of how long a key with a new journal waits before its first vote.

use faic_core::Hash;

use super::*;
use crate::{
    bft::samples::{self, block, precommit},
    testing::{key, set},
};

/// The tip of the newcomer.
const TIP: Height = 100;

/// A peer that claims a validator key and a height.
fn peer(validator: Option<u8>, height: Height) -> PeerInfo {
    samples::peer(validator.unwrap_or(50), validator, height)
}

/// How long the validator 1 of four waits among these peers, when it was a member for so many blocks without a vote.
fn wait_after(absent: u64, peers: &[PeerInfo]) -> Duration {
    let newcomer = Newcomer { member_from: Some(TIP - absent), ..Newcomer::at(TIP) };
    newcomer.patience((TIP, false), &set([1, 2, 3, 4]), &key(1).public_key(), peers).most
}

/// How long it waits where it has just become one.
fn wait(peers: &[PeerInfo]) -> Duration {
    wait_after(0, peers)
}

/// With more than two thirds of the stake there, none ahead, nothing is waited for: so does a new network begin.
#[test]
fn quorum_goes_on_at_once() {
    let none = wait(&[]);
    assert_eq!(none, PATIENCE_NONE);
    assert_eq!(wait(&[peer(Some(2), TIP)]), PATIENCE_FEW);
    assert_eq!(wait(&[peer(Some(2), TIP), peer(Some(3), 0)]), Duration::ZERO);
    let (newcomer, one) = (Newcomer::at(0), key(1).public_key());
    assert_eq!(newcomer.patience((0, false), &set([1]), &one, &[]).most, Duration::ZERO);
}

/// The same claim of many peers, our own key, no key and a key outside the set are no stake.
#[test]
fn other_claims_count_nothing() {
    for other in [peer(Some(1), TIP), peer(Some(9), TIP), peer(None, TIP)] {
        assert_eq!(wait(&[other]), PATIENCE_NONE);
    }
    assert_eq!(wait(&[peer(Some(2), TIP), peer(Some(2), TIP)]), PATIENCE_FEW);
}

/// Who is behind waits, since the last block, until it has seen enough blocks without a vote of its own and is close.
#[test]
fn behind_waits() {
    let quorum = |height| [peer(Some(2), height), peer(Some(3), TIP), peer(Some(4), TIP)];
    assert_eq!(wait(&quorum(TIP + 1)), PATIENCE_BEHIND);
    assert_eq!(wait_after(BLOCKS_SEARCHED - 1, &quorum(TIP + 1)), PATIENCE_BEHIND);
    assert_eq!(wait_after(BLOCKS_SEARCHED, &quorum(TIP + HEIGHTS_AHEAD_MAX)), Duration::ZERO);
    assert_eq!(wait_after(BLOCKS_SEARCHED, &quorum(TIP + HEIGHTS_AHEAD_MAX + 1)), PATIENCE_BEHIND);
}

/// A peer that claims a height that nobody can have silences nobody whose tip was made a moment ago.
#[test]
fn liars_do_not_silence() {
    let wait = |absent, is_fresh| {
        let newcomer = Newcomer { member_from: Some(TIP - absent), ..Newcomer::at(TIP) };
        let liar = [peer(None, 1_000_000_000)];
        newcomer.patience((TIP, is_fresh), &set([1, 2, 3, 4]), &key(1).public_key(), &liar).most
    };
    assert_eq!(wait(BLOCKS_SEARCHED, true), Duration::ZERO);
    assert_eq!(wait(BLOCKS_SEARCHED, false), PATIENCE_BEHIND);
    assert_eq!(wait(BLOCKS_SEARCHED - 1, true), PATIENCE_BEHIND);
}

/// A vote shows in a block's certificate, in that of its parent, and in who proposed it.
#[test]
fn votes_show_in_blocks() {
    let signed = |number| {
        let vote = precommit(number, TIP, 0, None);
        let signatures = vec![VoteSignature { validator: vote.validator, signature: vote.signature }];
        Certificate { height: TIP, round: 0, block: Hash::ZERO, signatures }
    };
    let shown = |block: &Block, by: u8| shows(block, &signed(by), &key(1).public_key());
    let mut found = block(TIP, 2, 1);
    assert!(shown(&found, 1) && !shown(&found, 3));
    found.last_certificate = Some(signed(1));
    assert!(shown(&found, 3));
    assert!(shown(&block(TIP, 1, 1), 3));
}
