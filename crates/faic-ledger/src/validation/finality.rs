//! The third gate: was this block decided?
//!
//! Only a block with a certificate by more than two thirds of its validators' stake may change the ledger.

use std::sync::Arc;

use faic_core::{Certificate, Header, Verifier, crypto::CertificateError};

use super::VerifiedBlock;
use crate::ledger::Ledger;

/// A verified block that was decided; only this module makes it.
#[derive(Debug, Clone)]
pub struct FinalBlock {
    /// The block and its effects.
    pub(crate) verified: VerifiedBlock,
    /// The proof that it was decided.
    pub(crate) certificate: Certificate,
}

impl FinalBlock {
    /// The block and its effects.
    pub const fn verified(&self) -> &VerifiedBlock {
        &self.verified
    }
}

/// A certificate of the tip whose signatures hold; only this module makes it.
#[derive(Debug, Clone)]
pub struct VerifiedCertificate(pub(crate) Certificate);

/// The gate before the ledger.
#[derive(Clone)]
pub struct FinalityValidator {
    /// Checks signatures.
    verifier: Arc<dyn Verifier>,
}

impl FinalityValidator {
    /// A gate over `verifier`.
    pub(super) fn new(verifier: Arc<dyn Verifier>) -> Self {
        Self { verifier }
    }

    /// Checks that `certificate` is for this block and holds among the ledger's validators.
    ///
    /// # Errors
    /// [`FinalityError`] names what is wrong.
    pub fn check(
        &self,
        ledger: &Ledger,
        verified: VerifiedBlock,
        certificate: Certificate,
    ) -> Result<FinalBlock, FinalityError> {
        self.check_certificate(ledger, &verified.block.header, &certificate)?;
        Ok(FinalBlock { verified, certificate })
    }

    /// Checks another certificate of the ledger's tip, such as one with precommits that came late.
    ///
    /// # Errors
    /// [`FinalityError`] names what is wrong.
    pub fn check_last(&self, ledger: &Ledger, certificate: Certificate) -> Result<VerifiedCertificate, FinalityError> {
        let decision = ledger.decision().ok_or(FinalityError::OtherBlock)?;
        if certificate.block != ledger.tip().id || certificate.height != ledger.tip().height {
            return Err(FinalityError::OtherBlock);
        }
        self.verifier.verify_certificate(&ledger.genesis().chain_id, &certificate, &decision.validators)?;
        Ok(VerifiedCertificate(certificate))
    }

    /// Checks the certificate alone: before the block is executed, where whoever sent it may not be trusted with that.
    ///
    /// # Errors
    /// [`FinalityError`] names what is wrong.
    pub fn check_certificate(
        &self,
        ledger: &Ledger,
        header: &Header,
        certificate: &Certificate,
    ) -> Result<(), FinalityError> {
        if certificate.block != header.id() || certificate.height != header.height {
            return Err(FinalityError::OtherBlock);
        }
        Ok(self.verifier.verify_certificate(&ledger.genesis().chain_id, certificate, ledger.validators())?)
    }
}

/// Why a block may not change the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FinalityError {
    /// The certificate is for another block.
    #[error("the certificate is for another block")]
    OtherBlock,
    /// The certificate does not hold.
    #[error("the certificate does not hold")]
    Certificate(#[from] CertificateError),
}
