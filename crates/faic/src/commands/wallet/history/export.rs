//! The whole history of an account as a file: CSV for a spreadsheet or an accounting program, or JSON.
//!
//! Pages are asked for, checked and written one after the other, so that memory is bounded. The file appears whole or not
//! at all, and never in the place of another.

use std::{
    io::{self, IsTerminal, Seek, Write},
    path::Path,
};

use clap::ValueEnum;
use csv::{QuoteStyle, WriterBuilder};
use faic_core::{Amount, Height};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use tempfile::NamedTempFile;

use super::{Direction, History, paid_fee_for, touched, utc};
use crate::{
    client::{HistoryItem, TransferOutput},
    commands::wallet::{
        pages::{Cursor, proved_page},
        settling::Settling,
    },
    failure::{Code, Context, Failure},
    output::{Answer, Output, counted, fields, one_line},
};

/// How many transactions are asked for at once.
const PAGE_ITEMS: u16 = 100;
/// How the progress is drawn.
const STYLE: &str = "{bar:40} {pos}/{len} transactions, {elapsed}";
/// The names of the columns.
const COLUMNS: [&str; 9] =
    ["time", "height", "transaction", "kind", "direction", "amount_faic", "fee_faic", "counterparty", "memo"];

/// What a history is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// A line a payment, with a header; commas between fields, all in quotes.
    Csv,
    /// A list of transactions.
    Json,
}

/// A history that was written.
#[derive(Serialize)]
struct ExportAnswer {
    /// The address.
    address: String,
    /// The file.
    file: String,
    /// How many transactions it has.
    transactions: u64,
    /// The height at which all of it was proved; nothing where it was only said.
    proved_at: Option<Height>,
    /// How many older transactions the account is proved to have that the node did not show.
    #[serde(skip_serializing_if = "Option::is_none")]
    older: Option<u64>,
}

impl Answer for ExportAnswer {
    fn to_text(&self) -> String {
        let mut facts = vec![("file", self.file.clone()), ("transactions", self.transactions.to_string())];
        facts.push(match self.proved_at {
            Some(height) => ("proved", format!("at height {height}")),
            None => ("proved", "no, this is what the node says".to_owned()),
        });
        facts.extend(self.older.filter(|older| *older > 0).map(|older| ("missing", missing(older))));
        fields(&facts)
    }
}

impl ExportAnswer {
    /// The answer, where nothing is missing or the user is content with a part.
    ///
    /// # Errors
    /// [`Code::HistoryIncomplete`].
    fn whole(self, command: &History) -> Result<Self, Failure> {
        match self.older {
            Some(older @ 1..) if !command.partial => {
                let message = format!("the history of {} lacks {}; nothing was written", self.address, missing(older));
                Err(Failure::new(Code::HistoryIncomplete, message).advice("--partial takes what there is"))
            }
            Some(_) | None => Ok(self),
        }
    }
}

/// What is told of a history whose beginning the node does not show.
fn missing(older: u64) -> String {
    format!("{}, which this node does not show; ask another with --node", counted(older, "older transaction"))
}

/// A transaction of the list.
#[derive(Serialize)]
struct TransactionItem {
    /// Its id.
    id: String,
    /// What it did, as the node names it.
    kind: String,
    /// The height of its block.
    height: Height,
    /// The time of its block, in milliseconds since 1970-01-01 UTC.
    time_ms: u64,
    /// Which way the money went.
    direction: Direction,
    /// The fee that the account paid, in nano.
    fee: String,
    /// The account whose fee it is, where that is another one.
    #[serde(skip_serializing_if = "Option::is_none")]
    fee_for: Option<String>,
    /// What it moved from or to the account.
    payments: Vec<ItemPayment>,
    /// The note on all of it.
    memo: String,
}

/// A payment of a transaction.
#[derive(Serialize)]
struct ItemPayment {
    /// Who paid, or who was paid.
    counterparty: String,
    /// How much, in nano.
    amount: String,
    /// The note to the receiver.
    memo: String,
}

/// Why a history was not written.
#[derive(Debug, thiserror::Error)]
enum ExportError {
    /// What was written to failed.
    #[error("the history cannot be written")]
    Io(#[from] io::Error),
    /// The node could not be asked, or is not to be believed.
    #[error("{}", .0.message())]
    Node(Failure),
}

impl ExportError {
    /// The failure of a command.
    fn into_failure(self) -> Failure {
        match self {
            Self::Io(error) => Failure::from(error).context("the history cannot be written"),
            Self::Node(failure) => failure,
        }
    }
}

/// How texts of others are written.
type Texts = fn(&str) -> String;

/// Writes transactions one after the other.
enum Sheet<W: Write> {
    /// As CSV.
    Csv(Box<csv::Writer<W>>, Texts),
    /// As a list in JSON, with the number of those written.
    Json(W, Texts, u64),
}

impl<W: Write> Sheet<W> {
    /// Begins to write.
    fn begin(format: Format, mut to: W, texts: Texts) -> io::Result<Self> {
        Ok(match format {
            Format::Csv => {
                let mut writer = WriterBuilder::new().quote_style(QuoteStyle::Always).from_writer(to);
                writer.write_record(COLUMNS)?;
                Self::Csv(Box::new(writer), texts)
            }
            Format::Json => {
                to.write_all(b"[")?;
                Self::Json(to, texts, 0)
            }
        })
    }

    /// Writes what a transaction did to the account at `address`.
    fn write(&mut self, item: &HistoryItem, address: &str) -> io::Result<()> {
        match self {
            Self::Csv(writer, texts) => {
                let mut rows = rows(item, address).into_iter();
                rows.try_for_each(|row| Ok(writer.write_record(row.map(|text| texts(&text)))?))
            }
            Self::Json(to, texts, written) => {
                to.write_all(if *written == 0 { b"\n" } else { b",\n" })?;
                *written += 1;
                to.write_all(texts(&serde_json::to_string(&transaction(item, address))?).as_bytes())
            }
        }
    }

    /// Ends what was written.
    fn end(self) -> io::Result<()> {
        match self {
            Self::Csv(mut writer, _) => writer.flush(),
            Self::Json(mut to, _, _) => to.write_all(b"\n]\n").and_then(|()| to.flush()),
        }
    }
}

/// The fee that the account paid.
fn own_fee(item: &HistoryItem, address: &str) -> Amount {
    if item.receipt.payer == address { item.receipt.fee } else { Amount::ZERO }
}

/// Who stands at the other end of a payment.
fn counterparty(item: &HistoryItem, direction: Direction, output: &TransferOutput) -> String {
    match direction {
        Direction::In => item.transaction.sender.clone(),
        Direction::Out | Direction::Itself | Direction::Other => output.to.clone(),
    }
}

/// The lines of a transaction: one a payment, or one where it moved no money of the account but the fee; the fee is on the
/// first. Where it is the fee of another, that is the counterparty.
pub(super) fn rows(item: &HistoryItem, address: &str) -> Vec<[String; 9]> {
    let (direction, touched) = touched(item, address);
    let row = |amount: String, counterparty: String, memo: &str, fee: Amount| {
        let memo = if memo.is_empty() { &item.transaction.memo } else { memo };
        [
            utc(item.time_ms),
            item.height.to_string(),
            item.id.to_string(),
            without_formula(&item.transaction.action.kind),
            direction.name().to_owned(),
            amount,
            if fee.is_zero() { String::new() } else { fee.to_string() },
            without_formula(&counterparty),
            without_formula(memo),
        ]
    };
    let fee = own_fee(item, address);
    if touched.is_empty() {
        let other = paid_fee_for(item, address).unwrap_or_default().to_owned();
        return vec![row(String::new(), other, "", fee)];
    }
    let fees = std::iter::once(fee).chain(std::iter::repeat(Amount::ZERO));
    let payments = touched
        .iter()
        .zip(fees)
        .map(|(output, fee)| row(output.amount.to_string(), counterparty(item, direction, output), &output.memo, fee));
    payments.collect()
}

/// The item of a transaction.
fn transaction(item: &HistoryItem, address: &str) -> TransactionItem {
    let (direction, touched) = touched(item, address);
    let payment = |output: &&TransferOutput| ItemPayment {
        counterparty: counterparty(item, direction, output),
        amount: output.amount.nano().to_string(),
        memo: output.memo.clone(),
    };
    TransactionItem {
        id: item.id.to_string(),
        kind: item.transaction.action.kind.clone(),
        height: item.height,
        time_ms: item.time_ms,
        direction,
        fee: own_fee(item, address).nano().to_string(),
        fee_for: paid_fee_for(item, address).map(str::to_owned),
        payments: touched.iter().map(payment).collect(),
        memo: item.transaction.memo.clone(),
    }
}

/// The text with an apostrophe in front where a spreadsheet would take it for a formula.
///
/// That is the measure of the OWASP page on CSV injection: a memo is written by whoever pays, and with `--unverified` every text by the node; `=`, `+`, `-` and `@` make
/// a spreadsheet compute, as tab and line break may where they are cut off.
pub(super) fn without_formula(text: &str) -> String {
    let is_formula = text.trim_start().starts_with(['=', '+', '-', '@']) || text.starts_with(['\t', '\r', '\n']);
    if is_formula { format!("'{text}") } else { text.to_owned() }
}

/// Writes the whole history, to the file that was named or to standard output.
///
/// # Errors
/// A failure that says in one line what went wrong; there is no file then.
pub(super) fn run(command: &History, format: Format, settling: &Settling<'_>, output: Output) -> Result<(), Failure> {
    let Some(path) = &command.out else {
        if output == Output::Json && format == Format::Csv {
            return Err(Failure::usage("--json answers with JSON; name a file for the CSV with --out"));
        }
        return write_out(command, format, settling, output);
    };
    if path.exists() {
        let message = format!("{}: there is such a file already", path.display());
        return Err(Failure::new(Code::Io, message).advice("name a new one"));
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let unwritable =
        |error: io::Error| Failure::from(error).context(path.display()).advice("name a file in a folder of yours");
    let mut file = NamedTempFile::new_in(folder).map_err(unwritable)?;
    let written = write(format, io::BufWriter::new(file.as_file_mut()), str::to_owned, settling, output);
    let written = written.map_err(ExportError::into_failure)?.whole(command)?;
    file.as_file().sync_all().map_err(unwritable)?;
    file.persist_noclobber(path).map_err(|error| unwritable(error.error))?;
    let file = path.display().to_string();
    let done = format!("{file} was written");
    output.show(&ExportAnswer { file, ..written }).advice(done)
}

/// Writes the whole history to standard output, once all of it is there; a terminal is not steered by what others wrote.
fn write_out(command: &History, format: Format, settling: &Settling<'_>, output: Output) -> Result<(), Failure> {
    let texts: Texts = if io::stdout().is_terminal() { one_line } else { str::to_owned };
    let unwritable = |error: io::Error| ExportError::Io(error).into_failure();
    let mut all = tempfile::tempfile().map_err(unwritable)?;
    let written = write(format, io::BufWriter::new(&mut all), texts, settling, output);
    let written = written.map_err(ExportError::into_failure)?.whole(command)?;
    all.rewind().map_err(unwritable)?;
    let mut out = io::stdout().lock();
    match io::copy(&mut all, &mut out).and_then(|_| out.flush()) {
        // A reader that left is no error.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
        copied => copied.map_err(unwritable)?,
    }
    if let Some(older) = written.older.filter(|older| *older > 0) {
        output.note(&format!("warning: the history lacks {}", missing(older)));
    }
    Ok(())
}

/// Writes all pages, newest first.
fn write(
    format: Format,
    to: impl Write,
    texts: Texts,
    settling: &Settling<'_>,
    output: Output,
) -> Result<ExportAnswer, ExportError> {
    let address = settling.account.text();
    let mut sheet = Sheet::begin(format, to, texts)?;
    let mut pages = Pages { settling, next: Next::Newest, last: None, proved: None };
    let (mut transactions, mut bar) = (0, ProgressBar::hidden());
    while let Some(items) = pages.next().map_err(ExportError::Node)? {
        for item in &items {
            sheet.write(item, &address)?;
            transactions += 1;
        }
        if let Some((_, older)) = pages.proved.filter(|_| bar.length().is_none()) {
            bar = progress_bar(older.saturating_add(transactions), output);
        }
        bar.set_position(transactions);
    }
    bar.finish_and_clear();
    sheet.end()?;
    let (proved_at, older) = pages.proved.unzip();
    Ok(ExportAnswer { address, file: String::new(), transactions, proved_at, older })
}

/// Where the next page begins.
enum Next {
    /// At the newest transaction.
    Newest,
    /// Where a checked page ended.
    Checked(Cursor),
    /// Where a page ended whose node is believed.
    Said(String),
    /// There is none.
    End,
}

/// The pages of a history.
struct Pages<'a> {
    /// Whom to ask.
    settling: &'a Settling<'a>,
    /// Where the next one begins.
    next: Next,
    /// The height and the index of the last transaction that was only said.
    last: Option<(Height, u32)>,
    /// The height at which the last one was proved, and how many older transactions the account has.
    proved: Option<(Height, u64)>,
}

impl Pages<'_> {
    /// The next page; nothing after the last.
    fn next(&mut self) -> Result<Option<Vec<HistoryItem>>, Failure> {
        let Settling { account, client, trust } = self.settling;
        client.patience().renew();
        let (checked, said) = match &self.next {
            Next::Newest => (None, None),
            Next::Checked(cursor) => (Some(cursor), None),
            Next::Said(cursor) => (None, Some(cursor.as_str())),
            Next::End => return Ok(None),
        };
        let Some(trust) = trust else {
            let page = client.history(&account.address, account.network, said, PAGE_ITEMS)?;
            self.last = descending(page.transactions.iter().map(|item| (item.height, item.index)), self.last)?;
            if page.transactions.is_empty() && page.next_cursor.is_some() {
                let message = "the node says that there is more, and shows nothing; do not use it";
                return Err(Failure::new(Code::NodeNotTrusted, message));
            }
            self.next = page.next_cursor.map_or(Next::End, Next::Said);
            return Ok(Some(page.transactions));
        };
        let page = proved_page(account, client, trust, checked, PAGE_ITEMS)?;
        self.next = page.next.map_or(Next::End, Next::Checked);
        self.proved = Some((page.height, page.older));
        Ok(Some(page.proofs.iter().map(|proof| HistoryItem::proved(proof, account.network)).collect()))
    }
}

/// The last of the places of a page, each of which must be older than the one before, and the first older than `last`; a
/// node that repeats itself would fill the disk.
///
/// # Errors
/// [`Code::NodeNotTrusted`] for another order.
pub(super) fn descending(
    places: impl IntoIterator<Item = (Height, u32)>,
    last: Option<(Height, u32)>,
) -> Result<Option<(Height, u32)>, Failure> {
    places.into_iter().try_fold(last, |last, place| match last {
        Some(last) if place >= last => {
            let message = "the node shows transactions again or out of their order; do not use it";
            Err(Failure::new(Code::NodeNotTrusted, message))
        }
        Some(_) | None => Ok(Some(place)),
    })
}

/// The bar that shows the progress, where somebody sees it.
fn progress_bar(transactions: u64, output: Output) -> ProgressBar {
    if output != Output::People || !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template(STYLE).expect("the template is well formed");
    ProgressBar::new(transactions).with_style(style)
}
