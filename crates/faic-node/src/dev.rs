//! The development networks: one validator or several, a faucet and five rich accounts, the same on every machine.
//!
//! Everything here is PUBLIC: every key derives from a mnemonic that everybody knows, so nothing on this network is worth
//! anything. Its keys are those of [`Network::Dev`], and its chain id is bound into every signature, so nothing signed here
//! is good anywhere else.

use std::path::Path;

use faic_core::{
    Address, Amount, Authority, ChainId, Network, SecretKey,
    block::{Validator, ValidatorSet},
    derivation::{AccountPath, derive_account_key},
    mnemonic::{Mnemonic, Seed},
};
use faic_ledger::{Genesis, genesis::Parameters};

use crate::{
    data_folder::{DataFolder, DataFolderError},
    secret_file::SecretFileError,
};

/// The name of the development network's chain.
pub const CHAIN_ID: &str = "faic-dev";
/// The most validators that a development network is made with.
pub const VALIDATORS_MAX: u8 = 32;
/// The PUBLIC mnemonic of every key of the development network. Never send anything of worth to it.
pub const PUBLIC_MNEMONIC: &str = "test test test test test test test test test test test junk";
/// How many accounts have money from the beginning; they are `m/44'/1'/0'/0'/0'` to `m/44'/1'/0'/0'/4'`.
pub const ACCOUNTS: u32 = 5;
/// The account in the derivation path of the rich accounts.
const RICH: u32 = 0;
/// The account in the derivation path of the faucet.
const FAUCET: u32 = 1;
/// The account in the derivation path of the first validator: index 0 receives its fees, index 1 votes. The others have
/// the accounts after it.
const VALIDATOR: u32 = 2;
/// The time of height 0: 2026-01-01 00:00:00 UTC, in milliseconds since 1970-01-01 UTC.
const TIME_MS: u64 = 1_767_225_600_000;

/// An account of the development network; its key is public.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DevAccount {
    /// The derivation path of its key, such as `m/44'/1'/0'/0'/3'`.
    pub path: String,
    /// Its address.
    pub address: Address,
    /// What it has from the beginning.
    pub balance: Amount,
}

/// The accounts that have money from the beginning, without the faucet.
pub fn accounts() -> Vec<DevAccount> {
    let seed = public_seed();
    (0..ACCOUNTS).map(|index| account(&seed, RICH, index, 1_000_000)).collect()
}

/// The account from which the faucet pays.
pub fn faucet() -> DevAccount {
    account(&public_seed(), FAUCET, 0, 100_000_000)
}

/// The document with which the development network of one validator begins; always the same.
pub fn genesis() -> Genesis {
    genesis_of(1)
}

/// The document with which a development network of so many validators begins, of equal stake; always the same for the
/// same number, from 1 to [`VALIDATORS_MAX`].
///
/// # Panics
/// For no validator.
pub fn genesis_of(validators: u8) -> Genesis {
    let seed = public_seed();
    let validator = |number: u8| Validator {
        key: validator_key(&seed, number).public_key(),
        operator: account(&seed, VALIDATOR.saturating_add(u32::from(number)), 0, 0).address,
        stake: faic(1_000_000),
    };
    let chain_id = if validators == 1 { CHAIN_ID.to_owned() } else { format!("{CHAIN_ID}-{validators}") };
    let mut balances: Vec<_> =
        accounts().into_iter().chain([faucet()]).map(|account| (account.address, account.balance)).collect();
    balances.sort();
    Genesis {
        chain_id: ChainId::new(chain_id).expect("a constant and a number are a chain id"),
        network: Network::Dev,
        time_ms: TIME_MS,
        validators: ValidatorSet::new((0..validators).map(validator).collect()).expect("distinct keys with stake"),
        balances,
        parameters: Parameters::default(),
    }
}

/// Makes the folder at `path`, or the data folder that is there, one of the development network.
///
/// # Errors
/// Those of [`prepare`], and of [`DataFolder::open`].
pub fn prepare_at(path: &Path) -> Result<(), PrepareError> {
    prepare(&DataFolder::open(path)?)
}

/// Makes a data folder one of the development network: its genesis, the validator's key and the faucet's.
///
/// # Errors
/// [`PrepareError`] when the folder belongs to another chain or can't be written to.
pub fn prepare(folder: &DataFolder) -> Result<(), PrepareError> {
    prepare_member(folder, &genesis(), 0)
}

/// Makes a data folder that of one validator, numbered from 0, of a development network that begins with `genesis`, as
/// [`genesis_of`] makes it; the first also has the faucet, which one node alone may pay from.
///
/// # Errors
/// [`PrepareError`] when the folder belongs to another chain or can't be written to.
pub fn prepare_member(folder: &DataFolder, genesis: &Genesis, number: u8) -> Result<(), PrepareError> {
    folder.bind(genesis)?;
    let seed = public_seed();
    folder.put_validator_key(&validator_key(&seed, number))?;
    if number == 0 {
        folder.put_faucet_key(&key(&seed, FAUCET, 0))?;
    }
    Ok(())
}

/// The key with which a validator votes.
fn validator_key(seed: &Seed, number: u8) -> SecretKey {
    key(seed, VALIDATOR.saturating_add(u32::from(number)), 1)
}

/// Why a data folder can't be one of the development network.
#[derive(Debug, thiserror::Error)]
pub enum PrepareError {
    /// The folder can't be used.
    #[error(transparent)]
    DataFolder(#[from] DataFolderError),
    /// A key can't be kept.
    #[error(transparent)]
    Key(#[from] SecretFileError),
}

/// The seed of the public mnemonic, without a passphrase.
fn public_seed() -> Seed {
    Mnemonic::parse(PUBLIC_MNEMONIC).expect("the constant is a mnemonic").to_seed("")
}

/// The key at an account and an index of the development network's paths.
fn key(seed: &Seed, account: u32, index: u32) -> SecretKey {
    derive_account_key(seed, Network::Dev, path(account, index))
}

/// The account that begins with the key at an account and an index.
fn account(seed: &Seed, account: u32, index: u32, balance: u64) -> DevAccount {
    let address = Authority::single(key(seed, account, index).public_key()).address();
    DevAccount { path: path(account, index).on(Network::Dev).to_string(), address, balance: faic(balance) }
}

/// A path with small numbers.
fn path(account: u32, index: u32) -> AccountPath {
    AccountPath::new(account, index).expect("small numbers fit a hardened path")
}

/// So many FAIC.
fn faic(faic: u64) -> Amount {
    Amount::from_faic(faic).expect("the development network's amounts are below the supply")
}

#[cfg(test)]
mod tests;
