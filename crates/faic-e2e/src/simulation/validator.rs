//! One node of a simulation: a real replica over a real ledger in memory, with a journal that survives or not.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use faic_consensus::bft::{
    message::Message,
    record::{Record, Step, Timer},
    replica::{Action, Identity, Replica, ReplicaError},
};
use faic_core::{
    Address, Amount, Authority, BasicCrypto, Block, Certificate, ChainId, Domain, Hash, Height, KeyManager, Network,
    PublicKey, SecretKey, Signer, Verifier,
    block::{self, ValidatorSet},
    crypto,
    transaction::{Output as Payment, TransactionBuilder},
    vote::Equivocation,
};
use faic_ledger::{Genesis, Ledger, ValidationManager, VerifiedTransaction, genesis::Parameters, store::MemoryStore};

use super::links::Links;

/// The name of the simulated chain.
const CHAIN: &str = "faic-simulation";
/// How many accounts have money.
const ACCOUNTS: u8 = 4;
/// How long a proposer waits for payments, in milliseconds; it sets the pace of blocks.
const BUILD_MS: u64 = 300;
/// The clock of all nodes at the beginning, in milliseconds since 1970-01-01 UTC.
const BEGIN_MS: u64 = 1_700_000_000_000;

/// The secret key of a number.
fn secret(number: u8) -> SecretKey {
    SecretKey::from_seed(&[number; 32])
}

/// The key of the validator of a number.
fn validator_secret(number: usize) -> SecretKey {
    secret(100_u8.saturating_add(u8::try_from(number).unwrap_or(u8::MAX)))
}

/// Who governs an account with money.
fn owner(account: u8) -> Authority {
    Authority::single(secret(1 + account).public_key())
}

/// What all nodes of a simulation share.
pub(super) struct World {
    /// What the chain begins with.
    genesis: Genesis,
}

impl World {
    /// A world of so many validators, of equal stake.
    pub(super) fn new(validators: usize) -> Self {
        let stake = Amount::from_faic(1_000).expect("a thousand is less than the supply");
        let validator = |number: usize| block::Validator {
            key: validator_secret(number).public_key(),
            operator: Authority::single(secret(200_u8.saturating_add(u8::try_from(number).unwrap_or(50))).public_key())
                .address(),
            stake,
        };
        let mut balances: Vec<(Address, Amount)> =
            (0..ACCOUNTS).map(|account| (owner(account).address(), stake)).collect();
        balances.sort();
        let genesis = Genesis {
            chain_id: ChainId::new(CHAIN).expect("the name has only allowed characters"),
            network: Network::Dev,
            time_ms: BEGIN_MS,
            validators: ValidatorSet::new((0..validators).map(validator).collect()).expect("the keys differ"),
            balances,
            parameters: Parameters::default(),
        };
        Self { genesis }
    }
}

/// Something that a node waits for by itself.
#[derive(Debug, Clone)]
pub(super) enum Due {
    /// A step of a round takes too long; the number tells this waiting from an earlier one.
    Step(Timer, u64),
    /// The block for this round of this height is built.
    Built(Height, u32),
    /// A block was verified.
    Verified(Box<Block>),
    /// It is time to tell the others the height.
    Status,
}

/// What a node asks of the simulation.
pub(super) enum Output {
    /// Keep this in the journal.
    Remember(Record),
    /// Say this to all; the journal is durable before.
    Broadcast(Message),
    /// Say this to whose message was received.
    Reply(Message),
    /// Ask all.
    Fetch(Message),
    /// Wake the node.
    Wait {
        /// After so many milliseconds.
        after_ms: u64,
        /// With this.
        due: Due,
    },
    /// The node committed a block.
    Committed {
        /// The height.
        height: Height,
        /// The id.
        block: Hash,
    },
    /// So many equivocations were proved.
    Accused(usize),
    /// Tell all the height.
    Status,
    /// The node can't go on.
    Stop(String),
}

/// One node.
pub(super) struct Validator {
    /// Its validator key.
    key: PublicKey,
    /// Signs and verifies.
    crypto: BasicCrypto,
    /// The gates of the ledger.
    validation: ValidationManager,
    /// The ledger; its store survives crashes.
    ledger: Ledger,
    /// Its part in the agreement; `None` while it is down.
    replica: Option<Replica>,
    /// What the journal holds for certain.
    durable: Vec<Record>,
    /// What was written to the journal since.
    written: Vec<Record>,
    /// The steps that are waited for.
    timers: BTreeMap<Timer, u64>,
    /// The number of the next waiting.
    waits: u64,
    /// Which of its lives this is.
    life: u32,
    /// Proofs against others, for the next block that it builds.
    evidence: Vec<Equivocation>,
    /// For each block that it heard of, another one that is as good; an equivocator tells some of it.
    twins: BTreeMap<Hash, Hash>,
}

impl Validator {
    /// The node of a number, which is down.
    pub(super) fn new(world: &World, number: usize) -> Self {
        let secrets = [validator_secret(number)].into_iter().chain((0..ACCOUNTS).map(|account| secret(1 + account)));
        let crypto = BasicCrypto { key_manager: secrets.collect::<KeyManager>() };
        let verifier: Arc<dyn Verifier> = Arc::new(BasicCrypto::default());
        let store = Arc::new(MemoryStore::new());
        Self {
            key: validator_secret(number).public_key(),
            crypto,
            validation: ValidationManager::new(&verifier),
            ledger: Ledger::open(store, world.genesis.clone()).expect("a new store takes a correct genesis"),
            replica: None,
            durable: Vec::new(),
            written: Vec::new(),
            timers: BTreeMap::new(),
            waits: 0,
            life: 0,
            evidence: Vec::new(),
            twins: BTreeMap::new(),
        }
    }

    /// Its validator key.
    pub(super) fn key(&self) -> PublicKey {
        self.key
    }

    /// Whether it is running.
    pub(super) fn is_up(&self) -> bool {
        self.replica.is_some()
    }

    /// The height of its ledger.
    pub(super) fn height(&self) -> Height {
        self.ledger.tip().height
    }

    /// Which of its lives this is.
    pub(super) fn life(&self) -> u32 {
        self.life
    }

    /// A final block, where the ledger has it.
    pub(super) fn final_block(&self, height: Height) -> Option<(Block, Certificate)> {
        self.replica.as_ref()?;
        self.ledger.block(height).expect("memory can be read")
    }

    /// Starts from the journal; does nothing when it is running.
    pub(super) fn start(&mut self) -> Vec<Output> {
        if self.is_up() {
            return Vec::new();
        }
        self.life += 1;
        let identity = Identity {
            chain_id: self.ledger.genesis().chain_id.clone(),
            key: self.key,
            signer: Arc::new(self.crypto.clone()),
            verifier: Arc::new(BasicCrypto::default()),
        };
        self.replica = Some(Replica::new(identity));
        let records = self.durable.clone();
        let mut outputs = self.begin(records);
        outputs.push(Output::Status);
        outputs
    }

    /// Begins the height after the tip.
    fn begin(&mut self, records: Vec<Record>) -> Vec<Output> {
        let (height, validators) = (self.height() + 1, self.ledger.validators().clone());
        self.drive(|replica| replica.start(height, &validators, records))
    }

    /// Loses power: what was not durable is gone.
    pub(super) fn crash(&mut self, journal_lost: bool) {
        self.replica = None;
        self.timers.clear();
        self.written.clear();
        self.life += 1;
        if journal_lost {
            self.durable.clear();
        }
    }

    /// Writes to the journal.
    pub(super) fn remember(&mut self, record: Record) {
        self.written.push(record);
    }

    /// Makes the journal durable.
    pub(super) fn flush(&mut self) {
        self.durable.append(&mut self.written);
    }

    /// Takes a message.
    pub(super) fn receive(&mut self, message: Message) -> Vec<Output> {
        if let Message::Block(block) = &message {
            self.twins.insert(block.id(), twin(block).id());
        }
        self.drive(|replica| replica.receive(message))
    }

    /// Takes a final block from another node.
    pub(super) fn follow(&mut self, (block, certificate): (Block, Certificate)) -> Vec<Output> {
        if !self.is_up() || block.header.height != self.height() + 1 {
            return Vec::new();
        }
        match self.commit(block, certificate) {
            Ok(mut outputs) => {
                outputs.extend(self.begin(Vec::new()));
                outputs
            }
            Err(reason) => vec![Output::Stop(reason)],
        }
    }

    /// Does what was waited for.
    pub(super) fn act(&mut self, due: Due, now_ms: u64, links: &mut Links) -> Vec<Output> {
        match due {
            Due::Step(timer, wait) if self.timers.get(&timer) == Some(&wait) => {
                self.timers.remove(&timer);
                self.drive(|replica| replica.elapse(timer))
            }
            Due::Step(..) => Vec::new(),
            Due::Built(height, round) => {
                if height != self.height() + 1 || !self.is_up() {
                    return Vec::new();
                }
                let candidates = self.payments(links);
                let evidence = std::mem::take(&mut self.evidence);
                let built = self.ledger.build(self.key, BEGIN_MS + now_ms, evidence, candidates);
                let block = built.expect("the node builds on its own tip").verified.block().clone();
                self.drive(|replica| replica.propose(round, block))
            }
            Due::Verified(block) => {
                let id = block.id();
                let valid = self.validation.block.check(&self.ledger, *block).is_ok();
                self.drive(|replica| replica.judge(id, valid))
            }
            Due::Status => vec![Output::Status],
        }
    }

    /// Some payments that can be in the next block.
    fn payments(&self, links: &mut Links) -> Vec<VerifiedTransaction> {
        let payers: Vec<u8> = (0..ACCOUNTS).filter(|_| links.happens(50)).collect();
        payers.into_iter().map(|account| self.payment(account, links)).collect()
    }

    /// A payment from an account to the next.
    fn payment(&self, account: u8, links: &mut Links) -> VerifiedTransaction {
        let sender = self.ledger.account(&owner(account).address()).expect("memory can be read");
        let amount = Amount::from_nano(links.draw(1..1_000_000)).expect("less than the supply");
        let to = owner((account + 1) % ACCOUNTS).address();
        let payment = vec![Payment { to, amount, memo: String::new() }];
        let chain_id = self.ledger.genesis().chain_id.clone();
        let transaction = TransactionBuilder::transfer(chain_id, owner(account), payment)
            .nonce(0, sender.next_sequence(0))
            .valid_until(self.height() + 100)
            .build(10)
            .expect("the payment keeps the rules");
        let signed = crypto::sign_transaction(&self.crypto, transaction).expect("the key is at hand");
        self.validation.fast.check_signatures(signed).expect("the signature is good")
    }

    /// Lets the replica do something and translates what it asks for.
    fn drive(&mut self, step: impl FnOnce(&mut Replica) -> Result<Vec<Action>, ReplicaError>) -> Vec<Output> {
        let Some(replica) = &mut self.replica else { return Vec::new() };
        let actions = match step(replica) {
            Ok(actions) => actions,
            Err(error) => return vec![Output::Stop(error.to_string())],
        };
        let mut outputs = Vec::new();
        for action in actions {
            self.translate(action, &mut outputs);
        }
        outputs
    }

    /// What an action means here.
    fn translate(&mut self, action: Action, outputs: &mut Vec<Output>) {
        let height = self.height() + 1;
        match action {
            Action::Record(record) => outputs.push(Output::Remember(record)),
            Action::Broadcast(message) => outputs.push(Output::Broadcast(message)),
            Action::Reply(message) => outputs.push(Output::Reply(message)),
            Action::Fetch(block) => outputs.push(Output::Fetch(Message::GetBlock { height, block })),
            Action::Schedule(timer) => {
                self.waits += 1;
                self.timers.insert(timer, self.waits);
                let after_ms = u64::try_from(duration(timer).as_millis()).unwrap_or(u64::MAX);
                outputs.push(Output::Wait { after_ms, due: Due::Step(timer, self.waits) });
            }
            Action::Cancel(timer) => {
                self.timers.remove(&timer);
            }
            Action::CancelAll => self.timers.clear(),
            Action::Round { .. } => {}
            Action::Propose { round } => {
                outputs.push(Output::Wait { after_ms: BUILD_MS, due: Due::Built(height, round) })
            }
            Action::Verify(block) => outputs.push(Output::Wait { after_ms: 3, due: Due::Verified(block) }),
            Action::Decide { block, certificate } => match self.commit(*block, certificate) {
                Ok(committed) => {
                    outputs.extend(committed);
                    let next = self.begin(Vec::new());
                    outputs.extend(next);
                }
                Err(reason) => outputs.push(Output::Stop(reason)),
            },
            Action::Accuse(evidence) => {
                let chain_id = &self.ledger.genesis().chain_id;
                let proved = evidence.iter().filter(|evidence| evidence.check(chain_id).is_ok()).count();
                outputs.push(Output::Accused(proved));
                self.evidence.extend(evidence);
            }
        }
    }

    /// Makes a decided block the tip; the journal is of no use then.
    fn commit(&mut self, block: Block, certificate: Certificate) -> Result<Vec<Output>, String> {
        let header = &block.header;
        let (height, id) = (header.height, block.id());
        self.validation
            .finality
            .check_certificate(&self.ledger, header, &certificate)
            .map_err(|error| error.to_string())?;
        let verified = self.validation.block.check(&self.ledger, block).map_err(|error| error.to_string())?;
        let decided =
            self.validation.finality.check(&self.ledger, verified, certificate).map_err(|error| error.to_string())?;
        self.ledger.commit(decided).map_err(|error| error.to_string())?;
        self.durable.clear();
        self.written.clear();
        Ok(vec![Output::Committed { height, block: id }])
    }

    /// Says something else than `message`, signed as well.
    pub(super) fn contradict(&mut self, message: Message) -> Message {
        if let Message::Block(block) = message {
            let other = twin(&block);
            self.twins.insert(block.id(), other.id());
            return Message::Block(Box::new(other));
        }
        let other = |id: Hash| self.twins.get(&id).copied().unwrap_or(id);
        let chain_id = self.ledger.genesis().chain_id.clone();
        match message {
            Message::Vote(mut vote) if vote.validator == self.key => {
                vote.block = vote.block.map(other);
                let (kind, height, round, block) = (vote.kind, vote.height, vote.round, vote.block);
                let signed = faic_core::Vote { chain_id, kind, height, round, block };
                vote.signature = self.crypto.sign_vote(&self.key, &signed).expect("the key is at hand");
                Message::Vote(vote)
            }
            Message::Proposal(mut proposal) if proposal.proposer == self.key => {
                proposal.block = other(proposal.block);
                let (height, round, valid_round, block) =
                    (proposal.height, proposal.round, proposal.valid_round, proposal.block);
                let signed = faic_core::Proposal { chain_id, height, round, valid_round, block };
                proposal.signature = self.crypto.sign_proposal(&self.key, &signed).expect("the key is at hand");
                Message::Proposal(proposal)
            }
            message @ (Message::Vote(_)
            | Message::Proposal(_)
            | Message::Polka(_)
            | Message::Round(_)
            | Message::Block(_)
            | Message::GetBlock { .. }) => message,
        }
    }

    /// Checks that the ledger is sound and that its blocks are those of the chain.
    ///
    /// # Errors
    /// What is wrong.
    pub(super) fn audit(&self, chain: &BTreeMap<Height, Hash>) -> Result<(), String> {
        self.ledger.audit(&BasicCrypto::default()).map_err(|error| error.to_string())?;
        for height in 1..=self.height() {
            let header = self.ledger.header(height).map_err(|error| error.to_string())?;
            let id = header.map(|stored| stored.header.id());
            if id != chain.get(&height).copied() {
                return Err(format!("the block at height {height} is another"));
            }
        }
        Ok(())
    }

    /// How many of the validators of the beginning are no longer in the set.
    pub(super) fn removed(&self) -> usize {
        self.ledger.genesis().validators.iter().len() - self.ledger.validators().iter().len()
    }

    /// How many transactions are final.
    pub(super) fn transactions(&self) -> u64 {
        let count = |height| self.ledger.header(height).ok().flatten().map_or(0, |header| header.transactions);
        (1..=self.height()).map(|height| u64::from(count(height))).sum()
    }
}

/// Another block that is as valid as this one.
fn twin(block: &Block) -> Block {
    let mut other = block.clone();
    other.header.time_ms += 1;
    other
}

/// How long a step may take.
fn duration(timer: Timer) -> Duration {
    let (first, more) = match timer.step {
        Step::Propose => (1_000, 500),
        Step::Prevote | Step::Precommit => (500, 250),
        Step::Rebroadcast => (2_000, 1_000),
    };
    Duration::from_millis(first + more * u64::from(timer.round.min(20)))
}

/// A digest of a history.
pub(super) fn digest(now_ms: u64, events: u64, chain: &BTreeMap<Height, Hash>) -> Hash {
    let mut bytes = [now_ms.to_le_bytes(), events.to_le_bytes()].concat();
    bytes.extend(chain.values().flat_map(|id| *id.as_bytes()));
    Domain::BlockId.hash(&[&bytes])
}
