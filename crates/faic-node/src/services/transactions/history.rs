//! Pages of an account's history.

use faic_core::{Address, Height, SignedTransaction, block::Receipt};
use faic_ledger::{
    Ledger,
    ledger::{HistoryCursor, HistoryEntry},
    store::StoreError,
};

/// Most canonical bytes of a page, unless its first transaction alone has more; JSON takes some four times as many.
pub const PAGE_BYTES_MAX: usize = 256 * 1024;

/// A transaction in an account's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryItem {
    /// Where it is.
    pub place: HistoryCursor,
    /// The time of its block, in milliseconds since 1970-01-01 UTC.
    pub time_ms: u64,
    /// The transaction.
    pub signed: SignedTransaction,
    /// What it did.
    pub receipt: Receipt,
}

/// A page of an account's history, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryPage {
    /// The transactions.
    pub items: Vec<HistoryItem>,
    /// Where the next page begins; `None` at the end.
    pub next: Option<HistoryCursor>,
    /// The height at which the page was read.
    pub height: Height,
    /// The lowest height of which this node has the block, where there are older transactions that it never had.
    pub pruned_below: Option<Height>,
}

/// Reads a page of a history and the transactions that it names.
pub(super) fn history_page(
    ledger: &Ledger,
    address: &Address,
    before: Option<HistoryCursor>,
    limit: usize,
) -> Result<HistoryPage, StoreError> {
    let (mut entries, mut next) = history_entries(ledger, address, before, limit)?;
    let items = read_what_fits(&mut entries, &mut next, |entry| {
        let item = history_item(ledger, entry)?;
        let bytes = item.signed.to_bytes().len();
        Ok((item, bytes))
    })?;
    let pruned_below = pruned_below(ledger, address, before, &entries, next)?;
    Ok(HistoryPage { items, next, height: ledger.tip().height, pruned_below })
}

/// The lowest height of which this node has the block, where a page ends because it has no older ones.
pub(in crate::services) fn pruned_below(
    ledger: &Ledger,
    address: &Address,
    before: Option<HistoryCursor>,
    entries: &[HistoryEntry],
    next: Option<HistoryCursor>,
) -> Result<Option<Height>, StoreError> {
    let base = ledger.base_height();
    if base == 0 || next.is_some() {
        return Ok(None);
    }
    let older = match (entries.last(), before) {
        (Some(last), _) => last.before.count > 0,
        (None, None) => ledger.account(address)?.history.count > 0,
        (None, Some(cursor)) => cursor.height <= base.saturating_add(1),
    };
    Ok(older.then(|| base.saturating_add(1)))
}

/// Reads the entries of a page of a history, and where the next page begins.
pub(in crate::services) fn history_entries(
    ledger: &Ledger,
    address: &Address,
    before: Option<HistoryCursor>,
    limit: usize,
) -> Result<(Vec<HistoryEntry>, Option<HistoryCursor>), StoreError> {
    let mut entries = ledger.history(address, before, limit.saturating_add(1))?;
    let more = entries.len() > limit;
    entries.truncate(limit);
    let next = entries.last().filter(|_| more).map(|entry| entry.place);
    Ok((entries, next))
}

/// Reads what the entries of a page name until the page is full by its bytes; the next page begins behind what is there.
pub(in crate::services) fn read_what_fits<T>(
    entries: &mut Vec<HistoryEntry>,
    next: &mut Option<HistoryCursor>,
    read: impl Fn(&HistoryEntry) -> Result<(T, usize), StoreError>,
) -> Result<Vec<T>, StoreError> {
    let (mut items, mut page_bytes) = (Vec::new(), 0_usize);
    for entry in entries.iter() {
        let (item, bytes) = read(entry)?;
        page_bytes = page_bytes.saturating_add(bytes);
        if page_bytes > PAGE_BYTES_MAX && !items.is_empty() {
            break;
        }
        items.push(item);
    }
    if items.len() < entries.len() {
        entries.truncate(items.len());
        *next = entries.last().map(|entry| entry.place);
    }
    Ok(items)
}

/// Reads the transaction that an entry of a history names.
pub(in crate::services) fn history_item(ledger: &Ledger, entry: &HistoryEntry) -> Result<HistoryItem, StoreError> {
    let missing =
        || StoreError::Corrupt { detail: format!("transaction {} of a history is missing", entry.transaction) };
    let place = entry.place;
    let inclusion = ledger.inclusion(place.height, place.index)?.ok_or_else(missing)?;
    let time_ms = ledger.header(place.height)?.ok_or_else(missing)?.header.time_ms;
    Ok(HistoryItem { place, time_ms, signed: inclusion.signed, receipt: inclusion.receipt })
}
