//! Peers on disk, so that a node finds the network again when every bootstrap node is gone.
//!
//! A file of JSON in the node's folder, replaced as a whole. It holds nothing secret and nothing that is believed: a
//! peer from it is dialled like any other. A file that cannot be read is as good as none.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use crate::{NodeAddress, NodeId};

/// The name of the file.
pub(crate) const FILE_NAME: &str = "peers.json";
/// The most peers in the file.
pub(crate) const PEERS_MAX: usize = 256;
/// The most bytes of the file.
const FILE_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// A peer that was met.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Remembered {
    /// The node.
    pub(crate) id: NodeId,
    /// Where it was.
    pub(crate) addresses: Vec<NodeAddress>,
    /// When, in seconds of Unix time.
    pub(crate) seen: u64,
}

/// The contents of the file.
#[derive(Debug, Serialize, Deserialize)]
struct Document {
    /// The version of the format, which is 1.
    version: u8,
    /// The peers, at most [`PEERS_MAX`].
    peers: Vec<Remembered>,
}

/// Why the file could not be read or written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RememberedError {
    /// The file system says no.
    #[error("{} cannot be used", .0.display())]
    Io(PathBuf, #[source] io::Error),
    /// The file is not what this program writes.
    #[error("{} is no list of peers", .0.display())]
    Malformed(PathBuf, #[source] serde_json::Error),
    /// The file is larger than this program writes.
    #[error("{} has {} bytes, which is no list of peers", .0.display(), .1)]
    TooLarge(PathBuf, u64),
}

/// Reads the peers of a folder; none when there is no file.
///
/// # Errors
/// [`RememberedError`] when there is a file that cannot be read.
pub(crate) fn load(folder: &Path) -> Result<Vec<Remembered>, RememberedError> {
    let path = folder.join(FILE_NAME);
    let bytes = match fs::metadata(&path) {
        Ok(found) => found.len(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(RememberedError::Io(path, error)),
    };
    if bytes > FILE_BYTES_MAX {
        return Err(RememberedError::TooLarge(path, bytes));
    }
    let text = fs::read(&path).map_err(|error| RememberedError::Io(path.clone(), error))?;
    let document: Document = serde_json::from_slice(&text).map_err(|error| RememberedError::Malformed(path, error))?;
    Ok(document.peers.into_iter().take(PEERS_MAX).collect())
}

/// Writes the peers into a folder, in place of those that are there.
///
/// # Errors
/// [`RememberedError::Io`].
pub(crate) fn save(folder: &Path, peers: Vec<Remembered>) -> Result<(), RememberedError> {
    let path = folder.join(FILE_NAME);
    let new = folder.join(format!("{FILE_NAME}.new"));
    let json = serde_json::to_vec_pretty(&Document { version: 1, peers })
        .map_err(|error| RememberedError::Malformed(path.clone(), error))?;
    fs::write(&new, json).map_err(|error| RememberedError::Io(new.clone(), error))?;
    fs::rename(&new, &path).map_err(|error| RememberedError::Io(path, error))
}

#[cfg(test)]
mod tests;
