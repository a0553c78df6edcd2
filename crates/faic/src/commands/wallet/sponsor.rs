//! A sponsored fee in one step: another wallet of this machine pays it, and signs too.

use std::path::PathBuf;

use clap::Args;
use faic_core::{
    Amount, Authority, SecretKey, SignedTransaction,
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

impl Moment<'_> {
    /// What the account itself pays for a transaction: nothing where another one does.
    pub(super) fn own_fee(&self, signed: &SignedTransaction) -> Amount {
        if self.sponsor.is_some() { Amount::ZERO } else { signed.transaction.fee }
    }

    /// What a transaction costs, and who pays that where it is another account.
    pub(super) fn fee_facts(&self, signed: &SignedTransaction) -> Vec<(&'static str, String)> {
        let fee = ("fee", format!("{} FAIC", signed.transaction.fee));
        let payer = self.sponsor.iter().map(|sponsor| ("fee paid by", sponsor.text()));
        std::iter::once(fee).chain(payer).collect()
    }
}

impl Sponsor {
    /// Has the account pay the fee of a transaction.
    pub(super) fn pay(&self, builder: TransactionBuilder) -> TransactionBuilder {
        builder.fee_payer(self.account.address, Authority::single(self.key.public_key()))
    }

    /// The key that signs for it, where it has the fee.
    ///
    /// # Errors
    /// [`Code::InsufficientBalance`].
    pub(super) fn key(&self, fee: Amount) -> Result<SecretKey, Failure> {
        if self.answer.balance >= fee {
            return Ok(self.key.clone());
        }
        let (text, balance) = (self.text(), self.answer.balance);
        let message = format!("{text} has {balance} FAIC and cannot pay the fee of {fee} FAIC; nothing was sent");
        Err(Failure::new(Code::InsufficientBalance, message).advice("let another wallet pay it"))
    }

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
