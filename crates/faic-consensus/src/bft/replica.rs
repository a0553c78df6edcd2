//! One validator's part in the agreement, without clock, disk or network.
//!
//! A replica is told what happens and answers with [`Action`]s; whoever drives it carries them out in their order. The
//! same replica runs in a node, driven by [`BftConsensus`](super::BftConsensus), and in simulations, driven by a seed. It
//! adds to the engine what the engine leaves to its host: the blocks behind the ids, what must be remembered, and the
//! evidence. The invariant: nothing is said before all that led to it is remembered ([`Action::Record`] comes first), so
//! a replica that restarts from its records never contradicts what it said.

use std::{
    collections::{BTreeMap, BTreeSet},
    future::Future,
    pin::pin,
    sync::Arc,
    task,
};

use arc_malachitebft_core_consensus::{
    Effect, Error, Input, LivenessMsg, LocallyProposedValue, MisbehaviorEvidence, Params, Resumable, Resume,
    SignedConsensusMsg, State, process,
};
use arc_malachitebft_core_types::{
    self as engine, CertificateError, CommitCertificate, Round, SignedMessage, Timeout, ValuePayload,
};
use arc_malachitebft_signing::VerifierExt;
use faic_core::{
    Block, Certificate, ChainId, Hash, Height, PublicKey, Signer, Verifier,
    block::{ValidatorSet, VoteSignature},
    crypto::SignError,
    vote::{Equivocation, VoteKind},
};
use tracing::{debug, warn};

mod ahead;
mod host;

use host::{Host, Turn, new_state};

use super::{
    blocks::{Blocks, Known, is_whole},
    context::{BlockHeight, BlockId, Context, Key, Validators},
    message::{Message, Polka, RoundProof, SignedProposal, SignedVote, number},
    record::{Judgement, Record, Timer},
    verification::ChainVerifier,
};

/// How many heights ahead messages are taken and kept.
pub(super) const HEIGHTS_AHEAD_MAX: u64 = 4;
/// The last round of which anything is heard: the engine counts on from the round that a third of the stake is in, and there
/// must be something to count to.
const ROUND_MAX: u32 = u32::MAX / 2;

/// What the driver of a replica must do.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Remember this; durable before the next [`Action::Broadcast`].
    Record(Record),
    /// Say this to all validators.
    Broadcast(Message),
    /// Say this to the peer whose message was just received.
    Reply(Message),
    /// Find the block of this id at other validators, until it is received or the height has passed.
    Fetch(Hash),
    /// Tell when the step takes too long.
    Schedule(Timer),
    /// No longer tell.
    Cancel(Timer),
    /// No longer tell of any step.
    CancelAll,
    /// A round begins.
    Round {
        /// Its number.
        round: u32,
        /// Who proposes in it.
        proposer: PublicKey,
    },
    /// Build a block for this round and hand it to [`Replica::propose`].
    Propose {
        /// The round.
        round: u32,
    },
    /// Find out whether the block is valid and tell by [`Replica::judge`].
    Verify(Box<Block>),
    /// The block is final: commit it, then begin the next height.
    Decide {
        /// The block.
        block: Box<Block>,
        /// The proof.
        certificate: Certificate,
    },
    /// Validators contradicted themselves.
    Accuse(Vec<Equivocation>),
}

/// Who a replica is.
#[derive(Clone)]
pub struct Identity {
    /// The chain.
    pub chain_id: ChainId,
    /// The validator key.
    pub key: PublicKey,
    /// Signs with the validator key.
    pub signer: Arc<dyn Signer>,
    /// Checks the others' signatures.
    pub verifier: Arc<dyn Verifier>,
}

/// One validator's part in the agreement.
pub struct Replica {
    /// The validator key.
    key: PublicKey,
    /// Signs with the validator key.
    signer: Arc<dyn Signer>,
    /// Checks the others' signatures.
    verifier: ChainVerifier,
    /// The engine's state; `None` before the first height.
    state: Option<State<Context>>,
    /// The validators of the height.
    validators: Option<ValidatorSet>,
    /// The proposed blocks of this height and of those to come.
    blocks: Blocks,
    /// The certificate of the height before, with the precommits that came late, and the validators of that height.
    last: Option<(Certificate, ValidatorSet)>,
    /// Messages for heights to come, whose signatures hold.
    ahead: BTreeMap<Height, Vec<Message>>,
    /// The height that is decided without this replica, which may begin it yet.
    awaited: Option<Height>,
}

/// Why a replica cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum ReplicaError {
    /// The records contradict each other or what follows from them.
    #[error("the journal of votes cannot be replayed: {0}")]
    Replay(String),
    /// A vote or proposal could not be signed.
    #[error("a vote could not be signed")]
    Sign(#[from] SignError),
}

impl Replica {
    /// A replica that has not begun a height.
    pub fn new(identity: Identity) -> Self {
        let Identity { chain_id, key, signer, verifier } = identity;
        Self {
            key,
            signer,
            verifier: ChainVerifier { chain_id, verifier },
            state: None,
            validators: None,
            blocks: Blocks::default(),
            last: None,
            ahead: BTreeMap::new(),
            awaited: None,
        }
    }

    /// The height that is being decided; 0 before the first.
    pub fn height(&self) -> Height {
        self.state.as_ref().map_or(0, |state| state.height().0)
    }

    /// Whether the block of an id is at hand, of the height that is being decided.
    pub fn has_block(&self, id: &Hash) -> bool {
        self.blocks.get(id).is_some()
    }

    /// Who proposed the block of an id first, at the height that is being decided.
    pub(super) fn proposer_of(&self, id: &Hash) -> Option<PublicKey> {
        self.blocks.proposer_of(id)
    }

    /// The certificate of the height before with all the precommits that were heard of since it was decided; `None`
    /// where this replica did not decide it.
    pub fn last_certificate(&self) -> Option<&Certificate> {
        let (last, _) = self.last.as_ref()?;
        (last.height.saturating_add(1) == self.height()).then_some(last)
    }

    /// Begins a height, with what was remembered of it before a restart.
    ///
    /// # Errors
    /// [`ReplicaError`] when the records cannot be replayed.
    pub fn start(
        &mut self,
        height: Height,
        validators: &ValidatorSet,
        records: Vec<Record>,
    ) -> Result<Vec<Action>, ReplicaError> {
        let set = Validators::from(validators);
        self.validators = Some(validators.clone());
        self.awaited = None;
        self.blocks.begin(height);
        let mut turn = Turn::default();
        let state = self.state.get_or_insert_with(|| new_state(self.key, height, set.clone()));
        let restart = !records.is_empty();
        if restart {
            let inputs: Vec<_> = records.iter().cloned().filter_map(Record::into_input).collect();
            state.index_wal_entries(&inputs);
        }
        self.handle(Input::StartHeight(BlockHeight(height), set, restart, None, Default::default()), &mut turn)?;
        if restart {
            self.replay(records, &mut turn)?;
        }
        let mut actions = self.finish(turn)?;
        self.ahead = self.ahead.split_off(&height);
        for message in self.ahead.remove(&height).unwrap_or_default() {
            actions.extend(self.take(message)?);
        }
        Ok(decision_last(actions))
    }

    /// Feeds the records of the height to the engine, which says again what it said; only what follows from them and was
    /// not yet among them is remembered.
    fn replay(&mut self, records: Vec<Record>, turn: &mut Turn) -> Result<(), ReplicaError> {
        let bytes = |record: &Record| borsh::to_vec(record).expect("writing to memory does not fail");
        let known: BTreeSet<_> = records.iter().map(bytes).collect();
        for record in records {
            match record {
                Record::Block(block) => self.blocks.keep(*block),
                Record::Judgement(judgement) => {
                    self.blocks.recall(&judgement);
                    if judgement.proposer == self.key && judgement.valid_round.is_none() {
                        self.blocks.built(judgement.round, judgement.block);
                    }
                    self.feed(Record::Judgement(judgement), turn)?;
                }
                Record::Proposal(proposal) => {
                    self.feed(Record::Proposal(proposal), turn)?;
                }
                record @ (Record::Vote(_) | Record::Polka(_) | Record::Timer(_)) => self.feed(record, turn)?,
            }
        }
        if let Some(state) = &mut self.state {
            state.reset_entries_index();
        }
        turn.actions.retain(|action| !matches!(action, Action::Record(record) if known.contains(&bytes(record))));
        Ok(())
    }

    /// Feeds one record to the engine.
    fn feed(&mut self, record: Record, turn: &mut Turn) -> Result<(), ReplicaError> {
        record.into_input().map_or(Ok(()), |input| self.handle(input, turn))
    }

    /// Takes a message from a peer.
    ///
    /// What is malformed, forged or too far ahead changes nothing.
    ///
    /// # Errors
    /// [`ReplicaError`] when the replica cannot go on.
    pub fn receive(&mut self, message: Message) -> Result<Vec<Action>, ReplicaError> {
        if let Message::Block(block) = &message
            && !is_whole(block)
        {
            return Ok(Vec::new());
        }
        self.receive_whole(message)
    }

    /// Takes a message from a peer, as [`receive`](Self::receive) does; where it is a block, the caller has found it
    /// whole.
    ///
    /// # Errors
    /// [`ReplicaError`] when the replica cannot go on.
    pub(super) fn receive_whole(&mut self, message: Message) -> Result<Vec<Action>, ReplicaError> {
        let (height, now) = (message.height(), self.awaited.unwrap_or_else(|| self.height()));
        if message.round().is_some_and(|round| round > ROUND_MAX) {
            return Ok(Vec::new());
        }
        if height < now || (self.state.is_none() && self.awaited.is_none()) {
            self.receive_late(&message);
            return Ok(Vec::new());
        }
        if height == now && self.awaited.is_none() {
            return self.take(message);
        }
        if height.saturating_sub(now) <= HEIGHTS_AHEAD_MAX && self.is_genuine(&message) {
            self.keep_ahead(message);
        }
        Ok(Vec::new())
    }

    /// Whether a vote is signed by the validator that it names.
    pub fn is_signed_vote(&self, vote: &SignedVote) -> bool {
        let signed: engine::SignedVote<Context> = (*vote).into();
        self.verifier.holds_for_vote(&vote.validator, &signed.message, &vote.signature)
    }

    /// Whether a proposal is signed by the proposer that it names.
    pub fn is_signed_proposal(&self, proposal: &SignedProposal) -> bool {
        let signed: engine::SignedProposal<Context> = (*proposal).into();
        self.verifier.holds_for_proposal(&proposal.proposer, &signed.message, &proposal.signature)
    }

    /// Adds a precommit to the certificate of the height before, which shows that its validator is there.
    fn receive_late(&mut self, message: &Message) {
        let Message::Vote(vote) = message else { return };
        let belongs = |(last, validators): &(Certificate, ValidatorSet)| {
            vote.kind == VoteKind::Precommit
                && (vote.height, vote.round, vote.block) == (last.height, last.round, Some(last.block))
                && validators.get(&vote.validator).is_some()
        };
        if !self.last.as_ref().is_some_and(belongs) || !self.is_signed_vote(vote) {
            return;
        }
        let Some((last, _)) = &mut self.last else { return };
        let place = last.signatures.binary_search_by_key(&vote.validator, |signature| signature.validator);
        if let Err(index) = place {
            last.signatures.insert(index, VoteSignature { validator: vote.validator, signature: vote.signature });
        }
    }

    /// Takes a message about the height that is being decided.
    fn take(&mut self, message: Message) -> Result<Vec<Action>, ReplicaError> {
        let mut turn = Turn::default();
        match message {
            Message::Vote(vote) => self.handle(Input::Vote(vote.into()), &mut turn)?,
            Message::Proposal(proposal) => self.handle(Input::Proposal(proposal.into()), &mut turn)?,
            Message::Polka(polka) => self.handle(Input::PolkaCertificate(polka.into()), &mut turn)?,
            Message::Round(proof) => self.handle(Input::RoundCertificate(proof.into()), &mut turn)?,
            Message::Block(block) => {
                let wanted = self.blocks.offer(*block);
                turn.actions.extend(wanted.map(|block| Action::Verify(Box::new(block))));
            }
            Message::GetBlock { block, .. } => {
                let found = self.blocks.get(&block).cloned();
                turn.actions.extend(found.map(|block| Action::Reply(Message::Block(Box::new(block)))));
            }
        }
        self.finish(turn)
    }

    /// Says that a step takes too long.
    ///
    /// # Errors
    /// [`ReplicaError`] when the replica cannot go on.
    pub fn elapse(&mut self, timer: Timer) -> Result<Vec<Action>, ReplicaError> {
        let mut turn = Turn::default();
        self.handle(Input::TimeoutElapsed(timer.into()), &mut turn)?;
        turn.actions.extend(self.blocks.missing().map(Action::Fetch));
        self.finish(turn)
    }

    /// Proposes the block that was built for a round; does nothing when that round has passed, or has its block.
    ///
    /// # Errors
    /// [`ReplicaError`] when the replica cannot go on.
    pub fn propose(&mut self, round: u32, block: Block) -> Result<Vec<Action>, ReplicaError> {
        let present = self.state.as_ref().and_then(|state| state.round().as_u32());
        let has_block = self.blocks.own(round).is_some_and(|own| own.id() != block.id());
        if block.header.height != self.height() || present != Some(round) || has_block {
            return Ok(Vec::new());
        }
        let mut turn = Turn::default();
        self.propose_own(round, block, &mut turn)?;
        self.finish(turn)
    }

    /// Remembers a block of our own and lets the engine propose it.
    fn propose_own(&mut self, round: u32, block: Block, turn: &mut Turn) -> Result<(), ReplicaError> {
        let (id, height) = (block.id(), BlockHeight(block.header.height));
        if self.blocks.own(round).is_none() {
            turn.actions.push(Action::Record(Record::Block(Box::new(block.clone()))));
            self.blocks.keep(block.clone());
            self.blocks.built(round, id);
        }
        let begin = turn.actions.len();
        self.handle(Input::Propose(LocallyProposedValue::new(height, Round::new(round), BlockId(id))), turn)?;
        // The engine votes before it publishes; the others need the block first, then the proposal that names it.
        let mut said = turn.actions.split_off(begin);
        let names_it =
            |action: &Action| matches!(action, Action::Broadcast(Message::Proposal(proposal)) if proposal.block == id);
        if let Some(index) = said.iter().position(names_it) {
            let proposal = said.remove(index);
            let first = said.iter().position(|action| matches!(action, Action::Broadcast(_))).unwrap_or(index);
            said.splice(first..first, [Action::Broadcast(Message::Block(Box::new(block))), proposal]);
        }
        turn.actions.append(&mut said);
        Ok(())
    }

    /// Says whether a block that was to be verified is valid.
    ///
    /// # Errors
    /// [`ReplicaError`] when the replica cannot go on.
    pub fn judge(&mut self, block: Hash, valid: bool) -> Result<Vec<Action>, ReplicaError> {
        let mut turn = Turn::default();
        let height = self.height();
        if let Some(found) = self.blocks.get(&block).filter(|found| valid && found.header.height == height) {
            turn.actions.push(Action::Record(Record::Block(Box::new(found.clone()))));
        }
        for proposal in self.blocks.verdict(block, valid) {
            let SignedProposal { height, round, valid_round, proposer, block, .. } = proposal;
            let judgement = Judgement { height, round, valid_round, proposer, block, valid };
            self.feed(Record::Judgement(judgement), &mut turn)?;
        }
        self.finish(turn)
    }

    /// Carries out what a turn asked for that needs the engine again, and returns what the driver must do.
    fn finish(&mut self, mut turn: Turn) -> Result<Vec<Action>, ReplicaError> {
        loop {
            for proposal in std::mem::take(&mut turn.proposals) {
                self.hear_of(proposal, &mut turn);
            }
            for round in std::mem::take(&mut turn.to_propose) {
                match self.blocks.own(round).cloned() {
                    Some(block) => self.propose_own(round, block, &mut turn)?,
                    None => turn.actions.push(Action::Propose { round }),
                }
            }
            if turn.proposals.is_empty() && turn.to_propose.is_empty() {
                break;
            }
        }
        if let Some(Action::Decide { certificate, .. }) =
            turn.actions.iter().find(|action| matches!(action, Action::Decide { .. }))
        {
            self.last = self.validators.clone().map(|validators| (certificate.clone(), validators));
        }
        Ok(decision_last(turn.actions))
    }

    /// A proposal was accepted: has its block verified, or asks for it.
    fn hear_of(&mut self, proposal: SignedProposal, turn: &mut Turn) {
        let known = self.blocks.proposed(proposal);
        if proposal.proposer == self.key {
            return;
        }
        match known {
            Known::Missing => turn.actions.push(Action::Fetch(proposal.block)),
            Known::Unjudged(block) => turn.actions.push(Action::Verify(block)),
            Known::Judged => {}
        }
    }

    /// Gives one input to the engine and does what it asks for.
    fn handle(&mut self, input: Input<Context>, turn: &mut Turn) -> Result<(), ReplicaError> {
        let Some(state) = self.state.as_mut() else { return Ok(()) };
        let mut host =
            Host { key: self.key, signer: &*self.signer, verifier: &self.verifier, blocks: &self.blocks, turn };
        let result: Result<(), Error<Context>> =
            process!(input: input, state: state, metrics: &(), with: effect => host.perform(effect));
        if let Some(error) = turn.failed.take() {
            return Err(error.into());
        }
        match result {
            Ok(()) => Ok(()),
            Err(error @ (Error::ReplayDivergence(..) | Error::WalCorrupted(_))) => {
                Err(ReplicaError::Replay(error.to_string()))
            }
            Err(error) => {
                debug!(error = &error as &dyn std::error::Error, "consensus.input_refused");
                Ok(())
            }
        }
    }
}

/// Puts the decision behind everything else of its turn: the others hear our vote before we commit, and what is remembered
/// of a height is in the journal of that height.
fn decision_last(actions: Vec<Action>) -> Vec<Action> {
    let (decision, mut ordered): (Vec<_>, Vec<_>) =
        actions.into_iter().partition(|action| matches!(action, Action::Decide { .. }));
    ordered.extend(decision);
    ordered
}

#[cfg(test)]
mod tests;
