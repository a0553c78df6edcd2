//! Runs a replica in a node: its clock, its journal, its blocks and its voice.
//!
//! One loop owns everything. Building and verifying blocks and fetching missing ones run beside it and report back; what
//! belongs to a height that has passed is dropped. The journal is flushed before anything is said.

use std::{
    collections::{BTreeMap, VecDeque},
    path::PathBuf,
    sync::Arc,
};

use async_trait::async_trait;
use faic_core::{Block, Certificate, Hash, Height, PublicKey};
use faic_network::P2PNetworkInterface;
use tokio::{
    sync::{Mutex, oneshot},
    task::{AbortHandle, JoinSet, spawn_blocking},
    time::{Instant, sleep_until},
};
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};

mod newcomer;
mod standstill;
mod voice;

use newcomer::{Newcomer, has_voted};

use super::{
    config::{Config, ConfigError},
    journal::{Journal, JournalError, Recalled},
    mailbox::{Letter, Mailbox, View, first_nonce},
    message::Message,
    record::Timer,
    replica::{Action, Replica, ReplicaError},
    tasks::{either, elapse, finished, reap},
};
use crate::{Application, ApplicationError, Consensus, ConsensusError};

/// Agreement of many validators, of whom this node is one.
pub struct BftConsensus {
    /// Where messages come in.
    mailbox: Mutex<Mailbox>,
    /// Where messages go out.
    network: Arc<dyn P2PNetworkInterface>,
    /// Where the journal is.
    folder: PathBuf,
    /// How long to wait for what.
    config: Config,
    /// The journal, where it was opened before the run.
    opened: Mutex<Option<(Journal, Recalled)>>,
}

impl BftConsensus {
    /// A consensus that keeps its journal in `folder`.
    ///
    /// # Errors
    /// [`ConfigError`] names the field that is out of its range.
    pub fn new(
        mailbox: Mailbox,
        network: Arc<dyn P2PNetworkInterface>,
        folder: PathBuf,
        config: Config,
    ) -> Result<Self, ConfigError> {
        config.check()?;
        Ok(Self { mailbox: Mutex::new(mailbox), network, folder, config, opened: Mutex::default() })
    }

    /// Opens the journal ahead of the run, so that one that is missing or damaged shows before anything else begins.
    ///
    /// # Errors
    /// [`ConsensusError::Journal`] says what is wrong with it.
    pub async fn open(&self, application: &dyn Application) -> Result<(), ConsensusError> {
        let key = self.mailbox.lock().await.identity.key;
        let opened = self.open_journal(application, key).await?;
        *self.opened.lock().await = Some(opened);
        Ok(())
    }

    /// Opens the journal.
    async fn open_journal(
        &self,
        application: &dyn Application,
        key: PublicKey,
    ) -> Result<(Journal, Recalled), ConsensusError> {
        let (folder, vote_from) = (self.folder.clone(), self.config.vote_from);
        let has_voted = has_voted(application, &key).await;
        let open = move || match (Journal::open(&folder, &key, has_voted), vote_from) {
            (Err(JournalError::Lost { .. }), Some(height)) => Journal::begin_anew(&folder, &key, height),
            (Ok((journal, Recalled { is_new: true, .. })), Some(height)) => {
                drop(journal);
                Journal::begin_anew(&folder, &key, height)
            }
            (opened, _) => opened,
        };
        Ok(spawn_blocking(open).await.expect("opening returns its errors")?)
    }
}

#[async_trait]
impl Consensus for BftConsensus {
    fn name(&self) -> &'static str {
        "bft"
    }

    async fn run(&self, application: Arc<dyn Application>, shutdown: CancellationToken) -> Result<(), ConsensusError> {
        let mut mailbox = self.mailbox.lock().await;
        let identity = mailbox.identity.clone();
        let tip = application.tip().height;
        let opened = self.opened.lock().await.take();
        let (journal, recalled) = match opened {
            Some(opened) => opened,
            None => self.open_journal(&*application, identity.key).await?,
        };
        info!(
            validator = %identity.key, height = tip, recalled = recalled.records.len(),
            "consensus.started"
        );
        if application.validators().iter().len() > 1 && !self.config.leaves_time_for_proposals() {
            let (hold, timeout_propose) = (self.config.hold, self.config.timeout_propose);
            warn!(?hold, ?timeout_propose, "consensus.hold_too_long");
        }
        let mut driver = Driver {
            key: identity.key,
            newcomer: recalled.is_new.then(|| Newcomer::at(tip)),
            replica: Replica::new(identity),
            application,
            network: Arc::clone(&self.network),
            config: self.config.clone(),
            journal: Some(journal),
            recalled,
            timers: BTreeMap::new(),
            works: JoinSet::new(),
            fetches: JoinSet::new(),
            fetching: BTreeMap::new(),
            errands: JoinSet::new(),
            standstill_at: None,
            has_told_of_size: false,
            nonce: first_nonce(),
            decided_at: Instant::now().checked_sub(self.config.block_interval_min).unwrap_or_else(Instant::now),
            takes_part: false,
        };
        driver.run(&mut mailbox, &shutdown).await?;
        info!(height = driver.application.tip().height, "consensus.stopped");
        Ok(())
    }
}

/// What was done beside the loop.
enum Done {
    /// A block was built.
    Built {
        /// For this height.
        height: Height,
        /// And this round.
        round: u32,
        /// The block.
        result: Result<Box<Block>, ApplicationError>,
    },
    /// A block was verified.
    Verified {
        /// At this height.
        height: Height,
        /// The id of the block.
        block: Hash,
        /// The verdict.
        result: Result<(), ApplicationError>,
    },
}

/// What the loop waits for.
enum Event {
    /// A message.
    Letter(Letter),
    /// Something beside the loop is done.
    Done(Done),
    /// A missing block was found.
    Fetched(Box<Block>),
    /// A step took too long.
    Elapsed,
    /// The tip moved by other means, or a newcomer looks around.
    Advanced,
}

/// The loop's own.
struct Driver {
    /// The validator key.
    key: PublicKey,
    /// What is found out before the first vote ever; `None` once the journal is known to hold what was said.
    newcomer: Option<Newcomer>,
    /// The part in the agreement.
    replica: Replica,
    /// The ledger's owner.
    application: Arc<dyn Application>,
    /// Where messages go out.
    network: Arc<dyn P2PNetworkInterface>,
    /// How long to wait for what.
    config: Config,
    /// The journal; `None` only while it is being flushed.
    journal: Option<Journal>,
    /// What the journal held at the start, until its height begins.
    recalled: Recalled,
    /// When which step takes too long.
    timers: BTreeMap<Timer, Instant>,
    /// Blocks that are being built and verified.
    works: JoinSet<Done>,
    /// Blocks that are being fetched.
    fetches: JoinSet<Block>,
    /// What ends each fetch.
    fetching: BTreeMap<Hash, AbortHandle>,
    /// Blocks that are being sent.
    errands: JoinSet<()>,
    /// When the operator was last told that the chain stands still.
    standstill_at: Option<Instant>,
    /// Whether the operator was told that a block was too large to be sent.
    has_told_of_size: bool,
    /// The number of the last message that was said.
    nonce: u32,
    /// When the last block was decided; long enough ago at the start for the first proposal not to wait.
    decided_at: Instant,
    /// Whether this validator takes part at this height.
    takes_part: bool,
}

impl Driver {
    /// Decides height after height.
    async fn run(&mut self, mailbox: &mut Mailbox, shutdown: &CancellationToken) -> Result<(), ConsensusError> {
        let actions = self.begin(mailbox).await?;
        self.perform(actions, None, mailbox).await?;
        loop {
            let (due, look_at) = (self.timers.values().min().copied(), self.look_at());
            let event = tokio::select! {
                biased;
                () = shutdown.cancelled() => break,
                () = mailbox.advanced.notified() => Event::Advanced,
                () = elapse(look_at) => Event::Advanced,
                done = finished(&mut self.works) => Event::Done(done),
                block = finished(&mut self.fetches) => Event::Fetched(Box::new(block)),
                () = elapse(due) => Event::Elapsed,
                Some(letter) = either(&mut mailbox.letters, &mut mailbox.blocks) => Event::Letter(letter),
            };
            reap(&mut self.errands);
            let (actions, reply) = self.react(event, mailbox).await?;
            self.perform(actions, reply, mailbox).await?;
        }
        Ok(())
    }

    /// Tells the replica what happened.
    async fn react(
        &mut self,
        event: Event,
        mailbox: &Mailbox,
    ) -> Result<(Vec<Action>, Option<oneshot::Sender<Message>>), ConsensusError> {
        let height = self.height();
        let actions = match event {
            Event::Letter(Letter { message, reply, place }) => {
                // Its sender may send the next.
                drop(place);
                return Ok((self.hear(message)?, reply));
            }
            Event::Fetched(block) => {
                self.stop_fetching(&block.id());
                self.hear(Message::Block(block))?
            }
            Event::Done(Done::Built { height: of, round, result }) if of == height => {
                let block = result.map_err(|source| ConsensusError::Propose { height, source })?;
                self.alive(|replica| replica.propose(round, *block))?
            }
            Event::Done(Done::Verified { height: of, block, result }) if of == height => {
                let valid = match result {
                    Ok(()) => true,
                    Err(error @ ApplicationError::Invalid { .. }) => {
                        let error = &error as &dyn std::error::Error;
                        warn!(height, block = %block.short(), error, "consensus.block_refused");
                        false
                    }
                    Err(source @ ApplicationError::Failed { .. }) => {
                        return Err(ConsensusError::Verify { height, source });
                    }
                };
                self.alive(|replica| replica.judge(block, valid))?
            }
            Event::Done(_) => Vec::new(),
            Event::Elapsed => match self.pop_elapsed() {
                Some(timer) => {
                    debug!(height, step = ?timer.step, round = timer.round, "consensus.timeout");
                    self.name_standstill().await;
                    self.alive(|replica| replica.elapse(timer))?
                }
                None => Vec::new(),
            },
            Event::Advanced if !self.takes_part || self.application.tip().height >= height => {
                self.decided_at = Instant::now();
                self.begin(mailbox).await?
            }
            Event::Advanced => Vec::new(),
        };
        Ok((actions, None))
    }

    /// The height that is being decided.
    fn height(&self) -> Height {
        if self.takes_part { self.replica.height() } else { self.application.tip().height.saturating_add(1) }
    }

    /// Lets the replica do something.
    fn alive(
        &mut self,
        step: impl FnOnce(&mut Replica) -> Result<Vec<Action>, ReplicaError>,
    ) -> Result<Vec<Action>, ConsensusError> {
        let height = self.replica.height();
        step(&mut self.replica).map_err(|source| ConsensusError::Replica { height, source })
    }

    /// Tells the replica a message, whose block was found whole where it came in; a block that it keeps is not looked
    /// for any longer.
    fn hear(&mut self, message: Message) -> Result<Vec<Action>, ConsensusError> {
        let block = if let Message::Block(block) = &message { Some(block.id()) } else { None };
        let signatures = |replica: &Replica| replica.last_certificate().map(|last| last.signatures.len());
        let before = signatures(&self.replica);
        let actions = self.alive(|replica| replica.receive_whole(message))?;
        if before < signatures(&self.replica)
            && let Some(stronger) = self.replica.last_certificate()
        {
            self.application.strengthen(stronger.clone());
        }
        if let Some(id) = block.filter(|id| self.replica.has_block(id)) {
            self.stop_fetching(&id);
        }
        Ok(actions)
    }

    /// The step that took too long first.
    fn pop_elapsed(&mut self) -> Option<Timer> {
        let now = Instant::now();
        let (timer, _) = self.timers.iter().filter(|(_, due)| **due <= now).min_by_key(|(_, due)| **due)?;
        let timer = *timer;
        self.timers.remove(&timer);
        Some(timer)
    }

    /// Begins the height after the tip, also where this node only follows; takes part in it where it is a validator of it.
    async fn begin(&mut self, mailbox: &Mailbox) -> Result<Vec<Action>, ConsensusError> {
        self.timers.clear();
        self.works.abort_all();
        self.fetches.abort_all();
        self.fetching.clear();
        let (height, validators) = (self.application.tip().height.saturating_add(1), self.application.validators());
        let vote_from = self.recalled.height.max(self.config.vote_from.unwrap_or_default());
        let takes_part = self.may_vote(&validators).await? && height >= vote_from;
        if takes_part != self.takes_part {
            info!(height, takes_part, "consensus.role");
        }
        self.takes_part = takes_part;
        {
            let mut view = mailbox.view.lock().expect("nothing panics while it holds the view");
            // Who is a validator and holds its vote back is to know what was said once it votes.
            let hears = takes_part || validators.get(&self.key).is_some();
            let (validators, repeat) = (Some(validators.clone()), self.config.repeat);
            *view = View { height, round: 0, validators, takes_part, hears, vote_from, repeat };
        }
        if !takes_part {
            self.replica.wait(height, &validators);
            return Ok(Vec::new());
        }
        let recalled = std::mem::take(&mut self.recalled);
        let records = if recalled.height == height { recalled.records } else { Vec::new() };
        if records.is_empty() {
            self.with_journal(move |journal| journal.begin(height)).await?;
        }
        self.alive(|replica| replica.start(height, &validators, records))
    }

    /// Does what the replica asks for, in order; `reply` is where an answer to the present message goes.
    async fn perform(
        &mut self,
        actions: Vec<Action>,
        mut reply: Option<oneshot::Sender<Message>>,
        mailbox: &Mailbox,
    ) -> Result<(), ConsensusError> {
        let mut queue = VecDeque::from(actions);
        while let Some(action) = queue.pop_front() {
            match action {
                Action::Record(record) => self.journal().remember(record),
                Action::Broadcast(message) => {
                    if !self.journal().is_flushed() {
                        self.with_journal(Journal::flush).await?;
                    }
                    self.say(message).await;
                }
                Action::Reply(message) => {
                    if let Some(reply) = reply.take() {
                        // Who asked may have given up.
                        let _ = reply.send(message);
                    }
                }
                Action::Fetch(block) => self.begin_fetching(block),
                Action::Schedule(timer) => {
                    self.timers.insert(timer, Instant::now() + self.config.duration(timer));
                }
                Action::Cancel(timer) => {
                    self.timers.remove(&timer);
                }
                Action::CancelAll => self.timers.clear(),
                Action::Round { round, proposer } => self.note_round(round, proposer, mailbox),
                Action::Propose { round } => self.build(round),
                Action::Verify(block) => self.verify(*block),
                Action::Decide { block, certificate } => {
                    self.commit(*block, certificate).await?;
                    queue.extend(self.begin(mailbox).await?);
                }
                Action::Accuse(evidence) => {
                    for proof in &evidence {
                        warn!(validator = %proof.validator(), height = proof.height(), "consensus.equivocation");
                    }
                    self.application.accuse(evidence);
                }
            }
        }
        Ok(())
    }

    /// The journal.
    fn journal(&mut self) -> &mut Journal {
        self.journal.as_mut().expect("the journal is away only while it is being flushed, which is awaited")
    }

    /// Does something slow with the journal, off the async threads.
    async fn with_journal(
        &mut self,
        work: impl FnOnce(&mut Journal) -> std::io::Result<()> + Send + 'static,
    ) -> Result<(), ConsensusError> {
        let mut journal = self.journal.take().expect("the journal is never used twice at once");
        let done = spawn_blocking(move || (work(&mut journal), journal)).await;
        let (result, journal) = done.expect("writing returns its errors");
        self.journal = Some(journal);
        result.map_err(|source| ConsensusError::Write { height: self.replica.height(), source })
    }

    /// Tells the door the round, and the operator when agreement takes more than one.
    fn note_round(&self, round: u32, proposer: PublicKey, mailbox: &Mailbox) {
        mailbox.view.lock().expect("nothing panics while it holds the view").round = round;
        let height = self.replica.height();
        if round == 0 {
            debug!(height, %proposer, "consensus.round");
        } else {
            info!(height, round, %proposer, "consensus.round");
        }
    }

    /// Builds a block for a round.
    fn build(&mut self, round: u32) {
        let (application, key, height) = (Arc::clone(&self.application), self.key, self.replica.height());
        // A round that failed has waited long enough for transactions.
        let hold = if round == 0 { self.config.hold } else { std::time::Duration::ZERO };
        let begin_at = self.decided_at + self.config.block_interval_min;
        self.works.spawn(async move {
            sleep_until(begin_at).await;
            Done::Built { height, round, result: application.propose(key, hold).await.map(Box::new) }
        });
    }

    /// Verifies a block.
    fn verify(&mut self, block: Block) {
        let (application, height) = (Arc::clone(&self.application), self.replica.height());
        self.works.spawn(async move {
            let result = application.verify(&block).await;
            Done::Verified { height, block: block.id(), result }
        });
    }

    /// Makes a decided block the tip, unless the node was told of it by others meanwhile.
    async fn commit(&mut self, block: Block, certificate: Certificate) -> Result<(), ConsensusError> {
        let (height, round) = (block.header.height, certificate.round);
        debug!(height, round, block = %certificate.block.short(), transactions = block.transactions.len(),
            "consensus.decided");
        self.decided_at = Instant::now();
        match self.application.commit(block, certificate).await {
            Err(ApplicationError::Invalid { .. }) if self.application.tip().height >= height => Ok(()),
            result => result.map_err(|source| ConsensusError::Commit { height, source }),
        }
    }
}
