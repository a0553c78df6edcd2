//! The JSON document of a message's signature, strict in its fields and bounded in its size.

use serde::{Deserialize, Serialize};

use super::{MESSAGE_SIGNATURE_BYTES_MAX, MessageSignature, MessageSignatureError};
use crate::{
    Address,
    authority::document::AuthorityDocument,
    document::{SignatureDocument, VersionOnly},
    transaction::KeySignature,
};

/// The version of the document that this program writes and reads.
pub(super) const VERSION: u32 = 1;

/// The whole document.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    /// The document's version.
    version: u32,
    /// The account, whose prefix tells the network.
    address: String,
    /// Who signs for it.
    authority: AuthorityDocument,
    /// The signatures, by ascending key.
    signatures: Vec<SignatureDocument>,
}

impl MessageSignature {
    /// The document as JSON.
    pub fn to_json(&self) -> String {
        let document = Document {
            version: VERSION,
            address: self.address.encode(self.network),
            authority: AuthorityDocument::from(&self.authority),
            signatures: self.signatures.iter().copied().map(SignatureDocument::from).collect(),
        };
        serde_json::to_string_pretty(&document).expect("a document of texts and numbers is JSON") + "\n"
    }

    /// Reads and checks a document; whether its signatures hold is for [`MessageSignature::verify`] to say.
    ///
    /// # Errors
    /// [`MessageSignatureError`] says what is wrong with it.
    pub fn from_json(json: &[u8]) -> Result<Self, MessageSignatureError> {
        if json.len() > MESSAGE_SIGNATURE_BYTES_MAX {
            return Err(MessageSignatureError::TooLarge);
        }
        let VersionOnly { version } = serde_json::from_slice(json).map_err(|error| malformed(&error))?;
        if version != VERSION {
            return Err(MessageSignatureError::UnsupportedVersion { found: version });
        }
        let document: Document = serde_json::from_slice(json).map_err(|error| malformed(&error))?;
        let (network, address) = Address::parse_any(&document.address)?;
        let authority = document.authority.authority::<MessageSignatureError>()?;
        let signatures = document.signatures.into_iter().map(KeySignature::from).collect();
        Ok(Self { network, address, authority, signatures })
    }
}

/// Where a document stops being one; what stands there is not repeated.
fn malformed(error: &serde_json::Error) -> MessageSignatureError {
    MessageSignatureError::Malformed { line: error.line(), column: error.column() }
}
