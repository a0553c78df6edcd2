//! The journal: what this validator said about the height that is being decided, on disk before anybody hears it.
//!
//! One file, begun anew for every height. It is a header with the validator's key, then frames with checksums; each flush
//! ends with a mark that names its own place. A frame that cannot be read is the end of what a crash left, unless a mark
//! follows it: then the disk has lost something that was promised, and the journal is refused. Beside it lies a note that
//! says which key has a journal, so that a journal that was lost is never taken for one that never was.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use borsh::{BorshDeserialize, BorshSerialize};
use faic_core::{Domain, Height, PublicKey};

use super::record::Record;

/// What the file begins with.
const MAGIC: [u8; 8] = *b"FAICJRN1";
/// The bytes of the header: magic and key.
const HEADER_BYTES: u64 = 40;
/// The first byte of a frame.
const FRAME: u8 = 1;
/// The first byte of a mark.
const MARK: u8 = 2;
/// What tells a mark from other bytes.
const MARK_MAGIC: [u8; 16] = *b"faic flushed    ";
/// The bytes of a mark: its first byte, magic, place and checksum.
const MARK_BYTES: usize = 1 + 16 + 8 + CHECKSUM_BYTES;
/// The bytes of a checksum.
const CHECKSUM_BYTES: usize = 8;
/// Most bytes of the file that are read; a height that fills more has gone wrong, and none of it may be cut off.
const JOURNAL_BYTES_MAX: u64 = 1024 * 1024 * 1024;

/// What a frame holds.
#[derive(Debug, BorshSerialize, BorshDeserialize)]
enum Entry {
    /// What follows is of this height.
    Begin(Height),
    /// Something to remember.
    Record(Record),
}

/// The journal of one validator key, open.
#[derive(Debug)]
pub(super) struct Journal {
    /// The file.
    file: File,
    /// Where the file is.
    path: PathBuf,
    /// Whose journal it is.
    key: PublicKey,
    /// What was not written yet.
    buffer: Vec<u8>,
    /// Where the buffer begins in the file.
    offset: u64,
}

/// What an opened journal holds.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Recalled {
    /// The height that the records are of; 0 without one.
    pub(super) height: Height,
    /// The records, in their order.
    pub(super) records: Vec<Record>,
    /// Whether the key has never taken part with this journal.
    pub(super) is_new: bool,
}

impl Journal {
    /// Opens the journal of `key` in `folder`, which is made where it is not there.
    ///
    /// `has_voted` says whether the ledger knows votes of the key; then a journal must be there, and not a new one. A new
    /// one is to be [settled](Self::settle) before the first vote.
    ///
    /// # Errors
    /// [`JournalError`] names what is wrong.
    pub(super) fn open(folder: &Path, key: &PublicKey, has_voted: bool) -> Result<(Self, Recalled), JournalError> {
        let path = folder.join("journal");
        let failed = |source| JournalError::Storage { path: path.clone(), source };
        let note = folder.join("journal.key");
        let noted = read_note(&note).map_err(failed)?.as_deref() == Some(key.to_string().as_str());
        let promised = has_voted || noted;
        let found = path.try_exists().map_err(failed)?;
        if !found && promised {
            return Err(JournalError::Lost { path, key: *key });
        }
        fs::create_dir_all(folder).map_err(failed)?;
        let file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path).map_err(failed)?;
        let mut journal = Self { file, path: path.clone(), key: *key, buffer: Vec::new(), offset: HEADER_BYTES };
        let length = journal.file.metadata().map_err(failed)?.len();
        if length > JOURNAL_BYTES_MAX {
            return Err(JournalError::TooLarge { path, bytes: length });
        }
        let bytes = journal.read().map_err(failed)?;
        let mut recalled = match recall(&bytes, key) {
            Header::Ours(Ok((recalled, end))) => {
                journal.file.set_len(end).map_err(failed)?;
                journal.offset = end;
                recalled
            }
            Header::Ours(Err(offset)) => return Err(JournalError::Damaged { path, offset }),
            Header::Other if promised => return Err(JournalError::Lost { path, key: *key }),
            Header::Other => {
                journal.create(key).map_err(failed)?;
                Recalled::default()
            }
        };
        recalled.is_new = !noted && recalled.height == 0;
        if recalled.is_new && has_voted {
            return Err(JournalError::Lost { path, key: *key });
        }
        if !recalled.is_new {
            journal.settle().map_err(failed)?;
        }
        Ok((journal, recalled))
    }

    /// Notes durably that the key takes part with this journal from now on, so that it is missed when it is lost.
    ///
    /// # Errors
    /// The operating system's.
    pub(super) fn settle(&self) -> io::Result<()> {
        write_note(&self.path.with_extension("key"), &self.key)
    }

    /// Where the file is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Begins the journal of a validator whose journal was given up, from a height on below which it must not vote.
    ///
    /// # Errors
    /// [`JournalError::Storage`].
    pub(super) fn begin_anew(folder: &Path, key: &PublicKey, height: Height) -> Result<(Self, Recalled), JournalError> {
        let path = folder.join("journal");
        let failed = |source| JournalError::Storage { path: path.clone(), source };
        fs::create_dir_all(folder).map_err(failed)?;
        let file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path).map_err(failed)?;
        let mut journal = Self { file, path: path.clone(), key: *key, buffer: Vec::new(), offset: HEADER_BYTES };
        journal.create(key).map_err(failed)?;
        journal.begin(height).map_err(failed)?;
        journal.flush().map_err(failed)?;
        journal.settle().map_err(failed)?;
        Ok((journal, Recalled { height, ..Recalled::default() }))
    }

    /// Writes the header of a journal of `key` into an empty file, durably.
    fn create(&mut self, key: &PublicKey) -> io::Result<()> {
        self.file.set_len(0)?;
        self.file.seek(SeekFrom::Start(0))?;
        self.file.write_all(&[MAGIC.as_slice(), key.as_bytes()].concat())?;
        self.file.sync_all()?;
        self.offset = HEADER_BYTES;
        Ok(())
    }

    /// Reads the whole file.
    fn read(&mut self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.file.seek(SeekFrom::Start(0))?;
        self.file.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// Forgets the records, because the block of their height is durable, and begins those of `height`.
    ///
    /// # Errors
    /// The operating system's.
    pub(super) fn begin(&mut self, height: Height) -> io::Result<()> {
        self.file.set_len(HEADER_BYTES)?;
        self.buffer.clear();
        self.offset = HEADER_BYTES;
        self.append(&Entry::Begin(height));
        Ok(())
    }

    /// Notes a record, to be written by the next flush.
    pub(super) fn remember(&mut self, record: Record) {
        self.append(&Entry::Record(record));
    }

    /// Adds a frame to the buffer.
    fn append(&mut self, entry: &Entry) {
        let payload = borsh::to_vec(entry).expect("writing to memory does not fail");
        let length = u32::try_from(payload.len()).expect("a block is smaller than 4 GiB");
        self.buffer.push(FRAME);
        self.buffer.extend(length.to_le_bytes());
        self.buffer.extend(checksum(&payload));
        self.buffer.extend(payload);
    }

    /// Whether there is anything to flush.
    pub(super) fn is_flushed(&self) -> bool {
        self.buffer.is_empty()
    }

    /// Writes what was noted; returns once it would survive a power cut.
    ///
    /// # Errors
    /// The operating system's; what the file holds is known only after it is opened again.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        let place = self.offset.saturating_add(self.buffer.len() as u64);
        self.buffer.extend(mark(place));
        self.file.seek(SeekFrom::Start(self.offset))?;
        self.file.write_all(&self.buffer)?;
        self.file.sync_data()?;
        self.offset = self.offset.saturating_add(self.buffer.len() as u64);
        self.buffer.clear();
        Ok(())
    }
}

/// Whose journal a file is.
enum Header {
    /// Ours: what it holds and where that ends, or where it is damaged.
    Ours(Result<(Recalled, u64), u64>),
    /// No journal, or another key's.
    Other,
}

/// Reads a journal's bytes.
fn recall(bytes: &[u8], key: &PublicKey) -> Header {
    let Some(mut rest) = bytes.strip_prefix(&MAGIC).and_then(|rest| rest.strip_prefix(key.as_bytes())) else {
        return Header::Other;
    };
    let mut recalled = Recalled::default();
    loop {
        let place = bytes.len().saturating_sub(rest.len());
        if rest.is_empty() {
            return Header::Ours(Ok((recalled, place as u64)));
        }
        if let Some(after) = rest.strip_prefix(&mark(place as u64)) {
            rest = after;
            continue;
        }
        match frame(rest) {
            Some((Entry::Begin(height), after)) => {
                recalled = Recalled { height, ..Recalled::default() };
                rest = after;
            }
            Some((Entry::Record(record), after)) => {
                recalled.records.push(record);
                rest = after;
            }
            None if has_mark(bytes, place) => return Header::Ours(Err(place as u64)),
            None => return Header::Ours(Ok((recalled, place as u64))),
        }
    }
}

/// Reads one frame; `None` where there is none that is whole.
fn frame(bytes: &[u8]) -> Option<(Entry, &[u8])> {
    let rest = bytes.strip_prefix(&[FRAME])?;
    let (length, rest) = rest.split_first_chunk::<4>()?;
    let (sum, rest) = rest.split_first_chunk::<CHECKSUM_BYTES>()?;
    let (payload, rest) = rest.split_at_checked(usize::try_from(u32::from_le_bytes(*length)).ok()?)?;
    if checksum(payload) != *sum {
        return None;
    }
    Some((borsh::from_slice(payload).ok()?, rest))
}

/// The mark of a flush that ends at `place`.
fn mark(place: u64) -> [u8; MARK_BYTES] {
    let mut bytes = [MARK; MARK_BYTES];
    let body = [MARK_MAGIC.as_slice(), &place.to_le_bytes()].concat();
    let sealed = body.iter().copied().chain(checksum(&body));
    bytes.iter_mut().skip(1).zip(sealed).for_each(|(byte, value)| *byte = value);
    bytes
}

/// Whether a mark stands after a place.
fn has_mark(bytes: &[u8], after: usize) -> bool {
    let candidates = bytes.windows(MARK_BYTES).enumerate().skip(after);
    let alike = |window: &[u8]| window.get(1..).is_some_and(|rest| rest.starts_with(&MARK_MAGIC));
    candidates.filter(|(_, window)| alike(window)).any(|(place, window)| *window == mark(place as u64))
}

/// A short checksum, against accidents.
fn checksum(payload: &[u8]) -> [u8; CHECKSUM_BYTES] {
    let hash = Domain::JournalFrame.hash(&[payload]);
    *hash.as_bytes().first_chunk().expect("a hash has 32 bytes")
}

/// Reads the note of which key has a journal.
fn read_note(path: &Path) -> io::Result<Option<String>> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text.trim().to_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Notes durably which key has a journal.
fn write_note(path: &Path, key: &PublicKey) -> io::Result<()> {
    let text = format!("{key}\n");
    if read_note(path)?.as_deref() == Some(text.trim()) {
        return Ok(());
    }
    let mut file = File::create(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

/// Why a journal can't be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The key has voted and its journal is not there.
    #[error(
        "the journal {} of the votes of validator {key} is gone, and without it this node could contradict them; bring \
         the file back, or set `consensus.vote_from` to a height that the chain reaches only after every vote that may \
         have been cast, such as a hundred above its present one",
        path.display()
    )]
    Lost {
        /// Where it should be.
        path: PathBuf,
        /// The validator key.
        key: PublicKey,
    },
    /// Something that was promised can't be read.
    #[error(
        "the journal {} is damaged at byte {offset}; the disk may be failing. Bring back a copy, or move the file away \
         and set `consensus.vote_from` to a height that the chain reaches only after every vote that may have been cast",
        path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Where it can't be read.
        offset: u64,
    },
    /// More was said about one height than is read back.
    #[error(
        "the journal {} has {bytes} bytes, more than the {JOURNAL_BYTES_MAX} that are read, and what is cut off could be \
         contradicted. Move the file away and set `consensus.vote_from` to a height that the chain reaches only after \
         every vote that may have been cast",
        path.display()
    )]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// How many there are.
        bytes: u64,
    },
    /// The operating system failed.
    #[error("the journal {} can't be used", path.display())]
    Storage {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
}

#[cfg(test)]
mod tests;
