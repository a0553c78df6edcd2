//! The file in which the trusted head of a chain is remembered: JSON with the height and the id for people, and the
//! canonical bytes of the head in hexadecimal.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

use borsh::from_slice;
use faic_core::{ChainId, light_client::Head};
use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;

use super::{read_if_there, unusable};
use crate::failure::Failure;

/// The version of the file.
const VERSION: u8 = 1;

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
}

/// The head that is remembered of a chain; `None` where there is none.
pub(super) fn read(path: &Path, chain_id: &ChainId) -> Result<Option<Head>, Failure> {
    let Some(bytes) = read_if_there(path).map_err(|error| unusable(path, &error))? else { return Ok(None) };
    let document: Document = serde_json::from_slice(&bytes).map_err(|error| unusable(path, &error))?;
    if document.version != VERSION || document.chain_id != chain_id.as_str() {
        return Err(unusable(path, &"it is of another version or another chain"));
    }
    let head = hex::decode(&document.head).map_err(|error| unusable(path, &error))?;
    from_slice(&head).map(Some).map_err(|error| unusable(path, &error))
}

/// The file of some chain in the folder of a network, if there is one.
pub(super) fn of_some_chain(folder: &Path) -> Option<PathBuf> {
    let mut files = fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path());
    files.find(|path| path.extension().is_some_and(|extension| extension == "json"))
}

/// Remembers a head, in one step that a power cut does not undo halfway.
pub(super) fn write(path: &Path, chain_id: &ChainId, head: &Head) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let document = Document {
        version: VERSION,
        chain_id: chain_id.to_string(),
        height: head.height,
        id: head.id.to_string(),
        head: hex::encode(borsh::to_vec(head)?),
    };
    let mut file = NamedTempFile::new_in(folder)?;
    file.write_all(&serde_json::to_vec_pretty(&document)?)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    File::open(folder)?.sync_all()
}
