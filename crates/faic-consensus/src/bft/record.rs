//! What a validator must remember of the height that is being decided, so that a restart never makes it contradict
//! itself.
//!
//! The records of a height, replayed in their order, bring a [`Replica`](super::replica::Replica) back to where it was.
//! They are of no use once the height's block is committed.

use arc_malachitebft_core_consensus::{Input, ProposedValue};
use arc_malachitebft_core_types::{Round, Timeout, TimeoutKind, Validity, ValueOrigin};
use borsh::{BorshDeserialize, BorshSerialize};
use faic_core::{Block, Hash, Height, PublicKey};

use super::{
    context::{BlockHeight, BlockId, Context, Key},
    message::{Polka, SignedProposal, SignedVote, number},
};

/// The clock of a step of a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub enum Step {
    /// Waiting for a proposal.
    Propose,
    /// Waiting for more prevotes.
    Prevote,
    /// Waiting for more precommits.
    Precommit,
    /// Waiting to say again what was said in this round.
    Rebroadcast,
}

/// A step of a round that may take too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub struct Timer {
    /// The step.
    pub step: Step,
    /// The round.
    pub round: u32,
}

/// The verdict on a proposed block.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Judgement {
    /// The height that is decided.
    pub height: Height,
    /// The round of the proposal.
    pub round: u32,
    /// The earlier round in which a quorum prevoted the block, where there was one.
    pub valid_round: Option<u32>,
    /// The validator key of the proposer.
    pub proposer: PublicKey,
    /// The id of the block.
    pub block: Hash,
    /// Whether the block is valid.
    pub valid: bool,
}

/// One thing to remember.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Record {
    /// A vote that was counted, our own or another's.
    Vote(SignedVote),
    /// A proposal that was taken, our own or another's.
    Proposal(SignedProposal),
    /// A quorum of prevotes.
    Polka(Polka),
    /// A step that took too long.
    Timer(Timer),
    /// A block that was judged.
    Judgement(Judgement),
    /// A valid block, whole.
    Block(Box<Block>),
}

impl Timer {
    /// The engine's timeout in our words; `None` for those that are not used here.
    pub(super) fn of(timeout: Timeout) -> Option<Self> {
        let step = match timeout.kind {
            TimeoutKind::Propose => Step::Propose,
            TimeoutKind::Prevote => Step::Prevote,
            TimeoutKind::Precommit => Step::Precommit,
            TimeoutKind::Rebroadcast => Step::Rebroadcast,
            TimeoutKind::FinalizeHeight(_) => return None,
        };
        Some(Self { step, round: number(timeout.round) })
    }
}

impl From<Timer> for Timeout {
    fn from(timer: Timer) -> Self {
        let kind = match timer.step {
            Step::Propose => TimeoutKind::Propose,
            Step::Prevote => TimeoutKind::Prevote,
            Step::Precommit => TimeoutKind::Precommit,
            Step::Rebroadcast => TimeoutKind::Rebroadcast,
        };
        Self::new(Round::new(timer.round), kind)
    }
}

impl Judgement {
    /// The verdict as the engine takes it.
    fn into_input(self) -> Input<Context> {
        let value = ProposedValue {
            height: BlockHeight(self.height),
            round: Round::new(self.round),
            valid_round: Round::from(self.valid_round),
            proposer: Key(self.proposer),
            value: BlockId(self.block),
            validity: Validity::from_bool(self.valid),
        };
        Input::ProposedValue(value, ValueOrigin::Consensus)
    }
}

impl Record {
    /// The engine's input for the record; `None` for a block, which the engine knows by its id only.
    pub(super) fn into_input(self) -> Option<Input<Context>> {
        match self {
            Self::Vote(vote) => Some(Input::Vote(vote.into())),
            Self::Proposal(proposal) => Some(Input::Proposal(proposal.into())),
            Self::Polka(polka) => Some(Input::PolkaCertificate(polka.into())),
            Self::Timer(timer) => Some(Input::TimeoutElapsed(timer.into())),
            Self::Judgement(judgement) => Some(judgement.into_input()),
            Self::Block(_) => None,
        }
    }

    /// What is remembered of an input that the engine wants to be kept; `None` for one that need not be.
    pub(super) fn of(input: &Input<Context>) -> Option<Self> {
        match input {
            Input::Vote(vote) => Some(Self::Vote(vote.into())),
            Input::Proposal(proposal) => Some(Self::Proposal(proposal.into())),
            Input::PolkaCertificate(polka) => Some(Self::Polka(polka.into())),
            Input::TimeoutElapsed(timeout) => Timer::of(*timeout).map(Self::Timer),
            Input::ProposedValue(value, _) => Some(Self::Judgement(Judgement {
                height: value.height.0,
                round: number(value.round),
                valid_round: value.valid_round.as_u32(),
                proposer: value.proposer.0,
                block: value.value.0,
                valid: value.validity.is_valid(),
            })),
            Input::StartHeight(..) | Input::RoundCertificate(_) | Input::Propose(_) | Input::SyncValueResponse(_) => {
                None
            }
        }
    }
}

#[cfg(test)]
mod tests;
