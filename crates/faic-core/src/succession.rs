//! The succession of validator sets: how somebody who knows the genesis alone comes to trust a later header.
//!
//! A header announces the validators of the next height, and is final by a certificate of its own validators. So each
//! change of the set, certified by the set before it, hands trust over; between two changes nothing is needed. A set that
//! came back would leave its absence unnoticed, so the state commits to the [history](history_after) of all sets: who has
//! followed every change has the same. It shows what more than two thirds of each set signed, not that it was right to.

use borsh::{BorshDeserialize, BorshSerialize};

use crate::{
    ChainId, Domain, Hash,
    block::{Certificate, Header, ValidatorSet},
    crypto::{CertificateError, Verifier},
    transaction::Height,
};

/// A change of the validator set: the last block that the old set decided, and the new one.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Handover {
    /// The header that announces the change.
    pub header: Header,
    /// The proof by the old set that the header is final.
    pub certificate: Certificate,
    /// The set that decides from the next height on.
    pub next: ValidatorSet,
}

/// The hash over all sets up to the one of this hash that decides from the height `from` on; `before` is that over
/// those before it, [`Hash::ZERO`] where there are none.
pub fn history_after(before: &Hash, from: Height, set: &Hash) -> Hash {
    Domain::ValidatorHistory.hash(&[before.as_bytes(), &from.to_be_bytes(), set.as_bytes()])
}

/// The validators who are trusted, since when, and all who were before them.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Succession {
    /// The first height that the trusted set decides.
    from: Height,
    /// The trusted set.
    validators: ValidatorSet,
    /// The hash over all sets up to this one.
    history: Hash,
}

impl Succession {
    /// Trusts the validators of a genesis, who decide from height 1 on.
    pub fn begin(validators: ValidatorSet) -> Self {
        let history = history_after(&Hash::ZERO, 1, &validators.hash());
        Self { from: 1, validators, history }
    }

    /// The first height that the trusted set decides.
    pub const fn from(&self) -> Height {
        self.from
    }

    /// The trusted set.
    pub const fn validators(&self) -> &ValidatorSet {
        &self.validators
    }

    /// The hash over all sets up to this one.
    pub const fn history(&self) -> &Hash {
        &self.history
    }

    /// Checks that a header is final by the trusted set.
    ///
    /// # Errors
    /// [`SuccessionError`] names what is wrong; a change of the set that was not followed shows as
    /// [`SuccessionError::OtherValidators`].
    pub fn check(
        &self,
        verifier: &dyn Verifier,
        chain_id: &ChainId,
        header: &Header,
        certificate: &Certificate,
    ) -> Result<(), SuccessionError> {
        if header.chain_id != *chain_id {
            return Err(SuccessionError::OtherChain);
        }
        if header.height < self.from {
            return Err(SuccessionError::Order { height: header.height, from: self.from });
        }
        if header.validators != self.validators.hash() {
            return Err(SuccessionError::OtherValidators { height: header.height });
        }
        if (certificate.height, certificate.block) != (header.height, header.id()) {
            return Err(SuccessionError::OtherBlock { height: header.height });
        }
        verifier
            .verify_certificate(chain_id, certificate, &self.validators)
            .map_err(|source| SuccessionError::Certificate { height: header.height, source })
    }

    /// Trusts the next set, if the trusted one handed over to it; after an error nothing has changed.
    ///
    /// # Errors
    /// Those of [`Succession::check`]; [`SuccessionError::NotAnnounced`] for another set than the header announces.
    pub fn follow(
        &mut self,
        verifier: &dyn Verifier,
        chain_id: &ChainId,
        handover: &Handover,
    ) -> Result<(), SuccessionError> {
        let Handover { header, certificate, next } = handover;
        let height = header.height;
        if header.next_validators == header.validators || header.next_validators != next.hash() {
            return Err(SuccessionError::NotAnnounced { height });
        }
        let from = height.checked_add(1).ok_or(SuccessionError::NotAnnounced { height })?;
        self.check(verifier, chain_id, header, certificate)?;
        let history = history_after(&self.history, from, &header.next_validators);
        *self = Self { from, validators: next.clone(), history };
        Ok(())
    }
}

/// Why a header or a set is not trusted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SuccessionError {
    /// The header is of another chain.
    #[error("the header is of another chain")]
    OtherChain,
    /// The header is of a height that an earlier set decided.
    #[error("the header has height {height}, and the trusted validators decide from {from} on")]
    Order {
        /// The header's height.
        height: Height,
        /// The first height of the trusted set.
        from: Height,
    },
    /// The header names another set than the trusted one: it is forged, or a change was left out.
    #[error("the header of height {height} names other validators than the trusted ones")]
    OtherValidators {
        /// The header's height.
        height: Height,
    },
    /// The certificate is for another block.
    #[error("the certificate is not for the header of height {height}")]
    OtherBlock {
        /// The header's height.
        height: Height,
    },
    /// The certificate does not hold.
    #[error("the certificate of height {height} does not hold")]
    Certificate {
        /// The header's height.
        height: Height,
        /// What is wrong with it.
        source: CertificateError,
    },
    /// The header announces no change, or another set.
    #[error("the header of height {height} does not announce these validators")]
    NotAnnounced {
        /// The header's height.
        height: Height,
    },
}

#[cfg(test)]
mod tests;
