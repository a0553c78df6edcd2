//! `faic genesis`: the document that a network begins with.
//!
//! Needs no node. The id is a hash of what the document means, so everybody who joins a network compares it.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use faic_node::genesis::Genesis;
use serde::Serialize;

use crate::{
    failure::Failure,
    output::{Output, fields},
};

mod check;
mod new;
mod show;

/// What can be done with genesis documents.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make a document from options.
    New(new::New),
    /// Check a document and print its id and its supply.
    Check(DocumentArgument),
    /// Show everything in a document.
    Show(DocumentArgument),
}

/// The document that a command is about.
#[derive(Debug, Args)]
pub(crate) struct DocumentArgument {
    /// The document, in TOML or JSON.
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// Does what a genesis command asks.
///
/// # Errors
/// A failure that says in one line what went wrong and what to do.
pub(crate) fn run(command: Command, output: Output) -> Result<(), Failure> {
    match command {
        Command::New(command) => new::run(&command, output),
        Command::Check(command) => check::run(&command.file, output),
        Command::Show(command) => show::run(&command.file, output),
    }
}

/// What a document says in short.
#[derive(Serialize)]
pub(super) struct Summary {
    /// The id of the document.
    id: String,
    /// The name of the chain.
    chain_id: String,
    /// The kind of network.
    network: String,
    /// The time of height 0, in milliseconds since 1970-01-01 UTC.
    time_ms: u64,
    /// All the money there is, in nano.
    supply: String,
    /// The sum of the stakes, in nano.
    stake: String,
    /// How many validators there are.
    validators: usize,
    /// How many accounts have money.
    accounts: usize,
    /// The least base fee, in nano a byte.
    base_fee_per_byte_min: String,
    /// Most bytes of the transactions of one block.
    block_bytes_max: u32,
    /// The lines for people.
    #[serde(skip)]
    text: String,
}

impl Summary {
    /// What `genesis` says in short.
    ///
    /// # Errors
    /// A failure when the document breaks a rule.
    pub(super) fn of(genesis: &Genesis) -> Result<Self, Failure> {
        let (supply, stake) = (genesis.supply()?, genesis.validators.total_stake());
        let (validators, accounts) = (genesis.validators.iter().len(), genesis.balances.len());
        let text = fields(&[
            ("id", genesis.id().to_string()),
            ("chain", genesis.chain_id.to_string()),
            ("network", genesis.network.to_string()),
            ("time", format!("{} ms since 1970-01-01 UTC", genesis.time_ms)),
            ("supply", format!("{supply} FAIC")),
            ("validators", format!("{validators} with {stake} FAIC at stake")),
            ("accounts", accounts.to_string()),
            ("base fee", format!("at least {} nano a byte", genesis.parameters.base_fee_per_byte_min)),
            ("block size", format!("at most {} bytes", genesis.parameters.block_bytes_max)),
        ]);
        Ok(Self {
            id: genesis.id().to_string(),
            chain_id: genesis.chain_id.to_string(),
            network: genesis.network.to_string(),
            time_ms: genesis.time_ms,
            supply: supply.nano().to_string(),
            stake: stake.nano().to_string(),
            validators,
            accounts,
            base_fee_per_byte_min: genesis.parameters.base_fee_per_byte_min.to_string(),
            block_bytes_max: genesis.parameters.block_bytes_max,
            text,
        })
    }

    /// The lines for people.
    pub(super) fn text(&self) -> &str {
        &self.text
    }
}
