//! The store of a real node: tables in a folder on disk, in the log-structured engine `fjall`.
//!
//! The folder holds `format`, one line with the version of everything inside, and `tables`, which belongs to the engine.
//! A batch goes to the engine's journal and is synchronised to the disk before it becomes visible, so that a crash
//! leaves it whole or absent. Why this engine: `docs/adr/0001-store-and-state-tree.md`.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use fjall::{Database, Keyspace, KeyspaceCreateOptions, LsmError, PersistMode, Readable as _};

use super::{Direction, KeyRange, Store, StoreError, Table, Visitor, WriteBatch};

/// The newest layout of the folder that this program reads, and the one that it writes.
const FORMAT: u32 = 1;

/// What the line in the `format` file begins with.
const FORMAT_LABEL: &str = "faic-store ";

/// Blocks of tables that were read stay in memory up to this many bytes.
const CACHE_BYTES: u64 = 128 << 20;

/// The journal is folded into the tables beyond this many bytes; it bounds what a restart reads again.
const JOURNAL_BYTES_MAX: u64 = 128 << 20;

/// The changes of one table stay in memory up to this many bytes.
const TABLE_BUFFER_BYTES: u64 = 16 << 20;

/// Tables in a folder on disk, open in one process at a time.
pub struct EmbeddedStore {
    /// The engine.
    database: Database,
    /// The engine's own handle of each table.
    tables: BTreeMap<Table, Keyspace>,
}

impl EmbeddedStore {
    /// Opens the store in `folder`, which is created when it does not exist or is empty.
    ///
    /// # Errors
    /// [`StoreError::InUse`] when another process has it open; [`StoreError::NewerFormat`]; [`StoreError::Corrupt`] when
    /// it is no store or cannot be read back; [`StoreError::ReadOnly`], [`StoreError::DiskFull`] and
    /// [`StoreError::Io`] as the operating system says.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        fs::create_dir_all(folder)?;
        let tables = folder.join("tables");
        if read_format(folder)?.is_none() {
            create(folder, &tables)?;
        }
        Self::open_tables(&tables)
    }

    /// Opens the engine's folder, and makes the tables that it does not have.
    fn open_tables(folder: &Path) -> Result<Self, StoreError> {
        let database =
            Database::builder(folder).cache_size(CACHE_BYTES).max_journaling_size(JOURNAL_BYTES_MAX).open()?;
        let options = || KeyspaceCreateOptions::default().max_memtable_size(TABLE_BUFFER_BYTES);
        let mut tables = BTreeMap::new();
        for table in Table::ALL {
            tables.insert(table, database.keyspace(table.name(), options)?);
        }
        Ok(Self { database, tables })
    }

    /// The engine's handle of a table.
    fn table(&self, table: Table) -> &Keyspace {
        self.tables.get(&table).expect("every table was opened with the store")
    }
}

impl Store for EmbeddedStore {
    fn read(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.table(table).get(key)?.map(|value| value.to_vec()))
    }

    fn scan(
        &self,
        table: Table,
        range: KeyRange<'_>,
        direction: Direction,
        visit: Visitor<'_>,
    ) -> Result<(), StoreError> {
        // A snapshot, because the table itself would show a batch while it is being put in.
        let mut rows = self.database.snapshot().range::<&[u8], _>(self.table(table), range);
        loop {
            let next = match direction {
                Direction::Ascending => rows.next(),
                Direction::Descending => rows.next_back(),
            };
            let Some(row) = next else { return Ok(()) };
            let (key, value) = row.into_inner()?;
            if visit(&key, &value) == ControlFlow::Break(()) {
                return Ok(());
            }
        }
    }

    fn write(&self, batch: WriteBatch) -> Result<(), StoreError> {
        let mut engine_batch = self.database.batch().durability(Some(PersistMode::SyncAll));
        for (table, key, value) in batch.into_changes() {
            match value {
                Some(value) => engine_batch.insert(self.table(table), key, value),
                None => engine_batch.remove(self.table(table), key),
            }
        }
        Ok(engine_batch.commit()?)
    }
}

/// Reads the version of the folder's layout; `None` for a folder that holds no store yet.
fn read_format(folder: &Path) -> Result<Option<u32>, StoreError> {
    let line = match fs::read_to_string(folder.join("format")) {
        Ok(line) => line,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    match line.trim_end().strip_prefix(FORMAT_LABEL).and_then(|version| version.parse().ok()) {
        Some(found) if found > FORMAT => Err(StoreError::NewerFormat { found, supported: FORMAT }),
        Some(found) => Ok(Some(found)),
        None => Err(StoreError::Corrupt { detail: "the file `format` is not that of a store".to_owned() }),
    }
}

/// Makes an empty store; whatever a crash left of an earlier attempt goes first.
///
/// The `format` file comes last, so a folder has it only when the tables are whole.
fn create(folder: &Path, tables: &Path) -> Result<(), StoreError> {
    let started = folder.join("format.new");
    if tables.try_exists()? && !started.try_exists()? {
        let detail = "the folder holds tables and no file `format`".to_owned();
        return Err(StoreError::Corrupt { detail });
    }
    write_durably(&started, &format!("{FORMAT_LABEL}{FORMAT}\n"))?;
    sync_folder(folder)?;
    if tables.try_exists()? {
        fs::remove_dir_all(tables)?;
    }
    drop(EmbeddedStore::open_tables(tables)?);
    fs::rename(&started, folder.join("format"))?;
    sync_folder(folder)
}

/// Writes a small file and waits until it is on the disk.
fn write_durably(path: &PathBuf, text: &str) -> Result<(), StoreError> {
    let mut file = File::create(path)?;
    file.write_all(text.as_bytes())?;
    Ok(file.sync_all()?)
}

/// Waits until the names in a folder are on the disk.
fn sync_folder(folder: &Path) -> Result<(), StoreError> {
    if cfg!(unix) {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

impl From<fjall::Error> for StoreError {
    #[expect(clippy::wildcard_enum_match_arm, reason = "the engine may add errors, and all of its others mean damage")]
    fn from(error: fjall::Error) -> Self {
        match error {
            fjall::Error::Io(source) | fjall::Error::Storage(LsmError::Io(source)) => source.into(),
            fjall::Error::Locked => Self::InUse,
            fjall::Error::Poisoned => Self::Halted,
            other => Self::Corrupt { detail: other.to_string() },
        }
    }
}

#[cfg(test)]
mod tests;
