//! The data folder: everything that a node keeps, and the right to be the only one that uses it.
//!
//! It holds the ledger, the wallets, the genesis document and the node's secrets, each in its own place. An open
//! [`DataFolder`] holds the lock until it is dropped, also through a `kill -9`, because the lock is the operating system's.
//! A folder that is not ours, of a newer version or of another chain is refused before anything is written to it.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, TryLockError},
    io::{self, Read, Seek, Write},
    net::SocketAddr,
    path::{Path, PathBuf},
};

use faic_core::{ChainId, SecretKey};
use faic_ledger::{
    Genesis,
    genesis::{DOCUMENT_BYTES_MAX, GenesisError},
};
use serde::{Deserialize, Serialize};

mod seat;

pub use self::seat::{Seat, SeatError};
use crate::{
    secret_file::{self, SecretFileError, sync_parent},
    token::ApiToken,
};

/// The layout of the folder that this program writes, and the newest that it reads.
pub const FORMAT: u32 = 1;
/// The file whose lock makes a process the only one.
const LOCK: &str = "lock";
/// The file that says which layout the folder has.
const FORMAT_FILE: &str = "format.json";
/// The document that the chain began with.
const GENESIS_FILE: &str = "genesis.json";
/// The token of the HTTP interface.
pub const TOKEN_FILE: &str = "api.token";
/// The key that votes.
const VALIDATOR_KEY_FILE: &str = "validator.key";
/// Most bytes of the files that hold a few words.
const SMALL_FILE_BYTES_MAX: u64 = 4096;
/// What a folder may hold before it is ours: what a crash left at the first start, and what a fresh file system has.
const HARMLESS: [&str; 3] = [LOCK, "format.tmp", "lost+found"];

/// What the format file says.
#[derive(Debug, Serialize, Deserialize)]
struct Format {
    /// The layout of the folder.
    format: u32,
}

/// The folder of one node, used by this process alone.
#[derive(Debug)]
pub struct DataFolder {
    /// Where it is.
    path: PathBuf,
    /// The locked file; the lock lasts as long as it is open.
    _lock: File,
}

impl DataFolder {
    /// Opens the folder, which is made, for its owner only, where it is not there.
    ///
    /// # Errors
    /// [`DataFolderError`] when another process has it, when it is not a node's or a newer node's, and when it can't be
    /// written to.
    pub fn open(path: &Path) -> Result<Self, DataFolderError> {
        refuse_file(path)?;
        create_private_folder(path).map_err(|source| storage(path, source))?;
        Self::open_or_claim(path)
    }

    /// Opens a folder that is a node's already; leaves no trace where there is none.
    ///
    /// # Errors
    /// [`DataFolderError::Missing`] where there is no folder or an empty one, and the errors of [`DataFolder::open`].
    pub fn open_existing(path: &Path) -> Result<Self, DataFolderError> {
        refuse_file(path)?;
        let missing = || DataFolderError::Missing { path: path.to_owned() };
        match check_format(path) {
            Ok(true) => Err(missing()),
            Err(DataFolderError::Storage { source, .. }) if source.kind() == io::ErrorKind::NotFound => Err(missing()),
            Ok(false) => Self::open_or_claim(path),
            Err(error) => Err(error),
        }
    }

    /// Opens a folder that is there, and makes it a node's where it is nobody's.
    fn open_or_claim(path: &Path) -> Result<Self, DataFolderError> {
        // Looked at before the lock file is made, so that a wrong path is left without a trace.
        check_format(path)?;
        let lock = lock(path)?;
        if check_format(path)? {
            let text = serde_json::to_vec(&Format { format: FORMAT }).expect("a number can be written as JSON");
            write_whole(&path.join(FORMAT_FILE), &text)?;
        }
        Ok(Self { path: path.to_owned(), _lock: lock })
    }

    /// Where the folder is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where the ledger is kept.
    pub fn ledger_path(&self) -> PathBuf {
        self.path.join("ledger")
    }

    /// Where the wallets are kept.
    pub fn wallets_path(&self) -> PathBuf {
        self.path.join("wallets")
    }

    /// Where the validator keeps what it said.
    pub fn consensus_path(&self) -> PathBuf {
        self.path.join("consensus")
    }

    /// Where the token of the HTTP interface is kept.
    pub fn token_path(&self) -> PathBuf {
        self.path.join(TOKEN_FILE)
    }

    /// The document with which the folder's chain begins; `None` in a folder that belongs to no chain yet.
    ///
    /// # Errors
    /// [`DataFolderError::Genesis`] when the document is damaged, [`DataFolderError::Storage`] when it can't be read.
    pub fn genesis(&self) -> Result<Option<Genesis>, DataFolderError> {
        read_genesis(self.genesis_path())
    }

    /// Makes the folder one of this chain; does nothing where it is already.
    ///
    /// # Errors
    /// [`DataFolderError::OtherChain`] when it belongs to another chain, and the errors of [`DataFolder::genesis`].
    pub fn bind(&self, genesis: &Genesis) -> Result<(), DataFolderError> {
        match self.genesis()? {
            None => write_whole(&self.genesis_path(), genesis.to_json().as_bytes()),
            Some(found) if found.id() == genesis.id() => Ok(()),
            Some(found) => {
                Err(DataFolderError::OtherChain { found: found.chain_id, expected: genesis.chain_id.clone() })
            }
        }
    }

    /// The key that names the node among its peers; made where there is none.
    ///
    /// # Errors
    /// [`SecretFileError`] says why there is none.
    pub fn node_key(&self) -> Result<SecretKey, SecretFileError> {
        secret_file::read_or_create_key(&self.path.join("node.key"))
    }

    /// The key that votes, where this node is a validator.
    ///
    /// # Errors
    /// [`SecretFileError`] when there is a file that can't be used.
    pub fn validator_key(&self) -> Result<Option<SecretKey>, SecretFileError> {
        secret_file::read_key(&self.validator_key_path())
    }

    /// The key that votes; made where there is none.
    ///
    /// # Errors
    /// [`SecretFileError`] says why there is none.
    pub fn create_validator_key(&self) -> Result<SecretKey, SecretFileError> {
        secret_file::read_or_create_key(&self.validator_key_path())
    }

    /// Keeps a given key as the one that votes; does nothing where it is already.
    ///
    /// # Errors
    /// [`SecretFileError`], also where there is another key.
    pub fn put_validator_key(&self, key: &SecretKey) -> Result<(), SecretFileError> {
        put_key(&self.validator_key_path(), key)
    }

    /// The key of the account that the faucet pays from, where this node has a faucet.
    ///
    /// # Errors
    /// [`SecretFileError`] when there is a file that can't be used.
    pub fn faucet_key(&self) -> Result<Option<SecretKey>, SecretFileError> {
        secret_file::read_key(&self.faucet_key_path())
    }

    /// Keeps a given key as the faucet's; does nothing where it is already.
    ///
    /// # Errors
    /// [`SecretFileError`], also where there is another key.
    pub fn put_faucet_key(&self, key: &SecretKey) -> Result<(), SecretFileError> {
        put_key(&self.faucet_key_path(), key)
    }

    /// The token of the HTTP interface; made where there is none.
    ///
    /// # Errors
    /// [`SecretFileError`] says why there is none.
    pub fn api_token(&self) -> Result<ApiToken, SecretFileError> {
        ApiToken::read_or_create(&self.token_path())
    }

    /// Tells programs of this machine where the node's HTTP interface is, until [`DataFolder::withdraw_api_address`].
    ///
    /// # Errors
    /// [`DataFolderError`] when that can't be written.
    pub fn announce_api_address(&self, address: SocketAddr) -> Result<(), DataFolderError> {
        write_whole(&self.api_address_path(), address.to_string().as_bytes())
    }

    /// Takes back what [`DataFolder::announce_api_address`] told.
    pub fn withdraw_api_address(&self) {
        // A stale address is a nuisance only: nobody answers there.
        let _stale = fs::remove_file(self.api_address_path());
    }

    /// Where the address of the HTTP interface is told.
    fn api_address_path(&self) -> PathBuf {
        self.path.join("api.addr")
    }

    /// Where the genesis document is kept.
    fn genesis_path(&self) -> PathBuf {
        self.path.join(GENESIS_FILE)
    }

    /// Where the key that votes is kept.
    fn validator_key_path(&self) -> PathBuf {
        self.path.join(VALIDATOR_KEY_FILE)
    }

    /// Where the faucet's key is kept.
    fn faucet_key_path(&self) -> PathBuf {
        self.path.join("faucet.key")
    }
}

/// Reads a genesis document; `None` where there is none.
fn read_genesis(path: PathBuf) -> Result<Option<Genesis>, DataFolderError> {
    let Some(text) = read_text(&path, DOCUMENT_BYTES_MAX as u64)? else { return Ok(None) };
    Genesis::parse(&text).map(Some).map_err(|source| DataFolderError::Genesis { path, source })
}

/// Keeps a key in a new file, or finds it in the file that is there.
fn put_key(path: &Path, key: &SecretKey) -> Result<(), SecretFileError> {
    match secret_file::read_key(path)? {
        None => secret_file::create_key(path, key),
        Some(found) if found.public_key() == key.public_key() => Ok(()),
        Some(_) => Err(SecretFileError::Storage { path: path.to_owned(), source: io::ErrorKind::AlreadyExists.into() }),
    }
}

/// Makes a folder and its parents, for the owner only, where they are not there.
fn create_private_folder(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Whether the folder is still nobody's; refuses a foreign one and a newer one.
fn check_format(path: &Path) -> Result<bool, DataFolderError> {
    let file = path.join(FORMAT_FILE);
    if let Some(text) = read_text(&file, SMALL_FILE_BYTES_MAX)? {
        let format: Format = serde_json::from_str(&text).map_err(|_| DataFolderError::Damaged { path: file })?;
        let newer = DataFolderError::NewerFormat { path: path.to_owned(), found: format.format };
        return if format.format > FORMAT { Err(newer) } else { Ok(false) };
    }
    for entry in fs::read_dir(path).map_err(|source| storage(path, source))? {
        let name = entry.map_err(|source| storage(path, source))?.file_name();
        if !HARMLESS.iter().any(|harmless| name == *harmless) {
            return Err(DataFolderError::NotOurs { path: path.to_owned(), found: name.to_string_lossy().into_owned() });
        }
    }
    Ok(true)
}

/// Takes the lock and leaves a note of who has it.
fn lock(path: &Path) -> Result<File, DataFolderError> {
    let file = path.join(LOCK);
    let failed = |source| storage(&file, source);
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut lock = options.open(&file).map_err(failed)?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            // Whoever has the lock may be writing the note just now; the refusal does not depend on it.
            let _unreadable = lock.take(SMALL_FILE_BYTES_MAX).read_to_string(&mut holder);
            let holder = if holder.is_empty() { "another process".to_owned() } else { holder.trim().to_owned() };
            return Err(DataFolderError::InUse { path: path.to_owned(), holder });
        }
        Err(TryLockError::Error(error)) => return Err(failed(error)),
    }
    lock.set_len(0).map_err(failed)?;
    lock.rewind().map_err(failed)?;
    writeln!(lock, "process {}", std::process::id()).map_err(failed)?;
    Ok(lock)
}

/// Reads a text file of at most `bytes_max`; `None` where there is none.
fn read_text(path: &Path, bytes_max: u64) -> Result<Option<String>, DataFolderError> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(storage(path, error)),
    };
    let damaged = || DataFolderError::Damaged { path: path.to_owned() };
    let mut bytes = Vec::new();
    file.take(bytes_max.saturating_add(1)).read_to_end(&mut bytes).map_err(|source| storage(path, source))?;
    if bytes.len() as u64 > bytes_max {
        return Err(damaged());
    }
    String::from_utf8(bytes).map(Some).map_err(|_| damaged())
}

/// Writes a file that appears whole or not at all, and is on disk when this returns.
fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), DataFolderError> {
    let temporary = path.with_extension("tmp");
    let write = || {
        let mut file = File::create(&temporary)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&temporary, path)?;
        sync_parent(path)
    };
    write().map_err(|source| storage(path, source))
}

/// The error of a file or folder that the operating system does not give or take.
fn storage(path: &Path, source: io::Error) -> DataFolderError {
    let path = path.to_owned();
    if matches!(source.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem) {
        DataFolderError::ReadOnly { path, source }
    } else {
        DataFolderError::Storage { path, source }
    }
}

/// Refuses a path at which there is a file.
fn refuse_file(path: &Path) -> Result<(), DataFolderError> {
    if path.is_file() { Err(DataFolderError::IsAFile { path: path.to_owned() }) } else { Ok(()) }
}

/// Why a data folder can't be used.
#[derive(Debug, thiserror::Error)]
pub enum DataFolderError {
    /// There is none.
    #[error("there is no data folder of a node at {}", path.display())]
    Missing {
        /// Where it should be.
        path: PathBuf,
    },
    /// It is a file.
    #[error("{} is a file where the data folder should be", path.display())]
    IsAFile {
        /// The file.
        path: PathBuf,
    },
    /// Another process has it.
    #[error("the data folder {} is in use by {holder}", path.display())]
    InUse {
        /// The folder.
        path: PathBuf,
        /// Who has it, such as `process 4711`.
        holder: String,
    },
    /// It holds something, and no node made it.
    #[error("{} is not a data folder: it holds {found}; give an empty or a new folder", path.display())]
    NotOurs {
        /// The folder.
        path: PathBuf,
        /// Something that is in it.
        found: String,
    },
    /// A newer program made it.
    #[error("the data folder {} has format {found}, this program knows formats up to {FORMAT}", path.display())]
    NewerFormat {
        /// The folder.
        path: PathBuf,
        /// Its format.
        found: u32,
    },
    /// It belongs to another chain.
    #[error("the data folder belongs to another genesis of chain {found}, not to this one of {expected}")]
    OtherChain {
        /// The chain that it belongs to.
        found: ChainId,
        /// The chain that was asked for.
        expected: ChainId,
    },
    /// The genesis document in it is damaged.
    #[error("{} is not a genesis document", path.display())]
    Genesis {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: GenesisError,
    },
    /// A file in it is not what its name says.
    #[error("{} is damaged", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
    },
    /// It may not be written to.
    #[error("{} can't be written to", path.display())]
    ReadOnly {
        /// The file or folder.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// The operating system failed in another way.
    #[error("{} can't be used", path.display())]
    Storage {
        /// The file or folder.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
}

#[cfg(test)]
mod tests;
