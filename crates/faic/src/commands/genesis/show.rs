//! `faic genesis show`: everything in a document.

use std::path::Path;

use faic_node::genesis::Genesis;
use serde::Serialize;

use super::Summary;
use crate::{
    failure::Failure,
    genesis_document,
    output::{Answer, Output, table},
};

/// Everything in a document.
#[derive(Serialize)]
struct ShowAnswer {
    /// The document in short.
    #[serde(flatten)]
    summary: Summary,
    /// The validators, by key.
    validator_set: Vec<ValidatorItem>,
    /// The accounts that have money, by address.
    balances: Vec<BalanceItem>,
}

/// A validator of the first block.
#[derive(Serialize)]
struct ValidatorItem {
    /// The key that votes.
    key: String,
    /// The address that receives the fees.
    operator: String,
    /// Its stake, in nano.
    stake: String,
    /// Its stake, for people.
    #[serde(skip)]
    stake_faic: String,
}

/// An account that has money.
#[derive(Serialize)]
struct BalanceItem {
    /// Its address.
    address: String,
    /// What it has, in nano.
    balance: String,
    /// What it has, for people.
    #[serde(skip)]
    balance_faic: String,
}

impl Answer for ShowAnswer {
    fn to_text(&self) -> String {
        let validators = self.validator_set.iter();
        let validators = validators.map(|item| [item.key.clone(), item.operator.clone(), item.stake_faic.clone()]);
        let balances = self.balances.iter().map(|item| [item.address.clone(), item.balance_faic.clone()]);
        format!(
            "{}\n{}\n{}",
            self.summary.text(),
            table(["validator key", "operator", "stake (FAIC)"], &[2], validators),
            table(["address", "balance (FAIC)"], &[1], balances),
        )
    }
}

/// Prints the document.
///
/// # Errors
/// A failure that names what is wrong with it.
pub(super) fn run(file: &Path, output: Output) -> Result<(), Failure> {
    output.show(&answer(&genesis_document::read(file)?)?)
}

/// The answer for a document.
fn answer(genesis: &Genesis) -> Result<ShowAnswer, Failure> {
    let network = genesis.network;
    let validators = genesis.validators.iter().map(|validator| ValidatorItem {
        key: validator.key.to_string(),
        operator: validator.operator.encode(network),
        stake: validator.stake.nano().to_string(),
        stake_faic: validator.stake.to_string(),
    });
    let balances = genesis.balances.iter().map(|(address, balance)| BalanceItem {
        address: address.encode(network),
        balance: balance.nano().to_string(),
        balance_faic: balance.to_string(),
    });
    Ok(ShowAnswer { summary: Summary::of(genesis)?, validator_set: validators.collect(), balances: balances.collect() })
}
