//! A wallet and one of its accounts, as they are written on the command line: `alice`, `alice/3`, `alice/savings`.
//!
//! The numbers of accounts are known to every command; their names are sealed with the wallet, and known only to a command
//! that opens it.

use std::str::FromStr;

use faic_core::keystore::{
    AccountEntry, AccountLabel, AccountLabelError, EditError, Label, LabelError, UnlockedWallet, WalletEntry,
    WalletName, WalletNameError,
};

use crate::failure::{Code, Failure};

/// A wallet, and one of its accounts where that is said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct WalletArgument {
    /// The wallet.
    pub(super) wallet: WalletName,
    /// The account.
    pub(super) account: Option<AccountLabel>,
}

impl FromStr for WalletArgument {
    type Err = WalletArgumentError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (wallet, account) = match text.split_once('/') {
            Some((wallet, account)) => (wallet, Some(account.parse()?)),
            None => (text, None),
        };
        Ok(Self { wallet: wallet.parse()?, account })
    }
}

/// Reads the name of a wallet, where the wallet with all its accounts is meant.
///
/// # Errors
/// What is wrong with the text; of an account, what to leave out.
pub(super) fn parse_wallet(text: &str) -> Result<WalletName, String> {
    match text.split_once('/').map(|(wallet, account)| (wallet.parse::<WalletName>(), account)) {
        Some((Ok(wallet), account)) => {
            Err(format!("this is done for the wallet with all its accounts: write {wallet}, without /{account:.80}"))
        }
        Some((Err(_), _)) | None => text.parse().map_err(|error: WalletNameError| error.to_string()),
    }
}

/// Why a text names no wallet and no account of one.
#[derive(Debug, thiserror::Error)]
pub(super) enum WalletArgumentError {
    /// The wallet's name cannot be one.
    #[error(transparent)]
    Wallet(#[from] WalletNameError),
    /// What stands behind the `/` is neither a number nor a name.
    #[error(transparent)]
    Account(#[from] AccountLabelError),
}

impl WalletArgument {
    /// Which account is meant: that of the argument or that of `--account`; nothing is the first.
    ///
    /// # Errors
    /// A failure of usage where both are said and differ.
    pub(super) fn label<'a>(&'a self, option: Option<&'a AccountLabel>) -> Result<Option<&'a AccountLabel>, Failure> {
        match (&self.account, option) {
            (Some(here), Some(there)) if here != there => {
                let message = format!("{}/{here} and --account {there} are two accounts", self.wallet);
                Err(Failure::usage(message).advice("leave one of them out"))
            }
            (Some(here), _) => Ok(Some(here)),
            (None, there) => Ok(there),
        }
    }
}

/// The account of a wallet that is not opened.
///
/// # Errors
/// [`Code::AccountUnknown`] for a number that it does not have, [`Code::AccountNameSealed`] for any name.
pub(super) fn listed<'a>(entry: &'a WalletEntry, label: Option<&AccountLabel>) -> Result<&'a AccountEntry, Failure> {
    let number = match label {
        None => None,
        Some(AccountLabel::Number(number)) => Some(*number),
        Some(AccountLabel::Name(_)) if entry.watch_only => return Err(unknown(entry, label)),
        Some(AccountLabel::Name(_)) => return Err(sealed(&entry.name)),
    };
    entry.account(number).ok_or_else(|| unknown(entry, label))
}

/// The account of a wallet that was opened.
///
/// # Errors
/// [`Code::AccountUnknown`].
pub(super) fn opened<'a>(
    wallet: &'a UnlockedWallet,
    label: Option<&AccountLabel>,
) -> Result<&'a AccountEntry, Failure> {
    wallet.account(label).ok_or_else(|| unknown(&wallet.entry, label))
}

/// Reads a name that an account or a contact is to have.
///
/// # Errors
/// [`NewNameError`] says what is wrong with it.
pub(super) fn new_name(text: &str) -> Result<Label, NewNameError> {
    let name: Label = text.parse()?;
    if name.mixes_scripts() { Err(NewNameError::MixedScripts) } else { Ok(name) }
}

/// Why a text becomes no name.
#[derive(Debug, thiserror::Error)]
pub(super) enum NewNameError {
    /// It is none.
    #[error(transparent)]
    Label(#[from] LabelError),
    /// Nobody could tell it from another one.
    #[error(
        "it mixes scripts whose letters may look alike; write it in one, or in Chinese, Japanese or Korean with Latin letters"
    )]
    MixedScripts,
}

/// The failure of a text that is no address, and names no wallet and no account.
pub(super) fn no_account(text: &str, error: WalletArgumentError) -> Failure {
    match error {
        WalletArgumentError::Account(error) => Failure::usage(error),
        WalletArgumentError::Wallet(_) if text.parse::<Label>().is_ok() => {
            Failure::new(Code::WalletUnknown, format!("there is no wallet named {text}")).advice(
                "a name of an address book is known to the commands that open its wallet, such as `faic wallet send`",
            )
        }
        WalletArgumentError::Wallet(_) => {
            Failure::usage(format!("{text:.80} is neither an address (faic1…, tfaic1…, dfaic1…) nor a name"))
                .advice("`faic wallet list` shows your wallets")
        }
    }
}

/// The failure of an account that the wallet does not have.
fn unknown(entry: &WalletEntry, label: Option<&AccountLabel>) -> Failure {
    let account = label.map(ToString::to_string).unwrap_or_default();
    Failure::from(EditError::UnknownAccount { account }).context(format!("wallet {}", entry.name))
}

/// The failure of a name that is sealed.
fn sealed(wallet: &WalletName) -> Failure {
    let message = format!("the names of the accounts of {wallet} are sealed with it, and it is not opened here");
    Failure::new(Code::AccountNameSealed, message).advice(format!(
        "name the account by its number, such as {wallet}/1; `faic wallet account list {wallet} --names` shows both"
    ))
}

#[cfg(test)]
mod tests;
