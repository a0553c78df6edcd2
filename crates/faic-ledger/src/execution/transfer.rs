//! Transfers: one account pays many, all or none.

use faic_core::{Address, transaction::Output};

use super::{ExecutionError, credit, debit};
use crate::state::Accounts;

/// Checks that every receiver that requires a memo gets one, of the output or of the whole transaction.
pub(super) fn check(accounts: &mut Accounts<'_>, outputs: &[Output], memo: &str) -> Result<(), ExecutionError> {
    if !memo.is_empty() {
        return Ok(());
    }
    for (index, output) in outputs.iter().enumerate() {
        if output.memo.is_empty() && accounts.get(&output.to)?.memo_required {
            return Err(ExecutionError::MemoRequired { output: index });
        }
    }
    Ok(())
}

/// Moves the money of checked outputs, one after the other, so that a payment to oneself is an ordinary one.
pub(super) fn apply(accounts: &mut Accounts<'_>, sender: &Address, outputs: &[Output]) -> Result<(), ExecutionError> {
    outputs.iter().try_for_each(|output| {
        debit(accounts, sender, output.amount)?;
        credit(accounts, &output.to, output.amount)
    })
}
