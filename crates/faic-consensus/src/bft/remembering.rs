//! Signatures that hold are verified once, although the door, the engine and each certificate ask for them.
//!
//! Only what was found to hold is remembered, with all that the finding depends on: the key, what was signed and the
//! signature itself. What does not hold is verified, and refused, each time. The memory is bounded.

use std::{
    collections::BTreeSet,
    mem,
    sync::{Arc, Mutex},
};

use faic_core::{
    Certificate, ChainId, Hash, Message, Proposal, PublicKey, Signature, SignedTransaction, Verifier, Vote,
    block::ValidatorSet,
    crypto::{CertificateError, VerifyError},
    staking::Possession,
};

/// Most signatures that are remembered in each half of the memory.
const HALF_MAX: usize = 4_096;

/// What holds: a key, the hash that it signed, and the signature.
type Held = (PublicKey, Hash, Signature);

/// Verifies, and remembers the votes and proposals whose signatures hold.
pub(super) struct Remembering {
    /// Verifies what is not remembered.
    inner: Arc<dyn Verifier>,
    /// What is remembered.
    memory: Mutex<Memory>,
}

/// What is remembered: when the newer half is full, it takes the place of the older one.
#[derive(Debug, Default)]
struct Memory {
    /// The newer half.
    newer: BTreeSet<Held>,
    /// The older half.
    older: BTreeSet<Held>,
}

impl Memory {
    /// Whether a signature is known to hold.
    fn contains(&self, held: &Held) -> bool {
        self.newer.contains(held) || self.older.contains(held)
    }

    /// Remembers a signature that holds.
    fn insert(&mut self, held: Held) {
        if self.newer.len() >= HALF_MAX {
            self.older = mem::take(&mut self.newer);
        }
        self.newer.insert(held);
    }
}

impl Remembering {
    /// Remembers what `inner` finds.
    pub(super) fn new(inner: Arc<dyn Verifier>) -> Self {
        Self { inner, memory: Mutex::default() }
    }

    /// Whether a signature is known to hold, or is found to.
    fn holds(&self, held: Held, verify: impl FnOnce() -> bool) -> bool {
        let memory = || self.memory.lock().expect("nothing panics while it holds the memory");
        if memory().contains(&held) {
            return true;
        }
        let holds = verify();
        if holds {
            memory().insert(held);
        }
        holds
    }
}

impl Verifier for Remembering {
    fn verify_transaction(&self, transaction: &SignedTransaction) -> Result<(), VerifyError> {
        self.inner.verify_transaction(transaction)
    }

    fn verify_transactions(&self, transactions: &[SignedTransaction]) -> Result<(), (usize, VerifyError)> {
        self.inner.verify_transactions(transactions)
    }

    fn verify_vote(&self, key: &PublicKey, vote: &Vote, signature: &Signature) -> bool {
        self.holds((*key, vote.signing_hash(), *signature), || self.inner.verify_vote(key, vote, signature))
    }

    fn verify_proposal(&self, key: &PublicKey, proposal: &Proposal, signature: &Signature) -> bool {
        self.holds((*key, proposal.signing_hash(), *signature), || self.inner.verify_proposal(key, proposal, signature))
    }

    fn verify_possession(&self, possession: &Possession, signature: &Signature) -> bool {
        self.inner.verify_possession(possession, signature)
    }

    fn verify_message(&self, key: &PublicKey, message: &Message<'_>, signature: &Signature) -> bool {
        self.inner.verify_message(key, message, signature)
    }

    fn verify_certificate(
        &self,
        chain_id: &ChainId,
        certificate: &Certificate,
        validators: &ValidatorSet,
    ) -> Result<(), CertificateError> {
        self.inner.verify_certificate(chain_id, certificate, validators)
    }
}

#[cfg(test)]
mod tests;
