//! Reading from the ledger what comes after a position: pure, one page at a time.

use std::collections::BTreeMap;

use faic_core::Height;
use faic_ledger::{Ledger, ledger::HistoryCursor, store::StoreError};

use super::{EventKind, EventPosition, EventService, Interests, Notice, ResetReason, Told};
use crate::services::{
    TransactionView,
    transactions::{HistoryItem, history_item},
};

/// Most events of one page, so that a commit waits only shortly for the ledger.
const PAGE_ITEMS_MAX: usize = 64;

/// How far beyond the tip a position may be, for a subscriber that comes from a node that is further.
const AHEAD_BLOCKS_MAX: u64 = 1_000;

/// What comes after a position.
#[derive(Debug)]
pub(super) struct Page {
    /// What is told, in its order.
    pub(super) told: Vec<Told>,
    /// Where the next page begins.
    pub(super) reached: HistoryCursor,
    /// Whether there is nothing more yet.
    pub(super) is_last: bool,
}

/// Reads what comes after `after`.
pub(super) fn page(ledger: &Ledger, interests: &Interests, after: HistoryCursor) -> Result<Page, StoreError> {
    let tip = ledger.tip().height;
    if let Some(reset) = reset(ledger, interests, after) {
        return Ok(reset);
    }
    if after.height > tip || after == whole(tip) {
        return Ok(Page { told: Vec::new(), reached: after, is_last: true });
    }
    let span = u64::try_from(PAGE_ITEMS_MAX).unwrap_or(u64::MAX);
    let wants_blocks = interests.wants(EventKind::Blocks);
    let end = if wants_blocks { tip.min(after.height.saturating_add(span)) } else { tip };
    let (mut found, mut reached) = transactions(ledger, interests, after, whole(end))?;
    if wants_blocks {
        for height in after.height..=end {
            let place = whole(height);
            if place <= after || place > reached {
                continue;
            }
            if let Some(stored) = ledger.header(height)? {
                found.insert(place, Notice::Block(Box::new(stored.into())));
            }
        }
    }
    if found.len() > PAGE_ITEMS_MAX
        && let Some(last) = found.keys().nth(PAGE_ITEMS_MAX.saturating_sub(1)).copied()
    {
        found.retain(|place, _| *place <= last);
        reached = last;
    }
    let told = found.into_iter().map(|(place, notice)| Told { position: position(place), notice });
    Ok(Page { told: told.collect(), reached, is_last: reached == whole(tip) })
}

/// The last place of a block.
pub(super) const fn whole(height: Height) -> HistoryCursor {
    HistoryCursor { height, index: u32::MAX }
}

/// The position of a place.
pub(super) const fn position(place: HistoryCursor) -> EventPosition {
    if place.index == u32::MAX { EventPosition::Block(place.height) } else { EventPosition::Transaction(place) }
}

/// The page that skips what can't be told after a position.
fn reset(ledger: &Ledger, interests: &Interests, after: HistoryCursor) -> Option<Page> {
    let (tip, base) = (ledger.tip().height, ledger.base_height());
    let most = EventService::REPLAY_BLOCKS_MAX;
    let (reason, from, to) = if after.height > tip.saturating_add(AHEAD_BLOCKS_MAX) {
        (ResetReason::Ahead, tip, tip)
    } else if after < whole(base) {
        (ResetReason::Pruned, first_missing(after), base)
    } else if interests.wants(EventKind::Blocks) && tip.saturating_sub(after.height) > most {
        (ResetReason::TooFarBehind, first_missing(after), tip)
    } else {
        return None;
    };
    Some(skip(reason, from, to, tip))
}

/// A page that skips everything up to a height.
pub(super) fn skip(reason: ResetReason, from: Height, to: Height, tip: Height) -> Page {
    let notice = Notice::Reset { reason, from, to };
    let told = vec![Told { position: EventPosition::Block(to), notice }];
    Page { told, reached: whole(to), is_last: to == tip }
}

/// The first height of which something comes after a place.
pub(super) const fn first_missing(after: HistoryCursor) -> Height {
    if after.index == u32::MAX { after.height.saturating_add(1) } else { after.height }
}

/// Reads the transactions of the accounts after a place, up to another, and how far they are complete.
fn transactions(
    ledger: &Ledger,
    interests: &Interests,
    after: HistoryCursor,
    end: HistoryCursor,
) -> Result<(BTreeMap<HistoryCursor, Notice>, HistoryCursor), StoreError> {
    let mut entries = BTreeMap::new();
    let mut reached = end;
    for account in &interests.accounts {
        let found = ledger.history_after(account, after, PAGE_ITEMS_MAX)?;
        if found.len() == PAGE_ITEMS_MAX
            && let Some(last) = found.last()
        {
            reached = reached.min(last.place);
        }
        entries.extend(found.into_iter().map(|entry| (entry.place, entry)));
    }
    let within = entries.into_values().filter(|entry| entry.place <= reached);
    let mut told = BTreeMap::new();
    for entry in within.take(PAGE_ITEMS_MAX.saturating_add(1)) {
        let id = entry.transaction;
        let HistoryItem { place, time_ms: _, signed, receipt } = history_item(ledger, &entry)?;
        let HistoryCursor { height, index } = place;
        let view = Box::new(TransactionView::Final { height, index, signed, receipt });
        told.insert(place, Notice::Transaction { id, view });
    }
    Ok((told, reached))
}
