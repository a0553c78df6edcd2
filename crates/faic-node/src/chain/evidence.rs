//! Proofs that validators contradicted themselves, until a block of this node carries them.
//!
//! Every validator that noticed keeps its own; the first that proposes puts them into its block. A restart forgets them,
//! and the others still have theirs.

use faic_core::vote::Equivocation;

/// Most proofs that wait.
const WAITING_MAX: usize = 64;

/// The proofs that wait.
#[derive(Debug, Default)]
pub(super) struct EvidencePool {
    /// The proofs, the oldest first.
    waiting: Vec<Equivocation>,
}

impl EvidencePool {
    /// Takes a proof; one against the same validator is enough, and beyond [`WAITING_MAX`] none is taken.
    pub(super) fn add(&mut self, proof: Equivocation) {
        let is_known = self.waiting.iter().any(|waiting| waiting.validator() == proof.validator());
        if !is_known && self.waiting.len() < WAITING_MAX {
            self.waiting.push(proof);
        }
    }

    /// The proofs that wait.
    pub(super) fn waiting(&self) -> Vec<Equivocation> {
        self.waiting.clone()
    }

    /// Forgets proofs that were carried out, or that prove nothing.
    pub(super) fn forget<'a>(&mut self, proofs: impl IntoIterator<Item = &'a Equivocation>) {
        for proof in proofs {
            self.waiting.retain(|waiting| waiting.validator() != proof.validator());
        }
    }
}

#[cfg(test)]
mod tests;
