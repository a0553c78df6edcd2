//! What validators sign to agree on a block: proposals and votes.
//!
//! The words of a Tendermint-style agreement ("The latest gossip on BFT consensus", Buchman, Kwon, Milosevic 2018): in
//! each round of a height one validator proposes a block, then all prevote and precommit it, or nothing. Precommits for
//! a block by more than two thirds of the stake are a [`Certificate`](crate::Certificate). When to sign what is for the
//! consensus to know; two different votes of one kind for one height and round are [`Equivocation`].

use borsh::{BorshDeserialize, BorshSerialize};

use crate::{ChainId, Domain, Hash, PublicKey, Signature, transaction::Height};

/// The two votes of a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub enum VoteKind {
    /// The first vote: the proposal is valid, or there was none.
    Prevote,
    /// The second vote: more than two thirds of the stake prevoted the block, or they did not.
    Precommit,
}

/// What a validator signs to vote.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Vote {
    /// The chain that the vote is for.
    pub chain_id: ChainId,
    /// Which of the two votes it is.
    pub kind: VoteKind,
    /// The height that is decided.
    pub height: Height,
    /// The round of agreement within the height, from 0.
    pub round: u32,
    /// The id of the block; `None` votes for no block in this round.
    pub block: Option<Hash>,
}

impl Vote {
    /// What the signature is made over.
    pub fn signing_hash(&self) -> Hash {
        Domain::SignVote.hash(&[&borsh::to_vec(self).expect("writing to memory does not fail")])
    }

    /// Whether one validator must never sign both.
    fn conflicts(&self, other: &Self) -> bool {
        let place = |vote: &Self| (vote.kind, vote.height, vote.round);
        self.chain_id == other.chain_id && place(self) == place(other) && self.block != other.block
    }
}

/// What the proposer of a round signs to propose a block.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Proposal {
    /// The chain that the proposal is for.
    pub chain_id: ChainId,
    /// The height that is decided.
    pub height: Height,
    /// The round of agreement within the height, from 0.
    pub round: u32,
    /// The earlier round in which more than two thirds of the stake prevoted the block, where there was one.
    pub valid_round: Option<u32>,
    /// The id of the block.
    pub block: Hash,
}

impl Proposal {
    /// What the signature is made over.
    pub fn signing_hash(&self) -> Hash {
        Domain::SignProposal.hash(&[&borsh::to_vec(self).expect("writing to memory does not fail")])
    }

    /// Whether one validator must never sign both.
    fn conflicts(&self, other: &Self) -> bool {
        let place = |proposal: &Self| (proposal.height, proposal.round);
        self.chain_id == other.chain_id && place(self) == place(other) && self != other
    }
}

/// Two things that a validator signed and that exclude each other: the proof that it is dishonest, or its key stolen.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Equivocation {
    /// Two votes of one kind for one height and round.
    Votes {
        /// The validator key that signed both.
        validator: PublicKey,
        /// One vote with its signature.
        first: (Vote, Signature),
        /// The other.
        second: (Vote, Signature),
    },
    /// Two proposals for one height and round.
    Proposals {
        /// The validator key that signed both.
        validator: PublicKey,
        /// One proposal with its signature.
        first: (Proposal, Signature),
        /// The other.
        second: (Proposal, Signature),
    },
}

impl Equivocation {
    /// The validator key that signed both.
    pub const fn validator(&self) -> &PublicKey {
        match self {
            Self::Votes { validator, .. } | Self::Proposals { validator, .. } => validator,
        }
    }

    /// The height that both are for, when they are for one.
    pub const fn height(&self) -> Height {
        match self {
            Self::Votes { first, .. } => first.0.height,
            Self::Proposals { first, .. } => first.0.height,
        }
    }

    /// Checks that the two exclude each other, are for this chain, and are both signed by the validator.
    ///
    /// Whether the key was a validator's at that height is for the ledger to know.
    ///
    /// # Errors
    /// [`EquivocationError`] names what is wrong.
    pub fn check(&self, chain_id: &ChainId) -> Result<(), EquivocationError> {
        let (found, conflict, signed) = match self {
            Self::Votes { validator, first, second } => (
                &first.0.chain_id,
                first.0.conflicts(&second.0),
                [(first.0.signing_hash(), first.1), (second.0.signing_hash(), second.1)]
                    .map(|claim| (*validator, claim)),
            ),
            Self::Proposals { validator, first, second } => (
                &first.0.chain_id,
                first.0.conflicts(&second.0),
                [(first.0.signing_hash(), first.1), (second.0.signing_hash(), second.1)]
                    .map(|claim| (*validator, claim)),
            ),
        };
        if found != chain_id {
            return Err(EquivocationError::OtherChain);
        }
        if !conflict {
            return Err(EquivocationError::NoConflict);
        }
        let holds = signed.iter().all(|(key, (message, signature))| key.verify(message.as_bytes(), signature));
        if holds { Ok(()) } else { Err(EquivocationError::BadSignature) }
    }
}

/// Why two signed things prove nothing against their validator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EquivocationError {
    /// They are for another chain.
    #[error("the evidence is for another chain")]
    OtherChain,
    /// An honest validator may sign both.
    #[error("the two signed messages do not exclude each other")]
    NoConflict,
    /// One was not signed by the validator.
    #[error("a signature of the evidence is not the validator's")]
    BadSignature,
}

#[cfg(test)]
mod tests;
