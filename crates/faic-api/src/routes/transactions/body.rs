//! Transactions in the bodies of requests: bytes, a text of bytes, or the document in which one collects signatures.
//!
//! A document is told by its field `unsigned`. What is read from it is read from its canonical bytes; what it says beside
//! them must be the same.

use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
};
use faic_core::PartiallySignedTransaction;
use faic_node::FaicError;
use serde::{Deserialize, de::IgnoredAny};
use utoipa::{
    ToSchema,
    openapi::{Ref, Schema, schema::OneOfBuilder},
};

use super::{TransactionContent, decode, drafts::SignatureContent};
use crate::{
    extract::{self, JsonOrBytes},
    problem::Problem,
    schema,
};

/// A transaction as a text of its bytes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TextBody {
    /// Its canonical bytes in hexadecimal or base64.
    transaction: String,
}

/// Describes a body that holds a transaction in one of two ways, which is read by hand.
///
/// A union of two objects would be exact; generators of clients make a body of one object more use of.
macro_rules! describe {
    ($(#[doc = $doc:literal])* $body:ident) => {
        $(#[doc = $doc])*
        #[derive(Deserialize, ToSchema)]
        #[serde(deny_unknown_fields)]
        #[expect(dead_code, reason = "it describes what is read by hand")]
        pub(super) struct $body {
            /// Its canonical bytes in hexadecimal or base64; or what it asks for, where all other fields are given.
            #[schema(schema_with = transaction_or_text)]
            transaction: IgnoredAny,
            /// The version of the document.
            #[schema(value_type = Option<u32>, minimum = 1, maximum = 1)]
            version: Option<IgnoredAny>,
            /// The id of the transaction.
            #[schema(value_type = Option<schema::Hash>)]
            id: Option<IgnoredAny>,
            /// The only chain on which it is valid.
            #[schema(value_type = Option<schema::ChainId>)]
            chain_id: Option<IgnoredAny>,
            /// The canonical bytes that the signatures are made over, in hexadecimal.
            #[schema(value_type = Option<schema::TransactionText>)]
            unsigned: Option<IgnoredAny>,
            /// How many bytes it has with its signatures.
            #[schema(value_type = Option<usize>)]
            signed_bytes: Option<IgnoredAny>,
            /// The sender's signatures, by ascending key.
            #[schema(value_type = Option<Vec<SignatureContent>>, max_items = 16)]
            signatures: Option<IgnoredAny>,
            /// The fee payer's signatures, by ascending key.
            #[schema(value_type = Option<Vec<SignatureContent>>, max_items = 16)]
            fee_payer_signatures: Option<IgnoredAny>,
        }
    };
}

describe! {
    /// A signed transaction: a text of its bytes, or the document of one with all its signatures.
    SubmitTransaction
}

describe! {
    /// A transaction to be simulated, signed or not: a text of its bytes, or its document.
    SimulateTransaction
}

/// The schema of a transaction as a text of its bytes, or as what it asks for.
fn transaction_or_text() -> Schema {
    let reference = |name| Ref::from_schema_name(name);
    let either = OneOfBuilder::new()
        .item(reference(schema::TransactionText::name()))
        .item(reference(TransactionContent::name()))
        .description(Some(
            "Its canonical bytes in hexadecimal or base64; or what it asks for, where all other fields are given.",
        ))
        .build();
    Schema::OneOf(either)
}

/// A transaction of a body.
pub(super) enum Content {
    /// Canonical bytes, which nobody has looked at yet.
    Bytes(Bytes),
    /// A document.
    Document(Box<PartiallySignedTransaction>),
}

/// The content of a request to submit.
pub(super) struct SubmitContent(pub(super) Content);

/// The content of a request to simulate.
pub(super) struct SimulateContent(pub(super) Content);

/// The field that only a document has.
#[derive(Deserialize)]
struct Peek {
    /// The canonical bytes that are signed.
    unsigned: Option<IgnoredAny>,
}

impl<S: Send + Sync> FromRequest<S> for SubmitContent {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        match extract::json_or_bytes(request, state).await? {
            JsonOrBytes::Json(bytes) => Content::from_json(&bytes).map(Self),
            JsonOrBytes::Bytes(bytes) => Ok(Self(Content::Bytes(bytes))),
        }
    }
}

impl<S: Send + Sync> FromRequest<S> for SimulateContent {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let bytes = extract::json_bytes(request, state).await?;
        Content::from_json(&bytes).map(Self)
    }
}

impl Content {
    /// Reads a body of JSON.
    fn from_json(bytes: &[u8]) -> Result<Self, Problem> {
        let is_document = serde_json::from_slice::<Peek>(bytes).is_ok_and(|peek| peek.unsigned.is_some());
        if !is_document {
            return decode(&extract::parse::<TextBody>(bytes)?.transaction).map(Self::Bytes);
        }
        extract::check_shape(bytes)?;
        let document = PartiallySignedTransaction::from_json(bytes).map_err(FaicError::from)?;
        Ok(Self::Document(Box::new(document)))
    }

    /// The bytes of a transaction with all its signatures.
    ///
    /// # Errors
    /// `signatures_missing` for a document that has too few.
    pub(super) fn complete(self) -> Result<Bytes, Problem> {
        match self {
            Self::Bytes(bytes) => Ok(bytes),
            Self::Document(document) => Ok(document.complete().map_err(FaicError::from)?.to_bytes().into()),
        }
    }

    /// The bytes of a transaction with its signatures where they are all there, without any where they are not.
    pub(super) fn signed_or_not(self) -> Bytes {
        match self {
            Self::Bytes(bytes) => bytes,
            Self::Document(document) => document
                .complete()
                .map_or_else(|_| document.transaction().to_bytes(), |signed| signed.to_bytes())
                .into(),
        }
    }
}
