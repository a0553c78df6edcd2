//! The store of a real node: tables in one file on disk, in the copy-on-write engine `redb`.
//!
//! The folder holds `format`, one line with the version of everything inside, and `tables.redb`, which belongs to the
//! engine. A batch is written beside the pages that it replaces, synchronised, and only then made current by a second
//! synchronised write of the file's header, so that a crash at any point leaves it whole or absent, and the next start
//! need not repair anything. Why this engine: `docs/adr/0001-store-and-state-tree.md`.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use redb::{Database, Durability, ReadTransaction, ReadableDatabase as _, TableDefinition, WriteTransaction};

use super::{Direction, KeyRange, Store, StoreError, Table, Visitor, WriteBatch};

/// The newest layout of the folder that this program reads, and the one that it writes.
const FORMAT: u32 = 1;

/// What the line in the `format` file begins with.
const FORMAT_LABEL: &str = "faic-store ";

/// Pages of the file stay in memory up to this many bytes.
const CACHE_BYTES: usize = 256 << 20;

/// How the engine knows a table: by its name, with opaque keys and values.
type Definition = TableDefinition<'static, &'static [u8], &'static [u8]>;

/// Tables in a file on disk, open in one process at a time.
#[derive(Debug)]
pub struct EmbeddedStore {
    /// The engine.
    database: Database,
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
        let tables = folder.join("tables.redb");
        if read_format(folder)?.is_none() {
            create(folder, &tables)?;
        }
        let database = Database::builder().set_cache_size(CACHE_BYTES).open(tables).map_err(failure)?;
        let known = database.begin_read().map_err(failure)?.list_tables().map_err(failure)?.count();
        if known < Table::ALL.len() {
            // A store of an earlier program has fewer tables.
            create_tables(&database)?;
        }
        Ok(Self { database })
    }
}

impl Store for EmbeddedStore {
    fn read(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        read(&self.database.begin_read().map_err(failure)?, table, key)
    }

    fn scan(
        &self,
        table: Table,
        range: KeyRange<'_>,
        direction: Direction,
        visit: Visitor<'_>,
    ) -> Result<(), StoreError> {
        scan(&self.database.begin_read().map_err(failure)?, table, range, direction, visit)
    }

    fn write(&self, batch: WriteBatch) -> Result<(), StoreError> {
        let transaction = begin_durable(&self.database)?;
        for (table, from) in batch.replaced() {
            transaction.delete_table(definition(*table)).map_err(failure)?;
            if let Some(from) = from {
                transaction.rename_table(definition(*from), definition(*table)).map_err(failure)?;
                transaction.open_table(definition(*from)).map_err(failure)?;
            }
            transaction.open_table(definition(*table)).map_err(failure)?;
        }
        let mut changes = batch.into_changes().peekable();
        while let Some((table, ..)) = changes.peek() {
            let table = *table;
            let mut rows = transaction.open_table(definition(table)).map_err(failure)?;
            while let Some((_, key, value)) = changes.next_if(|(next, ..)| *next == table) {
                match value {
                    Some(value) => rows.insert(key.as_slice(), value.as_slice()).map_err(failure)?,
                    None => rows.remove(key.as_slice()).map_err(failure)?,
                };
            }
        }
        transaction.commit().map_err(failure)
    }

    fn view(&self) -> Result<Arc<dyn Store>, StoreError> {
        Ok(Arc::new(EmbeddedView(self.database.begin_read().map_err(failure)?)))
    }
}

/// The tables as of one moment.
struct EmbeddedView(ReadTransaction);

impl Store for EmbeddedView {
    fn read(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        read(&self.0, table, key)
    }

    fn scan(
        &self,
        table: Table,
        range: KeyRange<'_>,
        direction: Direction,
        visit: Visitor<'_>,
    ) -> Result<(), StoreError> {
        scan(&self.0, table, range, direction, visit)
    }

    fn write(&self, _: WriteBatch) -> Result<(), StoreError> {
        Err(StoreError::view())
    }

    fn view(&self) -> Result<Arc<dyn Store>, StoreError> {
        Err(StoreError::view())
    }
}

/// Reads the value of a key as of one moment.
fn read(view: &ReadTransaction, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
    let rows = view.open_table(definition(table)).map_err(failure)?;
    let value = rows.get(key).map_err(failure)?;
    Ok(value.map(|value| value.value().to_vec()))
}

/// Visits the keys of a range as of one moment.
fn scan(
    view: &ReadTransaction,
    table: Table,
    range: KeyRange<'_>,
    direction: Direction,
    visit: Visitor<'_>,
) -> Result<(), StoreError> {
    let rows = view.open_table(definition(table)).map_err(failure)?;
    let mut rows = rows.range::<&[u8]>(range).map_err(failure)?;
    loop {
        let next = match direction {
            Direction::Ascending => rows.next(),
            Direction::Descending => rows.next_back(),
        };
        let Some(row) = next else { return Ok(()) };
        let (key, value) = row.map_err(failure)?;
        if visit(key.value(), value.value()) == ControlFlow::Break(()) {
            return Ok(());
        }
    }
}

/// How the engine knows a table.
const fn definition(table: Table) -> Definition {
    TableDefinition::new(table.name())
}

/// Begins a transaction whose commit returns only when it is on the disk and needs no repair after a crash.
fn begin_durable(database: &Database) -> Result<WriteTransaction, StoreError> {
    let mut transaction = database.begin_write().map_err(failure)?;
    transaction.set_durability(Durability::Immediate).map_err(failure)?;
    transaction.set_quick_repair(true);
    Ok(transaction)
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
        fs::remove_file(tables)?;
    }
    create_tables(&Database::create(tables).map_err(failure)?)?;
    fs::rename(&started, folder.join("format"))?;
    sync_folder(folder)
}

/// Makes every table that is not there.
fn create_tables(database: &Database) -> Result<(), StoreError> {
    let transaction = begin_durable(database)?;
    for table in Table::ALL {
        transaction.open_table(definition(table)).map_err(failure)?;
    }
    transaction.commit().map_err(failure)
}

/// Writes a small file and waits until it is on the disk.
fn write_durably(path: &Path, text: &str) -> Result<(), StoreError> {
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

/// What an error of the engine means to us.
#[expect(clippy::wildcard_enum_match_arm, reason = "the engine may add errors, and all of its others mean damage")]
fn failure(error: impl Into<redb::Error>) -> StoreError {
    match error.into() {
        redb::Error::Io(source)
            if matches!(source.kind(), io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof) =>
        {
            StoreError::Corrupt { detail: source.to_string() }
        }
        redb::Error::Io(source) => source.into(),
        redb::Error::DatabaseAlreadyOpen | redb::Error::LockProtocolMismatch => StoreError::InUse,
        redb::Error::PreviousIo => StoreError::Halted,
        other => StoreError::Corrupt { detail: other.to_string() },
    }
}

#[cfg(test)]
mod tests;
