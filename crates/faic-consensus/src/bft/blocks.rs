//! The proposed blocks that are at hand, and what is known of each.
//!
//! The engine agrees on ids; here are the blocks behind them. A block that an accepted proposal names is always kept; one
//! that comes before its proposal is kept within a limit, because anybody can make blocks up. What is missing is asked
//! for by id, so nothing depends on the order in which messages come.

use std::collections::BTreeMap;

use faic_core::{
    Block, Hash, Height, PublicKey,
    block::{evidence_root, last_certificate_hash, transactions_root},
};

use super::{message::SignedProposal, record::Judgement};

/// Most blocks of one height that came from peers and that no accepted proposal names.
const UNASKED_MAX: usize = 4;

/// A block at hand.
#[derive(Debug)]
struct Entry {
    /// The block.
    block: Block,
    /// What is known of its validity.
    verdict: Verdict,
}

/// What is known of a block's validity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// Nothing yet, because no proposal names it.
    Open,
    /// It is being found out.
    Asked,
    /// Whether it is valid.
    Given(bool),
}

/// What is known of the block that a proposal names.
#[derive(Debug)]
pub(super) enum Known {
    /// The block is not at hand.
    Missing,
    /// It is at hand and must be verified now.
    Unjudged(Box<Block>),
    /// It is being verified, or was.
    Judged,
}

/// The proposed blocks of a height and of those to come.
#[derive(Debug, Default)]
pub(super) struct Blocks {
    /// The height that is being decided.
    height: Height,
    /// The blocks, by height and id.
    entries: BTreeMap<(Height, Hash), Entry>,
    /// The accepted proposals of the height.
    proposals: Vec<SignedProposal>,
    /// The blocks that this validator built for the rounds of the height.
    own: BTreeMap<u32, Hash>,
}

/// Whether a block holds the transactions, the evidence and the certificate that its header names.
///
/// The id is of the header alone, so anybody could put another body under the id of a good block, and have it taken for a
/// bad one.
pub(super) fn is_whole(block: &Block) -> bool {
    let header = &block.header;
    last_certificate_hash(block.last_certificate.as_ref()) == header.last_certificate
        && evidence_root(&block.evidence) == header.evidence_root
        && transactions_root(&block.transactions) == header.transactions_root
}

impl Blocks {
    /// Forgets what is below `height`, and the proposals of the height before.
    pub(super) fn begin(&mut self, height: Height) {
        self.height = height;
        self.entries = self.entries.split_off(&(height, Hash::ZERO));
        self.proposals.clear();
        self.own.clear();
    }

    /// The block of an id.
    pub(super) fn get(&self, id: &Hash) -> Option<&Block> {
        self.entries.get(&(self.height, *id)).map(|entry| &entry.block)
    }

    /// Keeps a block of the height that is known to be valid.
    pub(super) fn keep(&mut self, block: Block) {
        let place = (block.header.height, block.id());
        self.entries.insert(place, Entry { block, verdict: Verdict::Given(true) });
    }

    /// Keeps a block from a peer; answers with the block when a proposal waits for it, for it to be verified.
    pub(super) fn offer(&mut self, block: Block) -> Option<Block> {
        let (height, id) = (block.header.height, block.id());
        if self.entries.contains_key(&(height, id)) {
            return None;
        }
        let wanted = height == self.height && self.proposals.iter().any(|proposal| proposal.block == id);
        let of_height = || self.entries.range((height, Hash::ZERO)..).take_while(|(place, _)| place.0 == height);
        let unasked = || of_height().filter(|(_, entry)| entry.verdict == Verdict::Open).count();
        if !wanted && unasked() >= UNASKED_MAX {
            return None;
        }
        let verdict = if wanted { Verdict::Asked } else { Verdict::Open };
        let answer = wanted.then(|| block.clone());
        self.entries.insert((height, id), Entry { block, verdict });
        answer
    }

    /// Notes an accepted proposal of the height, and says what is known of its block.
    pub(super) fn proposed(&mut self, proposal: SignedProposal) -> Known {
        if !self.proposals.contains(&proposal) {
            self.proposals.push(proposal);
        }
        let Some(entry) = self.entries.get_mut(&(self.height, proposal.block)) else { return Known::Missing };
        if entry.verdict != Verdict::Open {
            return Known::Judged;
        }
        entry.verdict = Verdict::Asked;
        Known::Unjudged(Box::new(entry.block.clone()))
    }

    /// Who made the first proposal of the height that names a block.
    pub(super) fn proposer_of(&self, id: &Hash) -> Option<PublicKey> {
        self.proposals.iter().find(|proposal| proposal.block == *id).map(|proposal| proposal.proposer)
    }

    /// Notes whether a block is valid; answers with the proposals that name it.
    pub(super) fn verdict(&mut self, id: Hash, valid: bool) -> Vec<SignedProposal> {
        if let Some(entry) = self.entries.get_mut(&(self.height, id)) {
            entry.verdict = Verdict::Given(valid);
        }
        self.proposals.iter().filter(|proposal| proposal.block == id).copied().collect()
    }

    /// Notes that this validator built a block for a round.
    pub(super) fn built(&mut self, round: u32, id: Hash) {
        self.own.insert(round, id);
    }

    /// The block that this validator built for a round.
    pub(super) fn own(&self, round: u32) -> Option<&Block> {
        self.own.get(&round).and_then(|id| self.get(id))
    }

    /// Notes a verdict that was remembered.
    pub(super) fn recall(&mut self, judgement: &Judgement) {
        if let Some(entry) = self.entries.get_mut(&(self.height, judgement.block)) {
            entry.verdict = Verdict::Given(judgement.valid);
        }
    }

    /// The ids of the blocks that proposals name and that are not at hand.
    pub(super) fn missing(&self) -> impl Iterator<Item = Hash> {
        let ids = self.proposals.iter().map(|proposal| proposal.block);
        ids.filter(|id| !self.entries.contains_key(&(self.height, *id)))
    }
}

#[cfg(test)]
mod tests;
