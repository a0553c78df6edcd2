//! `faic audit`: reads everything in a stopped node's ledger and checks that it fits together.

use std::path::PathBuf;

use clap::Args;
use faic_node::audit::{Audit, audit};
use serde::Serialize;

use crate::{
    failure::{Context, Failure},
    output::{Answer, Output, fields},
};

/// The options of an audit.
#[derive(Debug, Args)]
pub(crate) struct AuditCommand {
    /// The data folder of the stopped node.
    #[arg(long, value_name = "DIR")]
    data_dir: PathBuf,
}

/// What was found to be right.
#[derive(Serialize)]
struct AuditAnswer {
    /// The height of the last block.
    height: u64,
    /// How many accounts there are.
    accounts: u64,
    /// How many transactions are final.
    transactions: u64,
    /// The sum of all balances, in nano.
    balances: String,
    /// The sum of all stakes, in nano.
    stakes: String,
    /// The sum of all that is on its way back from stake, in nano.
    unbonding: String,
    /// The lines for people.
    #[serde(skip)]
    text: String,
}

impl Answer for AuditAnswer {
    fn to_text(&self) -> String {
        format!("Everything fits together, and no money was made or lost.\n\n{}", self.text)
    }
}

/// Audits the ledger.
///
/// # Errors
/// A failure that names the first thing that does not fit.
pub(crate) fn run(command: &AuditCommand, output: Output) -> Result<(), Failure> {
    let Audit { height, accounts, balances, stakes, unbonding, transactions } =
        audit(&command.data_dir).context("the audit failed")?;
    let text = fields(&[
        ("height", height.to_string()),
        ("accounts", accounts.to_string()),
        ("transactions", transactions.to_string()),
        ("balances", format!("{balances} FAIC")),
        ("stakes", format!("{stakes} FAIC")),
        ("unbonding", format!("{unbonding} FAIC")),
    ]);
    output.show(&AuditAnswer {
        height,
        accounts,
        transactions,
        balances: balances.nano().to_string(),
        stakes: stakes.nano().to_string(),
        unbonding: unbonding.nano().to_string(),
        text,
    })
}
