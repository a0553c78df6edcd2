//! A store that forgets everything when it is dropped.
//!
//! For tests and for trying a block out. It keeps the promises of [`Store`] except that nothing survives the process.

use std::collections::BTreeMap;
use std::ops::{Bound, ControlFlow};
use std::sync::{Arc, PoisonError, RwLock};

use super::{Direction, KeyRange, Store, StoreError, Table, Visitor, WriteBatch};

/// One table's rows in key order.
type Rows = BTreeMap<Vec<u8>, Vec<u8>>;

/// Tables in memory, behind one lock so that a batch appears at once.
#[derive(Debug, Default)]
pub struct MemoryStore {
    /// The rows of each table that was ever written.
    tables: RwLock<BTreeMap<Table, Rows>>,
    /// Whether it is a view, which is not written to.
    is_view: bool,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Store for MemoryStore {
    fn read(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let tables = self.tables.read().unwrap_or_else(PoisonError::into_inner);
        Ok(tables.get(&table).and_then(|rows| rows.get(key)).cloned())
    }

    fn scan(
        &self,
        table: Table,
        range: KeyRange<'_>,
        direction: Direction,
        visit: Visitor<'_>,
    ) -> Result<(), StoreError> {
        let tables = self.tables.read().unwrap_or_else(PoisonError::into_inner);
        let Some(rows) = tables.get(&table).filter(|_| !is_inverted(range)) else { return Ok(()) };
        let mut rows = rows.range::<[u8], _>(range);
        loop {
            let next = match direction {
                Direction::Ascending => rows.next(),
                Direction::Descending => rows.next_back(),
            };
            let Some((key, value)) = next else { return Ok(()) };
            if visit(key, value) == ControlFlow::Break(()) {
                return Ok(());
            }
        }
    }

    fn write(&self, batch: WriteBatch) -> Result<(), StoreError> {
        if self.is_view {
            return Err(StoreError::view());
        }
        let mut tables = self.tables.write().unwrap_or_else(PoisonError::into_inner);
        for (table, from) in batch.replaced() {
            let rows = from.and_then(|from| tables.remove(&from)).unwrap_or_default();
            tables.insert(*table, rows);
        }
        for (table, key, value) in batch.into_changes() {
            let rows = tables.entry(table).or_default();
            match value {
                Some(value) => rows.insert(key, value),
                None => rows.remove(&key),
            };
        }
        Ok(())
    }

    fn view(&self) -> Result<Arc<dyn Store>, StoreError> {
        let tables = self.tables.read().unwrap_or_else(PoisonError::into_inner).clone();
        Ok(Arc::new(Self { tables: RwLock::new(tables), is_view: true }))
    }
}

/// Whether no key can lie in the range, for which `BTreeMap::range` would panic.
fn is_inverted(range: KeyRange<'_>) -> bool {
    match range {
        (Bound::Excluded(from), Bound::Excluded(to)) => from >= to,
        (Bound::Included(from) | Bound::Excluded(from), Bound::Included(to) | Bound::Excluded(to)) => from > to,
        (Bound::Unbounded, _) | (_, Bound::Unbounded) => false,
    }
}
