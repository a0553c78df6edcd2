//! Tests of the plan: who is asked for what, and what becomes of answers.

use std::collections::BTreeMap;

use faic_network::NodeId;
use tokio::time::Instant;

use super::{ASIDE, DISTRUST, FAILED_MAX, PASSED_OVER, Plan, RANGE_BLOCKS_MAX, RANGES_MAX, Request};
use crate::testing::node;

/// A plan with peers of those heights.
fn plan(heads: &[(u8, u64)], now: Instant) -> Plan {
    let mut plan = Plan::default();
    plan.hear(&told(heads), now);
    plan
}

/// What peers told.
fn told(heads: &[(u8, u64)]) -> BTreeMap<NodeId, u64> {
    heads.iter().map(|(seed, height)| (node(*seed), *height)).collect()
}

/// So many blocks, which are numbers.
fn blocks(from: u64, count: u32) -> Vec<Vec<u8>> {
    (from..from + u64::from(count)).map(|height| height.to_le_bytes().to_vec()).collect()
}

/// The heights of blocks.
fn heights(blocks: &[Vec<u8>]) -> Vec<u64> {
    blocks.iter().map(|block| u64::from_le_bytes(block.as_slice().try_into().unwrap())).collect()
}

/// Several peers are asked for ranges in a row, each for one, none beyond what it has, and not more than the limit.
#[test]
fn ranges_are_shared_out() {
    let now = Instant::now();
    let mut plan = plan(&[(1, 100), (2, 1_000), (3, 1_000)], now);
    assert_eq!(plan.target(now), 1_000);
    let asked = plan.ask(0, now);
    assert_eq!(asked[0], Request { peer: node(1), from: 1, count: RANGE_BLOCKS_MAX });
    assert_eq!(asked.iter().map(|request| request.from).collect::<Vec<_>>(), [1, 65, 129]);
    assert!(plan.ask(0, now).is_empty(), "everybody is busy");

    let many: Vec<_> = (1..=9).map(|seed| (seed, 10_000)).collect();
    plan.hear(&told(&many), now);
    assert_eq!(plan.ask(0, now).len(), RANGES_MAX - 3, "what is asked for is bounded");
}

/// What comes is taken in the order of heights, without what the ledger has by other means; the rest is asked for again.
#[test]
fn order_is_kept() {
    let now = Instant::now();
    let mut plan = plan(&[(1, 70), (2, 70)], now);
    let asked = plan.ask(0, now);
    let [first, second] = asked.as_slice() else { panic!("{asked:?}") };
    assert!(plan.came(*second, blocks(65, 6), now));
    assert!(plan.take(0).is_none(), "the first blocks are missing");
    assert!(plan.came(*first, blocks(1, 10), now));
    let batch = plan.take(4).expect("blocks 5 to 10 are here");
    assert_eq!((batch.peer, heights(&batch.blocks)), (first.peer, vec![5, 6, 7, 8, 9, 10]));
    let rest = plan.ask(10, now);
    assert_eq!((rest[0].from, rest[0].count), (11, 54));
    assert!(plan.came(rest[0], blocks(11, 54), now));
    assert_eq!(heights(&plan.take(10).expect("in order").blocks).len(), 54);
    assert_eq!(heights(&plan.take(64).expect("in order").blocks), [65, 66, 67, 68, 69, 70]);
    assert!(plan.ask(70, now).is_empty());
}

/// A range whose peer failed is asked from another at once, and from the same only after a while.
#[test]
fn failures_move_on() {
    let now = Instant::now();
    let mut plan = plan(&[(1, 5), (2, 5)], now);
    let first = plan.ask(0, now)[0];
    plan.failed(first, now);
    let second = plan.ask(0, now)[0];
    assert_ne!(second.peer, first.peer);
    plan.failed(second, now);
    assert!(plan.ask(0, now).is_empty());
    assert_eq!(plan.ask(0, now + ASIDE).len(), 1);
}

/// A peer that tells of a height and never gives an answer counts for nothing after a while, until one is due again.
#[test]
fn endless_failures() {
    let mut now = Instant::now();
    let mut plan = plan(&[(1, 1_000_000), (2, 5)], now);
    for time in 1..=FAILED_MAX {
        assert_eq!(plan.target(now), 1_000_000);
        let request = plan.ask(5, now)[0];
        assert_eq!(plan.failed(request, now), time == FAILED_MAX);
        now += ASIDE;
    }
    assert_eq!((plan.target(now), plan.ask(5, now).len()), (5, 0));
    assert_eq!((plan.due(5, now), plan.due(1_000_000, now)), (Some(now - ASIDE + PASSED_OVER), None));
    now += PASSED_OVER;
    let request = plan.ask(5, now)[0];
    assert!(plan.failed(request, now), "once more is enough");
    now += PASSED_OVER + ASIDE;
    let request = plan.ask(5, now)[0];
    assert!(plan.came(request, blocks(6, 1), now));
    assert_eq!(plan.target(now), 1_000_000);
}

/// A peer without the blocks that it told of is believed up to there only, and not for ever.
#[test]
fn empty_answers() {
    let mut now = Instant::now();
    let mut plan = plan(&[(1, 1)], now);
    for told_height in [50, 51, 52] {
        plan.hear(&told(&[(1, told_height)]), now);
        let request = plan.ask(1, now)[0];
        let goes_on = plan.came(request, Vec::new(), now);
        assert_eq!(goes_on, told_height < 52, "the third time is once too often");
        assert_eq!(plan.target(now), 1);
        now += ASIDE;
    }
}

/// More than was asked for is an offence, and is not kept.
#[test]
fn too_much_is_refused() {
    let now = Instant::now();
    let mut plan = plan(&[(1, 5)], now);
    let request = plan.ask(0, now)[0];
    assert!(!plan.came(request, blocks(1, 6), now));
    assert!(plan.take(0).is_none());
}

/// Who is distrusted is asked for nothing, counts for nothing, and what it gave is forgotten, also when it comes back.
#[test]
fn distrust_lasts() {
    let now = Instant::now();
    let mut plan = plan(&[(1, 100), (2, 5)], now);
    plan.hear(&told(&[(1, 200)]), now);
    let request = plan.ask(0, now)[0];
    assert!(plan.came(request, blocks(1, 64), now));
    plan.distrust(node(1), now);
    assert!(plan.take(0).is_none());
    plan.hear(&told(&[]), now);
    plan.hear(&told(&[(1, 300)]), now);
    assert_eq!((plan.target(now), plan.ask(0, now)), (0, Vec::new()));
    assert_eq!(plan.target(now + DISTRUST), 300);
}
