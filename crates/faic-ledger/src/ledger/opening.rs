//! Opening: a chain begins with its genesis, or goes on where the store says, once that is found to be right.

use std::{collections::BTreeMap, mem, sync::Arc};

use faic_core::{Account, Candidate, Hash, Succession, block::Validator, merkle::Frontier};

use super::{
    Decision, FORMAT, Ledger, StoredHeader, Tip, corrupt,
    rows::{self, Base},
};
use crate::{
    genesis::{Genesis, GenesisError},
    state::{
        self, SystemState, UnbondingClock,
        candidates::{self, Listed},
        leaf_bytes,
    },
    store::{ALL_KEYS, Direction, Store, StoreError, Table, WriteBatch},
    tree::{StateTree, TreeError},
};

/// Most blocks that are indexed in one write.
const INDEXED_BLOCKS_MAX: usize = 10_000;

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
        let base = rows::read_base(store.as_ref())?;
        let last = read_last(store.as_ref(), base.as_ref(), &tip)?;
        check_tip(&genesis, last.as_ref(), &tip)?;
        index_blocks(store.as_ref(), base.as_ref(), &tip)?;
        let listed = candidates::read_listed(store.as_ref())?;
        check_state(store.as_ref(), &tree, &tip, &listed)?;
        let system = state::read_system(store.as_ref())?;
        let validators = state::read_validators(store.as_ref())?;
        let validator_history = state::read_validator_history(store.as_ref())?;
        let ancestors = read_ancestors(store.as_ref(), last.as_ref(), &tip)?;
        let decision = read_decision(store.as_ref(), last)?;
        tracing::info!(height = tip.height, id = %tip.id.short(), leaves = tree.len(), "ledger.open");
        Ok(Self { store, tree, tip, ancestors, system, base, decision, validator_history, validators, listed, genesis })
    }
}

/// Reads the last block: that of the tip, or the one at which the chain begins; `None` at height 0.
fn read_last(store: &dyn Store, base: Option<&Base>, tip: &Tip) -> Result<Option<Base>, StoreError> {
    match base {
        Some(base) if base.header.height == tip.height => Ok(Some(base.clone())),
        Some(base) if base.header.height > tip.height => Err(corrupt("the chain begins after its tip")),
        Some(_) | None => {
            let last: Option<StoredHeader> = rows::read(store, Table::Blocks, &rows::height_key(tip.height))?;
            Ok(last.map(|last| Base { header: last.header, certificate: last.certificate }))
        }
    }
}

/// Checks that the chain ends where its last block is: nothing else in the store is believed before that.
fn check_tip(genesis: &Genesis, last: Option<&Base>, tip: &Tip) -> Result<(), StoreError> {
    let agrees = match last {
        Some(last) => Tip::of(&last.header) == *tip,
        None => (tip.height, tip.id, tip.time_ms) == (0, genesis.id(), genesis.time_ms),
    };
    if agrees { Ok(()) } else { Err(corrupt("the tip is not the last block")) }
}

/// Makes every block found by its id in a store whose last one is not, because a program that did not know ids wrote it.
fn index_blocks(store: &dyn Store, base: Option<&Base>, tip: &Tip) -> Result<(), StoreError> {
    let first = base.map_or(0, |base| base.header.height).saturating_add(1);
    if tip.height < first || store.read(Table::BlockIds, tip.id.as_bytes())?.is_some() {
        return Ok(());
    }
    let mut batch = WriteBatch::new();
    let mut staged = 0_usize;
    // The last block comes last, so that an index that was left half made is made again.
    for height in first..=tip.height {
        let stored: Option<StoredHeader> = rows::read(store, Table::Blocks, &rows::height_key(height))?;
        let stored = stored.ok_or_else(|| corrupt("a block is missing"))?;
        rows::stage_block_id(&mut batch, &stored.header.id(), height);
        staged = staged.saturating_add(1);
        if staged == INDEXED_BLOCKS_MAX || height == tip.height {
            store.write(mem::take(&mut batch))?;
            staged = 0;
        }
    }
    tracing::info!(first, last = tip.height, "ledger.blocks_indexed");
    Ok(())
}

/// Checks that the state tree is that of the last block, and that the facts about the chain are in it as they stand.
fn check_state(store: &dyn Store, tree: &StateTree, tip: &Tip, listed: &Listed) -> Result<(), OpenError> {
    if tree.root() != tip.state_root {
        return Err(corrupt("the state tree is not that of the last block").into());
    }
    let facts = [SystemState::key(), state::validators_key(), state::validator_history_key(), candidates::listed_key()];
    for key in facts.into_iter().chain(listed.keys().map(Candidate::state_key)) {
        let value = store.read(Table::State, key.as_bytes())?;
        let proof = tree.prove(store, &key)?;
        proof
            .verify(&tip.state_root, &key, value.as_deref())
            .map_err(|error| corrupt(&format!("the facts about the chain are not those of the last block: {error}")))?;
    }
    Ok(())
}

/// Reads how the last block was decided. Its header says by whom, so the set is believed without being in the state tree.
fn read_decision(store: &dyn Store, last: Option<Base>) -> Result<Option<Decision>, StoreError> {
    let Some(Base { header, certificate }) = last else { return Ok(None) };
    match rows::validators_at(store, header.height)? {
        Some(validators) if header.validators == validators.hash() => {
            Ok(Some(Decision { header, certificate, validators }))
        }
        Some(_) | None => Err(corrupt("the validators are not those of the last block")),
    }
}

/// Reads the list of the ids of all blocks, which the last header names but for itself.
fn read_ancestors(store: &dyn Store, last: Option<&Base>, tip: &Tip) -> Result<Frontier, StoreError> {
    let mut ancestors = rows::read_frontier(store, tip.height)?;
    if last.is_some_and(|last| last.header.ancestors != ancestors.root()) {
        return Err(corrupt("the ids of earlier blocks are not those of the last block"));
    }
    ancestors.push(tip.id);
    Ok(ancestors)
}

/// The candidates that a chain begins with: its validators.
fn genesis_candidates(genesis: &Genesis) -> Listed {
    let candidate = |validator: &Validator| Candidate { stake: validator.stake, ..Candidate::new(validator.key) };
    genesis.validators.iter().map(|validator| (validator.operator, candidate(validator))).collect()
}

/// The rows of the state tree that a chain begins with.
pub(super) fn genesis_changes(genesis: &Genesis) -> Result<BTreeMap<Hash, Option<Vec<u8>>>, GenesisError> {
    let system = SystemState {
        base_fee_per_byte: genesis.parameters.base_fee_per_byte_min,
        supply: genesis.supply()?,
        clock: UnbondingClock::begin(genesis.time_ms),
    };
    let accounts = genesis.balances.iter().map(|(address, balance)| {
        (Account::key(address), Some(leaf_bytes(&Account { balance: *balance, ..Account::default() })))
    });
    let system_rows = [
        (SystemState::key(), Some(leaf_bytes(&system))),
        (state::validators_key(), Some(leaf_bytes(&genesis.validators))),
        (state::validator_history_key(), Some(leaf_bytes(Succession::begin(genesis.validators.clone()).history()))),
    ];
    let candidates = candidates::first_rows(&genesis_candidates(genesis));
    Ok(accounts.chain(system_rows).chain(candidates).collect())
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
    rows::stage_validators(&mut batch, tip.next_height(), &genesis.validators);
    rows::stage_identity(&mut batch, genesis);
    rows::stage_tip(&mut batch, &tip);
    rows::stage_subtrees(&mut batch, Frontier::default().push(tip.id));
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
    /// The store was written before the chain's rules were changed, and there is no way from there to here.
    #[error("the data folder has format {found}, this program reads {FORMAT} only; begin in another folder")]
    OlderFormat {
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
