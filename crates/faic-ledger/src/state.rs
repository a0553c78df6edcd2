//! The state as a block sees it: accounts, the candidates beside them, and the few facts that are neither.
//!
//! [`Accounts`] reads from the store and keeps changes to itself, so a transaction and a whole block can be tried and
//! thrown away. What a block changed becomes rows of the state tree, and nothing else writes those.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    mem,
};

use borsh::{BorshDeserialize, BorshSerialize};
use faic_core::{Account, Address, Amount, Domain, Hash, block::ValidatorSet};

use crate::store::{Store, StoreError, Table};

pub mod candidates;
mod clock;

use candidates::{Candidates, Listed, ListedChanges};
pub use clock::UnbondingClock;

/// Facts about the whole chain, a leaf of the state tree beside the accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct SystemState {
    /// The base fee of the next block, in nano a byte.
    pub base_fee_per_byte: u64,
    /// All the money there is: balances, stakes and what is on its way back from stake.
    pub supply: Amount,
    /// Which heights are longer ago than the unbonding time.
    pub clock: UnbondingClock,
}

impl SystemState {
    /// The place of these facts in the state tree.
    pub fn key() -> Hash {
        Domain::SystemKey.hash(&[b"chain"])
    }
}

/// The place of the validator set in the state tree.
pub fn validators_key() -> Hash {
    Domain::SystemKey.hash(&[b"validators"])
}

/// The place of the hash over all validator sets in the state tree; see [`faic_core::succession`].
pub fn validator_history_key() -> Hash {
    Domain::SystemKey.hash(&[b"validator_history"])
}

/// Reads the hash over all validator sets up to that of the next block.
///
/// # Errors
/// [`StoreError`] when the store fails or it is missing.
pub fn read_validator_history(store: &dyn Store) -> Result<Hash, StoreError> {
    read_leaf(store, &validator_history_key())?.ok_or_else(|| missing("the validator sets"))
}

/// Reads an account as of the last final block; one that was never used is empty.
///
/// # Errors
/// [`StoreError`] when the store fails or its bytes are not an account's.
pub fn read_account(store: &dyn Store, address: &Address) -> Result<Account, StoreError> {
    Ok(find_account(store, address)?.unwrap_or_default())
}

/// Reads an account as of the last final block; `None` for one that was never used.
///
/// # Errors
/// [`StoreError`] when the store fails or its bytes are not an account's.
pub fn find_account(store: &dyn Store, address: &Address) -> Result<Option<Account>, StoreError> {
    read_leaf(store, &Account::key(address))
}

/// Reads the facts about the whole chain.
///
/// # Errors
/// [`StoreError`] when the store fails or they are missing.
pub fn read_system(store: &dyn Store) -> Result<SystemState, StoreError> {
    read_leaf(store, &SystemState::key())?.ok_or_else(|| missing("the facts about the chain"))
}

/// Reads the validator set of the next block.
///
/// # Errors
/// [`StoreError`] when the store fails or it is missing.
pub fn read_validators(store: &dyn Store) -> Result<ValidatorSet, StoreError> {
    read_leaf(store, &validators_key())?.ok_or_else(|| missing("the validator set"))
}

/// Reads and decodes one leaf of the state tree.
fn read_leaf<T: BorshDeserialize>(store: &dyn Store, key: &Hash) -> Result<Option<T>, StoreError> {
    let Some(bytes) = store.read(Table::State, key.as_bytes())? else { return Ok(None) };
    borsh::from_slice(&bytes)
        .map(Some)
        .map_err(|error| StoreError::Corrupt { detail: format!("the state at {key} can't be decoded: {error}") })
}

/// The error of a leaf that every chain has.
fn missing(what: &str) -> StoreError {
    StoreError::Corrupt { detail: format!("{what} are missing from the state") }
}

/// The canonical bytes of a leaf.
pub(crate) fn leaf_bytes(value: &impl BorshSerialize) -> Vec<u8> {
    borsh::to_vec(value).expect("writing to memory does not fail")
}

/// Accounts, and the candidates beside them, with the changes of a block in the making.
///
/// Changes are a draft at first, which a failed transaction leaves nothing of; see [`crate::execution`].
pub struct Accounts<'a> {
    /// Where unchanged accounts are read from.
    store: &'a dyn Store,
    /// Accounts as they were before the block; each is read from the store once.
    read: BTreeMap<Address, Account>,
    /// Accounts that the block changed; all of them are also in `read`.
    changed: BTreeMap<Address, Account>,
    /// Accounts that the draft changed.
    draft: BTreeMap<Address, Account>,
    /// The candidates, whose draft is kept and forgotten with that of the accounts.
    pub(crate) candidates: Candidates<'a>,
}

impl<'a> Accounts<'a> {
    /// The accounts as of the last final block.
    pub fn new(store: &'a dyn Store, listed: &'a Listed) -> Self {
        let candidates = Candidates::new(store, listed);
        Self { store, read: BTreeMap::new(), changed: BTreeMap::new(), draft: BTreeMap::new(), candidates }
    }

    /// The account as it stands now, with block and draft.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub fn get(&mut self, address: &Address) -> Result<&Account, StoreError> {
        if let Some(account) = self.draft.get(address).or_else(|| self.changed.get(address)) {
            return Ok(account);
        }
        match self.read.entry(*address) {
            Entry::Occupied(entry) => Ok(entry.into_mut()),
            Entry::Vacant(entry) => Ok(entry.insert(read_account(self.store, address)?)),
        }
    }

    /// The account in the draft, to be changed.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub(crate) fn get_mut(&mut self, address: &Address) -> Result<&mut Account, StoreError> {
        if !self.draft.contains_key(address) {
            let account = self.get(address)?.clone();
            self.draft.insert(*address, account);
        }
        Ok(self.draft.entry(*address).or_default())
    }

    /// Makes the draft part of the block.
    pub(crate) fn keep(&mut self) {
        self.changed.extend(mem::take(&mut self.draft));
        self.candidates.keep();
    }

    /// Undoes the draft.
    pub(crate) fn forget(&mut self) {
        self.draft.clear();
        self.candidates.forget();
    }

    /// What each account of the draft has before and after it.
    pub(crate) fn drafted(&self) -> BTreeMap<Address, (Amount, Amount)> {
        let before = |address| self.changed.get(address).or_else(|| self.read.get(address));
        let balance = |account: Option<&Account>| account.map_or(Amount::ZERO, |account| account.balance);
        let drafted = self.draft.iter();
        drafted.map(|(address, account)| (*address, (balance(before(address)), account.balance))).collect()
    }

    /// What the accounts and candidates that the block changed had together before it and have after it, in nano.
    pub(crate) fn sums(&self) -> (u128, u128) {
        let sum = |accounts: &mut dyn Iterator<Item = &Account>| {
            // At most 2^64 amounts below 2^64: 128 bits hold their sum.
            accounts.map(|account| u128::from(account.balance.nano())).sum()
        };
        let before = &mut self.changed.keys().filter_map(|address| self.read.get(address));
        let (before, after): (u128, u128) = (sum(before), sum(&mut self.changed.values()));
        let (staked_before, staked_after) = self.candidates.sums();
        (before.saturating_add(staked_before), after.saturating_add(staked_after))
    }

    /// What the block changed, as rows of the state tree and as changes of the list of candidates.
    pub(crate) fn into_changes(self) -> (BTreeMap<Hash, Option<Vec<u8>>>, ListedChanges) {
        let (mut rows, listed) = self.candidates.into_changes();
        let accounts = self.changed.iter();
        rows.extend(accounts.map(|(address, account)| (Account::key(address), Some(leaf_bytes(account)))));
        (rows, listed)
    }
}
