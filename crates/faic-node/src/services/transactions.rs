//! Transactions, accounts, blocks and the status of the node.
//!
//! Submission is idempotent: the same transaction again is answered as it stands. Every answer carries the height at
//! which it was read, and all of one answer is read at one moment.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use faic_core::{
    Account, Address, Certificate, ChainId, Hash, Header, Height, Network, SignedTransaction, block::Receipt,
    transaction::LANES,
};
use faic_ledger::{
    Ledger,
    ledger::{HistoryCursor, StoredHeader},
    store::StoreError,
};
use tracing::{Span, field, info, instrument};

use crate::{
    Chain, ErrorCode, FaicError, TransactionState,
    chain::{MempoolStatus, News, Outcome},
    mempool::Mempool,
};

mod history;
mod waiting;

pub use history::{HistoryItem, HistoryPage, PAGE_BYTES_MAX};
pub(super) use history::{history_entries, history_item, pruned_below, read_what_fits};
pub use waiting::{Waiting, WaitingPage};

use history::history_page;

/// A transaction that was accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Submitted {
    /// The id of the transaction.
    pub id: Hash,
    /// Whether it was known before, and how far it was.
    pub news: News,
}

/// A transaction as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TransactionView {
    /// It waits for a block.
    Pooled {
        /// The transaction.
        signed: SignedTransaction,
    },
    /// It is in a final block.
    Final {
        /// The height of the block.
        height: Height,
        /// The position in the block.
        index: u32,
        /// The transaction.
        signed: SignedTransaction,
        /// What it did.
        receipt: Receipt,
    },
    /// It left the mempool and will not become final here.
    Rejected {
        /// Why, for programs.
        code: ErrorCode,
        /// Why, as a clause.
        reason: String,
    },
    /// Its last height has passed.
    Expired,
}

/// An account as of a height.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountView {
    /// The account.
    pub account: Account,
    /// The sequence that a new transaction of each lane takes: after those that are final, and those that wait here.
    pub next_sequences: BTreeMap<u8, u64>,
    /// The height.
    pub height: Height,
}

/// A final block without its transactions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderView {
    /// Its id.
    pub id: Hash,
    /// Its header.
    pub header: Header,
    /// The proof that it is final.
    pub certificate: Certificate,
    /// How many transactions it has.
    pub transactions: u32,
    /// How many pieces of evidence against validators it has.
    pub evidence: usize,
}

/// A final block with the ids of its transactions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockView {
    /// The block.
    pub header: HeaderView,
    /// The ids, in the order of the block.
    pub transactions: Vec<Hash>,
}

/// A page of blocks, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockPage {
    /// The blocks.
    pub blocks: Vec<HeaderView>,
    /// The height before which the next page begins; `None` at the end.
    pub next: Option<Height>,
    /// The height at which the page was read.
    pub height: Height,
}

/// How the node stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusView {
    /// The chain.
    pub chain_id: ChainId,
    /// The kind of network.
    pub network: Network,
    /// The id of the genesis document.
    pub genesis: Hash,
    /// The node's id.
    pub node_id: String,
    /// The height of the last final block.
    pub height: Height,
    /// Its id; the genesis id at height 0.
    pub block: Hash,
    /// Its time, in milliseconds since 1970-01-01 UTC.
    pub block_time_ms: u64,
    /// The base fee of the next block, in nano a byte.
    pub base_fee_per_byte: u64,
    /// How full the mempool is.
    pub mempool: MempoolStatus,
}

/// Transactions, accounts, blocks and status.
pub struct TransactionService {
    /// The chain.
    chain: Arc<Chain>,
    /// Its id, which never changes.
    chain_id: ChainId,
    /// Its kind of network, which never changes.
    network: Network,
    /// The id of its genesis document.
    genesis: Hash,
    /// The node's id.
    node_id: String,
}

impl TransactionService {
    /// Most items of one page.
    pub const PAGE_ITEMS_MAX: usize = 100;
    /// The longest wait for a transaction to become final.
    pub const WAIT_MAX: Duration = Duration::from_secs(30);

    /// The service of a node with that id.
    pub async fn new(chain: Arc<Chain>, node_id: String) -> Self {
        let (chain_id, network, genesis) = chain
            .read(|ledger| {
                let genesis = ledger.genesis();
                (genesis.chain_id.clone(), genesis.network, genesis.id())
            })
            .await;
        Self { chain, chain_id, network, genesis, node_id }
    }

    /// The id of the chain.
    pub fn chain_id(&self) -> &ChainId {
        &self.chain_id
    }

    /// The kind of network, which decides how addresses look.
    pub fn network(&self) -> Network {
        self.network
    }

    /// The height of the last final block.
    pub fn height(&self) -> Height {
        self.chain.tip().height
    }

    /// Takes a signed transaction by its canonical bytes.
    ///
    /// # Errors
    /// The broken rule or the limit.
    #[instrument(name = "transaction.submit", skip_all, fields(tx = field::Empty))]
    pub async fn submit(&self, bytes: &[u8]) -> Result<Submitted, FaicError> {
        let signed = SignedTransaction::from_bytes(bytes)?;
        Span::current().record("tx", field::display(signed.id()));
        let admitted = self.chain.admit(signed).await?;
        info!(news = ?admitted.news, "transaction.submitted");
        Ok(Submitted { id: admitted.id, news: admitted.news })
    }

    /// How a transaction stands.
    ///
    /// # Errors
    /// [`ErrorCode::TransactionUnknown`] for one that is not known here, or not any more.
    pub async fn get(&self, id: Hash) -> Result<TransactionView, FaicError> {
        self.view(self.chain.state_of(id).await?).await
    }

    /// How a transaction stands once it is final or dropped, or when `timeout` has passed.
    ///
    /// # Errors
    /// [`ErrorCode::TransactionUnknown`], at once.
    pub async fn wait(&self, id: Hash, timeout: Duration) -> Result<TransactionView, FaicError> {
        let state = match self.chain.state_of(id).await? {
            TransactionState::Pooled(_) => self.chain.wait_for(id, timeout.min(Self::WAIT_MAX)).await?,
            settled @ (TransactionState::Final { .. } | TransactionState::Dropped(_) | TransactionState::Unknown) => {
                settled
            }
        };
        self.view(state).await
    }

    /// What a user is told of a transaction's state; of one that is unknown, also from which block on this node would know it.
    async fn view(&self, state: TransactionState) -> Result<TransactionView, FaicError> {
        match state {
            TransactionState::Pooled(verified) => Ok(TransactionView::Pooled { signed: verified.signed().clone() }),
            TransactionState::Final { height, index, inclusion } => {
                Ok(TransactionView::Final { height, index, signed: inclusion.signed, receipt: inclusion.receipt })
            }
            TransactionState::Dropped(outcome) => Ok(outcome.into()),
            TransactionState::Unknown => {
                let base = self.chain.read(Ledger::base_height).await;
                Err(unknown(base))
            }
        }
    }

    /// Reads an account; one that was never used is empty.
    ///
    /// # Errors
    /// [`ErrorCode::StorageUnavailable`] or [`ErrorCode::Internal`] when the ledger can't be read.
    pub async fn account(&self, address: Address) -> Result<AccountView, FaicError> {
        let account = self.chain.read_with_mempool(move |ledger, mempool| account_view(ledger, mempool, &address));
        account.await.map_err(FaicError::from)
    }

    /// Reads a page of an account's history, newest first, from before `before`; of at most [`Self::PAGE_ITEMS_MAX`] items
    /// and about [`PAGE_BYTES_MAX`].
    ///
    /// # Errors
    /// [`ErrorCode::StorageUnavailable`] or [`ErrorCode::Internal`] when the ledger can't be read,
    /// [`ErrorCode::BlockPruned`] where there are only transactions in blocks that this node never had.
    pub async fn history(
        &self,
        address: Address,
        before: Option<HistoryCursor>,
        limit: usize,
    ) -> Result<HistoryPage, FaicError> {
        let limit = limit.clamp(1, Self::PAGE_ITEMS_MAX);
        let page = self.chain.read(move |ledger| history_page(ledger, &address, before, limit)).await?;
        match page.pruned_below {
            Some(oldest) if page.items.is_empty() => {
                let message = format!("the account's older transactions are in blocks below height {oldest}");
                Err(FaicError::new(ErrorCode::BlockPruned, message).oldest(oldest))
            }
            Some(_) | None => Ok(page),
        }
    }

    /// Reads the last block; at height 0 there is none.
    ///
    /// # Errors
    /// [`ErrorCode::BlockUnknown`] before the first block, [`ErrorCode::BlockPruned`] right after a snapshot.
    pub async fn latest_block(&self) -> Result<BlockView, FaicError> {
        match self.height() {
            0 => Err(FaicError::new(ErrorCode::BlockUnknown, "the first block of the chain is not made yet")
                .advise("Ask again once the height of GET /v1/status is 1 or more.")),
            height => self.block(height).await,
        }
    }

    /// Reads a final block.
    ///
    /// # Errors
    /// [`ErrorCode::BlockUnknown`] beyond the tip, [`ErrorCode::BlockIsGenesis`] at height 0,
    /// [`ErrorCode::BlockPruned`] for one that this node never had.
    pub async fn block(&self, height: Height) -> Result<BlockView, FaicError> {
        let block = self.chain.read(move |ledger| {
            let Some(stored) = ledger.header(height)? else { return Ok(None) };
            let inclusions = ledger.inclusions(height)?;
            let transactions = inclusions.into_iter().map(|inclusion| inclusion.receipt.transaction).collect();
            Ok(Some(BlockView { header: stored.into(), transactions }))
        });
        let block: Option<BlockView> = block.await.map_err(|error: StoreError| FaicError::from(error))?;
        match block {
            Some(block) => Ok(block),
            None => Err(self.chain.read(move |ledger| no_block(ledger, height)).await),
        }
    }

    /// Reads the final block of an id.
    ///
    /// # Errors
    /// [`ErrorCode::BlockUnknown`] for an id of no block of this node, [`ErrorCode::BlockIsGenesis`] for the genesis id.
    pub async fn block_of(&self, id: Hash) -> Result<BlockView, FaicError> {
        self.block(self.height_of(id).await?).await
    }

    /// The height of the final block of an id.
    ///
    /// # Errors
    /// [`ErrorCode::BlockUnknown`] for an id of no block of this node.
    pub async fn height_of(&self, id: Hash) -> Result<Height, FaicError> {
        if id == self.genesis {
            return Ok(0);
        }
        let height = self.chain.read(move |ledger| ledger.height_of(&id)).await?;
        height.ok_or_else(|| {
            FaicError::new(ErrorCode::BlockUnknown, "no block of this id is known here")
                .advise("Check the id; GET /v1/blocks lists the blocks of this node.")
        })
    }

    /// Reads a final block without its transactions.
    ///
    /// # Errors
    /// [`ErrorCode::BlockUnknown`] beyond the tip, [`ErrorCode::BlockIsGenesis`] at height 0,
    /// [`ErrorCode::BlockPruned`] for one that this node never had.
    pub async fn header(&self, height: Height) -> Result<HeaderView, FaicError> {
        let stored = self.chain.read(move |ledger| ledger.header(height)).await?;
        match stored {
            Some(stored) => Ok(stored.into()),
            None => Err(self.chain.read(move |ledger| no_block(ledger, height)).await),
        }
    }

    /// Reads blocks, newest first, from below `before`; at most [`Self::PAGE_ITEMS_MAX`].
    ///
    /// # Errors
    /// [`ErrorCode::StorageUnavailable`] or [`ErrorCode::Internal`] when the ledger can't be read.
    pub async fn blocks(&self, before: Option<Height>, limit: usize) -> Result<BlockPage, FaicError> {
        let limit = u64::try_from(limit.clamp(1, Self::PAGE_ITEMS_MAX)).unwrap_or(1);
        let page = self.chain.read(move |ledger| {
            let end = before.unwrap_or(Height::MAX).min(ledger.tip().height.saturating_add(1));
            let first = ledger.base_height().saturating_add(1);
            let begin = end.saturating_sub(limit).max(first);
            let blocks = (begin..end)
                .rev()
                .filter_map(|height| ledger.header(height).transpose())
                .map(|stored| stored.map(HeaderView::from))
                .collect::<Result<_, StoreError>>()?;
            let next = (begin > first && end > begin).then_some(begin);
            Ok(BlockPage { blocks, next, height: ledger.tip().height })
        });
        page.await.map_err(|error: StoreError| FaicError::from(error))
    }

    /// How the node stands.
    pub async fn status(&self) -> StatusView {
        let moment = self.chain.read_with_mempool(|ledger, mempool| {
            (*ledger.tip(), ledger.system().base_fee_per_byte, MempoolStatus::of(mempool))
        });
        let (tip, base_fee_per_byte, mempool) = moment.await;
        StatusView {
            chain_id: self.chain_id.clone(),
            network: self.network,
            genesis: self.genesis,
            node_id: self.node_id.clone(),
            height: tip.height,
            block: tip.id,
            block_time_ms: tip.time_ms,
            base_fee_per_byte,
            mempool,
        }
    }
}

impl From<StoredHeader> for HeaderView {
    fn from(stored: StoredHeader) -> Self {
        let StoredHeader { header, certificate, last_certificate: _, evidence, transactions } = stored;
        Self { id: header.id(), header, certificate, transactions, evidence: evidence.len() }
    }
}

impl From<Outcome> for TransactionView {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Expired => Self::Expired,
            Outcome::Rejected(reason) => Self::Rejected { code: reason.code(), reason: reason.to_string() },
        }
    }
}

/// The error of an unknown transaction at a node that has no block up to height `base`.
fn unknown(base: Height) -> FaicError {
    let message = "no transaction of this id is known here";
    if base == 0 {
        return FaicError::new(ErrorCode::TransactionUnknown, message);
    }
    let oldest = base.saturating_add(1);
    FaicError::new(
        ErrorCode::TransactionUnknown,
        format!("{message}, and this node has only the blocks from height {oldest} on"),
    )
    .oldest(oldest)
    .advise("It may be final in an older block: ask a node that has every block.")
}

/// Reads an account, and what of it waits.
pub(super) fn account_view(ledger: &Ledger, mempool: &Mempool, address: &Address) -> Result<AccountView, StoreError> {
    let account = ledger.account(address)?;
    let waiting = (0..LANES).filter_map(|lane| Some((lane, mempool.next_sequence(address, lane)?)));
    let next_sequences = account.lanes.iter().map(|(lane, next)| (*lane, *next)).chain(waiting).collect();
    Ok(AccountView { account, next_sequences, height: ledger.tip().height })
}

/// Why there is no block of a height.
pub(super) fn no_block(ledger: &Ledger, height: Height) -> FaicError {
    if height == 0 {
        return FaicError::new(ErrorCode::BlockIsGenesis, "height 0 is the genesis document, which is no block");
    }
    let base = ledger.base_height();
    if (1..=base).contains(&height) {
        let message = format!("this node has no blocks up to height {base}");
        return FaicError::new(ErrorCode::BlockPruned, message).oldest(base.saturating_add(1));
    }
    FaicError::new(ErrorCode::BlockUnknown, format!("there is no block at height {height}"))
}

#[cfg(test)]
mod tests;
