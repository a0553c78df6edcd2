//! The engine's vocabulary in our words.
//!
//! The agreement algorithm is Malachite's; it is generic over the types that it agrees on, and this module names ours.
//! A value is the id of a block, an address is a validator key. Nothing of the engine leaves [`bft`](super).

use std::{fmt, sync::Arc};

use arc_malachitebft_core_types as engine;
use engine::{LinearTimeouts, NilOrVal, Round, SignedExtension, VoteType};
use faic_core::{Hash, Height, PublicKey, Signature, block::ValidatorSet};

use super::proposer;

/// Implements `Display` and `Debug` of a wrapper by what it wraps.
macro_rules! shown_as_inner {
    ($($wrapper:ty),*) => {$(
        impl fmt::Display for $wrapper {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl fmt::Debug for $wrapper {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }
    )*};
}

/// A validator key, by which the engine tells validators apart.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key(pub(super) PublicKey);

/// The height that is decided.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct BlockHeight(pub(super) Height);

/// The id of a block: both the value that is agreed on and its name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct BlockId(pub(super) Hash);

shown_as_inner!(Key, BlockHeight, BlockId);

impl engine::Address for Key {}

impl engine::Height for BlockHeight {
    const ZERO: Self = Self(0);
    const INITIAL: Self = Self(1);

    fn increment_by(&self, heights: u64) -> Self {
        Self(self.0.saturating_add(heights))
    }

    fn decrement_by(&self, heights: u64) -> Option<Self> {
        self.0.checked_sub(heights).map(Self)
    }

    fn as_u64(&self) -> u64 {
        self.0
    }
}

impl engine::Value for BlockId {
    type Id = Self;

    fn id(&self) -> Self {
        *self
    }
}

/// A part of a proposal; there is none, because blocks travel beside the engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum NoPart {}

impl engine::ProposalPart<Context> for NoPart {
    fn is_first(&self) -> bool {
        match *self {}
    }

    fn is_last(&self) -> bool {
        match *self {}
    }
}

/// A proposal as the engine handles it; signed as a [`faic_core::Proposal`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Proposal {
    /// The height that is decided.
    pub(super) height: BlockHeight,
    /// The round of the proposal.
    pub(super) round: Round,
    /// The proposed block.
    pub(super) block: BlockId,
    /// The round in which the block was found valid by a quorum; `Nil` for a new block.
    pub(super) valid_round: Round,
    /// Who proposes.
    pub(super) proposer: Key,
}

impl engine::Proposal<Context> for Proposal {
    fn height(&self) -> BlockHeight {
        self.height
    }

    fn round(&self) -> Round {
        self.round
    }

    fn value(&self) -> &BlockId {
        &self.block
    }

    fn take_value(self) -> BlockId {
        self.block
    }

    fn pol_round(&self) -> Round {
        self.valid_round
    }

    fn validator_address(&self) -> &Key {
        &self.proposer
    }
}

/// A vote as the engine handles it; signed as a [`faic_core::Vote`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Vote {
    /// Which of the two votes of a round.
    pub(super) kind: VoteType,
    /// The height that is decided.
    pub(super) height: BlockHeight,
    /// The round of the vote.
    pub(super) round: Round,
    /// The block, or none.
    pub(super) block: NilOrVal<BlockId>,
    /// Who votes.
    pub(super) validator: Key,
}

impl engine::Vote<Context> for Vote {
    fn height(&self) -> BlockHeight {
        self.height
    }

    fn round(&self) -> Round {
        self.round
    }

    fn value(&self) -> &NilOrVal<BlockId> {
        &self.block
    }

    fn take_value(self) -> NilOrVal<BlockId> {
        self.block
    }

    fn vote_type(&self) -> VoteType {
        self.kind
    }

    fn validator_address(&self) -> &Key {
        &self.validator
    }

    fn extension(&self) -> Option<&SignedExtension<Context>> {
        None
    }

    fn take_extension(&mut self) -> Option<SignedExtension<Context>> {
        None
    }

    fn extend(self, _: SignedExtension<Context>) -> Self {
        self
    }
}

/// A validator with its weight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Validator {
    /// Its key.
    pub(super) key: Key,
    /// Its stake, in nano.
    pub(super) stake: u64,
}

impl engine::Validator<Context> for Validator {
    fn address(&self) -> &Key {
        &self.key
    }

    fn public_key(&self) -> &PublicKey {
        &self.key.0
    }

    fn voting_power(&self) -> u64 {
        self.stake
    }
}

/// The validators of one height, ascending by key; cheap to clone, because the engine clones it often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Validators {
    /// The validators.
    pub(super) list: Arc<[Validator]>,
    /// The sum of their stakes, in nano; at most the supply, so three times of it fit into a `u64`.
    pub(super) total: u64,
}

impl From<&ValidatorSet> for Validators {
    fn from(set: &ValidatorSet) -> Self {
        let validator = |validator: &faic_core::block::Validator| Validator {
            key: Key(validator.key),
            stake: validator.stake.nano(),
        };
        Self { list: set.iter().map(validator).collect(), total: set.total_stake().nano() }
    }
}

impl engine::ValidatorSet<Context> for Validators {
    fn count(&self) -> usize {
        self.list.len()
    }

    fn total_voting_power(&self) -> u64 {
        self.total
    }

    fn get_by_address(&self, key: &Key) -> Option<&Validator> {
        let index = self.list.binary_search_by_key(key, |validator| validator.key).ok()?;
        self.list.get(index)
    }

    fn get_by_index(&self, index: usize) -> Option<&Validator> {
        self.list.get(index)
    }
}

/// Ed25519 as the engine names its parts; signing itself is done by a [`faic_core::Signer`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ed25519;

impl engine::SigningScheme for Ed25519 {
    type DecodingError = &'static str;
    type Signature = Signature;
    type PublicKey = PublicKey;
    type PrivateKey = ();

    fn decode_signature(bytes: &[u8]) -> Result<Signature, &'static str> {
        bytes.try_into().map(Signature::from_bytes).map_err(|_| "a signature has 64 bytes")
    }

    fn encode_signature(signature: &Signature) -> Vec<u8> {
        signature.as_bytes().to_vec()
    }

    fn decode_public_key(bytes: &[u8]) -> Result<PublicKey, &'static str> {
        let bytes = bytes.try_into().map_err(|_| "a public key has 32 bytes")?;
        PublicKey::from_bytes(bytes).map_err(|_| "not an acceptable public key")
    }

    fn encode_public_key(key: &PublicKey) -> Vec<u8> {
        key.as_bytes().to_vec()
    }
}

/// The types of our chain, for the engine.
#[derive(Clone, Debug)]
pub(super) struct Context;

impl engine::Context for Context {
    type Address = Key;
    type Height = BlockHeight;
    type ProposalPart = NoPart;
    type Proposal = Proposal;
    type Validator = Validator;
    type ValidatorSet = Validators;
    type Timeouts = LinearTimeouts;
    type Value = BlockId;
    type Vote = Vote;
    type Extension = ();
    type SigningScheme = Ed25519;

    fn select_proposer<'a>(&self, validators: &'a Validators, height: BlockHeight, round: Round) -> &'a Validator {
        proposer::select(validators, height.0, round.as_u32().unwrap_or_default())
    }

    fn new_proposal(
        &self,
        height: BlockHeight,
        round: Round,
        block: BlockId,
        valid_round: Round,
        proposer: Key,
    ) -> Proposal {
        Proposal { height, round, block, valid_round, proposer }
    }

    fn new_prevote(&self, height: BlockHeight, round: Round, block: NilOrVal<BlockId>, validator: Key) -> Vote {
        Vote { kind: VoteType::Prevote, height, round, block, validator }
    }

    fn new_precommit(&self, height: BlockHeight, round: Round, block: NilOrVal<BlockId>, validator: Key) -> Vote {
        Vote { kind: VoteType::Precommit, height, round, block, validator }
    }
}
