//! What the ledger can prove of itself to somebody who trusts the header of its tip.
//!
//! The checks, and what each proof shows, are in [`faic_core::proof`]; the header itself is given with its certificate and
//! its validators as a [`LightBlock`].

use faic_core::{
    Account, Address, Header, Height,
    block::{receipt_leaf, transaction_leaf},
    light_client::LightBlock,
    merkle::ListProof,
    proof::{AccountProof, BlockProof, HistoryProof, TransactionProof},
};

use super::{HistoryEntry, Inclusion, Ledger, corrupt, rows};
use crate::{state, store::StoreError, tree::TreeError};

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

    /// Proves that a header is one of this chain up to the tip.
    fn block_proof(&self, header: Header) -> Result<BlockProof, StoreError> {
        if header.height == self.tip.height {
            return Ok(BlockProof { header, path: None });
        }
        let read = |subtree| rows::read_subtree(self.store.as_ref(), subtree);
        let path = ListProof::of_subtrees(header.height, self.tip.height, read)?;
        Ok(BlockProof { header, path })
    }

    /// Proves that the transaction at a place is final, and what it did; `None` where there is none.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails or is damaged.
    pub fn transaction_proof(&self, height: Height, index: u32) -> Result<Option<TransactionProof>, StoreError> {
        let Some(stored) = self.header(height)? else { return Ok(None) };
        let inclusions = self.inclusions(height)?;
        let Some(Inclusion { signed, receipt }) =
            usize::try_from(index).ok().and_then(|index| inclusions.get(index)).cloned()
        else {
            return Ok(None);
        };
        let transactions: Vec<_> = inclusions.iter().map(|inclusion| transaction_leaf(&inclusion.signed)).collect();
        let receipts: Vec<_> = inclusions.iter().map(|inclusion| receipt_leaf(&inclusion.receipt)).collect();
        let paths = ListProof::new(&transactions, index.into()).zip(ListProof::new(&receipts, index.into()));
        let (transaction_path, receipt_path) = paths.expect("the list has the place where the transaction was found");
        let block = self.block_proof(stored.header)?;
        Ok(Some(TransactionProof { block, signed, receipt, transaction_path, receipt_path }))
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
        Ok(HistoryProof { block: self.block_proof(stored.header)?, index: place.index, signed, receipt, before })
    }
}

#[cfg(test)]
mod tests;
