//! What can be asked of the ledger: everything as of the tip, and every final block that it has.
//!
//! A ledger that began at a snapshot has no block, no transaction and no history up to there. What must never happen twice
//! is in the state, the sequences of the accounts, so the past can't be replayed to it.

use std::ops::Bound;

use faic_core::{
    Account, Address, Block, Candidate, Certificate, Hash, Height, block::ValidatorSet, state_proof::StateProof,
};

use super::{HistoryCursor, HistoryEntry, Inclusion, Ledger, StoredHeader, corrupt, rows};
use crate::{
    state::{self, candidates},
    store::{Direction, StoreError, Table},
    tree::TreeError,
};

impl Ledger {
    /// Reads an account as of the tip; one that was never used is empty.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub fn account(&self, address: &Address) -> Result<Account, StoreError> {
        state::read_account(self.store.as_ref(), address)
    }

    /// Proves to a holder of the tip's state root what an account is, or that it was never used.
    ///
    /// # Errors
    /// [`TreeError`] when the store fails or is damaged.
    pub fn prove_account(&self, address: &Address) -> Result<StateProof, TreeError> {
        self.tree.prove(self.store.as_ref(), &Account::key(address))
    }

    /// What an operator has at stake as of the tip; `None` for one that has nothing there and may have it again.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub fn staking(&self, operator: &Address) -> Result<Option<Candidate>, StoreError> {
        match self.listed.get(operator) {
            Some(candidate) => Ok(Some(candidate.clone())),
            None => candidates::read_candidate(self.store.as_ref(), operator),
        }
    }

    /// Proves to a holder of the tip's state root what an operator has at stake, or that it has nothing there.
    ///
    /// # Errors
    /// [`TreeError`] when the store fails or is damaged.
    pub fn prove_staking(&self, operator: &Address) -> Result<StateProof, TreeError> {
        self.tree.prove(self.store.as_ref(), &Candidate::state_key(operator))
    }

    /// The validators who decide the block of a height; `None` at height 0 and beyond the next height.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub fn validators_at(&self, height: Height) -> Result<Option<ValidatorSet>, StoreError> {
        if height == self.tip.next_height() {
            return Ok(Some(self.validators.clone()));
        }
        if height > self.tip.height { Ok(None) } else { rows::validators_at(self.store.as_ref(), height) }
    }

    /// Reads a final block without its transactions; `None` beyond the tip and up to [`Ledger::base_height`].
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub fn header(&self, height: Height) -> Result<Option<StoredHeader>, StoreError> {
        rows::read_header(self.store.as_ref(), height)
    }

    /// Reads the transactions of a final block with their receipts, in their order; none where there is no block.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails or has lost one of them.
    pub fn inclusions(&self, height: Height) -> Result<Vec<Inclusion>, StoreError> {
        rows::read_inclusions(self.store.as_ref(), height)
    }

    /// Reads a whole final block with its certificate; `None` beyond the tip and up to [`Ledger::base_height`].
    ///
    /// # Errors
    /// [`StoreError`] when the store fails or has lost a part of the block.
    pub fn block(&self, height: Height) -> Result<Option<(Block, Certificate)>, StoreError> {
        let Some(stored) = self.header(height)? else { return Ok(None) };
        let inclusions = self.inclusions(height)?;
        if usize::try_from(stored.transactions) != Ok(inclusions.len()) {
            return Err(corrupt(&format!("the block at height {height} has lost transactions")));
        }
        let transactions = inclusions.into_iter().map(|inclusion| inclusion.signed).collect();
        let StoredHeader { header, certificate, last_certificate, evidence, transactions: _ } = stored;
        Ok(Some((Block { header, last_certificate, evidence, transactions }, certificate)))
    }

    /// Where a final transaction is: its height and its position in the block.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub fn locate(&self, transaction: &Hash) -> Result<Option<(Height, u32)>, StoreError> {
        rows::read_place(self.store.as_ref(), transaction)
    }

    /// Reads the transaction at a place that [`Ledger::locate`] or the history named.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub fn inclusion(&self, height: Height, index: u32) -> Result<Option<Inclusion>, StoreError> {
        rows::read(self.store.as_ref(), Table::Inclusions, &rows::inclusion_key(height, index))
    }

    /// The height of the block of that id; `None` for one that this ledger does not have.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub fn height_of(&self, id: &Hash) -> Result<Option<Height>, StoreError> {
        rows::read(self.store.as_ref(), Table::BlockIds, id.as_bytes())
    }

    /// The transactions that an account took part in, newest first, from before `before`.
    ///
    /// Blocks that arrive meanwhile do not move a cursor.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub fn history(
        &self,
        address: &Address,
        before: Option<HistoryCursor>,
        limit: usize,
    ) -> Result<Vec<HistoryEntry>, StoreError> {
        let from = rows::history_key(address, HistoryCursor::FIRST);
        let to = before.map(|cursor| rows::history_key(address, cursor));
        let last = rows::history_key(address, HistoryCursor::LAST);
        let upper = to.as_ref().map_or(Bound::Included(last.as_slice()), |key| Bound::Excluded(key.as_slice()));
        let range = (Bound::Included(from.as_slice()), upper);
        let rows = self.store.page(Table::History, range, Direction::Descending, limit)?;
        rows.iter().map(|(key, value)| rows::history_entry(key, value)).collect()
    }

    /// The transactions that an account took part in, oldest first, from after `after`.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub fn history_after(
        &self,
        address: &Address,
        after: HistoryCursor,
        limit: usize,
    ) -> Result<Vec<HistoryEntry>, StoreError> {
        let from = rows::history_key(address, after);
        let to = rows::history_key(address, HistoryCursor::LAST);
        let range = (Bound::Excluded(from.as_slice()), Bound::Included(to.as_slice()));
        let rows = self.store.page(Table::History, range, Direction::Ascending, limit)?;
        rows.iter().map(|(key, value)| rows::history_entry(key, value)).collect()
    }
}
