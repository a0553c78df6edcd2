//! A payment as it is written on the command line: `ADDRESS=AMOUNT`.

use std::str::FromStr;

use faic_core::{Amount, amount::AmountError, keystore::Keystore};

use super::Account;
use crate::{arguments::ZeroAmount, failure::Failure};

/// Who receives how much, as it was typed.
#[derive(Debug, Clone)]
pub(super) struct PaymentText {
    /// The receiver: an address, or the name of a wallet of the keystore.
    to: String,
    /// How much.
    amount: Amount,
}

/// A payment whose receiver is known.
#[derive(Debug, Clone)]
pub(super) struct Payment {
    /// The receiver.
    pub(super) to: Account,
    /// How much.
    pub(super) amount: Amount,
}

impl PaymentText {
    /// The payment of `amount` to `to`.
    pub(super) fn new(to: &str, amount: Amount) -> Self {
        Self { to: to.to_owned(), amount }
    }

    /// Finds the receiver.
    ///
    /// # Errors
    /// A failure that says what is wrong with the receiver.
    pub(super) fn resolve(&self, keystore: &Keystore) -> Result<Payment, Failure> {
        Ok(Payment { to: Account::find(keystore, &self.to)?, amount: self.amount })
    }
}

impl FromStr for PaymentText {
    type Err = PaymentTextError;

    fn from_str(text: &str) -> Result<Self, PaymentTextError> {
        let (to, amount) = text.split_once('=').ok_or(PaymentTextError::Shape)?;
        Ok(Self { to: to.to_owned(), amount: parse_amount(amount)? })
    }
}

/// Why a text is no payment.
#[derive(Debug, thiserror::Error)]
pub(super) enum PaymentTextError {
    /// There is no receiver or no amount.
    #[error("a payment is written as ADDRESS=AMOUNT")]
    Shape,
    /// The amount cannot be paid.
    #[error(transparent)]
    Amount(#[from] AmountTextError),
}

/// Why a text is no amount that can be paid.
#[derive(Debug, thiserror::Error)]
pub(super) enum AmountTextError {
    /// It is no amount.
    #[error("{0}; write FAIC with at most nine decimals, such as 12.5")]
    NoAmount(#[source] AmountError),
    /// It is nothing.
    #[error("{0}")]
    Zero(#[source] ZeroAmount),
}

/// Reads an amount of FAIC that can be paid.
///
/// # Errors
/// [`AmountTextError`] says what is wrong with it.
pub(super) fn parse_amount(text: &str) -> Result<Amount, AmountTextError> {
    let amount = Amount::parse_faic(text).map_err(AmountTextError::NoAmount)?;
    if amount.is_zero() { Err(AmountTextError::Zero(ZeroAmount)) } else { Ok(amount) }
}
