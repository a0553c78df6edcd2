//! A sponsored fee in one step: another wallet of this machine pays it, and signs too.

use std::path::PathBuf;

use clap::Args;
use faic_core::{
    Amount, Authority, SecretKey, Transaction,
    keystore::{AccountEntry, Keystore, KeystoreError, UnlockedWallet},
    transaction::TransactionBuilder,
};

use super::{Account, transaction::Moment};
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
        let account = Account::find(keystore, text)?;
        let wallets = keystore.list()?.wallets;
        let is_its = |entry: &AccountEntry| entry.address == account.address;
        let mut owners = wallets.into_iter().filter(|wallet| wallet.accounts.iter().any(is_its));
        let named = account.name.as_deref().and_then(|name| name.split('/').next());
        let owner = owners.find(|wallet| named == Some(wallet.name.as_str()));
        let owner = owner.ok_or_else(|| {
            Failure::usage(format!("{text:.80} is no wallet of yours, so it cannot sign here"))
                .advice("`faic wallet build --fee-payer` makes a transaction that it signs elsewhere")
        })?;
        if owner.watch_only {
            let failure = Failure::from(KeystoreError::WatchOnly { name: owner.name });
            return Err(failure.advice("`faic wallet build --fee-payer` makes a transaction that it signs elsewhere"));
        }
        let answer = account.read(client, trust)?;
        let prompt = format!("password of the wallet {}, which pays the fee", owner.name);
        let password = Secret::Password.read(self.fee_payer_password_file.as_deref(), &prompt)?;
        let wallet = keystore.unlock(&owner.name, &password).context(format!("fee payer {}", owner.name))?;
        let key = governing_key(&wallet, &account, &answer)?;
        Ok(Some(Sponsor { account, answer, key }))
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
