//! What the JSON documents of transactions and of messages have in common: a version, and the signatures of keys.
//!
//! Everything else of a document stands beside the type that it is of. A version is read first, so that a document of a
//! later one is told apart from one that is damaged.

use serde::{Deserialize, Serialize};

use crate::{Signature, hexadecimal::Hex, transaction::KeySignature};

/// The one field that every version has; it ignores all others.
#[derive(Deserialize)]
pub(crate) struct VersionOnly {
    /// The document's version.
    pub(crate) version: u32,
}

/// One signature.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignatureDocument {
    /// The position of the key that made it.
    key: u8,
    /// The signature.
    signature: Hex<64>,
}

impl From<KeySignature> for SignatureDocument {
    fn from(made: KeySignature) -> Self {
        Self { key: made.key, signature: Hex(*made.signature.as_bytes()) }
    }
}

impl From<SignatureDocument> for KeySignature {
    fn from(document: SignatureDocument) -> Self {
        Self { key: document.key, signature: Signature::from_bytes(document.signature.0) }
    }
}
