//! `faic wallet settings`: changes what the ledger keeps of a wallet's account.

use clap::{Args, ValueEnum};
use faic_core::{Amount, transaction::Action};
use serde::Serialize;

use super::{
    WalletArgument,
    change::Change,
    transaction::{Kind, Sender, Sent, TransactionOptions},
};
use crate::{
    failure::{Code, Failure},
    output::{Answer, Output},
};

/// The options of a change.
#[derive(Debug, Args)]
pub(crate) struct Settings {
    /// The wallet whose account is changed, or WALLET/ACCOUNT for another account than the first.
    #[arg(value_name = "WALLET")]
    wallet: WalletArgument,

    /// Whether every payment to the wallet must carry a memo from now on; others are refused.
    #[arg(long, value_name = "SWITCH")]
    memo_required: Switch,

    /// How it is made.
    #[command(flatten)]
    transaction: TransactionOptions,
}

/// Whether something is so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Switch {
    /// It is.
    On,
    /// It is not.
    Off,
}

impl Switch {
    /// What it is for people.
    const fn name(self) -> &'static str {
        match self {
            Self::On => "on",
            Self::Off => "off",
        }
    }
}

/// The answer to a change.
#[derive(Serialize)]
struct SettingsAnswer {
    /// The transaction.
    #[serde(flatten)]
    sent: Sent,
    /// Whether payments to the account must carry a memo.
    memo_required: bool,
    /// The same for people.
    #[serde(skip)]
    switch: Switch,
}

impl Answer for SettingsAnswer {
    fn to_text(&self) -> String {
        self.sent.to_text(Kind::Change, vec![("memo required", self.switch.name().to_owned())])
    }
}

/// Changes the account.
///
/// # Errors
/// A failure that says in one line what went wrong, and whether anything was sent.
pub(crate) fn run(command: &Settings, output: Output) -> Result<(), Failure> {
    let switch = command.memo_required;
    let memo_required = switch == Switch::On;
    let moment = Sender::find(&command.transaction, &command.wallet, Kind::Change)?.ask(output)?;
    if moment.account.memo_required == memo_required {
        let message = format!("memo-required is {} already; nothing was sent", switch.name());
        return Err(Failure::new(Code::NothingToDo, message));
    }
    let action = Action::SetAccount { authority: None, memo_required: Some(memo_required) };
    let facts = vec![("memo required", switch.name().to_owned())];
    let sent = moment.change(&Change { action, spent: Amount::ZERO, facts }, output)?;
    moment.show(&SettingsAnswer { sent, memo_required, switch }, output)
}
