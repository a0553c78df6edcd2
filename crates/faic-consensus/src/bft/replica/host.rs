//! What the engine asks of its host, and how each is answered.
//!
//! The engine is a coroutine: it yields an effect, is answered, and goes on until its input is dealt with. Whatever can
//! wait is noted in a [`Turn`]; signing and verifying are answered at once.

use arc_malachitebft_core_consensus::ConsensusMsg;

use super::*;

/// What came of one call of a replica.
#[derive(Default)]
pub(super) struct Turn {
    /// What the driver must do, in this order.
    pub(super) actions: Vec<Action>,
    /// Proposals that the engine accepted.
    pub(super) proposals: Vec<SignedProposal>,
    /// Rounds in which this validator must propose.
    pub(super) to_propose: Vec<u32>,
    /// Why something could not be signed.
    pub(super) failed: Option<SignError>,
}

/// Answers the engine's effects.
pub(super) struct Host<'a> {
    /// The validator key.
    pub(super) key: PublicKey,
    /// Signs with the validator key.
    pub(super) signer: &'a dyn Signer,
    /// Checks the others' signatures.
    pub(super) verifier: &'a ChainVerifier,
    /// The proposed blocks.
    pub(super) blocks: &'a Blocks,
    /// What comes of it.
    pub(super) turn: &'a mut Turn,
}

/// The engine's state before its first height.
pub(super) fn new_state(key: PublicKey, height: Height, validators: Validators) -> State<Context> {
    let params = Params {
        address: Key(key),
        threshold_params: Default::default(),
        value_payload: ValuePayload::ProposalAndParts,
        enabled: true,
    };
    // Messages of heights to come are kept by the replica, which checks their signatures first.
    State::new(Context, BlockHeight(height), validators, params, 1, 1)
}

impl Host<'_> {
    /// Does or notes what an effect asks for, and answers it.
    ///
    /// # Errors
    /// [`SignError`] when a vote or proposal can't be signed; the engine then gives up the input.
    pub(super) fn perform(&mut self, effect: Effect<Context>) -> Result<Resume<Context>, SignError> {
        let resume = match effect {
            Effect::SignVote(vote, resume) => {
                let signature = self.sign(|host| host.signer.sign_vote(&host.key, &host.verifier.vote(&vote)))?;
                return Ok(resume.resume_with(SignedMessage::new(vote, signature)));
            }
            Effect::SignProposal(proposal, resume) => {
                let signature =
                    self.sign(|host| host.signer.sign_proposal(&host.key, &host.verifier.proposal(&proposal)))?;
                return Ok(resume.resume_with(SignedMessage::new(proposal, signature)));
            }
            Effect::VerifySignature(message, key, resume) => {
                return Ok(resume.resume_with(self.is_signed(&message, &key)));
            }
            Effect::VerifyCommitCertificate(certificate, validators, thresholds, resume) => {
                let verified = self.verifier.verify_commit_certificate(&Context, &certificate, &validators, thresholds);
                return Ok(resume.resume_with(at_once(verified)));
            }
            Effect::VerifyPolkaCertificate(polka, validators, thresholds, resume) => {
                let verified = self.verifier.verify_polka_certificate(&Context, &polka, &validators, thresholds);
                return Ok(resume.resume_with(at_once(verified)));
            }
            Effect::VerifyRoundCertificate(proof, validators, thresholds, resume) => {
                let verified = self.verifier.verify_round_certificate(&Context, &proof, &validators, thresholds);
                return Ok(resume.resume_with(at_once(verified)));
            }
            // Blocks that others decided come through the node's own synchronisation, never through the engine.
            Effect::VerifyExtendedCommitCertificate(_, _, _, _, resume) => {
                return Ok(resume.resume_with(Err(CertificateError::VerificationError(None))));
            }
            Effect::ExtendVote(_, _, _, _, resume) => return Ok(resume.resume_with(None)),
            Effect::VerifyVoteExtension(_, _, _, _, _, _, resume) => return Ok(resume.resume_with(Ok(()))),
            Effect::CancelAllTimeouts(resume) => self.note(Action::CancelAll, resume),
            Effect::CancelTimeout(timeout, resume) => self.note_timer(timeout, Action::Cancel, resume),
            Effect::ScheduleTimeout(timeout, resume) => self.note_timer(timeout, Action::Schedule, resume),
            Effect::StartRound(_, round, proposer, _, resume) => {
                self.note(Action::Round { round: number(round), proposer: proposer.0 }, resume)
            }
            Effect::PublishConsensusMsg(message, resume) => self.note(Action::Broadcast(said(&message)), resume),
            Effect::PublishLivenessMsg(message, resume) => self.note(Action::Broadcast(repeated(&message)), resume),
            Effect::RepublishVote(vote, resume) => {
                self.note(Action::Broadcast(Message::Vote(SignedVote::from(&vote))), resume)
            }
            Effect::RepublishRoundCertificate(proof, resume) => {
                self.note(Action::Broadcast(Message::Round(RoundProof::from(&proof))), resume)
            }
            Effect::GetValue(_, round, _, resume) => {
                self.turn.to_propose.push(number(round));
                resume
            }
            Effect::RestreamProposal(_, _, _, _, id, resume) => {
                let block = self.blocks.get(&id.0).cloned();
                let again = block.map(|block| Action::Broadcast(Message::Block(Box::new(block))));
                self.turn.actions.extend(again);
                resume
            }
            Effect::CertVerifiedSyncValue(_, _, resume) | Effect::CertRejectedSyncValue(_, _, _, resume) => resume,
            Effect::WalAppend(_, input, resume) => {
                self.remember(&input);
                resume
            }
            Effect::Decide(certificate, _, resume) => {
                self.decide(&certificate);
                resume
            }
            Effect::Finalize(_, _, evidence, resume) => {
                self.accuse(&evidence);
                resume
            }
        };
        Ok(resume.resume_with(()))
    }

    /// Signs, and keeps the reason where that fails.
    fn sign<T>(&mut self, sign: impl FnOnce(&Self) -> Result<T, SignError>) -> Result<T, SignError> {
        sign(self).inspect_err(|error| self.turn.failed = Some(*error))
    }

    /// Notes an action.
    fn note<R: Resumable<Context, Value = ()>>(&mut self, action: Action, resume: R) -> R {
        self.turn.actions.push(action);
        resume
    }

    /// Notes an action about a timer.
    fn note_timer<R: Resumable<Context, Value = ()>>(
        &mut self,
        timeout: Timeout,
        action: fn(Timer) -> Action,
        resume: R,
    ) -> R {
        self.turn.actions.extend(Timer::of(timeout).map(action));
        resume
    }

    /// Notes what must be remembered, and a proposal that was accepted.
    fn remember(&mut self, input: &Input<Context>) {
        let Some(record) = Record::of(input) else { return };
        if let Record::Proposal(proposal) = &record {
            self.turn.proposals.push(*proposal);
        }
        self.turn.actions.push(Action::Record(record));
    }

    /// Whether a vote or proposal is signed by `key`.
    fn is_signed(&self, message: &SignedMessage<Context, ConsensusMsg<Context>>, key: &PublicKey) -> bool {
        match &message.message {
            ConsensusMsg::Vote(vote) => self.verifier.holds_for_vote(key, vote, &message.signature),
            ConsensusMsg::Proposal(proposal) => self.verifier.holds_for_proposal(key, proposal, &message.signature),
        }
    }

    /// Notes the decision.
    fn decide(&mut self, certificate: &CommitCertificate<Context>) {
        let Some(block) = self.blocks.get(&certificate.value_id.0).cloned() else {
            warn!(block = %certificate.value_id, "consensus.decided_block_missing");
            return;
        };
        let signature = |signature: &engine::CommitSignature<Context>| VoteSignature {
            validator: signature.address.0,
            signature: signature.signature,
        };
        let mut signatures: Vec<_> = certificate.commit_signatures.iter().map(signature).collect();
        signatures.sort_by_key(|signature| signature.validator);
        let certificate = Certificate {
            height: certificate.height.0,
            round: number(certificate.round),
            block: certificate.value_id.0,
            signatures,
        };
        self.turn.actions.push(Action::Decide { block: Box::new(block), certificate });
    }

    /// Notes the evidence of a height.
    fn accuse(&mut self, evidence: &MisbehaviorEvidence<Context>) {
        let votes = evidence.votes.iter().flat_map(|(validator, pairs)| {
            pairs.iter().map(|(first, second)| Equivocation::Votes {
                validator: validator.0,
                first: (self.verifier.vote(&first.message), first.signature),
                second: (self.verifier.vote(&second.message), second.signature),
            })
        });
        let proposals = evidence.proposals.iter().flat_map(|(validator, pairs)| {
            pairs.iter().map(|(first, second)| Equivocation::Proposals {
                validator: validator.0,
                first: (self.verifier.proposal(&first.message), first.signature),
                second: (self.verifier.proposal(&second.message), second.signature),
            })
        });
        let found: Vec<_> = votes.chain(proposals).collect();
        if !found.is_empty() {
            self.turn.actions.push(Action::Accuse(found));
        }
    }
}

/// A vote or proposal as we say it.
fn said(message: &SignedConsensusMsg<Context>) -> Message {
    match message {
        SignedConsensusMsg::Vote(vote) => Message::Vote(vote.into()),
        SignedConsensusMsg::Proposal(proposal) => Message::Proposal(proposal.into()),
    }
}

/// What helps others to catch up, as we say it.
fn repeated(message: &LivenessMsg<Context>) -> Message {
    match message {
        LivenessMsg::Vote(vote) => Message::Vote(vote.into()),
        LivenessMsg::PolkaCertificate(polka) => Message::Polka(Polka::from(polka)),
        LivenessMsg::SkipRoundCertificate(proof) => Message::Round(proof.into()),
    }
}

/// The result of a future that never waits: our verifier computes and nothing else.
fn at_once<T>(future: impl Future<Output = T>) -> T {
    let mut context = task::Context::from_waker(task::Waker::noop());
    match pin!(future).poll(&mut context) {
        task::Poll::Ready(result) => result,
        task::Poll::Pending => unreachable!("the verifier of signatures waits for nothing"),
    }
}
