//! The file in which the trusted head of a chain is remembered: JSON with the height and the id for people, and the
//! canonical bytes of the head in hexadecimal.

use std::{fs, io, io::Write, path::Path};

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

/// Remembers a head, in one step.
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
    file.persist(path)?;
    Ok(())
}
