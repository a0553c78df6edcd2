//! A network of several nodes as processes, each with its own folder and its own ports on loopback or its own cables.

use std::{
    fs,
    net::{Ipv4Addr, SocketAddr, SocketAddrV4, TcpListener},
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use faic_core::{ChainId, Height};
use faic_ledger::{Genesis, genesis::Parameters};
use faic_node::{DataFolder, dev};

use crate::{Answer, Api, NodeProcess, Wires};

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(90);
/// Any free port of this machine.
const LOOPBACK: SocketAddr = SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0));
/// How often a condition is looked at.
const GLANCE: Duration = Duration::from_millis(20);

/// How the nodes of a network come to know each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meeting {
    /// Each is told where the validators listen.
    Told,
    /// By multicast; nobody is told of anybody.
    Nearby,
}

/// A development network of several validators; its processes are killed when it is dropped.
pub struct Network {
    /// The folder with all data folders.
    base: PathBuf,
    /// What the chain begins with.
    genesis: Genesis,
    /// Where the nodes listen for peers; the first ones are the validators.
    peers: Vec<SocketAddr>,
    /// The cables between them; without these they are on loopback.
    wires: Option<Wires>,
    /// How they come to know each other.
    meeting: Meeting,
    /// The nodes, while they run.
    nodes: Vec<Option<NodeProcess>>,
}

impl Network {
    /// Starts so many validators with their data folders in `base`.
    ///
    /// # Panics
    /// When one does not start.
    pub fn start(base: &Path, validators: u8) -> Self {
        Self::start_by(base, validators, Parameters::default())
    }

    /// Starts so many validators with their data folders in `base`, on a chain with these rules.
    ///
    /// # Panics
    /// When one does not start.
    pub fn start_by(base: &Path, validators: u8, parameters: Parameters) -> Self {
        let genesis = Genesis { parameters, ..dev::genesis_of(validators) };
        Self::begin(base, genesis, free_addresses(validators), None, Meeting::Told)
    }

    /// Starts so many validators with their data folders in `base`, and cables between them.
    ///
    /// # Panics
    /// When one does not start.
    pub fn start_on_wires(base: &Path, validators: u8) -> Self {
        Self::begin_on_wires(base, validators, Meeting::Told)
    }

    /// Starts so many validators with cables between them, and tells none where another is.
    ///
    /// # Panics
    /// When one does not start.
    pub fn start_nearby(base: &Path, validators: u8) -> Self {
        Self::begin_on_wires(base, validators, Meeting::Nearby)
    }

    /// Starts validators with cables between them.
    fn begin_on_wires(base: &Path, validators: u8, meeting: Meeting) -> Self {
        let peers = (0..usize::from(validators)).map(Wires::p2p).collect();
        Self::begin(base, dev::genesis_of(validators), peers, Some(Wires::new()), meeting)
    }

    /// Starts the validators that listen for peers at those addresses.
    fn begin(base: &Path, genesis: Genesis, peers: Vec<SocketAddr>, wires: Option<Wires>, meeting: Meeting) -> Self {
        let mut network = Self { base: base.to_owned(), genesis, peers, wires, meeting, nodes: Vec::new() };
        let validators = network.validators();
        for (number, place) in (0..).zip(0..validators) {
            let folder = network.folder(place);
            let data = DataFolder::open(&folder).expect("the folder of the test can be written to");
            dev::prepare_member(&data, &network.genesis, number).expect("a new folder belongs to no network");
            network.configure(place, "");
        }
        // All at once, because the first decides nothing alone.
        network.nodes = thread::scope(|scope| {
            let numbers = 0..validators;
            let starting: Vec<_> = numbers
                .map(|number| {
                    scope.spawn({
                        let network = &network;
                        move || network.resume(number)
                    })
                })
                .collect();
            starting.into_iter().map(|node| Some(node.join().expect("the node starts"))).collect()
        });
        network
    }

    /// Starts the process of a node whose folder is there.
    fn resume(&self, number: usize) -> NodeProcess {
        let folder = self.folder(number);
        self.wires
            .as_ref()
            .map_or_else(|| NodeProcess::resume(&folder), |wires| NodeProcess::resume_on(wires, number, &folder))
    }

    /// The cables between the nodes.
    ///
    /// # Panics
    /// When there are none.
    pub fn wires(&self) -> &Wires {
        self.wires.as_ref().expect("the network was started with cables")
    }

    /// Adds a node that is no validator and has an empty ledger; answers with its number.
    ///
    /// # Panics
    /// When it does not start.
    pub fn join(&mut self) -> usize {
        self.join_with(NodeProcess::resume, "")
    }

    /// Adds a node like [`Network::join`], which takes over a snapshot when it is further behind than so many blocks.
    ///
    /// # Panics
    /// When it does not start.
    pub fn join_by_snapshot(&mut self, beyond: Height) -> usize {
        self.join_with(NodeProcess::resume, &format!("\n[sync]\nsnapshot_beyond = {beyond}\n"))
    }

    /// Adds a node with an empty ledger and a new validator key that has no stake; answers with its number.
    ///
    /// # Panics
    /// When it does not start.
    pub fn join_to_validate(&mut self) -> usize {
        self.join_with(NodeProcess::validate, "")
    }

    /// Adds a node with an empty ledger, started by `start`, with further sections of its configuration.
    fn join_with(&mut self, start: impl FnOnce(&Path) -> NodeProcess, sections: &str) -> usize {
        let number = self.nodes.len();
        self.peers.extend(free_addresses(1));
        let data = DataFolder::open(&self.folder(number)).expect("the folder of the test can be written to");
        data.bind(&self.genesis).expect("a new folder belongs to no network");
        drop(data);
        self.configure(number, sections);
        self.nodes.push(Some(start(&self.folder(number))));
        number
    }

    /// Writes the configuration of a node: the API at any free port or its cable, whom it knows to begin with, and further
    /// sections.
    fn configure(&self, number: usize, sections: &str) {
        let address = |at: &SocketAddr| format!("\"/ip4/{}/tcp/{}\"", at.ip(), at.port());
        let own = self.peers[number];
        let known = if self.meeting == Meeting::Told { self.validators() } else { 0 };
        let others: Vec<_> = self.peers.iter().take(known).filter(|other| **other != own).map(address).collect();
        let http = if self.wires.is_some() { Wires::http(number) } else { LOOPBACK };
        let text = format!(
            "[api]\nlisten = \"{http}\"\n\n[network]\nlisten = [{}]\nbootstrap = [{}]\nmdns = {}\n\
             inbound_per_address_max = 64\ninbound_per_address_burst = 64\nheartbeat_interval = \"500ms\"\n\
             silence_max = \"5s\"\ndial_backoff_min = \"100ms\"\ndial_backoff_max = \"1s\"\n{sections}",
            address(&own),
            others.join(", "),
            self.meeting == Meeting::Nearby,
        );
        fs::write(self.folder(number).join("faic.toml"), text).expect("the folder of the test can be written to");
    }

    /// The chain.
    pub fn chain_id(&self) -> ChainId {
        self.genesis.chain_id.clone()
    }

    /// How many validators there are at the beginning.
    fn validators(&self) -> usize {
        self.genesis.validators.iter().len()
    }

    /// How many nodes there are.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there is no node, which is never so.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// The data folder of a node, numbered from 0.
    pub fn folder(&self, number: usize) -> PathBuf {
        self.base.join(format!("node-{number}"))
    }

    /// The API of a node that runs.
    ///
    /// # Panics
    /// When it does not run.
    pub fn api(&self, number: usize) -> &Api {
        self.process(number).api()
    }

    /// Ends a node at once, as a power cut would end its process.
    pub fn kill(&mut self, number: usize) {
        if let Some(node) = self.nodes[number].take() {
            node.kill();
        }
    }

    /// The process of a node that runs.
    ///
    /// # Panics
    /// When it does not run.
    pub fn process(&self, number: usize) -> &NodeProcess {
        self.nodes[number].as_ref().expect("the node runs")
    }

    /// Starts a node that was ended.
    ///
    /// # Panics
    /// When it does not start.
    pub fn restart(&mut self, number: usize) {
        self.nodes[number] = Some(self.resume(number));
    }

    /// The height of a node.
    pub fn height(&self, number: usize) -> Height {
        self.api(number).get("/v1/status").body["height"].as_u64().expect("a status has a height")
    }

    /// Waits until a node has reached a height.
    ///
    /// # Panics
    /// When it does not in time.
    pub fn reaches(&self, number: usize, height: Height) {
        self.until(&format!("node {number} reaches height {height}"), || self.height(number) >= height);
    }

    /// Waits until something is so.
    ///
    /// # Panics
    /// With `what`, when it does not become so in time.
    pub fn until(&self, what: &str, mut is_so: impl FnMut() -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !is_so() {
            assert!(Instant::now() < deadline, "in vain waited until {what}\n{}", self.printed());
            // sleep: between two looks at other processes, within a deadline.
            thread::sleep(GLANCE);
        }
    }

    /// Asks a node for a block.
    pub fn block(&self, number: usize, height: Height) -> Answer {
        self.api(number).get(&format!("/v1/blocks/{height}"))
    }

    /// Checks that all running nodes have the same block at the height that the highest has now.
    ///
    /// # Panics
    /// When two differ, or one does not reach the height in time.
    pub fn agrees(&self) -> Height {
        let running: Vec<_> = (0..self.len()).filter(|number| self.nodes[*number].is_some()).collect();
        let height = running.iter().map(|number| self.height(*number)).max().expect("a node runs");
        for number in &running {
            self.reaches(*number, height);
        }
        let block = |number: usize| {
            let answer = self.block(number, height);
            (answer.text("id").to_owned(), answer.text("state_root").to_owned())
        };
        let first = block(running[0]);
        assert!(running.iter().all(|number| block(*number) == first), "the nodes differ at height {height}");
        height
    }

    /// Asks all nodes to stop, and waits until they did.
    ///
    /// # Panics
    /// When one does not stop well.
    pub fn stop(&mut self) {
        let stopping: Vec<_> =
            self.nodes.iter_mut().filter_map(Option::take).map(|node| thread::spawn(move || node.stop())).collect();
        for node in stopping {
            assert!(node.join().expect("the node stops").success());
        }
    }

    /// The last lines that each node printed, for the message of a failed test.
    pub fn printed(&self) -> String {
        let last = |number: usize| {
            let text = fs::read_to_string(self.folder(number).with_extension("log")).unwrap_or_default();
            let lines: Vec<_> = text.lines().rev().take(15).collect();
            format!("-- node {number}\n{}", lines.into_iter().rev().collect::<Vec<_>>().join("\n"))
        };
        (0..self.len()).map(last).collect::<Vec<_>>().join("\n")
    }
}

/// Addresses that nobody listens at now; all are taken at once, so that none is given twice.
fn free_addresses(count: u8) -> Vec<SocketAddr> {
    let listen = |_| TcpListener::bind(LOOPBACK).expect("this machine has free ports");
    let listeners: Vec<_> = (0..count).map(listen).collect();
    listeners.iter().map(|listener| listener.local_addr().expect("a listener has an address")).collect()
}
