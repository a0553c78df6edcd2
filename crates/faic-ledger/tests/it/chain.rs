//! A stand-in for a chain of blocks: what each height writes follows from its number, so any height can be checked.

use std::collections::BTreeMap;
use std::path::Path;

use faic_core::{Domain, Hash};
use faic_ledger::store::{ALL_KEYS, Direction, EmbeddedStore, Store, StoreError, Table, WriteBatch};
use faic_ledger::tree::StateTree;

/// The keys that the blocks write to.
const KEYS: u64 = 3_000;

/// The keys that one block changes.
const CHANGES: u64 = 120;

/// A store with its tree at one height.
pub(crate) struct Chain {
    /// The store.
    store: EmbeddedStore,
    /// The state tree.
    tree: StateTree,
    /// The number of blocks.
    height: u64,
}

impl Chain {
    /// Opens the chain in a folder and checks every row of it against its height.
    pub(crate) fn open_checked(folder: &Path) -> Result<Self, StoreError> {
        let store = EmbeddedStore::open(folder)?;
        let height = store.read(Table::Meta, b"height")?.map_or(0, |bytes| number(&bytes));
        let tree = StateTree::open(&store).expect("the tree of a whole batch opens");
        let chain = Self { store, tree, height };
        chain.check()?;
        Ok(chain)
    }

    /// The number of blocks.
    pub(crate) const fn height(&self) -> u64 {
        self.height
    }

    /// Makes the next block durable.
    pub(crate) fn commit_next(&mut self) {
        self.try_commit_next().expect("a block can be written");
    }

    /// Makes the next block durable if the store can.
    pub(crate) fn try_commit_next(&mut self) -> Result<(), StoreError> {
        let height = self.height + 1;
        let update = self.tree.prepare(&self.store, changes(height)).expect("a block can be prepared");
        let mut batch = WriteBatch::new();
        update.stage(&mut batch);
        batch.put(Table::Meta, *b"height", height.to_be_bytes());
        batch.put(Table::Meta, *b"root", *update.root().as_bytes());
        batch.put(Table::Blocks, height.to_be_bytes(), body(height));
        self.store.write(batch)?;
        self.tree.apply(update);
        self.height = height;
        Ok(())
    }

    /// Asserts that every table is exactly what the height makes it, and nothing between two heights.
    fn check(&self) -> Result<(), StoreError> {
        let mut state: BTreeMap<Vec<u8>, Vec<u8>> = BTreeMap::new();
        for height in 1..=self.height {
            for (key, value) in changes(height) {
                let key = key.as_bytes().to_vec();
                match value {
                    Some(value) => state.insert(key, value),
                    None => state.remove(&key),
                };
            }
        }
        let rows = self.store.page(Table::State, ALL_KEYS, Direction::Ascending, usize::MAX)?;
        assert!(rows == state.into_iter().collect::<Vec<_>>(), "the state is not that of height {}", self.height);
        let blocks = self.store.page(Table::Blocks, ALL_KEYS, Direction::Ascending, usize::MAX)?;
        let expected = (1..=self.height).map(|height| (height.to_be_bytes().to_vec(), body(height)));
        assert!(blocks == expected.collect::<Vec<_>>(), "the blocks are not those of height {}", self.height);
        let root = self.store.read(Table::Meta, b"root")?.unwrap_or_else(|| Hash::ZERO.as_bytes().to_vec());
        assert_eq!(root, self.tree.root().as_bytes(), "the tree is not that of height {}", self.height);
        Ok(())
    }
}

/// The changes of the state that a block makes: values, and a removal now and then.
fn changes(height: u64) -> BTreeMap<Hash, Option<Vec<u8>>> {
    let change = |index: u64| {
        let key =
            Domain::Address.hash(&[&(height.wrapping_mul(0x9E37_79B9).wrapping_add(index * 17) % KEYS).to_be_bytes()]);
        let value = [height.to_be_bytes(), index.to_be_bytes()].concat();
        (key, (!(height + index).is_multiple_of(7)).then_some(value))
    };
    (0..CHANGES).map(change).collect()
}

/// The bytes of a block: some blocks are larger than many pages of a disk.
fn body(height: u64) -> Vec<u8> {
    let length = if height.is_multiple_of(3) { 200_000 } else { 900 };
    height.to_be_bytes().into_iter().cycle().take(length).collect()
}

/// Reads a big-endian number.
fn number(bytes: &[u8]) -> u64 {
    u64::from_be_bytes(bytes.try_into().expect("a height has eight bytes"))
}
