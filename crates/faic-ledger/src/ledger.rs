//! The ledger: the chain of final blocks and the state that they made.
//!
//! One block is one atomic, durable batch of the store: its header, certificate, transactions, receipts, index rows and
//! state rows are all there or none is. So after a crash the ledger stands at height h or h + 1, never between. Blocks
//! enter only as [`FinalBlock`]s; reads speak of the last of them.

use std::{collections::BTreeMap, ops::Bound, sync::Arc};

use borsh::{BorshDeserialize, BorshSerialize};
use faic_core::{
    Account, Address, Block, Certificate, Hash, Header, Height, PublicKey, SignedTransaction,
    block::{Receipt, ValidatorSet},
    state_proof::StateProof,
};

use crate::{
    execution::{Context, Execution, ExecutionError},
    genesis::{Genesis, GenesisError},
    state::{self, Accounts, SystemState, leaf_bytes},
    store::{ALL_KEYS, Direction, Store, StoreError, Table, WriteBatch},
    tree::{StateTree, TreeError, TreeUpdate},
    validation::{BlockError, FinalBlock, VerifiedBlock, VerifiedTransaction, assemble},
};

mod audit;
mod rows;

pub use audit::{Audit, AuditError};
pub use rows::HistoryCursor;

/// The format of the rows; a ledger of a newer format is not opened.
pub const FORMAT: u32 = 1;

/// The end of the chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Tip {
    /// The height of the last final block; 0 is the genesis state.
    pub height: Height,
    /// Its id; the genesis id at height 0.
    pub id: Hash,
    /// Its time, in milliseconds since 1970-01-01 UTC.
    pub time_ms: u64,
    /// The root of the state after it.
    pub state_root: Hash,
}

impl Tip {
    /// The end of a chain whose last block has this header.
    fn of(header: &Header) -> Self {
        Self { height: header.height, id: header.id(), time_ms: header.time_ms, state_root: header.state_root }
    }

    /// The height of the next block.
    ///
    /// # Panics
    /// Never on a chain that was made block by block from height 0.
    pub const fn next_height(&self) -> Height {
        self.height.checked_add(1).expect("a chain that began at 0 does not reach the last height of 64 bits")
    }
}

/// A final block as it is kept, without its transactions.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct StoredHeader {
    /// The header.
    pub header: Header,
    /// The proof that the block is final.
    pub certificate: Certificate,
    /// How many transactions it has.
    pub transactions: u32,
}

/// A transaction in a final block, with what it did.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Inclusion {
    /// The transaction.
    pub signed: SignedTransaction,
    /// What it did.
    pub receipt: Receipt,
}

/// A transaction in an account's history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HistoryEntry {
    /// Where it is; the cursor of the page after it.
    pub place: HistoryCursor,
    /// The id of the transaction.
    pub transaction: Hash,
}

/// The chain of final blocks and the state that they made.
pub struct Ledger {
    /// Where everything is kept.
    store: Arc<dyn Store>,
    /// The authenticated state tree of the tip.
    tree: StateTree,
    /// The end of the chain.
    tip: Tip,
    /// The facts about the chain at the tip.
    system: SystemState,
    /// The validators of the next block.
    validators: ValidatorSet,
    /// What the chain began with.
    genesis: Genesis,
}

impl Ledger {
    /// Opens the ledger in `store`, which begins with `genesis` when the store is empty.
    ///
    /// # Errors
    /// [`OpenError`] for a store of another chain or a newer format, a damaged one, or a failing one.
    pub fn open(store: Arc<dyn Store>, genesis: Genesis) -> Result<Self, OpenError> {
        genesis.check()?;
        let known = rows::read_identity(store.as_ref())?;
        if let Some(identity) = &known {
            identity.check(&genesis)?;
        }
        let mut tree = StateTree::open(store.as_ref())?;
        let tip = match known {
            Some(_) => rows::read_tip(store.as_ref())?,
            None => begin(store.as_ref(), &mut tree, &genesis)?,
        };
        check_tip(store.as_ref(), &genesis, &tip)?;
        check_state(store.as_ref(), &tree, &tip)?;
        let system = state::read_system(store.as_ref())?;
        let validators = state::read_validators(store.as_ref())?;
        tracing::info!(height = tip.height, id = %tip.id.short(), leaves = tree.len(), "ledger.open");
        Ok(Self { store, tree, tip, system, validators, genesis })
    }

    /// The end of the chain.
    pub const fn tip(&self) -> &Tip {
        &self.tip
    }

    /// What the chain began with.
    pub const fn genesis(&self) -> &Genesis {
        &self.genesis
    }

    /// The facts about the chain at the tip.
    pub const fn system(&self) -> SystemState {
        self.system
    }

    /// The validators of the next block.
    pub const fn validators(&self) -> &ValidatorSet {
        &self.validators
    }

    /// Most canonical bytes of the transactions of one block.
    pub fn block_bytes_max(&self) -> usize {
        usize::try_from(self.genesis.parameters.block_bytes_max).expect("an address space has at least 32 bits")
    }

    /// What transactions of the next block are checked against.
    pub fn context(&self) -> Context {
        Context {
            chain_id: self.genesis.chain_id.clone(),
            height: self.tip.next_height(),
            base_fee_per_byte: self.system.base_fee_per_byte,
        }
    }

    /// The accounts of the tip, for checks.
    pub fn accounts(&self) -> Accounts<'_> {
        Accounts::new(self.store.as_ref())
    }

    /// Begins the execution of the next block.
    pub(crate) fn begin(&self) -> Execution<'_> {
        Execution::new(self.context(), self.store.as_ref())
    }

    /// Computes the state tree after changes, without making it real.
    pub(crate) fn prepare(&self, changes: BTreeMap<Hash, Option<Vec<u8>>>) -> Result<TreeUpdate, TreeError> {
        self.tree.prepare(self.store.as_ref(), changes)
    }

    /// Builds the next block of those candidates that can be in it, in their order.
    ///
    /// A candidate that can't is left out and named with its reason, so that the caller may forget it. The first for which
    /// there is no room ends the block, so the cost is bounded by the block's bytes and the candidates that can't be in it.
    ///
    /// # Errors
    /// [`BlockError`] when the store fails, the proposer is not a validator, or there is no time after the parent's.
    pub fn build(
        &self,
        proposer: PublicKey,
        time_ms: u64,
        candidates: impl IntoIterator<Item = VerifiedTransaction>,
    ) -> Result<Built, BlockError> {
        let parent_ms = self.tip.time_ms;
        let after_parent = parent_ms.checked_add(1).ok_or(BlockError::Time { parent_ms, found_ms: parent_ms })?;
        let mut execution = self.begin();
        let (mut included, mut refused) = (Vec::new(), Vec::new());
        for candidate in candidates {
            let bytes = execution.bytes().checked_add(candidate.bytes());
            if bytes.is_none_or(|bytes| bytes > self.block_bytes_max()) {
                break;
            }
            match execution.apply(&candidate) {
                Ok(()) => included.push(candidate),
                Err(ExecutionError::State(error)) => return Err(error.into()),
                Err(error) => refused.push((candidate, error)),
            }
        }
        let verified = assemble(self, execution, &included, proposer, time_ms.max(after_parent))?;
        Ok(Built { verified, refused })
    }

    /// Makes a final block the tip; returns once it would survive a power cut.
    ///
    /// # Errors
    /// [`CommitError::NotNext`] for a block that was verified on another tip or by another ledger; [`CommitError::Store`]
    /// when the write failed: reads go on to speak of the tip as it was, and what the disk holds is known only after the
    /// ledger is opened again.
    pub fn commit(&mut self, block: FinalBlock) -> Result<(), CommitError> {
        let FinalBlock { verified, certificate } = block;
        let VerifiedBlock { block, id, receipts, system, update } = verified;
        let Block { header, transactions } = block;
        if header.parent != self.tip.id || !self.tree.prepared(&update) {
            return Err(CommitError::NotNext { height: header.height, tip: self.tip.height });
        }
        let tip = Tip { height: header.height, id, time_ms: header.time_ms, state_root: update.root() };
        let count = transactions.len();
        let mut batch = WriteBatch::new();
        update.stage(&mut batch);
        rows::stage_block(&mut batch, header, certificate, transactions, receipts);
        rows::stage_tip(&mut batch, &tip);
        self.store.write(batch)?;
        self.tree.apply(update);
        self.tip = tip;
        self.system = system;
        tracing::debug!(height = tip.height, id = %tip.id.short(), transactions = count, "ledger.commit");
        Ok(())
    }

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

    /// Reads header and certificate of a final block; `None` beyond the tip and at height 0.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub fn header(&self, height: Height) -> Result<Option<StoredHeader>, StoreError> {
        rows::read(self.store.as_ref(), Table::Blocks, &rows::height_key(height))
    }

    /// Reads the transactions of a final block with their receipts, in their order; none where there is no block.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails or has lost one of them.
    pub fn inclusions(&self, height: Height) -> Result<Vec<Inclusion>, StoreError> {
        let (from, to) = rows::inclusion_range(height);
        let range = (Bound::Included(from.as_slice()), Bound::Included(to.as_slice()));
        rows::inclusions(height, &self.store.page(Table::Inclusions, range, Direction::Ascending, usize::MAX)?)
    }

    /// Reads a whole final block with its certificate; `None` beyond the tip and at height 0.
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
        Ok(Some((Block { header: stored.header, transactions }, stored.certificate)))
    }

    /// Where a final transaction is: its height and its position in the block.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub fn locate(&self, transaction: &Hash) -> Result<Option<(Height, u32)>, StoreError> {
        rows::read(self.store.as_ref(), Table::Transactions, transaction.as_bytes())
    }

    /// Reads the transaction at a place that [`Ledger::locate`] or the history named.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub fn inclusion(&self, height: Height, index: u32) -> Result<Option<Inclusion>, StoreError> {
        rows::read(self.store.as_ref(), Table::Inclusions, &rows::inclusion_key(height, index))
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
}

/// A block in the making, and what could not be in it.
#[derive(Debug)]
pub struct Built {
    /// The block.
    pub verified: VerifiedBlock,
    /// The candidates that were left out, with their reasons.
    pub refused: Vec<(VerifiedTransaction, ExecutionError)>,
}

/// Checks that the chain ends where its last block is: nothing else in the store is believed before that.
fn check_tip(store: &dyn Store, genesis: &Genesis, tip: &Tip) -> Result<(), StoreError> {
    let agrees = if tip.height == 0 {
        (tip.id, tip.time_ms) == (genesis.id(), genesis.time_ms)
    } else {
        let last: Option<StoredHeader> = rows::read(store, Table::Blocks, &rows::height_key(tip.height))?;
        last.is_some_and(|last| Tip::of(&last.header) == *tip)
    };
    if agrees { Ok(()) } else { Err(corrupt("the tip is not the last block")) }
}

/// Checks that the state tree is that of the last block, and that the facts about the chain are in it as they stand.
fn check_state(store: &dyn Store, tree: &StateTree, tip: &Tip) -> Result<(), OpenError> {
    if tree.root() != tip.state_root {
        return Err(corrupt("the state tree is not that of the last block").into());
    }
    for key in [SystemState::key(), state::validators_key()] {
        let value = store.read(Table::State, key.as_bytes())?;
        let proof = tree.prove(store, &key)?;
        proof
            .verify(&tip.state_root, &key, value.as_deref())
            .map_err(|error| corrupt(&format!("the facts about the chain are not those of the last block: {error}")))?;
    }
    Ok(())
}

/// The error of a store whose rows contradict each other.
fn corrupt(detail: &str) -> StoreError {
    StoreError::Corrupt { detail: detail.to_owned() }
}

/// The rows of the state tree that a chain begins with.
fn genesis_changes(genesis: &Genesis) -> Result<BTreeMap<Hash, Option<Vec<u8>>>, GenesisError> {
    let system = SystemState { base_fee_per_byte: genesis.parameters.base_fee_per_byte_min, supply: genesis.supply()? };
    let accounts = genesis.balances.iter().map(|(address, balance)| {
        (Account::key(address), Some(leaf_bytes(&Account { balance: *balance, ..Account::default() })))
    });
    let system_rows = [
        (SystemState::key(), Some(leaf_bytes(&system))),
        (state::validators_key(), Some(leaf_bytes(&genesis.validators))),
    ];
    Ok(accounts.chain(system_rows).collect())
}

/// Writes the genesis state into an empty store; one that is not empty has lost the row that says what it holds.
fn begin(store: &dyn Store, tree: &mut StateTree, genesis: &Genesis) -> Result<Tip, OpenError> {
    for table in Table::ALL {
        if !store.page(table, ALL_KEYS, Direction::Ascending, 1)?.is_empty() {
            return Err(corrupt("the row that says which chain this is is missing").into());
        }
    }
    let update = tree.prepare(store, genesis_changes(genesis)?)?;
    let tip = Tip { height: 0, id: genesis.id(), time_ms: genesis.time_ms, state_root: update.root() };
    let mut batch = WriteBatch::new();
    update.stage(&mut batch);
    rows::stage_identity(&mut batch, genesis);
    rows::stage_tip(&mut batch, &tip);
    store.write(batch)?;
    tree.apply(update);
    tracing::info!(chain_id = %genesis.chain_id, genesis = %tip.id.short(), "ledger.begin");
    Ok(tip)
}

/// Why a ledger can't be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The store holds another chain.
    #[error("the data folder holds the chain {found_chain} with genesis {found}, not {expected_chain} with {expected}")]
    OtherChain {
        /// The chain id in the store.
        found_chain: String,
        /// The genesis id in the store.
        found: Hash,
        /// The chain id that was asked for.
        expected_chain: String,
        /// The genesis id that was asked for.
        expected: Hash,
    },
    /// The store was written by newer software.
    #[error("the data folder has format {found}, this program knows up to {FORMAT}; use a newer program")]
    NewerFormat {
        /// The format in the store.
        found: u32,
    },
    /// The genesis document breaks its rules.
    #[error("the genesis document is wrong")]
    Genesis(#[from] GenesisError),
    /// The store failed or is damaged.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The state tree failed or is damaged.
    #[error(transparent)]
    Tree(#[from] TreeError),
}

/// Why a block was not committed.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// The block was verified on another tip, or by another ledger.
    #[error("block {height} was not verified on this ledger's tip at height {tip}")]
    NotNext {
        /// The block's height.
        height: Height,
        /// The height of the tip.
        tip: Height,
    },
    /// The write failed; what the disk holds is known only after the ledger is opened again.
    #[error("block could not be kept")]
    Store(#[from] StoreError),
}

#[cfg(test)]
mod tests;
