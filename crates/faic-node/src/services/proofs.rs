//! What a node can prove to somebody who does not trust it.
//!
//! Every proof is as of the tip at the moment of the question and comes with that header, its certificate and its
//! validators, all read at one moment. How they are checked is in [`faic_core::proof`] and [`faic_core::light_client`].

use std::sync::Arc;

use faic_core::{
    Address, Hash, Height,
    light_client::LightBlock,
    proof::{AccountProof, HistoryProof, TransactionProof},
};
use faic_ledger::{
    Ledger,
    ledger::{HistoryCursor, TransactionProver},
    store::StoreError,
};

use super::{
    TransactionService,
    transactions::{
        AccountView, HistoryItem, HistoryPage, account_view, history_entries, no_block, pruned_below, read_what_fits,
    },
};
use crate::{Chain, ErrorCode, FaicError};

/// A proof with the header that it leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proved<T> {
    /// The header of the tip with what makes it final.
    pub tip: LightBlock,
    /// What is proved under it.
    pub proof: T,
}

/// Proofs of accounts, transactions and histories.
pub struct ProofService {
    /// The chain.
    chain: Arc<Chain>,
}

impl ProofService {
    /// The service of a node on that chain.
    pub const fn new(chain: Arc<Chain>) -> Self {
        Self { chain }
    }

    /// The header of a height with what makes it final; of the last final block when none is given.
    ///
    /// # Errors
    /// [`ErrorCode::BlockUnknown`] beyond the tip, [`ErrorCode::BlockIsGenesis`] at height 0,
    /// [`ErrorCode::BlockPruned`] below the block at which this node began.
    pub async fn light_block(&self, height: Option<Height>) -> Result<LightBlock, FaicError> {
        let read = self.chain.read(move |ledger| match height {
            Some(height) => ledger.light_block(height)?.ok_or_else(|| no_light_block(ledger, height)),
            None => tip(ledger),
        });
        read.await
    }

    /// An account with its proof, or that it was never used.
    ///
    /// # Errors
    /// [`ErrorCode::BlockUnknown`] before the first block.
    pub async fn account(&self, address: Address) -> Result<(AccountView, Proved<AccountProof>), FaicError> {
        let read = self.chain.read_with_mempool(move |ledger, mempool| {
            let view = account_view(ledger, mempool, &address)?;
            Ok::<_, FaicError>((view, Proved { tip: tip(ledger)?, proof: ledger.account_proof(&address)? }))
        });
        read.await
    }

    /// The proof that a transaction is final, and what it did; `None` for one that is not.
    ///
    /// # Errors
    /// [`ErrorCode::StorageUnavailable`] or [`ErrorCode::Internal`] when the ledger can't be read.
    pub async fn transaction(&self, id: Hash) -> Result<Option<Proved<TransactionProof>>, FaicError> {
        // The proof reads and hashes a whole block, for which no commit is to wait.
        let begin = |ledger: &Ledger| (ledger.light_block(ledger.tip().height), ledger.transaction_prover());
        let prove = move |(tip, prover): (Result<_, StoreError>, Result<TransactionProver, StoreError>)| {
            let (Some(tip), prover) = (tip?, prover?) else { return Ok(None) };
            Ok(prover.prove(&id)?.map(|proof| Proved { tip, proof }))
        };
        self.chain.read_then(begin, prove).await
    }

    /// A page of an account's history like [`TransactionService::history`], with the account's proof and that of each
    /// transaction.
    ///
    /// # Errors
    /// [`ErrorCode::BlockUnknown`] before the first block.
    pub async fn history(
        &self,
        address: Address,
        before: Option<HistoryCursor>,
        limit: usize,
    ) -> Result<(HistoryPage, Proved<AccountProof>, Vec<HistoryProof>), FaicError> {
        let limit = limit.clamp(1, TransactionService::PAGE_ITEMS_MAX);
        let read = self.chain.read(move |ledger| {
            let (mut entries, mut next) = history_entries(ledger, &address, before, limit)?;
            let proofs = read_what_fits(&mut entries, &mut next, |entry| {
                let proof = ledger.history_proof(entry)?;
                let bytes = borsh::object_length(&proof).expect("counting bytes does not fail");
                Ok((proof, bytes))
            })?;
            let items = entries.iter().zip(&proofs).map(|(entry, proof)| proved_item(entry.place, proof)).collect();
            let pruned_below = pruned_below(ledger, &address, before, &entries, next)?;
            let account = Proved { tip: tip(ledger)?, proof: ledger.account_proof(&address)? };
            Ok::<_, FaicError>((
                HistoryPage { items, next, height: ledger.tip().height, pruned_below },
                account,
                proofs,
            ))
        });
        read.await
    }
}

/// The transaction that a proof is about, as it is shown.
fn proved_item(place: HistoryCursor, proof: &HistoryProof) -> HistoryItem {
    let HistoryProof { block, signed, receipt, .. } = proof;
    HistoryItem { place, time_ms: block.header.time_ms, signed: signed.clone(), receipt: receipt.clone() }
}

/// Why there is no header of a height. Of the block at which this node began it has the header, though not the block.
fn no_light_block(ledger: &Ledger, height: Height) -> FaicError {
    let base = ledger.base_height();
    if !(1..base).contains(&height) {
        return no_block(ledger, height);
    }
    FaicError::new(ErrorCode::BlockPruned, format!("this node has no headers below height {base}"))
        .oldest(base)
        .advise("Ask a node that has every block, or begin to trust the chain at a newer block.")
}

/// The last final block.
fn tip(ledger: &Ledger) -> Result<LightBlock, FaicError> {
    let first = || {
        FaicError::new(ErrorCode::BlockUnknown, "nothing can be proved before the first block of the chain")
            .advise("Ask again once the height of GET /v1/status is 1 or more.")
    };
    ledger.light_block(ledger.tip().height)?.ok_or_else(first)
}
