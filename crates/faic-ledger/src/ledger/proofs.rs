//! What the ledger can prove of itself to somebody who trusts the header of its tip.
//!
//! The checks, and what each proof shows, are in [`faic_core::proof`]; the header itself is given with its certificate and
//! its validators as a [`LightBlock`].

use std::sync::Arc;

use faic_core::{
    Account, Address, Hash, Header, Height,
    block::{receipt_leaf, transaction_leaf},
    light_client::LightBlock,
    merkle::ListProof,
    proof::{AccountProof, BlockProof, HistoryProof, TransactionProof},
};

use super::{HistoryEntry, Inclusion, Ledger, corrupt, rows};
use crate::{
    state,
    store::{Store, StoreError},
    tree::TreeError,
};

/// Proves transactions as of one moment, while the ledger goes on: such a proof reads and hashes a whole block.
///
/// While it is held, the disk keeps the rows of its moment also where they were changed since.
pub struct TransactionProver {
    /// The store as it was.
    view: Arc<dyn Store>,
    /// The height of the tip as it was.
    tip: Height,
}

impl Ledger {
    /// A header with what makes it final; `None` at height 0, beyond the tip, and below [`Ledger::base_height`].
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub fn light_block(&self, height: Height) -> Result<Option<LightBlock>, StoreError> {
        if let Some(decision) = self.decision.as_ref().filter(|decision| decision.header.height == height) {
            let (header, certificate) = (decision.header.clone(), decision.certificate.clone());
            return Ok(Some(LightBlock { header, certificate, validators: decision.validators.clone() }));
        }
        let base = self.base.as_ref().filter(|base| base.header.height == height);
        let (header, certificate) = match (base, self.header(height)?) {
            (Some(base), _) => (base.header.clone(), base.certificate.clone()),
            (None, Some(stored)) => (stored.header, stored.certificate),
            (None, None) => return Ok(None),
        };
        let validators = self.validators_at(height)?.ok_or_else(|| corrupt("the validators of a block are missing"))?;
        Ok(Some(LightBlock { header, certificate, validators }))
    }

    /// Proves what an account is as of the tip, or that it was never used.
    ///
    /// # Errors
    /// [`TreeError`] when the store fails or is damaged.
    pub fn account_proof(&self, address: &Address) -> Result<AccountProof, TreeError> {
        let account = state::find_account(self.store.as_ref(), address)?;
        Ok(AccountProof { account, path: self.tree.prove(self.store.as_ref(), &Account::key(address))? })
    }

    /// What proves transactions under the tip of now, also after this ledger has moved on.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    pub fn transaction_prover(&self) -> Result<TransactionProver, StoreError> {
        Ok(TransactionProver { view: self.store.view()?, tip: self.tip.height })
    }

    /// Proves that a transaction is where a history says.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails or is damaged.
    pub fn history_proof(&self, entry: &HistoryEntry) -> Result<HistoryProof, StoreError> {
        let HistoryEntry { place, before, .. } = *entry;
        let missing = || corrupt("a history names a transaction that is not there");
        let stored = self.header(place.height)?.ok_or_else(missing)?;
        let Inclusion { signed, receipt } = self.inclusion(place.height, place.index)?.ok_or_else(missing)?;
        let block = block_proof(self.store.as_ref(), self.tip.height, stored.header)?;
        Ok(HistoryProof { block, index: place.index, signed, receipt, before })
    }
}

impl TransactionProver {
    /// Proves that a transaction is final, and what it did; `None` where it is not.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails or is damaged.
    pub fn prove(&self, transaction: &Hash) -> Result<Option<TransactionProof>, StoreError> {
        let view = self.view.as_ref();
        let Some((height, index)) = rows::read_place(view, transaction)? else { return Ok(None) };
        let missing = || corrupt("a transaction is not where it was found");
        let header = rows::read_header(view, height)?.ok_or_else(missing)?.header;
        let inclusions = rows::read_inclusions(view, height)?;
        let found = usize::try_from(index).ok().and_then(|index| inclusions.get(index)).cloned();
        let Inclusion { signed, receipt } = found.ok_or_else(missing)?;
        let transactions: Vec<_> = inclusions.iter().map(|inclusion| transaction_leaf(&inclusion.signed)).collect();
        let receipts: Vec<_> = inclusions.iter().map(|inclusion| receipt_leaf(&inclusion.receipt)).collect();
        let paths = ListProof::new(&transactions, index.into()).zip(ListProof::new(&receipts, index.into()));
        let (transaction_path, receipt_path) = paths.expect("the list has the place where the transaction was found");
        let block = block_proof(view, self.tip, header)?;
        Ok(Some(TransactionProof { block, signed, receipt, transaction_path, receipt_path }))
    }
}

/// Proves that a header is one of the chain of a store, up to the tip.
fn block_proof(store: &dyn Store, tip: Height, header: Header) -> Result<BlockProof, StoreError> {
    if header.height == tip {
        return Ok(BlockProof { header, path: None });
    }
    let path = ListProof::of_subtrees(header.height, tip, |subtree| rows::read_subtree(store, subtree))?;
    Ok(BlockProof { header, path })
}

#[cfg(test)]
mod tests;
