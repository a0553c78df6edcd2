//! A payment as it is written on the command line: `ADDRESS=AMOUNT`.

use std::str::FromStr;

use faic_core::{
    Address, Amount,
    amount::AmountError,
    keystore::{AccountLabel, Keystore, Label, UnlockedWallet, WalletName},
};

use super::{Account, WalletArgument, selection};
use crate::{
    arguments::ZeroAmount,
    failure::{Code, Failure},
};

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

    /// The payment to the receiver, once that is found.
    pub(super) fn to(&self, to: Account, memo: &str) -> Payment {
        Payment { to, amount: self.amount, memo: memo.to_owned(), claims: Vec::new() }
    }

    /// The receiver of a payment of the wallet `payer`; `open` opens that wallet, where its book or the name of one of its
    /// accounts is meant.
    ///
    /// # Errors
    /// What is wrong with it, or why it cannot be looked for.
    pub(super) fn receiver<'a>(
        &self,
        keystore: &Keystore,
        payer: &WalletName,
        open: impl FnOnce() -> Result<&'a UnlockedWallet, Failure>,
    ) -> Result<Account, NoReceiver> {
        match Receiver::of(&self.to, keystore, payer).map_err(NoReceiver::Unsearched)? {
            Receiver::Contact(name) => {
                let wallet = open().map_err(NoReceiver::Unsearched)?;
                let contact =
                    wallet.contact(name.as_str()).ok_or_else(|| NoReceiver::Unknown(unknown(&name, wallet)))?;
                let network = wallet.entry.network;
                Ok(Account { name: Some(name.to_string()), network, address: contact.address })
            }
            Receiver::Own(label) => {
                let wallet = open().map_err(NoReceiver::Unsearched)?;
                let account = selection::opened(wallet, Some(&label)).map_err(NoReceiver::Unknown)?;
                Ok(Account::of_opened(wallet, account))
            }
            Receiver::Listed(text) => Account::find(keystore, &text).map_err(NoReceiver::Unknown),
        }
    }
}

/// What the text of a receiver means.
enum Receiver {
    /// An address, a wallet, or an account by its number.
    Listed(String),
    /// A name of the payer's address book.
    Contact(Label),
    /// An account of the payer, by its name.
    Own(AccountLabel),
}

impl Receiver {
    /// What a text means for the wallet `payer`. A wallet goes before a name of the book.
    ///
    /// # Errors
    /// That the folder of the wallets cannot be read.
    fn of(text: &str, keystore: &Keystore, payer: &WalletName) -> Result<Self, Failure> {
        let listed = || Self::Listed(text.to_owned());
        if Address::is_begun_by(text) {
            return Ok(listed());
        }
        if text.contains('/') {
            return Ok(match text.parse() {
                Ok(WalletArgument { wallet, account: Some(label @ AccountLabel::Name(_)) }) if wallet == *payer => {
                    Self::Own(label)
                }
                Ok(_) | Err(_) => listed(),
            });
        }
        let Ok(name) = text.parse::<Label>() else { return Ok(listed()) };
        let is_wallet = match name.as_str().parse() {
            Ok(wallet) => keystore.has(&wallet)?,
            Err(_) => false,
        };
        Ok(if is_wallet { Self::Listed(name.to_string()) } else { Self::Contact(name) })
    }
}

/// The failure of a name that is neither a wallet's nor one of the address book; a name of the book that looks like it is
/// pointed out.
fn unknown(name: &Label, wallet: &UnlockedWallet) -> Failure {
    let payer = &wallet.entry.name;
    let message = format!("there is no wallet named {name}, and it is no name of the address book of {payer}");
    let alike = wallet.book().iter().find(|contact| name.looks_like(contact.name.as_str()));
    let advice = match alike {
        Some(contact) => format!("the book has {}, which looks like it", contact.name),
        None => format!("`faic wallet book list {payer}` shows the names"),
    };
    Failure::new(Code::ContactUnknown, message).advice(advice)
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
