//! The file in which the trusted head of a chain is remembered: JSON with the height and the id for people, the canonical
//! bytes of the head in hexadecimal, and how the trust in it began.
//!
//! Whoever writes it has its lock, and puts no older head in the place of a newer one that another command wrote.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use borsh::from_slice;
use faic_core::{ChainId, Hash, light_client::Head};
use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;

use super::{beginning::Beginning, read_if_there, unusable};
use crate::failure::Failure;

/// The version of the file; the one before did not say how the trust began.
const VERSION: u8 = 2;
/// The oldest version that is read.
const VERSION_MIN: u8 = 1;
/// How long another command that writes the file is waited for.
const LOCK_WAIT: Duration = Duration::from_secs(5);
/// How long between two looks.
const LOCK_POLL: Duration = Duration::from_millis(5);

/// What the file says.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    /// The version of this document.
    version: u8,
    /// The chain.
    chain_id: String,
    /// The height of the trusted block.
    height: u64,
    /// Its id.
    id: String,
    /// The canonical bytes of the [`Head`], in hexadecimal.
    head: String,
    /// How the trust in it began; a file of the version before does not say it.
    #[serde(default)]
    begun: Beginning,
}

/// What is remembered of a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Remembered {
    /// The newest block that was checked.
    pub(super) head: Head,
    /// Where the trust in it began.
    pub(super) begun: Beginning,
}

impl Remembered {
    /// Whether this stays where another command would write `new`: it is as new and began at the same, or it began at what
    /// a person named and `new` did not.
    fn stays_before(&self, new: &Self) -> bool {
        if self.begun == new.begun {
            self.head.height >= new.head.height
        } else {
            new.begun == Beginning::FirstUse || self.begun != Beginning::FirstUse
        }
    }
}

/// What is remembered of a chain; `None` where nothing is.
pub(super) fn read(path: &Path, chain_id: &ChainId) -> Result<Option<Remembered>, Failure> {
    let Some(bytes) = read_if_there(path).map_err(|error| unusable(path, &error))? else { return Ok(None) };
    let document: Document = serde_json::from_slice(&bytes).map_err(|error| unusable(path, &error))?;
    if !(VERSION_MIN..=VERSION).contains(&document.version) || document.chain_id != chain_id.as_str() {
        return Err(unusable(path, &"it is of another version or another chain"));
    }
    let head = hex::decode(&document.head).map_err(|error| unusable(path, &error))?;
    let head = from_slice(&head).map_err(|error| unusable(path, &error))?;
    Ok(Some(Remembered { head, begun: document.begun }))
}

/// The file of some chain in the folder of a network, if there is one.
pub(super) fn of_some_chain(folder: &Path) -> Option<PathBuf> {
    let mut files = fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path());
    files.find(|path| path.extension().is_some_and(|extension| extension == "json"))
}

/// Remembers a head, in one step that a power cut does not undo halfway.
///
/// `seen` is the head that the command found here, or wrote last: what another command wrote since then stays where it is
/// newer.
pub(super) fn write(path: &Path, chain_id: &ChainId, new: &Remembered, seen: Option<Hash>) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let _lock = lock(path)?;
    // A file that cannot be read is written anew.
    let found = read(path, chain_id).ok().flatten();
    if found.is_some_and(|found| Some(found.head.id) != seen && found.stays_before(new)) {
        return Ok(());
    }
    let Remembered { head, begun } = new;
    let document = Document {
        version: VERSION,
        chain_id: chain_id.to_string(),
        height: head.height,
        id: head.id.to_string(),
        head: hex::encode(borsh::to_vec(head)?),
        begun: *begun,
    };
    let mut file = NamedTempFile::new_in(folder)?;
    file.write_all(&serde_json::to_vec_pretty(&document)?)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    File::open(folder)?.sync_all()
}

/// Locks the file of a chain until what is given is dropped.
///
/// # Errors
/// [`io::ErrorKind::TimedOut`] where another command has it for too long.
fn lock(path: &Path) -> io::Result<File> {
    let file = File::options().append(true).create(true).open(path.with_extension("lock"))?;
    let deadline = Instant::now() + LOCK_WAIT;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(fs::TryLockError::WouldBlock) if Instant::now() > deadline => {
                return Err(io::Error::new(io::ErrorKind::TimedOut, "another command is writing it"));
            }
            Err(fs::TryLockError::WouldBlock) => thread::sleep(LOCK_POLL),
            Err(fs::TryLockError::Error(error)) => return Err(error),
        }
    }
}
