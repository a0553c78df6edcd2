//! The JSON document, which `POST /v1/transactions/build` answers too: strict in its fields and bounded in its size.

use serde::{Deserialize, Serialize};

use super::{PartiallySignedError, PartiallySignedTransaction, Role, content::TransactionContent};
use crate::{
    Address, Transaction,
    document::{SignatureDocument, VersionOnly},
    transaction::KeySignature,
};

/// Most bytes of the document; the largest transaction with all its signatures is below.
pub const PARTIALLY_SIGNED_BYTES_MAX: usize = 256 * 1024;

/// The version of the document that this program writes and reads.
pub const PARTIALLY_SIGNED_VERSION: u32 = 1;

/// The whole document.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    /// The document's version.
    version: u32,
    /// The id of the transaction.
    id: String,
    /// The only chain on which it is valid.
    chain_id: String,
    /// The canonical bytes that are signed, in hexadecimal.
    unsigned: String,
    /// How many bytes it has with all its signatures.
    signed_bytes: usize,
    /// What it says.
    transaction: TransactionContent,
    /// The sender's signatures, by ascending key.
    signatures: Vec<SignatureDocument>,
    /// The fee payer's signatures, by ascending key.
    fee_payer_signatures: Vec<SignatureDocument>,
}

impl PartiallySignedTransaction {
    /// The document as JSON.
    pub fn to_json(&self) -> String {
        let document = Document {
            version: PARTIALLY_SIGNED_VERSION,
            id: self.id().to_string(),
            chain_id: self.transaction.chain_id.to_string(),
            unsigned: hex::encode(self.transaction.to_bytes()),
            signed_bytes: self.transaction.signed_bytes(),
            transaction: TransactionContent::new(&self.transaction, self.network),
            signatures: self.signatures(Role::Sender).map(SignatureDocument::from).collect(),
            fee_payer_signatures: self.signatures(Role::FeePayer).map(SignatureDocument::from).collect(),
        };
        serde_json::to_string_pretty(&document).expect("a document of texts and numbers is JSON") + "\n"
    }

    /// Reads a document: everything follows from its canonical bytes, and what it says beside them must be the same.
    ///
    /// # Errors
    /// [`PartiallySignedError`] says what is wrong with it.
    pub fn from_json(json: &[u8]) -> Result<Self, PartiallySignedError> {
        if json.len() > PARTIALLY_SIGNED_BYTES_MAX {
            return Err(PartiallySignedError::TooLarge);
        }
        let VersionOnly { version } = serde_json::from_slice(json).map_err(|error| malformed(&error))?;
        if version != PARTIALLY_SIGNED_VERSION {
            return Err(PartiallySignedError::UnsupportedVersion { found: version });
        }
        let document: Document = serde_json::from_slice(json).map_err(|error| malformed(&error))?;
        let bytes = hex::decode(&document.unsigned).map_err(|_| PartiallySignedError::Differs {
            field: "unsigned".to_owned(),
            written: "another text".to_owned(),
            meant: "hexadecimal digits".to_owned(),
        })?;
        let transaction = Transaction::from_bytes(&bytes)?;
        let (network, _) = Address::parse_any(&document.transaction.sender)?;
        let told = [
            ("id", document.id, transaction.id().to_string()),
            ("chain_id", document.chain_id, transaction.chain_id.to_string()),
            ("signed_bytes", document.signed_bytes.to_string(), transaction.signed_bytes().to_string()),
        ];
        if let Some((field, written, meant)) = told.into_iter().find(|(_, written, meant)| written != meant) {
            let (field, written) = (field.to_owned(), format!("{written:.80}"));
            return Err(PartiallySignedError::Differs { field, written, meant });
        }
        TransactionContent::new(&transaction, network).check_written(&document.transaction)?;
        let lists = [document.signatures, document.fee_payer_signatures];
        let signatures = lists.map(|list| list.into_iter().map(KeySignature::from).collect());
        Self::with_signatures(network, transaction, signatures)
    }
}

/// Where a document stops being one; what stands there is not repeated.
fn malformed(error: &serde_json::Error) -> PartiallySignedError {
    PartiallySignedError::Malformed { line: error.line(), column: error.column() }
}
