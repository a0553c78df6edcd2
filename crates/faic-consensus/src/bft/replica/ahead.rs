//! What is said of heights that a replica has not begun: those to come, and the present one while it is left to the others.
//!
//! It is kept within limits, where its signatures hold, and taken when the height begins.

use faic_core::{Height, PublicKey, block::ValidatorSet};

use super::Replica;
use crate::bft::message::Message;

/// Most messages of one validator that are kept for one height to come, so that nobody crowds out the others.
pub(super) const MESSAGES_AHEAD_MAX: usize = 8;

impl Replica {
    /// Leaves a height to the others, and keeps what they say of it for the case that it is begun later.
    pub(in crate::bft) fn wait(&mut self, height: Height, validators: &ValidatorSet) {
        self.validators = Some(validators.clone());
        self.blocks.begin(height);
        self.ahead = self.ahead.split_off(&height);
        self.awaited = Some(height);
    }

    /// Keeps a genuine message for its height.
    pub(super) fn keep_ahead(&mut self, message: Message) {
        if let Message::Block(block) = message {
            self.blocks.offer(*block);
            return;
        }
        let waiting = self.ahead.entry(message.height()).or_default();
        let of_same = waiting.iter().filter(|other| other.author() == message.author()).count();
        if of_same < MESSAGES_AHEAD_MAX && !waiting.contains(&message) {
            waiting.push(message);
        }
    }

    /// Whether a message for a height to come is signed by validators, as far as the present ones are still those.
    pub(super) fn is_genuine(&self, message: &Message) -> bool {
        let is_validator =
            |key: &PublicKey| self.validators.as_ref().is_some_and(|validators| validators.get(key).is_some());
        match message {
            Message::Vote(vote) => is_validator(&vote.validator) && self.is_signed_vote(vote),
            Message::Proposal(proposal) => is_validator(&proposal.proposer) && self.is_signed_proposal(proposal),
            Message::Block(block) => is_validator(&block.header.proposer),
            Message::Polka(_) | Message::Round(_) | Message::GetBlock { .. } => false,
        }
    }
}
