//! The transactions that wait for a block, page by page.

use faic_core::{Height, SignedTransaction};

use super::{TransactionService, history::PAGE_BYTES_MAX};
use crate::{chain::MempoolStatus, mempool::Rank};

/// A transaction that waits for a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// The transaction.
    pub signed: SignedTransaction,
    /// Its canonical bytes.
    pub bytes: usize,
    /// Its place among all that wait.
    pub rank: Rank,
}

/// A page of the transactions that wait, best first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingPage {
    /// The transactions.
    pub items: Vec<Waiting>,
    /// The rank behind which the next page begins; `None` at the end.
    pub next: Option<Rank>,
    /// How full the mempool is.
    pub mempool: MempoolStatus,
    /// The height at which the page was read.
    pub height: Height,
}

impl TransactionService {
    /// Reads the transactions that wait, in the order in which blocks take them, from behind the rank `after`; at most
    /// [`Self::PAGE_ITEMS_MAX`] and about [`PAGE_BYTES_MAX`].
    pub async fn waiting(&self, after: Option<Rank>, limit: usize) -> WaitingPage {
        let limit = limit.clamp(1, Self::PAGE_ITEMS_MAX);
        let page = self.chain.read_with_mempool(move |ledger, mempool| {
            let mut ranked = mempool.ranked_after(after).take(limit.saturating_add(1)).peekable();
            let (mut items, mut page_bytes) = (Vec::<Waiting>::new(), 0_usize);
            while items.len() < limit
                && let Some((rank, verified)) = ranked.next_if(|(_, verified)| {
                    items.is_empty() || page_bytes.saturating_add(verified.bytes()) <= PAGE_BYTES_MAX
                })
            {
                page_bytes = page_bytes.saturating_add(verified.bytes());
                items.push(Waiting { signed: verified.signed().clone(), bytes: verified.bytes(), rank });
            }
            let more = ranked.peek().is_some();
            let next = items.last().filter(|_| more).map(|item| item.rank);
            WaitingPage { items, next, mempool: MempoolStatus::of(mempool), height: ledger.tip().height }
        });
        page.await
    }
}
