//! Signatures of the engine's messages, by the chain's rules.
//!
//! The engine asks for single votes and for certificates; both come down to a [`faic_core::Verifier`] over messages that
//! are bound to the chain id. Validators prove possession of their keys in the ledger and carry no vote extensions, so
//! the two methods for those answer that nothing holds.

use std::sync::Arc;

use arc_malachitebft_core_types::{ValidatorProof, VoteExtensionScope};
use arc_malachitebft_signing::{Error, VerificationResult, Verifier};
use async_trait::async_trait;
use faic_core::{ChainId, PublicKey, Signature};

use super::{
    context::{Context, Proposal, Vote},
    message::{block_of, number, vote_kind},
};

/// Verifies for one chain.
#[derive(Clone)]
pub(super) struct ChainVerifier {
    /// The chain.
    pub(super) chain_id: ChainId,
    /// Checks signatures.
    pub(super) verifier: Arc<dyn faic_core::Verifier>,
}

impl ChainVerifier {
    /// What a validator signs for this vote.
    pub(super) fn vote(&self, vote: &Vote) -> faic_core::Vote {
        faic_core::Vote {
            chain_id: self.chain_id.clone(),
            kind: vote_kind(vote.kind),
            height: vote.height.0,
            round: number(vote.round),
            block: block_of(&vote.block),
        }
    }

    /// What a validator signs for this proposal.
    pub(super) fn proposal(&self, proposal: &Proposal) -> faic_core::Proposal {
        faic_core::Proposal {
            chain_id: self.chain_id.clone(),
            height: proposal.height.0,
            round: number(proposal.round),
            valid_round: proposal.valid_round.as_u32(),
            block: proposal.block.0,
        }
    }

    /// Whether a signature is the key's over the vote.
    pub(super) fn holds_for_vote(&self, key: &PublicKey, vote: &Vote, signature: &Signature) -> bool {
        self.verifier.verify_vote(key, &self.vote(vote), signature)
    }

    /// Whether a signature is the key's over the proposal.
    pub(super) fn holds_for_proposal(&self, key: &PublicKey, proposal: &Proposal, signature: &Signature) -> bool {
        self.verifier.verify_proposal(key, &self.proposal(proposal), signature)
    }
}

#[async_trait]
impl Verifier<Context> for ChainVerifier {
    async fn verify_signed_vote(
        &self,
        vote: &Vote,
        signature: &Signature,
        key: &PublicKey,
    ) -> Result<VerificationResult, Error> {
        Ok(VerificationResult::from_bool(self.holds_for_vote(key, vote, signature)))
    }

    async fn verify_signed_proposal(
        &self,
        proposal: &Proposal,
        signature: &Signature,
        key: &PublicKey,
    ) -> Result<VerificationResult, Error> {
        Ok(VerificationResult::from_bool(self.holds_for_proposal(key, proposal, signature)))
    }

    async fn verify_signed_vote_extension(
        &self,
        _: &VoteExtensionScope<Context>,
        (): &(),
        _: &Signature,
        _: &PublicKey,
    ) -> Result<VerificationResult, Error> {
        Ok(VerificationResult::Invalid)
    }

    async fn verify_validator_proof(&self, _: &ValidatorProof<Context>) -> Result<VerificationResult, Error> {
        Ok(VerificationResult::Invalid)
    }
}
