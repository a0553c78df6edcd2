//! Several nodes as processes: they pay, fail, come back, and never disagree.

use std::{collections::BTreeSet, path::Path, process::Command};

use faic_core::Height;
use faic_e2e::{Network, namespace, program, wires};

use crate::load::{Load, audit, receiver};

/// How often a validator is killed.
const KILLS: usize = 20;
/// After how many kills a new node joins.
const JOIN_AFTER: usize = 10;
/// How many payments must become final while a validator is gone, and again when it is back.
const PAYMENTS: usize = 5;
/// How many blocks a node may be behind before it takes over a snapshot.
const BEYOND: Height = 20;

/// Validators are killed and started again, one after the other, under load; a new node joins in the middle. What was
/// answered as final is on every node exactly once, no money is made or lost, and all nodes have the same state.
#[test]
fn validators_are_killed_under_load() {
    let base = tempfile::tempdir().unwrap();
    let mut network = Network::start(base.path(), 4);
    // The first two are never killed at once with the others, and take the payments.
    let nodes = [network.api(0).clone(), network.api(1).clone()];
    let load = Load::on(&nodes[..1], &network.chain_id(), receiver());
    load.wait_for(PAYMENTS);
    for round in 0..KILLS {
        let number = 1 + round % 3;
        network.kill(number);
        load.wait_for(load.count() + PAYMENTS);
        network.restart(number);
        let height = network.height(0);
        network.reaches(number, height);
        load.wait_for(load.count() + PAYMENTS);
        if round == JOIN_AFTER {
            let joined = network.join();
            let height = network.height(0);
            network.reaches(joined, height);
        }
    }
    let receipts = load.finish();
    network.agrees();
    network.stop();
    let ids: BTreeSet<_> = receipts.iter().map(|receipt| receipt.id).collect();
    assert_eq!(ids.len(), receipts.len(), "a payment was answered as final twice");
    for number in 0..network.len() {
        audit(&network.folder(number), &receipts);
    }
}

/// Ends the load and the nodes: all agree, and everything that was answered as final is on every disk.
fn end_well(network: &mut Network, load: Load) {
    let receipts = load.finish();
    network.agrees();
    network.stop();
    for number in 0..network.len() {
        audit(&network.folder(number), &receipts);
    }
}

/// A payment at one node is read at another; with one validator of four gone payments go on, with two gone they stop, and
/// they go on when one is back.
#[test]
fn one_of_four_may_fail() {
    let base = tempfile::tempdir().unwrap();
    let mut network = Network::start(base.path(), 4);
    let pay = |network: &Network, enough: usize| {
        let load = Load::on(&[network.api(0).clone()], &network.chain_id(), receiver());
        load.wait_for(enough);
        load.finish()
    };
    let receipts = pay(&network, 3);
    let last = receipts.last().unwrap();
    network.reaches(3, last.height);
    assert_eq!(network.api(3).get(&format!("/v1/transactions/{}", last.id)).text("state"), "final");
    network.kill(3);
    pay(&network, 3);
    network.kill(2);
    // The block that was under way may still be decided by votes that were cast.
    let height = network.height(0) + 1;
    let load = Load::on(&[network.api(0).clone()], &network.chain_id(), receiver());
    network.until("a payment waits", || network.api(0).get("/v1/status").body["mempool"]["transactions"] != 0);
    assert!(network.height(0) <= height, "two of four decided");
    network.until("the operator is told why", || {
        let printed = network.process(0).printed();
        printed.contains("consensus.standstill") && printed.contains("\"stake_here_percent\":50")
    });
    network.restart(2);
    load.wait_for(3);
    load.finish();
    network.restart(3);
    network.agrees();
    network.stop();
}

/// A node that is cut off is noticed and dropped, and catches up when it is back; with two of four cut off nothing becomes
/// final, and when they are back everything that waited does.
#[test]
fn partitions_heal() {
    let base = tempfile::tempdir().unwrap();
    let mut network = Network::start(base.path(), 4);
    let peers = |network: &Network| network.api(0).get("/v1/status").body["peers"].as_u64();
    network.until("all nodes know each other", || peers(&network) == Some(3));
    let load = Load::on(&[network.api(0).clone()], &network.chain_id(), receiver());
    load.wait_for(PAYMENTS);
    network.process(3).freeze();
    load.wait_for(load.count() + PAYMENTS);
    network.until("the silent node is dropped", || peers(&network) == Some(2));
    network.process(2).freeze();
    // What was decided when the second was cut off may still become final.
    network.until("the second silent node is dropped", || peers(&network) == Some(1));
    let height = network.height(0);
    network.process(3).thaw();
    network.until("payments go on with three of four", || network.height(0) > height + 1);
    network.process(2).thaw();
    load.wait_for(load.count() + PAYMENTS);
    end_well(&mut network, load);
}

/// The same with cables that are pulled, so that packets are lost without a word: three of four go on without the fourth,
/// two and two decide nothing, each side still answers, and when the cables are back all agree and nothing was lost.
#[test]
fn cables_are_pulled() {
    let test = "network::cables_are_pulled";
    if !(namespace::enter("-rn", test) && wires::are_possible(test)) {
        return;
    }
    let base = tempfile::tempdir().unwrap();
    let mut network = Network::start_on_wires(base.path(), 4);
    let peers = |network: &Network, number: usize| network.api(number).get("/v1/status").body["peers"].as_u64();
    network.until("all nodes know each other", || (0..4).all(|number| peers(&network, number) == Some(3)));
    let load = Load::on(&[network.api(0).clone()], &network.chain_id(), receiver());
    load.wait_for(PAYMENTS);
    network.wires().cut(3);
    network.until("the node at the pulled cable is alone", || peers(&network, 3) == Some(0));
    let behind = network.height(3);
    load.wait_for(load.count() + PAYMENTS);
    assert!(network.height(3) <= behind, "a node alone decided");
    network.wires().cut(2);
    network.until("two and two see each other", || {
        [1, 1, 1, 1] == [0, 1, 2, 3].map(|number| peers(&network, number).unwrap_or_default())
    });
    let heights = [0, 1, 2, 3].map(|number| network.height(number));
    network.wires().heal(3);
    network.until("the third is back", || peers(&network, 0) == Some(2));
    load.wait_for(load.count() + PAYMENTS);
    let most = heights.iter().max().unwrap();
    assert!(network.height(0) > *most && network.height(2) <= *most, "{heights:?}");
    network.wires().heal(2);
    load.wait_for(load.count() + PAYMENTS);
    end_well(&mut network, load);
}

/// Nodes that nobody told of each other find each other by multicast on their local network, and decide together.
#[test]
fn neighbours_find_each_other() {
    let test = "network::neighbours_find_each_other";
    if !(namespace::enter("-rn", test) && wires::are_possible(test)) {
        return;
    }
    let base = tempfile::tempdir().unwrap();
    let mut network = Network::start_nearby(base.path(), 4);
    let peers = |network: &Network, number: usize| network.api(number).get("/v1/status").body["peers"].as_u64();
    network.until("all nodes know each other", || (0..4).all(|number| peers(&network, number) == Some(3)));
    let load = Load::on(&[network.api(0).clone()], &network.chain_id(), receiver());
    load.wait_for(PAYMENTS);
    end_well(&mut network, load);
}

/// What the command line says of a balance that it cannot prove from a checkpoint on.
fn balance_from(node: &str, folder: &Path, checkpoint: &str) -> String {
    let address = receiver().encode(faic_core::Network::Dev);
    let mut command = Command::new(program());
    command.args(["wallet", "balance", &address, "--node", node, "--checkpoint", checkpoint]);
    let done = command.env("FAIC_KEYSTORE", folder.join("keystore")).output().unwrap();
    assert!(!done.status.success());
    String::from_utf8(done.stderr).unwrap()
}

/// A node far behind takes over the state instead of every block: it follows the chain and knows every balance, names the
/// oldest block it has, and does not do it again after a restart. The chain goes on meanwhile.
#[test]
fn a_snapshot_is_taken_over() {
    let base = tempfile::tempdir().unwrap();
    let mut network = Network::start(base.path(), 4);
    let to = receiver();
    let load = Load::on(&[network.api(0).clone()], &network.chain_id(), to);
    network.reaches(0, 3 * BEYOND);
    let joined = network.join_by_snapshot(BEYOND);
    let height = network.height(0);
    assert!(height > BEYOND, "{height}");
    network.reaches(joined, height);
    load.wait_for(load.count() + PAYMENTS);
    let printed = network.process(joined).printed();
    assert!(printed.contains("sync.snapshot_begun"), "{printed}");
    let first = network.block(joined, 1);
    assert_eq!((first.status, first.text("code")), (410, "block_pruned"), "{}", first.body);
    // A wallet that trusts a block from before is told which one this node can show it.
    let oldest = network.block(0, 1);
    let told = balance_from(network.api(joined).url(), base.path(), &format!("1:{}", oldest.text("id")));
    let wanted = ["no headers below height", "newer block", "--checkpoint HEIGHT:ID", "block_pruned"];
    assert!(wanted.iter().all(|text| told.contains(text)), "{told}");
    load.finish();
    network.agrees();
    let balance = |number: usize| {
        let account = format!("/v1/accounts/{}", to.encode(faic_core::Network::Dev));
        network.api(number).get(&account).text("balance").to_owned()
    };
    assert_eq!(balance(joined), balance(0));
    network.kill(joined);
    network.restart(joined);
    network.agrees();
    assert_eq!(network.block(joined, 1).status, 410);
    assert_eq!(network.process(joined).printed().matches("sync.snapshot_begun").count(), 1);
    network.stop();
}
