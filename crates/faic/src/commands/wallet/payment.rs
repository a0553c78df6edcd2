//! A payment as it is written on the command line: `ADDRESS=AMOUNT`.

use std::str::FromStr;

use faic_core::{
    Amount,
    amount::AmountError,
    keystore::{AccountLabel, Keystore, WalletName},
};

use super::{Account, WalletArgument, is_like_an_address, transaction::Sender};
use crate::{arguments::ZeroAmount, failure::Failure};

/// Who receives how much, as it was typed.
#[derive(Debug, Clone)]
pub(super) struct PaymentText {
    /// The receiver: an address, a wallet of the keystore or an account of it, or a name of the sender's address book.
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
    /// The note that everybody can read; may be empty.
    pub(super) memo: String,
    /// What whoever asked for the payment says of it, by name; nobody vouches for it.
    pub(super) claims: Vec<(&'static str, String)>,
}

impl PaymentText {
    /// The payment of `amount` to `to`.
    pub(super) fn new(to: &str, amount: Amount) -> Self {
        Self { to: to.to_owned(), amount }
    }

    /// The amount, and the receiver: an address or a wallet of the keystore; an address book is not opened.
    ///
    /// # Errors
    /// A failure that says what is wrong with the receiver.
    pub(super) fn find(&self, keystore: &Keystore) -> Result<(Account, Amount), Failure> {
        Ok((Account::find(keystore, &self.to)?, self.amount))
    }

    /// Finds the receiver; the payment carries `memo`.
    ///
    /// # Errors
    /// A failure that says what is wrong with the receiver.
    pub(super) fn resolve(&self, sender: &Sender<'_>, memo: &str) -> Result<Payment, Failure> {
        let to = self.receiver(sender)?;
        Ok(Payment { to, amount: self.amount, memo: memo.to_owned(), claims: Vec::new() })
    }

    /// The receiver.
    ///
    /// # Errors
    /// What is wrong with it, or why it cannot be looked for.
    pub(super) fn receiver(&self, sender: &Sender<'_>) -> Result<Account, NoReceiver> {
        let argument = self.to.parse::<WalletArgument>().ok().filter(|_| !is_like_an_address(&self.to));
        match argument {
            Some(WalletArgument { wallet, account: None }) if !has(sender, &wallet)? => {
                let found = sender.find_in_book(&wallet).map_err(NoReceiver::Unsearched)?;
                found.ok_or_else(|| NoReceiver::Unknown(sender.unknown(&wallet)))
            }
            Some(WalletArgument { wallet, account: Some(label @ AccountLabel::Name(_)) }) if wallet == *sender.name => {
                sender.find_account(&label)
            }
            Some(_) | None => Account::find(&sender.keystore, &self.to).map_err(NoReceiver::Unknown),
        }
    }

    /// Finds the receiver where no wallet is opened, and so no address book.
    ///
    /// # Errors
    /// A failure that says what is wrong with the receiver.
    pub(super) fn resolve_without_book(&self, keystore: &Keystore, memo: &str) -> Result<Payment, Failure> {
        let to = Account::find(keystore, &self.to)?;
        Ok(Payment { to, amount: self.amount, memo: memo.to_owned(), claims: Vec::new() })
    }
}

/// Whether the keystore has a wallet of that name.
fn has(sender: &Sender<'_>, wallet: &WalletName) -> Result<bool, NoReceiver> {
    sender.keystore.has(wallet).map_err(|error| NoReceiver::Unsearched(error.into()))
}

/// Why there is no receiver.
pub(super) enum NoReceiver {
    /// The text names none.
    Unknown(Failure),
    /// The wallets, or the address book, cannot be read to find it.
    Unsearched(Failure),
}

impl From<NoReceiver> for Failure {
    fn from(none: NoReceiver) -> Self {
        match none {
            NoReceiver::Unknown(failure) => failure.advice("nothing was sent"),
            NoReceiver::Unsearched(failure) => failure,
        }
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
