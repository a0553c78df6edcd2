//! `faic wallet bond`, `unbond`, `withdraw`, `unjail`: the money that a wallet has at stake.

use std::path::{Path, PathBuf};

use clap::Args;
use faic_core::{Amount, BasicCrypto, PublicKey, Signature, Verifier, staking::Possession, transaction::Action};
use faic_node::data_folder::Seat;
use serde::Serialize;

use super::{
    WalletArgument,
    change::Change,
    payment::{AmountTextError, parse_amount},
    transaction::{Kind, Moment, Sender, Sent, TransactionOptions},
};
use crate::{
    failure::{Code, Context, Failure},
    output::{Answer, Output},
};

/// The options of a bond.
#[derive(Debug, Args)]
pub(crate) struct Bond {
    /// The wallet whose money is put at stake, and which receives the fees.
    #[arg(value_name = "WALLET")]
    wallet: WalletArgument,

    /// How much, in FAIC, beside what is at stake already; 0 where only the key changes.
    #[arg(value_name = "AMOUNT", value_parser = parse_stake)]
    amount: Amount,

    /// The public half of the validator key, as `faic validator possession` shows it.
    #[arg(long, value_name = "HEX", value_parser = parse_key, requires = "possession", conflicts_with = "data_dir")]
    key: Option<PublicKey>,

    /// The key's signature that this wallet may bond with it, as `faic validator possession` shows it.
    #[arg(long, value_name = "HEX", value_parser = parse_signature, requires = "key")]
    possession: Option<Signature>,

    /// The data folder of the validator's node, where it is on this machine, in place of --key and --possession.
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,

    /// How it is made.
    #[command(flatten)]
    transaction: TransactionOptions,
}

/// Where the proof is that the wallet may bond with a key.
enum Proof<'a> {
    /// In the arguments: the key and its signature.
    Given(PublicKey, Signature),
    /// To be made with the key of a data folder.
    In(&'a Path),
}

impl Bond {
    /// Where its proof is.
    fn proof(&self) -> Result<Proof<'_>, Failure> {
        match (&self.data_dir, self.key, self.possession) {
            (Some(folder), _, _) => Ok(Proof::In(folder)),
            (None, Some(key), Some(possession)) => Ok(Proof::Given(key, possession)),
            (None, _, _) => Err(Failure::usage("a bond needs --key and --possession, or --data-dir")
                .advice("`faic validator possession` on the node's machine shows the first two")),
        }
    }
}

/// The options of an unbond.
#[derive(Debug, Args)]
pub(crate) struct Unbond {
    /// The wallet that gets its money back.
    #[arg(value_name = "WALLET")]
    wallet: WalletArgument,

    /// How much, in FAIC; it can be withdrawn after the chain's unbonding period.
    #[arg(value_name = "AMOUNT", value_parser = parse_amount)]
    amount: Amount,

    /// How it is made.
    #[command(flatten)]
    transaction: TransactionOptions,
}

/// The options of what needs a wallet only.
#[derive(Debug, Args)]
pub(crate) struct Plain {
    /// The wallet that has money at stake.
    #[arg(value_name = "WALLET")]
    wallet: WalletArgument,

    /// How it is made.
    #[command(flatten)]
    transaction: TransactionOptions,
}

/// The answer to a change of what is at stake.
#[derive(Serialize)]
struct StakeAnswer {
    /// The transaction.
    #[serde(flatten)]
    sent: Sent,
    /// What it did.
    action: &'static str,
    /// How much it moved, in nano.
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<String>,
    /// The key that votes.
    #[serde(skip_serializing_if = "Option::is_none")]
    validator_key: Option<String>,
    /// The same for people.
    #[serde(skip)]
    facts: Vec<(&'static str, String)>,
}

impl Answer for StakeAnswer {
    fn to_text(&self) -> String {
        self.sent.to_text(Kind::Change, self.facts.clone())
    }
}

/// Reads an amount of FAIC that may be nothing.
pub(super) fn parse_stake(text: &str) -> Result<Amount, AmountTextError> {
    if text == "0" { Ok(Amount::ZERO) } else { parse_amount(text) }
}

/// Reads a public key.
pub(super) fn parse_key(text: &str) -> Result<PublicKey, String> {
    let mut bytes = [0; 32];
    hex::decode_to_slice(text, &mut bytes).map_err(|_| "a key has 64 hexadecimal digits".to_owned())?;
    PublicKey::from_bytes(bytes).map_err(|error| error.to_string())
}

/// Reads a signature.
pub(super) fn parse_signature(text: &str) -> Result<Signature, String> {
    let mut bytes = [0; 64];
    hex::decode_to_slice(text, &mut bytes).map_err(|_| "a signature has 128 hexadecimal digits".to_owned())?;
    Ok(Signature::from_bytes(bytes))
}

/// Puts money at stake.
///
/// # Errors
/// A failure that says in one line what went wrong, and whether anything was sent.
pub(crate) fn bond(command: &Bond, output: Output) -> Result<(), Failure> {
    let proof = command.proof()?;
    let moment = Sender::find(&command.transaction, &command.wallet, Kind::Change)?.ask(output)?;
    let (key, possession) = match proof {
        Proof::Given(key, possession) => (key, possession),
        Proof::In(folder) => sign_possession(&moment, folder)?,
    };
    let operator = moment.sender.account.address;
    let claim = Possession { chain_id: moment.status.chain_id.clone(), operator, key };
    if !BasicCrypto::default().verify_possession(&claim, &possession) {
        let message = format!(
            "the possession is not the key's signature for {} on {}; nothing was sent",
            moment.sender.account.text(),
            claim.chain_id
        );
        return Err(Failure::new(Code::InvalidTransaction, message)
            .advice("run `faic validator possession` with this address as the --operator"));
    }
    let action = Action::Bond { key, possession, amount: command.amount };
    let facts = vec![("bonds", format!("{} FAIC", command.amount)), ("validator key", key.to_string())];
    show(&moment, Change { action, spent: command.amount, facts }, output)
}

/// Signs with the validator key of a data folder on this machine.
fn sign_possession(moment: &Moment<'_>, folder: &Path) -> Result<(PublicKey, Signature), Failure> {
    let seat = Seat::read(folder).advice("nothing was sent")?;
    let (found, expected) = (&seat.genesis().chain_id, &moment.status.chain_id);
    if found != expected {
        let message = format!(
            "the data folder {} belongs to the chain {found}, the node to {expected}; nothing was sent",
            folder.display()
        );
        return Err(Failure::new(Code::DataFolderOfOtherChain, message).advice("name another folder or another --node"));
    }
    Ok((seat.key(), seat.sign_possession(moment.sender.account.address)?))
}

/// Takes money out of the stake.
///
/// # Errors
/// A failure that says in one line what went wrong, and whether anything was sent.
pub(crate) fn unbond(command: &Unbond, output: Output) -> Result<(), Failure> {
    let facts = vec![("unbonds", format!("{} FAIC", command.amount))];
    let change = Change { action: Action::Unbond { amount: command.amount }, spent: Amount::ZERO, facts };
    let moment = Sender::find(&command.transaction, &command.wallet, Kind::Change)?.ask(output)?;
    show(&moment, change, output)
}

/// Moves money whose unbonding period has passed to the balance.
///
/// # Errors
/// A failure that says in one line what went wrong, and whether anything was sent.
pub(crate) fn withdraw(command: &Plain, output: Output) -> Result<(), Failure> {
    plain(command, Action::Withdraw, ("withdraws", "all that is free".to_owned()), output)
}

/// Lets a jailed validator vote again.
///
/// # Errors
/// A failure that says in one line what went wrong, and whether anything was sent.
pub(crate) fn unjail(command: &Plain, output: Output) -> Result<(), Failure> {
    plain(command, Action::Unjail, ("unjails", "its validator".to_owned()), output)
}

/// Makes a change that needs the wallet only.
fn plain(command: &Plain, action: Action, fact: (&'static str, String), output: Output) -> Result<(), Failure> {
    let moment = Sender::find(&command.transaction, &command.wallet, Kind::Change)?.ask(output)?;
    show(&moment, Change { action, spent: Amount::ZERO, facts: vec![fact] }, output)
}

/// Makes a change and prints what became of it.
fn show(moment: &Moment<'_>, change: Change, output: Output) -> Result<(), Failure> {
    let sent = moment.change(&change, output)?;
    let (amount, validator_key) = match &change.action {
        Action::Bond { key, possession: _, amount } => (Some(*amount), Some(key.to_string())),
        Action::Unbond { amount } => (Some(*amount), None),
        Action::Transfer { .. } | Action::SetAccount { .. } | Action::Withdraw | Action::Unjail => (None, None),
    };
    let amount = amount.map(|amount| amount.nano().to_string());
    moment.show(&StakeAnswer { sent, action: change.action.name(), amount, validator_key, facts: change.facts }, output)
}
