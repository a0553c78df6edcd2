//! `faic validator`: what the machine of a validator's node does for the one who bonds.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use faic_core::Address;
use faic_node::data_folder::Seat;
use serde::Serialize;

use crate::{
    failure::{Context, Failure},
    folders,
    output::{Answer, Output, fields},
};

/// What can be done with a validator key.
#[derive(Debug, Subcommand)]
pub(crate) enum Validator {
    /// Sign, with the validator key of a data folder, that an account may bond with it. The node may be running.
    Possession(PossessionCommand),
}

/// The options of a proof of possession.
#[derive(Debug, Args)]
pub(crate) struct PossessionCommand {
    /// The node's data folder [default: the user's, such as ~/.local/share/faic/node].
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,

    /// The account that will bond: its money is at stake, and it receives the fees.
    #[arg(long, value_name = "ADDRESS")]
    operator: String,
}

/// A proof that the operator may bond with the key.
#[derive(Serialize)]
struct PossessionAnswer {
    /// The only chain on which it holds.
    chain_id: String,
    /// The only account that may use it.
    operator: String,
    /// The public half of the validator key.
    key: String,
    /// The signature.
    possession: String,
}

impl Answer for PossessionAnswer {
    fn to_text(&self) -> String {
        let facts = fields(&[
            ("chain", self.chain_id.clone()),
            ("operator", self.operator.clone()),
            ("key", self.key.clone()),
            ("possession", self.possession.clone()),
        ]);
        format!(
            "{facts}\nNo secret is shown here. Bond where the operator's wallet is:\n\
             \x20 faic wallet bond WALLET AMOUNT --key {} --possession {}\n",
            self.key, self.possession
        )
    }
}

/// Does what a command about a validator key asks.
///
/// # Errors
/// A failure that says in one line what went wrong and what to do.
pub(crate) fn run(command: &Validator, output: Output) -> Result<(), Failure> {
    match command {
        Validator::Possession(command) => sign(command, output),
    }
}

/// Signs and prints the proof.
fn sign(command: &PossessionCommand, output: Output) -> Result<(), Failure> {
    let path = command.data_dir.clone().map_or_else(folders::node, Ok)?;
    let seat = Seat::read(&path)?;
    let genesis = seat.genesis();
    let operator =
        Address::parse(&command.operator, genesis.network).context("--operator").map_err(Failure::into_usage)?;
    output.show(&PossessionAnswer {
        chain_id: genesis.chain_id.to_string(),
        operator: operator.encode(genesis.network),
        key: seat.key().to_string(),
        possession: hex::encode(seat.sign_possession(operator)?.as_bytes()),
    })
}
