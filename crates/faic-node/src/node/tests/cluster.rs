//! Several whole nodes: four validators agree, a fifth node follows; one is lost and returns, links lose and part.

use std::{path::PathBuf, sync::Arc, time::Duration};

use faic_core::{
    Amount, Authority, SecretKey,
    block::{Validator, ValidatorSet},
};
use faic_ledger::{Genesis, store::MemoryStore};
use faic_network::{SimulatedHub, simulated::Conditions};
use tempfile::TempDir;
use tokio::time::timeout;

use super::{PATIENCE, dev, payment};
use crate::{
    Config, DataFolder, Node, Telemetry, TransactionState, network,
    node::Peering,
    p2p::{NodeAddress, NodeType},
};

/// How many validators there are.
const VALIDATORS: u8 = 4;

/// The validator key of a place.
fn key(place: u8) -> SecretKey {
    SecretKey::from_seed(&[100 + place; 32])
}

/// The development network's accounts, with four validators of equal stake.
fn genesis() -> Genesis {
    let stake = Amount::from_faic(1_000).expect("below the supply");
    let validator = |place| {
        let key = key(place).public_key();
        Validator { key, operator: Authority::single(key).address(), stake }
    };
    let validators = ValidatorSet::new((0..VALIDATORS).map(validator).collect()).expect("four with stake");
    Genesis { validators, ..dev::genesis() }
}

/// The folder of a place in the cluster, with a validator's key for the first four.
fn prepare(cluster: &TempDir, place: u8) -> PathBuf {
    let folder = DataFolder::open(&cluster.path().join(place.to_string())).expect("a new folder");
    folder.bind(&genesis()).expect("a new folder");
    if place < VALIDATORS {
        folder.put_validator_key(&key(place)).expect("a new folder");
    }
    folder.path().to_owned()
}

/// Starts the node on a folder, which begins with those addresses.
async fn start(data_dir: PathBuf, bootstrap: Vec<NodeAddress>) -> Node {
    let mut network = network::Config::loopback();
    network.settings.bootstrap = bootstrap;
    let config = Config { data_dir, network, ..Config::default() };
    Node::start(config, &Telemetry::default()).await.expect("a good folder")
}

/// Starts the node on a folder in a simulated network.
async fn join(data_dir: PathBuf, hub: &SimulatedHub) -> Node {
    let hub = hub.clone();
    let peering = Peering::Given(Box::new(move |key, inbox| Arc::new(hub.join(key, inbox))));
    let config = Config { data_dir, ..Config::default() };
    let memory = |_: &DataFolder| Ok(Arc::new(MemoryStore::new()) as _);
    Node::start_among(config, &Telemetry::default(), memory, peering).await.expect("a good folder")
}

/// Where nodes listen.
fn addresses(nodes: &[Node]) -> Vec<NodeAddress> {
    nodes.iter().flat_map(|node| node.network().interface().addresses()).collect()
}

/// Submits the payment of that sequence at one node, and waits until it is final at others.
async fn pay(from: &Node, at: &[&Node], sequence: u64) {
    let id = from.chain().admit(payment(sequence)).await.expect("a good payment").id;
    for node in at {
        let mut tips = node.chain().tips();
        let is_final = async {
            // A node that has not heard of the payment does not know that it waits, so each tip is looked at.
            while !matches!(node.chain().state_of(id).await, Ok(TransactionState::Final { .. })) {
                tips.changed().await.expect("the chain goes on");
            }
        };
        let place = node.id();
        timeout(PATIENCE, is_final).await.unwrap_or_else(|_| panic!("payment {sequence} is not final at {place}"));
    }
}

/// Payments are final everywhere, also while a validator is away, which catches up when it is back.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn four_validators_and_a_follower() {
    let cluster = TempDir::new().expect("a temporary folder");
    let folders: Vec<_> = (0..=VALIDATORS).map(|place| prepare(&cluster, place)).collect();
    let mut nodes = Vec::new();
    for folder in &folders {
        let known = addresses(&nodes);
        nodes.push(start(folder.clone(), known).await);
    }
    let [first, second, third, fourth, follower] = nodes.as_slice() else { panic!("five nodes") };
    assert_eq!(follower.services().network.node().node_type, NodeType::Full);
    pay(first, &[first, second, third, fourth, follower], 0).await;
    pay(follower, &[first, follower], 1).await;

    nodes.remove(3).stop().await.expect("a clean stop");
    for sequence in 2..6 {
        pay(&nodes[0], &[&nodes[0], &nodes[1], &nodes[2], &nodes[3]], sequence).await;
    }
    let back = start(folders[3].clone(), addresses(&nodes)).await;
    let height = nodes[0].chain().tip().height;
    let mut tips = back.chain().tips();
    timeout(PATIENCE, tips.wait_for(|tip| tip.height >= height)).await.expect("it catches up").expect("it runs");
    drop(tips);
    pay(&back, &[&back, &nodes[0], &nodes[3]], 6).await;
    let status = nodes[3].services().network.sync().await.expect("there is a network");
    assert!(status.target >= height, "the follower hears of the others' blocks");
    nodes.push(back);
    for node in nodes {
        timeout(Duration::from_secs(60), node.stop()).await.expect("in time").expect("a clean stop");
    }
}

/// Over links that lose and delay, payments are final; a validator and a follower that are cut off catch up when healed.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn partitions_heal() {
    let conditions = Conditions { loss_permille: 10, delay: Duration::from_millis(1)..=Duration::from_millis(5) };
    let (cluster, hub) = (TempDir::new().expect("a temporary folder"), SimulatedHub::new(7, conditions));
    let mut nodes = Vec::new();
    for place in 0..=VALIDATORS {
        nodes.push(join(prepare(&cluster, place), &hub).await);
    }
    hub.link_all();
    let everybody: Vec<_> = nodes.iter().collect();
    pay(&nodes[0], &everybody, 0).await;

    let ids: Vec<_> = nodes.iter().map(Node::id).collect();
    hub.partition(&[&ids[..3], &ids[3..]]);
    let cut_off = nodes[4].chain().tip().height;
    for sequence in 1..4 {
        pay(&nodes[0], &everybody[..3], sequence).await;
    }
    assert!(nodes[4].chain().tip().height <= cut_off + 1, "what was under way may still arrive");
    hub.heal();
    pay(&nodes[0], &everybody, 4).await;
    drop(everybody);
    for id in &ids {
        hub.leave(id);
    }
    for node in nodes {
        timeout(Duration::from_secs(60), node.stop()).await.expect("in time").expect("a clean stop");
    }
}
