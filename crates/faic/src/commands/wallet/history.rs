//! `faic wallet history`: what a wallet or an address paid, received and changed, newest first.

use std::{
    cmp::Reverse,
    collections::BTreeMap,
    fmt::Write,
    path::PathBuf,
    time::{Duration, UNIX_EPOCH},
};

use clap::Args;
use faic_core::{
    Address, Amount, Hash,
    keystore::{AccountLabel, WalletName},
};
use serde::Serialize;

use super::{
    Account, KeystoreOption, NodeOption,
    pages::{Cursor, proved_page},
    pending::PendingItem,
    settling::Settling,
    turn::{Settled, is_of, note_told, settle},
};
use crate::{
    client::{Client, HistoryItem, Status, TransferOutput},
    failure::{Code, Context, Failure, sentence},
    outbox::{Belief, Outbox, OutboxError, Record, State},
    output::{Answer, Column, Output, Told, counted, one_line, print, table, terminal_width},
    trust::{Trust, TrustOption},
};

mod export;

use export::Format;

/// How many transactions are shown that never will be final.
const VOID_SHOWN: usize = 10;

/// How wide a terminal must be for a line a payment.
const WIDE: usize = 130;
/// How many notes of one transaction are shown to people.
const NOTES_MAX: usize = 3;

/// The options of a history.
#[derive(Debug, Args)]
pub(crate) struct History {
    /// A wallet, an account of it (WALLET/NUMBER) or an address.
    #[arg(value_name = "WALLET|ADDRESS")]
    account: String,

    /// Which account of the wallet: its number [default: the first].
    #[arg(long = "account", value_name = "ACCOUNT")]
    account_label: Option<AccountLabel>,

    /// Write the whole history, in this format.
    #[arg(long, value_name = "FORMAT", conflicts_with_all = ["limit", "cursor"])]
    format: Option<Format>,

    /// A new file to write the whole history into [default: standard output].
    #[arg(long, value_name = "FILE", requires = "format")]
    out: Option<PathBuf>,

    /// Be content with the part of the history that the node shows.
    #[arg(long, requires = "format")]
    partial: bool,

    /// Most transactions to show, from 1 to 100.
    #[arg(long, value_name = "COUNT", default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=100))]
    limit: u16,

    /// Go on where an earlier page ended.
    #[arg(long, value_name = "CURSOR")]
    cursor: Option<String>,

    /// Where the wallets are.
    #[command(flatten)]
    keystore: KeystoreOption,

    /// Which node is asked.
    #[command(flatten)]
    node: NodeOption,

    /// What is believed of its answers.
    #[command(flatten)]
    trust: TrustOption,
}

/// A page of a history.
#[derive(Serialize)]
struct HistoryPage {
    /// The address.
    address: String,
    /// What the account's wallet signed here and is not final yet.
    pending: Vec<PendingItem>,
    /// The payments and whatever else the account did, newest first.
    payments: Vec<PaymentItem>,
    /// Where the next page begins, for `--cursor`.
    next_cursor: Option<String>,
    /// The height at which all of it was proved; nothing where it was only said.
    proved_at: Option<u64>,
    /// How many older transactions the account is proved to have beyond this page.
    #[serde(skip_serializing_if = "Option::is_none")]
    older: Option<u64>,
}

/// What one transaction did to the account.
#[derive(Serialize)]
struct PaymentItem {
    /// The id of the transaction.
    id: String,
    /// What it did, as the node names it: `transfer`, `set_account`, …
    kind: String,
    /// The height of its block.
    height: u64,
    /// The time of its block, in milliseconds since 1970-01-01 UTC.
    time_ms: u64,
    /// `in`, `out`, `self`, or `other` for one that moved none of the account's money but the fee.
    direction: Direction,
    /// Who paid, or who was paid, or for whom the fee was paid.
    counterparties: Vec<String>,
    /// How much was received or paid without the fee, in nano.
    amount: String,
    /// The same in FAIC.
    amount_faic: String,
    /// The fee that the account paid, in nano.
    fee: String,
    /// The same for people, empty where the account paid none.
    #[serde(skip)]
    fee_faic: String,
    /// The account whose fee it is, where that is another one.
    #[serde(skip_serializing_if = "Option::is_none")]
    fee_for: Option<String>,
    /// The notes.
    memos: Vec<String>,
}

/// Which way the money went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Direction {
    /// To the account.
    In,
    /// From the account.
    Out,
    /// From the account to itself.
    #[serde(rename = "self")]
    Itself,
    /// Nowhere.
    Other,
}

impl Direction {
    /// What it is called.
    const fn name(self) -> &'static str {
        match self {
            Self::In => "in",
            Self::Out => "out",
            Self::Itself => "self",
            Self::Other => "other",
        }
    }

    /// What stands in front of the amount.
    const fn sign(self) -> &'static str {
        match self {
            Self::In => "+",
            Self::Out => "-",
            Self::Itself | Self::Other => "",
        }
    }
}

impl Answer for HistoryPage {
    fn to_text(&self) -> String {
        if self.pending.is_empty() {
            return self.settled();
        }
        format!("Not final:\n{}\n{}", PendingItem::table(&self.pending), self.settled())
    }
}

impl HistoryPage {
    /// What is final, for people.
    fn settled(&self) -> String {
        let older = self.older.unwrap_or_default();
        if self.payments.is_empty() && older > 0 {
            let older = counted(older, "older transaction");
            return format!("{} has {older}, which this node does not show.\n", self.address);
        }
        if self.payments.is_empty() {
            return format!("{} has neither paid nor received anything, and changed nothing.\n", self.address);
        }
        let is_narrow = terminal_width().is_some_and(|width| width < WIDE);
        let mut text = if is_narrow { self.narrow() } else { self.wide() };
        if let Some(height) = self.proved_at {
            text.push_str(&match (older, &self.next_cursor) {
                (1.., None) => {
                    let older = counted(older, "older transaction");
                    format!("Proved at height {height}; this node does not show {older}.\n")
                }
                _ => format!("Proved at height {height}: nothing was left out or changed.\n"),
            });
        }
        if let Some(cursor) = &self.next_cursor {
            text.push_str(&format!("There is more: --cursor {cursor}\n"));
        }
        text
    }

    /// A table with a line for each payment.
    fn wide(&self) -> String {
        let rows = self.payments.iter().map(|payment| {
            let (height, memo) = (payment.height.to_string(), payment.notes());
            let (kind, fee) = (in_words(&payment.kind), payment.fee_faic.clone());
            let (amount, with) = (payment.signed_amount(), payment.with());
            [height, utc(payment.time_ms), kind, amount, fee, with, memo, payment.id.clone()]
        });
        let header = ["height", "time", "kind", "FAIC", "fee (FAIC)", "from or to", "memo", "transaction"];
        let columns = [
            Column::Number,
            Column::Words,
            Column::Words,
            Column::Number,
            Column::Number,
            Column::Text,
            Column::Text,
            Column::Id,
        ];
        table(header, columns, rows)
    }

    /// A table with two lines for each payment, for a narrow terminal.
    fn narrow(&self) -> String {
        let rows = self.payments.iter().flat_map(|payment| {
            let fee = &payment.fee_faic;
            let fee = if fee.is_empty() { String::new() } else { format!("fee {fee}") };
            let place = format!("{} at {}", in_words(&payment.kind), payment.height);
            [
                [utc(payment.time_ms), payment.signed_amount(), payment.with(), payment.id.clone()],
                [place, fee, payment.notes(), String::new()],
            ]
        });
        let columns = [Column::Words, Column::Number, Column::Text, Column::Id];
        table(["time", "FAIC", "from or to, memo", "transaction"], columns, rows)
    }
}

impl PaymentItem {
    /// The amount with its sign; empty where no money of the account moved but the fee.
    fn signed_amount(&self) -> String {
        match self.direction {
            Direction::Other => String::new(),
            Direction::In | Direction::Out | Direction::Itself => {
                format!("{}{}", self.direction.sign(), self.amount_faic)
            }
        }
    }

    /// The notes for people: the first ones, and how many more there are.
    fn notes(&self) -> String {
        let shown = self.memos.iter().take(NOTES_MAX).cloned().collect::<Vec<_>>().join(", ");
        match self.memos.len().saturating_sub(NOTES_MAX) {
            0 => shown,
            more => format!("{shown}, … and {more} more"),
        }
    }

    /// Who paid, or who was paid, or for whom the fee was paid.
    ///
    /// Whole, because who compares it with another must see where they differ.
    fn with(&self) -> String {
        match self.counterparties.as_slice() {
            [] => String::new(),
            [one] => one.clone(),
            many => format!("{} receivers", many.len()),
        }
    }
}

/// The kind of a transaction for people.
fn in_words(kind: &str) -> String {
    match kind {
        "transfer" => "payment".to_owned(),
        "set_account" => "settings".to_owned(),
        other => other.replace('_', " "),
    }
}

/// A time in milliseconds since 1970-01-01 UTC, as RFC 3339 writes it; empty when it has no such form.
fn utc(time_ms: u64) -> String {
    let mut text = String::new();
    let written = UNIX_EPOCH
        .checked_add(Duration::from_millis(time_ms))
        .map(|time| write!(text, "{}", humantime::format_rfc3339_seconds(time)));
    if matches!(written, Some(Ok(()))) { text } else { String::new() }
}

/// Prints a page.
///
/// # Errors
/// A failure that says in one line what went wrong and what to do.
pub(crate) fn run(command: &History, output: Output) -> Result<(), Failure> {
    let keystore = command.keystore.open()?;
    let account = Account::find_labelled(&keystore, &command.account, command.account_label.as_ref())?;
    let client = command.node.client();
    let unasked = |failure: Failure| command.tell_own(&account, failure, output);
    let status = client.status().map_err(Failure::from).map_err(unasked)?;
    account.check_network(&status, client.url())?;
    let folder = command.keystore.folder()?;
    let trust = command.trust.begin(&folder, &client, &status, output).map_err(unasked)?;
    let settling = Settling { account: &account, client: &client, trust: trust.as_ref() };
    if let Some(format) = command.format {
        return export::run(command, format, &settling, output);
    }
    let page = match &trust {
        Some(trust) => checked_page(command, &account, &client, trust).map_err(unasked)?,
        None => {
            let cursor = command.cursor.as_deref().map(|cursor| cursor.split(':').next().unwrap_or(cursor));
            let said = client.history(&account.address, account.network, cursor, command.limit)?;
            Page { items: said.transactions, next_cursor: said.next_cursor, proved: None }
        }
    };
    let address = account.text();
    let payments = page.items.iter().map(|item| payment(item, &address)).collect::<Result<_, _>>()?;
    let (proved_at, older) = page.proved.unzip();
    let outbox = command.outbox()?;
    let known = outbox.as_ref().map(|outbox| pending(outbox, &settling, &status, output)).transpose()?;
    let (pending, untold) = known.unwrap_or_default();
    let shown = HistoryPage { address, pending, payments, next_cursor: page.next_cursor, proved_at, older };
    if output.tell(&shown)? == Told::Yes {
        let is_shown = |record: &&Record| page.items.iter().any(|item| item.id == record.id());
        outbox.iter().for_each(|outbox| note_told(outbox, untold.iter().filter(is_shown), settling.belief(), output));
    }
    Ok(())
}

impl History {
    /// Shows what the wallet's record has of the account that is not known to be final, because the node could not be asked;
    /// gives the failure that says so.
    fn tell_own(&self, account: &Account, failure: Failure, output: Output) -> Failure {
        let records = self.outbox().ok().flatten().and_then(|outbox| outbox.records().ok()).unwrap_or_default();
        let is_open = |record: &&Record| !record.state.is_settled(Belief::Word) && record.sender() == account.address;
        let open = records.iter().filter(is_open).map(|record| PendingItem::new(record, account.network));
        let open: Vec<PendingItem> = open.collect();
        let Some(known) = serde_json::to_value(&open).ok().filter(|_| !open.is_empty() && self.format.is_none()) else {
            return failure;
        };
        let failure =
            failure.advice("what was sent from here and is not known to be final is shown as it was last known");
        match output {
            // Where it cannot be written, the failure tells what is to be mended first.
            Output::People => {
                let _unwritten = print(&format!("Not final, as last known:\n{}", PendingItem::table(&open)));
                failure
            }
            Output::Json => failure.known("pending", known),
        }
    }

    /// The record of the wallet; nothing where an address was named, or a later page.
    fn outbox(&self) -> Result<Option<Outbox>, Failure> {
        let wallet = self.account.split('/').next().unwrap_or_default();
        let wallet = wallet.parse::<WalletName>().ok().filter(|_| !Address::is_begun_by(&self.account));
        let Some(wallet) = wallet.filter(|_| self.cursor.is_none()) else { return Ok(None) };
        Ok(Some(Outbox::of(&self.keystore.folder()?, &wallet)))
    }
}

/// What the wallet signed for the account and is not final yet, or never will be; and what is final, of which the user was
/// not told.
///
/// What is found out is shown also where it cannot be written down, as on a full disk.
fn pending(
    outbox: &Outbox,
    settling: &Settling<'_>,
    status: &Status,
    output: Output,
) -> Result<(Vec<PendingItem>, Vec<Record>), Failure> {
    let mut records = outbox.records()?;
    let settled = settle(outbox, settling, &status.chain_id, &records)?;
    match settled.keep(outbox).and_then(|()| outbox.prune(outbox.records()?)) {
        Ok(kept) => records = kept,
        Err(error @ OutboxError::File { .. }) => output.note(&one_line(&format!("warning: {}", sentence(&error)))),
        Err(error) => return Err(error.into()),
    }
    let Settled { open, ended, .. } = settled;
    let known: BTreeMap<Hash, Record> = records.into_iter().chain(ended).map(|record| (record.id(), record)).collect();
    let ours = known.into_values().filter(|record| is_of(record, &settling.account.address, &status.chain_id));
    let (untold, told): (Vec<Record>, Vec<Record>) = ours.partition(|record| !record.state.is_told());
    // What never will be final stands in no other history, so the latest of it are shown as well.
    let is_void = |record: &&Record| matches!(record.state, State::Expired | State::Replaced);
    let mut void: Vec<&Record> = told.iter().filter(is_void).collect();
    void.sort_by_key(|record| Reverse(record.made_ms));
    void.truncate(VOID_SHOWN);
    let items = open.iter().chain(void).map(|record| PendingItem::new(record, settling.account.network)).collect();
    Ok((items, untold))
}

/// A page of a history.
struct Page {
    /// The transactions, newest first.
    items: Vec<HistoryItem>,
    /// Where the next page begins.
    next_cursor: Option<String>,
    /// The height at which it was proved, and how many older transactions the account has.
    proved: Option<(u64, u64)>,
}

/// Asks for a page with its proofs, and checks them.
fn checked_page(command: &History, account: &Account, client: &Client, trust: &Trust) -> Result<Page, Failure> {
    let cursor = command.cursor.as_deref().map(|text| Cursor::parse(text, &account.address)).transpose()?;
    let page = proved_page(account, client, trust, cursor.as_ref(), command.limit)?;
    let items = page.proofs.iter().map(|proof| HistoryItem::proved(proof, account.network)).collect();
    let next_cursor = page.next.as_ref().map(Cursor::text);
    Ok(Page { items, next_cursor, proved: Some((page.height, page.older)) })
}

/// Which way the money of a transaction went, and its payments that touched the account at `address`; none where the account
/// only paid the fee of another.
fn touched<'a>(item: &'a HistoryItem, address: &str) -> (Direction, Vec<&'a TransferOutput>) {
    let outputs = &item.transaction.action.outputs;
    let is_sender = item.transaction.sender == address;
    let to_itself = |output: &&TransferOutput| output.to == address;
    let direction = match (is_sender, outputs.is_empty()) {
        (_, true) => Direction::Other,
        (false, false) if !outputs.iter().any(|output| to_itself(&output)) => Direction::Other,
        (true, false) if outputs.iter().all(|output| to_itself(&output)) => Direction::Itself,
        (true, false) => Direction::Out,
        (false, false) => Direction::In,
    };
    let touched = match direction {
        Direction::In => outputs.iter().filter(to_itself).collect(),
        Direction::Out => outputs.iter().filter(|output| !to_itself(output)).collect(),
        Direction::Itself => outputs.iter().collect(),
        Direction::Other => Vec::new(),
    };
    (direction, touched)
}

/// The account that acted, where the one at `address` only paid the fee for it.
fn paid_fee_for<'a>(item: &'a HistoryItem, address: &str) -> Option<&'a str> {
    let sender = item.transaction.sender.as_str();
    (sender != address && item.receipt.payer == address).then_some(sender)
}

/// What a transaction did to the account at `address`.
fn payment(item: &HistoryItem, address: &str) -> Result<PaymentItem, Failure> {
    let (direction, touched) = touched(item, address);
    let (id, transaction, receipt) = (item.id, &item.transaction, &item.receipt);
    let amount = Amount::checked_sum(touched.iter().map(|output| output.amount))
        .ok_or_else(|| {
            Failure::new(Code::NodeNotTrusted, "the node tells of a payment of more than can exist; do not use it")
        })
        .context(format!("transaction {id}"))?;
    let notes = touched.iter().map(|output| &output.memo).chain([&transaction.memo]);
    let mut memos: Vec<String> = notes.filter(|memo| !memo.is_empty()).cloned().collect();
    memos.dedup();
    let counterparties = match direction {
        Direction::In => vec![transaction.sender.clone()],
        Direction::Out => touched.iter().map(|output| output.to.clone()).collect(),
        Direction::Other => paid_fee_for(item, address).map(str::to_owned).into_iter().collect(),
        Direction::Itself => Vec::new(),
    };
    let fee = if receipt.payer == address { receipt.fee } else { Amount::ZERO };
    Ok(PaymentItem {
        id: id.to_string(),
        kind: transaction.action.kind.clone(),
        height: item.height,
        time_ms: item.time_ms,
        direction,
        counterparties,
        amount: amount.nano().to_string(),
        amount_faic: amount.to_string(),
        fee: fee.nano().to_string(),
        fee_faic: if fee.is_zero() { String::new() } else { fee.to_string() },
        fee_for: paid_fee_for(item, address).map(str::to_owned),
        memos,
    })
}

#[cfg(test)]
mod tests;
