//! `faic validators`: who decides the blocks, and who has money at stake.

use clap::Args;
use faic_core::{Amount, Height};

use super::target::NodeOption;
use crate::{
    client::{CandidateItem, ValidatorItem, ValidatorsAnswer},
    failure::Failure,
    output::{Answer, Column, Output, table},
};

/// The options of the list.
#[derive(Debug, Args)]
pub(crate) struct Validators {
    /// The height that the validators decide [default: the next one].
    #[arg(long, value_name = "HEIGHT")]
    height: Option<Height>,

    /// Which node is asked.
    #[command(flatten)]
    node: NodeOption,
}

impl Answer for ValidatorsAnswer {
    fn to_text(&self) -> String {
        let voting = self.validators.iter().map(|validator| {
            let candidate = self.candidates.iter().find(|candidate| candidate.operator == validator.operator);
            let standing = candidate.map_or_else(|| "votes".to_owned(), |candidate| standing(candidate, "votes"));
            [
                validator.key.clone(),
                validator.operator.clone(),
                validator.stake.to_string(),
                share(validator, self.total_stake),
                standing,
            ]
        });
        let votes = |candidate: &&CandidateItem| {
            self.validators.iter().any(|validator| validator.operator == candidate.operator)
        };
        let others = self.candidates.iter().filter(|candidate| !votes(candidate)).map(|candidate| {
            [
                candidate.key.clone(),
                candidate.operator.clone(),
                candidate.stake.to_string(),
                "-".to_owned(),
                standing(candidate, "does not vote"),
            ]
        });
        let rows = voting.chain(others);
        let table = table(
            ["key", "operator", "stake (FAIC)", "share", "standing now"],
            [Column::Id, Column::Id, Column::Number, Column::Number, Column::Text],
            rows,
        );
        format!("These validators decide height {}:\n{table}", self.height)
    }
}

/// The share of a validator in the votes and the fees, to a tenth of a percent.
fn share(validator: &ValidatorItem, total: Amount) -> String {
    let (stake, total) = (u128::from(validator.stake.nano()), u128::from(total.nano()));
    let permille = stake.saturating_mul(1_000).checked_div(total).unwrap_or_default();
    format!("{}.{} %", permille / 10, permille % 10)
}

/// How a candidate stands, in words; `active` is what one in good standing does.
fn standing(candidate: &CandidateItem, active: &str) -> String {
    let mut words = match (candidate.status.as_str(), candidate.since) {
        ("active", _) => active.to_owned(),
        (status, Some(since)) => format!("{status} since height {since}"),
        (status, None) => status.to_owned(),
    };
    if candidate.absent_blocks > 0 {
        words += &format!(", missed {} blocks in a row", candidate.absent_blocks);
    }
    for entry in &candidate.unbonding {
        words += &format!(", {} FAIC bound until height {} at least", entry.amount, entry.release);
    }
    words
}

/// Prints the validators.
///
/// # Errors
/// A failure that says in one line what went wrong and what to do.
pub(crate) fn run(command: &Validators, output: Output) -> Result<(), Failure> {
    output.show(&command.node.client().validators(command.height)?)
}

#[cfg(test)]
mod tests;
