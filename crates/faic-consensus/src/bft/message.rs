//! What validators say to each other, and its bytes.
//!
//! A message is one byte for its kind and the borsh encoding of its content. Chain and network are not in it: a signature
//! is over the chain id, and a connection is to one chain. Everything is bounded before it is decoded; nothing here is
//! verified, that is for the [`Replica`](super::replica::Replica).

use std::io::{self, Read};

use arc_malachitebft_core_types::{self as engine, NilOrVal, Round, RoundCertificateType, VoteType};
use borsh::{BorshDeserialize, BorshSerialize};
use faic_core::{
    Block, Hash, Height, PublicKey, Signature,
    block::{VALIDATORS_MAX, VoteSignature},
    vote::VoteKind,
};

use super::context::{self, BlockHeight, BlockId, Context, Key};

/// Most bytes of a message that carries no block; the largest has one signature of each validator.
pub(super) const SMALL_BYTES_MAX: usize = 64 * 1024;

/// A vote with its signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct SignedVote {
    /// Which of the two votes of a round.
    pub kind: VoteKind,
    /// The height that is decided.
    pub height: Height,
    /// The round of the vote.
    pub round: u32,
    /// The id of the block, or none.
    pub block: Option<Hash>,
    /// The validator key.
    pub validator: PublicKey,
    /// Its signature over the [`faic_core::Vote`].
    pub signature: Signature,
}

/// A proposal with its signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct SignedProposal {
    /// The height that is decided.
    pub height: Height,
    /// The round of the proposal.
    pub round: u32,
    /// The earlier round in which a quorum prevoted the block, where there was one.
    pub valid_round: Option<u32>,
    /// The id of the block.
    pub block: Hash,
    /// The validator key of the proposer.
    pub proposer: PublicKey,
    /// Its signature over the [`faic_core::Proposal`].
    pub signature: Signature,
}

/// The prevotes of a quorum for one block.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Polka {
    /// The height that is decided.
    pub height: Height,
    /// The round of the prevotes.
    pub round: u32,
    /// The id of the block.
    pub block: Hash,
    /// The prevotes; at most [`VALIDATORS_MAX`].
    #[borsh(deserialize_with = "read_bounded")]
    pub signatures: Vec<VoteSignature>,
}

/// One vote of a [`RoundProof`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct RoundSignature {
    /// Which of the two votes of a round.
    pub kind: VoteKind,
    /// The id of the block, or none.
    pub block: Option<Hash>,
    /// The validator key.
    pub validator: PublicKey,
    /// Its signature.
    pub signature: Signature,
}

/// Votes that let everybody enter a round.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct RoundProof {
    /// The height that is decided.
    pub height: Height,
    /// The round of the votes.
    pub round: u32,
    /// Whether these are precommits of a quorum, which end the round, or any votes of a third, which show that others
    /// are in it.
    pub precommits: bool,
    /// The votes; at most [`VALIDATORS_MAX`].
    #[borsh(deserialize_with = "read_bounded")]
    pub signatures: Vec<RoundSignature>,
}

/// What a validator says to the others.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Message {
    /// A vote.
    Vote(SignedVote),
    /// A proposal, without the block.
    Proposal(SignedProposal),
    /// A quorum of prevotes.
    Polka(Polka),
    /// Why a round is entered.
    Round(RoundProof),
    /// A proposed block.
    Block(Box<Block>),
    /// The question for a proposed block of a height, by its id.
    GetBlock {
        /// The height.
        height: Height,
        /// The id.
        block: Hash,
    },
}

impl Message {
    /// The height that the message is about.
    pub fn height(&self) -> Height {
        match self {
            Self::Vote(vote) => vote.height,
            Self::Proposal(proposal) => proposal.height,
            Self::Polka(polka) => polka.height,
            Self::Round(proof) => proof.height,
            Self::Block(block) => block.header.height,
            Self::GetBlock { height, .. } => *height,
        }
    }

    /// The round that the message is about; `None` for a block, which has none.
    pub(super) const fn round(&self) -> Option<u32> {
        match self {
            Self::Vote(vote) => Some(vote.round),
            Self::Proposal(proposal) => Some(proposal.round),
            Self::Polka(polka) => Some(polka.round),
            Self::Round(proof) => Some(proof.round),
            Self::Block(_) | Self::GetBlock { .. } => None,
        }
    }

    /// The validator that signed the message; `None` for one that many signed, or nobody.
    pub(super) const fn author(&self) -> Option<&PublicKey> {
        match self {
            Self::Vote(vote) => Some(&vote.validator),
            Self::Proposal(proposal) => Some(&proposal.proposer),
            Self::Polka(_) | Self::Round(_) | Self::Block(_) | Self::GetBlock { .. } => None,
        }
    }

    /// The kind's name in logs.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Vote(_) => "vote",
            Self::Proposal(_) => "proposal",
            Self::Polka(_) => "polka",
            Self::Round(_) => "round",
            Self::Block(_) => "block",
            Self::GetBlock { .. } => "get_block",
        }
    }

    /// The bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        borsh::to_vec(self).expect("writing to memory does not fail")
    }

    /// Decodes bytes, all of them; a block may have `block_bytes_max`.
    ///
    /// # Errors
    /// [`MessageError`] for bytes that are no message, or too many.
    pub fn from_bytes(bytes: &[u8], block_bytes_max: usize) -> Result<Self, MessageError> {
        let most = match bytes.first() {
            Some(&BLOCK_TAG) => block_bytes_max,
            Some(_) | None => SMALL_BYTES_MAX,
        };
        if bytes.len() > most {
            return Err(MessageError::TooLarge { found: bytes.len(), most });
        }
        borsh::from_slice(bytes).map_err(|error| MessageError::Malformed(error.to_string()))
    }
}

/// The first byte of a [`Message::Block`].
const BLOCK_TAG: u8 = 4;

/// Why bytes are not a message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MessageError {
    /// More bytes than the kind may have.
    #[error("a message of {found} bytes, at most {most} are allowed")]
    TooLarge {
        /// How many there are.
        found: usize,
        /// How many are allowed.
        most: usize,
    },
    /// The bytes are not those of a message.
    #[error("the bytes are not a consensus message: {0}")]
    Malformed(String),
}

/// Reads a list of signatures, no more than a set has validators.
fn read_bounded<T: BorshDeserialize, R: Read>(reader: &mut R) -> io::Result<Vec<T>> {
    let length = u32::deserialize_reader(reader)?;
    match usize::try_from(length) {
        Ok(length) if length <= VALIDATORS_MAX => (0..length).map(|_| T::deserialize_reader(reader)).collect(),
        Ok(_) | Err(_) => {
            Err(io::Error::new(io::ErrorKind::InvalidData, format!("{length} signatures, more than validators")))
        }
    }
}

/// The engine's name of a kind of vote.
const fn vote_type(kind: VoteKind) -> VoteType {
    match kind {
        VoteKind::Prevote => VoteType::Prevote,
        VoteKind::Precommit => VoteType::Precommit,
    }
}

/// Our name of a kind of vote.
pub(super) const fn vote_kind(kind: VoteType) -> VoteKind {
    match kind {
        VoteType::Prevote => VoteKind::Prevote,
        VoteType::Precommit => VoteKind::Precommit,
    }
}

/// A block or none, in the engine's words.
fn nil_or(block: Option<Hash>) -> NilOrVal<BlockId> {
    block.map_or(NilOrVal::Nil, |block| NilOrVal::Val(BlockId(block)))
}

/// A block or none, in our words.
pub(super) const fn block_of(value: &NilOrVal<BlockId>) -> Option<Hash> {
    match value {
        NilOrVal::Nil => None,
        NilOrVal::Val(block) => Some(block.0),
    }
}

/// The number of a round that is under way; the engine never signs in the round before the first.
pub(super) fn number(round: Round) -> u32 {
    round.as_u32().expect("votes and proposals are of rounds that have begun")
}

impl From<&engine::SignedVote<Context>> for SignedVote {
    fn from(vote: &engine::SignedVote<Context>) -> Self {
        Self {
            kind: vote_kind(vote.message.kind),
            height: vote.message.height.0,
            round: number(vote.message.round),
            block: block_of(&vote.message.block),
            validator: vote.message.validator.0,
            signature: vote.signature,
        }
    }
}

impl From<SignedVote> for engine::SignedVote<Context> {
    fn from(vote: SignedVote) -> Self {
        let message = context::Vote {
            kind: vote_type(vote.kind),
            height: BlockHeight(vote.height),
            round: Round::new(vote.round),
            block: nil_or(vote.block),
            validator: Key(vote.validator),
        };
        Self::new(message, vote.signature)
    }
}

impl From<&engine::SignedProposal<Context>> for SignedProposal {
    fn from(proposal: &engine::SignedProposal<Context>) -> Self {
        Self {
            height: proposal.message.height.0,
            round: number(proposal.message.round),
            valid_round: proposal.message.valid_round.as_u32(),
            block: proposal.message.block.0,
            proposer: proposal.message.proposer.0,
            signature: proposal.signature,
        }
    }
}

impl From<SignedProposal> for engine::SignedProposal<Context> {
    fn from(proposal: SignedProposal) -> Self {
        let message = context::Proposal {
            height: BlockHeight(proposal.height),
            round: Round::new(proposal.round),
            block: BlockId(proposal.block),
            valid_round: Round::from(proposal.valid_round),
            proposer: Key(proposal.proposer),
        };
        Self::new(message, proposal.signature)
    }
}

impl From<&engine::PolkaCertificate<Context>> for Polka {
    fn from(polka: &engine::PolkaCertificate<Context>) -> Self {
        let signature = |signature: &engine::PolkaSignature<Context>| VoteSignature {
            validator: signature.address.0,
            signature: signature.signature,
        };
        Self {
            height: polka.height.0,
            round: number(polka.round),
            block: polka.value_id.0,
            signatures: polka.polka_signatures.iter().map(signature).collect(),
        }
    }
}

impl From<Polka> for engine::PolkaCertificate<Context> {
    fn from(polka: Polka) -> Self {
        let signature = |vote: VoteSignature| engine::PolkaSignature::new(Key(vote.validator), vote.signature);
        Self {
            height: BlockHeight(polka.height),
            round: Round::new(polka.round),
            value_id: BlockId(polka.block),
            polka_signatures: polka.signatures.into_iter().map(signature).collect(),
        }
    }
}

impl From<&engine::RoundCertificate<Context>> for RoundProof {
    fn from(proof: &engine::RoundCertificate<Context>) -> Self {
        let signature = |signature: &engine::RoundSignature<Context>| RoundSignature {
            kind: vote_kind(signature.vote_type),
            block: block_of(&signature.value_id),
            validator: signature.address.0,
            signature: signature.signature,
        };
        Self {
            height: proof.height.0,
            round: number(proof.round),
            precommits: matches!(proof.cert_type, RoundCertificateType::Precommit),
            signatures: proof.round_signatures.iter().map(signature).collect(),
        }
    }
}

impl From<RoundProof> for engine::RoundCertificate<Context> {
    fn from(proof: RoundProof) -> Self {
        let signature = |vote: RoundSignature| {
            engine::RoundSignature::new(vote_type(vote.kind), nil_or(vote.block), Key(vote.validator), vote.signature)
        };
        Self {
            height: BlockHeight(proof.height),
            round: Round::new(proof.round),
            cert_type: if proof.precommits { RoundCertificateType::Precommit } else { RoundCertificateType::Skip },
            round_signatures: proof.signatures.into_iter().map(signature).collect(),
        }
    }
}

#[cfg(test)]
mod tests;
