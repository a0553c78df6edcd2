//! `kill -9` at random moments under load: what was answered as final stays, exactly once, and money is conserved.

use std::{collections::BTreeSet, fs};

use faic_e2e::NodeProcess;

use crate::load::{Load, Receipt, audit, receiver};

/// How often the node is killed.
const KILLS: u64 = 25;

/// A small generator of numbers from a seed (SplitMix64, Steele et al. 2014).
fn random(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// What was answered as final survives `kill -9` at random moments under load, exactly once, and no money is made or lost.
#[test]
fn kill_nine_under_load() {
    let base = tempfile::tempdir().unwrap();
    let folder = base.path().join("node");
    fs::create_dir(&folder).unwrap();
    let mut receipts: Vec<Receipt> = Vec::new();
    let mut seed = 7;
    for _ in 0..KILLS {
        let node = NodeProcess::start(&folder);
        // What was final before this kill is final after it, at the same height.
        for receipt in receipts.iter().rev().take(20) {
            let answer = node.api().get(&format!("/v1/transactions/{}", receipt.id));
            assert_eq!((answer.text("state"), answer.body["height"].as_u64()), ("final", Some(receipt.height)));
        }
        let load = Load::start(node.api(), receiver());
        load.wait_for(usize::try_from(1 + random(&mut seed) % 24).unwrap());
        node.kill();
        receipts.extend(load.finish());
    }
    let ids: BTreeSet<_> = receipts.iter().map(|receipt| receipt.id).collect();
    assert_eq!(ids.len(), receipts.len(), "a payment was answered as final twice");
    audit(&folder, &receipts);
}
