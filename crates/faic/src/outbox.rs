//! What the wallets of this program signed, until it is final or never will be: a file a transaction, beside the wallets.
//!
//! A record is on disk before the transaction is given to a node, and tells afterwards how far it came, so that no moment
//! at which the program may end loses the knowledge of it. The folder `payments` of the keystore has one folder a wallet;
//! on Unix others may not enter it. A file that is damaged is an error and never passed over, because a transaction that
//! is forgotten may be made twice. A lane of an account is locked while a command makes a transaction in it.

use std::{
    collections::BTreeSet,
    fs::{self, File, OpenOptions},
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
    time::Duration,
};

use faic_core::{Address, Hash, keystore::WalletName};

use crate::patience::Patience;

mod batch;
mod batch_lock;
mod checked;
mod error;
mod files;
mod holder;
mod lines;
mod record;
mod whole;

pub(crate) use batch::{Batch, Progress};
pub(crate) use error::{OutboxError, RecordError};
pub(crate) use files::{create_private_folder, names, read_private, write_private};
pub(crate) use holder::Holder;
pub(crate) use lines::Lines;
pub(crate) use record::{Belief, Part, Record, State, hash_text};

use files::{clear_temporary, remove};

/// The folder of a keystore in which records are.
const FOLDER: &str = "payments";
/// How the names of records end.
const SUFFIX: &str = ".json";
/// Most records of a wallet that are written.
pub(crate) const RECORDS_MAX: usize = 4_000;
/// Most records that are read: more than are written, because commands in several lanes may each write the last one, and
/// what forgets them must read them first.
const RECORDS_READ_MAX: usize = 2 * RECORDS_MAX;
/// How many transactions that came to their end are remembered.
pub(crate) const ENDED_KEPT: usize = 100;
/// Most bytes of a record: twice those of the largest transaction, because they are in hexadecimal, and the rest.
const RECORD_BYTES_MAX: usize = 128 * 1024;
/// Most bytes of the list of what a command makes in a lane.
const MADE_BYTES_MAX: usize = 4 * 1024 * 1024;
/// How long is waited to write down what became of a transaction while a wallet gets another name, which takes a moment.
const MOVE_WAIT: Duration = Duration::from_secs(10);
/// How long between two looks.
const TURN_POLL: Duration = Duration::from_millis(20);

/// What a wallet signed.
#[derive(Debug, Clone)]
pub(crate) struct Outbox {
    /// Its folder.
    folder: PathBuf,
}

/// A lane of an account in which no other command makes a transaction until this is dropped.
#[derive(Debug)]
pub(crate) struct LaneLock {
    /// The locked file.
    _file: File,
    /// Keeps the wallet in its place.
    _maker: File,
}

/// A running command's list of the transactions that it makes in a lane of an account.
#[derive(Debug)]
pub(crate) struct Making {
    /// The locked file, by which others see that the command is running.
    _running: File,
    /// The list.
    path: PathBuf,
    /// The list, opened.
    list: File,
}

impl Making {
    /// Puts a transaction on the list, before it is written down.
    ///
    /// # Errors
    /// That the list cannot be written.
    pub(crate) fn note(&self, id: &Hash) -> Result<(), OutboxError> {
        let failed = |source| OutboxError::File { path: self.path.clone(), source };
        writeln!(&self.list, "{id}").map_err(failed)
    }
}

impl Outbox {
    /// The outbox of a wallet; nothing is made before something is written.
    pub(crate) fn of(keystore: &Path, wallet: &WalletName) -> Self {
        Self { folder: keystore.join(FOLDER).join(wallet.as_str()) }
    }

    /// The folder.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// All records, by account, lane and sequence.
    ///
    /// # Errors
    /// [`OutboxError`] names the file that cannot be used.
    pub(crate) fn records(&self) -> Result<Vec<Record>, OutboxError> {
        let mut records = Vec::new();
        for name in names(&self.folder, SUFFIX, RECORDS_READ_MAX)? {
            records.extend(self.read(&name)?);
        }
        records.sort_by_key(|record: &Record| (record.sender(), record.nonce(), record.made_ms, record.id()));
        Ok(records)
    }

    /// Reads a record; `None` for one that another command forgot meanwhile.
    fn read(&self, name: &str) -> Result<Option<Record>, OutboxError> {
        let path = self.folder.join(format!("{name}{SUFFIX}"));
        let Some(bytes) = read_private(&path, RECORD_BYTES_MAX)? else { return Ok(None) };
        let named = Record::from_json(&bytes).and_then(|record| match Hash::parse(name) {
            Ok(id) if id == record.id() => Ok(Some(record)),
            Ok(_) | Err(_) => Err(RecordError::OtherName),
        });
        named.map_err(|source| OutboxError::Damaged { path, source })
    }

    /// Writes a record, new or in the place of what it was before; it is on disk when this returns.
    ///
    /// # Errors
    /// [`OutboxError::Full`] for a new one more than there may be; that the folder cannot be written.
    pub(crate) fn write(&self, record: &Record) -> Result<(), OutboxError> {
        create_private_folder(&self.folder)?;
        let path = self.path(&record.id());
        if !path.exists() && names(&self.folder, SUFFIX, RECORDS_READ_MAX)?.len() >= RECORDS_MAX {
            return Err(OutboxError::Full { most: RECORDS_MAX });
        }
        write_private(&path, &record.to_json())
    }

    /// Writes the end that was found out of a transaction, unless another command wrote it meanwhile and told of it, or
    /// forgot it since, as with its wallet. One that the user left meanwhile is none to tell of.
    ///
    /// # Errors
    /// [`OutboxError`] names the file that cannot be used.
    pub(crate) fn write_end(&self, ended: &Record) -> Result<(), OutboxError> {
        let _stays = self.keep_in_place(&Patience::of(MOVE_WAIT))?;
        let Some(now) = self.read(&ended.id().to_string())? else { return Ok(()) };
        match (now.state, ended.state) {
            (State::Final(_) | State::Expired | State::Replaced, _) => Ok(()),
            (State::Left, State::Found(height)) => self.write(&ended.in_state(State::Final(height))),
            (State::Built | State::Refused | State::Submitted | State::Left | State::Said(_) | State::Found(_), _) => {
                self.write(ended)
            }
        }
    }

    /// Writes a record of which the user was told, unless another command forgot it meanwhile, or its wallet has another
    /// name now or is gone.
    ///
    /// # Errors
    /// [`OutboxError`] names the file that cannot be used.
    pub(crate) fn write_told(&self, record: &Record) -> Result<(), OutboxError> {
        let _stays = self.keep_in_place(&Patience::of(MOVE_WAIT))?;
        if self.read(&record.id().to_string())?.is_none() {
            return Ok(());
        }
        self.write(record)
    }

    /// Forgets a record.
    ///
    /// # Errors
    /// That the folder cannot be written.
    pub(crate) fn forget(&self, id: &Hash) -> Result<(), OutboxError> {
        remove(&self.path(id))
    }

    /// Forgets the oldest of those that came to their end, beyond [`ENDED_KEPT`]; gives what is left.
    ///
    /// Those of a batch are kept until the batch is done, and those of which the user was not told until that was done. What
    /// killed commands left of files is taken away too.
    ///
    /// # Errors
    /// That the folder cannot be read or written.
    pub(crate) fn prune(&self, records: Vec<Record>) -> Result<Vec<Record>, OutboxError> {
        clear_temporary(&self.folder)?;
        clear_temporary(&self.batches_folder())?;
        let needed = self.begun_batches(&records)?;
        let is_needed = |record: &Record| record.batch.is_some_and(|part| needed.contains(&part.batch));
        // What was only said is taken for an end where nothing else depends on it.
        let is_end = |record: &Record| match record.batch {
            None => record.state.is_settled(Belief::Word),
            Some(_) => record.state.is_end() && !is_needed(record),
        };
        let is_over = |record: &&Record| record.state.is_told() && is_end(record);
        let mut ended: Vec<_> = records.iter().filter(is_over).collect();
        ended.sort_by_key(|record| record.made_ms);
        let many = ended.len().saturating_sub(ENDED_KEPT);
        let gone: BTreeSet<Hash> = ended.iter().take(many).map(|record| record.id()).collect();
        gone.iter().try_for_each(|id| self.forget(id))?;
        Ok(records.into_iter().filter(|record| !gone.contains(&record.id())).collect())
    }

    /// The batches of those records that are not done.
    fn begun_batches(&self, records: &[Record]) -> Result<BTreeSet<Hash>, OutboxError> {
        let batches: BTreeSet<Hash> = records.iter().filter_map(|record| Some(record.batch?.batch)).collect();
        let mut begun = BTreeSet::new();
        for id in batches {
            if self.batch(&id)?.is_none_or(|batch| batch.progress == Progress::Begun) {
                begun.insert(id);
            }
        }
        Ok(begun)
    }

    /// Waits until no wallet is moved and no other command makes a transaction in that lane of an account.
    ///
    /// # Errors
    /// [`OutboxError::Busy`] where another command does, [`OutboxError::WalletsMoving`] where a wallet is moved or removed.
    pub(crate) fn lock(&self, sender: &Address, lane: u8, patience: &Patience) -> Result<LaneLock, OutboxError> {
        let maker = self.keep_in_place(patience)?;
        create_private_folder(&self.folder)?;
        let (path, file) = self.open(sender, lane, "lock")?;
        if !lock_within(&path, &file, patience)? {
            return Err(OutboxError::Busy { lane, holder: Holder::of(&path) });
        }
        Holder::note(&file);
        Ok(LaneLock { _file: file, _maker: maker })
    }

    /// Begins the list of what this command makes in a lane that it has locked.
    ///
    /// The list of the command before is cleared before this one is seen to be running, so that nobody takes the one for
    /// the other. Whoever looks whether it is running does so for a moment only, which is waited for.
    ///
    /// # Errors
    /// [`OutboxError::Watched`] where another command looks for longer; that the folder cannot be written.
    pub(crate) fn begin_making(&self, sender: &Address, lane: u8, patience: &Patience) -> Result<Making, OutboxError> {
        let (path, list) = self.open(sender, lane, "made")?;
        list.set_len(0).map_err(|source| OutboxError::File { path: path.clone(), source })?;
        let (running_path, running) = self.open(sender, lane, "running")?;
        if lock_within(&running_path, &running, patience)? {
            Ok(Making { _running: running, path, list })
        } else {
            Err(OutboxError::Watched { lane })
        }
    }

    /// Whether a command that is running now made that transaction; one that only holds the lane, or that made others there,
    /// does not count.
    ///
    /// # Errors
    /// That the folder cannot be read.
    pub(crate) fn is_made_now(&self, record: &Record) -> Result<bool, OutboxError> {
        let (sender, lane) = (record.sender(), record.nonce().lane);
        let path = self.lane_path(&sender, lane, "running");
        let running = match File::open(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
            running => running.map_err(|source| OutboxError::File { path: path.clone(), source })?,
        };
        match running.try_lock_shared() {
            Ok(()) => return Ok(false),
            Err(fs::TryLockError::WouldBlock) => {}
            Err(fs::TryLockError::Error(source)) => return Err(OutboxError::File { path, source }),
        }
        let made = read_private(&self.lane_path(&sender, lane, "made"), MADE_BYTES_MAX)?.unwrap_or_default();
        let id = record.id().to_string();
        Ok(made.split(|byte| *byte == b'\n').any(|line| line == id.as_bytes()))
    }

    /// Opens a file of a lane, and makes it where it is not there.
    fn open(&self, sender: &Address, lane: u8, suffix: &str) -> Result<(PathBuf, File), OutboxError> {
        let path = self.lane_path(sender, lane, suffix);
        let file = open_lock(&path)?;
        Ok((path, file))
    }

    /// Where a file of a lane is.
    fn lane_path(&self, sender: &Address, lane: u8, suffix: &str) -> PathBuf {
        self.folder.join(format!(".{}-{lane}.{suffix}", hex::encode(sender.as_bytes())))
    }

    /// Where the record of a transaction is.
    fn path(&self, id: &Hash) -> PathBuf {
        self.folder.join(format!("{id}{SUFFIX}"))
    }
}

/// Opens a file that is locked or appended to, and makes it for its owner only where it is not there.
///
/// # Errors
/// That it cannot be opened.
fn open_lock(path: &Path) -> Result<File, OutboxError> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(|source| OutboxError::File { path: path.to_owned(), source })
}

/// Locks a file once no other process has it, or gives up when the patience is over; tells whether it did.
///
/// # Errors
/// That the system cannot lock it.
fn lock_within(path: &Path, file: &File, patience: &Patience) -> Result<bool, OutboxError> {
    within(path, patience, || file.try_lock())
}

/// Tries a lock until it is had, or gives up when the patience is over; tells whether it is.
///
/// # Errors
/// That the system cannot lock the file.
fn within(
    path: &Path,
    patience: &Patience,
    try_lock: impl Fn() -> Result<(), fs::TryLockError>,
) -> Result<bool, OutboxError> {
    loop {
        match try_lock() {
            Ok(()) => return Ok(true),
            Err(fs::TryLockError::WouldBlock) if patience.left().is_zero() => return Ok(false),
            Err(fs::TryLockError::WouldBlock) => patience.pause(TURN_POLL),
            Err(fs::TryLockError::Error(source)) => return Err(OutboxError::File { path: path.to_owned(), source }),
        }
    }
}

#[cfg(test)]
mod tests;
