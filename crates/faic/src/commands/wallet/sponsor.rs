//! A sponsored fee in one step: another wallet of this machine pays it, and signs too.

use std::path::PathBuf;

use clap::Args;
use faic_core::{
    Address, Amount, Authority, SecretKey, Transaction,
    keystore::{AccountLabel, Keystore, KeystoreError, UnlockedWallet, WalletName},
    transaction::TransactionBuilder,
};

use super::{Account, WalletArgument, selection, transaction::Moment};
use crate::{
    client::{AccountAnswer, Client},
    failure::{Code, Context, Failure},
    secrets::Secret,
    trust::Trust,
};

/// Who pays the fee.
#[derive(Debug, Args)]
pub(super) struct SponsorOption {
    /// Another wallet of yours that pays the fee in place of this one, and signs too; or wallet/account.
    #[arg(long, value_name = "WALLET")]
    fee_payer: Option<String>,

    /// A file with the password of the wallet that pays the fee; asked for on the terminal otherwise.
    #[arg(long, value_name = "FILE", requires = "fee_payer")]
    fee_payer_password_file: Option<PathBuf>,
}

/// A wallet that pays the fee of another one's transaction.
pub(super) struct Sponsor {
    /// Its account.
    account: Account,
    /// What was proved of it.
    answer: AccountAnswer,
    /// The key that governs it.
    key: SecretKey,
}

impl SponsorOption {
    /// Opens the wallet that pays the fee, where there is one.
    ///
    /// # Errors
    /// A failure for a wallet that cannot be opened, or whose key does not govern its account alone.
    pub(super) fn find(
        &self,
        keystore: &Keystore,
        client: &Client,
        trust: Option<&Trust>,
    ) -> Result<Option<Sponsor>, Failure> {
        let Some(text) = &self.fee_payer else { return Ok(None) };
        let elsewhere = "`faic wallet build --fee-payer` makes a transaction that it signs elsewhere";
        if Address::is_begun_by(text) {
            let message = format!("{text:.80} is no wallet of yours, so it cannot sign here");
            return Err(Failure::usage(message).advice(elsewhere));
        }
        let argument: WalletArgument = text.parse().map_err(|error| selection::no_account(text, error))?;
        let entry = keystore.find(&argument.wallet)?;
        if entry.watch_only {
            return Err(Failure::from(KeystoreError::WatchOnly { name: entry.name }).advice(elsewhere));
        }
        let label = argument.account.as_ref();
        let (account, wallet) = match label {
            Some(AccountLabel::Name(_)) => {
                let wallet = self.unlock(keystore, &entry.name)?;
                (Account::of(&wallet.entry, selection::opened(&wallet, label)?), Some(wallet))
            }
            Some(AccountLabel::Number(_)) | None => (Account::of(&entry, selection::listed(&entry, label)?), None),
        };
        let answer = account.read(client, trust)?;
        let wallet = wallet.map_or_else(|| self.unlock(keystore, &entry.name), Ok)?;
        let key = governing_key(&wallet, &account, &answer)?;
        Ok(Some(Sponsor { account, answer, key }))
    }

    /// Asks for the password of the wallet that pays the fee, and opens it.
    fn unlock(&self, keystore: &Keystore, name: &WalletName) -> Result<UnlockedWallet, Failure> {
        let prompt = format!("password of the wallet {name}, which pays the fee");
        let password = Secret::Password.read(self.fee_payer_password_file.as_deref(), &prompt)?;
        keystore.unlock(name, &password).context(format!("fee payer {name}"))
    }
}

/// What the account that acts pays for a transaction itself: nothing where another one does.
pub(super) fn own_fee(transaction: &Transaction) -> Amount {
    if transaction.fee_payer.is_some() { Amount::ZERO } else { transaction.fee }
}

impl Moment<'_> {
    /// Has the wallet that pays the fee pay that of a transaction, where there is one.
    pub(super) fn sponsored(&self, builder: TransactionBuilder) -> TransactionBuilder {
        match &self.sponsor {
            Some(Sponsor { account, key, .. }) => {
                builder.fee_payer(account.address, Authority::single(key.public_key()))
            }
            None => builder,
        }
    }

    /// The key of the wallet that pays the fee.
    pub(super) fn sponsor_key(&self) -> Option<SecretKey> {
        self.sponsor.as_ref().map(|sponsor| sponsor.key.clone())
    }

    /// Refuses fees that the wallet which is to pay them does not have.
    ///
    /// # Errors
    /// [`Code::InsufficientBalance`].
    pub(super) fn check_sponsor(&self, fees: Amount) -> Result<(), Failure> {
        let Some(Sponsor { account, answer, .. }) = &self.sponsor else { return Ok(()) };
        if answer.balance >= fees {
            return Ok(());
        }
        let (text, balance) = (account.text(), answer.balance);
        let message = format!("{text} has {balance} FAIC and cannot pay {fees} FAIC of fees; nothing was sent");
        Err(Failure::new(Code::InsufficientBalance, message).advice("let another wallet pay them"))
    }

    /// What a transaction costs, and who pays that where it is another account.
    pub(super) fn fee_facts(&self, transaction: &Transaction) -> Vec<(&'static str, String)> {
        let fee = ("fee", format!("{} FAIC", transaction.fee));
        std::iter::once(fee).chain(self.sponsor_fact()).collect()
    }

    /// Who pays the fee, where it is another account.
    pub(super) fn sponsor_fact(&self) -> Option<(&'static str, String)> {
        self.sponsor.as_ref().map(|sponsor| ("fee paid by", sponsor.text()))
    }
}

impl Sponsor {
    /// The address that pays.
    pub(super) fn text(&self) -> String {
        self.account.text()
    }
}

/// The key of a wallet that governs an account alone.
fn governing_key(wallet: &UnlockedWallet, account: &Account, answer: &AccountAnswer) -> Result<SecretKey, Failure> {
    let entries = wallet.entry.accounts.iter().filter(|entry| entry.address == account.address);
    let keys = entries.flat_map(|entry| wallet.candidates(entry)).map(|candidate| candidate.key);
    let governs = |key: &SecretKey| answer.is_governed_by(&account.address, &Authority::single(key.public_key()));
    keys.into_iter().find(governs).ok_or_else(|| {
        let message = format!("no key of the wallet {} governs {} alone", wallet.entry.name, account.text());
        Failure::new(Code::NotASigner, message)
            .advice("`faic wallet build --fee-payer` makes a transaction that several sign; nothing was sent")
    })
}
