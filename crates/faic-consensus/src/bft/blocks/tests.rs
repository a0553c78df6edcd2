//! Tests of the blocks that are at hand.

use faic_core::Header;

use super::*;
use crate::{
    bft::samples::{block, proposal},
    testing::key,
};

/// The blocks of height 5.
fn blocks() -> Blocks {
    let mut blocks = Blocks::default();
    blocks.begin(5);
    blocks
}

/// A proposal of a block of height 5.
fn named(block: &Block) -> SignedProposal {
    proposal(1, 5, 0, None, block.id())
}

/// Of the blocks that nobody asked for a few are kept for each height, and no more.
#[test]
fn unasked_blocks_are_limited() {
    let mut blocks = blocks();
    let most = u64::try_from(UNASKED_MAX).unwrap();
    for height in [5, 6] {
        for time in 0..=most {
            assert!(blocks.offer(block(height, 1, time)).is_none());
        }
    }
    assert_eq!(blocks.entries.len(), 2 * UNASKED_MAX);
    assert!(blocks.get(&block(5, 1, most - 1).id()).is_some());
    assert!(blocks.get(&block(5, 1, most).id()).is_none());
}

/// Blocks that a proposal names, our own and those of the journal take no room from those that nobody asked for yet.
#[test]
fn named_blocks_take_no_room() {
    let mut blocks = blocks();
    for time in 0..9 {
        blocks.proposed(named(&block(5, 1, time)));
        blocks.offer(block(5, 1, time));
        blocks.keep(block(5, 2, time));
    }
    blocks.offer(block(5, 3, 1));
    assert!(blocks.get(&block(5, 3, 1).id()).is_some());
}

/// A block that a proposal names is kept over the limit.
#[test]
fn wanted_block_is_always_kept() {
    let mut blocks = blocks();
    for time in 0..9 {
        blocks.offer(block(5, 1, time));
    }
    let wanted = block(5, 1, 99);
    assert!(matches!(blocks.proposed(named(&wanted)), Known::Missing));
    assert_eq!(blocks.offer(wanted.clone()), Some(wanted));
}

/// Whether the block or its proposal comes first, it is verified once.
#[test]
fn wanted_block_is_verified_once() {
    let (early, late) = (block(5, 1, 1), block(5, 1, 2));
    let mut blocks = blocks();
    assert_eq!(blocks.offer(early.clone()), None);
    assert!(matches!(blocks.proposed(named(&early)), Known::Unjudged(found) if *found == early));
    assert!(matches!(blocks.proposed(named(&early)), Known::Judged));
    assert!(matches!(blocks.proposed(named(&late)), Known::Missing));
    assert_eq!(blocks.offer(late.clone()), Some(late.clone()));
    assert_eq!(blocks.offer(late.clone()), None);
    assert!(matches!(blocks.proposed(proposal(2, 5, 1, None, late.id())), Known::Judged));
    assert_eq!(blocks.verdict(late.id(), true).len(), 2);
}

/// The ids that proposals name are missing until their blocks come.
#[test]
fn missing_ids() {
    let (first, second) = (block(5, 1, 1), block(5, 1, 2));
    let mut blocks = blocks();
    blocks.proposed(named(&first));
    blocks.proposed(named(&second));
    assert_eq!(blocks.missing().collect::<Vec<_>>(), [first.id(), second.id()]);
    blocks.offer(first);
    assert_eq!(blocks.missing().collect::<Vec<_>>(), [second.id()]);
}

/// The next height forgets the one before and keeps what came early.
#[test]
fn next_height_forgets() {
    let (old, own, early) = (block(5, 1, 1), block(5, 1, 2), block(6, 1, 3));
    let mut blocks = blocks();
    blocks.offer(old.clone());
    blocks.offer(early.clone());
    blocks.keep(own.clone());
    blocks.built(0, own.id());
    blocks.proposed(named(&block(5, 1, 9)));
    assert_eq!(blocks.own(0), Some(&own));
    blocks.begin(6);
    assert_eq!((blocks.get(&old.id()), blocks.own(0), blocks.missing().count()), (None, None, 0));
    assert_eq!(blocks.get(&early.id()), Some(&early));
    blocks.begin(7);
    assert!(blocks.entries.is_empty());
}

/// A verdict that was remembered is not asked for again.
#[test]
fn remembered_verdict_is_not_asked_for() {
    let found = block(5, 1, 1);
    let mut blocks = blocks();
    blocks.offer(found.clone());
    let (proposer, id) = (key(1).public_key(), found.id());
    blocks.recall(&Judgement { height: 5, round: 0, valid_round: None, proposer, block: id, valid: false });
    assert!(matches!(blocks.proposed(named(&found)), Known::Judged));
}

/// A block under whose id another body is put is not whole.
#[test]
fn other_bodies_are_noticed() {
    let good = block(5, 1, 1);
    assert!(is_whole(&good));
    let other = Hash::from_bytes([1; 32]);
    let changes: [fn(&mut Header, Hash); 3] = [
        |header, other| header.transactions_root = other,
        |header, other| header.evidence_root = other,
        |header, other| header.last_certificate = other,
    ];
    for change in changes {
        let mut bad = good.clone();
        change(&mut bad.header, other);
        assert!(!is_whole(&bad));
    }
}
