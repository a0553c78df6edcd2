//! `faic wallet sign`: signs a transaction that was built elsewhere, on a machine that needs no network.
//!
//! What is signed is read from the canonical bytes, shown in words and confirmed. The wallet signs with every key of it that
//! the sender's or the fee payer's authority has, as long as signatures are missing.

use clap::Args;
use faic_core::{
    Amount, BasicCrypto, KeyManager, PartiallySignedTransaction, PublicKey, Signer,
    keystore::{AccountLabel, Keystore, KeystoreError, UnlockedWallet, WalletEntry},
};

use super::{
    Account, WalletArgument,
    look_alike::Caution,
    payment::parse_amount,
    selection,
    transaction::FEE_MAX_DEFAULT,
    transaction_file::{self, FileOutput, Names},
    unlock::UnlockOptions,
};
use crate::{
    failure::{Code, Failure},
    output::{Confirmed, Output, fields},
};

mod takeover;

/// The options of signing.
#[derive(Debug, Args)]
pub(crate) struct Sign {
    /// The wallet that signs, or WALLET/ACCOUNT for one of its accounts only.
    #[arg(value_name = "WALLET")]
    wallet: WalletArgument,

    /// The file of the transaction, - for standard input, or its text (faic-tx:…).
    #[arg(value_name = "FILE")]
    file: String,

    /// Which account of the wallet signs: its number or its name [default: all that may].
    #[arg(long, value_name = "ACCOUNT")]
    account: Option<AccountLabel>,

    /// The highest fee to sign for, in FAIC.
    #[arg(long, value_name = "FAIC", default_value = FEE_MAX_DEFAULT, value_parser = parse_amount)]
    fee_max: Amount,

    /// Sign without asking for confirmation.
    #[arg(long, short)]
    yes: bool,

    /// With --yes, sign also what takes the account from this wallet's keys.
    #[arg(long)]
    allow_takeover: bool,

    /// What is allowed of the receivers.
    #[command(flatten)]
    caution: Caution,

    /// Where the signed transaction goes.
    #[command(flatten)]
    output: FileOutput,

    /// How the wallet is opened.
    #[command(flatten)]
    unlock: UnlockOptions,
}

/// Signs.
///
/// # Errors
/// A failure that says in one line why nothing was signed.
pub(crate) fn run(command: &Sign, output: Output) -> Result<(), Failure> {
    let (name, label) = (&command.wallet.wallet, command.wallet.label(command.account.as_ref())?);
    let mut transaction = transaction_file::read(&command.file)?;
    let keystore = command.unlock.keystore.open()?;
    let entry = keystore.find(name)?;
    if entry.watch_only {
        return Err(KeystoreError::WatchOnly { name: name.clone() }.into());
    }
    check_network(&entry, &transaction)?;
    command.check_fee(transaction.transaction().fee)?;
    let names = own_names(&keystore)?;
    if !command.yes {
        output.note(&fields(&transaction_file::facts(&transaction, &names)));
    }
    let wallet = command.unlock.unlock(name)?;
    let crypto = keys(&wallet, label)?;
    let at_hand: Vec<PublicKey> = crypto.public_keys();
    if transaction.roles_of(&at_hand).is_empty() {
        let message = format!("no key of the wallet {name} may sign this transaction; nothing was signed");
        return Err(Failure::new(Code::NotASigner, message)
            .advice("`faic wallet show` lists the keys that may, and `faic wallet public-key` those of a wallet"));
    }
    command.warn(&keystore, &wallet, &transaction, output)?;
    if !command.yes && output.confirm("Sign this?")? == Confirmed::No {
        return Err(Failure::new(Code::NotConfirmed, "nothing was signed, because it was not confirmed"));
    }
    if transaction.sign(&crypto)?.is_empty() {
        let message = format!("the wallet {name} has signed already, or all signatures are there");
        return Err(Failure::new(Code::NothingToDo, message).advice("`faic wallet show` tells who has signed"));
    }
    command.output.write(&transaction, &names, output)
}

impl Sign {
    /// Points out what a signer may overlook: receivers that look like others, and that the account changes hands; where
    /// nobody is asked, it is refused.
    fn warn(
        &self,
        keystore: &Keystore,
        wallet: &UnlockedWallet,
        transaction: &PartiallySignedTransaction,
        output: Output,
    ) -> Result<(), Failure> {
        let receivers = transaction.transaction().action.outputs().iter().map(|output| output.to);
        self.caution.check_signed(keystore, wallet, receivers, !self.yes, output)?;
        let Some(finding) = takeover::finding(transaction, &keys(wallet, None)?.public_keys()) else { return Ok(()) };
        if self.yes && !self.allow_takeover {
            return Err(Failure::new(Code::AccountTakeover, format!("{finding}; nothing was signed"))
                .advice("add --allow-takeover if that is meant"));
        }
        output.note(&format!("warning: {finding}"));
        Ok(())
    }

    /// Refuses a fee above the user's limit, which whoever built the transaction may have set to anything.
    fn check_fee(&self, fee: Amount) -> Result<(), Failure> {
        if fee <= self.fee_max {
            return Ok(());
        }
        let message = format!("the fee is {fee} FAIC, more than {} FAIC; nothing was signed", self.fee_max);
        Err(Failure::new(Code::FeeOverLimit, message).advice("allow it with --fee-max if it is meant"))
    }
}

/// Refuses a transaction of another network than the wallet's.
fn check_network(entry: &WalletEntry, transaction: &PartiallySignedTransaction) -> Result<(), Failure> {
    let (here, there) = (entry.network, transaction.network());
    if here == there {
        return Ok(());
    }
    let message = format!(
        "the transaction belongs to the {there} network, the wallet {} to the {here} network; nothing was signed",
        entry.name
    );
    Err(Failure::new(Code::OtherNetwork, message))
}

/// Every key that an account of the wallet has or had.
fn keys(wallet: &UnlockedWallet, label: Option<&AccountLabel>) -> Result<BasicCrypto, Failure> {
    let accounts = match label {
        None => wallet.entry.accounts.clone(),
        Some(_) => vec![selection::opened(wallet, label)?.clone()],
    };
    let keys = accounts.iter().flat_map(|account| wallet.candidates(account)).map(|candidate| candidate.key);
    Ok(BasicCrypto { key_manager: KeyManager::from_iter(keys) })
}

/// How the accounts of wallets with keys are called: a watched address, which anybody who may write into the folder can put
/// there under any name, is not to make a receiver look familiar.
fn own_names(keystore: &Keystore) -> Result<Names, Failure> {
    let wallets = keystore.list()?.wallets.into_iter().filter(|wallet| !wallet.watch_only);
    Ok(names_of(wallets))
}

/// How the accounts of the keystore are called.
pub(super) fn names(keystore: &Keystore) -> Result<Names, Failure> {
    Ok(names_of(keystore.list()?.wallets))
}

/// How the accounts of these wallets are called.
fn names_of(wallets: impl IntoIterator<Item = WalletEntry>) -> Names {
    let accounts = wallets.into_iter().flat_map(|wallet| Account::all(&wallet));
    Names(accounts.filter_map(|account| Some((account.address, account.name?))).collect())
}
