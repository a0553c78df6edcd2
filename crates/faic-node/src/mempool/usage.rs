//! What one account takes up in the mempool, as a sender and as a payer of fees.

use faic_core::Address;
use faic_ledger::VerifiedTransaction;

/// What one account takes up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Usage {
    /// How many transactions it sent.
    pub(super) transactions: usize,
    /// Their canonical bytes.
    pub(super) bytes: usize,
    /// What it pays in them, and in fees of any transaction, in nano.
    pub(super) reserved: u128,
}

impl Usage {
    /// Adds what `account` takes up by one more transaction.
    pub(super) fn take(&mut self, account: &Address, transaction: &VerifiedTransaction) {
        let own = Self::of(account, transaction);
        self.transactions = self.transactions.saturating_add(own.transactions);
        self.bytes = self.bytes.saturating_add(own.bytes);
        self.reserved = self.reserved.saturating_add(own.reserved);
    }

    /// Subtracts what `account` took up by a transaction.
    pub(super) fn release(&mut self, account: &Address, transaction: &VerifiedTransaction) {
        let own = Self::of(account, transaction);
        self.transactions = self.transactions.saturating_sub(own.transactions);
        self.bytes = self.bytes.saturating_sub(own.bytes);
        self.reserved = self.reserved.saturating_sub(own.reserved);
    }

    /// What `account` takes up by one transaction, as its sender, its fee payer, both or neither.
    fn of(account: &Address, transaction: &VerifiedTransaction) -> Self {
        let body = &transaction.signed().transaction;
        let fee = if body.payer() == account { u128::from(body.fee.nano()) } else { 0 };
        if body.sender != *account {
            return Self { reserved: fee, ..Self::default() };
        }
        let paid = body.outputs_total().expect("a verified transaction pays no more than the supply");
        Self { transactions: 1, bytes: transaction.bytes(), reserved: u128::from(paid.nano()).saturating_add(fee) }
    }
}
