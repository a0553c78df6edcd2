//! Candidates as a block sees them: who has money at stake, with the changes of a block in the making.
//!
//! Every block asks about all candidates, so the *listed* ones, which have money at stake or on its way back, are held in
//! memory; [`CANDIDATES_MAX`](faic_core::staking::CANDIDATES_MAX) bounds them. A tombstoned candidate stays in the state
//! for ever, but leaves the list with its last money and is then read from the store when it is asked for. Every other
//! candidate without money is gone.

use std::{collections::BTreeMap, mem};

use faic_core::{Address, Candidate, Domain, Hash, PublicKey};

use super::{leaf_bytes, missing, read_leaf};
use crate::store::{Store, StoreError};

/// The candidates that have money at stake or on its way back, by operator.
pub type Listed = BTreeMap<Address, Candidate>;

/// How the list changes: a candidate as it is now, or `None` for one that left.
pub(crate) type ListedChanges = BTreeMap<Address, Option<Candidate>>;

/// The place of the list of operators in the state tree.
pub fn listed_key() -> Hash {
    Domain::SystemKey.hash(&[b"candidates"])
}

/// Reads the candidate of an operator as of the last final block.
///
/// # Errors
/// [`StoreError`] when the store fails or its bytes are not a candidate's.
pub fn read_candidate(store: &dyn Store, operator: &Address) -> Result<Option<Candidate>, StoreError> {
    read_leaf(store, &Candidate::state_key(operator))
}

/// Reads all listed candidates.
///
/// # Errors
/// [`StoreError`] when the store fails, or the list or one of them is missing.
pub fn read_listed(store: &dyn Store) -> Result<Listed, StoreError> {
    let operators: Vec<Address> = read_leaf(store, &listed_key())?.ok_or_else(|| missing("the candidates"))?;
    let read = |operator| match read_candidate(store, &operator)? {
        Some(candidate) if candidate.has_money() => Ok((operator, candidate)),
        Some(_) | None => Err(missing("listed candidates")),
    };
    operators.into_iter().map(read).collect()
}

/// The rows of the state tree that a chain with these candidates begins with.
pub(crate) fn first_rows(listed: &Listed) -> BTreeMap<Hash, Option<Vec<u8>>> {
    let rows = listed.iter();
    let rows = rows.map(|(operator, candidate)| (Candidate::state_key(operator), Some(leaf_bytes(candidate))));
    rows.chain([(listed_key(), Some(list_bytes(listed.keys())))]).collect()
}

/// The canonical bytes of the list.
fn list_bytes<'a>(operators: impl Iterator<Item = &'a Address>) -> Vec<u8> {
    leaf_bytes(&operators.copied().collect::<Vec<_>>())
}

/// Candidates with the changes of a block in the making, which are a draft at first like those of accounts.
pub struct Candidates<'a> {
    /// Where those that are not listed are read from.
    store: &'a dyn Store,
    /// The listed ones as they were before the block.
    listed: &'a Listed,
    /// What the store knew of others before the block; each is read once.
    read: BTreeMap<Address, Option<Candidate>>,
    /// Candidates that the block changed.
    changed: BTreeMap<Address, Candidate>,
    /// Candidates that the draft changed.
    draft: BTreeMap<Address, Candidate>,
}

impl<'a> Candidates<'a> {
    /// The candidates as of the last final block.
    pub(super) fn new(store: &'a dyn Store, listed: &'a Listed) -> Self {
        Self { store, listed, read: BTreeMap::new(), changed: BTreeMap::new(), draft: BTreeMap::new() }
    }

    /// The candidate of an operator as it stands now, with block and draft; `None` for one that is gone.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub fn get(&mut self, operator: &Address) -> Result<Option<&Candidate>, StoreError> {
        if self.now(operator).is_none() && !self.read.contains_key(operator) {
            self.read.insert(*operator, read_candidate(self.store, operator)?);
        }
        Ok(self.now(operator).filter(|candidate| exists(candidate)))
    }

    /// The candidate as it stands in draft, block, list or what was read.
    fn now(&self, operator: &Address) -> Option<&Candidate> {
        self.draft.get(operator).or_else(|| self.changed.get(operator)).or_else(|| self.before(operator))
    }

    /// The candidate as it stood before the block, as far as it was read.
    fn before(&self, operator: &Address) -> Option<&Candidate> {
        self.listed.get(operator).or_else(|| self.read.get(operator).and_then(Option::as_ref))
    }

    /// Every candidate with money as it stands now.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Address, &Candidate)> {
        let in_draft = |operator: &Address| self.draft.contains_key(operator);
        let listed = self
            .listed
            .iter()
            .filter(move |(operator, _)| !in_draft(operator) && !self.changed.contains_key(*operator));
        let changed = self.changed.iter().filter(move |(operator, _)| !in_draft(operator));
        listed.chain(changed).chain(self.draft.iter()).filter(|(_, candidate)| candidate.has_money())
    }

    /// The operator of the candidate with money that has this key.
    pub(crate) fn operator_of(&self, key: &PublicKey) -> Option<&Address> {
        self.iter().find_map(|(operator, candidate)| (candidate.key == *key).then_some(operator))
    }

    /// Puts a changed candidate into the draft.
    pub(crate) fn put(&mut self, operator: Address, candidate: Candidate) {
        self.draft.insert(operator, candidate);
    }

    /// Makes the draft part of the block.
    pub(super) fn keep(&mut self) {
        self.changed.extend(mem::take(&mut self.draft));
    }

    /// Undoes the draft.
    pub(super) fn forget(&mut self) {
        self.draft.clear();
    }

    /// Whether the block changed any.
    pub(crate) fn is_changed(&self) -> bool {
        !self.changed.is_empty()
    }

    /// What the candidates that the block changed had together before it, and what they have after it, in nano.
    pub(super) fn sums(&self) -> (u128, u128) {
        let before = self.changed.keys().filter_map(|operator| self.before(operator));
        (before.map(money).sum(), self.changed.values().map(money).sum())
    }

    /// The candidates that the block changed, as rows of the state tree and as changes of the list.
    pub(super) fn into_changes(self) -> (BTreeMap<Hash, Option<Vec<u8>>>, ListedChanges) {
        let (mut rows, mut listed) = (BTreeMap::new(), ListedChanges::new());
        let mut is_other_list = false;
        for (operator, candidate) in &self.changed {
            let before = self.before(operator);
            let after = Some(candidate).filter(|candidate| exists(candidate));
            if before == after {
                continue;
            }
            rows.insert(Candidate::state_key(operator), after.map(leaf_bytes));
            let after = after.filter(|candidate| candidate.has_money()).cloned();
            is_other_list |= after.is_some() != self.listed.contains_key(operator);
            listed.insert(*operator, after);
        }
        if is_other_list {
            let operators: BTreeMap<_, _> = self.iter().collect();
            rows.insert(listed_key(), Some(list_bytes(operators.into_keys())));
        }
        (rows, listed)
    }
}

/// Whether the state knows of a candidate: one that has money, or is never to return.
fn exists(candidate: &Candidate) -> bool {
    candidate.has_money() || candidate.is_tombstoned()
}

/// All money of a candidate, in nano: at most 17 amounts below 2^64, whose sum 128 bits hold.
pub(crate) fn money(candidate: &Candidate) -> u128 {
    let unbonding = candidate.unbonding.iter().map(|entry| u128::from(entry.amount.nano()));
    [u128::from(candidate.stake.nano())].into_iter().chain(unbonding).sum()
}
