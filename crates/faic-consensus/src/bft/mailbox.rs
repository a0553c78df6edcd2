//! Where messages of other validators come in, and what is said of them at the door.
//!
//! The network holds a [`ConsensusHandle`] and asks it for a verdict on everything that is gossiped; the loop of
//! [`BftConsensus`](super::BftConsensus) reads the mailbox. At the door only what is cheap is checked: the form, the
//! height, whether it was heard already, and the signature of somebody who may speak. The queue is bounded, and what finds
//! it full is not accepted.

use std::{
    collections::BTreeSet,
    hash::{BuildHasher, RandomState},
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use arc_malachitebft_core_consensus::MAX_FUTURE_ROUND_LOOKAHEAD;
use faic_core::{Height, PublicKey, block::ValidatorSet, vote::VoteKind};
use faic_network::{NodeId, Verdict};
use tokio::sync::{Notify, mpsc, oneshot};

mod heard;
mod sent;

use heard::{Heard, Statement};
use sent::{Place, Waiting};

use super::{
    message::{Message, MessageError, Polka, RoundProof, SignedProposal, SignedVote},
    proposer,
    remembering::Remembering,
    replica::{HEIGHTS_AHEAD_MAX, Identity},
    verification::ChainVerifier,
};

/// Most gossiped messages that wait for the loop.
const LETTERS_MAX: usize = 4_096;
/// Most proposed blocks, and questions for them, that wait for the loop.
const BLOCKS_MAX: usize = 32;
/// Most bytes of a proposed block: the largest that a genesis document allows, with certificate and evidence.
const BLOCK_BYTES_MAX: usize = 18 * 1024 * 1024;
/// The bytes before a message that tell a repeated one from the first.
const NONCE_BYTES: usize = 4;

/// A message and who waits for an answer to it.
pub(super) struct Letter {
    /// What is said.
    pub(super) message: Message,
    /// Where an answer goes.
    pub(super) reply: Option<oneshot::Sender<Message>>,
    /// The place of its sender among those whose blocks wait, which is free again once the letter is read.
    pub(super) place: Option<Place>,
}

/// What the loop reads.
pub struct Mailbox {
    /// Who this validator is.
    pub(super) identity: Identity,
    /// The gossiped messages.
    pub(super) letters: mpsc::Receiver<Letter>,
    /// The proposed blocks, which are whole, and the questions for them.
    pub(super) blocks: mpsc::Receiver<Letter>,
    /// Tells that the tip moved by other means.
    pub(super) advanced: Arc<Notify>,
    /// What the door goes by.
    pub(super) view: Arc<Mutex<View>>,
}

/// What the door goes by.
#[derive(Debug, Default)]
pub(super) struct View {
    /// The height that is being decided; 0 before the loop runs.
    pub(super) height: Height,
    /// The round that is under way; known only where this validator takes part.
    pub(super) round: u32,
    /// The validators of the height.
    pub(super) validators: Option<ValidatorSet>,
    /// Whether this validator takes part.
    pub(super) takes_part: bool,
    /// Whether it hears what the others say, for now or for when it takes part; otherwise it relays only.
    pub(super) hears: bool,
    /// The height before which this validator does not vote.
    pub(super) vote_from: Height,
    /// After what time validators say again what they said; what comes twice in half of it is passed on once.
    pub(super) repeat: Duration,
}

/// The door to the consensus; cheap to clone.
#[derive(Clone)]
pub struct ConsensusHandle {
    /// The queue of gossiped messages to the loop.
    letters: mpsc::Sender<Letter>,
    /// The queue of blocks and of questions for them.
    blocks: mpsc::Sender<Letter>,
    /// Whose block or question waits there.
    waiting: Waiting,
    /// Tells the loop that the tip moved.
    advanced: Arc<Notify>,
    /// What the door goes by.
    view: Arc<Mutex<View>>,
    /// What was passed on lately.
    heard: Arc<Mutex<Heard>>,
    /// Checks signatures.
    verifier: ChainVerifier,
}

/// A door and the mailbox behind it.
pub fn channel(identity: Identity) -> (ConsensusHandle, Mailbox) {
    // The door and the loop ask for the same signatures.
    let identity = Identity { verifier: Arc::new(Remembering::new(identity.verifier)), ..identity };
    let (sender, letters) = mpsc::channel(LETTERS_MAX);
    let (to_blocks, blocks) = mpsc::channel(BLOCKS_MAX);
    let (advanced, view) = (Arc::new(Notify::new()), Arc::new(Mutex::new(View::default())));
    let verifier = ChainVerifier { chain_id: identity.chain_id.clone(), verifier: Arc::clone(&identity.verifier) };
    let handle = ConsensusHandle {
        letters: sender,
        blocks: to_blocks,
        waiting: Waiting::default(),
        advanced: Arc::clone(&advanced),
        view: Arc::clone(&view),
        heard: Arc::default(),
        verifier,
    };
    (handle, Mailbox { identity, letters, blocks, advanced, view })
}

impl ConsensusHandle {
    /// Takes gossiped bytes: accepted are those that others should hear too.
    pub fn receive(&self, _from: NodeId, bytes: &[u8]) -> Verdict {
        let message = match decode(bytes) {
            Ok(message) => message,
            Err(error) => return Verdict::Reject { reason: error.to_string() },
        };
        let Some(statement) = Statement::of(&message) else {
            return Verdict::Reject { reason: format!("a message of kind {} is not gossiped", message.name()) };
        };
        let (height, hears, patience) = {
            let view = self.view();
            (view.height, view.hears, view.repeat / 2)
        };
        if !self.heard().allows(&statement, patience) {
            return Verdict::Ignore;
        }
        let verdict = self.judge(&message);
        if verdict != Verdict::Accept {
            return verdict;
        }
        // The same may have come in by another task since it was asked for.
        if !self.heard().note(&statement, patience, height.saturating_sub(1)) {
            return Verdict::Ignore;
        }
        if hears && self.letters.try_send(Letter { message, reply: None, place: None }).is_err() {
            self.heard().forget(&statement);
            return Verdict::Ignore;
        }
        Verdict::Accept
    }

    /// Tells that the ledger's tip moved by other means than this consensus.
    pub fn advance(&self) {
        self.advanced.notify_one();
    }

    /// The height from which this validator votes, while it restrains from it: its journal of earlier votes was lost, or
    /// reaches further than the chain.
    pub fn vote_from(&self) -> Option<Height> {
        let view = self.view();
        (view.height < view.vote_from).then_some(view.vote_from)
    }

    /// Whether a gossiped message is worth hearing.
    fn judge(&self, message: &Message) -> Verdict {
        let view = self.view();
        let Some(validators) = view.validators.as_ref() else { return Verdict::Ignore };
        if !is_near(view.height, message.height()) {
            return Verdict::Ignore;
        }
        let validators = validators.clone();
        let is_current = message.height() == view.height;
        let last_round = view.round.saturating_add(MAX_FUTURE_ROUND_LOOKAHEAD);
        if message.author().is_some()
            && is_current
            && view.takes_part
            && message.round().is_some_and(|round| round > last_round)
        {
            // The engine drops it; a proof of the round comes first.
            return Verdict::Ignore;
        }
        drop(view);
        match message {
            Message::Vote(vote) => self.judge_signed(&validators, &vote.validator, || self.is_signed_vote(vote)),
            Message::Proposal(proposal) if is_current && !is_turn(&validators, proposal) => {
                Verdict::Reject { reason: "a proposal of a validator whose turn it is not".to_owned() }
            }
            Message::Proposal(proposal) => {
                self.judge_signed(&validators, &proposal.proposer, || self.is_signed_proposal(proposal))
            }
            Message::Polka(polka) if is_current => self.judge_polka(&validators, polka),
            Message::Round(proof) if is_current => self.judge_round(&validators, proof),
            Message::Polka(_) | Message::Round(_) | Message::Block(_) | Message::GetBlock { .. } => Verdict::Ignore,
        }
    }

    /// The verdict on something that one validator signed.
    fn judge_signed(&self, validators: &ValidatorSet, key: &PublicKey, is_signed: impl FnOnce() -> bool) -> Verdict {
        if validators.get(key).is_none() {
            // It may be one of the next height's.
            return Verdict::Ignore;
        }
        if is_signed() { Verdict::Accept } else { forged() }
    }

    /// The verdict on a quorum of prevotes.
    fn judge_polka(&self, validators: &ValidatorSet, polka: &Polka) -> Verdict {
        let votes = polka.signatures.iter().map(|signature| SignedVote {
            kind: VoteKind::Prevote,
            height: polka.height,
            round: polka.round,
            block: Some(polka.block),
            validator: signature.validator,
            signature: signature.signature,
        });
        self.judge_votes(validators, Share::TwoThirds, votes)
    }

    /// The verdict on the votes that justify a round.
    fn judge_round(&self, validators: &ValidatorSet, proof: &RoundProof) -> Verdict {
        let votes = proof.signatures.iter().map(|signature| SignedVote {
            kind: signature.kind,
            height: proof.height,
            round: proof.round,
            block: signature.block,
            validator: signature.validator,
            signature: signature.signature,
        });
        let share = if proof.precommits { Share::TwoThirds } else { Share::Third };
        if proof.precommits && proof.signatures.iter().any(|signature| signature.kind != VoteKind::Precommit) {
            return forged();
        }
        self.judge_votes(validators, share, votes)
    }

    /// The verdict on many votes of this height, which must be of more than a share of the stake: otherwise anybody could
    /// make up what everybody passes on.
    fn judge_votes(
        &self,
        validators: &ValidatorSet,
        share: Share,
        votes: impl Iterator<Item = SignedVote> + Clone,
    ) -> Verdict {
        let keys: BTreeSet<_> = votes.clone().map(|vote| vote.validator).collect();
        let stakes =
            keys.iter().filter_map(|key| validators.get(key)).map(|validator| u128::from(validator.stake.nano()));
        let (found, total) = (stakes.sum::<u128>(), u128::from(validators.total_stake().nano()));
        let enough = match share {
            Share::Third => found.saturating_mul(3) > total,
            Share::TwoThirds => found.saturating_mul(3) > total.saturating_mul(2),
        };
        let mut count = 0;
        let mut holds = enough;
        for vote in votes {
            count += 1;
            holds = holds && validators.get(&vote.validator).is_some() && self.is_signed_vote(&vote);
        }
        if holds && count == keys.len() { Verdict::Accept } else { forged() }
    }

    /// Whether a vote is signed by the validator that it names.
    fn is_signed_vote(&self, vote: &SignedVote) -> bool {
        let signed: arc_malachitebft_core_types::SignedVote<super::context::Context> = (*vote).into();
        self.verifier.holds_for_vote(&vote.validator, &signed.message, &vote.signature)
    }

    /// Whether a proposal is signed by the proposer that it names.
    fn is_signed_proposal(&self, proposal: &SignedProposal) -> bool {
        let signed: arc_malachitebft_core_types::SignedProposal<super::context::Context> = (*proposal).into();
        self.verifier.holds_for_proposal(&proposal.proposer, &signed.message, &proposal.signature)
    }

    /// What was passed on lately.
    fn heard(&self) -> MutexGuard<'_, Heard> {
        self.heard.lock().expect("nothing panics while it holds what was heard")
    }

    /// What the door goes by.
    fn view(&self) -> MutexGuard<'_, View> {
        self.view.lock().expect("nothing panics while it holds the view")
    }
}

/// Of what share of the stake votes must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Share {
    /// More than a third, among whom is somebody honest.
    Third,
    /// More than two thirds.
    TwoThirds,
}

/// Whether it is the turn of who made a proposal.
fn is_turn(validators: &ValidatorSet, proposal: &SignedProposal) -> bool {
    proposer::select(&validators.into(), proposal.height, proposal.round).key.0 == proposal.proposer
}

/// Whether a message's height is the one being decided, the one before, whose votes may be late, or one soon to come.
fn is_near(height: Height, found: Height) -> bool {
    found.saturating_add(1) >= height && found <= height.saturating_add(HEIGHTS_AHEAD_MAX)
}

/// The verdict on what nobody honest says.
fn forged() -> Verdict {
    Verdict::Reject { reason: "a signature of a consensus message does not hold".to_owned() }
}

/// The number to begin with in one life of a node: drawn anew, because after a restart the same message with the same number
/// would be taken for one that was heard already.
pub(super) fn first_nonce() -> u32 {
    let drawn = RandomState::new().hash_one(());
    u32::try_from(drawn >> u32::BITS).expect("half of 64 bits are 32")
}

/// The bytes of a message on the wire; another nonce lets the same message be gossiped again.
pub(super) fn encode(nonce: u32, message: &Message) -> Vec<u8> {
    [nonce.to_le_bytes().as_slice(), &message.to_bytes()].concat()
}

/// Reads the bytes of a message on the wire.
///
/// # Errors
/// [`MessageError`] for bytes that are none.
pub(super) fn decode(bytes: &[u8]) -> Result<Message, MessageError> {
    let message = bytes.get(NONCE_BYTES..).ok_or_else(|| MessageError::Malformed("it ends too early".to_owned()))?;
    Message::from_bytes(message, BLOCK_BYTES_MAX)
}

#[cfg(test)]
mod tests;
