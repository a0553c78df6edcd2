//! Building a transaction step by step, as wallets do.
//!
//! The builder knows every rule that needs no state and quotes the fee by the exact size of the signed transaction; what
//! it returns is unsigned. Signing is [`crate::crypto::Signer`]'s.

use super::{Action, FeePayer, Height, Nonce, Output, TRANSACTION_VERSION, Transaction, TransactionError};
use crate::{Address, Amount, Authority, ChainId};

/// A transaction in the making.
#[derive(Debug, Clone)]
pub struct TransactionBuilder {
    /// The body as far as it is known; the fee is set last.
    transaction: Transaction,
}

impl TransactionBuilder {
    /// Begins a transaction of `sender`, who is governed by `authority`, in lane 0 at sequence 0.
    pub fn new(chain_id: ChainId, sender: Address, authority: Authority, action: Action) -> Self {
        let transaction = Transaction {
            version: TRANSACTION_VERSION,
            chain_id,
            sender,
            authority,
            nonce: Nonce { lane: 0, sequence: 0 },
            valid_until: Height::MAX,
            fee: Amount::ZERO,
            fee_payer: None,
            memo: String::new(),
            action,
        };
        Self { transaction }
    }

    /// Begins a transfer to `outputs` by the account that begins with `authority`.
    pub fn transfer(chain_id: ChainId, authority: Authority, outputs: Vec<Output>) -> Self {
        Self::new(chain_id, authority.address(), authority, Action::Transfer { outputs })
    }

    /// Sets the place among the sender's transactions.
    #[must_use]
    pub fn nonce(mut self, lane: u8, sequence: u64) -> Self {
        self.transaction.nonce = Nonce { lane, sequence };
        self
    }

    /// Sets the last height at which the transaction may be in a block.
    #[must_use]
    pub fn valid_until(mut self, height: Height) -> Self {
        self.transaction.valid_until = height;
        self
    }

    /// Sets the note on the whole transaction.
    #[must_use]
    pub fn memo(mut self, memo: impl Into<String>) -> Self {
        self.transaction.memo = memo.into();
        self
    }

    /// Lets another account pay the fee.
    #[must_use]
    pub fn fee_payer(mut self, address: Address, authority: Authority) -> Self {
        self.transaction.fee_payer = Some(FeePayer { address, authority });
        self
    }

    /// Finishes with a fee of `nano_per_byte` for each byte of the signed transaction.
    ///
    /// # Errors
    /// [`BuildError`] when the transaction breaks a rule or the fee is over the supply.
    pub fn build(mut self, nano_per_byte: u64) -> Result<Transaction, BuildError> {
        let bytes = u64::try_from(self.transaction.signed_bytes()).map_err(|_| BuildError::Fee)?;
        let price = Amount::from_nano(nano_per_byte).map_err(|_| BuildError::Fee)?;
        self.transaction.fee = price.checked_mul(bytes).ok_or(BuildError::Fee)?;
        self.transaction.check()?;
        Ok(self.transaction)
    }
}

/// Why a transaction can't be built.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BuildError {
    /// The transaction breaks a rule.
    #[error(transparent)]
    Transaction(#[from] TransactionError),
    /// The fee is over the supply.
    #[error("the fee is over the supply")]
    Fee,
}
