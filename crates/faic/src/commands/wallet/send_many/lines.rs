//! A file of payments: CSV (RFC 4180) with a header that names the columns `to`, `amount` and, if wanted, `memo`.
//!
//! Every line is checked before anything else is done, and what is wrong is told with the number of the line.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::File,
    io::Read,
    path::Path,
};

use csv::{ReaderBuilder, StringRecord, Trim};
use faic_core::{
    Amount,
    transaction::{MEMO_BYTES_MAX, Output},
};

use crate::{
    commands::wallet::{
        Account,
        payment::{NoReceiver, Payment, PaymentText, parse_amount},
        transaction::Sender,
    },
    failure::{Code, Failure},
};

/// Most payments of a file.
pub(super) const LINES_MAX: usize = 100_000;
/// Most bytes of a file.
const FILE_BYTES_MAX: u64 = 32 * 1024 * 1024;
/// How many lines are named that have something wrong.
const ERRORS_SHOWN: usize = 5;
/// What is told of a quote that is never closed.
const OPEN_QUOTE: &str = "it opens a quote that is never closed";
/// What a file may begin with to say that it is UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// One payment of a file.
#[derive(Debug, Clone)]
pub(super) struct Line {
    /// Its number in the file, from 1.
    pub(super) number: u64,
    /// The payment.
    pub(super) payment: Payment,
}

/// Where the columns are.
struct Columns {
    /// The receiver.
    to: usize,
    /// How much.
    amount: usize,
    /// The note, where there is such a column.
    memo: Option<usize>,
}

/// What is wrong in a file, as far as it is told.
#[derive(Default)]
struct Errors {
    /// The first ones.
    first: Vec<String>,
    /// How many there are.
    count: usize,
}

impl Errors {
    /// Adds one.
    fn push(&mut self, line: u64, error: &str) {
        self.count += 1;
        if self.first.len() < ERRORS_SHOWN {
            self.first.push(format!("line {line}: {error}"));
        }
    }

    /// Refuses the file if anything is wrong with it.
    fn check(self) -> Result<(), Unpayable> {
        if self.count == 0 {
            return Ok(());
        }
        let more = self.count.saturating_sub(self.first.len());
        let more = if more > 0 { format!("; and {more} more") } else { String::new() };
        Err(Unpayable::File(format!("{}{more}; repair the file", self.first.join("; "))))
    }
}

/// Why a file, or a line of it, cannot be paid.
enum Unpayable {
    /// Something is wrong with what it says.
    File(String),
    /// The wallets cannot be read, or the paying one not opened, to find the receivers.
    Wallet(Failure),
}

impl From<String> for Unpayable {
    fn from(message: String) -> Self {
        Self::File(message)
    }
}

/// Reads and checks all payments of a file.
///
/// # Errors
/// A failure that names the lines that cannot be paid, or says why receivers cannot be found.
pub(super) fn read(path: &Path, sender: &Sender<'_>) -> Result<Vec<Line>, Failure> {
    read_bounded(path).and_then(|bytes| payments(&bytes, sender)).map_err(|unpayable| match unpayable {
        Unpayable::File(message) => {
            let message = format!("{}: {message}; nothing was sent", path.display());
            Failure::new(Code::InvalidBatch, message).of_argument()
        }
        Unpayable::Wallet(failure) => failure,
    })
}

/// The payments of what a file holds.
fn payments(bytes: &[u8], sender: &Sender<'_>) -> Result<Vec<Line>, Unpayable> {
    let text = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes);
    let open = open_quote(text);
    let mut reader = ReaderBuilder::new().flexible(true).comment(Some(b'#')).trim(Trim::All).from_reader(text);
    let header = reader.headers().map_err(|error| unreadable(&error))?.clone();
    let mut numbers = LineNumbers { text, place: 0, number: 1 };
    if let Some(open) = open.filter(|open| is_before(*open, reader.position())) {
        return Err(format!("line {}: {OPEN_QUOTE}", numbers.at(open)).into());
    }
    let columns = columns(&header)?;
    let mut receivers = Receivers { sender, known: BTreeMap::new() };
    let (mut lines, mut errors) = (Vec::new(), Errors::default());
    let mut records = reader.into_records();
    while let Some(record) = records.next() {
        if let Some(open) = open.filter(|open| is_before(*open, records.reader().position())) {
            errors.push(numbers.at(open), OPEN_QUOTE);
            break;
        }
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                errors.push(numbers.of(error.position()), &unreadable(&error));
                break;
            }
        };
        let number = numbers.of(record.position());
        if record.iter().all(str::is_empty) && record.len() == 1 {
            continue;
        }
        if lines.len() >= LINES_MAX {
            errors.push(number, &format!("there are more than {LINES_MAX} payments; divide the file"));
            break;
        }
        match line(&record, &columns, &mut receivers) {
            Ok(payment) => lines.push(Line { number, payment }),
            Err(Unpayable::File(error)) => errors.push(number, &error),
            Err(unread @ Unpayable::Wallet(_)) => return Err(unread),
        }
    }
    errors.check()?;
    if lines.is_empty() {
        return Err("there are no payments in it".to_owned().into());
    }
    Ok(lines)
}

/// Whether a place of the text was read by a reader that is at that position.
fn is_before(place: usize, position: &csv::Position) -> bool {
    u64::try_from(place).is_ok_and(|place| place < position.byte())
}

/// What a byte of a file is read as.
#[derive(Clone, Copy)]
enum ReadAs {
    /// The first byte of a line.
    Line,
    /// The first byte of another field.
    Field,
    /// Text without quotes.
    Text,
    /// Text in the quotes that were opened at that place.
    Quoted(usize),
    /// What follows a quote in those, which closes them unless it is doubled.
    Closing(usize),
    /// A comment.
    Comment,
}

/// The place of a quote that opens a field and is never closed: only one at the beginning of a field opens it.
fn open_quote(text: &[u8]) -> Option<usize> {
    let last = text.iter().enumerate().fold(ReadAs::Line, |state, (place, byte)| match (state, byte) {
        (ReadAs::Comment, b'\n') => ReadAs::Line,
        (ReadAs::Comment, _) | (ReadAs::Line, b'#') => ReadAs::Comment,
        (ReadAs::Quoted(open), b'"') => ReadAs::Closing(open),
        (ReadAs::Quoted(open), _) | (ReadAs::Closing(open), b'"') => ReadAs::Quoted(open),
        (ReadAs::Line | ReadAs::Field, b'"') => ReadAs::Quoted(place),
        (_, b',') => ReadAs::Field,
        (_, b'\r' | b'\n') => ReadAs::Line,
        (_, _) => ReadAs::Text,
    });
    match last {
        ReadAs::Quoted(open) => Some(open),
        ReadAs::Line | ReadAs::Field | ReadAs::Text | ReadAs::Closing(_) | ReadAs::Comment => None,
    }
}

/// The numbers of lines in a file, as an editor shows them.
struct LineNumbers<'a> {
    /// The text of the file.
    text: &'a [u8],
    /// A place in it.
    place: usize,
    /// The number of the line of that place.
    number: u64,
}

impl LineNumbers<'_> {
    /// The number of the line of the record that is read at a place: the blank lines and comments there come before it.
    ///
    /// Places are asked for in ascending order.
    fn of(&mut self, position: Option<&csv::Position>) -> u64 {
        self.at(position.and_then(|position| usize::try_from(position.byte()).ok()).unwrap_or(self.place));
        while let Some(byte) = self.text.get(self.place) {
            match byte {
                b'\r' | b'\n' => self.step(),
                b'#' => self.skip_line(),
                _ => break,
            }
        }
        self.number
    }

    /// The number of the line of a place.
    fn at(&mut self, place: usize) -> u64 {
        while self.place < place {
            self.step();
        }
        self.number
    }

    /// Goes on by a byte; a line ends with LF, with CR LF, or with CR.
    fn step(&mut self) {
        let is_end = match self.text.get(self.place) {
            Some(b'\n') => true,
            Some(b'\r') => self.text.get(self.place + 1) != Some(&b'\n'),
            Some(_) | None => false,
        };
        self.number += u64::from(is_end);
        self.place += 1;
    }

    /// Goes on to the end of the line.
    fn skip_line(&mut self) {
        while self.text.get(self.place).is_some_and(|byte| !matches!(byte, b'\r' | b'\n')) {
            self.place += 1;
        }
    }
}

/// Reads a file within its limit.
fn read_bounded(path: &Path) -> Result<Vec<u8>, Unpayable> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes));
    read.map_err(|error| error.to_string())?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length <= FILE_BYTES_MAX) {
        Ok(bytes)
    } else {
        Err(format!("it has more than {FILE_BYTES_MAX} bytes; divide it").into())
    }
}

/// What is wrong with the text of a file.
fn unreadable(error: &csv::Error) -> String {
    if matches!(error.kind(), csv::ErrorKind::Utf8 { .. }) {
        "it is not text in UTF-8".to_owned()
    } else {
        error.to_string()
    }
}

/// Finds the columns by their names.
fn columns(header: &StringRecord) -> Result<Columns, String> {
    let names: Vec<String> = header.iter().map(str::to_ascii_lowercase).collect();
    let distinct: BTreeSet<&String> = names.iter().collect();
    let unknown = names.iter().find(|name| !["to", "amount", "memo"].contains(&name.as_str()));
    let place = |name: &str| names.iter().position(|found| found == name);
    match (place("to"), place("amount"), unknown) {
        (Some(to), Some(amount), None) if distinct.len() == names.len() => {
            Ok(Columns { to, amount, memo: place("memo") })
        }
        (_, _, Some(unknown)) => Err(format!("line 1: there is no column {unknown:.80}; the header is to,amount,memo")),
        (_, _, _) => Err("line 1: the header is to,amount or to,amount,memo".to_owned()),
    }
}

/// Reads one payment.
///
/// # Errors
/// What is wrong with it, or why its receiver cannot be looked for.
fn line(record: &StringRecord, columns: &Columns, receivers: &mut Receivers<'_, '_>) -> Result<Payment, Unpayable> {
    let field = |place: usize| record.get(place).unwrap_or_default();
    let memo = columns.memo.map(field).unwrap_or_default();
    check_fields(record, columns, memo)?;
    let amount = parse_amount(field(columns.amount)).map_err(|error| error.to_string())?;
    receivers.payment(field(columns.to), amount, memo)
}

/// Refuses more fields than there are columns, and a memo that no payment can carry.
fn check_fields(record: &StringRecord, columns: &Columns, memo: &str) -> Result<(), String> {
    let (found, fields) = (record.len(), 2 + usize::from(columns.memo.is_some()));
    if found > fields {
        return Err(format!("it has {found} fields, the header has {fields}; put a memo with a comma in quotes"));
    }
    if memo.len() > MEMO_BYTES_MAX {
        return Err(format!("its memo has {} bytes, at most {MEMO_BYTES_MAX} are allowed", memo.len()));
    }
    if memo.chars().any(char::is_control) {
        return Err("its memo has a line break or another control character".to_owned());
    }
    Ok(())
}

/// Receivers that were found already.
struct Receivers<'a, 'b> {
    /// The wallet that pays.
    sender: &'a Sender<'b>,
    /// Those that were found, by their texts.
    known: BTreeMap<String, Result<Account, String>>,
}

impl Receivers<'_, '_> {
    /// The payment to a receiver.
    ///
    /// # Errors
    /// What is wrong with the receiver, or why it cannot be looked for.
    fn payment(&mut self, text: &str, amount: Amount, memo: &str) -> Result<Payment, Unpayable> {
        let to = match self.known.get(text) {
            Some(found) => found.clone()?,
            None => self.find(text, amount)?,
        };
        Ok(Payment { to, amount, memo: memo.to_owned(), claims: Vec::new() })
    }

    /// Finds a receiver of the wallet's network, and remembers what was found.
    ///
    /// # Errors
    /// What is wrong with it, or why it cannot be looked for.
    fn find(&mut self, text: &str, amount: Amount) -> Result<Account, Unpayable> {
        let here = self.sender.account.network;
        let found = match self.sender.receiver(&PaymentText::new(text, amount)) {
            _ if text.is_empty() => Err("it names no receiver".to_owned()),
            Ok(account) if account.network == here => Ok(account),
            Ok(Account { network: there, .. }) => {
                Err(format!("{text:.80} belongs to the {there} network, the wallet to the {here} network"))
            }
            Err(NoReceiver::Unknown(failure)) => Err(failure.message().to_owned()),
            Err(NoReceiver::Unsearched(failure)) => return Err(Unpayable::Wallet(failure)),
        };
        self.known.insert(text.to_owned(), found.clone());
        Ok(found?)
    }
}

/// The outputs of the payments, in their order.
pub(super) fn outputs(lines: &[Line]) -> Vec<Output> {
    let output = |Line { payment, .. }: &Line| Output {
        to: payment.to.address,
        amount: payment.amount,
        memo: payment.memo.clone(),
    };
    lines.iter().map(output).collect()
}

/// The numbers of the lines that pay the same as an earlier one: receiver, amount and memo.
pub(super) fn duplicates(lines: &[Line]) -> Vec<u64> {
    let mut seen = BTreeSet::new();
    let is_new = |line: &&Line| {
        let Payment { to, amount, memo, .. } = &line.payment;
        seen.insert((to.address, amount.nano(), memo.clone()))
    };
    let firsts: BTreeSet<u64> = lines.iter().filter(is_new).map(|line| line.number).collect();
    lines.iter().map(|line| line.number).filter(|number| !firsts.contains(number)).collect()
}

#[cfg(test)]
mod tests;
