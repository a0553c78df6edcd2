//! A payment as it is written on the command line: `ADDRESS=AMOUNT`.

use std::str::FromStr;

use faic_core::{Amount, amount::AmountError, keystore::Keystore};

use super::Account;
use crate::failure::Failure;

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
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (to, amount) = text.split_once('=').ok_or("a payment is written as ADDRESS=AMOUNT")?;
        Ok(Self { to: to.to_owned(), amount: parse_amount(amount)? })
    }
}

/// Reads an amount of FAIC that can be paid.
///
/// # Errors
/// A clause that says what is wrong with it.
pub(super) fn parse_amount(text: &str) -> Result<Amount, String> {
    let amount = Amount::parse_faic(text).map_err(explain)?;
    if amount.is_zero() { Err("the amount must be more than zero".to_owned()) } else { Ok(amount) }
}

/// What is wrong with an amount, and how one is written.
fn explain(error: AmountError) -> String {
    format!("{error}; write FAIC with at most nine decimals, such as 12.5")
}
