//! A cluster of validators in virtual time: real replicas and real ledgers, a network and disks that fail by a seed.
//!
//! Everything that happens is an event in one queue, ordered by virtual time, and every choice is drawn from the seed's
//! generator; so a seed that finds a fault finds it again. Watched all the time: no two nodes ever commit different
//! blocks at a height, and no honest node ever signs twice. At the end: everybody has reached the height, the ledgers
//! agree, and every ledger passes its audit, which counts the money.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap},
};

use faic_consensus::bft::message::Message;
use faic_core::{Block, Certificate, Hash, Height, vote::VoteKind};

mod links;
mod validator;

use links::Links;
use validator::{Output, Validator, World};

/// The virtual time after which a cluster that has not reached its goal is stuck, in milliseconds.
const PATIENCE_MS: u64 = 600_000;
/// Until when faults happen, in milliseconds.
const FAULTS_MS: u64 = 15_000;
/// When the last fault is over, in milliseconds.
const HEALED_MS: u64 = FAULTS_MS + 5_001;
/// How often a node tells the others its height, in milliseconds.
const STATUS_EVERY_MS: u64 = 1_000;

/// What a simulation is about.
#[derive(Debug, Clone, Copy)]
pub struct Scenario {
    /// How many validators, of equal stake.
    pub validators: usize,
    /// How many of them say different things to different others.
    pub equivocators: usize,
    /// How many of a hundred messages are lost.
    pub loss_percent: u8,
    /// Whether partitions come and go.
    pub partitions: bool,
    /// Whether nodes crash and start again.
    pub crashes: bool,
    /// Whether a crash takes the journal with it, which breaks the promise that makes a restart safe.
    pub journal_lost: bool,
    /// The height that everybody must reach.
    pub goal: Height,
}

impl Default for Scenario {
    fn default() -> Self {
        Self {
            validators: 4,
            equivocators: 0,
            loss_percent: 0,
            partitions: false,
            crashes: false,
            journal_lost: false,
            goal: 8,
        }
    }
}

/// What went wrong in a simulation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Violation {
    /// Two nodes committed different blocks at one height.
    Disagreement {
        /// The height.
        height: Height,
    },
    /// An honest node signed two votes of a kind, or two proposals, for one round.
    SignedTwice {
        /// The node's number.
        node: usize,
        /// The height.
        height: Height,
        /// The round.
        round: u32,
    },
    /// A node could not go on.
    Stopped {
        /// The node's number.
        node: usize,
        /// What it says.
        reason: String,
    },
    /// Somebody has not reached the goal.
    Stuck {
        /// The heights of all nodes.
        heights: Vec<Height>,
    },
    /// A ledger does not pass its audit, or differs from the others at the same height.
    Ledger {
        /// The node's number.
        node: usize,
        /// What is wrong.
        reason: String,
    },
}

/// How a simulation went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The first thing that went wrong; `None` where all was well.
    pub violation: Option<Violation>,
    /// How many events there were.
    pub events: u64,
    /// The virtual time at the end, in milliseconds.
    pub time_ms: u64,
    /// The highest round that anybody voted in.
    pub round_max: u32,
    /// How many crashes there were.
    pub crashes: u32,
    /// How many equivocations were proved.
    pub accusations: usize,
    /// How many validators were removed from the set by the end, on the first honest node.
    pub removed: usize,
    /// How many transactions are final on the first honest node.
    pub transactions: u64,
    /// A digest of the history: two runs of one seed have the same.
    pub digest: Hash,
}

/// What can happen.
enum Event {
    /// A message arrives.
    Message {
        /// To whom.
        to: usize,
        /// From whom.
        from: usize,
        /// What is said.
        message: Message,
    },
    /// A node hears how high another is.
    Status {
        /// To whom.
        to: usize,
        /// From whom.
        from: usize,
        /// The height of its tip.
        height: Height,
    },
    /// A node asks another for a final block.
    Ask {
        /// To whom.
        to: usize,
        /// From whom.
        from: usize,
        /// The height of the block.
        height: Height,
    },
    /// A final block arrives.
    Final {
        /// To whom.
        to: usize,
        /// From whom.
        from: usize,
        /// The block with its certificate.
        decided: Box<(Block, Certificate)>,
    },
    /// Something that a node waits for by itself, in its present life.
    Own {
        /// The node.
        node: usize,
        /// Which of its lives.
        life: u32,
        /// What it waited for.
        due: validator::Due,
    },
    /// A node loses power.
    Crash(usize),
    /// A node starts.
    Start(usize),
    /// The network falls apart into those in the mask and the others, or heals.
    Partition(Option<u32>),
}

/// A cluster with what is yet to happen to it.
pub struct Simulation {
    /// What it is about.
    scenario: Scenario,
    /// The nodes.
    nodes: Vec<Validator>,
    /// What connects them, and the source of every choice.
    links: Links,
    /// What is yet to happen, by time and order of planning.
    queue: BinaryHeap<Reverse<(u64, u64)>>,
    /// The events of the queue.
    planned: BTreeMap<(u64, u64), Event>,
    /// The number of the next event.
    next: u64,
    /// The virtual time, in milliseconds.
    now: u64,
    /// The block of each height.
    chain: BTreeMap<Height, Hash>,
    /// What each honest node signed.
    signed: BTreeMap<(usize, Height, u32, Option<VoteKind>), Option<Hash>>,
    /// What is reported.
    report: Report,
}

impl Simulation {
    /// Runs a scenario with the choices of `seed`.
    pub fn run(scenario: Scenario, seed: u64) -> Report {
        let world = World::new(scenario.validators);
        let nodes = (0..scenario.validators).map(|number| Validator::new(&world, number)).collect();
        let report = Report {
            violation: None,
            events: 0,
            time_ms: 0,
            round_max: 0,
            crashes: 0,
            accusations: 0,
            removed: 0,
            transactions: 0,
            digest: Hash::ZERO,
        };
        let mut simulation = Self {
            scenario,
            nodes,
            links: Links::new(seed, scenario.loss_percent),
            queue: BinaryHeap::new(),
            planned: BTreeMap::new(),
            next: 0,
            now: 0,
            chain: BTreeMap::new(),
            signed: BTreeMap::new(),
            report,
        };
        simulation.plan_faults();
        for node in 0..scenario.validators {
            simulation.plan(0, Event::Start(node));
        }
        while simulation.report.violation.is_none() && !simulation.is_done() {
            simulation.step();
        }
        simulation.finish()
    }

    /// Puts an event into the queue.
    fn plan(&mut self, after_ms: u64, event: Event) {
        let place = (self.now + after_ms, self.next);
        self.next += 1;
        self.queue.push(Reverse(place));
        self.planned.insert(place, event);
    }

    /// Draws when what fails; everything is healed at the end of it.
    fn plan_faults(&mut self) {
        let Scenario { validators, equivocators, partitions, crashes, .. } = self.scenario;
        let (nodes, honest) = (u32::try_from(validators).unwrap_or(u32::MAX), equivocators..validators);
        if partitions {
            for _ in 0..4 {
                let (at, lasts) = (self.links.draw(100..FAULTS_MS), self.links.draw(500..5_000));
                let mask = u32::try_from(self.links.draw(1..(1 << nodes) - 1)).unwrap_or(1);
                self.plan(at, Event::Partition(Some(mask)));
                self.plan(at + lasts, Event::Partition(None));
            }
            self.plan(HEALED_MS, Event::Partition(None));
        }
        if crashes {
            for _ in 0..8 {
                let (at, lasts) = (self.links.draw(100..FAULTS_MS), self.links.draw(1..4_000));
                let node = self.links.pick(honest.clone());
                self.plan(at, Event::Crash(node));
                self.plan(at + lasts, Event::Start(node));
            }
            for node in honest {
                self.plan(HEALED_MS, Event::Start(node));
            }
        }
    }

    /// Whether faults are over and everybody honest has reached the goal, or time is up.
    fn is_done(&self) -> bool {
        let faulty = self.scenario.partitions || self.scenario.crashes;
        let healed = !faulty || self.now > HEALED_MS;
        let reached = self.honest().all(|(_, node)| node.is_up() && node.height() >= self.scenario.goal);
        self.now > PATIENCE_MS || self.queue.is_empty() || (healed && reached)
    }

    /// The honest nodes with their numbers.
    fn honest(&self) -> impl Iterator<Item = (usize, &Validator)> {
        self.nodes.iter().enumerate().skip(self.scenario.equivocators)
    }

    /// Lets the next event happen.
    fn step(&mut self) {
        let Some(Reverse(place)) = self.queue.pop() else { return };
        let event = self.planned.remove(&place).expect("every place in the queue has its event");
        self.now = place.0;
        self.report.events += 1;
        match event {
            Event::Message { to, from, message } => {
                let outputs = self.nodes[to].receive(message);
                self.carry_out(to, Some(from), outputs);
            }
            Event::Status { to, from, height } => {
                if self.nodes[to].is_up() && self.nodes[to].height() < height {
                    let wanted = self.nodes[to].height() + 1;
                    self.send(to, from, |to, from| Event::Ask { to, from, height: wanted });
                }
            }
            Event::Ask { to, from, height } => {
                if let Some(decided) = self.nodes[to].final_block(height).map(Box::new) {
                    self.send(to, from, |to, from| Event::Final { to, from, decided });
                }
            }
            Event::Final { to, from, decided } => {
                let outputs = self.nodes[to].follow(*decided);
                self.carry_out(to, None, outputs);
                let next = self.nodes[to].height() + 1;
                self.send(to, from, |to, from| Event::Ask { to, from, height: next });
            }
            Event::Own { node, life, due } => {
                if self.nodes[node].life() == life {
                    let outputs = self.nodes[node].act(due, self.now, &mut self.links);
                    self.carry_out(node, None, outputs);
                }
            }
            Event::Crash(node) => self.crash(node),
            Event::Start(node) => {
                let outputs = self.nodes[node].start();
                self.carry_out(node, None, outputs);
            }
            Event::Partition(mask) => self.links.partition(mask),
        }
    }

    /// Takes the power from a node.
    fn crash(&mut self, node: usize) {
        if self.nodes[node].is_up() {
            self.report.crashes += 1;
            self.nodes[node].crash(self.scenario.journal_lost);
        }
    }

    /// Does what a node asks for, in order; `from` is whose message it just received.
    ///
    /// Where crashes are drawn, the power may also go between two of the steps.
    fn carry_out(&mut self, node: usize, from: Option<usize>, outputs: Vec<Output>) {
        let honest = node >= self.scenario.equivocators;
        let mortal = honest && self.scenario.crashes && self.now < FAULTS_MS;
        let life = self.nodes[node].life();
        let last = if mortal && self.links.happens(1) { self.links.pick(0..outputs.len() + 1) } else { outputs.len() };
        let cut = last < outputs.len();
        for output in outputs.into_iter().take(last) {
            match output {
                Output::Remember(record) => self.nodes[node].remember(record),
                Output::Broadcast(message) => {
                    self.nodes[node].flush();
                    self.watch(node, &message);
                    for to in (0..self.nodes.len()).filter(|to| *to != node) {
                        self.say(node, to, &message);
                    }
                }
                Output::Reply(message) => {
                    if let Some(to) = from {
                        self.say(node, to, &message);
                    }
                }
                Output::Fetch(message) => {
                    for to in (0..self.nodes.len()).filter(|to| *to != node) {
                        self.say(node, to, &message);
                    }
                }
                Output::Wait { after_ms, due } => self.plan(after_ms, Event::Own { node, life, due }),
                Output::Committed { height, block } => self.agree(height, block),
                Output::Accused(proved) => self.report.accusations += proved,
                Output::Status => {
                    let height = self.nodes[node].height();
                    for to in (0..self.nodes.len()).filter(|to| *to != node) {
                        self.send(node, to, |to, from| Event::Status { to, from, height });
                    }
                    self.plan(STATUS_EVERY_MS, Event::Own { node, life, due: validator::Due::Status });
                }
                Output::Stop(reason) => {
                    if honest {
                        self.report.violation.get_or_insert(Violation::Stopped { node, reason });
                    }
                }
            }
        }
        if cut {
            self.crash(node);
            let lasts = self.links.draw(1..4_000);
            self.plan(lasts, Event::Start(node));
        }
    }

    /// Sends a message; an equivocator tells half of the honest ones something else.
    fn say(&mut self, from: usize, to: usize, message: &Message) {
        let mut message = message.clone();
        let equivocators = self.scenario.equivocators;
        if from < equivocators && to >= equivocators && to.is_multiple_of(2) {
            if self.links.happens(30) {
                let truth = message.clone();
                self.send(from, to, |to, from| Event::Message { to, from, message: truth });
            }
            message = self.nodes[from].contradict(message);
        }
        self.send(from, to, |to, from| Event::Message { to, from, message });
    }

    /// Sends something over the link from one node to another, unless it is lost.
    fn send(&mut self, from: usize, to: usize, event: impl FnOnce(usize, usize) -> Event) {
        if let Some(delay_ms) = self.links.delay(from, to) {
            self.plan(delay_ms, event(to, from));
        }
    }

    /// Watches that an honest node never contradicts itself.
    fn watch(&mut self, node: usize, message: &Message) {
        let (round, kind, block, signer) = match message {
            Message::Vote(vote) => (vote.round, Some(vote.kind), vote.block, vote.validator),
            Message::Proposal(proposal) => (proposal.round, None, Some(proposal.block), proposal.proposer),
            Message::Polka(_) | Message::Round(_) | Message::Block(_) | Message::GetBlock { .. } => return,
        };
        self.report.round_max = self.report.round_max.max(round);
        if node < self.scenario.equivocators || signer != self.nodes[node].key() {
            return;
        }
        let height = message.height();
        let before = self.signed.insert((node, height, round, kind), block);
        if before.is_some_and(|before| before != block) {
            self.report.violation.get_or_insert(Violation::SignedTwice { node, height, round });
        }
    }

    /// Watches that everybody commits the same block.
    fn agree(&mut self, height: Height, block: Hash) {
        if *self.chain.entry(height).or_insert(block) != block {
            self.report.violation.get_or_insert(Violation::Disagreement { height });
        }
    }

    /// Checks what must hold at the end.
    fn finish(mut self) -> Report {
        let heights: Vec<_> = self.honest().map(|(_, node)| node.height()).collect();
        let found = self.honest().find_map(|(number, node)| {
            let reason = node.audit(&self.chain).err()?;
            Some(Violation::Ledger { node: number, reason })
        });
        let stuck = heights.iter().any(|height| *height < self.scenario.goal);
        let end = found.or_else(|| stuck.then_some(Violation::Stuck { heights }));
        if self.report.violation.is_none() {
            self.report.violation = end;
        }
        self.report.time_ms = self.now;
        let transactions = self.honest().next().map_or(0, |(_, node)| node.transactions());
        self.report.transactions = transactions;
        let removed = self.honest().next().map_or(0, |(_, node)| node.removed());
        self.report.removed = removed;
        self.report.digest = validator::digest(self.now, self.report.events, &self.chain);
        self.report
    }
}
