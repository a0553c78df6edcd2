//! `faic wallet`: a wallet whose keys never leave this machine.
//!
//! Keys lie encrypted in the command line's own keystore; a node is only asked how things stand and given signed
//! transactions. Not to be confused with the wallets that a node keeps for its own API.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use faic_core::{
    Address, Network,
    address::AddressError,
    keystore::{AccountEntry, AccountLabel, Keystore, UnlockedWallet, WalletEntry},
};

use super::target::NodeOption;
use crate::{
    client::{AccountAnswer, Client, ClientError, NodeUrl, Status},
    failure::{Context, Failure},
    folders, interruption,
    output::Output,
    trust::Trust,
};

mod account;
mod address;
mod backup;
mod balance;
mod book;
mod build;
mod change;
mod combine;
mod discovery;
mod governance;
mod history;
mod import;
mod import_web3;
mod list;
mod look_alike;
mod made;
mod message;
mod multisig;
mod new;
mod pages;
mod password;
mod pay;
mod payment;
mod pending;
mod public_key;
mod qr_code;
mod receivers;
mod refusal;
mod remove;
mod rename;
mod request;
mod resume;
mod rotate;
mod selection;
mod send;
mod send_many;
mod settings;
mod settling;
mod show;
mod sign;
mod sponsor;
mod stake;
mod submit;
mod transaction;
mod transaction_file;
mod turn;
mod unlock;
mod watch;

use selection::WalletArgument;

/// What can be done with wallets.
#[derive(Debug, Subcommand)]
pub(crate) enum Wallet {
    /// Make a wallet and show its mnemonic, once.
    New(new::New),
    /// Make a wallet from the mnemonic of another one, of any program that follows BIP-39 and SLIP-0010.
    Import(import::Import),
    /// Make a wallet of a key file of another program: Web3 Secret Storage, version 3.
    ImportWeb3(import_web3::ImportWeb3),
    /// List the wallets with their addresses.
    List(list::List),
    /// Show the address of an account, for whoever wants to pay it.
    Address(address::ShowAddress),
    /// Show what wallets or addresses have.
    Balance(balance::Balance),
    /// Pay from a wallet, and wait until the payment is final.
    Send(send::Send),
    /// Pay a file of payments, up to 100,000, and go on where an earlier run ended.
    SendMany(send_many::SendMany),
    /// Go on with transactions that were interrupted: tell what became of them, and send those again that wait.
    Resume(resume::Resume),
    /// Ask to be paid: a text, and a QR code of it, that another wallet can pay.
    Request(request::Request),
    /// Pay what somebody asks for with a payment request, and wait until the payment is final.
    Pay(pay::Pay),
    /// Change what the ledger keeps of a wallet's account, and wait until the change is final.
    Settings(settings::Settings),
    /// Put money of a wallet at stake, so that a validator key votes.
    Bond(stake::Bond),
    /// Take money out of the stake; it can be withdrawn after the unbonding period.
    Unbond(stake::Unbond),
    /// Move money whose unbonding period has passed to the wallet's balance.
    Withdraw(stake::Plain),
    /// Let the wallet's validator, which was jailed for its absence, vote again.
    Unjail(stake::Plain),
    /// Show the payments of a wallet or an address, and its other transactions, newest first.
    History(history::History),
    /// Add accounts to a wallet, find those that were used, name them, or list them.
    #[command(subcommand)]
    Account(account::AccountCommand),
    /// Keep the names of those whom a wallet pays, encrypted with the wallet.
    #[command(subcommand)]
    Book(book::Book),
    /// Keep an address to look at, without keys.
    Watch(watch::Watch),
    /// Give a wallet another name.
    Rename(rename::Rename),
    /// Take a wallet away from this machine.
    Remove(remove::Remove),
    /// Change the password of a wallet.
    Password(password::Password),
    /// Write a wallet into a file that only its password opens.
    Backup(backup::Backup),
    /// Make a wallet of a backup.
    Restore(backup::Restore),
    /// Show the mnemonic of a wallet once more.
    Mnemonic(backup::ShowMnemonic),
    /// Give an account new keys; its address stays.
    Rotate(rotate::Rotate),
    /// Build a transaction that others sign, such as a machine without a network; needs no key.
    Build(Box<build::Build>),
    /// Show what a transaction says that is to be signed, and who has signed it.
    Show(show::Show),
    /// Sign a transaction that was built elsewhere; needs no node.
    Sign(sign::Sign),
    /// Put the signatures of several into one file; needs no node.
    Combine(combine::Combine),
    /// Send a transaction that was signed elsewhere, and wait until it is final.
    Submit(submit::Submit),
    /// Keep an account that several keys govern, of which some must sign.
    Multisig(multisig::Multisig),
    /// Show the public key of an account, for those who share one with it or build transactions for it.
    PublicKey(public_key::ShowPublicKey),
    /// Sign a message, so that others see who wrote it; it pays nothing and needs no node.
    SignMessage(message::SignMessage),
    /// Check who signed a message.
    VerifyMessage(message::VerifyMessage),
}

/// Does what a wallet command asks.
///
/// # Errors
/// A failure that says in one line what went wrong and what to do.
pub(crate) fn run(command: Wallet, output: Output) -> Result<(), Failure> {
    interruption::catch()?.heed(output);
    match command {
        Wallet::New(command) => new::run(&command, output),
        Wallet::Import(command) => import::run(&command, output),
        Wallet::ImportWeb3(command) => import_web3::run(&command, output),
        Wallet::List(command) => list::run(&command, output),
        Wallet::Address(command) => address::run(&command, output),
        Wallet::Balance(command) => balance::run(&command, output),
        Wallet::Send(command) => send::run(&command, output),
        Wallet::SendMany(command) => send_many::run(&command, output),
        Wallet::Resume(command) => resume::run(&command, output),
        Wallet::Request(command) => request::run(&command, output),
        Wallet::Pay(command) => pay::run(&command, output),
        Wallet::Settings(command) => settings::run(&command, output),
        Wallet::Bond(command) => stake::bond(&command, output),
        Wallet::Unbond(command) => stake::unbond(&command, output),
        Wallet::Withdraw(command) => stake::withdraw(&command, output),
        Wallet::Unjail(command) => stake::unjail(&command, output),
        Wallet::History(command) => history::run(&command, output),
        Wallet::Account(command) => account::run(&command, output),
        Wallet::Book(command) => book::run(&command, output),
        Wallet::Watch(command) => watch::run(&command, output),
        Wallet::Rename(command) => rename::run(&command, output),
        Wallet::Remove(command) => remove::run(&command, output),
        Wallet::Password(command) => password::run(&command, output),
        Wallet::Backup(command) => backup::backup(&command, output),
        Wallet::Restore(command) => backup::restore(&command, output),
        Wallet::Mnemonic(command) => backup::show_mnemonic(&command, output),
        Wallet::Rotate(command) => rotate::run(&command, output),
        Wallet::Build(command) => build::run(&command, output),
        Wallet::Show(command) => show::run(&command, output),
        Wallet::Sign(command) => sign::run(&command, output),
        Wallet::Combine(command) => combine::run(&command, output),
        Wallet::Submit(command) => submit::run(&command, output),
        Wallet::Multisig(command) => multisig::run(&command, output),
        Wallet::PublicKey(command) => public_key::run(&command, output),
        Wallet::SignMessage(command) => message::sign(&command, output),
        Wallet::VerifyMessage(command) => message::verify(&command, output),
    }
}

/// Where the wallets are.
#[derive(Debug, Args)]
struct KeystoreOption {
    /// The folder of the wallets [default: the user's data folder, such as ~/.local/share/faic/wallets].
    #[arg(long, value_name = "DIR", env = "FAIC_KEYSTORE", hide_env_values = true)]
    keystore: Option<PathBuf>,
}

impl KeystoreOption {
    /// Opens the keystore, which is made where it is not there.
    fn open(&self) -> Result<Keystore, Failure> {
        let folder = self.folder()?;
        Keystore::open(&folder).context(folder.display())
    }

    /// The folder.
    fn folder(&self) -> Result<PathBuf, Failure> {
        self.keystore.clone().map_or_else(folders::wallets, Ok)
    }
}

/// An account that a command names: by its address, or by a wallet of the keystore.
#[derive(Debug, Clone)]
struct Account {
    /// How it is called, where it is one of the keystore's or stands in an address book.
    name: Option<String>,
    /// The network of its address.
    network: Network,
    /// Its address.
    address: Address,
}

impl From<WalletEntry> for Account {
    /// The first account of a wallet.
    fn from(entry: WalletEntry) -> Self {
        Self { name: Some(entry.name.to_string()), network: entry.network, address: entry.address }
    }
}

impl Account {
    /// All accounts of a wallet.
    fn all(entry: &WalletEntry) -> Vec<Self> {
        entry.accounts.iter().map(|account| Self::of(entry, account)).collect()
    }

    /// An account of a wallet that is not opened.
    fn of(entry: &WalletEntry, account: &AccountEntry) -> Self {
        Self { name: Some(entry.label(account)), network: entry.network, address: account.address }
    }

    /// An account of a wallet that was opened, called by its name where it has one.
    fn of_opened(wallet: &UnlockedWallet, account: &AccountEntry) -> Self {
        Self { name: Some(wallet.label(account)), network: wallet.entry.network, address: account.address }
    }

    /// The account of an address, of a wallet's name, or of `wallet/number`.
    ///
    /// # Errors
    /// A failure of usage for a text that is no address and no name; others for a wallet that does not exist, and for the
    /// name of an account, which is sealed.
    fn find(keystore: &Keystore, text: &str) -> Result<Self, Failure> {
        Self::find_labelled(keystore, text, None)
    }

    /// The account of such a text, or the one that `--account` names of the wallet which the text names.
    ///
    /// # Errors
    /// Those of [`Account::find`].
    fn find_labelled(keystore: &Keystore, text: &str, option: Option<&AccountLabel>) -> Result<Self, Failure> {
        if Address::is_begun_by(text) {
            let (network, address) = Address::parse_any(text).map_err(|error| bad_address(text, error))?;
            return match option {
                None => Ok(Self { name: None, network, address }),
                Some(_) => Err(Failure::usage("an address is one account; leave out --account")),
            };
        }
        let argument: WalletArgument = text.parse().map_err(|error| selection::no_account(text, error))?;
        let entry = keystore.find(&argument.wallet)?;
        Ok(Self::of(&entry, selection::listed(&entry, argument.label(option)?)?))
    }

    /// Refuses an account of another network than the node's.
    ///
    /// # Errors
    /// [`ClientError::OtherNetwork`].
    fn check_network(&self, status: &Status, node: &NodeUrl) -> Result<(), ClientError> {
        if status.network == self.network {
            return Ok(());
        }
        Err(ClientError::OtherNetwork { node: node.clone(), found: status.network, expected: self.network })
    }

    /// The account as of the node's newest block: proved, or as the node says where nothing is checked.
    ///
    /// # Errors
    /// A failure that says what did not match.
    fn read(&self, client: &Client, trust: Option<&Trust>) -> Result<AccountAnswer, Failure> {
        let Some(trust) = trust else { return Ok(client.account(&self.address, self.network)?) };
        let answer = client.proved_account(&self.address, self.network)?;
        let proof = answer.proof.as_ref().ok_or(ClientError::NoProof)?;
        let (account, height) = trust.account(client, proof, &self.address)?;
        Ok(answer.proved(&account, height)?)
    }

    /// The address as text.
    fn text(&self) -> String {
        self.address.encode(self.network)
    }
}

/// The failure of a text that is not an address.
fn bad_address(text: &str, error: AddressError) -> Failure {
    Failure::from(error).context(format!("{text:.80}")).of_argument()
}
