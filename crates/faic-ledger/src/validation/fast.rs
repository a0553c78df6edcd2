//! The first gate: may this transaction be pooled?
//!
//! It asks for the rules of the transaction itself, those of its sender and fee payer as of the last final block, the
//! signatures, and what the action asks for, in that order, so that garbage costs little. Whether the transaction is
//! still good when its block comes is asked again there.

use std::sync::Arc;

use faic_core::{Hash, SignedTransaction, Verifier, crypto::VerifyError, transaction::TransactionError};

use crate::{
    execution::{self, Context, ExecutionError, SequenceRule},
    state::Accounts,
};

/// A transaction whose rules and signatures were checked; only this module makes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedTransaction {
    /// The transaction, shared because pool, proposal and answers hold it at once.
    signed: Arc<SignedTransaction>,
    /// Its id.
    id: Hash,
    /// Its canonical bytes.
    bytes: usize,
}

impl VerifiedTransaction {
    /// Wraps a transaction whose signatures were just checked.
    pub(super) fn new(signed: SignedTransaction) -> Self {
        let (id, bytes) = (signed.id(), signed.transaction.signed_bytes());
        Self { signed: Arc::new(signed), id, bytes }
    }

    /// The transaction.
    pub fn signed(&self) -> &SignedTransaction {
        &self.signed
    }

    /// The id of the transaction.
    pub const fn id(&self) -> Hash {
        self.id
    }

    /// The number of its canonical bytes.
    pub const fn bytes(&self) -> usize {
        self.bytes
    }

    /// What it pays for each byte, in nano, rounded down.
    pub fn fee_per_byte(&self) -> u64 {
        let bytes = u64::try_from(self.bytes).unwrap_or(u64::MAX);
        self.signed.transaction.fee.nano().checked_div(bytes).unwrap_or_default()
    }
}

/// The gate before the mempool.
#[derive(Clone)]
pub struct FastValidator {
    /// Checks signatures.
    verifier: Arc<dyn Verifier>,
}

impl FastValidator {
    /// A gate over `verifier`.
    pub(super) fn new(verifier: Arc<dyn Verifier>) -> Self {
        Self { verifier }
    }

    /// Checks a transaction against the state as of the last final block: the three steps below, in their order.
    ///
    /// # Errors
    /// [`FastError`] names the first broken rule.
    pub fn check(
        &self,
        context: &Context,
        accounts: &mut Accounts<'_>,
        signed: SignedTransaction,
    ) -> Result<VerifiedTransaction, FastError> {
        self.check_rules(context, accounts, &signed)?;
        let verified = self.check_signatures(signed)?;
        self.check_action(context, accounts, &verified)?;
        Ok(verified)
    }

    /// Checks what costs least: the rules of the transaction itself, and those of its sender and its fee payer.
    ///
    /// # Errors
    /// [`FastError`] names the first broken rule.
    pub fn check_rules(
        &self,
        context: &Context,
        accounts: &mut Accounts<'_>,
        signed: &SignedTransaction,
    ) -> Result<(), FastError> {
        signed.check()?;
        let bytes = signed.transaction.signed_bytes();
        Ok(execution::check(context, accounts, &signed.transaction, bytes, SequenceRule::NextOrLater)?)
    }

    /// Checks the signatures, for which no state is needed.
    ///
    /// # Errors
    /// [`FastError::Transaction`] or [`FastError::Signature`].
    pub fn check_signatures(&self, signed: SignedTransaction) -> Result<VerifiedTransaction, FastError> {
        self.verifier.verify_transaction(&signed)?;
        Ok(VerifiedTransaction::new(signed))
    }

    /// Checks the signatures of many transactions, together where all of them hold, which costs about half.
    ///
    /// The answers are those of [`FastValidator::check_signatures`], in the order of the transactions.
    pub fn check_signatures_of_all(
        &self,
        transactions: Vec<SignedTransaction>,
    ) -> Vec<Result<VerifiedTransaction, FastError>> {
        let all_hold = transactions.len() > 1 && self.verifier.verify_transactions(&transactions).is_ok();
        let verified = transactions
            .into_iter()
            .map(|signed| if all_hold { Ok(VerifiedTransaction::new(signed)) } else { self.check_signatures(signed) });
        verified.collect()
    }

    /// Checks what the action asks of its receivers and of the sender's candidate; last, because it may read the most.
    ///
    /// # Errors
    /// [`FastError::Execution`] names the first broken rule.
    pub fn check_action(
        &self,
        context: &Context,
        accounts: &mut Accounts<'_>,
        verified: &VerifiedTransaction,
    ) -> Result<(), FastError> {
        Ok(execution::check_action(context, accounts, &verified.signed().transaction)?)
    }
}

/// Why a transaction is not let into the mempool.
#[derive(Debug, thiserror::Error)]
pub enum FastError {
    /// It breaks a rule that needs no state.
    #[error(transparent)]
    Transaction(#[from] TransactionError),
    /// It breaks a rule of the state.
    #[error(transparent)]
    Execution(#[from] ExecutionError),
    /// Its signatures do not hold.
    #[error(transparent)]
    Signature(#[from] VerifyError),
}

#[cfg(test)]
mod tests;
