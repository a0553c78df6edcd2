//! What the door has passed on lately.
//!
//! The nonce before a message is not signed, so whoever has heard a vote can say it again in bytes that gossip has never
//! seen. Here is remembered what a message says, without nonce and signatures: validators repeat themselves seldom, and
//! what comes more often is passed on no further. It is no proof of anything: only messages whose signatures hold are
//! noted. Everything is bounded: few heights, the validators of a set, and so many statements of each.

use std::{collections::BTreeMap, time::Duration};

use faic_core::{Hash, Height, PublicKey, vote::VoteKind};
use tokio::time::Instant;

use crate::bft::message::Message;

/// Most statements of one validator about one height that are remembered, and passed on within the patience.
pub(super) const STATEMENTS_MAX: usize = 128;
/// Most statements of one validator that exclude each other and are passed on: the second is evidence against it.
const CONTRADICTIONS_MAX: usize = 2;

/// What a message says, whoever signed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Content {
    /// A vote.
    Vote(VoteKind, u32, Option<Hash>),
    /// A proposal: its round, the round of the earlier quorum, the block.
    Proposal(u32, Option<u32>, Hash),
    /// A quorum of prevotes; which validators they are of makes no difference.
    Polka(u32, Hash),
    /// Why a round is entered; which votes show it makes no difference.
    Round(u32, bool),
}

impl Content {
    /// Whether an honest validator says only one of the two.
    fn excludes(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Vote(kind, round, _), Self::Vote(other, of, _)) => (kind, round) == (other, of),
            (Self::Proposal(round, ..), Self::Proposal(of, ..)) | (Self::Polka(round, _), Self::Polka(of, _)) => {
                round == of
            }
            (Self::Vote(..) | Self::Proposal(..) | Self::Polka(..) | Self::Round(..), _) => self == other,
        }
    }
}

/// What a message says, by whom and about which height.
#[derive(Debug, Clone, Copy)]
pub(super) struct Statement {
    /// The height.
    height: Height,
    /// Who signed it; `None` for many.
    author: Option<PublicKey>,
    /// What it says.
    content: Content,
}

impl Statement {
    /// What a gossiped message says; `None` for a kind that is not gossiped.
    pub(super) fn of(message: &Message) -> Option<Self> {
        let content = match message {
            Message::Vote(vote) => Content::Vote(vote.kind, vote.round, vote.block),
            Message::Proposal(proposal) => Content::Proposal(proposal.round, proposal.valid_round, proposal.block),
            Message::Polka(polka) => Content::Polka(polka.round, polka.block),
            Message::Round(proof) => Content::Round(proof.round, proof.precommits),
            Message::Block(_) | Message::GetBlock { .. } => return None,
        };
        Some(Self { height: message.height(), author: message.author().copied(), content })
    }
}

/// The statements of one validator about one height, each with when it was last passed on.
type Said = Vec<(Content, Instant)>;

/// What was passed on lately.
#[derive(Debug, Default)]
pub(super) struct Heard {
    /// The statements, by height and author.
    said: BTreeMap<(Height, Option<PublicKey>), Said>,
}

impl Heard {
    /// Whether a statement may be passed on: it is new, or was last passed on `patience` ago.
    pub(super) fn allows(&self, statement: &Statement, patience: Duration) -> bool {
        let Some(said) = self.said.get(&(statement.height, statement.author)) else { return true };
        let is_recent = |at: &Instant| at.elapsed() < patience;
        if let Some((_, at)) = said.iter().find(|(content, _)| *content == statement.content) {
            return !is_recent(at);
        }
        let contradictions = said.iter().filter(|(content, _)| content.excludes(&statement.content)).count();
        contradictions < CONTRADICTIONS_MAX && said.iter().filter(|(_, at)| is_recent(at)).count() < STATEMENTS_MAX
    }

    /// Notes that a statement is passed on now, if it may be, and says whether it may; what is about heights below `from`
    /// is forgotten.
    pub(super) fn note(&mut self, statement: &Statement, patience: Duration, from: Height) -> bool {
        if !self.allows(statement, patience) {
            return false;
        }
        if self.said.first_key_value().is_some_and(|((height, _), _)| *height < from) {
            self.said = self.said.split_off(&(from, None));
        }
        let said = self.said.entry((statement.height, statement.author)).or_default();
        said.retain(|(content, _)| *content != statement.content);
        if said.len() >= STATEMENTS_MAX {
            said.retain(|(_, at)| at.elapsed() < patience);
        }
        said.push((statement.content, Instant::now()));
        true
    }

    /// Forgets a statement, because it was not passed on after all.
    pub(super) fn forget(&mut self, statement: &Statement) {
        if let Some(said) = self.said.get_mut(&(statement.height, statement.author)) {
            said.retain(|(content, _)| *content != statement.content);
        }
    }
}

#[cfg(test)]
mod tests;
