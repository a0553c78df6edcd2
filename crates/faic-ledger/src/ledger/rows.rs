//! The ledger's rows: how blocks, transactions and histories are spelt in the tables of the store.
//!
//! Numbers in keys are big-endian, so that the order of keys is the order of heights and positions. Values are canonical
//! bytes. State rows are the state tree's alone.

use std::ops::Bound;

use borsh::{BorshDeserialize, BorshSerialize};
use faic_core::{
    Address, Block, Certificate, Handover, Hash, Header, Height,
    account::History,
    block::{Receipt, ValidatorSet},
    merkle::{Frontier, Subtree},
};

use super::{FORMAT, HistoryEntry, Inclusion, OpenError, StoredHeader, Tip, corrupt, restore::Trust, snapshot::Offer};
use crate::{
    execution::Histories,
    genesis::Genesis,
    store::{ALL_KEYS, Direction, Row, Store, StoreError, Table, WriteBatch},
};

/// The row of [`Table::Meta`] that says which chain this is.
const IDENTITY: &[u8] = b"identity";
/// The row of [`Table::Meta`] that says where the chain ends.
const TIP: &[u8] = b"tip";

/// The row of [`Table::Meta`] that says at which block the chain of a restored ledger begins.
const BASE: &[u8] = b"base";
/// The row of [`Table::Meta`] with the offer of the snapshot that is being restored.
const RESTORE_OFFER: &[u8] = b"restore_offer";
/// The row of [`Table::Meta`] that says how far trust in that offer reaches.
const RESTORE_TRUST: &[u8] = b"restore_trust";

/// How many rows [`Table::Meta`] has at least.
pub(super) const META_ROWS: u64 = 2;
/// How many more while a snapshot is being restored.
pub(super) const RESTORE_ROWS: u64 = 2;

/// The block at which the chain of a restored ledger begins; the ledger has its state, and the blocks after it.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(super) struct Base {
    /// Its header.
    pub(super) header: Header,
    /// The proof that it is final.
    pub(super) certificate: Certificate,
}

/// Which chain a store holds.
#[derive(Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(super) struct Identity {
    /// The format of the rows; first, so that every version can read it.
    format: u32,
    /// The chain's name.
    chain_id: String,
    /// The id of its genesis document.
    genesis: Hash,
}

impl Identity {
    /// The identity of the chain that begins with `genesis`.
    pub(super) fn of(genesis: &Genesis) -> Self {
        Self { format: FORMAT, chain_id: genesis.chain_id.to_string(), genesis: genesis.id() }
    }

    /// Refuses another chain.
    pub(super) fn check(&self, genesis: &Genesis) -> Result<(), OpenError> {
        if self.genesis == genesis.id() {
            return Ok(());
        }
        Err(OpenError::OtherChain {
            found_chain: self.chain_id.clone(),
            found: self.genesis,
            expected_chain: genesis.chain_id.to_string(),
            expected: genesis.id(),
        })
    }
}

/// The place of a transaction in the chain, and a cursor into a history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct HistoryCursor {
    /// The height of its block.
    pub height: Height,
    /// Its position in the block.
    pub index: u32,
}

impl HistoryCursor {
    /// The least place.
    pub(super) const FIRST: Self = Self { height: 0, index: 0 };
    /// The greatest place.
    pub(super) const LAST: Self = Self { height: Height::MAX, index: u32::MAX };
}

/// Reads and decodes one row.
pub(super) fn read<T: BorshDeserialize>(store: &dyn Store, table: Table, key: &[u8]) -> Result<Option<T>, StoreError> {
    store.read(table, key)?.map(|bytes| decode(table, &bytes)).transpose()
}

/// Decodes a row's value.
pub(super) fn decode<T: BorshDeserialize>(table: Table, bytes: &[u8]) -> Result<T, StoreError> {
    borsh::from_slice(bytes)
        .map_err(|error| StoreError::Corrupt { detail: format!("a row of {} can't be decoded: {error}", table.name()) })
}

/// Encodes a row's value.
fn encode(value: &impl BorshSerialize) -> Vec<u8> {
    borsh::to_vec(value).expect("writing to memory does not fail")
}

/// Which chain the store holds; `None` for an empty store.
pub(super) fn read_identity(store: &dyn Store) -> Result<Option<Identity>, OpenError> {
    let Some(bytes) = store.read(Table::Meta, IDENTITY)? else { return Ok(None) };
    let found = u32::deserialize(&mut bytes.as_slice())
        .map_err(|error| StoreError::Corrupt { detail: format!("the format can't be decoded: {error}") })?;
    if found > FORMAT {
        return Err(OpenError::NewerFormat { found });
    }
    if found < FORMAT {
        return Err(OpenError::OlderFormat { found });
    }
    Ok(Some(decode(Table::Meta, &bytes)?))
}

/// Where the chain ends.
pub(super) fn read_tip(store: &dyn Store) -> Result<Tip, StoreError> {
    read(store, Table::Meta, TIP)?.ok_or_else(|| StoreError::Corrupt { detail: "the tip is missing".to_owned() })
}

/// At which block the chain begins; `None` when it has every block.
pub(super) fn read_base(store: &dyn Store) -> Result<Option<Base>, StoreError> {
    read(store, Table::Meta, BASE)
}

/// Adds the row that says at which block the chain begins.
pub(super) fn stage_base(batch: &mut WriteBatch, base: &Base) {
    batch.put(Table::Meta, BASE, encode(base));
}

/// Which snapshot is being restored, and how far trust in it reaches.
pub(super) fn read_restore(store: &dyn Store) -> Result<Option<(Offer, Trust)>, StoreError> {
    let offer = read(store, Table::Meta, RESTORE_OFFER)?;
    Ok(offer.zip(read(store, Table::Meta, RESTORE_TRUST)?))
}

/// Adds the rows that say which snapshot is being restored.
pub(super) fn stage_restore(batch: &mut WriteBatch, offer: &Offer, trust: &Trust) {
    batch.put(Table::Meta, RESTORE_OFFER, encode(offer));
    stage_trust(batch, trust);
}

/// Adds the row that says how far trust in the snapshot that is being restored reaches.
pub(super) fn stage_trust(batch: &mut WriteBatch, trust: &Trust) {
    batch.put(Table::Meta, RESTORE_TRUST, encode(trust));
}

/// Removes the rows that say which snapshot is being restored.
pub(super) fn remove_restore(batch: &mut WriteBatch) {
    batch.remove(Table::Meta, RESTORE_OFFER);
    batch.remove(Table::Meta, RESTORE_TRUST);
}

/// Adds a change of the validators before the base, to a set that decides from a height on.
pub(super) fn stage_handover(batch: &mut WriteBatch, from: Height, handover: &Handover) {
    batch.put(Table::Handovers, height_key(from), encode(handover));
}

/// Reads the changes of the validators before the base, ascending by the first height of the new set.
pub(super) fn read_handovers(store: &dyn Store) -> Result<Vec<(Height, Handover)>, StoreError> {
    let rows = store.page(Table::Handovers, ALL_KEYS, Direction::Ascending, usize::MAX)?;
    let decoded = rows.iter().map(|(key, value)| {
        let from = key.as_slice().try_into().map_err(|_| corrupt("a change of the validators has no height"))?;
        Ok((Height::from_be_bytes(from), decode(Table::Handovers, value)?))
    });
    decoded.collect()
}

/// Adds the row that says which chain this is.
pub(super) fn stage_identity(batch: &mut WriteBatch, genesis: &Genesis) {
    batch.put(Table::Meta, IDENTITY, encode(&Identity::of(genesis)));
}

/// Adds the row that says where the chain ends.
pub(super) fn stage_tip(batch: &mut WriteBatch, tip: &Tip) {
    batch.put(Table::Meta, TIP, encode(tip));
}

/// Adds the row of the validators who decide from a height on.
pub(super) fn stage_validators(batch: &mut WriteBatch, from: Height, validators: &ValidatorSet) {
    batch.put(Table::Validators, height_key(from), encode(validators));
}

/// Reads the validators who decide the block of a height: those of the last change up to it.
pub(super) fn validators_at(store: &dyn Store, height: Height) -> Result<Option<ValidatorSet>, StoreError> {
    let key = height_key(height);
    let range = (Bound::Unbounded, Bound::Included(key.as_slice()));
    let rows = store.page(Table::Validators, range, Direction::Descending, 1)?;
    rows.first().map(|(_, value)| decode(Table::Validators, value)).transpose()
}

/// Adds the rows of complete subtrees of the list of all block ids.
pub(super) fn stage_subtrees(batch: &mut WriteBatch, subtrees: impl IntoIterator<Item = (Subtree, Hash)>) {
    for (subtree, root) in subtrees {
        batch.put(Table::Ancestors, subtree_key(subtree), root.as_bytes().as_slice());
    }
}

/// Reads the root of a complete subtree of the list of all block ids.
pub(super) fn read_subtree(store: &dyn Store, subtree: Subtree) -> Result<Hash, StoreError> {
    read(store, Table::Ancestors, &subtree_key(subtree))?.ok_or_else(|| corrupt("ids of earlier blocks are missing"))
}

/// Reads a final block without its transactions.
pub(super) fn read_header(store: &dyn Store, height: Height) -> Result<Option<StoredHeader>, StoreError> {
    read(store, Table::Blocks, &height_key(height))
}

/// Where a final transaction is: its height and its position in the block.
pub(super) fn read_place(store: &dyn Store, transaction: &Hash) -> Result<Option<(Height, u32)>, StoreError> {
    read(store, Table::Transactions, transaction.as_bytes())
}

/// Reads the transactions of a final block with their receipts, in their order; none where there is no block.
pub(super) fn read_inclusions(store: &dyn Store, height: Height) -> Result<Vec<Inclusion>, StoreError> {
    let (from, to) = inclusion_range(height);
    let range = (Bound::Included(from.as_slice()), Bound::Included(to.as_slice()));
    inclusions(height, &store.page(Table::Inclusions, range, Direction::Ascending, usize::MAX)?)
}

/// Reads the edge of the list of all block ids as it was when it had so many.
pub(super) fn read_frontier(store: &dyn Store, count: u64) -> Result<Frontier, StoreError> {
    let peaks = Frontier::subtrees(count).map(|subtree| read_subtree(store, subtree)).collect::<Result<_, _>>()?;
    Ok(Frontier::new(count, peaks).expect("a list of that length has those subtrees"))
}

/// The key of a complete subtree of the list of all block ids: its level and its place.
pub(super) fn subtree_key(subtree: Subtree) -> Vec<u8> {
    [subtree.level.to_be_bytes().as_slice(), &subtree.index.to_be_bytes()].concat()
}

/// Adds the row by which a block is found by its id.
pub(super) fn stage_block_id(batch: &mut WriteBatch, id: &Hash, height: Height) {
    batch.put(Table::BlockIds, id.as_bytes().as_slice(), encode(&height));
}

/// Adds every row of a block but those of the state, the validators and its id.
pub(super) fn stage_block(
    batch: &mut WriteBatch,
    block: Block,
    certificate: Certificate,
    receipts: Vec<Receipt>,
    histories: &[Histories],
) {
    let Block { header, last_certificate, evidence, transactions } = block;
    let height = header.height;
    let count =
        u32::try_from(transactions.len()).expect("the limit on a block's bytes keeps its transactions below 2^32");
    let done = transactions.into_iter().zip(receipts).zip(histories);
    for (index, ((signed, receipt), histories)) in (0..count).zip(done) {
        let place = HistoryCursor { height, index };
        for (address, before) in histories {
            batch.put(Table::History, history_key(address, place), encode(&(receipt.transaction, *before)));
        }
        batch.put(Table::Transactions, receipt.transaction.as_bytes().as_slice(), encode(&(height, index)));
        batch.put(Table::Inclusions, inclusion_key(height, index), encode(&Inclusion { signed, receipt }));
    }
    let stored = StoredHeader { header, certificate, last_certificate, evidence, transactions: count };
    batch.put(Table::Blocks, height_key(height), encode(&stored));
}

/// The key of a block.
pub(super) fn height_key(height: Height) -> Vec<u8> {
    height.to_be_bytes().to_vec()
}

/// The key of a transaction by its place.
pub(super) fn inclusion_key(height: Height, index: u32) -> Vec<u8> {
    [height.to_be_bytes().as_slice(), &index.to_be_bytes()].concat()
}

/// The first and the last key of a block's transactions.
pub(super) fn inclusion_range(height: Height) -> (Vec<u8>, Vec<u8>) {
    (inclusion_key(height, 0), inclusion_key(height, u32::MAX))
}

/// The key of an entry in an account's history.
pub(super) fn history_key(address: &Address, place: HistoryCursor) -> Vec<u8> {
    [address.as_bytes().as_slice(), &inclusion_key(place.height, place.index)].concat()
}

/// Decodes a block's transactions, whose rows are numbered from 0 without a gap.
pub(super) fn inclusions(height: Height, rows: &[Row]) -> Result<Vec<Inclusion>, StoreError> {
    let numbered = (0..).map(|index| inclusion_key(height, index)).zip(rows);
    let decoded = numbered.map(|(expected, (key, value))| {
        if *key != expected {
            let detail = format!("a transaction is missing from the block at height {height}");
            return Err(StoreError::Corrupt { detail });
        }
        decode(Table::Inclusions, value)
    });
    decoded.collect()
}

/// Decodes an entry of a history.
pub(super) fn history_entry(key: &[u8], value: &[u8]) -> Result<HistoryEntry, StoreError> {
    let corrupt = || corrupt("a row of the history can't be decoded");
    let place = key.get(32..).ok_or_else(corrupt)?;
    let (height, index) = place.split_first_chunk::<8>().ok_or_else(corrupt)?;
    let (transaction, before): (Hash, History) = decode(Table::History, value)?;
    Ok(HistoryEntry {
        place: HistoryCursor {
            height: u64::from_be_bytes(*height),
            index: u32::from_be_bytes(index.try_into().map_err(|_| corrupt())?),
        },
        transaction,
        before,
    })
}
