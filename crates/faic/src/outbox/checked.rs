//! A document with the checksum of all that it says, so that damage of a single character is noticed.

use faic_core::{Domain, Hash};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{RecordError, record::hash_text};

/// The version of the documents.
const VERSION: u8 = 4;

/// What a file holds.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Checked<T> {
    /// The version of this document.
    version: u8,
    /// The checksum of the content.
    #[serde(with = "hash_text")]
    checksum: Hash,
    /// The content.
    content: T,
}

/// What documents of every version begin with.
#[derive(Deserialize)]
struct Versioned {
    /// The version of the document.
    version: u8,
}

/// The document.
pub(super) fn to_json<T: Serialize>(content: T) -> Vec<u8> {
    let checksum = checksum(&content);
    let document = Checked { version: VERSION, checksum, content };
    serde_json::to_vec_pretty(&document).expect("the document has texts and numbers only")
}

/// Reads a document.
///
/// # Errors
/// [`RecordError::Version`] for one of another version, [`RecordError::Checksum`] for one that was altered.
pub(super) fn from_json<T: Serialize + DeserializeOwned>(bytes: &[u8]) -> Result<T, RecordError> {
    let Versioned { version } = serde_json::from_slice(bytes)?;
    if version != VERSION {
        return Err(RecordError::Version(version));
    }
    let Checked { checksum: told, content, .. } = serde_json::from_slice(bytes)?;
    if checksum(&content) == told { Ok(content) } else { Err(RecordError::Checksum) }
}

/// The checksum over what a document says, however it is spaced.
fn checksum(content: &impl Serialize) -> Hash {
    let bytes = serde_json::to_vec(content).expect("the document has texts and numbers only");
    Domain::OutboxFile.hash(&[&bytes])
}
