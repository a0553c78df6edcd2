//! `faic wallet send-many`: pays a file of payments, goes on after an interruption, and pays none twice.
//!
//! The payments are divided into transactions of up to 256. Before the first is sent, the wallet's record has the batch,
//! and before each is sent, it has the transaction. One that did not become final is built again only when it is proved
//! that it never will.

use std::path::PathBuf;

use clap::Args;
use faic_core::{Amount, transaction::Output as Payable};
use serde::Serialize;

use super::{
    WalletArgument,
    look_alike::Caution,
    transaction::{Kind, Moment, Sender, TransactionOptions, note_warnings},
    turn::now_ms,
};
use crate::{
    failure::{Code, Context, Failure},
    outbox::{Batch, Progress},
    output::{Answer, Output, counted, fields},
};

mod lines;
mod parts;
mod paying;
mod standing;

use lines::Line;
use parts::{PartState, Parts};

/// How many numbers of lines are shown.
const NUMBERS_SHOWN: usize = 10;

/// The options of many payments.
#[derive(Debug, Args)]
pub(crate) struct SendMany {
    /// The wallet that pays, or WALLET/ACCOUNT for another account than the first.
    #[arg(value_name = "WALLET")]
    from: WalletArgument,

    /// The payments: CSV with a header and the columns to, amount (in FAIC) and memo, which may be left out.
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// Pay every line, also where this file was paid before or was begun and then changed.
    #[arg(long)]
    restart: bool,

    /// What is allowed of the receivers.
    #[command(flatten)]
    caution: Caution,

    /// How it is made.
    #[command(flatten)]
    transaction: TransactionOptions,
}

/// The answer to many payments.
#[derive(Serialize)]
struct SendManyAnswer {
    /// The file.
    file: String,
    /// The chain that it is on.
    chain_id: String,
    /// The address that paid.
    from: String,
    /// How many payments there are.
    payments: usize,
    /// How much they pay, in nano.
    total: String,
    /// What was paid for it, in nano.
    fee: String,
    /// The lines that pay the same as an earlier one.
    duplicate_lines: Vec<u64>,
    /// The transactions, in the order of the lines.
    transactions: Vec<TransactionItem>,
    /// What may be a mistake, where nobody was asked.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
    /// The same for people.
    #[serde(skip)]
    faic: (Amount, Amount),
}

/// One of the transactions.
#[derive(Serialize)]
struct TransactionItem {
    /// Its id.
    id: String,
    /// The height of its block.
    height: u64,
    /// The first line that it pays.
    first_line: u64,
    /// The last line that it pays.
    last_line: u64,
    /// How many payments it makes.
    payments: usize,
    /// How much it pays, in nano.
    amount: String,
    /// The fee, in nano.
    fee: String,
}

impl Answer for SendManyAnswer {
    fn to_text(&self) -> String {
        let (total, fee) = self.faic;
        fields(&[
            ("paid", format!("{total} FAIC to {} of {}", counted(self.payments, "receiver"), self.file)),
            ("transactions", format!("{}, all final", self.transactions.len())),
            ("fee", format!("{fee} FAIC")),
        ])
    }
}

/// Pays the file.
///
/// # Errors
/// A failure that says in one line what went wrong, and how much was paid.
pub(crate) fn run(command: &SendMany, output: Output) -> Result<(), Failure> {
    if command.transaction.leaves() {
        return Err(Failure::usage("many payments are waited for; leave out --no-wait"));
    }
    let sender = Sender::find(&command.transaction, &command.from, Kind::Payment)?;
    // One file at a time: another command, in another lane, would find the same parts unpaid.
    let (outbox, from) = (sender.outbox()?, sender.account.text());
    let client = command.transaction.client();
    let _alone = outbox.lock_batches(client.patience())?;
    let lines = lines::read(&command.file, &sender)?;
    let outputs = lines::outputs(&lines);
    let total = Amount::checked_sum(outputs.iter().map(|output| output.amount)).ok_or_else(|| {
        let message = format!("{}: the payments are more than can exist; nothing was sent", command.file.display());
        Failure::new(Code::InvalidBatch, message).of_argument()
    })?;
    let mut moment = sender.begin(client, output).map_err(|failure| command.explained(&outbox, &from, failure))?;
    let id = Batch::id_of(&moment.status.chain_id, &moment.sender.account.address, &outputs);
    if !command.transaction.despite_undecided() {
        moment.turn.check(moment.sender.name, &moment.account, Some(id))?;
    }
    let chain_id = &moment.status.chain_id;
    let new = Batch::new(id, (chain_id, from), command.path()?, &outputs, total, now_ms());
    let (mut batch, given_up) = command.batch(&moment, new, &outputs)?;
    let mut parts = Parts::of(&moment, &batch, outputs, command.goes_on())?;
    parts.take_note();
    let duplicates = lines::duplicates(&lines);
    note_duplicates(&duplicates, output);
    let payments: Vec<_> = lines.iter().map(|line| line.payment.clone()).collect();
    let strangers = command.caution.check(&moment, &payments, output)?;
    let plan = parts.plan(&moment)?;
    parts.simulate(&moment, &lines)?;
    if moment.asks() && parts.paid() < parts.all() {
        moment.confirm(&plan.question(&moment, command, &parts, &strangers), "Pay these?", output)?;
    }
    for batch in given_up.iter().filter(|batch| batch.progress == Progress::Begun) {
        moment.turn.outbox.write_batch(&batch.given_up())?;
    }
    moment.turn.outbox.write_batch(&batch)?;
    parts.pay(&mut moment, &mut batch, output)?;
    let mut answer = answer(command, &moment, &lines, &parts, total, duplicates);
    answer.warnings = moment.unasked(strangers.summary().into_iter().collect());
    moment.turn.finish(&batch, answer.transactions.iter().map(|item| item.id.clone()).collect())?;
    note_warnings(&answer.warnings, output);
    output.show(&answer).advice(format!("all payments of {} are final", answer.file))
}

impl SendMany {
    /// The whole path of the file, by which it is known again.
    fn path(&self) -> Result<String, Failure> {
        Ok(self.file.canonicalize().context(self.file.display())?.display().to_string())
    }

    /// What goes on with the payments where not all could be made.
    const fn goes_on(&self) -> &'static str {
        if self.restart {
            "the same command without --restart goes on with the others and pays none twice"
        } else {
            "the same command goes on with the others and pays none twice"
        }
    }

    /// The batch to go on with, or a new one, and those of the same file with other payments.
    ///
    /// # Errors
    /// A failure where something was paid before that would be paid twice, unless the user insists.
    fn batch(&self, moment: &Moment<'_>, new: Batch, outputs: &[Payable]) -> Result<(Batch, Vec<Batch>), Failure> {
        let outbox = &moment.turn.outbox;
        moment.turn.check_twins_batches(moment.sender.name, &new, self.restart)?;
        let file = self.file.display();
        let known = outbox.batch(&new.id)?;
        let of_file = outbox.batches()?.into_iter();
        let of_file =
            of_file.filter(|batch| batch.progress != Progress::GivenUp && batch.file == new.file && batch.id != new.id);
        let others: Vec<Batch> = of_file.collect();
        if self.restart {
            return self.again(moment, new, known.as_ref(), others);
        }
        match known {
            Some(batch) if batch.progress == Progress::Begun || moment.turn.is_to_be_proved(&batch)? => {
                Ok((batch.begun(), Vec::new()))
            }
            Some(batch) => {
                let what = match batch.progress {
                    Progress::Paid if batch.file != new.file => {
                        format!("the same payments as in {file} were made before, from {}", batch.file)
                    }
                    Progress::Paid => format!("all payments of {file} were made before"),
                    Progress::GivenUp | Progress::Begun => {
                        format!("{file} was begun and then given up for a changed file")
                    }
                };
                Err(Failure::new(Code::BatchPaid, format!("{what}; nothing was sent"))
                    .advice("--restart pays every line of it once more, if that is meant"))
            }
            None => {
                let begun = others.iter().find(|batch| batch.progress == Progress::Begun);
                match begun.or(others.first()) {
                    Some(other) => Err(self.otherwise(moment, other, &new, outputs)),
                    None => Ok((new, Vec::new())),
                }
            }
        }
    }

    /// The failure of a file that was paid or begun before with other lines, or from another account.
    fn otherwise(&self, moment: &Moment<'_>, other: &Batch, new: &Batch, outputs: &[Payable]) -> Failure {
        let file = self.file.display();
        let is_elsewhere = (&other.chain_id, &other.from) != (&new.chain_id, &new.from);
        let elsewhere =
            if is_elsewhere { format!(" from {} on {}", other.from, other.chain_id) } else { String::new() };
        let is_same = is_elsewhere && other.pays(moment.sender.account.network, outputs);
        match (other.progress, is_same) {
            (Progress::Paid, true) => {
                let message = format!("{file} was paid before{elsewhere}; nothing was sent now");
                Failure::new(Code::BatchPaid, message)
                    .advice(format!("--restart pays every line of it once more, from {}", new.from))
            }
            (Progress::Paid, false) => {
                let message = format!("{file} was paid before with other lines{elsewhere}; nothing was sent now");
                Failure::new(Code::BatchChanged, message).advice(
                    "put further payments into a file of another name; --restart pays every line of this one, also those \
                     that were paid",
                )
            }
            (Progress::Begun | Progress::GivenUp, true) => {
                let message = format!("the payments of {file} were begun{elsewhere}; nothing was sent now");
                Failure::new(Code::BatchPartlyPaid, message).advice(format!(
                    "to go on, name that account; --restart gives them up and pays every line from {}, also those that \
                     were paid",
                    new.from
                ))
            }
            (Progress::Begun | Progress::GivenUp, false) => {
                let message = format!(
                    "{file}, or an address that it names, was changed since its payments were begun{elsewhere}; nothing \
                     was sent now"
                );
                Failure::new(Code::BatchChanged, message).advice(
                    "to go on, restore the file as it was, and put further payments into another file; --restart gives the \
                     earlier one up and pays every line of this one, also those that were paid",
                )
            }
        }
    }
}

impl SendMany {
    /// The batch from its beginning, as the user insists, and those that are given up for it.
    ///
    /// # Errors
    /// A failure where some of it, or of what is given up, may still become final.
    fn again(
        &self,
        moment: &Moment<'_>,
        new: Batch,
        known: Option<&Batch>,
        others: Vec<Batch>,
    ) -> Result<(Batch, Vec<Batch>), Failure> {
        if known.is_some_and(|batch| batch.progress == Progress::Begun) {
            let message = format!("the payments of {} are under way; nothing was sent now", self.file.display());
            return Err(Failure::new(Code::BatchPartlyPaid, message).advice(
                "leave out --restart to go on with them; when all are made, --restart pays every line once more",
            ));
        }
        for id in others.iter().map(|batch| batch.id).chain([new.id]) {
            moment.turn.check_again(moment.sender.name, id)?;
        }
        let round = known.map_or(0, |batch| batch.round.saturating_add(1));
        Ok((new.in_round(round), others))
    }
}

/// Points out lines that pay the same as others.
fn note_duplicates(numbers: &[u64], output: Output) {
    if numbers.is_empty() {
        return;
    }
    let shown: Vec<String> = numbers.iter().take(NUMBERS_SHOWN).map(ToString::to_string).collect();
    let more = if numbers.len() > NUMBERS_SHOWN { ", …" } else { "" };
    let shown = shown.join(", ");
    output.note(&format!("note: lines that pay the same as an earlier line, and are paid as well: {shown}{more}"));
}

/// The answer when all is paid.
fn answer(
    command: &SendMany,
    moment: &Moment<'_>,
    lines: &[Line],
    parts: &Parts,
    total: Amount,
    duplicate_lines: Vec<u64>,
) -> SendManyAnswer {
    let items = lines.chunks(parts::PART_OUTPUTS).zip(&parts.parts).filter_map(|(lines, part)| {
        let PartState::Final { id, height, fee } = part.state else { return None };
        let amount = Amount::checked_sum(lines.iter().map(|line| line.payment.amount))?;
        Some((
            fee,
            TransactionItem {
                id: id.to_string(),
                height,
                first_line: lines.first()?.number,
                last_line: lines.last()?.number,
                payments: lines.len(),
                amount: amount.nano().to_string(),
                fee: fee.nano().to_string(),
            },
        ))
    });
    let (fees, transactions): (Vec<Amount>, Vec<TransactionItem>) = items.unzip();
    let fee = Amount::checked_sum(fees).unwrap_or(Amount::ZERO);
    SendManyAnswer {
        file: command.file.display().to_string(),
        chain_id: moment.status.chain_id.to_string(),
        from: moment.sender.account.text(),
        payments: lines.len(),
        total: total.nano().to_string(),
        fee: fee.nano().to_string(),
        duplicate_lines,
        transactions,
        warnings: Vec::new(),
        faic: (total, fee),
    }
}
